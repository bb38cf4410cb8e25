import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
;// CONCATENATED MODULE: ./lib/core/wrapper/agent-exec-config.js
/** Exit codes of the starter's own failures, as container runtimes have them; 126 and 127 are the command's. */
const WRAP_FAILED = 125;

;// CONCATENATED MODULE: ./lib/core/address-bytes.js
/** The 4 or 16 bytes of an address that `isIP` accepts, without a zone; the last 32 bits of IPv6 may be written with dots. */
function parseAddressBytes(address) {
    if (!address.includes(':'))
        return address.split('.').map(Number);
    const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
    const left = readGroups(head);
    const right = tail === undefined ? [] : readGroups(tail);
    return tail === undefined ? left : [...left, ...Array(16 - left.length - right.length).fill(0), ...right];
}
function readGroups(text) {
    if (text === '')
        return [];
    return text.split(':').flatMap((group) => {
        if (group.includes('.'))
            return group.split('.').map(Number);
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
    });
}
/** The canonical text of 4 or 16 bytes. */
function renderAddressBytes(bytes) {
    if (bytes.length === 4)
        return bytes.join('.');
    const groups = Array.from({ length: 8 }, (_, index) => (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16));
    return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

;// CONCATENATED MODULE: ./lib/core/tcp-table.js

/** Reads one line; its heading and whatever else is no socket give an empty local end. */
function parseTcpLine(line) {
    const at = line.indexOf(': ');
    const [local = '', remote = '', state = '', , , , uid, , inode] = at < 0 ? [] : line.slice(at + 2).split(/ +/);
    return { local, remote, state, uid: Number(uid), inode: Number(inode) };
}
/** Only the local end, for a search that passes thousands of lines. */
function parseLocalEnd(line) {
    const at = line.indexOf(': ') + 2;
    return at < 2 ? '' : line.slice(at, line.indexOf(' ', at));
}
/** Finds the line whose local and remote ends are these, among the lines of a table or of a piece of one. */
function findTcpLine(table, local, remote) {
    const at = table.indexOf(`: ${local} ${remote} `);
    if (at < 0)
        return undefined;
    const lineEnd = table.indexOf('\n', at);
    return parseTcpLine(table.slice(at, lineEnd < 0 ? undefined : lineEnd));
}
/** Address and port as the kernel prints them: 32-bit words in host byte order (little-endian on every runner), hex. */
function renderEndpoint(address, port) {
    const bytes = parseAddressBytes(address.replace(/^::ffff:(?=\d+\.)/, ''));
    return renderBytes(bytes, port);
}
/** The same for an IPv4 address behind an IPv6 socket, which stands in tcp6. */
function renderMappedEndpoint(address, port) {
    const bytes = parseAddressBytes(address.replace(/^::ffff:(?=\d+\.)/, ''));
    return renderBytes([...Array(10).fill(0), 0xff, 0xff, ...bytes], port);
}
function renderBytes(bytes, port) {
    let hex = '';
    for (let word = 0; word < bytes.length; word += 4) {
        for (let index = 3; index >= 0; index -= 1)
            hex += (bytes[word + index] ?? 0).toString(16).padStart(2, '0');
    }
    return `${hex}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}
/** Address and port of an end; IPv4 written as such also when it went through an IPv6 socket. */
function parseEndpoint(text) {
    const [hex = '', port = ''] = text.split(':');
    const words = hex.match(/.{8}/g) ?? [];
    const bytes = words.flatMap((word) => [6, 4, 2, 0].map((at) => Number.parseInt(word.slice(at, at + 2), 16)));
    const isMapped = bytes.length === 16 && bytes.slice(0, 12).every((byte, at) => byte === (at < 10 ? 0 : 0xff));
    return { address: renderAddressBytes(isMapped ? bytes.slice(12) : bytes), port: Number.parseInt(port, 16) };
}

;// CONCATENATED MODULE: ./lib/egress/relay/client.js
/**
 * To be awaited before a client is told no: then it closes, and nobody could say any more which program it was.
 * @returns what is known of it
 */
async function awaitAttribution({ origin }) {
    const known = await origin;
    await known.awaitSeen?.();
    return known;
}
const UNKNOWN_ORIGIN = { original: null, uid: null, inode: null, pid: null, program: null };

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");
;// CONCATENATED MODULE: ./lib/egress/relay/read-tcp-table.js


const openFile = (0,external_node_util_namespaceObject.promisify)(external_node_fs_namespaceObject.open);
const readFile = (0,external_node_util_namespaceObject.promisify)(external_node_fs_namespaceObject.read);
const FILES = { 4: '/proc/net/tcp', 6: '/proc/net/tcp6' };
const BUFFER_BYTES = 64 * 1024;
/** The kernel gives as many lines at once as fit into a page: a piece that leaves room for one more line is the last. */
const PAGE_BYTES = 4096;
const LONGEST_LINE = 512;
/**
 * Reads in the thread pool: for every table, also an empty one, the kernel walks through its hash table of all connections, which
 * takes milliseconds. The descriptors stay open: reading from the start again renders the table afresh, and needs no free
 * descriptor. One reading of a family at a time.
 */
function createTcpTableReader() {
    const files = {};
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    return async function* readTable(family) {
        // Not Linux, or no IPv6: nobody can be found.
        files[family] ??= openFile(FILES[family], 'r').catch(() => undefined);
        const file = await files[family];
        if (file === undefined)
            return;
        for (let at = 0, isLast = false; !isLast;) {
            const { bytesRead } = await readFile(file, buffer, 0, BUFFER_BYTES, at);
            if (bytesRead > 0)
                yield buffer.toString('latin1', 0, bytesRead);
            at += bytesRead;
            isLast = bytesRead < PAGE_BYTES - LONGEST_LINE;
        }
    };
}

;// CONCATENATED MODULE: ./lib/egress/relay/search-tables.js


/** Established, and half-closed from either side: somebody still holds the socket. */
const LIVING = ['01', '04', '05', '08'];
/** States of a client's end beside a state of ours. A client that has closed for good has left its port to others. */
const OTHER_END = {
    '01': ['01'],
    '04': ['01', '08'],
    '05': ['01', '08'],
    '08': ['04', '05'],
};
/** Looks for many clients in one reading of each table that is needed, and stops early where that is safe. */
async function searchTables(batch, readTable) {
    const searches = batch.map((wanted) => ({ wanted, candidates: [], exact: undefined, ownState: undefined }));
    await searchTable(searches.filter(({ wanted }) => wanted.isV4), readTable(4));
    await searchTable(searches.filter((search) => search.candidates.length === 0 && !isSettled(search)), readTable(6));
    for (const search of searches)
        search.wanted.found = judge(search);
}
async function searchTable(searches, pieces) {
    if (searches.length === 0)
        return;
    const index = indexSearches(searches);
    for await (const piece of pieces) {
        for (const line of piece.split('\n'))
            noteLine(index, line);
        if (searches.every(isSettled))
            return;
    }
}
const isSettled = ({ exact, wanted }) => exact !== undefined || wanted.isGone();
function indexSearches(searches) {
    const ends = searches.flatMap((search) => [search.wanted.client, search.wanted.mappedClient].map((end) => ({ end, search })));
    const byEnd = Map.groupBy(ends, ({ end }) => end ?? '');
    byEnd.delete('');
    const byClient = new Map([...byEnd].map(([end, found]) => [end, found.map(({ search }) => search)]));
    const selves = new Set(searches.flatMap(({ wanted }) => [wanted.self, wanted.mappedSelf ?? wanted.self]));
    return { byClient, selves };
}
function noteLine({ byClient, selves }, line) {
    const local = parseLocalEnd(line);
    for (const search of byClient.get(local) ?? [])
        noteClient(search, parseTcpLine(line));
    if (selves.has(local))
        noteOwn(byClient, parseTcpLine(line));
}
function noteClient(search, line) {
    if (!LIVING.includes(line.state) || line.inode === 0)
        return;
    const { self, mappedSelf, port } = search.wanted;
    if (line.remote === self || line.remote === mappedSelf)
        search.exact = line;
    else if (port === null || parseEndpoint(line.remote).port === port)
        search.candidates.push(line);
}
function noteOwn(byClient, line) {
    for (const search of byClient.get(line.remote) ?? []) {
        const { self, mappedSelf } = search.wanted;
        if (line.local === self || line.local === mappedSelf)
            search.ownState = line.state;
    }
}
/** Nobody, when it may be one or the other: a wrong name in the log, or a wrong way out, is worse than none. */
function judge({ candidates, exact, ownState = '' }) {
    if (exact !== undefined)
        return { ...UNKNOWN_ORIGIN, uid: exact.uid, inode: exact.inode };
    const [only, other] = candidates;
    if (only === undefined || other !== undefined || OTHER_END[ownState]?.includes(only.state) !== true)
        return UNKNOWN_ORIGIN;
    return { ...UNKNOWN_ORIGIN, original: parseEndpoint(only.remote), uid: only.uid, inode: only.inode };
}

;// CONCATENATED MODULE: ./lib/egress/relay/slot-list.js
/**
 * What comes and goes thousands of times a second. A Set would do, but V8 makes it a new table every few changes, each dead table refers
 * to the next one, and once one of them is old the collector of the young keeps all that follow, with everything in them: 3 KiB for
 * each tunnel until the next whole collection.
 */
class SlotList {
    #items = [];
    get size() {
        return this.#items.length;
    }
    add(item) {
        item.slot = this.#items.push(item) - 1;
    }
    /** Returns false when it is in no list any more. */
    delete(item) {
        const { slot } = item;
        if (slot < 0)
            return false;
        item.slot = -1;
        const last = this.#items.pop();
        if (last !== undefined && last !== item) {
            last.slot = slot;
            this.#items[slot] = last;
        }
        return true;
    }
    /** What is in it now, in no order. */
    list() {
        return [...this.#items];
    }
}

;// CONCATENATED MODULE: ./lib/egress/relay/find-origin.js





/** What look-ups that nobody is kept waiting for may take of the processor: a tenth, and a fiftieth while they come in a flood. */
const USUAL = { restPerSearch: 9, longestMs: 100 };
const FLOOD = { restPerSearch: 49, longestMs: 500 };
/** So many wishes since the search before are a flood: no agent's work, but a program that opens hundreds of connections a second. */
const FLOOD_WISHES = 32;
/**
 * Finds the client's own socket in the kernel's tables. Reading them costs milliseconds of processor, however many sockets there are:
 * connections that wait at the same time share one reading, and between two readings there is a rest unless somebody is
 * kept waiting.
 */
function createOriginFinder(readTable = createTcpTableReader()) {
    const search = new SharedSearch(readTable);
    return { find: (socket, lookUp) => search.find(socket, lookUp), close: () => search.close() };
}
class SharedSearch {
    #readTable;
    #waiting = new SlotList();
    #timer;
    #isPlanned = false;
    #isSearching = false;
    #restUntil = 0;
    #wishes = 0;
    constructor(readTable) {
        this.#readTable = readTable;
    }
    find(socket, lookUp) {
        const { promise, resolve } = Promise.withResolvers();
        // Its port may be another's from now on.
        const onClose = () => settle(UNKNOWN_ORIGIN);
        const settle = (origin) => {
            if (this.#waiting.delete(one))
                socket.off('close', onClose);
            resolve(origin);
        };
        const one = { socket, lookUp, settle, slot: -1 };
        this.#waiting.add(one);
        this.#wishes += 1;
        socket.on('close', onClose);
        // What is accepted in one turn of the event loop is looked up together.
        if (!this.#isPlanned || lookUp.isUrgent)
            setImmediate(this.#plan);
        this.#isPlanned = true;
        return promise;
    }
    close() {
        clearTimeout(this.#timer);
        for (const one of this.#waiting.list())
            one.settle(UNKNOWN_ORIGIN);
    }
    /** While a search runs or a rest is being waited for, nothing is planned anew but for somebody who is kept waiting. */
    #plan = () => {
        clearTimeout(this.#timer);
        this.#isPlanned = this.#waiting.size > 0;
        if (this.#isSearching || !this.#isPlanned)
            return;
        const isUrgent = this.#waiting.list().some(({ lookUp }) => lookUp.isUrgent);
        const rest = isUrgent ? 0 : this.#restUntil - performance.now();
        if (rest <= 0)
            void this.#search();
        else
            this.#timer = setTimeout(this.#plan, Math.ceil(rest));
    };
    async #search() {
        this.#isSearching = true;
        const startedAt = performance.now();
        const batch = new Map(this.#waiting.list().map((one) => [one, describe(one)]));
        const wanted = [...batch.values()].filter((one) => one !== undefined);
        // A table that cannot be read has nobody in it.
        await searchTables(wanted, this.#readTable).catch(() => undefined);
        for (const [one, found] of batch)
            one.settle(found?.found ?? UNKNOWN_ORIGIN);
        this.#isSearching = false;
        this.#rest(startedAt);
        this.#plan();
    }
    #rest(startedAt) {
        const endedAt = performance.now();
        const { restPerSearch, longestMs } = this.#wishes > FLOOD_WISHES ? FLOOD : USUAL;
        this.#wishes = 0;
        this.#restUntil = endedAt + Math.min(longestMs, (endedAt - startedAt) * restPerSearch);
    }
}
/** Undefined when the client is gone already. */
function describe(one) {
    const { socket, lookUp } = one;
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    if (remoteAddress === undefined || remotePort === undefined)
        return undefined;
    const isV4 = !remoteAddress.includes(':') || remoteAddress.startsWith('::ffff:');
    return {
        isV4,
        client: renderEndpoint(remoteAddress, remotePort),
        // A client with one socket for both families stands in tcp6 with its IPv4 address inside.
        mappedClient: isV4 ? renderMappedEndpoint(remoteAddress, remotePort) : null,
        self: renderEndpoint(localAddress ?? '', localPort ?? 0),
        mappedSelf: isV4 ? renderMappedEndpoint(localAddress ?? '', localPort ?? 0) : null,
        port: lookUp.port,
        isGone: () => one.slot < 0,
        found: UNKNOWN_ORIGIN,
    };
}

;// CONCATENATED MODULE: ./lib/core/bridge-opening.js

const MAX_BRIDGE_LINE = 8192;
const ENTRANCES = (/* unused pure expression or super */ null && (['tls', 'http', 'tcp', 'dns', 'proxy', 'local']));
const WITH_DESTINATION = (/* unused pure expression or super */ null && (['tls', 'http', 'tcp']));
/** The line, its LF included. */
function renderBridgeOpening(opening) {
    return `${JSON.stringify(opening)}\n`;
}
/**
 * Reads the line without its LF. It comes from inside the wrapper, where the agent may have taken the bridge's place.
 * @returns undefined for anything but one well-formed opening.
 */
function parseBridgeOpening(line) {
    const fields = parseObject(line);
    const entrance = ENTRANCES.find((name) => name === fields?.entrance);
    if (fields === undefined || entrance === undefined)
        return undefined;
    const address = typeof fields.address === 'string' && isIP(fields.address) !== 0 ? fields.address : null;
    const port = readWhole(fields.port, 65_535);
    if (WITH_DESTINATION.includes(entrance) && (address === null || port === null))
        return undefined;
    if (entrance === 'local' && port === null)
        return undefined;
    const program = typeof fields.program === 'string' ? fields.program.slice(0, 4096) : null;
    return { entrance, address, port, uid: readId(fields.uid), pid: readWhole(fields.pid, 2 ** 31 - 1), program };
}
function parseObject(line) {
    try {
        const value = JSON.parse(line);
        return typeof value === 'object' && value !== null ? value : undefined;
    }
    catch {
        return undefined;
    }
}
const readWhole = (value, most) => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most ? value : null;
// 0 is a uid, and no pid or port.
const readId = (value) => (value === 0 ? 0 : readWhole(value, 2 ** 32 - 1));

;// CONCATENATED MODULE: ./lib/egress/wrap/carry-connection.js


/**
 * Carries one connection to the relay. Half-closes are passed on; an end that breaks breaks the other one with a reset, so that
 * nobody takes half an answer for a whole one.
 */
function carryConnection(client, opening, door) {
    const relay = (0,external_node_net_namespaceObject.connect)({ path: door.socketPath, allowHalfOpen: true });
    relay.write(renderBridgeOpening(opening));
    client.setNoDelay(true);
    // The relay cannot send a reset through a unix socket: an end before any byte, while the client still speaks, stands for one.
    relay.once('end', () => {
        if (relay.bytesRead === 0 && !client.readableEnded)
            client.resetAndDestroy();
    });
    client.pipe(relay);
    relay.pipe(client);
    let isOpen = false;
    relay.once('connect', () => {
        isOpen = true;
    });
    client.once('error', () => relay.destroy());
    relay.once('error', () => {
        if (!isOpen)
            door.onClosed();
        client.resetAndDestroy();
    });
    client.once('close', (hadError) => {
        if (hadError || !relay.writableEnded)
            relay.destroy();
    });
    relay.once('close', () => {
        if (!client.writableEnded)
            client.resetAndDestroy();
    });
}
/** Longest that an answer to one DNS question is waited for; clients ask again after five seconds. */
const ANSWER_WAIT_MS = 5000;
/** Sends one DNS message to the relay, framed as over TCP, and gives back its answer; undefined when none comes. */
function askRelay(message, opening, door) {
    const { promise, resolve } = Promise.withResolvers();
    const relay = (0,external_node_net_namespaceObject.connect)(door.socketPath);
    let isOpen = false;
    let seen = Buffer.alloc(0);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    relay.setTimeout(ANSWER_WAIT_MS, () => relay.destroy());
    relay.once('connect', () => {
        isOpen = true;
    });
    relay.once('error', () => {
        if (!isOpen)
            door.onClosed();
    });
    relay.once('close', () => resolve(undefined));
    relay.on('data', (chunk) => {
        seen = Buffer.concat([seen, chunk]);
        const end = seen.length < 2 ? Number.POSITIVE_INFINITY : 2 + seen.readUInt16BE(0);
        if (seen.length < end)
            return;
        resolve(seen.subarray(2, end));
        relay.destroy();
    });
    relay.write(Buffer.concat([Buffer.from(renderBridgeOpening(opening)), length, message]));
    return promise;
}

;// CONCATENATED MODULE: external "node:dgram"
const external_node_dgram_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:dgram");
;// CONCATENATED MODULE: external "node:events"
const external_node_events_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");
;// CONCATENATED MODULE: ./lib/egress/wrap/listen-inside.js



const LOOPBACK = ['127.0.0.1', '::1'];
const MAX_DATAGRAMS = 512;
/**
 * Opens the ports inside: first the given numbers, so that none of the free ones takes their place.
 * @throws Error when a given port cannot be opened
 */
async function listenInside(given, handlers) {
    const open = (entrance, port) => listenTcp((client) => handlers.onConnection(client, entrance), port);
    await Promise.all(given.forwardedPorts.map((port) => open('local', port)));
    if (given.proxyPort !== null)
        await open('proxy', given.proxyPort);
    const [tls, http, tcp, dnsTcp, dnsUdp] = await Promise.all([
        open('tls', 0),
        open('http', 0),
        open('tcp', 0),
        open('dns', 0),
        listenUdp(handlers.onDatagram),
    ]);
    return { tls, http, tcp, dnsTcp, dnsUdp };
}
/** Listens on both loopback addresses under one number; on one where the kernel has no IPv6. */
async function listenTcp(onConnection, wanted) {
    let port = wanted;
    for (const host of LOOPBACK) {
        const server = (0,external_node_net_namespaceObject.createServer)({ allowHalfOpen: true }, onConnection);
        server.listen({ host, port, backlog: 1024 });
        if (!(await isListening(server, host)))
            continue;
        const address = server.address();
        if (typeof address === 'object' && address !== null)
            port = address.port;
    }
    return port;
}
async function listenUdp(answer) {
    let port = 0;
    for (const host of LOOPBACK) {
        const socket = (0,external_node_dgram_namespaceObject.createSocket)(host === '::1' ? 'udp6' : 'udp4');
        let pending = 0;
        socket.on('message', (message, { address, port: from }) => {
            if (pending >= MAX_DATAGRAMS)
                return;
            pending += 1;
            void answer(message).then((reply) => {
                pending -= 1;
                if (reply !== undefined)
                    socket.send(reply, from, address);
            });
        });
        socket.bind(port, host);
        if (await isListening(socket, host))
            port = socket.address().port;
    }
    return port;
}
async function isListening(listener, host) {
    try {
        await (0,external_node_events_namespaceObject.once)(listener, 'listening');
    }
    catch (error) {
        if (host === '::1' && isWithoutAddress(error))
            return false;
        throw error;
    }
    // What fails later fails one client, which sees it itself.
    listener.on('error', () => undefined);
    return true;
}
function isWithoutAddress(error) {
    const code = error.code ?? '';
    return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

;// CONCATENATED MODULE: ./lib/core/wrapper/own-addresses.js
/**
 * For `ip -batch`, by family: the wrapped network's own addresses, the dummy of RFC 7600 and one of RFC 6666's
 * range that leads nowhere, which no network has. Programs that look for an
 * address that is not loopback find one, and in IPv6 there is a source for connections to be redirected.
 */
const ADDRESS_COMMANDS = {
    ipv4: 'link set lo up\naddress add 192.0.0.8/32 dev lo\n',
    ipv6: 'address add 100::8/128 dev lo nodad\n',
};

;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
;// CONCATENATED MODULE: external "node:stream/consumers"
const consumers_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/consumers");
;// CONCATENATED MODULE: ./lib/egress/wrap/run-tool.js


/**
 * Runs a program of the system with a text on its stdin.
 * @throws Error with what the program wrote to stderr
 */
async function runTool(argv, input) {
    const [program = '', ...rest] = argv;
    const child = (0,external_node_child_process_namespaceObject.spawn)(program, rest, { env: {}, stdio: ['pipe', 'ignore', 'pipe'] });
    const { promise, resolve, reject } = Promise.withResolvers();
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
    child.stdin.once('error', () => undefined); // It ended before it had read all; its exit code tells.
    child.stdin.end(input);
    const [said, code] = await Promise.all([(0,consumers_namespaceObject.text)(child.stderr), promise]);
    if (code !== 0)
        throw new Error(`${program}: ${said.trim().split('\n')[0] ?? ''} (exit code ${code})`);
}

;// CONCATENATED MODULE: ./lib/egress/wrap/prepare-network.js


/** Before the ports are opened: ::1 can be listened on only while the interface is up. */
async function raiseLoopback({ ip }) {
    await runTool([ip, '-batch', '-'], ADDRESS_COMMANDS.ipv4);
    await withoutIpv6(runTool([ip, '-batch', '-'], ADDRESS_COMMANDS.ipv6));
}
/** After them: every address leads to the loopback interface, and the rules send every connection to a port. */
async function redirectAll({ ip, nft }, { routes, rules }) {
    const calls = routes.map((route) => {
        const call = runTool([ip, ...route], '');
        return route[0] === '-6' ? withoutIpv6(call) : call;
    });
    await Promise.all([...calls, runTool([nft, '-f', '-'], rules)]);
}
/** A kernel without IPv6 has no such connections either; without a route there are none that need a rule. */
function withoutIpv6(call) {
    return call.catch(() => undefined);
}

;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");
;// CONCATENATED MODULE: ./lib/core/wrapper/render-shell-word.js
/** A text as one word of a POSIX shell, whatever stands in it: a path with a quote in its name shall not become a command. */
function renderShellWord(text) {
    return `'${text.replaceAll("'", "'\\''")}'`;
}

;// CONCATENATED MODULE: ./lib/core/wrapper/render-wrapping.js

/** Any address would do: port 53 is redirected wherever it goes. */
const RESOLV_CONF = 'nameserver 127.0.0.1\n';
/** What the programs in between change on their own; none of it is secret, so it may be said in arguments. */
const SHELL_VARIABLES = ['PWD', 'OLDPWD', 'SHLVL', '_'];
const SIGNALS = 'INT,QUIT,TERM,HUP,USR1,USR2';
/** Argument vector that runs `inside` as root of a user namespace with a network of its own that has no way out. */
function renderOuter(tools, inside) {
    const argv = tools.method === 'bwrap'
        ? [tools.bwrap, ...OUTER_BWRAP, '--', ...inside]
        : [tools.unshare, '--user', '--map-root-user', '--net', '--', ...inside];
    return [...renderDeaf(tools), ...argv];
}
const OUTER_BWRAP = '--unshare-user --unshare-net --uid 0 --gid 0 --cap-add ALL --die-with-parent --dev-bind / /'.split(' ');
/** Argument vector, to be run by the bridge, that runs the command without any right over the outer layer. */
function renderInner(tools, layout, command) {
    const inside = [...renderHearing(tools, layout.shellVariables), ...command];
    if (tools.method === 'bwrap')
        return [...renderDeaf(tools), tools.bwrap, ...renderBwrap(layout), '--', ...inside];
    // Bridge gone, all gone: setpriv ties the waiting process to the bridge, --kill-child the command to the waiting process.
    const wait = [tools.setpriv, '--pdeathsig', 'KILL', tools.unshare, ...INNER_UNSHARE];
    return [...renderDeaf(tools), ...wait, tools.shell, '-c', renderScript(tools, layout), 'sh', ...inside];
}
const INNER_UNSHARE = '--mount --propagation private --pid --ipc --fork --kill-child --'.split(' ');
/**
 * A signal for the whole process group reaches the waiting processes too. They must outlive it, or the command would be killed
 * before it could end in its own way.
 */
function renderDeaf({ env }) {
    return env === null ? [] : [env, `--ignore-signal=${SIGNALS}`];
}
function renderHearing({ env }, variables) {
    if (env === null)
        return [];
    const settings = Object.entries(variables);
    const unset = settings.flatMap(([name, value]) => (value === null ? [`--unset=${name}`] : []));
    const set = settings.flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
    return [env, `--default-signal=${SIGNALS}`, ...unset, ...set];
}
function renderBwrap(layout) {
    const { uid, gid, cwd, resolvConf, resolvConfFd, seccompFd } = layout;
    return [
        ...['--unshare-user', '--uid', `${uid}`, '--gid', `${gid}`, '--unshare-pid', '--unshare-ipc', '--die-with-parent'],
        ...['--dev-bind', '/', '/', '--proc', '/proc'],
        ...layout.readOnlyPaths.flatMap((path) => ['--ro-bind', path, path]),
        ...layout.hiddenDirectories.flatMap((path) => ['--tmpfs', path]),
        ...layout.hiddenFiles.flatMap((path) => ['--ro-bind', '/dev/null', path]),
        ...(resolvConf === null || resolvConfFd === null ? [] : ['--ro-bind-data', `${resolvConfFd}`, resolvConf]),
        ...(seccompFd === null ? [] : ['--seccomp', `${seccompFd}`]),
        ...['--cap-drop', 'ALL', '--chdir', cwd],
    ];
}
/** The mounts, then the step down. The shell that stays as process 1 waits for everybody and has no rights either. */
function renderScript(tools, layout) {
    const mount = renderShellWord(tools.mount);
    const ids = `--map-user=${layout.uid} --map-group=${layout.gid}`;
    const drop = '--no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all';
    return [
        'set -e',
        `${mount} -t proc -o nosuid,nodev,noexec proc /proc`,
        ...layout.readOnlyPaths
            .map(renderShellWord)
            .map((path) => `${mount} --bind ${path} ${path}; ${renderReadOnly(mount, path)}`),
        ...layout.hiddenDirectories.map(renderShellWord).map((path) => `${mount} -t tmpfs -o mode=755 tmpfs ${path}`),
        ...layout.hiddenFiles.map(renderShellWord).map((path) => `${mount} --bind /dev/null ${path}`),
        ...(layout.resolvConf === null ? [] : [renderResolvConf(layout.resolvConf)]),
        // The directory that was entered before the mounts may now lie below one of them.
        `cd ${renderShellWord(layout.cwd)}`,
        `exec ${renderShellWord(tools.unshare)} --user ${ids} --keep-caps -- ${renderShellWord(tools.setpriv)} ${drop} -- ` +
            `${renderShellWord(tools.shell)} -c ${renderShellWord(WAIT)} sh "$@"`,
    ].join('\n');
}
/** The shell's own remarks on how the command ended are nobody's business. */
const WAIT = 'exec 9>&2 2>/dev/null; "$@" 2>&9 9>&-; exit $?';
/** Flags that the mount below has are locked here and must be named again. */
function renderReadOnly(mount, path) {
    return ['ro', 'ro,nosuid,nodev', 'ro,nosuid,nodev,noexec']
        .map((flags) => `${mount} -o remount,bind,${flags} ${path} 2>/dev/null`)
        .join(' || ');
}
function renderResolvConf(file) {
    const directory = file.slice(0, file.lastIndexOf('/'));
    return `mkdir -p ${renderShellWord(directory)}; printf %s ${renderShellWord(RESOLV_CONF)} > ${renderShellWord(file)}`;
}

;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
;// CONCATENATED MODULE: ./lib/egress/wrap/derive-layout.js



/** Always hidden: sockets of services that fetch for others or give root away, and memory shared with processes outside. */
const ALWAYS_HIDDEN = ['/run', '/var/run', '/dev/shm', '/var/snap/lxd/common/lxd', '/var/lib/incus'];
/**
 * What the command sees of the file system: everything that its user sees, without the hidden paths.
 * @throws Error when the command would start in a hidden directory
 */
function deriveLayout(launch) {
    const { config, cwd, uid, gid, environment } = launch;
    const hidden = listOutermost([
        ...ALWAYS_HIDDEN,
        (0,external_node_fs_namespaceObject.realpathSync)(external_node_path_namespaceObject.dirname(config.relaySocket)),
        ...config.hiddenPaths,
    ]);
    const isHidden = (place) => hidden.some((root) => isWithin(place, root));
    if (isHidden(cwd))
        throw new Error(`the current directory ${cwd} is hidden from the command; start it elsewhere`);
    const resolvConf = resolve('/etc/resolv.conf');
    return {
        uid,
        gid,
        cwd,
        shellVariables: Object.fromEntries(SHELL_VARIABLES.map((name) => [name, environment[name] ?? null])),
        readOnlyPaths: listOutermost(config.readOnlyPaths).filter((place) => !isHidden(place)),
        hiddenDirectories: hidden.filter((place) => (0,external_node_fs_namespaceObject.statSync)(place).isDirectory()),
        hiddenFiles: hidden.filter((place) => !(0,external_node_fs_namespaceObject.statSync)(place).isDirectory()),
        resolvConf: resolvConf !== undefined && isHidden(resolvConf) ? resolvConf : null,
    };
}
/** Existing paths without links, none inside another. */
function listOutermost(paths) {
    const real = [...new Set(paths.map(resolve).filter((place) => place !== undefined))];
    return real.filter((place) => !real.some((root) => root !== place && isWithin(place, root))).sort();
}
function isWithin(place, root) {
    return place === root || place.startsWith(root.endsWith('/') ? root : `${root}/`);
}
/** What cannot be found by this user cannot be found by the command either. */
function resolve(place) {
    try {
        return (0,external_node_fs_namespaceObject.realpathSync)(place);
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./lib/egress/wrap/seccomp-filter.js
/**
 * A filter of system calls in the kernel's own form (struct sock_filter), for `bwrap --seccomp`. It closes what a network
 * namespace does not: sockets of other families (a virtual machine's VSOCK is outside netfilter) and text pushed into the
 * terminal, which the shell outside would run. io_uring opens sockets past any filter, and other ABIs of the machine have other
 * numbers, so both are refused as not there.
 */
const ABIS = {
    x64: { audit: 0xc000003e, socket: 41, ioctl: 16 },
    arm64: { audit: 0xc00000b7, socket: 198, ioctl: 29 },
};
const IO_URING_SETUP = 425;
const X32_BIT = 0x40000000;
const TERMINAL_INPUT = [0x5412, 0x541c]; // TIOCSTI, TIOCLINUX
const FAMILIES = [1, 2, 10, 16]; // AF_UNIX, AF_INET, AF_INET6, AF_NETLINK
const ALLOW = 0x7fff0000;
const refuseWith = (errno) => 0x00050000 | errno;
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;
// Offsets in struct seccomp_data; the low half of an argument comes first on both machines.
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;
const SECOND_ARGUMENT = 24;
const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;
const load = (offset) => [LOAD, 0, 0, offset];
const give = (value) => [RETURN, 0, 0, value >>> 0];
const unlessEqual = (value, skip) => [JUMP_EQUAL, 0, skip, value];
const ifEqual = (value, skip) => [JUMP_EQUAL, skip, 0, value];
/**
 * @param architecture as node names it
 * @returns undefined for a machine whose numbers are not known here
 */
function renderSeccompFilter(architecture) {
    const abi = ABIS[architecture];
    if (abi === undefined)
        return undefined;
    const terminal = TERMINAL_INPUT.map((value, index) => ifEqual(value, TERMINAL_INPUT.length - index));
    const families = FAMILIES.map((value, index) => ifEqual(value, FAMILIES.length - index));
    return encode([
        load(ARCHITECTURE),
        ifEqual(abi.audit, 1),
        give(refuseWith(ENOSYS)),
        load(NUMBER),
        [JUMP_AT_LEAST, 0, 1, X32_BIT],
        give(refuseWith(ENOSYS)),
        unlessEqual(IO_URING_SETUP, 1),
        give(refuseWith(ENOSYS)),
        unlessEqual(abi.ioctl, terminal.length + 3),
        load(SECOND_ARGUMENT),
        ...terminal,
        give(ALLOW),
        give(refuseWith(EPERM)),
        unlessEqual(abi.socket, families.length + 3),
        load(FIRST_ARGUMENT),
        ...families,
        give(refuseWith(EAFNOSUPPORT)),
        give(ALLOW),
        give(ALLOW),
    ]);
}
function encode(program) {
    const bytes = Buffer.alloc(program.length * 8);
    program.forEach(([code, whenTrue, whenFalse, value], index) => {
        bytes.writeUInt16LE(code, index * 8);
        bytes.writeUInt8(whenTrue, index * 8 + 2);
        bytes.writeUInt8(whenFalse, index * 8 + 3);
        bytes.writeUInt32LE(value, index * 8 + 4);
    });
    return bytes;
}

;// CONCATENATED MODULE: ./lib/egress/wrap/start-command.js






const SECCOMP_FD = 3;
const RESOLV_CONF_FD = 4;
/**
 * Starts the command apart: its own terminal and streams, the user's environment, nothing else of the bridge.
 * @throws Error when the first program of the chain cannot be started
 */
async function startCommand(launch) {
    const layout = deriveLayout(launch);
    const { tools } = launch.config;
    const filter = tools.method === 'bwrap' ? renderSeccompFilter(process.arch) : undefined;
    const hasResolvConf = tools.method === 'bwrap' && layout.resolvConf !== null;
    const fds = {
        seccompFd: filter === undefined ? null : SECCOMP_FD,
        resolvConfFd: hasResolvConf ? RESOLV_CONF_FD : null,
    };
    const [program = '', ...rest] = renderInner(tools, { ...layout, ...fds }, launch.command);
    const child = (0,external_node_child_process_namespaceObject.spawn)(program, rest, {
        cwd: launch.cwd,
        env: launch.environment,
        stdio: ['inherit', 'inherit', 'inherit', filter ? 'pipe' : 'ignore', hasResolvConf ? 'pipe' : 'ignore'],
    });
    const ended = waitForEnd(child);
    await (0,external_node_events_namespaceObject.once)(child, 'spawn');
    feed(child, SECCOMP_FD, filter ?? '');
    feed(child, RESOLV_CONF_FD, RESOLV_CONF);
    return { pid: child.pid ?? 0, ended };
}
async function waitForEnd(child) {
    const { promise, resolve } = Promise.withResolvers();
    child.once('exit', (code, signal) => resolve(deriveExitCode(code, signal)));
    return promise;
}
/** As a shell counts. */
function deriveExitCode(code, signal) {
    return code ?? 128 + (signal === null ? 0 : external_node_os_namespaceObject.constants.signals[signal]);
}
function feed(child, fd, content) {
    const stream = child.stdio[fd];
    stream?.once('error', () => undefined); // The reader has gone: its exit code tells why.
    stream?.end(content);
}

;// CONCATENATED MODULE: ./lib/core/process-stat.js
const START_TIME = 19;
/**
 * Reads the line of /proc/<pid>/stat. The name that stands in brackets is chosen by the process and may hold spaces, brackets and
 * what looks like fields: only what follows the last bracket counts.
 * @returns undefined for the empty text of a process that is gone.
 */
function parseProcessStat(text) {
    const fields = text.replace(/^.*\) /s, '').split(' ');
    const [state = '', parent] = fields;
    if (state === '')
        return undefined;
    return { isDead: state === 'Z' || state === 'X', parent: Number(parent), startTime: fields[START_TIME] ?? null };
}

;// CONCATENATED MODULE: ./lib/egress/wrap/wrapped-processes.js


/** Most descriptors that are looked at for one connection: the name of a program is worth this much time and no more. */
const MAX_LOOKS = 5000;
/**
 * The processes of the command, seen from outside its process namespace, where the bridge lives.
 * @param waiting pid of the process that the bridge started to set the command apart
 */
function createWrappedProcesses(waiting) {
    let last;
    let hasBegun = false;
    return {
        findHolder(inode) {
            const looks = { left: MAX_LOOKS };
            const isHolder = (pid) => holdsSocket(pid, `socket:[${inode}]`, looks);
            if (last === undefined || !isHolder(last))
                last = listDescendants(waiting).find(isHolder);
            return last === undefined ? undefined : { pid: last, program: readProgram(last) };
        },
        findCommand() {
            const found = findCommand(waiting);
            hasBegun ||= found !== undefined && !isDeaf(found);
            return hasBegun ? found : undefined;
        },
    };
}
/**
 * Both ways of setting apart end in one process that waits (number 1 of the namespace) and has the command as its first child.
 * Orphans become its children too, but later. Before the command runs, that child is a program of the setting apart itself.
 */
function findCommand(waiting) {
    let init = waiting;
    while (init !== undefined && !isInit(init))
        init = listChildren(init)[0];
    if (init === undefined)
        return undefined;
    return listChildren(init).sort((one, other) => readStart(one) - readStart(other))[0];
}
/** HUP, INT, QUIT, USR1, USR2 and TERM, as bits of the kernel's masks. */
const wrapped_processes_SIGNALS = [1, 2, 3, 10, 12, 15].reduce((mask, number) => mask | (1n << BigInt(number - 1)), 0n);
/** What sets the command apart ignores them all; the command begins with none ignored, and a signal sent before would be lost. */
function isDeaf(pid) {
    return (BigInt(`0x${readLine(pid, 'SigIgn') ?? '0'}`) & wrapped_processes_SIGNALS) === wrapped_processes_SIGNALS;
}
function isInit(pid) {
    return readLine(pid, 'NSpid')?.split(/\s+/).at(-1) === '1';
}
function readStart(pid) {
    return Number(parseProcessStat(read(`/proc/${pid}/stat`))?.startTime ?? 0);
}
function readLine(pid, name) {
    return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(read(`/proc/${pid}/status`))?.[1];
}
function listDescendants(pid) {
    const found = [];
    const queue = [pid];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const children = listChildren(next);
        found.push(...children);
        queue.push(...children);
    }
    return found;
}
/** Any thread may have started a child. */
function listChildren(pid) {
    const threads = list(`/proc/${pid}/task`);
    return threads.flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`)
        .split(' ')
        .filter((text) => text !== '')
        .map(Number));
}
function holdsSocket(pid, name, looks) {
    // Newest first: a socket that was just opened has a high number.
    return list(`/proc/${pid}/fd`)
        .reverse()
        .some((fd) => {
        looks.left -= 1;
        return looks.left >= 0 && readLink(`/proc/${pid}/fd/${fd}`) === name;
    });
}
function readProgram(pid) {
    const program = readLink(`/proc/${pid}/exe`);
    return program === '' ? null : program;
}
// A process may be gone at any moment; then there is nothing to read.
function quietly(run, otherwise) {
    try {
        return run();
    }
    catch {
        return otherwise;
    }
}
const list = (directory) => quietly(() => (0,external_node_fs_namespaceObject.readdirSync)(directory), []);
const read = (file) => quietly(() => (0,external_node_fs_namespaceObject.readFileSync)(file, 'utf8'), '');
const readLink = (file) => quietly(() => (0,external_node_fs_namespaceObject.readlinkSync)(file), '');

