import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 421:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");

/***/ }),

/***/ 24:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");

/***/ }),

/***/ 30:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");

/***/ }),

/***/ 760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 500:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");

/***/ }),

/***/ 365:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   p: () => (/* binding */ parseProcessStat)
/* harmony export */ });
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


/***/ }),

/***/ 600:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   n: () => (/* binding */ applyUndo)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(500);
/* harmony import */ var _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(291);
/* harmony import */ var _list_pids_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(848);
/* harmony import */ var _mounts_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(419);
/* harmony import */ var _pinned_file_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(842);
/* harmony import */ var _process_identity_js__WEBPACK_IMPORTED_MODULE_6__ = __nccwpck_require__(959);
/* harmony import */ var _run_tool_js__WEBPACK_IMPORTED_MODULE_7__ = __nccwpck_require__(271);








const POLL_MS = 5;
const KILL_MS = 2000;
/** Takes one step back. What is gone already is fine; rejects when something is left. */
async function applyUndo(step) {
    switch (step.kind) {
        case 'user':
            return endProcessesOf(step.uid);
        case 'rules':
            await (0,_run_tool_js__WEBPACK_IMPORTED_MODULE_7__/* .runOrFail */ .zi)('The rule set could not be removed', ['nft', '-f', '-'], { input: step.text });
            return;
        case 'route':
            return deleteRoute(step.remove);
        case 'file':
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(step.path, { force: true });
            return;
        case 'directory':
            return removeEmptyDirectory(step.path);
        case 'tree':
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(step.path, { recursive: true, force: true });
            return;
        case 'access':
            (0,_pinned_file_js__WEBPACK_IMPORTED_MODULE_5__/* .restoreAccess */ .rI)(step);
            return;
        case 'mount':
            return unmount(step.path, step.below);
        case 'setting':
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.writeFileSync)(step.path, step.value);
    }
}
/**
 * Ends whatever still runs under a uid of ours: what a killed guard has left, and children of children. Killed, not asked: those that
 * are asked have been asked before. Nobody else can have such a uid.
 */
async function endProcessesOf(uid) {
    const deadline = performance.now() + KILL_MS;
    for (let pids = listProcesses(uid); pids.length > 0; pids = listProcesses(uid)) {
        if (performance.now() > deadline)
            throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .GuardFailure */ .Q(`Process ${pids[0]} of uid ${uid} could not be ended.`);
        for (const pid of pids)
            kill(pid);
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_1__.setTimeout)(POLL_MS);
    }
}
function listProcesses(uid) {
    return (0,_list_pids_js__WEBPACK_IMPORTED_MODULE_3__/* .listPids */ .$)().filter((pid) => (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.statSync)(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid && (0,_process_identity_js__WEBPACK_IMPORTED_MODULE_6__/* .readStartTime */ .ME)(pid) !== null);
}
function kill(pid) {
    try {
        process.kill(pid, 'SIGKILL');
    }
    catch {
        // Gone already.
    }
}
async function deleteRoute(words) {
    const { status, stderr } = await (0,_run_tool_js__WEBPACK_IMPORTED_MODULE_7__/* .runTool */ .qI)(['ip', ...words]);
    if (status === 0 || /No such process|Cannot find device/.test(stderr))
        return;
    throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .GuardFailure */ .Q(`The route could not be removed: ${(0,_run_tool_js__WEBPACK_IMPORTED_MODULE_7__/* .describeError */ .Uc)(stderr)}.`);
}
/** Lazily: a program that still runs from below must not keep a directory read-only for everybody. */
async function unmount(path, below) {
    while ((0,_mounts_js__WEBPACK_IMPORTED_MODULE_4__/* .countMounts */ .Q)(path) > below) {
        await (0,_run_tool_js__WEBPACK_IMPORTED_MODULE_7__/* .runOrFail */ .zi)(`${path} could not be unmounted`, ['umount', '--lazy', path]);
    }
}
function removeEmptyDirectory(path) {
    try {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmdirSync)(path);
    }
    catch (error) {
        const { code } = error;
        if (code !== 'ENOENT' && code !== 'ENOTEMPTY')
            throw error;
    }
}


/***/ }),

/***/ 725:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Kz: () => (/* binding */ cleanLeftovers),
/* harmony export */   Sw: () => (/* binding */ removeJournal),
/* harmony export */   XQ: () => (/* binding */ saveJournal),
/* harmony export */   bx: () => (/* binding */ baseOf)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(760);
/* harmony import */ var _apply_undo_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(600);
/* harmony import */ var _guard_failure_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(291);
/* harmony import */ var _process_identity_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(959);
/* harmony import */ var _undo_journal_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(517);






const JOURNAL = 'journal.json';
/** A number of another boot may be anybody's now. */
const ENDS_WITH_THE_MACHINE = ['user', 'rules', 'route', 'mount', 'setting'];
/** The directory that all runs share, below which each has its own. */
function baseOf(directory) {
    return (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(directory);
}
/** Saves the steps of a run in its directory, for root's eyes: whoever could write them would have root do anything. */
function saveJournal(directory, steps) {
    const saved = { boot: (0,_process_identity_js__WEBPACK_IMPORTED_MODULE_4__/* .readBootId */ .wV)(), steps };
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.writeFileSync)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(directory, JOURNAL), JSON.stringify(saved), { mode: 0o600 });
}
/** Once all is undone there is nothing for a later guard to take back. Fine when there is none. */
function removeJournal(directory) {
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(directory, JOURNAL), { force: true });
}
/**
 * Takes back what guards that were killed have left, and removes the directories of old runs with their logs. To be called with the
 * lock held: then no run but ours lives. @returns what was taken back, in words. Throws a GuardFailure when something stays.
 */
async function cleanLeftovers(base) {
    const found = [];
    for (const entry of (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readdirSync)(base, { withFileTypes: true })) {
        if (!entry.isDirectory() || entry.name === 'node')
            continue;
        const directory = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(base, entry.name);
        if ((0,node_fs__WEBPACK_IMPORTED_MODULE_0__.existsSync)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(directory, JOURNAL)))
            found.push(...(await replay(directory)));
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(directory, { recursive: true, force: true });
    }
    return found;
}
async function replay(directory) {
    const { boot, steps } = JSON.parse((0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(directory, JOURNAL), 'utf8'));
    const journal = new _undo_journal_js__WEBPACK_IMPORTED_MODULE_5__/* .UndoJournal */ .a({ save: () => undefined, apply: _apply_undo_js__WEBPACK_IMPORTED_MODULE_2__/* .applyUndo */ .n });
    for (const step of steps)
        journal.note(step);
    const isSameBoot = boot === (0,_process_identity_js__WEBPACK_IMPORTED_MODULE_4__/* .readBootId */ .wV)();
    const failures = await journal.undo((step) => isSameBoot || !ENDS_WITH_THE_MACHINE.includes(step.kind));
    if (failures.length > 0) {
        const names = failures.map(({ step }) => (0,_undo_journal_js__WEBPACK_IMPORTED_MODULE_5__/* .describeStep */ .E)(step));
        throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_3__/* .GuardFailure */ .Q(`What an earlier run has left could not be taken back: ${names.join(', ')}.`);
    }
    return steps.map(_undo_journal_js__WEBPACK_IMPORTED_MODULE_5__/* .describeStep */ .E);
}


/***/ }),

/***/ 384:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   QE: () => (/* binding */ relocateArguments),
/* harmony export */   Rg: () => (/* binding */ copyBundles),
/* harmony export */   UQ: () => (/* binding */ derivePlaces),
/* harmony export */   Ud: () => (/* binding */ copyNode),
/* harmony export */   i: () => (/* binding */ PROGRAMS),
/* harmony export */   kx: () => (/* binding */ programPath)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(760);
/* harmony import */ var _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(291);
/* harmony import */ var _trusted_directory_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(776);




/** The one directory of each program below the directory of the run; siblings, because the sidecar looks for the others beside it. */
const PROGRAMS = ['guard', 'relay', 'sidecar', 'worker', 'credential-process'];
const MODE_EXECUTE_ONLY = 0o111;
const MODE_READABLE = 0o644;
const CHUNK_BYTES = 4 * 1024 * 1024;
/** Path of a program's copy. */
function programPath(directory, program) {
    return (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(directory, program, 'index.js');
}
/** Where each bundle of the config is copied to: directory of the original → directory of the copy. */
function derivePlaces({ bundles, directory }) {
    const originals = {
        guard: bundles.guard,
        relay: bundles.relay,
        sidecar: bundles.sidecar,
        worker: bundles.worker,
        'credential-process': bundles.credentialProcess,
    };
    return new Map(PROGRAMS.map((program) => [(0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(originals[program]), (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(directory, program)]));
}
/** Copies the bundles below the directory of the run, which must exist: every plain file that lies beside one. */
function copyBundles(config) {
    for (const [from, to] of derivePlaces(config)) {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdirSync)(to, { mode: 0o755 });
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.chmodSync)(to, 0o755);
        for (const entry of (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readdirSync)(from, { withFileTypes: true })) {
            if (entry.isFile())
                copyFile((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(from, entry.name), (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(to, entry.name), MODE_READABLE);
        }
    }
}
/**
 * Copies node to `<base>/node/node`, for everybody to run and nobody to read: what runs from it cannot be looked into by others of
 * its user. A copy of an earlier job is used again when it is root's and byte for byte the same. @returns its path.
 */
function copyNode(node, base) {
    const source = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.realpathSync)(node);
    const directory = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(base, 'node');
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdirSync)(directory, { recursive: true, mode: 0o755 });
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.chmodSync)(directory, 0o755);
    (0,_trusted_directory_js__WEBPACK_IMPORTED_MODULE_3__/* .assertTrustedWay */ .R)(directory);
    const path = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(directory, 'node');
    if (isSameProgram(source, path))
        return path;
    const temporary = `${path}.${process.pid}`;
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(temporary, { force: true });
    copyFile(source, temporary, MODE_EXECUTE_ONLY);
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.renameSync)(temporary, path);
    return path;
}
/** Reads the original once, into a new file that nobody else can write. A link in the original's place is not followed. */
function copyFile(from, to, mode) {
    const input = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.openSync)(from, node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_RDONLY | node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_NOFOLLOW);
    try {
        const output = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.openSync)(to, node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_WRONLY | node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_CREAT | node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_EXCL, 0o600);
        try {
            const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
            for (let size = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readSync)(input, chunk); size > 0; size = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readSync)(input, chunk))
                writeAll(output, chunk.subarray(0, size));
        }
        finally {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(output);
        }
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.chmodSync)(to, mode);
    }
    finally {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(input);
    }
}
function writeAll(descriptor, bytes) {
    for (let at = 0; at < bytes.length;)
        at += (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.writeSync)(descriptor, bytes, at);
}
function isSameProgram(source, copy) {
    const found = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.lstatSync)(copy, { throwIfNoEntry: false });
    if (found === undefined)
        return false;
    if (!found.isFile() || found.uid !== 0 || (found.mode & 0o7777) !== MODE_EXECUTE_ONLY)
        return false;
    const [left, right] = [(0,node_fs__WEBPACK_IMPORTED_MODULE_0__.openSync)(source, 'r'), (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.openSync)(copy, 'r')];
    try {
        return (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.fstatSync)(left).size === found.size && hasSameBytes(left, right);
    }
    finally {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(left);
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(right);
    }
}
function hasSameBytes(left, right) {
    const [one, other] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
    for (;;) {
        const [sizeOfOne, sizeOfOther] = [(0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readSync)(left, one), (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readSync)(right, other)];
        if (sizeOfOne !== sizeOfOther || !one.subarray(0, sizeOfOne).equals(other.subarray(0, sizeOfOther)))
            return false;
        if (sizeOfOne === 0)
            return true;
    }
}
/** Arguments that name a place of the originals name that of the copies instead. Throws when one still names an original. */
function relocateArguments(words, places) {
    return words.map((word) => {
        for (const [from, to] of places) {
            const at = word.indexOf(from);
            const next = word[at + from.length];
            if (at >= 0 && (next === undefined || next === '/'))
                return word.slice(0, at) + to + word.slice(at + from.length);
        }
        if (word.includes('/index.js'))
            throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .GuardFailure */ .Q(`The argument ${word} names a program that is not copied.`);
        return word;
    });
}


/***/ }),

/***/ 291:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   I: () => (/* binding */ describeFailure),
/* harmony export */   Q: () => (/* binding */ GuardFailure)
/* harmony export */ });
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


/***/ }),

/***/ 530:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   HJ: () => (/* binding */ takeLock),
/* harmony export */   HZ: () => (/* binding */ lockPath),
/* harmony export */   tZ: () => (/* binding */ inheritLock)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(760);
/* harmony import */ var _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(291);
/* harmony import */ var _process_identity_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(959);




