import type { InputRow } from './input-row.ts'

/** Inputs of the firewall. */
export const FIREWALL_INPUTS = {
  'egress-policy': {
    description:
      'block: the agent step reaches only what is allowed. audit: everything passes, and the log and summary say what block would stop. off: no firewall, sidecar only; whatever the agent reads can then leave the machine.',
    default: 'block',
    group: 'Firewall',
    kind: 'enum',
    values: ['block', 'audit', 'off'],
  },
  'firewall-level': {
    description:
      'How it is enforced. enforced: by the kernel for every process (Linux, root or sudo). wrapped: for what is started with agent-exec (Linux, user namespaces). cooperative: proxy variables only, which a program may ignore. auto: the strongest that is possible, never cooperative under block.',
    default: 'auto',
    group: 'Firewall',
    kind: 'enum',
    values: ['auto', 'enforced', 'wrapped', 'cooperative'],
  },
  'allowed-domains': {
    description:
      'What the agent may reach beside this GitHub: one rule per line or comma, # comments. Hosts are exact; *.example.com is every name below it; http:// and ports as in example.com:8443 or tcp://git.example.com:22; bundles such as node or python by name; !host denies.',
    default: '',
    group: 'Firewall',
    kind: 'rules',
  },
  'allowed-ips': {
    description:
      'Addresses and networks that may be reached without a name, or that an allowed name may resolve to in a private network: 10.0.0.5:443, [2001:db8::1]:443, 10.20.0.0/16.',
    default: '',
    group: 'Firewall',
    kind: 'networks',
  },
  sudo: {
    description:
      'off: sudo is closed for the agent step and given back when the job ends. keep: it stays open, and the firewall is then advisory.',
    default: 'off',
    group: 'Firewall',
    kind: 'enum',
    values: ['off', 'keep'],
  },
  docker: {
    description:
      'off: the sockets of container engines are closed for the agent step and given back when the job ends. keep: they stay open, and the firewall is then advisory.',
    default: 'off',
    group: 'Firewall',
    kind: 'enum',
    values: ['off', 'keep'],
  },
  'fail-on-blocked': {
    description: 'Whether the job fails at its end when something was blocked.',
    default: 'false',
    group: 'Firewall',
    kind: 'boolean',
  },
} as const satisfies { readonly [name: string]: InputRow }