;// CONCATENATED MODULE: ./lib/egress/wrap/run-bridge.js






/** Between two looks whether the command runs by now, while a signal waits for it. */
const RETRY_MS = 20;
/**
 * The bridge: the only process that is in the wrapped network and can reach the relay. It opens the ports, loads the rules, and
 * only then starts the command, which is never without them. It decides nothing.
 */
function runBridge(launch, ports) {
    let processes;
    let timer;
    const waiting = [];
    const carrier = createCarrier(launch, ports, () => processes);
    const flush = () => {
        clearTimeout(timer);
        const pid = processes?.findCommand();
        if (pid === undefined)
            timer = setTimeout(flush, RETRY_MS);
        else
            for (const name of waiting.splice(0))
                ports.kill(pid, name);
    };
    const run = async () => {
        const command = await start(launch, carrier, ports);
        processes = createWrappedProcesses(command.pid);
        return command.ended;
    };
    const signal = (name) => {
        waiting.push(name);
        flush();
    };
    return { signal, ended: run().finally(() => clearTimeout(timer)) };
}
async function start(launch, carrier, { renderRules }) {
    const { tools } = launch.config;
    await raiseLoopback(tools);
    await redirectAll(tools, renderRules(await listenInside(launch.config, carrier)));
    return startCommand(launch);
}
function createCarrier(launch, ports, getProcesses) {
    let isWarned = false;
    const door = {
        socketPath: launch.config.relaySocket,
        onClosed: () => {
            if (isWarned)
                return;
            isWarned = true;
            ports.warn('agent-exec: the relay of the firewall does not answer: nothing can reach the network.');
        },
    };
    const finder = createOriginFinder();
    const nobody = { address: null, port: null, uid: launch.uid, pid: null, program: null };
    return {
        onConnection: (client, entrance) => {
            // One that breaks while it is looked up.
            client.on('error', () => undefined);
            void describeClient(client, entrance, finder).then(({ opening, inode }) => {
                // Its close has passed: nobody would end the relay's side.
                if (opening === undefined || client.destroyed)
                    client.resetAndDestroy();
                else
                    carryConnection(client, { ...nobody, ...opening, ...findHolder(getProcesses(), inode) }, door);
            });
        },
        onDatagram: (message) => askRelay(message, { ...nobody, entrance: 'dns' }, door),
    };
}
/** The port that leads to an entrance; at the others it may be any. */
const PORTS = { tls: 443, http: 80 };
/** Whoever is gone before it could be looked up needs no connection any more: no opening. */
async function describeClient(client, entrance, finder) {
    if (entrance === 'dns')
        return { opening: { entrance }, inode: null };
    const { localPort = 0 } = client;
    const { original, inode } = await finder.find(client, { port: PORTS[entrance] ?? null, isUrgent: true });
    if (entrance === 'local')
        return { opening: { entrance, port: localPort }, inode };
    if (entrance === 'proxy')
        return { opening: { entrance }, inode };
    return { opening: original === null ? undefined : { entrance, ...original }, inode };
}
function findHolder(processes, inode) {
    return inode === null ? undefined : processes?.findHolder(inode);
}

