import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 24:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");

/***/ }),

/***/ 66:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:tty");

/***/ }),

/***/ 571:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ closeInherited)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);

const O_CLOEXEC = 0o2000000;
/**
 * Closes every descriptor above stderr that would be handed on to the command. Node marks its own to be closed; what is not
 * marked was inherited from the caller, and a connection among them would lead past the firewall.
 */
function closeInherited() {
    for (const name of (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readdirSync)('/proc/self/fd')) {
        const fd = Number(name);
        if (fd <= 2)
            continue;
        try {
            const flags = /^flags:\s*([0-7]+)/m.exec((0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
            if (flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0)
                (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.closeSync)(fd);
        }
        catch {
            // The descriptor of the listing itself, already closed.
        }
    }
}


/***/ }),

/***/ 398:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  y: () => (/* binding */ runAgentExec)
});

;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(24);
;// CONCATENATED MODULE: ./lib/core/proxy-variables.js
const NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
/**
 * Proxy variables for the later steps. In the cooperative level they are all there is, so they are always set. In the others the
 * kernel leads everybody to the relay anyway; only where the job names a proxy of its own must that be the relay's, which chains
 * to it: the job's own would be an address that no rule allows.
 */
function deriveProxyVariables(level, proxyUrl, job) {
    const given = NAMES.filter((name) => (job[name] ?? '') !== '');
    if (level !== 'cooperative')
        return Object.fromEntries(given.map((name) => [name, proxyUrl]));
    const names = [...new Set([...NAMES.filter((name) => !/^all/i.test(name)), ...given])];
    // Node reads the variables only when it is told to.
    return { ...Object.fromEntries(names.map((name) => [name, proxyUrl])), NODE_USE_ENV_PROXY: '1' };
}

;// CONCATENATED MODULE: ./lib/core/wrapper/agent-exec-config.js
/** Exit codes of the starter's own failures, as container runtimes have them; 126 and 127 are the command's. */
const WRAP_FAILED = 125;

;// CONCATENATED MODULE: ./lib/core/wrapper/render-wrapping.js

/** Any address would do: port 53 is redirected wherever it goes. */
const render_wrapping_RESOLV_CONF = 'nameserver 127.0.0.1\n';
/** What the programs in between change on their own; none of it is secret, so it may be said in arguments. */
const render_wrapping_SHELL_VARIABLES = (/* unused pure expression or super */ null && (['PWD', 'OLDPWD', 'SHLVL', '_']));
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
function render_wrapping_renderInner(tools, layout, command) {
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
    return `mkdir -p ${renderShellWord(directory)}; printf %s ${renderShellWord(render_wrapping_RESOLV_CONF)} > ${renderShellWord(file)}`;
}

;// CONCATENATED MODULE: external "node:events"
const external_node_events_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");
;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");
;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
;// CONCATENATED MODULE: ./lib/egress/wrap/derive-layout.js



/** Always hidden: sockets of services that fetch for others or give root away, and memory shared with processes outside. */
const ALWAYS_HIDDEN = (/* unused pure expression or super */ null && (['/run', '/var/run', '/dev/shm', '/var/snap/lxd/common/lxd', '/var/lib/incus']));
/**
 * What the command sees of the file system: everything that its user sees, without the hidden paths.
 * @throws Error when the command would start in a hidden directory
 */
