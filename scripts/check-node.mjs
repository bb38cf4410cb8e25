// Fails with a clear sentence when the tests would run on a Node that cannot load the sources (undici 8 needs 22.19,
// the action itself runs on 24). npm puts node_modules/.bin first on PATH, where a Node 24 lies on Linux.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    `setup-agent-proxy needs Node 24 to run its tests; this is ${process.version}. ` +
      'On Linux x64/arm64 "npm ci" installs one into node_modules; elsewhere install Node 24 yourself.',
  )
  process.exit(1)
}