;// CONCATENATED MODULE: ./lib/egress/wrap/serve-bridge.js


/**
 * Runs the bridge by what agent-exec says over the channel. When the channel ends agent-exec is gone: the bridge ends too, and
 * the command with it.
 */
function serveBridge({ channel, exit, ...ports }) {
    const leave = (reply) => {
        const code = reply.kind === 'exited' ? reply.code : WRAP_FAILED;
        channel.end(`${JSON.stringify(reply)}\n`, () => exit(code));
    };
    let bridge;
    let seen = '';
    channel.setEncoding('utf8');
    channel.on('data', (text) => {
        seen += text;
        const lines = seen.split('\n');
        seen = lines.pop() ?? '';
        for (const line of lines) {
            if (bridge === undefined)
                bridge = serve_bridge_start(JSON.parse(line), ports, leave);
            else
                bridge.signal(JSON.parse(line).signal);
        }
    });
    channel.once('end', () => exit(WRAP_FAILED));
    channel.once('error', () => exit(WRAP_FAILED));
}
function serve_bridge_start(launch, ports, reply) {
    const bridge = runBridge(launch, ports);
    bridge.ended.then((code) => reply({ kind: 'exited', code }), (error) => reply({ kind: 'failed', reason: `the command could not be set apart: ${error.message}` }));
    return bridge;
}