function derive_layout_deriveLayout(launch) {
    const { config, cwd, uid, gid, environment } = launch;
    const hidden = listOutermost([
        ...ALWAYS_HIDDEN,
        realpathSync(path.dirname(config.relaySocket)),
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
        hiddenDirectories: hidden.filter((place) => statSync(place).isDirectory()),
        hiddenFiles: hidden.filter((place) => !statSync(place).isDirectory()),
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
        return realpathSync(place);
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
const TERMINAL_INPUT = (/* unused pure expression or super */ null && ([0x5412, 0x541c])); // TIOCSTI, TIOCLINUX
const FAMILIES = (/* unused pure expression or super */ null && ([1, 2, 10, 16])); // AF_UNIX, AF_INET, AF_INET6, AF_NETLINK
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
function seccomp_filter_renderSeccompFilter(architecture) {
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
    const child = spawn(program, rest, {
        cwd: launch.cwd,
        env: launch.environment,
        stdio: ['inherit', 'inherit', 'inherit', filter ? 'pipe' : 'ignore', hasResolvConf ? 'pipe' : 'ignore'],
    });
    const ended = waitForEnd(child);
    await once(child, 'spawn');
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

;// CONCATENATED MODULE: ./lib/egress/wrap/run-agent-exec.js






const USAGE = 'Usage: agent-exec -- command [arguments]: runs a command behind the egress firewall of this job.';
const CHANNEL_FD = 3;
/**
 * The starter of the wrapped level: runs a command that reaches the network through the relay only. It never runs the command
 * in any other way.
 * @returns the command's exit code, or 125 when it could not be set apart
 */
async function runAgentExec(ports) {
    const [configPath = '', ...written] = ports.arguments;
    const command = parseCommand(written);
    if (command === undefined)
        return fail(ports, USAGE);
    const config = readConfig(configPath);
    if (typeof config === 'string')
        return fail(ports, `agent-exec: ${config}`);
    if (!(0,external_node_fs_.existsSync)(config.relaySocket))
        return fail(ports, `agent-exec: ${NO_RELAY}`);
    const { cwd, uid, gid } = ports;
    const environment = { ...ports.environment, ...deriveInsideProxy(config, ports.environment) };
    return runWrapped({ config, command, environment, cwd, uid, gid }, ports);
}
const NO_RELAY = "the firewall's relay is not there: it has ended with its job, or this already runs inside agent-exec, where no second one is needed.";
/** A proxy that the job names is out of reach inside; the relay's is not, and chains to it. Without one, redirects are enough. */
function deriveInsideProxy({ proxyPort }, environment) {
    return proxyPort === null ? {} : deriveProxyVariables('wrapped', `http://127.0.0.1:${proxyPort}`, environment);
}
function fail(ports, text) {
    ports.warn(text);
    return WRAP_FAILED;
}
/** Everything behind `--`; without it the command itself, which then cannot begin with a hyphen. */
function parseCommand(written) {
    const command = written[0] === '--' ? written.slice(1) : written;
    const [program] = command;
    if (program === undefined || program === '' || (written[0] !== '--' && program.startsWith('-')))
        return undefined;
    return command;
}
function readConfig(path) {
    try {
        const config = JSON.parse((0,external_node_fs_.readFileSync)(path, 'utf8'));
        return config.version === 1 ? config : 'its configuration is of another version of the action.';
    }
    catch (error) {
        return `its configuration cannot be read: ${error.message}. Has the action run in this job?`;
    }
}
async function runWrapped(launch, ports) {
    const { config } = launch;
    const bridge = [config.node, '--disable-sigusr1', config.bridge];
    const [program = '', ...rest] = renderOuter(config.tools, bridge);
    // Nothing of the user's environment acts on the bridge: a preloaded library or node's own options would run with its rights.
    const child = (0,external_node_child_process_namespaceObject.spawn)(program, rest, { env: {}, stdio: ['inherit', 'inherit', 'inherit', 'pipe'] });
    const channel = child.stdio[CHANNEL_FD];
    if (channel === null)
        return fail(ports, 'agent-exec: no channel to its bridge could be opened.');
    const ended = run_agent_exec_waitForEnd(child);
    const replied = readReply(channel);
    channel.write(`${JSON.stringify(launch)}\n`);
    ports.onSignals(listForwarded(ports.hasTerminal), (signal) => channel.write(`${JSON.stringify({ signal })}\n`));
    const [end, reply] = await Promise.all([ended, replied]);
    if (reply?.kind === 'exited')
        return reply.code;
    if (reply?.kind === 'failed')
        return fail(ports, `agent-exec: ${reply.reason}`);
    ports.warn(describeLoss(end));
    return typeof end === 'number' && end !== 0 ? end : WRAP_FAILED;
}
function listForwarded(hasTerminal) {
    const always = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
    return hasTerminal ? always : [...always, 'SIGINT', 'SIGQUIT'];
}
function describeLoss(end) {
    const how = typeof end === 'number' ? `exit code ${end}` : end.message;
    return (`agent-exec: the bridge to the network ended (${how}), and the command with it: ` +
        'without the bridge nothing can pass. If it did not start at all, the lines above say why.');
}
function run_agent_exec_waitForEnd(child) {
    const { promise, resolve } = Promise.withResolvers();
    child.once('error', resolve);
    child.once('exit', (code, signal) => resolve(deriveExitCode(code, signal)));
    return promise;
}
/** The bridge's one line; undefined when it ended without one. */
function readReply(channel) {
    const { promise, resolve } = Promise.withResolvers();
    let seen = '';
    channel.setEncoding('utf8');
    channel.on('data', (text) => {
        seen += text;
    });
    channel.once('error', () => undefined); // It has gone; what it said before is all there is.
    channel.once('close', () => resolve(seen.endsWith('\n') ? JSON.parse(seen) : undefined));
    return promise;
}


/***/ }),

/***/ 403:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var node_tty__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(66);
/* harmony import */ var _egress_wrap_close_inherited_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(571);
/* harmony import */ var _egress_wrap_run_agent_exec_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(398);
/* harmony import */ var _write_whole_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(285);




const environment = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
(0,_egress_wrap_close_inherited_js__WEBPACK_IMPORTED_MODULE_1__/* .closeInherited */ .$)();
process.exitCode = await (0,_egress_wrap_run_agent_exec_js__WEBPACK_IMPORTED_MODULE_2__/* .runAgentExec */ .y)({
    arguments: process.argv.slice(2),
    environment,
    cwd: process.cwd(),
    uid: process.getuid?.() ?? -1,
    gid: process.getgid?.() ?? -1,
    hasTerminal: [0, 1, 2].some((fd) => (0,node_tty__WEBPACK_IMPORTED_MODULE_0__.isatty)(fd)),
    // Not process.stderr: opening it would make the command's own stream non-blocking.
    warn: (text) => (0,_write_whole_js__WEBPACK_IMPORTED_MODULE_3__/* .writeWhole */ .f)(2, `${text}\n`),
    onSignals: (names, run) => {
        for (const name of names)
            process.on(name, () => run(name));
        // A terminal's own signals are for the command; the starter ends when it does.
        for (const name of ['SIGINT', 'SIGQUIT'])
            if (!names.includes(name))
                process.on(name, () => undefined);
    },
});
process.exit();

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 285:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   f: () => (/* binding */ writeWhole)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(24);

/**
 * Writes a text to a descriptor that others share. Not through node's streams: opening them makes a pipe non-blocking, for the command
 * too, which then loses output. Somebody else may have made it so; then this waits its turn. A reader that is gone wants no text.
 */
function writeWhole(descriptor, text) {
    let rest = Buffer.from(text);
    while (rest.length > 0) {
        try {
            rest = rest.subarray((0,node_fs__WEBPACK_IMPORTED_MODULE_0__.writeSync)(descriptor, rest));
        }
        catch (error) {
            if (error.code !== 'EAGAIN')
                return;
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        }
    }
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
/******/ var __webpack_exports__ = __nccwpck_require__(403);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
