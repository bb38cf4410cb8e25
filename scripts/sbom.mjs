// Makes the software bill of materials of what the sources build to, and of nothing that happens to lie about.
//
//   npm run sbom                    prints it
//   npm run sbom -- bill.cdx.json   writes it
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buildBundles } from './build.mjs'
import { SBOM_FILE } from './supply-chain/describe-bundles.mjs'

const work = mkdtempSync(path.join(tmpdir(), 'agent-proxy-sbom-'))
try {
  buildBundles(path.join(work, 'dist'))
  const made = path.join(work, 'dist', SBOM_FILE)
  if (process.argv[2] === undefined) process.stdout.write(readFileSync(made))
  else copyFileSync(made, path.resolve(process.argv[2]))
} finally {
  rmSync(work, { recursive: true, force: true })
}