;// CONCATENATED MODULE: ./lib/firewall/plan.js
/** Addresses that the DNS answerer makes up (RFC 2544, never routed): sandboxes inside refuse names that resolve to 127.0.0.0/8. */
const MADE_UP_NETWORK = '198.18.0.0/15';
const TABLE = 'setup_agent_proxy';
/** Elements of one set; a full set loses records, never a rule. */
const SET_SIZE = 4096;
/** A record that nothing renews is gone after this. */
const RECORD_SECONDS = 3600;
/**
 * What was dropped, by who sent it, where to, protocol and port. Protocols without ports, and packets without an owner (forwarded for a
 * container, or sent by the kernel after its socket was gone), have sets of their own: a field that a packet does not have ends a rule.
 */
const RECORDS = [
    { name: 'dropped4', type: 'uid . ipv4_addr . inet_proto . inet_service' },
    { name: 'dropped6', type: 'uid . ipv6_addr . inet_proto . inet_service' },
    { name: 'portless4', type: 'uid . ipv4_addr . inet_proto' },
    { name: 'portless6', type: 'uid . ipv6_addr . inet_proto' },
    { name: 'unowned4', type: 'ipv4_addr . inet_proto . inet_service' },
    { name: 'unowned6', type: 'ipv6_addr . inet_proto . inet_service' },
];