/** A machine has one rule set and one sudoers file of ours, so it has one guard at a time; this file says which. */
const NAME = 'guard.json';
/** Path of the lock below the directory that all runs share. */
function lockPath(base) {
    return (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(base, NAME);
}
/** Takes the lock for this process. Throws a GuardFailure while another guard lives. */
function takeLock(base) {
    const own = writeOwn(base);
    try {
        for (let tries = 0; tries < 2; tries += 1) {
            if (isLinked(own, lockPath(base)))
                return;
            const holder = readHolder(lockPath(base));
            if (holder !== undefined && isAliveNow(holder))
                throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .GuardFailure */ .Q(`Another job on this machine has the firewall already (guard process ${holder.pid}): one machine can have one at a time.`);
            removeStale(base, holder);
        }
        throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .GuardFailure */ .Q(`The lock ${lockPath(base)} could not be taken.`);
    }
    finally {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(own, { force: true });
    }
}
/** Makes this process the holder of a lock that its parent has taken. */
function inheritLock(base) {
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.renameSync)(writeOwn(base), lockPath(base));
}
function writeOwn(base) {
    const path = `${lockPath(base)}.${process.pid}`;
    const holder = { pid: process.pid, startTime: (0,_process_identity_js__WEBPACK_IMPORTED_MODULE_3__/* .readStartTime */ .ME)(process.pid), boot: (0,_process_identity_js__WEBPACK_IMPORTED_MODULE_3__/* .readBootId */ .wV)() };
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.writeFileSync)(path, JSON.stringify(holder), { mode: 0o600 });
    return path;
}
function isLinked(from, to) {
    try {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.linkSync)(from, to);
        return true;
    }
    catch (error) {
        if (error.code === 'EEXIST')
            return false;
        throw error;
    }
}
/** Out of the way first, then a look: another launcher may have read the same stale holder and hold the lock by now. */
function removeStale(base, stale) {
    const aside = `${lockPath(base)}.${process.pid}.stale`;
    try {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.renameSync)(lockPath(base), aside);
    }
    catch (error) {
        if (error.code === 'ENOENT')
            return;
        throw error;
    }
    const moved = readHolder(aside);
    if (JSON.stringify(moved) !== JSON.stringify(stale))
        isLinked(aside, lockPath(base));
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(aside, { force: true });
}
function readHolder(path) {
    try {
        return JSON.parse((0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)(path, 'utf8'));
    }
    catch {
        return undefined;
    }
}
/** Start times count from the start of the machine, so those of another boot mean nothing. */
function isAliveNow(holder) {
    return holder.boot === (0,_process_identity_js__WEBPACK_IMPORTED_MODULE_3__/* .readBootId */ .wV)() && (0,_process_identity_js__WEBPACK_IMPORTED_MODULE_3__/* .isAlive */ ._n)(holder);
}


/***/ }),

/***/ 848:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ listPids)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);

/** Pids of all processes that /proc shows, in no order that counts; each may be gone when it is looked at. */
function listPids() {
    return (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readdirSync)('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}


/***/ }),

/***/ 935:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   F: () => (/* binding */ isMadeUp),
/* harmony export */   MC: () => (/* binding */ PROOF_ADDRESS),
/* harmony export */   d2: () => (/* binding */ PROOF_PORT),
/* harmony export */   tC: () => (/* binding */ PROOF_NAME),
/* harmony export */   z9: () => (/* binding */ renderQuestion)
/* harmony export */ });
/** An address that the DNS answerer has given to nobody yet, and a name that nobody asks for. */
const PROOF_ADDRESS = '198.19.255.254';
const PROOF_NAME = 'proof.setup-agent-proxy.example';
/** discard: nothing listens there anywhere. */
const PROOF_PORT = 9;
const TYPE_A = 1;
const HEADER_BYTES = 12;
/** A question for the address of a name, as it goes over UDP. */
function renderQuestion(id, name) {
    const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]);
    const header = Buffer.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    return Buffer.concat([header, ...labels, Buffer.from([0, 0, TYPE_A, 0, 1])]);
}
/** True for an answer to that question with an address out of 198.18.0.0/15: made up here, by nobody's server. */
function isMadeUp(answer, id) {
    if (answer.length < HEADER_BYTES || answer.readUInt16BE(0) !== id || answer.readUInt16BE(6) === 0)
        return false;
    // The question is repeated, then comes the first record: a name, type, class, lifetime, length, address.
    const at = skipName(answer, skipName(answer, HEADER_BYTES) + 4);
    if (at + 14 > answer.length || answer.readUInt16BE(at) !== TYPE_A)
        return false;
    return answer[at + 10] === 198 && ((answer[at + 11] ?? 0) & 0xfe) === 18;
}
function skipName(message, from) {
    let at = from;
    for (;;) {
        const length = message[at] ?? 0;
        if (length === 0)
            return at + 1;
        // A pointer to a name that stood before ends it.
        if ((length & 0xc0) === 0xc0)
            return at + 2;
        at += length + 1;
    }
}


/***/ }),

/***/ 419:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ countMounts)
/* harmony export */ });
/* unused harmony export parseMountPoints */
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);

/** Mount points of a /proc/<pid>/mountinfo, in the order of mounting; later ones lie over earlier ones. */
function parseMountPoints(mountinfo) {
    return mountinfo.split('\n').flatMap((line) => {
        const point = line.split(' ')[4];
        return point === undefined ? [] : [decodeOctal(point)];
    });
}
/** How many mounts lie at a path of this mount namespace. */
function countMounts(path, mountinfo = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)('/proc/self/mountinfo', 'utf8')) {
    return parseMountPoints(mountinfo).filter((point) => point === path).length;
}
/** The kernel writes space, tab, newline and backslash of a path as three octal digits, byte by byte. */
function decodeOctal(text) {
    return text.replace(/\\([0-7]{3})/g, (_match, digits) => String.fromCharCode(Number.parseInt(digits, 8)));
}


/***/ }),

/***/ 842:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   ls: () => (/* binding */ withPinnedFile),
/* harmony export */   rI: () => (/* binding */ restoreAccess),
/* harmony export */   sO: () => (/* binding */ recordAccess)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);

/** Opens the place, not the thing: no rights on the file are needed, sockets can be opened, nothing happens to them. */
const O_PATH = 0o10000000;
/** Runs `use` with the file at a path, links not followed; undefined when there is none. */
function withPinnedFile(path, use) {
    let descriptor;
    try {
        descriptor = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.openSync)(path, O_PATH | node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_NOFOLLOW);
    }
    catch (error) {
        const { code } = error;
        if (code === 'ENOENT' || code === 'ENOTDIR')
            return undefined;
        throw error;
    }
    const place = `/proc/self/fd/${descriptor}`;
    try {
        return use({
            stats: (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.fstatSync)(descriptor, { bigint: true }),
            give: ({ uid, gid, mode }) => {
                (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.chownSync)(place, uid, gid);
                (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.chmodSync)(place, mode);
            },
        });
    }
    finally {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(descriptor);
    }
}
/** What {@link PinnedFile.give} would change, to be noted first. */
function recordAccess(path, stats) {
    return {
        path,
        device: Number(stats.dev),
        inode: Number(stats.ino),
        uid: Number(stats.uid),
        gid: Number(stats.gid),
        mode: Number(stats.mode) & 0o7777,
    };
}
/** Gives a file back to who had it. Another file at that place is left alone. */
function restoreAccess(record) {
    withPinnedFile(record.path, (file) => {
        const { device, inode } = recordAccess(record.path, file.stats);
        if (device === record.device && inode === record.inode)
            file.give(record);
    });
}


/***/ }),

/***/ 959:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   ME: () => (/* binding */ readStartTime),
/* harmony export */   _n: () => (/* binding */ isAlive),
/* harmony export */   b5: () => (/* binding */ readGroups),
/* harmony export */   wV: () => (/* binding */ readBootId)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);
/* harmony import */ var _core_process_stat_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(365);


/** Start time of a process, or null when it is gone. A zombie counts as gone: nobody may ever reap it. */
function readStartTime(pid) {
    const stat = (0,_core_process_stat_js__WEBPACK_IMPORTED_MODULE_1__/* .parseProcessStat */ .p)(readText(`/proc/${pid}/stat`));
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
        return (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)(path, 'latin1');
    }
    catch {
        return '';
    }
}


/***/ }),

/***/ 999:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   S: () => (/* binding */ readLines)
/* harmony export */ });
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


/***/ }),

/***/ 70:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   N: () => (/* binding */ runCleaning)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);
/* harmony import */ var _clean_leftovers_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(725);
/* harmony import */ var _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(291);
/* harmony import */ var _guard_lock_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(530);
/* harmony import */ var _trusted_directory_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(776);





/**
 * For root, by hand, after somebody killed a guard: takes back what it left, as the next start of a guard would.
 * @param base the directory of all runs. @returns the exit code.
 */
async function runCleaning(base, { uid, say }) {
    try {
        if (uid !== 0)
            throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .GuardFailure */ .Q('Only root can clean up after a guard.');
        if (!base.endsWith('/setup-agent-proxy'))
            throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .GuardFailure */ .Q(`${base} is no directory of this action.`);
        (0,_trusted_directory_js__WEBPACK_IMPORTED_MODULE_4__/* .assertTrustedWay */ .R)(base);
        (0,_guard_lock_js__WEBPACK_IMPORTED_MODULE_3__/* .takeLock */ .HJ)(base);
        try {
            say({ cleaned: await (0,_clean_leftovers_js__WEBPACK_IMPORTED_MODULE_1__/* .cleanLeftovers */ .Kz)(base) });
            return 0;
        }
        finally {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)((0,_guard_lock_js__WEBPACK_IMPORTED_MODULE_3__/* .lockPath */ .HZ)(base), { force: true });
        }
    }
    catch (error) {
        say({ failed: (0,_guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .describeFailure */ .I)(error) });
        return 1;
    }
}


/***/ }),

/***/ 71:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  h: () => (/* binding */ runGuard)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(24);
// EXTERNAL MODULE: ./lib/egress/guard/apply-undo.js
var apply_undo = __nccwpck_require__(600);
// EXTERNAL MODULE: ./lib/egress/guard/clean-leftovers.js
var clean_leftovers = __nccwpck_require__(725);
// EXTERNAL MODULE: ./lib/core/process-stat.js
var process_stat = __nccwpck_require__(365);
;// CONCATENATED MODULE: ./lib/egress/guard/decide-leftovers.js
/**
 * Which processes belong to a job that is over: those of the runner's user that are younger than the job and do not descend from
 * an older process of that user. What an older one has started is not the job's: the runner's listener starts the next job, and
 * another runner of the same user has jobs of its own.
 * @returns nothing when the runner is root, whose processes are the machine's.
 */
function decideLeftovers(processes, facts) {
    if (facts.runnerUid === 0)
        return [];
    const known = new Map(processes.map((process) => [process.pid, process]));
    const isOwn = (process) => process.uids.some((uid) => isOfRunner(uid, facts));
    const isOlder = (process) => process.startTime < facts.jobStart;
    const hasOlderAncestor = (process) => {
        const seen = new Set();
        for (let at = known.get(process.parent); at !== undefined && !seen.has(at.pid); at = known.get(at.parent)) {
            if (isOwn(at) && isOlder(at))
                return true;
            seen.add(at.pid);
        }
        return false;
    };
    return processes
        .filter((process) => isOwn(process) && !isOlder(process) && !hasOlderAncestor(process))
        .map(({ pid }) => pid);
}
function isOfRunner(uid, { runnerUid, subordinate }) {
    return uid === runnerUid || subordinate.some(([first, count]) => uid >= first && uid < first + count);
}
/** Ranges of one account in the text of /etc/subuid: `name:first:count`, the name or the uid as a number. */
function parseSubordinate(text, names) {
    return text.split('\n').flatMap((line) => {
        const [name = '', first = '', count = ''] = line.trim().split(':');
        if (!names.includes(name) || !/^\d+$/.test(first) || !/^\d+$/.test(count))
            return [];
        return [[Number(first), Number(count)]];
    });
}

// EXTERNAL MODULE: ./lib/egress/guard/list-pids.js
var list_pids = __nccwpck_require__(848);
;// CONCATENATED MODULE: ./lib/egress/guard/end-leftovers.js




/** A process that forks as fast as it is ended is stopped first; still, nobody is waited for without end. */
const MOST_ROUNDS = 50;
/**
 * Ends what a job has left behind, before the firewall goes: the agent has the runner's uid, so it could end the job itself and go
 * on without a firewall. @returns how many were ended.
 */
function endLeftovers({ runnerUid, runnerName, watch }) {
    if (watch.startTime === null)
        return 0;
    const names = [String(runnerUid), ...(runnerName === null ? [] : [runnerName])];
    const facts = {
        runnerUid,
        subordinate: parseSubordinate(readText('/etc/subuid'), names),
        jobStart: Number(watch.startTime),
    };
    const ended = new Set();
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
        const found = decideLeftovers(listProcesses(), facts);
        if (found.length === 0)
            break;
        for (const pid of found)
            signal(pid, 'SIGSTOP');
        for (const pid of found) {
            signal(pid, 'SIGKILL');
            ended.add(pid);
        }
    }
    return ended.size;
}
function signal(pid, name) {
    try {
        process.kill(pid, name);
    }
    catch {
        // It has just ended.
    }
}
function listProcesses() {
    return (0,list_pids/* listPids */.$)().flatMap(readProcess);
}
/** Nothing for a process that is gone or dead: nobody may ever reap it. */
function readProcess(pid) {
    const stat = (0,process_stat/* parseProcessStat */.p)(readText(`/proc/${pid}/stat`));
    const uids = /^Uid:\s*(.*)$/m.exec(readText(`/proc/${pid}/status`))?.[1];
    if (uids === undefined || stat === undefined || stat.isDead)
        return [];
    const { parent, startTime } = stat;
    return [{ pid, parent, uids: uids.split(/\s+/).map(Number), startTime: Number(startTime ?? Number.NaN) }];
}
function readText(path) {
    try {
        return (0,external_node_fs_.readFileSync)(path, 'latin1');
    }
    catch {
        return '';
    }
}

