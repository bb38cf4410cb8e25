/** Where the model hosts listen in the outside. What arrives on port 443 of their networks is led there. */
export const VENDOR_PORT = 9443
export const VENDOR_NETWORKS = { v4: ['45.67.1.0/24', '10.20.30.41/32'], v6: ['2a0f:cafe:2::/64'] } as const
/** As `upstream-proxy` and HTTPS_PROXY take it. */
export const PROXY_CREDENTIALS = 'corp:secret-of-the-proxy'
export const CORPORATE_PROXY = `http://${PROXY_CREDENTIALS}@proxy.example.com:3128`
