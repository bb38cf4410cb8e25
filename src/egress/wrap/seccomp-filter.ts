/**
 * A filter of system calls in the kernel's own form (struct sock_filter), for `bwrap --seccomp`. It closes what a network
 * namespace does not: sockets of other families (a virtual machine's VSOCK is outside netfilter) and text pushed into the
 * terminal, which the shell outside would run. io_uring opens sockets past any filter, and other ABIs of the machine have other
 * numbers, so both are refused as not there.
 */
const ABIS: Readonly<Record<string, { readonly audit: number; readonly socket: number; readonly ioctl: number }>> = {
  x64: { audit: 0xc000003e, socket: 41, ioctl: 16 },
  arm64: { audit: 0xc00000b7, socket: 198, ioctl: 29 },
}

const IO_URING_SETUP = 425
const X32_BIT = 0x40000000
const TERMINAL_INPUT = [0x5412, 0x541c] // TIOCSTI, TIOCLINUX
const FAMILIES = [1, 2, 10, 16] // AF_UNIX, AF_INET, AF_INET6, AF_NETLINK

const ALLOW = 0x7fff0000
const refuseWith = (errno: number): number => 0x00050000 | errno
const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97

// Offsets in struct seccomp_data; the low half of an argument comes first on both machines.
const NUMBER = 0
const ARCHITECTURE = 4
const FIRST_ARGUMENT = 16
const SECOND_ARGUMENT = 24

const LOAD = 0x20
const JUMP_EQUAL = 0x15
const JUMP_AT_LEAST = 0x35
const RETURN = 0x06

type Instruction = readonly [code: number, whenTrue: number, whenFalse: number, value: number]

const load = (offset: number): Instruction => [LOAD, 0, 0, offset]
const give = (value: number): Instruction => [RETURN, 0, 0, value >>> 0]
const unlessEqual = (value: number, skip: number): Instruction => [JUMP_EQUAL, 0, skip, value]
const ifEqual = (value: number, skip: number): Instruction => [JUMP_EQUAL, skip, 0, value]

/**
 * @param architecture as node names it
 * @returns undefined for a machine whose numbers are not known here
 */
export function renderSeccompFilter(architecture: string): Buffer | undefined {
  const abi = ABIS[architecture]
  if (abi === undefined) return undefined
  const terminal = TERMINAL_INPUT.map((value, index) => ifEqual(value, TERMINAL_INPUT.length - index))
  const families = FAMILIES.map((value, index) => ifEqual(value, FAMILIES.length - index))
  return encode([
    load(ARCHITECTURE),
    ifEqual(abi.audit, 1),
    give(refuseWith(ENOSYS)),
    load(NUMBER),
    [JUMP_AT_LEAST, 0, 1, X32_BIT],
    give(refuseWith(ENOSYS)),
    unlessEqual(IO_URING_SETUP, 1),
    give(refuseWith(ENOSYS)),
    unlessEqual(abi.ioctl, terminal.length + 3),
    load(SECOND_ARGUMENT),
    ...terminal,
    give(ALLOW),
    give(refuseWith(EPERM)),
    unlessEqual(abi.socket, families.length + 3),
    load(FIRST_ARGUMENT),
    ...families,
    give(refuseWith(EAFNOSUPPORT)),
    give(ALLOW),
    give(ALLOW),
  ])
}

function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8)
  program.forEach(([code, whenTrue, whenFalse, value], index) => {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(whenTrue, index * 8 + 2)
    bytes.writeUInt8(whenFalse, index * 8 + 3)
    bytes.writeUInt32LE(value, index * 8 + 4)
  })
  return bytes
}