// EXTERNAL MODULE: ./lib/egress/guard/guard-failure.js
var guard_failure = __nccwpck_require__(291);
// EXTERNAL MODULE: ./lib/egress/guard/guard-lock.js
var guard_lock = __nccwpck_require__(530);
// EXTERNAL MODULE: ./lib/egress/guard/process-identity.js
var process_identity = __nccwpck_require__(959);
;// CONCATENATED MODULE: ./lib/egress/guard/job-watch.js

const POLL_MS = 100;
/** Calls back once when the job's process is gone, or at the maximum age. */
function createJobWatch({ watch, maxAgeMs }, onEnd) {
    const started = performance.now();
    const timer = setInterval(() => {
        const isOver = performance.now() - started >= maxAgeMs;
        if (!isOver && (0,process_identity/* isAlive */._n)(watch))
            return;
        clearInterval(timer);
        onEnd(isOver ? 'the maximum age is reached' : 'the process of the job is gone');
    }, POLL_MS);
}

// EXTERNAL MODULE: ./lib/egress/guard/read-lines.js
var read_lines = __nccwpck_require__(999);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
// EXTERNAL MODULE: ./lib/egress/guard/run-tool.js
var run_tool = __nccwpck_require__(271);
;// CONCATENATED MODULE: ./lib/egress/guard/container-networks.js

/** Bridges that docker, podman and alike make for containers of this machine. */
const BRIDGE_NAME = /^(docker0|br-[0-9a-f]{12}|podman\d+|cni-podman\d+)$/;
/** Networks of container bridges, for the rules. Where `ip` cannot tell, none: then service containers are out of reach. */
async function readContainerNetworks() {
    const questions = [
        ['ip', '-j', '-d', 'link', 'show'],
        ['ip', '-4', '-j', 'route', 'show', 'proto', 'kernel'],
        ['ip', '-6', '-j', 'route', 'show', 'proto', 'kernel'],
    ];
    const [links = '', ...routes] = (await Promise.all(questions.map((words) => (0,run_tool/* runTool */.qI)(words)))).map(({ stdout }) => stdout);
    return deriveContainerNetworks({ links, routes });
}
/**
 * CIDR networks behind the bridges that lead to containers only. A bridge with any other interface in it leads outside by itself,
 * and what is reachable over it is not of this machine.
 */
function deriveContainerNetworks({ links, routes }) {
    const all = parseList(links);
    const bridges = all
        .filter((link) => BRIDGE_NAME.test(String(link.ifname)) && kindOf(link) === 'bridge')
        .filter((bridge) => all.every((link) => link.master !== bridge.ifname || kindOf(link) === 'veth'))
        .map((bridge) => bridge.ifname);
    const networks = routes
        .flatMap(parseList)
        .filter((route) => bridges.includes(route.dev))
        .map((route) => String(route.dst));
    return [...new Set(networks)].filter((network) => network.includes('/') && !network.startsWith('fe80:'));
}
function kindOf(link) {
    return link.linkinfo?.info_kind;
}
function parseList(text) {
    try {
        const list = JSON.parse(text);
        return Array.isArray(list) ? list : [];
    }
    catch {
        return [];
    }
}

// EXTERNAL MODULE: ./lib/egress/guard/copy-programs.js
var copy_programs = __nccwpck_require__(384);
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

;// CONCATENATED MODULE: ./lib/egress/guard/firewall-log.js

