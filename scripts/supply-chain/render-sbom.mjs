// The software bill of materials of dist/: CycloneDX 1.6 as JSON. It names what the bundles hold and nothing else, and it is the
// same text for the same bundles: no time, no machine, no random number. No download address either, since the lock file has none;
// the hash of a package is the one of the archive that any registry or mirror must deliver.
import { createHash } from 'node:crypto'
import { packageUrl } from './bundled-packages.mjs'

const PREFIX = 'setup-agent-proxy'

/**
 * @param packages rows of describePackages()
 * @param about manifest: package.json; files: path in dist/ → SHA-256 in hex; tools: rows { name, version, integrity }; direct: names
 *   of the packages that our own sources import
 * @returns {string} JSON text with a final line feed
 */
export function renderSbom(packages, { manifest, files, tools, direct }) {
  const self = packageUrl(manifest.name, manifest.version)
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      tools: { components: tools.map(renderTool) },
      component: {
        type: 'application',
        'bom-ref': self,
        name: manifest.name,
        version: manifest.version,
        description: manifest.description,
        licenses: [{ license: { id: manifest.license } }],
        purl: self,
        components: Object.entries(files).map(renderFile),
      },
    },
    components: packages.map(renderComponent),
    dependencies: [
      {
        ref: self,
        dependsOn: packages
          .filter(({ name }) => direct.includes(name))
          .map(({ purl }) => purl)
          .sort(),
      },
      ...packages.map(({ purl, needs }) => ({ ref: purl, dependsOn: needs })),
    ],
  }
  const { $schema, bomFormat, specVersion, ...rest } = bom
  const serialNumber = deriveSerialNumber(JSON.stringify(bom))
  return `${JSON.stringify({ $schema, bomFormat, specVersion, serialNumber, ...rest }, null, 2)}\n`
}

/** A UUID of version 8 out of the content: what attests a bill wants one, and two builds must not differ by it. */
function deriveSerialNumber(text) {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex[16], 16) & 0x3) | 0x8).toString(16)
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ]
  return `urn:uuid:${parts.join('-')}`
}

function renderComponent({ name, version, licence, integrity, type, purl, bundles }) {
  const { group, base } = splitName(name)
  return {
    type,
    'bom-ref': purl,
    ...(group === undefined ? {} : { group }),
    name: base,
    ...(version === undefined ? {} : { version }),
    scope: 'required',
    ...(integrity === undefined ? {} : { hashes: [renderHash(integrity)] }),
    licenses: [{ license: { id: licence } }],
    purl,
    properties: bundles.map((bundle) => ({ name: `${PREFIX}:bundle`, value: bundle })),
  }
}

function renderTool({ name, version, integrity }) {
  const { group, base } = splitName(name)
  const named = { type: 'application', ...(group === undefined ? {} : { group }), name: base, version }
  return { ...named, hashes: [renderHash(integrity)], purl: packageUrl(name, version) }
}

const renderFile = ([name, content]) => ({
  type: 'file',
  'bom-ref': `dist/${name}`,
  name: `dist/${name}`,
  hashes: [{ alg: 'SHA-256', content }],
})

function splitName(name) {
  const [scope, base] = name.startsWith('@') ? name.split('/') : [undefined, name]
  return { group: scope, base }
}

/** `sha512-<base64>`, as lock files write it, in the hex that CycloneDX wants. */
function renderHash(integrity) {
  const [, content] = /^sha512-(.+)$/.exec(integrity) ?? []
  if (content === undefined) throw new Error(`Cannot list the hash "${integrity}": it is not a SHA-512`)
  return { alg: 'SHA-512', content: Buffer.from(content, 'base64').toString('hex') }
}
