/** Root's own, shared by all runs: /run may forbid programs, /opt is writable for everybody on hosted images. */
export const GUARD_DIRECTORY = '/var/lib/setup-agent-proxy'