/** Kept free for the line that says what is missing, and for those of the end. */
const RESERVE_BYTES = 4096;
/** Opens a new file that root writes and everybody may read. Throws where there is one. */
function openLogFile(path) {
    const flags = external_node_fs_.constants.O_WRONLY | external_node_fs_.constants.O_APPEND | external_node_fs_.constants.O_CREAT | external_node_fs_.constants.O_EXCL | external_node_fs_.constants.O_NOFOLLOW;
    const descriptor = (0,external_node_fs_.openSync)(path, flags, 0o644);
    return {
        append: (bytes) => (0,external_node_fs_.writeSync)(descriptor, bytes),
        truncate: (size) => (0,external_node_fs_.ftruncateSync)(descriptor, size),
        close: () => (0,external_node_fs_.closeSync)(descriptor),
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

// EXTERNAL MODULE: ./lib/egress/guard/pinned-file.js
var pinned_file = __nccwpck_require__(842);
;// CONCATENATED MODULE: ./lib/egress/guard/privileges/lock-diagnostics-sockets.js



const DEFAULT_DIRECTORY = '/tmp';
/**
 * Takes away the diagnostics sockets of the .NET programs that run now, the runner's worker among them. Whoever may open such a
 * socket may ask for a dump of that program's memory, without ptrace, and the worker's memory holds every secret of the job.
 */
function lockDiagnosticsSockets({ runner, job, journal }) {
    for (const directory of new Set([DEFAULT_DIRECTORY, readTemporaryDirectory(job)])) {
        for (const name of listDirectory(directory)) {
            if (!/^(dotnet-diagnostic-\d+|clr-debug-pipe-\d+)-/.test(name))
                continue;
            const path = (0,external_node_path_.join)(directory, name);
            // Held by its inode: the runner's user may write here and could swap it for a link to any file of root.
            (0,pinned_file/* withPinnedFile */.ls)(path, (file) => {
                const kind = Number(file.stats.mode) & 0o170000;
                if (Number(file.stats.uid) !== runner.uid || (kind !== 0o140000 && kind !== 0o010000))
                    return;
                journal.note({ kind: 'access', ...(0,pinned_file/* recordAccess */.sO)(path, file.stats) });
                file.give({ uid: 0, gid: 0, mode: 0o600 });
            });
        }
    }
    return [];
}
/** Where the job's process has its temporary files. */
function readTemporaryDirectory(job) {
    try {
        const found = /(?:^|\0)TMPDIR=(\/[^\0]*)/.exec((0,external_node_fs_.readFileSync)(`/proc/${job}/environ`, 'utf8'))?.[1];
        return found?.replace(/(.)\/+$/, '$1') ?? DEFAULT_DIRECTORY;
    }
    catch {
        return DEFAULT_DIRECTORY;
    }
}
function listDirectory(directory) {
    try {
        return (0,external_node_fs_.readdirSync)(directory);
    }
    catch {
        return [];
    }
}

;// CONCATENATED MODULE: ./lib/egress/guard/privileges/lock-group-sockets.js



/** Programs that start others as root for whoever may open their socket. */
const ENGINES = 'docker|dockershim|containerd|podman|lxd|incus|crio|buildkitd?|cri-dockerd|nerdctl|balena-engine';
const SOCKET_NAME = new RegExp(`^(${ENGINES})([-.].*)?\\.(sock|socket)$`);
const ENGINE_DIRECTORY = new RegExp(`^(${ENGINES})$`);
/** Deep enough for /run/k3s/containerd/containerd.sock. */
const MAX_DEPTH = 4;
const PLACES = ['/run', '/var/run', '/var/lib/lxd', '/var/lib/incus', '/var/snap/lxd/common/lxd'];
const DOCKER_TCP_PORT = 2375;
const DOCKER_TCP = 'Something listens on port 2375, where docker takes commands without asking who gives them: whoever reaches it is root.';
/**
 * Takes the sockets of container engines from everybody but root. Group membership cannot be taken: a process that runs has its
 * groups for good, and so has every later step. A socket that nobody else may open is one that a group is no use for.
 */
function lockGroupSockets({ choices, journal }) {
    const sockets = [...new Set(PLACES.filter(isRealDirectory).flatMap((place) => findSockets(place, 0)))];
    const limits = isDockerOnTcp() ? [DOCKER_TCP] : [];
    if (choices.docker === 'keep')
        return sockets.length === 0 ? limits : [...limits, renderKept(sockets)];
    for (const path of sockets) {
        (0,pinned_file/* withPinnedFile */.ls)(path, (file) => {
            if (!isSocket(Number(file.stats.mode)))
                return;
            journal.note({ kind: 'access', ...(0,pinned_file/* recordAccess */.sO)(path, file.stats) });
            file.give({ uid: 0, gid: 0, mode: 0o600 });
        });
    }
    return limits;
}
function renderKept(sockets) {
    return `${sockets.join(', ')} ${sockets.length === 1 ? 'stays' : 'stay'} open (docker: keep): who may use a container engine is root and can take the firewall and the keys away, so both only guard against accidents.`;
}
/** Sockets of engines that run as root. Engines of a user's own run with that user's rights, and are filtered like it. */
function findSockets(directory, depth) {
    const isEngine = ENGINE_DIRECTORY.test(directory.split('/').at(-1) ?? '');
    return readEntries(directory).flatMap((entry) => {
        const path = (0,external_node_path_.join)(directory, entry.name);
        if (entry.isDirectory())
            return depth < MAX_DEPTH && path !== '/run/user' ? findSockets(path, depth + 1) : [];
        const isNamed = SOCKET_NAME.test(entry.name) || (isEngine && /\.(sock|socket)$/.test(entry.name));
        return entry.isSocket() && isNamed && (0,external_node_fs_.lstatSync)(path, { throwIfNoEntry: false })?.uid === 0 ? [path] : [];
    });
}
function readEntries(directory) {
    try {
        return (0,external_node_fs_.readdirSync)(directory, { withFileTypes: true });
    }
    catch {
        return [];
    }
}
function isRealDirectory(path) {
    return (0,external_node_fs_.lstatSync)(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
function isSocket(mode) {
    return (mode & 0o170000) === 0o140000;
}
function isDockerOnTcp() {
    const port = DOCKER_TCP_PORT.toString(16).toUpperCase().padStart(4, '0');
    return ['/proc/net/tcp', '/proc/net/tcp6']
        .filter(external_node_fs_.existsSync)
        .some((path) => new RegExp(`:${port} [0-9A-F]+:0000 0A `).test((0,external_node_fs_.readFileSync)(path, 'latin1')));
}

;// CONCATENATED MODULE: ./lib/egress/guard/privileges/lock-ptrace.js

const SETTING = '/proc/sys/kernel/yama/ptrace_scope';
const OPEN = "Processes of the runner's user can read each other's memory here (no Yama, or ptrace_scope 0), the runner's own among them, which holds the secrets of the job.";
/** Yama at 1 or more: only a parent may look into a process. Without it the agent reads the memory of the runner's worker. */
function lockPtrace({ journal }) {
    const before = readSetting();
    if (before === undefined)
        return [OPEN];
    if (Number(before) >= 1)
        return [];
    try {
        journal.note({ kind: 'setting', path: SETTING, value: before });
        (0,external_node_fs_.writeFileSync)(SETTING, '1');
    }
    catch {
        return [OPEN];
    }
    return readSetting() === '1' ? [] : [OPEN];
}
function readSetting() {
    try {
        return (0,external_node_fs_.readFileSync)(SETTING, 'latin1').trim();
    }
    catch {
        return undefined;
    }
}

// EXTERNAL MODULE: ./lib/egress/guard/trusted-directory.js
var trusted_directory = __nccwpck_require__(776);
;// CONCATENATED MODULE: ./lib/egress/guard/privileges/lock-sudo.js




const SUDOERS_DIRECTORY = '/etc/sudoers.d';
const MODE = 0o440;
const KEPT = 'sudo stays open (sudo: keep): whoever uses it is root and can take the firewall and the keys away, so both only guard against accidents.';
/**
 * Denies sudo to the runner's user by one late file: the last rule that fits wins, so every grant before it ends, also one through a
 * group, and one file less gives all of them back. Whether a later one grants again is for the proof to say.
 */
async function lockSudo(context) {
    if (context.choices.sudo === 'keep')
        return [KEPT];
    if ((0,run_tool/* findTool */.SG)('sudo') === undefined || !(0,external_node_fs_.existsSync)(SUDOERS_DIRECTORY))
        return [];
    (0,trusted_directory/* assertTrustedWay */.R)(SUDOERS_DIRECTORY);
    const path = `${SUDOERS_DIRECTORY}/${deriveFileName(context.runId)}`;
    // sudo skips names with a dot: it never reads half a file.
    const draft = `${path}.new`;
    context.journal.note({ kind: 'file', path: draft });
    (0,external_node_fs_.writeFileSync)(draft, renderSudoers(context.runnerName, context.runner.uid), { mode: MODE, flag: 'wx' });
    await checkSyntax(draft);
    context.journal.note({ kind: 'file', path });
    if ((0,external_node_fs_.lstatSync)(path, { throwIfNoEntry: false }) !== undefined)
        throw new guard_failure/* GuardFailure */.Q(`${path} is there already.`);
    (0,external_node_fs_.renameSync)(draft, path);
    return [];
}
/** Sorted last among its neighbours, and without a dot. */
function deriveFileName(runId) {
    return `zz-setup-agent-proxy-${runId.replace(/[^A-Za-z0-9-]/g, '')}`;
}
/** The whole text of the file. A name that sudoers could read as something else is said by its number. */
function renderSudoers(name, uid) {
    const user = name !== null && /^[a-z_][a-z0-9_-]*$/i.test(name) && !/^[A-Z_]+$/.test(name) ? name : `#${uid}`;
    return `# Of setup-agent-proxy, while a job runs with an agent in it. Remove this file when no such job runs.\n${user} ALL=(ALL:ALL) !ALL\n`;
}
async function checkSyntax(path) {
    if ((0,run_tool/* findTool */.SG)('visudo') === undefined)
        return;
    const { status, stdout, stderr } = await (0,run_tool/* runTool */.qI)(['visudo', '-c', '-f', path]);
    if (status === 0)
        return;
    (0,external_node_fs_.rmSync)(path, { force: true });
    throw new guard_failure/* GuardFailure */.Q(`visudo refuses the rule that denies sudo: ${(0,run_tool/* describeError */.Uc)(stderr || stdout)}.`);
}

// EXTERNAL MODULE: ./lib/egress/guard/mounts.js
var mounts = __nccwpck_require__(419);
;// CONCATENATED MODULE: ./lib/egress/guard/privileges/writable-by.js


/** Whether a user may write, by owner, groups and bits. An owner counts as one who may: the bits are its own to change. */
function isWritableBy(who, { uid, gid, mode }) {
    if (uid === who.uid)
        return true;
    if (gid === who.gid || who.groups.includes(gid))
        return (mode & 0o020) !== 0;
    return (mode & 0o002) !== 0;
}
/** A directory in which a user may replace what is not its own: writable, and not sticky. */
function isReplaceableIn(who, directory) {
    return isWritableBy(who, directory) && (directory.uid === who.uid || (directory.mode & 0o1000) === 0);
}
/** True when the user may change the directory or anything below it. Links count as what they are: their own bits say nothing. */
function isTreeWritableBy(who, path) {
    const stats = (0,external_node_fs_.lstatSync)(path, { throwIfNoEntry: false });
    if (stats === undefined || stats.isSymbolicLink())
        return false;
    if (isWritableBy(who, stats))
        return true;
    return stats.isDirectory() && writable_by_readEntries(path).some((entry) => isTreeWritableBy(who, (0,external_node_path_.join)(path, entry.name)));
}
/** Directories above a path in which the user may put another one in the place of the next, from the nearest on. */
function listReplaceableParents(who, path) {
    if ((0,external_node_path_.dirname)(path) === path)
        return [];
    const parent = (0,external_node_path_.dirname)(path);
    const stats = (0,external_node_fs_.lstatSync)(parent, { throwIfNoEntry: false });
    const own = stats !== undefined && isReplaceableIn(who, stats) ? [parent] : [];
    return [...own, ...listReplaceableParents(who, parent)];
}
function writable_by_readEntries(directory) {
    try {
        return (0,external_node_fs_.readdirSync)(directory, { withFileTypes: true });
    }
    catch {
        return [];
    }
}

;// CONCATENATED MODULE: ./lib/egress/guard/privileges/lock-trusted-places.js





/**
 * What root reads or runs of its own accord: rules of polkit, services of D-Bus, units of systemd, jobs of cron, and the
 * directories of sudo's secure_path. Hosted images make some of them writable for everybody. The tool cache is none of them.
 */
const lock_trusted_places_PLACES = [
    '/usr/share/polkit-1',
    '/usr/local/share/polkit-1',
    '/etc/polkit-1',
    '/usr/share/dbus-1',
    '/usr/local/share/dbus-1',
    '/etc/dbus-1',
    '/usr/lib/systemd',
    '/usr/local/lib/systemd',
    '/etc/systemd',
    '/etc/cron.d',
    '/etc/sudoers.d',
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/sbin',
    '/usr/bin',
    '/sbin',
    '/bin',
    '/snap/bin',
];
/**
 * Mounts a place read-only over itself, when and only when the runner's user may change it: by what it contains, or by putting
 * another directory in its place, which a mount point cannot be. Taken back by unmounting; nothing in the place is touched.
 */
async function lockTrustedPlaces(context) {
    const limits = [];
    for (const place of new Set(lock_trusted_places_PLACES.map(findReal))) {
        const parents = listReplaceableParents(context.runner, place);
        const isOpen = parents.includes((0,external_node_path_.dirname)(place)) || isTreeWritableBy(context.runner, place);
        if (isOpen && makeMissing(context, place))
            await bindReadOnly(context, place);
        const above = parents.filter((parent) => parent !== (0,external_node_path_.dirname)(place));
        if (above.length > 0)
            limits.push(renderReplaceable(place, above));
    }
    return limits;
}
function renderReplaceable(place, parents) {
    return `The runner's user can put another directory in the place of one above ${place} (it may write ${parents.join(', ')}), where root reads what it runs.`;
}
/** A link names its target: `/bin` is `/usr/bin` on most machines. */
function findReal(place) {
    try {
        return (0,external_node_fs_.realpathSync)(place);
    }
    catch {
        return place;
    }
}
/** A directory that is missing where the runner's user could make it is made, to be locked. @returns false where none can be. */
function makeMissing({ journal }, place) {
    if ((0,external_node_fs_.lstatSync)(place, { throwIfNoEntry: false }) !== undefined)
        return true;
    if ((0,external_node_fs_.lstatSync)((0,external_node_path_.dirname)(place), { throwIfNoEntry: false })?.isDirectory() !== true)
        return false;
    journal.note({ kind: 'directory', path: place });
    (0,external_node_fs_.mkdirSync)(place, { mode: 0o755 });
    (0,external_node_fs_.chmodSync)(place, 0o755);
    return true;
}
async function bindReadOnly({ journal }, place) {
    journal.note({ kind: 'mount', path: place, below: (0,mounts/* countMounts */.Q)(place) });
    const what = `${place} could not be made read-only for the job`;
    await (0,run_tool/* runOrFail */.zi)(what, ['mount', '--bind', place, place]);
    await (0,run_tool/* runOrFail */.zi)(what, ['mount', '-o', 'remount,bind,ro', place]);
}

;// CONCATENATED MODULE: ./lib/egress/guard/unprivileged-command.js

/** Of a process that works for us: it never gets a right that it was not started with. */
const WITHOUT_RIGHTS = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all'];
/**
 * A command that gives up root before it runs, and that the kernel kills when the guard dies: without the guard nobody logs,
 * restarts or takes back, so nothing of ours may go on. Node's own `uid` option would leave it the guard's groups.
 */
function deriveUnprivilegedCommand({ identity, isConfined, command }) {
    const groups = identity.groups.length === 0 ? '--clear-groups' : `--groups=${identity.groups.join(',')}`;
    return [
        (0,run_tool/* requireTool */.Y0)('setpriv', 'util-linux'),
        `--reuid=${identity.uid}`,
        `--regid=${identity.gid}`,
        groups,
        '--pdeathsig=KILL',
        ...(isConfined ? WITHOUT_RIGHTS : []),
        '--',
        ...command,
    ];
}

;// CONCATENATED MODULE: ./lib/egress/guard/privileges/verify-powerless.js



/** Ways in which a user becomes root without a password, each tried for real: it must fail. */
const WAYS = [
    { tool: 'sudo', command: ['sudo', '-n', 'true'] },
    { tool: 'doas', command: ['doas', '-n', 'true'] },
    { tool: 'pkexec', command: ['pkexec', '--disable-internal-agent', '/bin/true'] },
    { tool: 'systemd-run', command: ['systemd-run', '--no-ask-password', '--quiet', '--wait', '/bin/true'] },
];
const TRY_MS = 3000;
/** Proves that the runner's user has lost root. Throws a GuardFailure that names the way which is still open. */
async function verifyPowerless(context) {
    if (context.choices.sudo === 'keep')
        return [];
    if (context.runner.uid === 0)
        throw new guard_failure/* GuardFailure */.Q('The job runs as root, so nothing can be taken from it.');
    const tries = WAYS.filter(({ tool }) => (0,run_tool/* findTool */.SG)(tool) !== undefined).map(async ({ tool, command }) => {
        const words = deriveUnprivilegedCommand({ identity: context.runner, isConfined: false, command });
        const { status } = await (0,run_tool/* runTool */.qI)(words, { timeoutMs: TRY_MS });
        return { tool, status };
    });
    for (const { tool, status } of await Promise.all(tries)) {
        if (status === 0)
            throw new guard_failure/* GuardFailure */.Q(renderStillRoot(tool));
    }
    await verifyListing(context);
    return [];
}
function renderStillRoot(tool) {
    return `The runner's user still becomes root by ${tool} without a password, although it was denied: another rule that comes later, or one outside of /etc/sudoers.d, grants it. Remove that rule, or accept it with sudo: keep.`;
}
/** A later rule may grant one program only, which no single try would find: the denial must be the last of what sudo lists. */
async function verifyListing({ runnerName }) {
    if (runnerName === null || (0,run_tool/* findTool */.SG)('sudo') === undefined)
        return;
    const { status, stdout } = await (0,run_tool/* runTool */.qI)(['sudo', '-n', '-l', '-U', runnerName], { timeoutMs: TRY_MS });
    const grant = status === 0 ? findGrant(stdout) : undefined;
    if (grant === undefined)
        return;
    throw new guard_failure/* GuardFailure */.Q(`A rule of sudo that comes after the denial grants the runner's user «${grant}». Remove it, or accept it with sudo: keep.`);
}
/** The grant that stands after our denial in what `sudo -l` lists, or undefined. */
function findGrant(listing) {
    const lines = listing.split('\n').map((line) => line.trim());
    const from = lines.findIndex((line) => /may run the following commands/.test(line));
    if (from < 0)
        return undefined;
    const last = lines.slice(from + 1).findLast((line) => line !== '');
    return last === undefined || /^\(ALL\s*:\s*ALL\)\s+!ALL$/.test(last) ? undefined : last;
}

;// CONCATENATED MODULE: ./lib/egress/guard/privileges/lock-privileges.js






/** The binds come after the sudoers file, which may have to be written below one of them; the proof comes last. */
const LOCKS = [
    lockSudo,
    lockGroupSockets,
    lockDiagnosticsSockets,
    lockPtrace,
    lockTrustedPlaces,
    verifyPowerless,
];
/** Locks everything and proves it. @returns what stays open, in sentences. Throws a GuardFailure when the runner is still root. */
async function lockPrivileges(context) {
    const limits = [];
    for (const lock of LOCKS)
        limits.push(...(await lock(context)));
    return limits;
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
    listPids: list_pids/* listPids */.$,
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

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __nccwpck_require__(421);
;// CONCATENATED MODULE: external "node:events"
const external_node_events_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __nccwpck_require__(500);
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
    await Promise.race([closed, (0,promises_.setTimeout)(LAST_WORDS_MS)]);
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
        const child = (0,external_node_child_process_.spawn)(program, rest, {
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
        const timer = setTimeout(() => reject(new guard_failure/* GuardFailure */.Q(`The relay was not ready within ${START_MS / 1000} s.`)), START_MS);
        const since = performance.now();
        let isReady = false;
        const channel = child.stdio[3];
        (0,read_lines/* readLines */.S)(channel, (line) => {
            const reply = parseReply(line);
            if (reply?.kind === 'ready') {
                isReady = true;
                resolve(reply.ports);
            }
            else if (reply?.kind === 'failed')
                reject(new guard_failure/* GuardFailure */.Q(`The relay did not start: ${reply.reason}`));
            else if (reply !== undefined) {
                this.#options.onReply(reply);
                if (reply.kind === 'opened')
                    tellSeen(channel, reply.inode);
            }
        });
        child.on('error', (error) => reject(new guard_failure/* GuardFailure */.Q(`The relay could not be run: ${error.message}.`)));
        child.on('close', (code, signal) => {
            const how = signal ?? `exit code ${code}`;
            reject(new guard_failure/* GuardFailure */.Q(`The relay ended before it was ready (${how}).`));
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

;// CONCATENATED MODULE: ./lib/egress/guard/normalise-listing.js
/**
 * The rules of an answer of `nft -j list table`, without what changes by itself: handles, counters, and the elements of the sets that
 * packets fill. Two answers are of the same rules when this text is the same. '' where the answer cannot be read.
 */
function normaliseListing(listing) {
    try {
        const { nftables } = JSON.parse(listing);
        return JSON.stringify(nftables.filter((entry) => !('metainfo' in entry)), (key, value) => (CHANGING.includes(key) ? undefined : value));
    }
    catch {
        return '';
    }
}
const CHANGING = ['handle', 'elem', 'packets', 'bytes'];

;// CONCATENATED MODULE: ./lib/egress/guard/rule-keeper.js




const rule_keeper_POLL_MS = 1000;
const MONITOR_RESTART_MS = 1000;
/** A flush is many messages of the monitor. */
const SETTLE_MS = 20;
const ROUTES_EVERY_POLLS = 10;
/** Loads the rule set and keeps it loaded until {@link close}. Only root can change it; firewalls that reload themselves do. */
class RuleKeeper {
    #journal;
    #events;
    #nft = (0,run_tool/* requireTool */.Y0)('nft', 'nftables');
    #rules;
    #baseline = '';
    #listing = '';
    #polls = 0;
    #queue = Promise.resolve();
    #isChecking = false;
    #timer;
    #settle;
    #monitor;
    #isClosed = false;
    constructor(journal, events) {
        this.#journal = journal;
        this.#events = events;
    }
    /** Routes, then the rules in one transaction, then a look whether all of them are there. Throws a GuardFailure. */
    async load(rules) {
        for (const remove of rules.routes.remove)
            this.#journal.note({ kind: 'route', remove });
        await this.#addRoutes(rules);
        this.#journal.note({ kind: 'rules', text: rules.undo });
        await this.#enforce(rules);
    }
    /** As {@link load} for other ports of the relay: what takes it back is the same. */
    replace(rules) {
        return this.#enqueue(() => this.#enforce(rules));
    }
    watch() {
        this.#startMonitor();
        this.#timer = setInterval(() => this.#check(), rule_keeper_POLL_MS);
    }
    /** Ends the watch and tells what was refused last. The rules stay: they go with the journal. */
    async close() {
        this.#isClosed = true;
        clearInterval(this.#timer);
        clearTimeout(this.#settle);
        this.#monitor?.kill('SIGKILL');
        await this.#queue;
        const listing = this.#rules === undefined ? '' : await this.#list(this.#rules);
        if (listing !== '')
            this.#tellDropped(listing);
    }
    async #enforce(rules) {
        await (0,run_tool/* runOrFail */.zi)('The rule set could not be loaded', ['nft', '-f', '-'], { input: rules.load });
        const listing = await this.#list(rules);
        const missing = rules.findMissing(listing);
        if (missing.length > 0)
            throw new guard_failure/* GuardFailure */.Q(`Of the rule set is not in force: ${missing.join(', ')}.`);
        this.#rules = rules;
        this.#listing = listing;
        this.#baseline = normaliseListing(listing);
    }
    async #addRoutes(rules) {
        for (const words of rules.routes.add)
            await (0,run_tool/* runOrFail */.zi)('The route to the relay could not be set', ['ip', ...words]);
    }
    #check() {
        if (this.#isChecking)
            return;
        this.#isChecking = true;
        void this.#enqueue(async () => {
            this.#isChecking = false;
            await this.#compare();
        });
    }
    /** One after the other: a look in the middle of a change would take it for somebody else's. */
    async #enqueue(work) {
        const done = this.#queue.then(work);
        this.#queue = done.catch(() => undefined);
        await done;
    }
    async #compare() {
        const rules = this.#rules;
        if (rules === undefined || this.#isClosed)
            return;
        const listing = await this.#list(rules);
        if (normaliseListing(listing) === this.#baseline)
            this.#tellDropped(listing);
        else
            await this.#restore(rules, listing);
        this.#polls += 1;
        // An interface that goes down takes its routes along.
        if (this.#polls % ROUTES_EVERY_POLLS === 0)
            await this.#addRoutes(rules).catch(() => undefined);
    }
    async #restore(rules, listing) {
        const missing = rules.findMissing(listing);
        const what = missing.length === 0 ? 'changed' : `missing: ${missing.join(', ')}`;
        try {
            await this.#addRoutes(rules);
            await this.#enforce(rules);
            this.#events.onChanged(`${what}; loaded again`);
        }
        catch (error) {
            this.#events.onChanged(`${what}; not loaded again: ${error instanceof Error ? error.message : String(error)}`);
        }
    }
    #tellDropped(listing) {
        const rules = this.#rules;
        if (rules === undefined)
            return;
        const before = this.#listing;
        this.#listing = listing;
        this.#events.onDropped(rules.deriveDropped(before, listing, this.#events.now()));
    }
    async #list({ table }) {
        const { status, stdout } = await (0,run_tool/* runTool */.qI)(['nft', '-j', 'list', 'table', ...table]);
        return status === 0 ? stdout : '';
    }
    /** Packets that fill sets are no news for it, so every line is a change of somebody's rules. */
    #startMonitor() {
        if (this.#isClosed)
            return;
        const monitor = (0,external_node_child_process_.spawn)(this.#nft, ['monitor'], { stdio: ['ignore', 'pipe', 'ignore'], env: {}, cwd: '/' });
        this.#monitor = monitor;
        monitor.on('error', () => undefined);
        monitor.stdout.on('data', () => {
            clearTimeout(this.#settle);
            this.#settle = setTimeout(() => this.#check(), SETTLE_MS);
        });
        monitor.on('close', () => {
            if (!this.#isClosed)
                setTimeout(() => this.#startMonitor(), MONITOR_RESTART_MS).unref();
        });
    }
}

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

;// CONCATENATED MODULE: ./lib/egress/guard/credential-broker.js






const GRACE_MS = 2000;
/**
 * Starts credential processes for the supervisor, as the runner's user, and carries messages. What the supervisor can make it do is
 * what the runner's user can do anyway; what a credential process can make it do is to end process groups of that same user.
 */
class CredentialBroker {
    #options;
    #started = new Map();
    #isClosed = false;
    constructor(options) {
        this.#options = options;
    }
    /** A message of the supervisor. One that is none of ours is left out. */
    onMessage(message) {
        const known = message;
        if (!Number.isSafeInteger(known?.number))
            return;
        switch (known?.kind) {
            case 'start':
                this.#start(known.number, parseRights(known.rights));
                return;
            case 'send':
                this.#send(known.number, known.message);
                return;
            case 'end':
                void this.#end(this.#started.get(known.number));
                return;
            default:
        }
    }
    /** The supervisor is gone: nobody is left who could ask. */
    async close() {
        this.#isClosed = true;
        await Promise.all([...this.#started.values()].map((started) => this.#end(started)));
    }
    #start(number, rights) {
        const options = this.#options;
        if (this.#isClosed || this.#started.has(number))
            return;
        if (!options.isNeeded || rights === undefined) {
            options.send({ kind: 'gone', number, how: 'no source of this run needs it' });
            return;
        }
        const command = [options.node, ...deriveCredentialArguments(rights)];
        const [program = '', ...words] = deriveUnprivilegedCommand({ identity: options.runner, isConfined: false, command });
        const child = (0,external_node_child_process_.spawn)(program, words, { cwd: '/', env: {}, stdio: ['pipe', 'ignore', options.logFd, 'ipc'] });
        const started = { child, groups: new Set() };
        this.#started.set(number, started);
        this.#follow(number, started);
        this.#makeKillable(child);
        child.stdin?.on('error', () => undefined);
        child.stdin?.end(options.source);
    }
    #follow(number, started) {
        const { promise, resolve } = Promise.withResolvers();
        started.child.on('message', (message) => {
            noteGroup(started.groups, message);
            this.#options.send({ kind: 'received', number, message });
        });
        started.child.on('error', (error) => resolve(error.code ?? 'error'));
        started.child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
        promise
            .then(async (how) => {
            await this.#endGroups(started);
            this.#started.delete(number);
            this.#options.send({ kind: 'gone', number, how });
        })
            .catch(() => undefined);
    }
    #send(number, message) {
        const child = this.#started.get(number)?.child;
        if (child?.connected === true)
            child.send(message, () => undefined);
    }
    async #end(started) {
        if (started === undefined)
            return;
        await this.#endGroups(started);
        await endChild(started.child, GRACE_MS);
    }
    /** With the rights of the runner's user: the numbers are that user's word, and root could hit anybody. */
    async #endGroups({ groups }) {
        if (groups.size === 0)
            return;
        const command = ['kill', '-KILL', '--', ...[...groups].map((group) => `-${group}`)];
        groups.clear();
        await (0,run_tool/* runTool */.qI)(deriveUnprivilegedCommand({ identity: this.#options.runner, isConfined: true, command }));
    }
    /** The guard is the last that the kernel kills for want of memory; a program of the user's must not have that from it. */
    #makeKillable({ pid }) {
        try {
            (0,external_node_fs_.writeFileSync)(`/proc/${pid}/oom_score_adj`, '0');
        }
        catch {
            // It has ended already.
        }
    }
}
function noteGroup(groups, message) {
    const { kind, group } = (message ?? {});
    if (!Number.isSafeInteger(group) || group < 2)
        return;
    if (kind === 'group-started')
        groups.add(group);
    if (kind === 'group-ended')
        groups.delete(group);
}
function parseRights(rights) {
    const { mayStartPrograms, readableFiles } = (rights ?? {});
    const isKnown = typeof mayStartPrograms === 'boolean' && Array.isArray(readableFiles);
    if (!isKnown || !readableFiles.every((path) => typeof path === 'string' && path.startsWith('/')))
        return undefined;
    return { mayStartPrograms, readableFiles };
}

;// CONCATENATED MODULE: ./lib/egress/guard/sidecar-host.js





/** Runs the sidecar's supervisor under a uid of its own. It is not started again, as without a guard: only its worker may die. */
class SidecarHost {
    #options;
    #child;
    #broker;
    constructor(options) {
        this.#options = options;
    }
    /** Resolves with its pid once it serves. Throws a GuardFailure with its own reason; checks that failed were told before. */
    async start() {
        const { sidecar, command, logFd, accessLogFd } = this.#options;
        const [program = '', ...rest] = command;
        const child = (0,external_node_child_process_.spawn)(program, rest, {
            cwd: '/',
            env: { ...sidecar.environment },
            stdio: ['pipe', logFd, logFd, 'pipe', accessLogFd, 'ipc'],
        });
        this.#child = child;
        this.#serveCredentials(child);
        child.stdin?.on('error', () => undefined);
        child.stdin?.end(JSON.stringify(deriveShielded(sidecar.message)));
        await this.#waitUntilReady(child);
        return child.pid ?? 0;
    }
    async close(graceMs) {
        if (this.#child !== undefined)
            await endChild(this.#child, graceMs);
        await this.#broker?.close();
    }
    #serveCredentials(child) {
        const { broker, sidecar } = this.#options;
        const isNeeded = sidecar.message.config.providers.some(({ credential }) => credential.kind === 'command' || credential.kind === 'file');
        const own = new CredentialBroker({
            ...broker,
            isNeeded,
            send: (message) => {
                if (child.connected)
                    child.send(message, () => undefined);
            },
        });
        this.#broker = own;
        child.on('message', (message) => own.onMessage(message));
        child.on('disconnect', () => void own.close());
    }
    #waitUntilReady(child) {
        const { promise, resolve, reject } = Promise.withResolvers();
        (0,read_lines/* readLines */.S)(child.stdio[3], (line) => {
            const reply = sidecar_host_parseReply(line);
            if (reply !== undefined)
                this.#options.onReply(reply);
            if (reply?.kind === 'ready')
                resolve();
            if (reply?.kind === 'failed')
                reject(new guard_failure/* GuardFailure */.Q(`The sidecar did not start: ${reply.reason}.`));
        });
        child.on('error', (error) => reject(new guard_failure/* GuardFailure */.Q(`The sidecar could not be run: ${error.message}.`)));
        child.on('close', (code, signal) => {
            reject(new guard_failure/* GuardFailure */.Q(`The sidecar ended before it was ready (${signal ?? `exit code ${code}`}).`));
        });
        return promise;
    }
}
/** It runs from a node that only root can read, so each of its processes must be one that nobody else can look into. */
function deriveShielded({ config, secrets }) {
    return { config: { ...config, isShielded: true }, secrets };
}
function sidecar_host_parseReply(line) {
    try {
        return JSON.parse(line);
    }
    catch {
        return undefined;
    }
}

// EXTERNAL MODULE: ./lib/egress/guard/made-up-answer.js
var made_up_answer = __nccwpck_require__(935);
;// CONCATENATED MODULE: ./lib/egress/guard/verify-rules.js




const LIMIT_MS = 8000;
/** Tries, as the runner's user, what must be refused. Throws a GuardFailure that names what was not. */
async function verifyRules({ runner, node, guard }) {
    const command = [node, '--disable-sigusr1', guard, 'prove'];
    const words = deriveUnprivilegedCommand({ identity: runner, isConfined: true, command });
    const { status, stdout, stderr } = await (0,run_tool/* runTool */.qI)(words, { timeoutMs: LIMIT_MS });
    const proof = status === 0 ? JSON.parse(stdout) : undefined;
    if (proof === undefined)
        throw new guard_failure/* GuardFailure */.Q(`The rules could not be proven: the trial as the runner did not run (${(0,run_tool/* describeError */.Uc)(stderr)}).`);
    const open = [
        ...(proof.isDnsOurs ? [] : ['a DNS question was not answered by the relay']),
        ...(proof.isTcpRefused ? [] : ['a connection was not refused']),
        ...(proof.isUdpRefused ? [] : ['a datagram was not refused']),
    ];
    if (open.length > 0)
        throw new guard_failure/* GuardFailure */.Q(`The rules are loaded but do not hold: ${open.join(', ')}.`);
}
/** True for an event that the proof itself caused: nobody wants to read of it. No other name or host has that address. */
function isOfProof({ host, address, port }) {
    return host === made_up_answer/* PROOF_NAME */.tC || address === made_up_answer/* PROOF_ADDRESS */.MC || (host === null && address === null && port === made_up_answer/* PROOF_PORT */.d2);
}

;// CONCATENATED MODULE: ./lib/egress/guard/start-run.js















const MAX_LOG_BYTES = 64 * 1024 * 1024;
/** The job is over: nobody waits for an answer of theirs. */
const start_run_GRACE_MS = 100;
/**
 * Starts everything in the order in which each part may count on those before: sidecar and relay reach the outside as they always
 * did, then the rules close it for all others, then privileges are taken, then it is proven. Throws a GuardFailure; what was done until
 * then is in the journal.
 */
async function startRun(options) {
    const run = new Run(options);
    try {
        return await run.start();
    }
    catch (error) {
        await run.close();
        throw error;
    }
}
class Run {
    #options;
    #runner;
    #node;
    #logs;
    #log;
    #recorder;
    #relay;
    #rules;
    #sidecar;
    #descriptors = [];
    #ports;
    #facts;
    constructor(options) {
        const { config, journal, now } = options;
        this.#options = options;
        this.#runner = { uid: config.runnerUid, gid: config.runnerGid, groups: (0,process_identity/* readGroups */.b5)(config.watch.pid) };
        this.#node = (0,external_node_path_.join)((0,clean_leftovers/* baseOf */.bx)(config.directory), 'node', 'node');
        this.#logs = (0,external_node_path_.join)(config.directory, 'logs');
        for (const program of copy_programs/* PROGRAMS */.i)
            journal.note({ kind: 'tree', path: (0,external_node_path_.dirname)((0,copy_programs/* programPath */.kx)(config.directory, program)) });
        for (const uid of [config.relayUid, config.sidecarUid])
            journal.note({ kind: 'user', uid });
        this.#log = new FirewallLog({ file: openLogFile((0,external_node_path_.join)(this.#logs, 'firewall.jsonl')), maxBytes: MAX_LOG_BYTES, now });
        const finder = new ProcessFinder();
        this.#recorder = new EventRecorder({
            append: (event) => this.#log.append(event),
            find: (inode, uid) => finder.find(inode, uid),
            forget: (inode) => finder.forget(inode),
            now,
            isOwn: isOfProof,
        });
        this.#rules = new RuleKeeper(journal, {
            onDropped: (events) => this.#recorder.onDropped(events),
            onChanged: (detail) => this.#recorder.note('rules-changed', detail),
            now,
        });
        this.#relay = this.#createRelay();
        this.#sidecar = this.#createSidecar();
    }
    get facts() {
        if (this.#facts === undefined)
            throw new Error('The firewall is not started');
        return this.#facts;
    }
    async start() {
        const { config, cancelled } = this.#options;
        // They do not need one another; the sidecar takes its time to prove credentials.
        const begun = Promise.all([this.#sidecar?.start() ?? null, this.#relay.start()]);
        const [sidecarPid, ports] = await orCancelled(begun, cancelled);
        this.#ports = ports;
        await this.#rules.load(await this.#deriveRules(ports));
        cancelled.throwIfAborted();
        const limits = await lockPrivileges(this.#lockContext());
        await verifyRules({ runner: this.#runner, node: this.#node, guard: (0,copy_programs/* programPath */.kx)(config.directory, 'guard') });
        cancelled.throwIfAborted();
        this.#rules.watch();
        this.#recorder.note('started');
        this.#facts = {
            sidecarPid,
            proxyPort: ports.proxy,
            logPath: (0,external_node_path_.join)(this.#logs, 'firewall.jsonl'),
            sidecarLogDirectory: this.#sidecar === undefined ? null : this.#logs,
            limits,
        };
        return this;
    }
    async close() {
        await Promise.all([this.#rules.close(), this.#relay.close(start_run_GRACE_MS), this.#sidecar?.close(start_run_GRACE_MS)]);
        for (const descriptor of this.#descriptors.splice(0))
            (0,external_node_fs_.closeSync)(descriptor);
    }
    closeLog(reason, isAllUndone) {
        if (isAllUndone)
            this.#recorder.note('privileges-restored');
        this.#recorder.note('stopped', isAllUndone ? reason : `${reason}; not everything could be taken back`);
        this.#log.close();
    }
    #createRelay() {
        const { config } = this.#options;
        return new RelayKeeper({
            config: config.relay,
            command: this.#confine(config.relayUid, [
                this.#node,
                '--disable-sigusr1',
                '--permission',
                '--disable-warning=SecurityWarning',
                `--allow-fs-read=${(0,external_node_path_.dirname)((0,copy_programs/* programPath */.kx)(config.directory, 'relay'))}`,
                '--allow-fs-read=/proc/*',
                (0,copy_programs/* programPath */.kx)(config.directory, 'relay'),
            ]),
            logFd: this.#open('relay.log'),
            onReply: (reply) => (reply.kind === 'opened' ? this.#recorder.onOpened(reply) : this.#recorder.onEvent(reply)),
            onRestarted: (how, ports) => void this.#onRelayRestarted(how, ports).catch(this.#options.onDefect),
        });
    }
    #createSidecar() {
        const { config, onSidecarReply } = this.#options;
        if (config.sidecar === null)
            return undefined;
        const logFd = this.#open('sidecar.log');
        const words = (0,copy_programs/* relocateArguments */.QE)(config.sidecar.arguments, (0,copy_programs/* derivePlaces */.UQ)(config));
        const source = (0,external_node_fs_.readFileSync)((0,copy_programs/* programPath */.kx)(config.directory, 'credential-process'), 'utf8');
        return new SidecarHost({
            sidecar: config.sidecar,
            command: this.#confine(config.sidecarUid, [this.#node, ...words]),
            logFd,
            accessLogFd: this.#open('access.jsonl'),
            onReply: onSidecarReply,
            broker: { runner: this.#runner, node: this.#node, source, logFd },
        });
    }
    async #onRelayRestarted(how, ports) {
        this.#recorder.note('relay-restarted', how);
        if (JSON.stringify(ports) === JSON.stringify(this.#ports))
            return;
        this.#ports = ports;
        await this.#rules.replace(await this.#deriveRules(ports));
    }
    async #deriveRules(ports) {
        const { config, rules } = this.#options;
        const { relayUid, sidecarUid, rootAddresses, relay } = config;
        const containerNetworks = await readContainerNetworks();
        return rules.derive({ mode: relay.policy.mode, ports, relayUid, sidecarUid, rootAddresses, containerNetworks });
    }
    #lockContext() {
        const { config, journal } = this.#options;
        return {
            runner: this.#runner,
            runnerName: config.runnerName,
            choices: config.privileges,
            runId: config.runId,
            job: config.watch.pid,
            journal,
        };
    }
    #confine(uid, command) {
        return deriveUnprivilegedCommand({ identity: { uid, gid: uid, groups: [] }, isConfined: true, command });
    }
    #open(name) {
        const descriptor = (0,external_node_fs_.openSync)((0,external_node_path_.join)(this.#logs, name), 'ax', 0o644);
        this.#descriptors.push(descriptor);
        return descriptor;
    }
}
async function orCancelled(work, cancelled) {
    const { promise, reject } = Promise.withResolvers();
    cancelled.addEventListener('abort', () => reject(cancelled.reason), { once: true });
    if (cancelled.aborted)
        reject(cancelled.reason);
    return Promise.race([work, promise]);
}

// EXTERNAL MODULE: ./lib/egress/guard/undo-journal.js
var undo_journal = __nccwpck_require__(517);
;// CONCATENATED MODULE: ./lib/egress/guard/run-guard.js










/** Just short of «never»: the kernel ends somebody else first when memory is short. */
const OOM_SCORE = '-900';
/** Starts the guard; it lives until {@link GuardEffects.exit} is called. */
function runGuard(effects) {
    const guard = new Guard(effects);
    (0,read_lines/* readLines */.S)(effects.stdin, (line) => guard.onLine(line));
    effects.stdin.on('end', () => guard.onInputEnd());
    return guard;
}
class Guard {
    #effects;
    #journal;
    #cancelled = new AbortController();
    #config;
    #firewall;
    #isReady = false;
    #isEnding = false;
    constructor(effects) {
        this.#effects = effects;
        this.#journal = new undo_journal/* UndoJournal */.a({
            save: (steps) => {
                if (this.#config !== undefined)
                    (0,clean_leftovers/* saveJournal */.XQ)(this.#config.directory, steps);
            },
            apply: apply_undo/* applyUndo */.n,
        });
    }
    onLine(line) {
        if (this.#config === undefined)
            void this.#start(JSON.parse(line));
        else
            this.#cancel();
    }
    onInputEnd() {
        this.#cancel();
    }
    /** Takes everything back and leaves. Also the answer to SIGTERM, which only root can send. */
    end(reason) {
        if (this.#isReady)
            void this.#finish(reason);
        else
            this.#cancel();
    }
    /** A defect in one event must not end the guard: then nobody would take anything back. */
    onDefect(error) {
        this.#effects.warn(`defect: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    #cancel() {
        if (!this.#isReady)
            this.#cancelled.abort(new guard_failure/* GuardFailure */.Q('The step was cancelled.'));
    }
    async #start(config) {
        this.#config = config;
        try {
            (0,guard_lock/* inheritLock */.tZ)((0,clean_leftovers/* baseOf */.bx)(config.directory));
            this.#outliveOthers();
            this.#firewall = await startRun({
                config,
                journal: this.#journal,
                rules: this.#effects.rules,
                // Once ready nobody reads them, and the descriptor is closed: its number may be another file's.
                onSidecarReply: (reply) => {
                    if (!this.#isReady)
                        this.#effects.reply({ kind: 'sidecar', reply });
                },
                onDefect: (error) => this.onDefect(error),
                cancelled: this.#cancelled.signal,
                now: this.#effects.now,
            });
            this.#announce(config, this.#firewall);
        }
        catch (error) {
            await this.#fail(config, error);
        }
    }
    /** Where the kernel lets us: a container's root may not. */
    #outliveOthers() {
        try {
            (0,external_node_fs_.writeFileSync)('/proc/self/oom_score_adj', OOM_SCORE);
        }
        catch (error) {
            this.#effects.warn(`not safe from the kernel's choice when memory is short (${(0,guard_failure/* describeFailure */.I)(error)})`);
        }
    }
    #announce(config, { facts }) {
        this.#isReady = true;
        createJobWatch(config, (reason) => void this.#finishJob(config, reason));
        this.#effects.reply({ kind: 'ready', guardPid: this.#effects.pid, ...facts });
        this.#effects.detach();
    }
    async #fail(config, error) {
        this.onDefect(error);
        const failures = await this.#journal.undo();
        this.#tellUndone(failures);
        if (failures.length === 0)
            (0,external_node_fs_.rmSync)(config.directory, { recursive: true, force: true });
        (0,external_node_fs_.rmSync)((0,guard_lock/* lockPath */.HZ)((0,clean_leftovers/* baseOf */.bx)(config.directory)), { force: true });
        this.#effects.reply({ kind: 'failed', reason: (0,guard_failure/* describeFailure */.I)(error) });
        this.#effects.detach();
        this.#effects.exit(1);
    }
    /** What the job has left is ended while the rules still hold. Not at the end that root asks for: the job may go on then. */
    async #finishJob(config, reason) {
        const ended = endLeftovers(config);
        await this.#finish(ended === 0 ? reason : `${reason}; ${ended} processes that it had left were ended`);
    }
    async #finish(reason) {
        const { directory } = this.#config ?? {};
        if (this.#isEnding || directory === undefined)
            return;
        this.#isEnding = true;
        // What did not close must not keep the rest from being taken back; its processes end with their uid, a step of the journal.
        await this.#firewall?.close().catch((error) => this.onDefect(error));
        const failures = await this.#journal.undo();
        this.#tellUndone(failures);
        this.#firewall?.closeLog(reason, failures.length === 0);
        // With something left, the next guard finds the steps that are not done.
        if (failures.length === 0)
            (0,clean_leftovers/* removeJournal */.Sw)(directory);
        else
            (0,clean_leftovers/* saveJournal */.XQ)(directory, this.#journal.steps);
        (0,external_node_fs_.rmSync)((0,guard_lock/* lockPath */.HZ)((0,clean_leftovers/* baseOf */.bx)(directory)), { force: true });
        this.#effects.exit(0);
    }
    #tellUndone(failures) {
        for (const { step, error } of failures)
            this.#effects.warn(`not taken back: ${(0,undo_journal/* describeStep */.E)(step)} (${(0,guard_failure/* describeFailure */.I)(error)})`);
    }
}


/***/ }),

/***/ 618:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  Q: () => (/* binding */ runLauncher)
});

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __nccwpck_require__(421);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(24);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
// EXTERNAL MODULE: ./lib/egress/guard/guard-failure.js
var guard_failure = __nccwpck_require__(291);
// EXTERNAL MODULE: ./lib/egress/guard/process-identity.js
var process_identity = __nccwpck_require__(959);
// EXTERNAL MODULE: ./lib/egress/guard/run-tool.js
var run_tool = __nccwpck_require__(271);
;// CONCATENATED MODULE: ./lib/egress/guard/check-host.js




/** Bits of a capability mask, and what cannot be done without each. */
const CAPABILITIES = [
    { bit: 12, name: 'NET_ADMIN', purpose: 'load rules' },
    { bit: 21, name: 'SYS_ADMIN', purpose: 'mount read-only what root trusts' },
    { bit: 6, name: 'SETGID', purpose: 'start programs as others' },
    { bit: 7, name: 'SETUID', purpose: 'start programs as others' },
    { bit: 5, name: 'KILL', purpose: 'end them' },
];
/** Reads what {@link checkHost} judges. */
function readHostFacts(platform, uid) {
    return { platform, uid, status: readText('/proc/self/status'), subordinateUids: readText('/etc/subuid') };
}
/** Why the firewall cannot be had here, in a sentence; undefined when nothing is known to stand against it. */
function checkHost(config, facts) {
    if (facts.platform !== 'linux')
        return `The enforced level needs Linux, and this is ${facts.platform}.`;
    if (facts.uid !== 0)
        return 'The guard does not run as root.';
    if (config.runnerUid === 0 && config.privileges.sudo === 'off')
        return 'The job runs as root, so nothing can be taken from it.';
    const held = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(facts.status)?.[1] ?? '0'}`);
    const missing = CAPABILITIES.find(({ bit }) => ((held >> BigInt(bit)) & 1n) === 0n);
    if (missing !== undefined)
        return `There is no ${missing.name} capability here (a container without it?), so the guard cannot ${missing.purpose}.`;
    return checkDirectory(config) ?? checkUids(config, facts.subordinateUids);
}
/** What lies beside it is taken for leftovers of other runs and removed. */
function checkDirectory({ directory, runId }) {
    const isOurs = directory.endsWith(`/setup-agent-proxy/${runId}`) && /^[A-Za-z0-9-]+$/.test(runId);
    return isOurs ? undefined : `The directory ${directory} is not …/setup-agent-proxy/<run id>.`;
}
/** Whoever may take on the relay's uid in a user namespace passes the rules as the relay does. */
function checkUids({ relayUid, sidecarUid, runnerUid }, subordinateUids) {
    if (new Set([relayUid, sidecarUid, runnerUid, 0]).size < 4 && runnerUid !== 0)
        return 'Relay, sidecar and runner need three different uids.';
    for (const line of subordinateUids.split('\n')) {
        const [account, first, count] = line.split(':');
        const [from, size] = [Number(first), Number(count)];
        const taken = [relayUid, sidecarUid].find((uid) => uid >= from && uid < from + size);
        if (taken !== undefined)
            return `/etc/subuid lets ${account} take on uid ${taken}, which the firewall exempts.`;
    }
    return undefined;
}
/** The checks that need programs. Throws a GuardFailure. */
async function checkTools(config) {
    (0,run_tool/* requireTool */.Y0)('nft', 'nftables');
    (0,run_tool/* requireTool */.Y0)('ip', 'iproute2');
    for (const name of ['setpriv', 'mount', 'umount'])
        (0,run_tool/* requireTool */.Y0)(name, 'util-linux');
    const { status, stderr } = await (0,run_tool/* runTool */.qI)(['nft', 'list', 'tables']);
    if (status !== 0)
        throw new guard_failure/* GuardFailure */.Q(`nft cannot be used here: ${(0,run_tool/* describeError */.Uc)(stderr)}.`);
    if (!(0,process_identity/* isAlive */._n)(config.watch))
        throw new guard_failure/* GuardFailure */.Q(`The job's process (${config.watch.pid}) is not there.`);
}
function readText(path) {
    try {
        return (0,external_node_fs_.readFileSync)(path, 'utf8');
    }
    catch {
        return '';
    }
}

// EXTERNAL MODULE: ./lib/egress/guard/clean-leftovers.js
var clean_leftovers = __nccwpck_require__(725);
// EXTERNAL MODULE: ./lib/egress/guard/copy-programs.js
var copy_programs = __nccwpck_require__(384);
// EXTERNAL MODULE: ./lib/egress/guard/guard-lock.js
var guard_lock = __nccwpck_require__(530);
// EXTERNAL MODULE: ./lib/egress/guard/read-lines.js
var read_lines = __nccwpck_require__(999);
// EXTERNAL MODULE: ./lib/egress/guard/trusted-directory.js
var trusted_directory = __nccwpck_require__(776);
;// CONCATENATED MODULE: ./lib/egress/guard/run-launcher.js











/** The only variables of the guard. Never NODE_OPTIONS, LD_*, nor anything that the runner's user has chosen. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
const CANCEL = 'cancel';
/**
 * First stage: runs from files that the runner's user can write, so it only copies what will be needed to where that user cannot, and
 * starts the guard from there. It stays until the guard is ready or has failed, and hands on what it says. @returns the exit code.
 */
async function runLauncher(effects) {
    process.umask(0o022);
    const input = createInput(effects.stdin);
    try {
        const config = parseConfig(await input.config);
        const fault = checkHost(config, readHostFacts(effects.platform, effects.uid));
        if (fault !== undefined)
            throw new guard_failure/* GuardFailure */.Q(fault);
        await checkTools(config);
        return await launch(config, input, effects.reply);
    }
    catch (error) {
        effects.reply({ kind: 'failed', reason: (0,guard_failure/* describeFailure */.I)(error) });
        return 1;
    }
}
async function launch(config, input, reply) {
    const base = (0,clean_leftovers/* baseOf */.bx)(config.directory);
    if ((0,external_node_fs_.existsSync)(base))
        (0,trusted_directory/* assertTrustedWay */.R)(base);
    else
        (0,trusted_directory/* createTrustedDirectory */.J)(base);
    (0,guard_lock/* takeLock */.HJ)(base);
    try {
        await (0,clean_leftovers/* cleanLeftovers */.Kz)(base);
        const child = start(config, base);
        child.stdin?.on('error', () => undefined);
        child.stdin?.write(`${JSON.stringify(config)}\n`);
        input.onCancel(() => void child.stdin?.write(`${CANCEL}\n`));
        const last = await forward(child, reply);
        if (last === 'ready')
            return 0;
        if (last === undefined)
            throw new guard_failure/* GuardFailure */.Q('The guard ended before it was ready.');
        return 1;
    }
    catch (error) {
        await (0,clean_leftovers/* cleanLeftovers */.Kz)(base);
        (0,external_node_fs_.rmSync)((0,guard_lock/* lockPath */.HZ)(base), { force: true });
        throw error;
    }
}
function start(config, base) {
    const { directory } = config;
    (0,trusted_directory/* createTrustedDirectory */.J)(directory);
    const node = (0,copy_programs/* copyNode */.Ud)(config.node, base);
    (0,copy_programs/* copyBundles */.Rg)(config);
    (0,external_node_fs_.mkdirSync)((0,external_node_path_.join)(directory, 'logs'), { mode: 0o755 });
    const log = (0,external_node_fs_.openSync)((0,external_node_path_.join)(directory, 'logs', 'guard.log'), 'ax', 0o644);
    try {
        return (0,external_node_child_process_.spawn)(node, ['--disable-sigusr1', (0,copy_programs/* programPath */.kx)(directory, 'guard'), 'guard'], {
            cwd: '/',
            detached: true,
            env: ENVIRONMENT,
            stdio: ['pipe', 'pipe', log],
        });
    }
    finally {
        (0,external_node_fs_.closeSync)(log);
    }
}
/** Hands lines on until the last one. @returns its kind; undefined when there was none. Throws where programs may not run at all. */
function forward(child, reply) {
    const { promise, resolve, reject } = Promise.withResolvers();
    (0,read_lines/* readLines */.S)(child.stdout, (line) => {
        const said = JSON.parse(line);
        reply(said);
        if (said.kind !== 'sidecar')
            resolve(said.kind);
    });
    child.on('error', ({ message }) => reject(new guard_failure/* GuardFailure */.Q(`The copy of node could not be run (${message}).`)));
    child.on('close', () => resolve(undefined));
    return promise;
}
function createInput(stdin) {
    const { promise: config, resolve } = Promise.withResolvers();
    const cancelled = new AbortController();
    let text = '';
    stdin.setEncoding('utf8');
    stdin.on('error', () => resolve(text));
    stdin.on('end', () => resolve(text));
    stdin.on('data', (more) => {
        text += more;
        const [first = '', ...others] = text.split('\n');
        if (others.length > 0)
            resolve(first);
        if (others.includes(CANCEL))
            cancelled.abort();
    });
    return {
        config,
        onCancel: (listener) => {
            if (cancelled.signal.aborted)
                listener();
            else
                cancelled.signal.addEventListener('abort', listener, { once: true });
        },
    };
}
/** It comes from our own action, over a pipe, before any agent runs: only its version can be wrong. */
function parseConfig(text) {
    let config;
    try {
        config = JSON.parse(text);
    }
    catch (cause) {
        throw new guard_failure/* GuardFailure */.Q('The config on standard input is no line of JSON.', cause);
    }
    if (config.version !== 1)
        throw new guard_failure/* GuardFailure */.Q('The config is of another version of this action.');
    const startTime = config.watch.startTime ?? (0,process_identity/* readStartTime */.ME)(config.watch.pid);
    return { ...config, watch: { pid: config.watch.pid, startTime } };
}


/***/ }),

/***/ 624:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  I: () => (/* binding */ runProof)
});

