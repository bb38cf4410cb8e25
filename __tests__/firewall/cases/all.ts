import type { Case } from './case.ts'
import { DIRECT } from './direct.ts'
import { MACHINE } from './machine.ts'
import { NAMES } from './names.ts'
import { OPEN, USES } from './uses.ts'

export const CASES: readonly Case[] = [...DIRECT, ...NAMES, ...MACHINE, ...USES, ...OPEN]
