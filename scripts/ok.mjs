// Everything a change must pass, in the order in which it fails fastest. Each step is timed; the first failure ends the run
// with its whole output.
//
//   npm run ok                   all steps
//   npm run ok -- --skip tests   all but the named ones (comma separated)
import { spawn } from 'node:child_process'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..')

const STEPS = [
  { name: 'format and lint', script: 'lint' },
  { name: 'types', script: 'typecheck' },
  { name: 'layers', script: 'layers' },
  { name: 'generated files', script: 'docs:check' },
  { name: 'yaml', script: 'lint:yaml' },
  { name: 'lock file', script: 'check-lock' },
  { name: 'tests', script: 'test' },
  { name: 'dist', script: 'check-dist' },
]

const flag = process.argv.indexOf('--skip')
const skipped = new Set(flag === -1 ? [] : (process.argv[flag + 1] ?? '').split(','))
const unknown = [...skipped].filter((name) => !STEPS.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`Unknown step to skip: ${unknown.join(', ')}. Steps: ${STEPS.map((step) => step.name).join(', ')}`)
  process.exit(1)
}

/** Runs one npm script with its output held back. */
function runScript(script) {
  const { resolve, promise } = Promise.withResolvers()
  const env = { ...process.env, NO_COLOR: '1' }
  const child = spawn('npm', ['run', '--silent', script], { cwd: root, env, shell: process.platform === 'win32' })
  const output = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  child.on('error', (error) => resolve({ code: 1, output: String(error) }))
  child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(output).toString() }))
  return promise
}

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`
const begin = performance.now()
for (const { name, script } of STEPS) {
  if (skipped.has(name)) {
    console.log(`skip  ${name}`)
    continue
  }
  const start = performance.now()
  const { code, output } = await runScript(script)
  if (code !== 0) {
    console.error(output)
    console.error(`FAIL  ${name.padEnd(16)} ${seconds(start)}  (npm run ${script})`)
    process.exit(1)
  }
  console.log(`ok    ${name.padEnd(16)} ${seconds(start)}`)
}
console.log(`ok    in ${seconds(begin)}`)