;// CONCATENATED MODULE: external "node:dgram"
const external_node_dgram_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:dgram");
// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __nccwpck_require__(30);
// EXTERNAL MODULE: ./lib/egress/guard/made-up-answer.js
var made_up_answer = __nccwpck_require__(935);
;// CONCATENATED MODULE: ./lib/egress/guard/run-proof.js



const LIMIT_MS = 3000;
const RETRY_MS = 200;
const ID = 0x5a17;
/**
 * Runs as the runner's user once everything is locked: what must be refused is tried and is refused. Without the rules each attempt
 * ends in silence, because the addresses are nobody's.
 */
async function runProof() {
    const [isDnsOurs, isTcpRefused, isUdpRefused] = await Promise.all([askName(), tryTcp(), tryUdp()]);
    return { isDnsOurs, isTcpRefused, isUdpRefused };
}
function askName() {
    const question = (0,made_up_answer/* renderQuestion */.z9)(ID, made_up_answer/* PROOF_NAME */.tC);
    return overUdp(53, (socket, settle) => {
        socket.on('message', (message) => settle((0,made_up_answer/* isMadeUp */.F)(message, ID)));
        return () => socket.send(question, () => undefined);
    });
}
/** A refusal is told by the kernel: at once, or by the error that came back for the datagram before. */
function tryUdp() {
    return overUdp(made_up_answer/* PROOF_PORT */.d2, (socket, settle) => {
        const onError = (error) => {
            if (error !== null)
                settle(true);
        };
        socket.on('error', onError);
        return () => socket.send(Buffer.from('x'), onError);
    });
}
function overUdp(port, begin) {
    const { promise, resolve } = Promise.withResolvers();
    const socket = (0,external_node_dgram_namespaceObject.createSocket)('udp4');
    const timers = [];
    const settle = (result) => {
        for (const timer of timers)
            clearTimeout(timer);
        resolve(result);
    };
    socket.on('error', () => undefined);
    timers.push(setTimeout(() => settle(false), LIMIT_MS));
    socket.connect(port, made_up_answer/* PROOF_ADDRESS */.MC, () => {
        const send = begin(socket, settle);
        send();
        timers.push(setInterval(send, RETRY_MS));
    });
    return promise.finally(() => socket.close());
}
function tryTcp() {
    const { promise, resolve } = Promise.withResolvers();
    const socket = (0,external_node_net_.connect)({ host: made_up_answer/* PROOF_ADDRESS */.MC, port: made_up_answer/* PROOF_PORT */.d2 });
    socket.setTimeout(LIMIT_MS, () => {
        resolve(false);
        socket.destroy();
    });
    socket.on('error', (error) => resolve(error.code !== 'ENETUNREACH' && error.code !== 'ETIMEDOUT'));
    socket.on('data', () => resolve(false));
    socket.on('close', () => resolve(true));
    return promise.finally(() => socket.destroy());
}