;// CONCATENATED MODULE: ./lib/firewall/shared-rules.js
// Rules that both levels have.
/** One planned rule; an empty match is every packet. */
function rule(name, match, action) {
    return { name, match, action };
}
/** 127.0.0.0/8, ::1 and every address of the machine's own: development servers and the sidecar stay reachable. */
function deriveOwnAddressesRule(action) {
    return rule('own-addresses', 'fib daddr type local', action);
}
/**
 * Which new flows go to the relay: names asked anywhere, own addresses included (a local stub would ask outside), then every TCP
 * connection to elsewhere.
 * @param free rules for what keeps its destination.
 */
function deriveDivertRules(ports, free) {
    return [
        rule('dns-udp', 'udp dport 53', `redirect to :${ports.dnsUdp}`),
        // A packet from the middle of a connection is none that the relay could answer; the filter refuses it.
        rule('opened-before', 'tcp flags & (fin | syn | rst | ack) != syn', 'return'),
        rule('dns-tcp', 'tcp dport 53', `redirect to :${ports.dnsTcp}`),
        deriveOwnAddressesRule('return'),
        ...free,
        rule('tls', 'tcp dport 443', `redirect to :${ports.tls}`),
        rule('http', 'tcp dport 80', `redirect to :${ports.http}`),
        rule('tcp', 'meta l4proto tcp', `redirect to :${ports.tcp}`),
    ];
}
const WITH_PORTS = 'meta l4proto { tcp, udp, udplite, sctp, dccp }';
/**
 * Records a packet in the set of its kind, then gives the verdict. The last rule gives it to what has no set or found its set full: a
 * statement that fails ends its rule, and must not end the refusal.
 */
