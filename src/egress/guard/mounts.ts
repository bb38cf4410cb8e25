import { readFileSync } from 'node:fs'

/** Mount points of a /proc/<pid>/mountinfo, in the order of mounting; later ones lie over earlier ones. */
export function parseMountPoints(mountinfo: string): readonly string[] {
  return mountinfo.split('\n').flatMap((line) => {
    const point = line.split(' ')[4]
    return point === undefined ? [] : [decodeOctal(point)]
  })
}

/** How many mounts lie at a path of this mount namespace. */
export function countMounts(path: string, mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): number {
  return parseMountPoints(mountinfo).filter((point) => point === path).length
}

/** The kernel writes space, tab, newline and backslash of a path as three octal digits, byte by byte. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_match, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