/***/ }),

/***/ 271:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   SG: () => (/* binding */ findTool),
/* harmony export */   Uc: () => (/* binding */ describeError),
/* harmony export */   Y0: () => (/* binding */ requireTool),
/* harmony export */   qI: () => (/* binding */ runTool),
/* harmony export */   zi: () => (/* binding */ runOrFail)
/* harmony export */ });
/* harmony import */ var node_child_process__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(421);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(24);
/* harmony import */ var _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(291);



/**
 * Where the guard looks for programs. Not the PATH it was given, and not /usr/local: hosted images let everybody write there.
 */
const DIRECTORIES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const ENVIRONMENT = { PATH: DIRECTORIES.join(':'), LC_ALL: 'C' };
const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_CHARACTERS = 8 * 1024 * 1024;
/** Absolute path of a system program, or undefined where it is not installed. */
function findTool(name) {
    return DIRECTORIES.map((directory) => `${directory}/${name}`).find(isExecutable);
}
/** As {@link findTool}. Throws a GuardFailure that names the package. */
function requireTool(name, packageName) {
    const path = findTool(name);
    if (path === undefined)
        throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .GuardFailure */ .Q(`${name} is not installed (package ${packageName}).`);
    return path;
}
/** Runs a program with an environment of our own and waits for it. Never rejects. */
function runTool(command, run = {}) {
    const [name = '', ...rest] = command;
    const program = name.startsWith('/') ? name : findTool(name);
    if (program === undefined)
        return Promise.resolve({ status: null, stdout: '', stderr: `${name} is not installed` });
    const { promise, resolve } = Promise.withResolvers();
    const child = (0,node_child_process__WEBPACK_IMPORTED_MODULE_0__.spawn)(program, rest, { cwd: '/', env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
        child[name].setEncoding('utf8');
        child[name].on('data', (text) => {
            if (output[name].length < MAX_OUTPUT_CHARACTERS)
                output[name] += text;
        });
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), run.timeoutMs ?? TIMEOUT_MS);
    child.on('error', (error) => resolve({ status: null, stdout: '', stderr: error.message }));
    child.on('close', (status) => {
        clearTimeout(timer);
        resolve({ status, ...output });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(run.input ?? '');
    return promise;
}
/** Runs a program that has to succeed. @returns its standard output. Throws a GuardFailure: `<what>: <its last line of error>`. */
async function runOrFail(what, command, run = {}) {
    const { status, stdout, stderr } = await runTool(command, run);
    if (status === 0)
        return stdout;
    throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .GuardFailure */ .Q(`${what}: ${describeError(stderr) || `${command[0]} ended with ${status ?? 'a signal'}`}.`);
}
/** The telling line of what a tool wrote on standard error, without its own full stop. */
function describeError(stderr) {
    const lines = stderr.split('\n').filter((line) => line.trim() !== '');
    const telling = lines.find((line) => /error|denied|not permitted|cannot|fail/i.test(line)) ?? lines.at(-1) ?? '';
    return telling.trim().slice(0, 300).replace(/\.$/, '');
}
function isExecutable(path) {
    try {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.accessSync)(path, node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.X_OK);
        return true;
    }
    catch {
        return false;
    }
}


/***/ }),