function deriveRecordRules(owner, verdict) {
    const uid = owner === 'owned' ? 'meta skuid . ' : '';
    const ported = owner === 'owned' ? 'dropped' : 'unowned';
    const record = (set, fields) => `update @${set} { ${uid}${fields} counter } ${verdict}`;
    const portless = (family) => rule(`record-portless${family}`, '', record(`portless${family}`, `${WORDS[family]} daddr . meta l4proto`));
    return [
        rule('record4', WITH_PORTS, record(`${ported}4`, 'ip daddr . meta l4proto . th dport')),
        rule('record6', WITH_PORTS, record(`${ported}6`, 'ip6 daddr . meta l4proto . th dport')),
        ...(owner === 'owned' ? [portless(4), portless(6)] : []),
        rule('rest', '', verdict),
    ];
}
const WORDS = { 4: 'ip', 6: 'ip6' };
/** Refused at once and with a reason, so that a client goes on (QUIC falls back to TCP) instead of waiting for a timeout. */
function deriveRefuseChain() {
    return {
        name: 'refuse',
        rules: [
            rule('tcp', 'meta l4proto tcp', 'reject with tcp reset'),
            // `type` is needed by older nft and allowed by newer.
            rule('others', '', 'reject with icmpx type admin-prohibited'),
        ],
    };
}

