import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 24:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");

/***/ }),

/***/ 321:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/consumers");

/***/ }),

/***/ 601:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  Y: () => (/* binding */ runKeeper)
});

;// CONCATENATED MODULE: ./lib/egress/guard/event-recorder.js
/** Completes what the relay tells by what only root can see, and writes it down. */
class EventRecorder {
    #options;
    constructor(options) {
        this.#options = options;
    }
    /** Looked up while the client still holds its socket: at the end of a connection the program may be gone. */
    onOpened({ inode }) {
        this.#options.find(inode, null);
    }
    onEvent({ event, inode }) {
        if (event.kind === 'lifecycle') {
            this.#options.append(event);
            return;
        }
        if (this.#options.isOwn(event))
            return;
        const holder = inode === null ? undefined : this.#options.find(inode, event.uid);
        if (inode !== null)
            this.#options.forget(inode);
        this.#options.append(holder === undefined ? event : { ...event, ...holder });
    }
    /** What the rules refused by themselves. */
    onDropped(events) {
        for (const event of events)
            if (!this.#options.isOwn(event))
                this.#options.append(event);
    }
    note(what, detail) {
        const time = this.#options.now();
        this.#options.append({ kind: 'lifecycle', time, what, ...(detail === undefined ? {} : { detail }) });
    }
}

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(24);
;// CONCATENATED MODULE: ./lib/egress/guard/firewall-log.js

/** Kept free for the line that says what is missing, and for those of the end. */
const RESERVE_BYTES = 4096;
/** Opens a new file that root writes and everybody may read. Throws where there is one. */
function openLogFile(path) {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const descriptor = openSync(path, flags, 0o644);
    return {
        append: (bytes) => writeSync(descriptor, bytes),
        truncate: (size) => ftruncateSync(descriptor, size),
        close: () => closeSync(descriptor),
    };
}
/**
 * The firewall's log, one JSON line per event. It never throws: what cannot be written is counted, and said by a `log-incomplete` line as
 * soon as there is room again, at the latest by the end. A line that a full disk has torn is taken back.
 */
class FirewallLog {
    #options;
    #bytes = 0;
    #lost = 0;
    #told = 0;
    constructor(options) {
        this.#options = options;
    }
    append(event) {
        const room = this.#options.maxBytes - (event.kind === 'lifecycle' ? 0 : RESERVE_BYTES);
        const isFull = this.#bytes >= room;
        // Before the line that comes after the gap; not again and again where the file has reached its size.
        if (!isFull && this.#lost > this.#told)
            this.#tellLost();
        if (isFull || !this.#write(event, room))
            this.#lost += 1;
    }
    close() {
        if (this.#lost > this.#told)
            this.#tellLost();
        this.#options.file.close();
    }
    #tellLost() {
        const lines = this.#lost - this.#told;
        const event = { kind: 'lifecycle', time: this.#options.now(), what: 'log-incomplete', lines };
        if (this.#write(event, this.#options.maxBytes))
            this.#told = this.#lost;
    }
    #write(event, room) {
        const line = Buffer.from(`${JSON.stringify(event)}\n`);
        if (this.#bytes + line.length > room)
            return false;
        const { file } = this.#options;
        try {
            const written = file.append(line);
            if (written === line.length) {
                this.#bytes += written;
                return true;
            }
            file.truncate(this.#bytes);
        }
        catch {
            // Counted as lost.
        }
        return false;
    }
}

;// CONCATENATED MODULE: ./lib/egress/guard/guard-failure.js
/** Why the firewall cannot be had, as a sentence for people. Whoever throws it has nothing more to say. */
class GuardFailure extends Error {
    constructor(sentence, cause) {
        super(sentence, { cause });
        this.name = 'GuardFailure';
    }
}
/** The sentence of a failure; of anything unforeseen its kind and code. */
function describeFailure(error) {
    if (error instanceof GuardFailure)
        return error.message;
    // A fact of the machine or of the config that could not stand in a rule.
    if (error instanceof RangeError)
        return `${error.message}.`;
    const { code, message, syscall, path } = error;
    if (code !== undefined)
        return `${syscall ?? 'A system call'} failed with ${code}${path === undefined ? '' : ` at ${path}`}.`;
    return `The firewall met a defect of its own: ${message ?? String(error)}.`;
}

;// CONCATENATED MODULE: ./lib/egress/guard/list-pids.js

/** Pids of all processes that /proc shows, in no order that counts; each may be gone when it is looked at. */
function listPids() {
    return (0,external_node_fs_.readdirSync)('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

;// CONCATENATED MODULE: ./lib/egress/guard/process-finder.js


/** As many connections may be open at once and still be told apart; a process may have opened many and died. */
const MAX_KNOWN = 8192;
/** Those that made the last connections make the next ones. */
const MAX_RECENT = 32;
/**
 * Finds which process holds a socket. A search reads the descriptors of processes until it meets the socket, those of the last
 * connections first; every socket that it passes is remembered, so that fifty connections of one program cost one search.
 */
class ProcessFinder {
    #effects;
    #known = new Map();
    #recent = [];
    constructor(effects = REAL) {
        this.#effects = effects;
    }
    /**
     * @param inode of the client's socket, as /proc/net/tcp has it.
     * @param uid its owner, where known: then only processes of that user are searched.
     */
    find(inode, uid) {
        return (this.#known.get(inode) ?? this.#search(inode, this.#recent, null) ?? this.#search(inode, this.#listOthers(), uid));
    }
    /** Its event has been written: the number may be another socket's from now on. */
    forget(inode) {
        this.#known.delete(inode);
    }
    #listOthers() {
        // The newest first: what has just connected has often just been started.
        return this.#effects.listPids().toSorted((left, right) => right - left);
    }
    #search(inode, pids, uid) {
        for (const pid of pids) {
            if (uid !== null && this.#effects.ownerOf(pid) !== uid)
                continue;
            const sockets = this.#effects.listDescriptors(pid).flatMap(parseSocket);
            if (!sockets.includes(inode))
                continue;
            const holder = { pid, program: this.#effects.programOf(pid) };
            for (const socket of sockets)
                this.#remember(socket, holder);
            this.#recent = [pid, ...this.#recent.filter((other) => other !== pid)].slice(0, MAX_RECENT);
            return holder;
        }
        return undefined;
    }
    #remember(socket, holder) {
        this.#known.delete(socket);
        this.#known.set(socket, holder);
        const [oldest] = this.#known.keys();
        if (this.#known.size > MAX_KNOWN && oldest !== undefined)
            this.#known.delete(oldest);
    }
}
function parseSocket(target) {
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    return inode === undefined ? [] : [Number(inode)];
}
const REAL = {
    listPids: listPids,
    ownerOf: (pid) => orElse(() => (0,external_node_fs_.statSync)(`/proc/${pid}`).uid, undefined),
    listDescriptors: (pid) => orElse(() => (0,external_node_fs_.readdirSync)(`/proc/${pid}/fd`), []).map((name) => orElse(() => (0,external_node_fs_.readlinkSync)(`/proc/${pid}/fd/${name}`), '')),
    programOf: (pid) => orElse(() => (0,external_node_fs_.readlinkSync)(`/proc/${pid}/exe`), null),
};
/** A process may end between any two looks at it. */
function orElse(look, other) {
    try {
        return look();
    }
    catch {
        return other;
    }
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

;// CONCATENATED MODULE: ./lib/egress/guard/process-identity.js


/** Start time of a process, or null when it is gone. A zombie counts as gone: nobody may ever reap it. */
function readStartTime(pid) {
    const stat = parseProcessStat(readText(`/proc/${pid}/stat`));
    return stat === undefined || stat.isDead ? null : stat.startTime;
}
/** True while it exists and is still the same one. Without a start time it counts as gone: it could be anybody. */
function isAlive({ pid, startTime }) {
    return startTime !== null && readStartTime(pid) === startTime;
}
/** Supplementary groups of a process, as the kernel has them; empty when it is gone. */
function readGroups(pid) {
    const line = /^Groups:[ \t]*(.*)$/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? '';
    return line.split(' ').filter(Boolean).map(Number);
}
/** Changes with each start of the machine: start times of another boot mean nothing. */
function readBootId() {
    return readText('/proc/sys/kernel/random/boot_id').trim();
}
function readText(path) {
    try {
        return (0,external_node_fs_.readFileSync)(path, 'latin1');
    }
    catch {
        return '';
    }
}

;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
;// CONCATENATED MODULE: external "node:events"
const external_node_events_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");
;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: ./lib/egress/guard/end-child.js


/** True when a child is known to be gone, or never was. */
function hasEnded(child) {
    return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
/** What it said last is still in its pipe when it is gone; whoever else holds the pipe must not be waited for. */
const LAST_WORDS_MS = 50;
/** Asks a child of ours to end, and ends it after so many milliseconds. Resolves once it is gone and its last words are read. */
async function endChild(child, graceMs) {
    if (hasEnded(child))
        return;
    const gone = (0,external_node_events_namespaceObject.once)(child, 'exit');
    const closed = (0,external_node_events_namespaceObject.once)(child, 'close');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await gone;
    clearTimeout(timer);
    await Promise.race([closed, (0,promises_namespaceObject.setTimeout)(LAST_WORDS_MS)]);
}

;// CONCATENATED MODULE: ./lib/egress/guard/read-lines.js
/** Longer than any line of ours: a listing of 500 models fits. */
const MAX_CHARACTERS = 1024 * 1024;
/**
 * Calls back with each whole line. One that is too long is left out: whoever writes has less rights than we have, and must not fill
 * our memory.
 */
function readLines(stream, onLine) {
    let begun = '';
    let isTooLong = false;
    stream.setEncoding('utf8');
    stream.on('error', () => undefined);
    stream.on('data', (text) => {
        const [first = '', ...others] = text.split('\n');
        begun += first;
        for (const next of others) {
            if (!isTooLong && begun.length <= MAX_CHARACTERS)
                onLine(begun);
            isTooLong = false;
            begun = next;
        }
        if (begun.length > MAX_CHARACTERS) {
            isTooLong = true;
            begun = '';
        }
    });
}

;// CONCATENATED MODULE: ./lib/egress/guard/relay-keeper.js




const START_MS = 10_000;
const RESTART_DELAYS_MS = [0, 50, 200, 500, 1000];
/** Attempts on the old ports; after them any port will do, and the rules follow. */
const SAME_PORTS_ATTEMPTS = 3;
const STABLE_AFTER_MS = 10_000;
const MAX_UNREAD_BYTES = 64 * 1024;
/** Keeps a relay alive. While none lives the rules lead to closed ports: nothing passes. */
class RelayKeeper {
    #options;
    #child;
    #ports = null;
    #attempts = 0;
    #restart;
    #isClosed = false;
    constructor(options) {
        this.#options = options;
    }
    /** Starts the first one. Throws a GuardFailure with the relay's own reason. */
    async start() {
        const ports = await this.#launch(null);
        this.#ports = ports;
        return ports;
    }
    /** Asks it to end, then ends it. */
    async close(graceMs) {
        this.#isClosed = true;
        clearTimeout(this.#restart);
        if (this.#child !== undefined)
            await endChild(this.#child, graceMs);
    }
    async #launch(ports) {
        const [program = '', ...rest] = this.#options.command;
        const child = (0,external_node_child_process_namespaceObject.spawn)(program, rest, {
            cwd: '/',
            env: {},
            stdio: ['pipe', this.#options.logFd, this.#options.logFd, 'pipe'],
        });
        this.#child = child;
        child.stdin?.on('error', () => undefined);
        const config = { ...this.#options.config, ports };
        child.stdin?.end(JSON.stringify(config));
        return this.#follow(child);
    }
    /** Resolves with the ports of its first word; goes on reading, and missing it, for as long as it lives. */
    #follow(child) {
        const { promise, resolve, reject } = Promise.withResolvers();
        const timer = setTimeout(() => reject(new GuardFailure(`The relay was not ready within ${START_MS / 1000} s.`)), START_MS);
        const since = performance.now();
        let isReady = false;
        const channel = child.stdio[3];
        readLines(channel, (line) => {
            const reply = parseReply(line);
            if (reply?.kind === 'ready') {
                isReady = true;
                resolve(reply.ports);
            }
            else if (reply?.kind === 'failed')
                reject(new GuardFailure(`The relay did not start: ${reply.reason}`));
            else if (reply !== undefined) {
                this.#options.onReply(reply);
                if (reply.kind === 'opened')
                    tellSeen(channel, reply.inode);
            }
        });
        child.on('error', (error) => reject(new GuardFailure(`The relay could not be run: ${error.message}.`)));
        child.on('close', (code, signal) => {
            const how = signal ?? `exit code ${code}`;
            reject(new GuardFailure(`The relay ended before it was ready (${how}).`));
            if (performance.now() - since > STABLE_AFTER_MS)
                this.#attempts = 0;
            if (isReady)
                this.#plan(how);
        });
        return promise.finally(() => clearTimeout(timer));
    }
    #plan(how) {
        if (this.#isClosed)
            return;
        const delay = RESTART_DELAYS_MS[Math.min(this.#attempts, RESTART_DELAYS_MS.length - 1)];
        this.#attempts += 1;
        this.#restart = setTimeout(() => void this.#again(how), delay);
    }
    async #again(how) {
        try {
            const ports = await this.#launch(this.#attempts <= SAME_PORTS_ATTEMPTS ? this.#ports : null);
            this.#ports = ports;
            this.#options.onRestarted(how, ports);
        }
        catch {
            if (this.#child !== undefined && !hasEnded(this.#child))
                await endChild(this.#child, 0);
            this.#plan(how);
        }
    }
}
/** A refused client waits for it. A relay that does not read is left without: what waits for it here stays small. */
function tellSeen(channel, inode) {
    if (channel.writableLength < MAX_UNREAD_BYTES)
        channel.write(`${inode}\n`);
}
/** A line that is none of ours is left out: the relay reads what attackers send, and root reads what the relay says. */
function parseReply(line) {
    try {
        const reply = JSON.parse(line);
        return isReply(reply) ? reply : undefined;
    }
    catch {
        return undefined;
    }
}
function isReply(reply) {
    switch (reply?.kind) {
        case 'ready':
            return typeof reply.ports === 'object' && Object.values(reply.ports).every((port) => Number.isInteger(port));
        case 'failed':
            return typeof reply.reason === 'string';
        case 'opened':
            return Number.isSafeInteger(reply.inode);
        case 'event':
            return typeof reply.event === 'object' && (reply.inode === null || Number.isSafeInteger(reply.inode));
        default:
            return false;
    }
}

;// CONCATENATED MODULE: ./lib/egress/keeper/run-keeper.js






const MAX_LOG_BYTES = 64 * 1024 * 1024;
const POLL_MS = 250;
const GRACE_MS = 1000;
/** Starts the relay and says `ready`, or says why it could not be started and leaves. */
function runKeeper(config, effects) {
    const log = new FirewallLog({ file: effects.log, maxBytes: MAX_LOG_BYTES, now: effects.now });
    const finder = new ProcessFinder();
    // /proc is Linux; a wrapper's bridge tells the program by itself.
    const find = effects.platform === 'linux' ? finder.find.bind(finder) : () => undefined;
    const recorder = new EventRecorder({
        ...{ append: (event) => log.append(event), forget: (inode) => finder.forget(inode), now: effects.now, find },
        isOwn: () => false,
    });
    const keeper = new RelayKeeper({
        ...{ config, command: effects.command, logFd: effects.logFd },
        onReply: (reply) => (reply.kind === 'opened' ? recorder.onOpened(reply) : recorder.onEvent(reply)),
        onRestarted: (how) => recorder.note('relay-restarted', how),
    });
    let isEnding = false;
    const end = (detail) => {
        if (isEnding)
            return;
        isEnding = true;
        clearInterval(timer);
        void keeper.close(GRACE_MS).then(() => {
            recorder.note('stopped', detail);
            log.close();
            effects.exit(0);
        });
    };
    const timer = setInterval(() => {
        if (!isJobAlive(config.watch ?? null, effects.platform))
            end('the process of the job is gone');
    }, POLL_MS);
    start(keeper, effects, () => recorder.note('started'));
    return { end: () => end('asked to end') };
}
function start(keeper, effects, onStarted) {
    keeper.start().then((ports) => {
        onStarted();
        effects.reply({ kind: 'ready', ports });
        effects.detach();
    }, async (error) => {
        // One that was only slow lives still, and would serve without a log.
        await keeper.close(GRACE_MS);
        effects.reply({ kind: 'failed', reason: describeFailure(error) });
        effects.exit(1);
    });
}
/** Where there is no /proc only the pid can be asked for, and nothing is watched in a job container, whose job has no pid here. */
function isJobAlive(watch, platform) {
    if (watch === null)
        return true;
    if (platform === 'linux' && watch.startTime !== null)
        return isAlive(watch);
    try {
        process.kill(watch.pid, 0);
        return true;
    }
    catch (error) {
        return error.code === 'EPERM';
    }
}


/***/ }),

/***/ 184:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(321);
/* harmony import */ var _egress_keeper_run_keeper_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(601);



// Started as: node relay-keeper <path of the relay>; config on stdin, replies on fd 3, the firewall log on fd 4.
const [, , relay = ''] = process.argv;
const REPLY_FD = 3;
const LOG_FD = 4;
const kept = (0,_egress_keeper_run_keeper_js__WEBPACK_IMPORTED_MODULE_2__/* .runKeeper */ .Y)(JSON.parse(await (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_1__.text)(process.stdin)), {
    reply: (reply) => void (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.writeSync)(REPLY_FD, `${JSON.stringify(reply)}\n`),
    detach: () => (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(REPLY_FD),
    // The file that runs, not its path: that may be another by the time the relay is started again.
    command: [process.platform === 'linux' ? '/proc/self/exe' : process.execPath, '--disable-sigusr1', relay],
    logFd: 2,
    log: {
        append: (bytes) => (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.writeSync)(LOG_FD, bytes),
        truncate: (size) => (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.ftruncateSync)(LOG_FD, size),
        close: () => (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(LOG_FD),
    },
    platform: process.platform,
    exit: (code) => process.exit(code),
    now: () => new Date().toISOString(),
});
for (const signal of ['SIGTERM', 'SIGINT'])
    process.on(signal, () => kept.end());
for (const signal of ['SIGHUP', 'SIGPIPE'])
    process.on(signal, () => undefined);
process.on('uncaughtException', (error) => void process.stderr.write(`defect: ${error.stack ?? error.message}\n`));

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(184);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