/***/ 776:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ createTrustedDirectory),
/* harmony export */   R: () => (/* binding */ assertTrustedWay)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(760);
/* harmony import */ var _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(291);



/**
 * Makes a directory for what root will run, and checks the whole way to it. Who can write a directory on the way can put another
 * program there, so each must be root's, writable for nobody else, and no link. Throws a GuardFailure that names the one that is not.
 */
function createTrustedDirectory(path) {
    if (!(0,node_path__WEBPACK_IMPORTED_MODULE_1__.isAbsolute)(path) || (0,node_path__WEBPACK_IMPORTED_MODULE_1__.normalize)(path) !== path)
        throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .GuardFailure */ .Q(`${path} is not a plain absolute path.`);
    const parent = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(path);
    if (parent !== path) {
        if (!exists(parent))
            createTrustedDirectory(parent);
        else
            assertTrustedWay(parent);
    }
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdirSync)(path, { mode: 0o755 });
    // Whatever the umask was: the other users must get through, and nobody must get in.
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.chmodSync)(path, 0o755);
    assertTrusted(path);
}
/** Every directory from the root to this one. Throws a GuardFailure. */
function assertTrustedWay(path) {
    if ((0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(path) !== path)
        assertTrustedWay((0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(path));
    assertTrusted(path);
}
function assertTrusted(path) {
    const stats = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.lstatSync)(path);
    const fault = !stats.isDirectory()
        ? 'is no directory'
        : stats.uid !== 0
            ? 'does not belong to root'
            : (stats.mode & 0o022) !== 0
                ? 'can be written by others'
                : undefined;
    if (fault !== undefined)
        throw new _guard_failure_js__WEBPACK_IMPORTED_MODULE_2__/* .GuardFailure */ .Q(`${path} ${fault}, so no program of root may lie below it.`);
}
function exists(path) {
    return (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.lstatSync)(path, { throwIfNoEntry: false }) !== undefined;
}


/***/ }),

