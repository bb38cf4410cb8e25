import { join } from 'node:path'

/** The bundles as they are shipped; another build is used only while the sidecar itself is being worked on. */
export const DIST = process.env.AGENT_PROXY_TEST_DIST ?? join(import.meta.dirname, '..', '..', 'dist')
