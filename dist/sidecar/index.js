import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
;// CONCATENATED MODULE: external "node:stream/consumers"
const consumers_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/consumers");
;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
;// CONCATENATED MODULE: ./lib/core/credential-broker.js
/** Arguments of node for a credential process whose program text comes over stdin. */
function deriveCredentialArguments({ mayStartPrograms, readableFiles }) {
    return [
        '--disable-sigusr1',
        '--permission',
        ...(mayStartPrograms ? ['--allow-child-process'] : []),
        ...readableFiles.map((path) => `--allow-fs-read=${path}`),
        '--disable-warning=SecurityWarning',
        '--max-semi-space-size=1',
        '--input-type=module',
        '-',
    ];
}

;// CONCATENATED MODULE: ./lib/sidecar/signal-group.js
/**
 * Signals the process group that a detached child leads; Windows has no groups. A group that is gone is fine. While a member
 * of it lives, its number is not given to another process.
 */
function signalGroup(leader, signal) {
    if (process.platform === 'win32')
        return;
    try {
        process.kill(-leader, signal);
    }
    catch {
        // Gone already.
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/credential-child.js



/** Starts credential processes as children of this process, with its user. */
function createOwnHost(options) {
    return {
        start: (rights, events) => {
            try {
                return new OwnChild(spawnCredentialProcess(options, rights), options.source, events);
            }
            catch (error) {
                // Node tells of some failures so (ENOMEM is one), of others through 'error': for the caller they are the same.
                setImmediate(() => events.onGone(renderNotStarted(error)));
                return { send: () => undefined, end: () => undefined };
            }
        },
    };
}
function spawnCredentialProcess(options, rights) {
    return (0,external_node_child_process_namespaceObject.spawn)(options.execPath, deriveCredentialArguments(rights), {
        stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
        env: { ...options.environment },
        windowsHide: true,
    });
}
function renderNotStarted(error) {
    return error.code ?? 'error';
}
class OwnChild {
    #child;
    #events;
    #groups = new Set();
    #isEnded = false;
    constructor(child, source, events) {
        this.#events = events;
        this.#child = child;
        this.#child.on('message', (message) => this.#onMessage(message));
        const gone = this.#watchEnd();
        this.#child.stdin?.on('error', () => undefined);
        if (events.mayTrust(this.#child.pid))
            this.#child.stdin?.end(source);
        else {
            gone('the node it was started from has become readable, so it got nothing');
            this.#isEnded = true;
            this.#child.kill('SIGKILL');
        }
    }
    send(message) {
        if (this.#child.connected && !this.#isEnded)
            this.#child.send(message, () => undefined);
    }
    end() {
        this.#isEnded = true;
        this.#killGroups();
        // It ends what was started a moment ago, of which no word has come yet.
        this.#child.kill('SIGTERM');
    }
    #onMessage(message) {
        switch (message.kind) {
            case 'group-started':
                this.#groups.add(message.group);
                if (this.#isEnded)
                    this.#killGroups();
                return;
            case 'group-ended':
                this.#groups.delete(message.group);
                return;
            case 'result':
            case 'changed':
                this.#events.onMessage(message);
        }
    }
    #watchEnd() {
        const { promise, resolve } = Promise.withResolvers();
        this.#child.on('error', (error) => resolve(renderNotStarted(error)));
        // Not 'exit': which groups it leads may still be in the channel.
        this.#child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
        promise
            .then((how) => {
            this.#killGroups();
            this.#events.onGone(how);
        })
            .catch(() => undefined);
        return resolve;
    }
    #killGroups() {
        for (const group of this.#groups)
            signalGroup(group, 'SIGKILL');
        this.#groups.clear();
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/broker-host.js

/** The guard's, where this process was started by one and has a channel to it; else our own. */
function createCredentialHost(self, own) {
    if (self.send === undefined)
        return createOwnHost(own);
    return createBrokerHost({
        // Without a callback a channel that has closed would end this process; that the guard is gone is told by 'disconnect'.
        send: (message) => void self.send?.(message, () => undefined),
        onMessage: (listener) => void self.on('message', (message) => listener(message)),
    });
}
/**
 * Has credential processes started by the guard, as the runner's user. That nobody else can look into one is the guard's doing: it
 * starts them from a node that only root can read or change. So is the end of what a command leaves behind, which is another user's.
 */
function createBrokerHost(channel) {
    const children = new Map();
    let last = 0;
    channel.onMessage((message) => {
        const events = children.get(message.number);
        if (message.kind === 'received') {
            events?.onMessage(message.message);
            return;
        }
        children.delete(message.number);
        events?.onGone(message.how);
    });
    return {
        start: (rights, events) => {
            last += 1;
            const number = last;
            children.set(number, events);
            channel.send({ kind: 'start', number, rights });
            return {
                send: (message) => channel.send({ kind: 'send', number, message }),
                end: () => channel.send({ kind: 'end', number }),
            };
        },
    };
}

;// CONCATENATED MODULE: ./lib/sidecar/ipc.js
/** What a stop may ask for at most; the supervisor waits that long for the worker, and not much longer. */
const LONGEST_DRAIN_MS = 30_000;

;// CONCATENATED MODULE: ./lib/core/log-level.js
/** Values of `log-level`, each saying all that those before it say. */
const LOG_LEVELS = ['error', 'info', 'debug'];
/**
 * At which level an event of the sidecar's life also stands in its own log. `info` is what somebody wants to know whose agent was
 * disturbed; what happens in every run is `debug`, so that the log of a good run says no more than how it ended.
 */
const LIFECYCLE_LEVELS = {
    started: 'debug',
    ready: 'debug',
    'worker-restarted': 'info',
    'credential-process-restarted': 'info',
    rediscovered: 'info',
    'credential-renewed': 'debug',
    'credential-failed': 'info',
    'log-incomplete': 'error',
    stopping: 'info',
};
/** True when a line of `level` is written in a log that says what `wanted` asks for. */
function isWanted(level, wanted) {
    return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(wanted);
}

;// CONCATENATED MODULE: ./lib/sidecar/sidecar-log.js

/** Writes lines `time level text`, those that `log-level` asks for and no others. */
function createSidecarLog(write) {
    const log = {
        wanted: 'info',
        say: (level, text) => {
            if (isWanted(level, log.wanted))
                write(`${new Date().toISOString()} ${level} ${text}`);
        },
        note: ({ what, provider, detail }) => log.say(LIFECYCLE_LEVELS[what], [what, provider, detail].filter((part) => part !== undefined).join(': ')),
    };
    return log;
}

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/deadline.js
/**
 * A moment that can only come nearer, at which `onDue` is called. The result brings it to `withinMs` from now and says whether that
 * is earlier than it was: who asks again and again must not put it off.
 */
function createDeadline(now, onDue) {
    let dueAt = Number.POSITIVE_INFINITY;
    let timer;
    return (withinMs) => {
        if (now() + withinMs >= dueAt)
            return false;
        dueAt = now() + withinMs;
        clearTimeout(timer);
        timer = setTimeout(onDue, withinMs).unref();
        return true;
    };
}

;// CONCATENATED MODULE: external "node:fs/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");
;// CONCATENATED MODULE: ./lib/core/report/egress-digest.js
const MOST_BLOCKED = 50;
/** Keeps of a report what the status page shows. */
function deriveEgressDigest(report, isPartial) {
    return {
        totals: report.totals,
        blocked: report.blocked.slice(0, MOST_BLOCKED).map(toGroup),
        relayRestarts: report.relayRestarts,
        isPartial: isPartial || report.isTruncated,
    };
}
function toGroup({ verdict, host, address, port, protocol, reason, program, count }) {
    const group = { verdict, host, address, port, protocol, program, count: count ?? 1 };
    return reason === undefined ? group : { ...group, reason };
}

;// CONCATENATED MODULE: ./lib/core/policy/reasons.js
/** Why something did not pass. One code everywhere: log field, header of the 403, summary, docs. */
const BLOCK_REASONS = {
    'not-allowed': {
        sentence: 'No rule of the firewall allows this host.',
        fix: 'If the agent needs it, add it to allowed-domains; the job summary has the line, unless no rule can name the host: a name without a dot, of this machine, or of a registry.',
    },
    denied: {
        sentence: 'A deny rule of the firewall names this host; deny rules win.',
        fix: 'Remove the deny rule. The hosts of a tenant’s Copilot and OIDC services are denied unless allowed-domains names them exactly.',
    },
    'port-not-allowed': {
        sentence: 'A rule of the firewall names this host, with another port or protocol.',
        fix: 'Add a rule for this port, such as example.com:8443, http://example.com or tcp://git.example.com:22.',
    },
    'no-server-name': {
        sentence: 'The TLS connection names no server (SNI), so the firewall cannot tell where it is going.',
        fix: 'Use a client that sends the server name, or allow the address in allowed-ips.',
    },
    'not-tls': {
        sentence: 'Port 443 carries TLS only; these bytes are something else.',
        fix: 'Add a rule such as tcp://example.com:443 if the protocol is wanted.',
    },
    'not-http': {
        sentence: 'Port 80 carries HTTP/1.1 only; these bytes are something else, or can be read in two ways.',
        fix: 'Use HTTPS, or a rule such as tcp://example.com:80 if the protocol is wanted.',
    },
    'name-mismatch': {
        sentence: 'The connection names one host outside and another inside.',
        fix: 'Use a client that asks for the host it connects to: CONNECT, SNI and Host must agree.',
    },
    'address-literal': {
        sentence: 'The destination is an address, and no rule of allowed-ips lists it.',
        fix: 'Use the name of the host, or add the address to allowed-ips. Metadata services and this machine stay closed.',
    },
    'internal-address': {
        sentence: 'The allowed name leads to an address inside: private, of this machine, or of a metadata service.',
        fix: 'If a host of your own network is meant, add its address to allowed-ips beside its name in allowed-domains. Metadata services stay closed.',
    },
    'protocol-not-allowed': {
        sentence: 'Only TCP leaves this machine; UDP (QUIC too), ICMP and other protocols do not.',
        fix: 'Clients fall back to TCP by themselves; a client that cannot has no way out.',
    },
    unresolvable: {
        sentence: 'The name is allowed, but the name servers of this machine do not know it.',
        fix: 'Check the spelling, and that the name is known to the name servers that the runner had before this step.',
    },
};
const BLOCK_REASON_NAMES = Object.keys(BLOCK_REASONS);
/**
 * The sentence with the rule that decided, or that nearly fits: "(a rule names example.com exactly; *.example.com would cover
 * its sub-names)".
 */
function renderBlockReason(reason, rule) {
    const { sentence } = BLOCK_REASONS[reason];
    return rule === undefined ? sentence : `${sentence} (${renderHint(reason, rule)})`;
}
function renderHint(reason, rule) {
    if (reason !== 'not-allowed')
        return `the rule: ${rule}`;
    if (rule.startsWith('*.') || rule.includes('://*.')) {
        return `the rule ${rule} is about names below it; the name itself needs a rule of its own`;
    }
    const name = rule.replace(/^[a-z]+:\/\//, '').replace(/:\d+$/, '');
    return `a rule names ${name} exactly; *.${name} would cover its sub-names`;
}

;// CONCATENATED MODULE: ./lib/core/report/parse-fields.js
/** The members of a JSON object (an array has its indices); undefined for any other value, and for text that is no JSON. */
function parseFields(text) {
    try {
        return toFields(JSON.parse(text));
    }
    catch {
        return undefined;
    }
}
/** The same for a value that has been parsed: what lies within an object. */
function toFields(value) {
    return typeof value === 'object' && value !== null ? value : undefined;
}
/** The member that the value is; undefined when it is none. What is read from outside gets its type here. */
function parseOneOf(members, value) {
    return members.find((member) => member === value);
}
/** A figure that can be added and printed: finite, not negative, whole or broken. */
function parseFigure(value) {
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

;// CONCATENATED MODULE: ./lib/core/report/parse-egress-event.js


/** A longer line is none of ours: every field that comes from outside is short. */
const LONGEST_LINE = 16_384;
/** Longest text kept of a field; a host name has at most 253 characters. */
const LONGEST_TEXT = 300;
const LARGEST_COUNT = 1_000_000_000;
const LARGEST_PORT = 65_535;
const VERDICTS = ['allowed', 'blocked', 'would-block', 'failed'];
const PROTOCOLS = ['tls', 'http', 'tcp', 'udp', 'icmp', 'other'];
const HAPPENINGS = [
    'started',
    'relay-restarted',
    'rules-changed',
    'privileges-restored',
    'log-incomplete',
    'stopped',
];
/**
 * Reads one line of the firewall log. The file may be cut anywhere, may come from another version, and outside the enforced level the
 * agent may have been able to write to it.
 * @returns undefined when the line is no event; fields that make no sense are null, or absent where they may be.
 */
function parseEgressEvent(line) {
    const fields = line.length > LONGEST_LINE ? undefined : parseFields(line);
    switch (fields?.kind) {
        case 'egress':
            return parseEgress(fields);
        case 'lifecycle':
            return parseLifecycle(fields);
        default:
            return undefined;
    }
}
function parseEgress(fields) {
    const verdict = parseOneOf(VERDICTS, fields.verdict);
    const protocol = parseOneOf(PROTOCOLS, fields.protocol);
    if (verdict === undefined || protocol === undefined)
        return undefined;
    const count = parseNumber(fields.count, LARGEST_COUNT);
    return {
        kind: 'egress',
        time: parseText(fields.time) ?? '',
        verdict,
        protocol,
        host: parseText(fields.host),
        port: parseNumber(fields.port, LARGEST_PORT),
        address: parseText(fields.address),
        ...optional('rule', parseText(fields.rule)),
        ...optional('reason', parseOneOf(BLOCK_REASON_NAMES, fields.reason)),
        ...optional('failure', parseText(fields.failure)),
        uid: parseNumber(fields.uid, 2 ** 32),
        pid: parseNumber(fields.pid, 2 ** 32),
        program: parseText(fields.program),
        bytesOut: parseNumber(fields.bytesOut, Number.MAX_SAFE_INTEGER) ?? 0,
        bytesIn: parseNumber(fields.bytesIn, Number.MAX_SAFE_INTEGER) ?? 0,
        ms: parseNumber(fields.ms, Number.MAX_SAFE_INTEGER) ?? 0,
        ...optional('count', count === null || count < 2 ? null : count),
    };
}
function parseLifecycle(fields) {
    const what = parseOneOf(HAPPENINGS, fields.what);
    if (what === undefined)
        return undefined;
    return {
        kind: 'lifecycle',
        time: parseText(fields.time) ?? '',
        what,
        ...optional('detail', parseText(fields.detail)),
        ...optional('lines', parseNumber(fields.lines, LARGEST_COUNT)),
    };
}
function optional(name, value) {
    return (value === null || value === undefined ? {} : { [name]: value });
}
/** A whole or broken number from 0 to the largest that makes sense; ports and counts are rounded down. */
function parseNumber(value, largest) {
    return typeof value === 'number' && value >= 0 && value <= largest ? Math.floor(value) : null;
}
function parseText(value) {
    return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST_TEXT) : null;
}

;// CONCATENATED MODULE: ./lib/core/report/egress-report.js

/** Groups kept for each verdict: a scan of every port must not fill the memory of the post step. */
const MOST_GROUPS = 2000;
/**
 * Counts a firewall log: connections seen by the relay and packets recorded by the rules stand in the same lines.
 * @param lines lines of JSON, as they come; never throws, whatever they hold.
 */
function deriveEgressReport(lines) {
    const draft = {
        totals: { allowed: 0, blocked: 0, 'would-block': 0, failed: 0, cut: 0 },
        groups: { allowed: new Map(), blocked: new Map(), 'would-block': new Map(), failed: new Map(), cut: new Map() },
        relayRestarts: 0,
        lostLines: 0,
        isTruncated: false,
    };
    for (const line of lines)
        if (line.trim() !== '')
            addLine(draft, line);
    const { groups, relayRestarts, lostLines, isTruncated, totals } = draft;
    return {
        totals,
        blocked: sortGroups(groups.blocked, groups['would-block']),
        failed: sortGroups(groups.failed),
        allowed: sortGroups(groups.allowed),
        cut: sortGroups(groups.cut),
        relayRestarts,
        lostLines,
        isTruncated,
    };
}
function addLine(draft, line) {
    const event = parseEgressEvent(line);
    if (event === undefined)
        draft.lostLines += 1;
    else if (event.kind === 'lifecycle')
        addLifecycle(draft, event);
    else
        addEgress(draft, event);
}
function addLifecycle(draft, { what, lines }) {
    if (what === 'relay-restarted')
        draft.relayRestarts += 1;
    if (what === 'log-incomplete')
        draft.lostLines += lines ?? 1;
}
function addEgress(draft, event) {
    const count = event.count ?? 1;
    const bucket = decideBucket(event);
    draft.totals[bucket] += count;
    const groups = draft.groups[bucket];
    const key = keyOf(event);
    const known = groups.get(key);
    if (known === undefined && groups.size >= MOST_GROUPS) {
        draft.isTruncated = true;
        return;
    }
    groups.set(key, {
        ...event,
        pid: null,
        count: count + (known?.count ?? 0),
        bytesOut: event.bytesOut + (known?.bytesOut ?? 0),
        bytesIn: event.bytesIn + (known?.bytesIn ?? 0),
    });
}
/** New TCP connections of this machine all go to the relay: TCP that the rules stop is none, unless it comes from a container. */
function decideBucket({ protocol, reason, uid, verdict }) {
    return protocol === 'tcp' && reason === 'protocol-not-allowed' && uid !== null ? 'cut' : verdict;
}
function keyOf({ host, address, port, protocol, rule, reason, failure, program, uid }) {
    return JSON.stringify([host, address, port, protocol, rule, reason, failure, program, uid]);
}
/** Most frequent first; equal ones in the order of the log. */
function sortGroups(...groups) {
    return groups.flatMap((group) => [...group.values()]).sort((left, right) => (right.count ?? 1) - (left.count ?? 1));
}

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/firewall-log-reader.js
var __addDisposableResource = (undefined && undefined.__addDisposableResource) || function (env, value, async) {
    if (value !== null && value !== void 0) {
        if (typeof value !== "object" && typeof value !== "function") throw new TypeError("Object expected.");
        var dispose, inner;
        if (async) {
            if (!Symbol.asyncDispose) throw new TypeError("Symbol.asyncDispose is not defined.");
            dispose = value[Symbol.asyncDispose];
        }
        if (dispose === void 0) {
            if (!Symbol.dispose) throw new TypeError("Symbol.dispose is not defined.");
            dispose = value[Symbol.dispose];
            if (async) inner = dispose;
        }
        if (typeof dispose !== "function") throw new TypeError("Object not disposable.");
        if (inner) dispose = function() { try { inner.call(this); } catch (e) { return Promise.reject(e); } };
        env.stack.push({ value: value, dispose: dispose, async: async });
    }
    else if (async) {
        env.stack.push({ async: true });
    }
    return value;
};
var __disposeResources = (undefined && undefined.__disposeResources) || (function (SuppressedError) {
    return function (env) {
        function fail(e) {
            env.error = env.hasError ? new SuppressedError(e, env.error, "An error was suppressed during disposal.") : e;
            env.hasError = true;
        }
        var r, s = 0;
        function next() {
            while (r = env.stack.pop()) {
                try {
                    if (!r.async && s === 1) return s = 0, env.stack.push(r), Promise.resolve().then(next);
                    if (r.dispose) {
                        var result = r.dispose.call(r.value);
                        if (r.async) return s |= 2, Promise.resolve(result).then(next, function(e) { fail(e); return next(); });
                    }
                    else s |= 1;
                }
                catch (e) {
                    fail(e);
                }
            }
            if (s === 1) return env.hasError ? Promise.reject(env.error) : Promise.resolve();
            if (env.hasError) throw env.error;
        }
        return next();
    };
})(typeof SuppressedError === "function" ? SuppressedError : function (error, suppressed, message) {
    var e = new Error(message);
    return e.name = "SuppressedError", e.error = error, e.suppressed = suppressed, e;
});




/** So much of a log's end is read: some ten milliseconds of work, whatever its length. */
const TAIL_BYTES = 1024 * 1024;
const OFTENEST_MS = 1000;
/**
 * Without a guard the agent can put what it likes in the place of the log. A link is not followed, and a pipe does not hold up the
 * process that holds the sockets.
 */
const FLAGS = external_node_fs_namespaceObject.constants.O_RDONLY | (external_node_fs_namespaceObject.constants.O_NOFOLLOW ?? 0) | (external_node_fs_namespaceObject.constants.O_NONBLOCK ?? 0);
/** Reads the figures of a firewall's log: at most once a second, and only when the log has grown. */
class FirewallLogReader {
    #path;
    #latest = null;
    #size = -1;
    #readAt = Number.NEGATIVE_INFINITY;
    #running;
    constructor(path) {
        this.#path = path;
    }
    /** The figures as they are now, or were within the last second; null when there is no log. Never throws. */
    read() {
        if (performance.now() - this.#readAt < OFTENEST_MS)
            return Promise.resolve(this.#latest);
        this.#running ??= this.#read().finally(() => {
            this.#running = undefined;
            this.#readAt = performance.now();
        });
        return this.#running;
    }
    async #read() {
        try {
            const env_1 = { stack: [], error: void 0, hasError: false };
            try {
                const file = __addDisposableResource(env_1, await (0,promises_namespaceObject.open)(this.#path, FLAGS), true);
                const status = await file.stat();
                if (!status.isFile())
                    return this.#forget();
                if (status.size !== this.#size)
                    this.#latest = await readTail(file, status.size);
                this.#size = status.size;
                return this.#latest;
            }
            catch (e_1) {
                env_1.error = e_1;
                env_1.hasError = true;
            }
            finally {
                const result_1 = __disposeResources(env_1);
                if (result_1)
                    await result_1;
            }
        }
        catch {
            return this.#forget();
        }
    }
    #forget() {
        this.#size = -1;
        this.#latest = null;
        return null;
    }
}
async function readTail(file, size) {
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
    // The first line is cut where the log is longer; the last is still being written, or empty.
    const whole = lines.slice(start === 0 ? 0 : 1, -1);
    return deriveEgressDigest(deriveEgressReport(whole), start > 0);
}

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
;// CONCATENATED MODULE: ./lib/core/upstream.js

/**
 * Parses a base URL. Never repairs: a missing scheme, user info, query, fragment, dot segments or an unclear host is a fault.
 * @returns the upstream, or the name of what is wrong with the text.
 */
function parseUpstream(text, rules = {}) {
    const fault = findTextFault(text);
    if (fault !== undefined)
        return fault;
    const url = new URL(text);
    const hostname = parseHostname(url.hostname);
    if (hostname === undefined || !hasSameHost(text, hostname))
        return 'hostname';
    const scheme = url.protocol === 'https:' ? 'https' : 'http';
    if (scheme === 'http' && !isLoopback(hostname) && rules.allowPlainHttp !== true)
        return 'plain-http';
    const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
    if (port === 0)
        return 'hostname';
    return { scheme, hostname, port, basePath: url.pathname.replace(/\/+$/, '') };
}
/** An https upstream on port 443 for a host that is already parsed. */
function httpsUpstream(hostname, basePath = '') {
    return { scheme: 'https', hostname, port: 443, basePath };
}
/** `scheme://host[:port]` without path; the default port of the scheme is left out. */
function renderOrigin(upstream) {
    return `${upstream.scheme}://${renderAuthority(upstream)}`;
}
/** `host[:port]` as it stands in a Host header. */
function renderAuthority(upstream) {
    const isDefault = upstream.port === (upstream.scheme === 'https' ? 443 : 80);
    return isDefault ? renderHost(upstream.hostname) : `${renderHost(upstream.hostname)}:${upstream.port}`;
}
/** The whole base URL, without a trailing slash. */
function renderUpstream(upstream) {
    return renderOrigin(upstream) + upstream.basePath;
}
function findTextFault(text) {
    const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(.*)$/i.exec(text);
    if (match === null || /[\s\\]|[^\x21-\x7e]/.test(text))
        return 'not-a-url';
    const [, scheme = '', authority = '', path = '', rest = ''] = match;
    if (!/^https?$/i.test(scheme))
        return 'scheme';
    if (authority.includes('@'))
        return 'user-info';
    if (rest.startsWith('?'))
        return 'query';
    if (rest.startsWith('#'))
        return 'fragment';
    if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path) || path.includes('//'))
        return 'path';
    return URL.canParse(text) ? undefined : 'not-a-url';
}
// The URL parser decodes %-escapes and odd IPv4 spellings in hosts; what it read must be what was written.
function hasSameHost(text, hostname) {
    const authority = text.replace(/^[a-z]+:\/\//i, '').split('/')[0] ?? '';
    const written = authority.replace(/:\d*$/, '');
    return parseHostname(written) === hostname;
}

;// CONCATENATED MODULE: ./lib/core/providers/table.js

const host = (name) => name;
/**
 * Preferred ports and defaults. `clientBasePath` is what each CLI expects behind the host: codex 0.169 appends `/responses` to a
 * base ending in `/v1`; Claude Code 2.1.330, Gemini CLI 0.61 and copilot 1.0.102 bring their version segment themselves (measured).
 */
const PROVIDERS = {
    openai: {
        id: 'openai',
        label: 'OpenAI',
        preferredPort: 10000,
        dialect: 'openai',
        defaultUpstream: httpsUpstream(host('api.openai.com'), '/v1'),
        keyInput: 'openai-api-key',
        baseUrlInput: 'openai-base-url',
        clientBasePath: '/v1',
    },
    anthropic: {
        id: 'anthropic',
        label: 'Anthropic',
        preferredPort: 10001,
        dialect: 'anthropic',
        defaultUpstream: httpsUpstream(host('api.anthropic.com')),
        keyInput: 'anthropic-api-key',
        baseUrlInput: 'anthropic-base-url',
        clientBasePath: '',
    },
    copilot: {
        id: 'copilot',
        label: 'GitHub Copilot',
        preferredPort: 10002,
        dialect: 'copilot',
        keyInput: 'copilot-github-token',
        baseUrlInput: 'copilot-api-target',
        clientBasePath: '',
    },
    gemini: {
        id: 'gemini',
        label: 'Gemini',
        preferredPort: 10003,
        dialect: 'google',
        defaultUpstream: httpsUpstream(host('generativelanguage.googleapis.com')),
        keyInput: 'gemini-api-key',
        baseUrlInput: 'gemini-base-url',
        clientBasePath: '',
    },
    vertex: {
        id: 'vertex',
        label: 'Vertex AI',
        preferredPort: 10004,
        dialect: 'google',
        defaultUpstream: httpsUpstream(host('aiplatform.googleapis.com')),
        keyInput: 'google-api-key',
        baseUrlInput: 'vertex-base-url',
        clientBasePath: '',
    },
    byok: {
        id: 'byok',
        label: 'Own provider',
        preferredPort: 10005,
        dialect: 'openai',
        keyInput: 'provider-api-key',
        baseUrlInput: 'provider-base-url',
        clientBasePath: '',
    },
};

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/listeners.js


/**
 * Binds one port per provider and one for management, and hands every accepted socket on, unread. A preferred port that is
 * taken is replaced by a free one: bound, never probed. Throws when an address cannot be bound at all.
 */
async function createListeners(config, onConnection) {
    const servers = [];
    const open = async (listener, address, port) => {
        const server = (0,external_node_net_namespaceObject.createServer)({ pauseOnConnect: true, noDelay: true }, (socket) => onConnection(listener, socket));
        servers.push(server);
        return bind(server, address, port);
    };
    try {
        const providers = {};
        for (const provider of config.providers) {
            const preferred = PROVIDERS[provider.id].preferredPort;
            providers[provider.id] = await open(provider.id, config.listenAddress, preferred);
        }
        const management = await open('management', isIpv6(config.listenAddress) ? '::1' : '127.0.0.1', 0);
        return { ports: { management, providers }, close: () => closeAll(servers) };
    }
    catch (error) {
        closeAll(servers);
        throw error;
    }
}
async function bind(server, address, preferred) {
    try {
        return await listen(server, address, preferred);
    }
    catch (error) {
        if (preferred === 0 || !isTaken(error))
            throw error;
        return listen(server, address, 0);
    }
}
function listen(server, host, port) {
    return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port, backlog: 1024, exclusive: true }, () => {
            server.off('error', reject);
            // Running out of descriptors while accepting must not end the supervisor; the connection waits in the backlog.
            server.on('error', () => undefined);
            const bound = server.address();
            resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
        });
    });
}
function closeAll(servers) {
    for (const server of servers)
        server.close();
}
function isTaken(error) {
    const code = error.code;
    return code === 'EADDRINUSE' || code === 'EACCES';
}
function isIpv6(address) {
    return address.includes(':');
}

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/process-exposure.js

/**
 * True when another process of the same user could read the memory of `pid`. On Linux the kernel decides that when a program
 * is started: from a file that its user cannot read, and then for good. But the owner of the file can make it readable, kill
 * the worker and wait for the next one, which would be open; so every worker is looked at before it gets a secret.
 * What cannot be told counts as readable.
 */
function isExposed(pid) {
    if (pid === undefined)
        return false;
    try {
        (0,external_node_fs_namespaceObject.accessSync)(`/proc/${pid}/environ`, external_node_fs_namespaceObject.constants.R_OK);
        return true;
    }
    catch (error) {
        const { code } = error;
        return code !== 'EACCES' && code !== 'ENOENT';
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/restart-pace.js
const DELAYS_MS = [0, 50, 200, 500, 1000];
const LONGEST_DELAY_MS = 1000;
const STABLE_AFTER_MS = 10_000;
/**
 * The pauses between the deaths of a process and its next starts: none after the first, so that nobody notices it, and longer ones
 * for a process that cannot live, which would otherwise take the whole machine. One that has lived for a while starts anew.
 */
function createRestartPace(now) {
    let restarts = 0;
    let startedAt = now();
    return {
        start: () => {
            startedAt = now();
        },
        next: () => {
            if (now() - startedAt > STABLE_AFTER_MS)
                restarts = 0;
            restarts += 1;
            return DELAYS_MS[restarts - 1] ?? LONGEST_DELAY_MS;
        },
        isSpent: () => restarts >= DELAYS_MS.length,
    };
}

;// CONCATENATED MODULE: ./lib/core/credentials/command-environment.js
const PREFIX = 'command-env.';
/**
 * What a credential command gets of the environment of the set-up step without being asked: where programs, settings and
 * temporary files are, and how the internet is reached. curl reads proxies in lower case, others in upper case.
 */
const PASSED = [
    'PATH',
    'HOME',
    'LANG',
    'TMPDIR',
    'SSL_CERT_FILE',
    'NODE_EXTRA_CA_CERTS',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'no_proxy',
];
/** Without these few no program starts on Windows, or finds its settings. */
const PASSED_ON_WINDOWS = [
    'SystemRoot',
    'ComSpec',
    'PATHEXT',
    'TEMP',
    'TMP',
    'USERPROFILE',
    'APPDATA',
    'LOCALAPPDATA',
];
const ALWAYS = new Set([...PASSED, ...PASSED_ON_WINDOWS]);
/** The names that are handed to every command of this platform. */
function listPassedNames(platform) {
    return platform === 'win32' ? [...PASSED, ...PASSED_ON_WINDOWS] : PASSED;
}
/** The secret that carries a variable. */
function deriveSecretName(variable) {
    return `${PREFIX}${variable}`;
}
/** The variables among the secrets, by their names. */
function deriveCommandVariables(secrets) {
    return Object.fromEntries(Object.entries(secrets).flatMap(([name, value]) => name.startsWith(PREFIX) && value !== undefined ? [[name.slice(PREFIX.length), value]] : []));
}
/** The secrets without the variables of commands: what a process that runs no command has to know. */
function omitCommandVariables(secrets) {
    return Object.fromEntries(Object.entries(secrets).filter(([name]) => !name.startsWith(PREFIX)));
}
/**
 * Of all secrets of a run the texts that must be masked and redacted. Variables of commands travel with the secrets because
 * one may be a secret, but most are not: masking a PATH, or the `C` of LANG, would make every log unreadable.
 */
function listConfidentialTexts(secrets) {
    return Object.entries(secrets).flatMap(([name, value]) => {
        if (value === undefined || value === '')
            return [];
        return name.startsWith(PREFIX) && !isConfidential(name.slice(PREFIX.length), value) ? [] : [value];
    });
}
const SAYS_SECRET = /token|secret|passw|passphrase|key|credential|auth|jwt|sas|dsn|hook|pat$|connection_?string/i;
/** Names of variables that hold where a secret lies. */
const NAMES_PLACE = /_(file|path|dir)$/i;
/** What a path or an address looks like, and a short plain word or a number. */
const PLAIN_PATH = /^([A-Za-z]:)?[\\/][\w .\\/()+@~:;-]*$/;
const PLAIN_URL = /^https?:\/\/[^\s/@?#]+(\/[\w./~-]*)?$/;
const PLAIN_WORD = /^([A-Za-z][a-z._-]{0,15}|\d{1,9})$/;
/** Long enough for a key, with a letter and a digit: base64 may begin with a slash, and addresses may hold a key in their path. */
function hasTokenSegment(text) {
    return text.split(/[^\w+=~-]+/).some((part) => part.length >= 16 && /\d/.test(part) && /[A-Za-z]/.test(part));
}
const SHORTEST = 4;
// A proxy is the one always passed variable that may hold a password. What is listed by the user is hidden unless it is plain.
function isConfidential(variable, value) {
    if (ALWAYS.has(variable))
        return /_proxy$/i.test(variable) && value.includes('@');
    if (value.length < SHORTEST)
        return false;
    return !(isPlainUrl(variable, value) || isPlainPath(variable, value) || isPlainWord(variable, value));
}
// Whoever knows the address of a webhook may use it. Names of hosts are long, and no secret.
function isPlainUrl(variable, value) {
    if (!PLAIN_URL.test(value) || /hook/i.test(variable + value))
        return false;
    return !hasTokenSegment(value.replace(/^https?:\/\/[^/]+/, ''));
}
function isPlainPath(variable, value) {
    if (SAYS_SECRET.test(variable) && !NAMES_PLACE.test(variable))
        return false;
    return PLAIN_PATH.test(value) && !hasTokenSegment(value);
}
function isPlainWord(variable, value) {
    return !SAYS_SECRET.test(variable) && PLAIN_WORD.test(value);
}

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/credential-process-host.js

const GONE = { kind: 'not-started', code: 'EPIPE' };
/**
 * Keeps a credential process alive. It may start programs, so it holds neither keys nor sockets; the supervisor, which holds
 * them, starts none but its own two. Questions that come while there is none wait for the next one; those it took with it are
 * answered as failed, because their command may have done something already.
 */
function createCredentialProcess(host, config, events) {
    const keeper = new Keeper(host, config, events);
    keeper.start();
    return keeper;
}
class Keeper {
    #host;
    #config;
    #events;
    #open = new Map();
    #child;
    #restart;
    #isClosed = false;
    #last = 0;
    #pace = createRestartPace(() => performance.now());
    constructor(host, config, events) {
        this.#host = host;
        this.#config = config;
        this.#events = events;
    }
    start() {
        this.#pace.start();
        this.#child = this.#host.start(deriveRights(this.#config), {
            onMessage: (message) => this.#onMessage(message),
            onGone: (how) => this.#onGone(how),
            mayTrust: this.#events.mayTrust,
        });
        this.#send({ kind: 'boot', config: this.#config });
        for (const [id, { request }] of this.#open)
            this.#send({ kind: 'request', id, request });
    }
    request(request) {
        if (this.#isClosed)
            return Promise.resolve(GONE);
        this.#last += 1;
        const id = this.#last;
        return new Promise((answer) => {
            this.#open.set(id, { request, answer });
            this.#send({ kind: 'request', id, request });
        });
    }
    close() {
        this.#isClosed = true;
        clearTimeout(this.#restart);
        this.#child?.end();
        this.#failOpen();
    }
    #send(message) {
        this.#child?.send(message);
    }
    #onMessage(message) {
        if (message.kind === 'changed')
            this.#events.onChanged(message.provider);
        if (message.kind !== 'result')
            return;
        this.#open.get(message.id)?.answer(message.result);
        this.#open.delete(message.id);
    }
    #onGone(how) {
        this.#child = undefined;
        this.#failOpen();
        if (this.#isClosed)
            return;
        this.#events.onRestart(how);
        this.#restart = setTimeout(() => this.start(), this.#pace.next());
    }
    #failOpen() {
        for (const { answer } of this.#open.values())
            answer(GONE);
        this.#open.clear();
    }
}
function deriveRights({ sources }) {
    return {
        mayStartPrograms: sources.some(({ source }) => source.kind === 'command'),
        readableFiles: sources.flatMap(({ source }) => (source.kind === 'file' ? [source.path] : [])),
    };
}

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/route-sources.js


/** Routes questions for credentials to a credential process, which is started only where a provider has such a source. */
function createSourceRouter(host, launch, events) {
    const config = deriveCredentialProcessConfig(launch);
    const credentialProcess = config === undefined
        ? undefined
        : createCredentialProcess(host, config, {
            onChanged: (provider) => events.toWorker({ kind: 'source-changed', provider }),
            mayTrust: events.mayTrust,
            onRestart: events.onRestart,
        });
    return {
        ask: ({ id, request }, worker) => {
            if (credentialProcess === undefined) {
                worker.send({ kind: 'source-result', id, result: { kind: 'not-started', code: 'ENOSOURCE' } });
                return;
            }
            credentialProcess
                .request(request)
                .then((result) => worker.send({ kind: 'source-result', id, result }))
                .catch(() => undefined);
        },
        close: () => credentialProcess?.close(),
    };
}
/** What the credential process gets to know; undefined when no provider needs one. */
function deriveCredentialProcessConfig({ config, secrets }) {
    const sources = config.providers.flatMap(({ id, credential }) => credential.kind === 'command' || credential.kind === 'file' ? [{ provider: id, source: credential }] : []);
    if (sources.length === 0)
        return undefined;
    const hasCommand = sources.some(({ source }) => source.kind === 'command');
    const own = Object.fromEntries(Object.entries(secrets).filter(([name]) => name.startsWith('command-env.')));
    return {
        sources,
        variables: hasCommand ? deriveCommandVariables(secrets) : {},
        confidential: hasCommand ? listConfidentialTexts(own) : [],
        workDirectory: config.workDirectory ?? '.',
    };
}
/** What a worker gets: everything but the variables of commands, which it never runs. */
function deriveWorkerLaunch({ config, secrets }) {
    return { config, secrets: omitCommandVariables(secrets) };
}
/** The launch message with one secret replaced by its successor: what the next worker has to start from. */
function replaceSecret(launch, name, value) {
    return { config: launch.config, secrets: { ...launch.secrets, [name]: value } };
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

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/watchdog.js


const POLL_MS = 1000;
/**
 * Ends the sidecar when post never comes: when the runner's process is gone, or at the maximum age. The runner itself cannot
 * reap us on Linux, because it may not read the environment of a process started from an execute-only file.
 */
function createWatchdog(config, onEnd, effects) {
    const started = effects.now();
    effects.every(POLL_MS, () => {
        if (effects.now() - started >= config.maxAgeMs)
            onEnd('the maximum age is reached');
        else if (config.watch !== null && !effects.isAlive(config.watch))
            onEnd('the runner process of the job is gone');
    });
}
/** True while the watched process exists and is still the same one: a reused pid has another start time. */
function isProcessAlive(watch) {
    if (watch.startTime === null)
        return canSignal(watch.pid);
    try {
        const stat = parseProcessStat((0,external_node_fs_namespaceObject.readFileSync)(`/proc/${watch.pid}/stat`, 'latin1'));
        return stat?.isDead === false && stat.startTime === watch.startTime;
    }
    catch {
        return false;
    }
}
function canSignal(pid) {
    try {
        process.kill(pid, 0);
        return true;
    }
    catch (error) {
        return error.code === 'EPERM';
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/hand-over.js
const ROLL_CALL_MS = 1000;
const MOST_ATTEMPTS = 5;
/**
 * Keeps each socket until the worker says that it took it. Without this a connection that arrives between a worker's death and
 * the news of it would be lost unclosed, and its client would wait for ever (seen with SIGKILL: more than a third of them). A
 * worker without a free descriptor loses sockets on their way, and nobody is told (Node drops the message): they are handed over
 * again a second later, and closed when that has not helped for some seconds.
 */
function createHandOver(child) {
    return new UntakenSockets(child);
}
class UntakenSockets {
    #child;
    #untaken = new Map();
    #last = 0;
    #rollCall;
    #isCalling = false;
    constructor(child) {
        this.#child = child;
    }
    give = (listener, socket) => {
        socket.on('error', () => undefined);
        this.#hand({ listener, socket, attempts: 1 });
    };
    taken = (id) => {
        this.#untaken.get(id)?.socket.destroy();
        this.#untaken.delete(id);
    };
    present = (upTo) => {
        this.#isCalling = false;
        const lost = [...this.#untaken].filter(([id]) => id <= upTo);
        for (const [id, { listener, socket, attempts }] of lost) {
            this.#untaken.delete(id);
            if (attempts < MOST_ATTEMPTS)
                this.#hand({ listener, socket, attempts: attempts + 1 });
            else
                socket.destroy();
        }
        if (this.#untaken.size > 0)
            this.#planRollCall();
    };
    giveBack = (to) => {
        clearTimeout(this.#rollCall);
        for (const { listener, socket } of this.#untaken.values())
            to(listener, socket);
        this.#untaken.clear();
    };
    #hand(handed) {
        this.#last += 1;
        this.#untaken.set(this.#last, handed);
        if (!this.#child.connected)
            return;
        const message = { kind: 'connection', listener: handed.listener, id: this.#last };
        this.#child.send(message, handed.socket, { keepOpen: true }, () => undefined);
        this.#planRollCall();
    }
    // A worker that is stopped does not answer: nothing is taken from it, and it is not called again.
    #planRollCall() {
        if (this.#isCalling)
            return;
        this.#rollCall ??= setTimeout(() => {
            this.#rollCall = undefined;
            if (this.#untaken.size === 0 || !this.#child.connected)
                return;
            this.#isCalling = true;
            const message = { kind: 'roll-call', upTo: this.#last };
            this.#child.send(message, () => undefined);
        }, ROLL_CALL_MS).unref();
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/worker-process.js


/** glibc's allocator with one arena that gives back what it does not need: less memory at the same speed (measured). */
const LEAN_ALLOCATOR = {
    MALLOC_ARENA_MAX: '1',
    MALLOC_TRIM_THRESHOLD_: '131072',
    MALLOC_MMAP_THRESHOLD_: '65536',
};
/**
 * Starts a worker with the least rights Node can give: no files but the listed ones, no children, no inspector. `--permission`
 * leaves the network open, which is its job.
 */
function createWorkerProcess(host, events) {
    try {
        const child = (0,external_node_child_process_namespaceObject.spawn)(host.execPath, workerArguments(host), {
            stdio: ['pipe', host.accessLogFd, 'inherit', 'ipc'],
            env: { ...host.environment },
            windowsHide: true,
        });
        return followWorker(child, host.source, events);
    }
    catch (error) {
        // Node tells of some failures so (ENOMEM is one), of others through 'error': for the caller they are the same.
        setImmediate(() => events.onExit(worker_process_renderNotStarted(error)));
        return { pid: undefined, send: () => undefined, sendConnection: () => undefined, kill: () => undefined };
    }
}
function worker_process_renderNotStarted(error) {
    return `it could not be started (${error.code ?? 'error'})`;
}
function followWorker(child, source, events) {
    const handed = createHandOver(child);
    let isGone = false;
    const leave = (how) => {
        if (isGone)
            return;
        isGone = true;
        events.onExit(how);
        handed.giveBack(events.onUntaken);
    };
    child.on('message', (message) => {
        const known = message;
        if (known.kind === 'taken')
            handed.taken(known.id);
        else if (known.kind === 'present')
            handed.present(known.upTo);
        else
            events.onMessage(known);
    });
    child.on('error', (error) => leave(worker_process_renderNotStarted(error)));
    // Not 'exit': what the worker said before its death may still be in the channel, which has ended when 'close' comes.
    child.on('close', (code, signal) => leave(signal === null ? `exit code ${code}` : `signal ${signal}`));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(source);
    return {
        pid: child.pid,
        send: (message) => void sendQuietly(child, message),
        sendConnection: handed.give,
        kill: () => void child.kill('SIGKILL'),
    };
}
function workerArguments(host) {
    return [
        '--disable-sigusr1',
        '--permission',
        ...host.readablePaths.map((path) => `--allow-fs-read=${path}`),
        // Smaller costs a fifth of the throughput in collections, larger costs memory in large bodies (measured).
        '--max-semi-space-size=2',
        // By default the old generation may double before it is collected: 15 to 20 MiB more, most of it garbage (measured).
        '--heap-growing-percent=30',
        // Without: the parts of a request that once lived for long are made old from birth, and keep the others alive (measured).
        '--no-allocation-site-pretenuring',
        '--input-type=module',
        '-',
    ];
}
function sendQuietly(child, message) {
    // A worker that is just dying reports through 'close'; a failed send is not a second event.
    return child.connected && child.send(message, () => undefined);
}

;// CONCATENATED MODULE: ./lib/sidecar/supervisor/run-supervisor.js










/** Sockets that arrive while no worker is there wait here; beyond that the kernel's backlog has to hold them. */
const MAX_WAITING = 1024;
const now = () => performance.now();
/** What an end may take: the worker drains for a third of it. */
const END_MS = 3000;
/** Starts a supervisor; it lives until {@link SupervisorEffects.exit} is called. */
function runSupervisor(effects) {
    const supervisor = new Supervisor(effects);
    supervisor.start();
    return supervisor;
}
/**
 * The small, long-lived half. It holds what must survive a crash of the worker: the secrets, the outcome of validation, the
 * figures so far and the listening sockets. A dead port would hang codex for ever (measured), so the sockets never close
 * while the job runs.
 */
class Supervisor {
    #effects;
    #sidecarLog;
    #pace = createRestartPace(now);
    #leaveWithin = createDeadline(now, () => this.#leave(0));
    #worker;
    #launch;
    #sources;
    #firewallLog;
    #checks = null;
    #figures = null;
    #opening;
    #listeners;
    #waiting = [];
    #isServing = false;
    #isAnnounced = false;
    #isEnding = false;
    #restarts = 0;
    constructor(effects) {
        this.#effects = effects;
        this.#sidecarLog = createSidecarLog(effects.say);
    }
    start() {
        this.#startWorker();
        this.#effects.launch.then((launch) => this.#onLaunch(launch), () => this.#fail('The launch message on stdin could not be read'));
    }
    /** Ends everything: asks the worker to drain, then leaves. Also the answer to SIGTERM. */
    end(reason) {
        if (!this.#beginEnd(reason, END_MS))
            return;
        this.#worker?.send({ kind: 'drain' });
        if (!this.#isServing)
            this.#leave(0);
    }
    /**
     * Nothing new is accepted, and this process leaves in time whatever the worker does: nobody else would end one that hangs with
     * the keys in its memory. True when that is earlier than was planned.
     */
    #beginEnd(reason, withinMs) {
        if (!this.#isEnding)
            this.#log('stopping', reason);
        this.#isEnding = true;
        this.#listeners?.close();
        return this.#leaveWithin(withinMs);
    }
    #onLaunch(launch) {
        this.#launch = launch;
        this.#sidecarLog.wanted = launch.config.logLevel;
        this.#sources = createSourceRouter(this.#effects.credentialProcess, launch, {
            toWorker: (message) => this.#worker?.send(message),
            mayTrust: (pid) => this.#mayTrust(pid),
            onRestart: (how) => this.#log('credential-process-restarted', how),
        });
        const logPath = launch.config.firewall?.logPath;
        if (logPath !== undefined)
            this.#firewallLog = new FirewallLogReader(logPath);
        this.#boot();
        createWatchdog(launch.config, (reason) => this.end(reason), {
            isAlive: isProcessAlive,
            now,
            every: (milliseconds, run) => void setInterval(run, milliseconds),
        });
    }
    #startWorker() {
        this.#isServing = false;
        this.#pace.start();
        const worker = createWorkerProcess(this.#effects.worker, {
            onMessage: (message) => this.#onMessage(message, worker),
            onExit: (how) => this.#onExit(how),
            onUntaken: (listener, socket) => this.#accept(listener, socket),
        });
        this.#worker = worker;
        this.#boot();
    }
    #boot() {
        const worker = this.#worker;
        if (this.#launch === undefined || worker === undefined)
            return;
        if (!this.#mayTrust(worker.pid)) {
            this.#log('worker-restarted', 'the node it was started from has become readable, so it got no secret');
            worker.kill();
            return;
        }
        this.#sidecarLog.say('debug', `worker ${worker.pid ?? 'unknown'} starts, after ${this.#restarts} others`);
        worker.send({
            kind: 'boot',
            launch: deriveWorkerLaunch(this.#launch),
            checks: this.#checks,
            figures: this.#figures,
            restarts: this.#restarts,
        });
    }
    #mayTrust(pid) {
        return this.#launch?.config.isShielded !== true || !isExposed(pid);
    }
    #onMessage(message, worker) {
        switch (message.kind) {
            case 'validated':
                this.#checks = message.checks;
                this.#effects.reply({ kind: 'validated', checks: message.checks });
                return;
            case 'checks':
                this.#checks = message.checks;
                return;
            case 'failed':
                this.#fail(message.reason);
                return;
            case 'figures':
                this.#figures = message.figures;
                return;
            case 'serving':
                this.#onServing(worker).catch(() => this.#fail('The listening sockets could not be opened'));
                return;
            case 'stopping':
                this.#beginEnd('stopped as asked', LONGEST_DRAIN_MS + END_MS);
                return;
            case 'stopped':
                this.#leave(0);
                return;
            case 'source-request':
                this.#sources?.ask(message, worker);
                return;
            case 'secret-rotated':
                if (this.#launch !== undefined)
                    this.#launch = replaceSecret(this.#launch, message.name, message.value);
                return;
            case 'firewall-wanted':
                void this.#firewallLog?.read().then((digest) => worker.send({ kind: 'firewall-digest', digest }));
        }
    }
    async #onServing(worker) {
        if (this.#launch === undefined)
            return;
        const { config } = this.#launch;
        const { listen = createListeners } = this.#effects;
        this.#opening ??= listen(config, (listener, socket) => this.#accept(listener, socket));
        this.#listeners = await this.#opening;
        // It may have died meanwhile, and the next one may have come.
        if (worker !== this.#worker)
            return;
        const { ports } = this.#listeners;
        worker.send({ kind: 'bound', ports });
        this.#isServing = true;
        for (const { listener, socket } of this.#waiting.splice(0))
            worker.sendConnection(listener, socket);
        if (!this.#isAnnounced)
            this.#announce(config.runId, ports);
    }
    #announce(runId, ports) {
        const { pid } = this.#effects;
        this.#isAnnounced = true;
        this.#effects.reply({ kind: 'ready', runId, pid, ports: ports.providers, managementPort: ports.management });
        this.#effects.detach();
        this.#log('ready', `worker ${this.#worker?.pid ?? 'unknown'}`);
        for (const [listener, port] of Object.entries({ ...ports.providers, management: ports.management }))
            this.#sidecarLog.say('debug', `${listener} listens on port ${port}`);
    }
    #accept(listener, socket) {
        if (this.#isServing) {
            this.#worker?.sendConnection(listener, socket);
            return;
        }
        socket.on('error', () => undefined);
        if (this.#waiting.length >= MAX_WAITING)
            socket.destroy();
        else
            this.#waiting.push({ listener, socket });
    }
    #onExit(how) {
        this.#isServing = false;
        this.#worker = undefined;
        if (this.#isEnding) {
            this.#leave(0);
            return;
        }
        if (!this.#isAnnounced && this.#pace.isSpent()) {
            this.#fail(`The worker does not start: ${how}`);
            return;
        }
        this.#restarts += 1;
        this.#log('worker-restarted', how);
        setTimeout(() => this.#startWorker(), this.#pace.next());
    }
    #fail(reason) {
        if (this.#isEnding)
            return;
        this.#isEnding = true;
        this.#effects.reply({ kind: 'failed', reason });
        this.#leave(1);
    }
    #leave(code) {
        this.#sidecarLog.say('debug', `ends with exit code ${code}`);
        this.#sources?.close();
        // One that is stopped or hangs would outlive its channel.
        this.#worker?.kill();
        this.#effects.exit(code);
    }
    #log(what, detail) {
        const event = { kind: 'lifecycle', time: new Date().toISOString(), what, detail };
        this.#effects.log(event);
        this.#sidecarLog.note(event);
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/write-line.js

/** Writes a line of JSON to an inherited descriptor. A reader that went away, or a full disk, must not end the sidecar. */
function writeLine(fd, line) {
    writeText(fd, JSON.stringify(line));
}
/** Writes a line of text, as {@link writeLine} does. */
function writeText(fd, line) {
    try {
        (0,external_node_fs_namespaceObject.writeSync)(fd, `${line}\n`);
    }
    catch {
        // Nothing can be told through a channel that is broken.
    }
}

;// CONCATENATED MODULE: ./lib/entry/sidecar.js







const [SIDECAR_LOG_FD, REPLY_FD, ACCESS_LOG_FD] = [2, 3, 4];
const bundles = (0,external_node_path_namespaceObject.join)(import.meta.dirname, '..');
const isLinux = process.platform === 'linux';
const execPath = isLinux ? '/proc/self/exe' : process.execPath;
const supervisor = runSupervisor({
    worker: {
        execPath,
        source: (0,external_node_fs_namespaceObject.readFileSync)((0,external_node_path_namespaceObject.join)(bundles, 'worker', 'index.js'), 'utf8'),
        environment: isLinux ? LEAN_ALLOCATOR : {},
        accessLogFd: ACCESS_LOG_FD,
        readablePaths: isLinux ? ['/proc/net/tcp', '/proc/net/tcp6'] : [],
    },
    credentialProcess: createCredentialHost(process, {
        execPath,
        source: (0,external_node_fs_namespaceObject.readFileSync)((0,external_node_path_namespaceObject.join)(bundles, 'credential-process', 'index.js'), 'utf8'),
        // Node on Windows does not start without it.
        environment: process.env.SystemRoot === undefined ? {} : { SystemRoot: process.env.SystemRoot },
    }),
    launch: (0,consumers_namespaceObject.text)(process.stdin).then((message) => JSON.parse(message)),
    reply: (reply) => writeLine(REPLY_FD, reply),
    detach: () => (0,external_node_fs_namespaceObject.closeSync)(REPLY_FD),
    log: (event) => writeLine(ACCESS_LOG_FD, event),
    say: (line) => writeText(SIDECAR_LOG_FD, line),
    exit: (code) => process.exit(code),
    pid: process.pid,
});
process.on('disconnect', () => supervisor.end('the guard is gone'));
process.on('SIGTERM', () => supervisor.end('SIGTERM'));
for (const signal of ['SIGINT', 'SIGHUP', 'SIGPIPE'])
    process.on(signal, () => undefined);

