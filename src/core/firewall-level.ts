/** How a policy is held: by the kernel for everybody, for what runs under agent-exec, or by variables that a program may ignore. */
export type FirewallLevel = 'enforced' | 'wrapped' | 'cooperative'
