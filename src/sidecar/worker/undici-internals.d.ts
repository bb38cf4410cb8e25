// Only the pool is imported, not the package's index: 270 KB less to load, and the sidecar's start is a promise to the user.
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici'
  export default Pool
}
declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici'

  // The option is passed on to net.connect and tls.connect.
  type Options = NonNullable<Parameters<typeof buildConnector>[0]> & { readonly highWaterMark?: number }
  export default function createConnector(options: Options): buildConnector.connector
}