/***/ 517:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   E: () => (/* binding */ describeStep),
/* harmony export */   a: () => (/* binding */ UndoJournal)
/* harmony export */ });
/**
 * The steps that take everything back. A step is noted, and saved, before the thing itself is done: whoever is killed in between
 * leaves a step that finds nothing, never a thing without its step.
 */
class UndoJournal {
    #effects;
    #steps = [];
    constructor(effects) {
        this.#effects = effects;
    }
    get steps() {
        return this.#steps;
    }
    /** Throws when the step cannot be saved: then the thing must not be done. */
    note(step) {
        this.#steps.push(step);
        this.#effects.save(this.#steps);
    }
    /** Takes back what is noted, the last first. One that fails stays noted and does not hinder the others. @returns the failures. */
    async undo(isWanted = () => true) {
        const failures = [];
        for (const step of this.#steps.toReversed().filter(isWanted)) {
            try {
                await this.#effects.apply(step);
                this.#steps.splice(this.#steps.indexOf(step), 1);
            }
            catch (error) {
                failures.push({ step, error });
            }
        }
        return failures;
    }
}
/** Steps of an undo, in words for the log. */
function describeStep(step) {
    switch (step.kind) {
        case 'user':
            return `processes of uid ${step.uid}`;
        case 'rules':
            return 'the rule set';
        case 'route':
            return `the route of ip ${step.remove.join(' ')}`;
        case 'file':
        case 'directory':
        case 'tree':
        case 'access':
        case 'mount':
        case 'setting':
            return `${step.kind} ${step.path}`;
    }
}


/***/ }),

/***/ 861:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);
/* harmony import */ var _egress_guard_run_cleaning_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(70);
/* harmony import */ var _egress_guard_run_guard_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(71);
/* harmony import */ var _egress_guard_run_launcher_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(618);
/* harmony import */ var _egress_guard_run_proof_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(624);
/* harmony import */ var _firewall_loadable_rules_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(913);






const { stdin, stdout, platform } = process;
const uid = process.getuid?.() ?? -1;
const reply = (line) => void stdout.write(`${JSON.stringify(line)}\n`);
const [, , stage, directory = ''] = process.argv;
if (stage === 'guard') {
    const guard = (0,_egress_guard_run_guard_js__WEBPACK_IMPORTED_MODULE_2__/* .runGuard */ .h)({
        stdin,
        reply,
        detach: () => {
            stdin.destroy();
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(1);
        },
        rules: { derive: _firewall_loadable_rules_js__WEBPACK_IMPORTED_MODULE_5__/* .deriveLoadableRules */ .$ },
        exit: (code) => process.exit(code),
        warn: (text) => void process.stderr.write(`${text}\n`),
        pid: process.pid,
        now: () => new Date().toISOString(),
    });
    // Only root can send them, at the end of the machine or by hand.
    for (const signal of ['SIGTERM', 'SIGINT'])
        process.on(signal, () => guard.end(`${signal} from root`));
    for (const signal of ['SIGHUP', 'SIGPIPE', 'SIGUSR2'])
        process.on(signal, () => undefined);
    process.on('uncaughtException', (error) => guard.onDefect(error));
    process.on('unhandledRejection', (error) => guard.onDefect(error));
}
else if (stage === 'prove')
    reply(await (0,_egress_guard_run_proof_js__WEBPACK_IMPORTED_MODULE_4__/* .runProof */ .I)());
else if (stage === 'clean')
    process.exitCode = await (0,_egress_guard_run_cleaning_js__WEBPACK_IMPORTED_MODULE_1__/* .runCleaning */ .N)(directory, { uid, say: reply });
else
    process.exit(await (0,_egress_guard_run_launcher_js__WEBPACK_IMPORTED_MODULE_3__/* .runLauncher */ .Q)({ stdin, reply, platform, uid }));

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 913:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  $: () => (/* binding */ deriveLoadableRules)
});

// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __nccwpck_require__(30);
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
        const mine = [...new Set(addresses)].filter((address) => (0,external_node_net_.isIP)(address.split('/')[0] ?? '') === family);
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
        if ((0,external_node_net_.isIP)(address) === 0 || address.includes('%'))
            throw new RangeError('An address that root may reach is no address');
    }
    for (const network of facts.containerNetworks)
        checkNetwork(network);
}
function checkNetwork(network) {
    const [address = '', length = '', ...rest] = network.split('/');
    const family = (0,external_node_net_.isIP)(address);
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

;// CONCATENATED MODULE: ./lib/firewall/dropped-packets.js

/** More than the sets hold; an answer longer than this is not ours. */
const MOST_ELEMENTS = 50_000;
/**
 * Reads the answers of `nft -j list set …` or `nft -j list table …`: every element of every set that counts packets. Unknown shapes are
 * left out, never guessed: other versions of nft may print more.
 */
function parseDropped(text) {
    const sets = parseJson(text)?.nftables;
    if (!Array.isArray(sets))
        return [];
    const found = [];
    for (const entry of sets) {
        const set = fieldsOf(fieldsOf(entry)?.set);
        if (set === undefined || !Array.isArray(set.elem))
            continue;
        for (const element of set.elem) {
            const dropped = parseElement(String(set.name), fieldsOf(fieldsOf(element)?.elem));
            if (dropped !== undefined && found.length < MOST_ELEMENTS)
                found.push(dropped);
        }
    }
    return found;
}
/**
 * What was dropped between two listings, as events of the log. An element that expired and came back counts anew.
 * @param before the earlier listing; empty at the start.
 */
function deriveDroppedEvents(before, now, facts) {
    const earlier = new Map(before.map((dropped) => [keyOf(dropped), dropped.packets]));
    return now.flatMap((dropped) => {
        const last = earlier.get(keyOf(dropped)) ?? 0;
        const count = dropped.packets >= last ? dropped.packets - last : dropped.packets;
        return count === 0 ? [] : [renderEvent(dropped, count, facts)];
    });
}
function renderEvent(dropped, count, { time, mode }) {
    const protocol = PROTOCOLS[dropped.protocol] ?? 'other';
    return {
        kind: 'egress',
        time,
        verdict: mode === 'block' ? 'blocked' : 'would-block',
        protocol,
        host: null,
        port: dropped.port,
        address: dropped.address,
        // TCP that the rules drop is a connection from before the start, or a container's: no rule of the list could allow it here.
        reason: 'protocol-not-allowed',
        uid: dropped.uid,
        pid: null,
        program: null,
        bytesOut: 0,
        bytesIn: 0,
        ms: 0,
        ...(count === 1 ? {} : { count }),
    };
}
/** nft prints names of protocols, or numbers when it is told to or knows no name. */
const PROTOCOLS = {
    tcp: 'tcp',
    '6': 'tcp',
    udp: 'udp',
    '17': 'udp',
    icmp: 'icmp',
    '1': 'icmp',
    'ipv6-icmp': 'icmp',
    icmpv6: 'icmp',
    '58': 'icmp',
};
function keyOf({ set, uid, address, protocol, port }) {
    return [set, uid, address, protocol, port].join(' ');
}
function parseElement(set, element) {
    const packets = fieldsOf(element?.counter)?.packets;
    const key = fieldsOf(element?.val)?.concat;
    if (!isCount(packets) || !Array.isArray(key))
        return undefined;
    const at = key.findIndex((part) => typeof part === 'string' && (0,external_node_net_.isIP)(part) !== 0);
    // The address is first, or second behind a uid. A uid may be printed as the account's name: then it is not known.
    if (at < 0 || at > 1)
        return undefined;
    const [address, protocol, port] = key.slice(at);
    const uid = at === 1 && isCount(key[0]) ? key[0] : null;
    if (typeof protocol !== 'string' && !isCount(protocol))
        return undefined;
    return { set, uid, address, protocol: String(protocol), port: isCount(port) ? port : null, packets };
}
function fieldsOf(value) {
    return typeof value === 'object' && value !== null ? value : undefined;
}
function isCount(value) {
    return Number.isSafeInteger(value) && Number(value) >= 0;
}
function parseJson(text) {
    try {
        return fieldsOf(JSON.parse(text));
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./lib/firewall/find-missing-rules.js
/**
 * What of the plan is not in force, from the answer of `nft -j list table inet <table>`: a rule set that was loaded in part, or for
 * another plan, must stop the job step. It looks at chains with their hooks, at rules by name and in order, and at sets.
 * @param text the answer as it came, or '' where nft found no table.
 * @returns one phrase for each thing that is missing or different; empty when all is there.
 */
function findMissingRules(plan, text) {
    const objects = parseObjects(text);
    const listed = (kind) => objects.flatMap((object) => (isFields(object[kind]) ? [object[kind]] : []));
    if (!listed('table').some((table) => table.family === 'inet' && table.name === plan.table))
        return [`table inet ${plan.table}`];
    const sets = listed('set').map((set) => set.name);
    const missingSets = plan.sets.filter((set) => !sets.includes(set.name)).map((set) => `set ${set.name}`);
    const missing = plan.chains.flatMap((chain) => {
        const found = listed('chain').find((entry) => entry.name === chain.name);
        if (found === undefined || !hasHook(chain, found))
            return [`chain ${chain.name}`];
        const names = listed('rule').flatMap((entry) => (entry.chain === chain.name ? [entry.comment] : []));
        return findFirstDifference(chain, names);
    });
    return [...missingSets, ...missing];
}
function hasHook({ hook }, found) {
    if (hook === undefined)
        return found.hook === undefined;
    const { type, on, priority, policy } = hook;
    return found.type === type && found.hook === on && found.prio === priority && found.policy === policy;
}
/** Order decides what a rule set does, so the first difference makes the rest of the chain worthless. */
function findFirstDifference({ name, rules }, found) {
    const at = rules.findIndex((rule, index) => found[index] !== rule.name);
    if (at >= 0)
        return [`rule ${rules[at]?.name} of chain ${name}`];
    return found.length > rules.length ? [`chain ${name} without more rules`] : [];
}
function parseObjects(text) {
    try {
        const answer = JSON.parse(text);
        const list = isFields(answer) ? answer.nftables : undefined;
        return Array.isArray(list) ? list.filter(isFields) : [];
    }
    catch {
        return [];
    }
}
function isFields(value) {
    return typeof value === 'object' && value !== null;
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

;// CONCATENATED MODULE: ./lib/firewall/loadable-rules.js




/** Throws a RangeError when a fact could not stand in a rule. */
function deriveLoadableRules(facts) {
    const plan = deriveRulePlan({ kind: 'enforced', ...facts, ports: withoutProxy(facts.ports) });
    const { mode } = facts;
    return {
        table: ['inet', plan.table],
        load: renderNft(plan),
        undo: renderNftUndo(plan),
        routes: deriveRouteCommands(plan),
        findMissing: (listing) => findMissingRules(plan, listing),
        deriveDropped: (before, now, time) => 
        // Which name a made-up address stands for only the relay knows.
        deriveDroppedEvents(parseDropped(before), parseDropped(now), { time, mode }),
    };
}
/** Nothing is redirected to the forward proxy: its clients dial it. */
function withoutProxy({ tls, http, tcp, dnsUdp, dnsTcp }) {
    return { tls, http, tcp, dnsUdp, dnsTcp };
}


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
/******/ var __webpack_exports__ = __nccwpck_require__(861);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