;// CONCATENATED MODULE: ./lib/firewall/enforced-chains.js



/**
 * One bit of the conntrack mark: Kubernetes, Cilium and others use the rest. It says «this flow was let out», so that packets without an
 * owner (late acknowledgements, resets) and answers from outside can be told from those of connections that were open before the start.
 */
const MARK = '0x20000000';
const LET_OUT = `ct mark set ct mark | ${MARK} accept`;
/** Our redirects come before those of others (docker's stand at -100): a flow is translated once. */
const BEFORE_DOCKER = -110;
/**
 * Lookups of the relay and the sidecar are tracked apart from everybody's. Otherwise whoever asks the same name server from every port leaves
 * flows behind that are redirected, and the next real lookup from one of these ports is taken for part of such a flow: it gets our own
 * made-up answer, and no allowed name can be reached for minutes. UDP only: TCP's late packets have no owner any more, and would get lost.
 */
const BEFORE_TRACKING = -300;
const LOOKUP_ZONE = 20_053;
/**
 * Lookups of everybody else begin anew, too: a flow is translated at its first packet only, so one from before the start (a port comes round
 * again) would go on to the machine's resolver, whose own old flows are refused.
 */
const DIVERTED_ZONE = 20_054;
/**
 * The rules of the enforced level. Positive match only: who may go out is named, all else is refused. `meta skuid` does not match a packet
 * whose socket is gone, so «everybody but» would leak at the edges.
 */
function deriveEnforcedChains(facts) {
    const policy = facts.mode === 'block' ? 'drop' : 'accept';
    const hook = { type: 'filter', priority: 0 };
    return [
        {
            name: 'divert',
            hook: { type: 'nat', on: 'output', priority: BEFORE_DOCKER, policy: 'accept' },
            rules: [
                rule('exempt', exempt(facts), 'return'),
                ...deriveDivertRules(facts.ports, [
                    ...toContainers(facts, 'return'),
                    ...rootToItsAddresses(facts, '', 'return'),
                ]),
            ],
        },
        ...deriveApart(facts),
        { name: 'leaving', hook: { ...hook, on: 'output', policy }, rules: deriveLeaving(facts) },
        { name: 'owned', rules: deriveOwned(facts) },
        { name: 'passing', hook: { ...hook, on: 'forward', policy }, rules: derivePassing(facts) },
        { name: 'arriving', hook: { ...hook, on: 'input', policy: 'accept' }, rules: deriveArriving(facts) },
        { name: 'departing', hook: { ...hook, on: 'postrouting', policy: 'accept' }, rules: deriveDeparting() },
        deriveRefuseChain(),
    ];
}
/**
 * In audit mode the answers stay in the common zone: those for containers, whose lookups pass there, could not be told from ours.
 */
function deriveApart(facts) {
    const hook = { type: 'filter', priority: BEFORE_TRACKING, policy: 'accept' };
    const direction = facts.mode === 'block' ? '' : 'original ';
    const lookups = rule('lookups', `${exempt(facts)} udp dport 53`, `ct ${direction}zone set ${LOOKUP_ZONE}`);
    // Of one direction: the relay answers outside of it.
    const diverted = rule('diverted-lookups', `meta skuid != { ${facts.relayUid}, ${facts.sidecarUid} } udp dport 53`, `ct original zone set ${DIVERTED_ZONE}`);
    const asking = { name: 'asking', hook: { ...hook, on: 'output' }, rules: [lookups, diverted] };
    if (facts.mode === 'audit')
        return [asking];
    const answers = rule('answers', 'iifname != "lo" udp sport 53', `ct zone set ${LOOKUP_ZONE}`);
    return [asking, { name: 'answered', hook: { ...hook, on: 'prerouting' }, rules: [answers] }];
}
/** Output of this machine, whoever sent it. */
function deriveLeaving(facts) {
    return [
        deriveOwnAddressesRule('accept'),
        rule('exempt', exempt(facts), LET_OUT),
        rule('exempt-untracked', exempt(facts), 'accept'),
        // From here on a packet with an owner is judged by its owner. Were the mark asked first, whoever binds the port of a closed socket of
        // the relay could send on in its flow.
        rule('owned', 'meta skuid != 4294967295', 'goto owned'),
        rule('neighbours', 'icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert }', 'accept'),
        rule('let-out', `ct mark & ${MARK} == ${MARK}`, 'accept'),
        ...toContainers(facts, 'accept'),
        // What the kernel answers to strangers (resets, echo replies) is no attempt to get out: not recorded.
        rule('answers', 'ct direction reply', facts.mode === 'block' ? 'drop' : 'accept'),
        ...deriveRecordRules('unowned', verdict(facts)),
    ];
}
/** Packets of a living socket that is neither the relay's nor the sidecar's. */
function deriveOwned(facts) {
    return [
        // An administrator's ssh session. Pulls from servers of other users get no answer.
        rule('root-answers', 'meta skuid 0 ct direction reply', LET_OUT),
        ...rootToItsAddresses(facts, ' tcp dport != 53', LET_OUT),
        ...toContainers(facts, LET_OUT),
        // A lease must be renewed. The port is privileged and the accounts are the system's.
        rule('lease4', 'meta skuid < 1000 udp sport 68 udp dport 67', LET_OUT),
        rule('lease6', 'meta skuid < 1000 udp sport 546 udp dport 547', LET_OUT),
        // Where conntrack was off before, root's half of an ssh session looks like a connection of root's own, until the next packet from
        // outside shows who called. A reset would end it.
        ...(facts.mode === 'block'
            ? [rule('root-unknown', 'meta skuid 0 ct state new tcp flags & syn != syn', 'drop')]
            : // Nobody has such an address: what was not redirected there is refused in audit too, so that QUIC falls back.
                [rule('made-up', `ip daddr ${MADE_UP_NETWORK}`, 'goto refuse')]),
        ...deriveRecordRules('owned', verdict(facts)),
    ];
}
/** What containers and virtual machines send through this machine. */
function derivePassing(facts) {
    const among = eachFamily(facts.containerNetworks).map(({ word, list, family }) => rule(`among-containers${family}`, `${word} saddr ${list} ${word} daddr ${list}`, 'accept'));
    return [
        ...among,
        rule('answers', 'ct direction reply', verdict(facts)),
        ...deriveRecordRules('unowned', verdict(facts)),
    ];
}
/** Answers to connections that were open before the start: a command channel would stay half open. */
function deriveArriving({ mode }) {
    if (mode === 'audit')
        return [];
    return [
        rule('loopback', 'iifname "lo"', 'accept'),
        rule('not-let-out', `ct direction reply ct mark & ${MARK} == 0`, 'counter drop'),
    ];
}
/**
 * A socket that is bound to a device (no right is needed for that) sends what is redirected to 127.0.0.1 out through that device all the
 * same: the wire sees the bytes. Its real device is known only here. Not for audit to let pass: lookups never leave.
 */
function deriveDeparting() {
    return [
        rule('loopback', 'oifname "lo"', 'accept'),
        rule('elsewhere', 'fib daddr type != local', 'accept'),
        ...deriveRecordRules('owned', 'drop'),
    ];
}
function verdict({ mode }) {
    return mode === 'block' ? 'goto refuse' : 'accept';
}
function exempt({ relayUid, sidecarUid }) {
    return `meta skuid { ${relayUid}, ${sidecarUid} }`;
}
function toContainers(facts, action) {
    return eachFamily(facts.containerNetworks).map(({ word, list, family }) => rule(`containers${family}`, `${word} daddr ${list}`, action));
}
/** TCP only, and never its port 53: the cloud's address answers DNS as well, which would carry names out. */
function rootToItsAddresses(facts, ports, action) {
    return eachFamily(facts.rootAddresses).map(({ word, list, family }) => rule(`root-addresses${family}`, `meta skuid 0 ${word} daddr ${list} meta l4proto tcp${ports}`, action));
}
/** Addresses or networks by family, as nft sets; a family without any has no entry. */
function eachFamily(addresses) {
    return [4, 6].flatMap((family) => {
        const mine = [...new Set(addresses)].filter((address) => (0,external_node_net_namespaceObject.isIP)(address.split('/')[0] ?? '') === family);
        const word = family === 4 ? 'ip' : 'ip6';
        return mine.length === 0 ? [] : [{ family, word, list: `{ ${mine.join(', ')} }` }];
    });
}

;// CONCATENATED MODULE: ./lib/firewall/rule-facts.js

/** Largest uid that is positive as a signed number too: others read uids as int32. */
const LARGEST_UID = 2 ** 31 - 1;
/**
 * The facts of a rule set end up as words of nft's language, so each must be exactly a number or an address: a text that could break out
 * of its place would be a rule of somebody else's.
 * @throws RangeError that names the fact.
 */
function checkRuleFacts(facts) {
    for (const [name, port] of Object.entries(facts.ports)) {
        if (!isBetween(port, 1, 65_535))
            throw new RangeError(`The firewall rules need a port for ${name}, got ${port}`);
    }
    if (facts.kind === 'wrapped')
        return;
    const uids = [facts.relayUid, facts.sidecarUid];
    // Root as an exempt uid would exempt every daemon of the machine.
    if (!uids.every((uid) => isBetween(uid, 1, LARGEST_UID)) || new Set(uids).size !== uids.length)
        throw new RangeError(`The firewall rules need two different uids that are not root's, got ${uids.join(' and ')}`);
    for (const address of facts.rootAddresses) {
        if ((0,external_node_net_namespaceObject.isIP)(address) === 0 || address.includes('%'))
            throw new RangeError('An address that root may reach is no address');
    }
    for (const network of facts.containerNetworks)
        checkNetwork(network);
}
function checkNetwork(network) {
    const [address = '', length = '', ...rest] = network.split('/');
    const family = (0,external_node_net_namespaceObject.isIP)(address);
    const isNetwork = family !== 0 && !address.includes('%') && rest.length === 0 && /^\d{1,3}$/.test(length);
    // A default route as a container network would open the machine.
    const shortest = family === 6 ? 32 : 8;
    if (!isNetwork || !isBetween(Number(length), shortest, family === 6 ? 128 : 32))
        throw new RangeError(`A container network must be a network of at least /${shortest} in CIDR form`);
}
function isBetween(value, low, high) {
    return Number.isInteger(value) && value >= low && value <= high;
}

;// CONCATENATED MODULE: ./lib/firewall/wrapped-chains.js

/**
 * The rules inside the wrapper: there is no outside, so nobody is exempt and audit differs in the relay only. What is not redirected is
 * refused at once, which no route at all would not do for every protocol.
 */
function deriveWrappedChains({ ports }) {
    return [
        {
            name: 'divert',
            hook: { type: 'nat', on: 'output', priority: -110, policy: 'accept' },
            rules: deriveDivertRules(ports, []),
        },
        {
            name: 'leaving',
            hook: { type: 'filter', on: 'output', priority: 0, policy: 'drop' },
            rules: [
                deriveOwnAddressesRule('accept'),
                rule('owned', 'meta skuid != 4294967295', 'goto owned'),
                ...deriveRecordRules('unowned', 'goto refuse'),
            ],
        },
        { name: 'owned', rules: deriveRecordRules('owned', 'goto refuse') },
        deriveRefuseChain(),
    ];
}

;// CONCATENATED MODULE: ./lib/firewall/derive-rule-plan.js




/**
 * Derives the rule set of a level.
 * @throws RangeError when a fact could not stand in a rule: a port, a uid, an address. Nothing is loaded then.
 */
function deriveRulePlan(facts) {
    checkRuleFacts(facts);
    switch (facts.kind) {
        case 'enforced':
            return {
                table: TABLE,
                sets: RECORDS,
                chains: deriveEnforcedChains(facts),
                // Not a local route: those addresses must not count as the machine's own.
                routes: [{ family: 4, network: MADE_UP_NETWORK, source: '127.0.0.1' }],
            };
        case 'wrapped':
            return {
                table: TABLE,
                sets: RECORDS,
                chains: deriveWrappedChains(facts),
                routes: [
                    { family: 4, network: 'default', source: '127.0.0.1' },
                    { family: 6, network: 'default' },
                ],
            };
    }
}

;// CONCATENATED MODULE: ./lib/firewall/render-nft.js

/**
 * Renders the plan as one file for `nft -f`, which loads it as one transaction: either all of it is in force or what was before. Loading
 * it again replaces it. Syntax that nft 1.0.2 to 1.1 read alike.
 */
function renderNft(plan) {
    return [
        ...renderRemoval(plan),
        `table inet ${plan.table} {`,
        ...plan.sets.flatMap(({ name, type }) => [
            `\tset ${name} {`,
            `\t\ttype ${type}`,
            `\t\tsize ${SET_SIZE}`,
            '\t\tflags dynamic,timeout',
            `\t\ttimeout ${RECORD_SECONDS}s`,
            '\t}',
        ]),
        ...orderChains(plan.chains).flatMap(renderChain),
        '}',
        '',
    ].join('\n');
}
/** Renders what takes the rule set away again; right also where it is gone already. */
function renderNftUndo(plan) {
    return [...renderRemoval(plan), ''].join('\n');
}
/** Arguments for `ip`, one list for each call: the routes to set before the rules are loaded, and to take away after them. */
function deriveRouteCommands(plan) {
    return {
        add: plan.routes.map((route) => [`-${route.family}`, 'route', 'replace', ...routeWords(route)]),
        remove: plan.routes.map((route) => [`-${route.family}`, 'route', 'del', ...routeWords(route)]),
    };
}
function routeWords({ network, source }) {
    return [network, 'dev', 'lo', ...(source === undefined ? [] : ['src', source])];
}
// Deleting what is not there is an error, adding what is there is none.
function renderRemoval({ table }) {
    return [`add table inet ${table}`, `delete table inet ${table}`];
}
/** A chain must stand before those that go to it. */
function orderChains(chains) {
    const goesTo = (chain) => chain.rules.flatMap(({ action }) => /goto (\S+)$/.exec(action)?.[1] ?? []);
    const ordered = [];
    const place = (chain) => {
        if (ordered.includes(chain))
            return;
        for (const next of goesTo(chain))
            for (const target of chains)
                if (target.name === next)
                    place(target);
        ordered.push(chain);
    };
    for (const chain of chains)
        place(chain);
    return ordered;
}
function renderChain({ name, hook, rules }) {
    const head = hook === undefined
        ? []
        : [`\t\ttype ${hook.type} hook ${hook.on} priority ${hook.priority}; policy ${hook.policy};`];
    const lines = rules.map((rule) => `\t\t${[rule.match, rule.action].filter(Boolean).join(' ')} comment "${rule.name}"`);
    return [`\tchain ${name} {`, ...head, ...lines, '\t}'];
}

;// CONCATENATED MODULE: ./lib/entry/write-whole.js

/**
 * Writes a text to a descriptor that others share. Not through node's streams: opening them makes a pipe non-blocking, for the command
 * too, which then loses output. Somebody else may have made it so; then this waits its turn. A reader that is gone wants no text.
 */
function writeWhole(descriptor, text) {
    let rest = Buffer.from(text);
    while (rest.length > 0) {
        try {
            rest = rest.subarray((0,external_node_fs_namespaceObject.writeSync)(descriptor, rest));
        }
        catch (error) {
            if (error.code !== 'EAGAIN')
                return;
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        }
    }
}

;// CONCATENATED MODULE: ./lib/entry/bridge.js





const CHANNEL_FD = 3;
// What reaches a whole process group is meant for the command, which has it already or gets it from agent-exec.
for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) {
    process.on(signal, () => undefined);
}
// A fault in one connection must not end the others; what is seen here is a defect, so it is said aloud. What a client sent is not.
process.on('uncaughtException', (error) => writeWhole(2, `agent-exec: defect in the bridge: ${error.message}\n`));
serveBridge({
    channel: new external_node_net_namespaceObject.Socket({ fd: CHANNEL_FD, readable: true, writable: true }),
    exit: (code) => process.exit(code),
    warn: (text) => writeWhole(2, `${text}\n`),
    renderRules: (ports) => {
        const plan = deriveRulePlan({ kind: 'wrapped', ports });
        return { routes: deriveRouteCommands(plan).add, rules: renderNft(plan) };
    },
    kill: (pid, signal) => {
        try {
            process.kill(pid, signal);
        }
        catch {
            // It has just ended.
        }
    },
});

