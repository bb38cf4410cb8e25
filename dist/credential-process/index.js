import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
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

;// CONCATENATED MODULE: ./lib/sidecar/credential-process/run-command.js


const MAX_OUTPUT_BYTES = 1024 * 1024;
const MAX_ERROR_BYTES = 8 * 1024;
const GRACE_MS = 2000;
/**
 * Runs a command without a shell, in a process group of its own, with nothing on standard input and only the environment it
 * is given. Whatever happens, it settles: a command that does not end, or whose children hold its output open, is ended with
 * its whole group at the time limit. Never rejects.
 */
function runCommand(run) {
    const [program = '', ...rest] = run.argv;
    try {
        const child = (0,external_node_child_process_namespaceObject.spawn)(program, rest, {
            cwd: run.workDirectory,
            env: { ...run.environment },
            stdio: ['ignore', 'pipe', 'pipe'],
            detached: process.platform !== 'win32',
            windowsHide: true,
        });
        return new RunningCommand(child, run).result;
    }
    catch (error) {
        return Promise.resolve(notStarted(error));
    }
}
class RunningCommand {
    result;
    #child;
    #run;
    #resolve;
    #timers = [];
    #stdout = [];
    #outputBytes = 0;
    #errorBytes = 0;
    #stderr = Buffer.alloc(0);
    #isTimedOut = false;
    #isSettled = false;
    constructor(child, run) {
        const { promise, resolve } = Promise.withResolvers();
        this.result = promise;
        this.#resolve = resolve;
        this.#child = child;
        this.#run = run;
        child.on('error', (error) => this.#settle(notStarted(error)));
        if (child.pid !== undefined)
            this.#watch(child.pid);
    }
    #watch(pid) {
        const { timeoutMs, ended, onGroupStarted } = this.#run;
        onGroupStarted(pid);
        ended.addEventListener('abort', this.#abort, { once: true });
        this.#timers.push(setTimeout(() => this.#onTimeout(), timeoutMs));
        read(this.#child.stdout, (chunk) => this.#onOutput(chunk));
        read(this.#child.stderr, (chunk) => {
            this.#errorBytes += chunk.length;
            this.#stderr = Buffer.concat([this.#stderr, chunk]).subarray(-MAX_ERROR_BYTES);
        });
        // Not 'exit': as long as somebody holds standard output open, the credential may not be whole.
        this.#child.on('close', (code, signal) => this.#onClose(code, signal));
    }
    #onOutput(chunk) {
        this.#outputBytes += chunk.length;
        if (this.#outputBytes > MAX_OUTPUT_BYTES)
            this.#settle({ kind: 'too-much-output' });
        else
            this.#stdout.push(chunk);
    }
    #onTimeout() {
        this.#isTimedOut = true;
        this.#signal('SIGTERM');
        this.#timers.push(setTimeout(() => this.#onClose(null, 'SIGKILL'), GRACE_MS));
    }
    #onClose(code, signal) {
        const stderr = decodeTail(this.#stderr, this.#errorBytes);
        if (this.#isTimedOut)
            this.#settle({ kind: 'timeout', timeoutMs: this.#run.timeoutMs, stderr });
        else if (code === 0)
            this.#settle(decodeOutput(Buffer.concat(this.#stdout)));
        else
            this.#settle({ kind: 'exit', code, signal, stderr });
    }
    #abort = () => this.#onClose(null, 'SIGKILL');
    /** What the command has left running in its group has no business to go on, also after a good end. */
    #settle(result) {
        if (this.#isSettled)
            return;
        this.#isSettled = true;
        for (const timer of this.#timers)
            clearTimeout(timer);
        this.#run.ended.removeEventListener('abort', this.#abort);
        this.#signal('SIGKILL');
        this.#child.stdout?.destroy();
        this.#child.stderr?.destroy();
        if (this.#child.pid !== undefined)
            this.#run.onGroupEnded(this.#child.pid);
        this.#resolve(result);
    }
    #signal(signal) {
        if (this.#child.pid === undefined)
            return;
        if (process.platform === 'win32')
            this.#child.kill(signal);
        else
            signalGroup(this.#child.pid, signal);
    }
}
function read(stream, onChunk) {
    stream?.on('data', onChunk);
    stream?.on('error', () => undefined);
}
/** Half a secret is recognised by nobody, so a line whose beginning was lost is left out. */
function decodeTail(tail, length) {
    const text = tail.toString('utf8');
    return length <= MAX_ERROR_BYTES ? text : text.replace(/^[^\n]*\n?/, '');
}
/** The text of an output, or that it is none. A byte order mark, which Windows tools like to write, is not part of the text. */
function decodeOutput(bytes) {
    try {
        return { kind: 'output', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
    }
    catch {
        return { kind: 'not-utf8' };
    }
}
/** What the platform says about a program or file that could not be opened. */
function notStarted(error) {
    return { kind: 'not-started', code: error.code ?? 'UNKNOWN' };
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

;// CONCATENATED MODULE: ./lib/core/secret.js
/**
 * A value that must never be printed. It shows as «redacted» in string, JSON and inspector output; only {@link Secret.reveal}
 * gives the text, and a test allows that call in a handful of files (docs/architecture.md, "Where a secret may be").
 */
class Secret {
    #value;
    constructor(value) {
        this.#value = value;
    }
    /** The real text. Callers are limited by `__tests__/architecture.test.ts`. */
    reveal() {
        return this.#value;
    }
    /** True when both hold the same text; used to see whether a refresh changed anything. */
    equals(other) {
        return this.#value === other.#value;
    }
    toString() {
        return REDACTED;
    }
    toJSON() {
        return REDACTED;
    }
    [Symbol.for('nodejs.util.inspect.custom')]() {
        return REDACTED;
    }
}
/** What a secret looks like wherever it is printed. */
const REDACTED = '«redacted»';

;// CONCATENATED MODULE: ./lib/core/secret-spellings.js
/**
 * The spellings in which a secret turns up where somebody prints, quotes or echoes it. One list for everything that looks for
 * secrets: masks of the runner, the redactor of logs, the scrubber of answers. What no usual encoder writes is not in it.
 */
const JSON_MARKS = /[<>&'"+`/]/g;
const URL_MARKS = /[!'()~]/g;
const escapeJson = (text) => JSON.stringify(text).slice(1, -1);
// A lone surrogate cannot be encoded and cannot stand in a URL.
const encodeUrl = (text) => encodeURIComponent(text.toWellFormed());
const escapeChar = (char) => `\\u${toHex(char.charCodeAt(0), 4)}`;
const upperHex = (text) => text.replaceAll(/(?<=\\u)[0-9a-f]{4}/g, (code) => code.toUpperCase());
/** One row for a kind of encoder; rows that change nothing in a secret cost nothing, because equal spellings are one. */
const TEXT_SPELLINGS = {
    plain: (text) => text,
    json: escapeJson,
    jsonInJson: (text) => escapeJson(escapeJson(text)),
    /** PHP. */
    jsonSlash: (text) => escapeJson(text).replaceAll('/', '\\/'),
    /** Go and Ruby escape what could end a script element, .NET the quotes and the plus as well. */
    jsonForHtml: (text) => escapeJson(text).replaceAll(/[<>&]/g, escapeChar),
    jsonOfDotNet: (text) => upperHex(text.replaceAll(/[<>&'"+`]/g, escapeChar)),
    jsonMarks: (text) => text.replaceAll(JSON_MARKS, escapeChar),
    jsonMarksUpper: (text) => upperHex(text.replaceAll(JSON_MARKS, escapeChar)),
    jsonAll: (text) => text.replaceAll(/[\s\S]/g, escapeChar),
    jsonAllUpper: (text) => upperHex(text.replaceAll(/[\s\S]/g, escapeChar)),
    url: encodeUrl,
    urlLower: (text) => lowerCodes(encodeUrl(text)),
    urlPath: (text) => encodeUrl(text).replaceAll('%2F', '/'),
    urlWhole: (text) => encodeURI(text.toWellFormed()),
    urlInUrl: (text) => encodeUrl(encodeUrl(text)),
    /** HTML forms and URLSearchParams: a plus for a space, and the marks that URLs may leave alone encoded. */
    form: (text) => encodeUrl(text).replaceAll(URL_MARKS, encodeByte).replaceAll('%20', '+'),
    urlAll: (text) => encodeAllBytes(text),
    urlAllLower: (text) => encodeAllBytes(text).toLowerCase(),
    html: (text) => escapeHtml(text, { "'": '&#39;', '"': '&quot;' }),
    htmlOfGo: (text) => escapeHtml(text, { "'": '&#39;', '"': '&#34;', '+': '&#43;' }),
    htmlOfPython: (text) => escapeHtml(text, { "'": '&#x27;', '"': '&quot;' }),
    htmlOfMustache: (text) => escapeHtml(text, { "'": '&#39;', '"': '&quot;', '/': '&#x2F;', '=': '&#x3D;', '`': '&#x60;' }),
};
/** The text itself first, then every other spelling of its characters, without repetition. */
function deriveTextSpellings(text) {
    return [...new Set(Object.values(TEXT_SPELLINGS).map((spell) => spell(text)))];
}
/** Base64 in any position, base64url, hex, without repetition. */
function deriveByteSpellings(text) {
    const bytes = new TextEncoder().encode(text);
    const base64 = [0, 1, 2].map((offset) => encodeBase64At(bytes, offset));
    const base64url = base64.map((each) => each.replaceAll('+', '-').replaceAll('/', '_'));
    const hex = Array.from(bytes, (byte) => toHex(byte, 2)).join('');
    return [...new Set([...base64, ...base64url, hex, hex.toUpperCase()])];
}
/**
 * The characters that the bytes give in any base64 text in which they start at a position of this rest modulo 3, such as the
 * password of `Basic <base64(user:password)>`. The characters at both ends, which hold bits of the neighbours, are left out.
 */
function encodeBase64At(bytes, offset) {
    const padded = '\0'.repeat(offset) + Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    return btoa(padded).slice(first, last);
}
function toHex(code, digits) {
    return code.toString(16).padStart(digits, '0');
}
function encodeByte(char) {
    return `%${toHex(char.charCodeAt(0), 2).toUpperCase()}`;
}
function encodeAllBytes(text) {
    const bytes = new TextEncoder().encode(text);
    return Array.from(bytes, (byte) => `%${toHex(byte, 2).toUpperCase()}`).join('');
}
function lowerCodes(text) {
    return text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}
function escapeHtml(text, marks) {
    const all = { '&': '&amp;', '<': '&lt;', '>': '&gt;', ...marks };
    return text.replaceAll(/[^0-9A-Za-z]/g, (char) => all[char] ?? char);
}

;// CONCATENATED MODULE: ./lib/core/redact.js


/** Encodings of shorter texts are too short themselves: they would hit ordinary words. */
const SHORTEST_ENCODED = 8;
const SHORTEST_LINE = 16;
// Where a token may start: not inside a word, which also keeps each run of word characters to one attempt; but behind \n as JSON
// writes it and behind %3D as a URL does.
const START = String.raw `(?:(?<![\w-])|(?<=\\[nrt]|%[0-9A-Fa-f]{2}))`;
const token = (pattern) => ({ pattern: new RegExp(START + pattern, 'g'), replacement: REDACTED });
/** Keeps what the pattern's first group matched: the name or scheme in front of the secret. */
const behind = (pattern) => ({ pattern, replacement: `$1${REDACTED}` });
// Secrets that nobody told us: the agent's own, or those an upstream quotes. All patterns run in linear time.
const SHAPES = [
    token('-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?'),
    token(String.raw `eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?`),
    token(String.raw `sk-[\w*-]{8,}`),
    token(String.raw `gh[pousr]_[\w-]{16,}(?:\.[\w-]+)*`),
    token(String.raw `github_pat_\w{16,}`),
    token(String.raw `AIza[\w-]{30,}`),
    token(String.raw `ya29\.[\w.-]{16,}`),
    token(String.raw `(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`),
    // A word of prose after "bearer" or "basic" is short and has no digit.
    behind(/\b((?:bearer|basic)\s{1,4})(?=[\w.~+/=-]{0,64}\d|[\w.~+/=-]{24})[\w.~+/=-]{8,}/gi),
    behind(/((?:secret_?access_?key|session_?token)["'\s:=\\]{1,8})[\w/+=-]{30,}/gi),
    behind(/([?&](?:api[-_]?key|key|access_token|sig|signature|x-amz-signature|x-amz-security-token)=)[^&\s"'\\]+/gi),
    behind(/(:\/\/)[^\s/@:"']{0,256}:[^\s/@"']{1,512}(?=@)/g),
];
/**
 * Creates the redactor of a process. It replaces each known secret and its lines in every spelling, and everything that is
 * shaped like a secret of the providers we serve.
 * @param secrets the plain values; empty ones are ignored.
 */
function createRedactor(secrets) {
    const needles = [...new Set(secrets.flatMap(deriveSpellings))].filter((needle) => needle !== '');
    // The longest first: a short secret may be part of a longer one.
    needles.sort((left, right) => right.length - left.length);
    return (text) => {
        let result = text;
        for (const needle of needles)
            if (result.includes(needle))
                result = result.replaceAll(needle, REDACTED);
        for (const { pattern, replacement } of SHAPES)
            result = result.replace(pattern, replacement);
        return result;
    };
}
function deriveSpellings(secret) {
    // A PEM text or a JSON key file is printed line by line more often than as a whole.
    const lines = secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE);
    return [secret, ...lines].flatMap((text) => [
        ...deriveTextSpellings(text),
        ...(text.length < SHORTEST_ENCODED ? [] : deriveByteSpellings(text)),
    ]);
}

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: external "node:fs/promises"
const external_node_fs_promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");
;// CONCATENATED MODULE: ./lib/sidecar/credential-process/read-credential-file.js



const MAX_BYTES = 1024 * 1024;
const SETTLE_MS = 100;
const OLD_MS = 2000;
const ATTEMPTS = 15;
/**
 * Reads a credential file as one whole state of it, never a torn one: it is read again while it changes, while it has just
 * been emptied and while it is missing, for three seconds at most. A file that was written in the last two seconds must also
 * keep still for a tenth of a second, because a writer that truncates it and goes on writing leaves no other trace. Never rejects.
 */
async function readCredentialFile(path, effects) {
    let last = { result: { kind: 'not-started', code: 'EBUSY' }, signature: undefined };
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const reading = await readOnce(path, effects);
        if (reading.kind === 'final')
            return reading;
        last = reading;
        await effects.pause(SETTLE_MS);
    }
    return last;
}
/** The signature of what the path leads to now; undefined when there is nothing. */
async function readSignature(path) {
    try {
        return describe(await (0,external_node_fs_promises_namespaceObject.stat)(path, { bigint: true }));
    }
    catch {
        return undefined;
    }
}
async function readOnce(path, effects) {
    try {
        // Opening a device can have effects of its own, and a FIFO would wait for a writer.
        const found = await (0,external_node_fs_promises_namespaceObject.stat)(path);
        const problem = findProblem(found);
        if (problem !== undefined)
            return { kind: 'final', result: problem, signature: undefined };
        const file = await (0,external_node_fs_promises_namespaceObject.open)(path, external_node_fs_namespaceObject.constants.O_RDONLY | (external_node_fs_namespaceObject.constants.O_NONBLOCK ?? 0));
        try {
            return await readOpen(file, path, effects);
        }
        finally {
            await file.close();
        }
    }
    catch (error) {
        const isMissing = error.code === 'ENOENT';
        return { kind: isMissing ? 'again' : 'final', result: notStarted(error), signature: undefined };
    }
}
async function readOpen(file, path, effects) {
    const before = await file.stat({ bigint: true });
    const problem = findProblem({ isFile: () => before.isFile(), isDirectory: () => false, size: Number(before.size) });
    if (problem !== undefined)
        return { kind: 'final', result: problem, signature: undefined };
    const bytes = await readBytes(file);
    const age = effects.now() - Number(before.mtimeMs);
    if (age < OLD_MS)
        await effects.pause(SETTLE_MS);
    const signature = describe(before);
    const isStill = describe(await file.stat({ bigint: true })) === signature && (await readSignature(path)) === signature;
    if (!isStill)
        return { kind: 'again', result: { kind: 'not-started', code: 'EBUSY' }, signature: undefined };
    const result = decodeOutput(bytes);
    // Nobody is writing a file that has been empty for a while: waiting on would only hide it.
    const isBeingWritten = age < OLD_MS && result.kind === 'output' && result.text.trim() === '';
    return { kind: isBeingWritten ? 'again' : 'final', result, signature };
}
/** At most one byte more than is allowed; a file that has grown meanwhile is seen by its signature. */
async function readBytes(file) {
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
        if (bytesRead === 0)
            return buffer.subarray(0, length);
        length += bytesRead;
    }
}
function findProblem(found) {
    if (found.isDirectory())
        return { kind: 'not-started', code: 'EISDIR' };
    if (!found.isFile())
        return { kind: 'not-started', code: 'ENOTREG' };
    return found.size > MAX_BYTES ? { kind: 'too-much-output' } : undefined;
}
function describe(found) {
    return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':');
}

;// CONCATENATED MODULE: ./lib/sidecar/credential-process/watch-file.js

const POLL_MS = 2000;
/**
 * Reads a credential file on request, and from then on looks every two seconds whether it is another one. Polling sees what
 * notifications of the kernel miss: network mounts, and the swap of a directory behind a symbolic link. A change is told only
 * when there is a whole new text to read: a file that was emptied, damaged or deleted changes nothing for those who hold the
 * old one.
 */
function createFileWatcher(path, onChanged, effects) {
    return new PolledFile(path, onChanged, effects);
}
class PolledFile {
    #path;
    #onChanged;
    #effects;
    #reading;
    #seen;
    #stop;
    #isClosed = false;
    constructor(path, onChanged, effects) {
        this.#path = path;
        this.#onChanged = onChanged;
        this.#effects = effects;
    }
    async read() {
        if (!this.#isClosed)
            this.#stop ??= this.#effects.every(POLL_MS, () => this.#poll());
        const { result, signature } = await this.#share();
        this.#seen = signature ?? this.#seen;
        return result;
    }
    close() {
        this.#isClosed = true;
        this.#stop?.();
    }
    async #poll() {
        if (this.#reading !== undefined)
            return;
        const current = await readSignature(this.#path);
        if (current === undefined || current === this.#seen)
            return;
        const { result, signature } = await this.#share();
        const isWhole = result.kind === 'output' && result.text.trim() !== '';
        if (!isWhole || signature === this.#seen || this.#isClosed)
            return;
        this.#seen = signature;
        this.#onChanged();
    }
    #share() {
        this.#reading ??= readCredentialFile(this.#path, this.#effects).finally(() => {
            this.#reading = undefined;
        });
        return this.#reading;
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/credential-process/run-credential-process.js



/** Starts a credential process; everything it does is an answer to the supervisor, but for the news that a file has changed. */
function runCredentialProcess(effects) {
    return new CredentialProcess(effects);
}
class CredentialProcess {
    #effects;
    #ended = new AbortController();
    #files = new Map();
    #running = new Map();
    #config = { sources: [], variables: {}, confidential: [], workDirectory: '.' };
    #redact = (text) => text;
    constructor(effects) {
        this.#effects = effects;
    }
    onMessage(message) {
        if (message.kind === 'boot') {
            this.#config = message.config;
            this.#redact = createRedactor(message.config.confidential);
            return;
        }
        const { id, request } = message;
        this.#obtain(request).then((result) => this.#effects.send({ kind: 'result', id, result }), () => this.#effects.send({ kind: 'result', id, result: { kind: 'not-started', code: 'UNKNOWN' } }));
    }
    /** Kills every command that runs, with all it has started, at once. */
    end() {
        this.#ended.abort();
        for (const file of this.#files.values())
            file.close();
    }
    #obtain(request) {
        const { provider } = request;
        const source = this.#config.sources.find((local) => local.provider === provider)?.source;
        if (source === undefined)
            return Promise.resolve({ kind: 'not-started', code: 'ENOSOURCE' });
        if (source.kind === 'file')
            return this.#openFile(provider, source.path).read();
        const shared = this.#running.get(provider) ?? this.#run(source, request);
        this.#running.set(provider, shared);
        return shared;
    }
    #openFile(provider, path) {
        const known = this.#files.get(provider);
        if (known !== undefined)
            return known;
        const watcher = createFileWatcher(path, () => this.#effects.send({ kind: 'changed', provider }), this.#effects);
        this.#files.set(provider, watcher);
        return watcher;
    }
    // Two at a time would be two tokens, and tools that keep a login on disk spoil it when they run twice.
    async #run(source, request) {
        try {
            const result = await this.#effects.runCommand({
                argv: source.argv,
                environment: this.#deriveEnvironment(source, request),
                workDirectory: this.#config.workDirectory,
                timeoutMs: source.timeoutMs,
                ended: this.#ended.signal,
                onGroupStarted: (group) => this.#effects.send({ kind: 'group-started', group }),
                onGroupEnded: (group) => this.#effects.send({ kind: 'group-ended', group }),
            });
            return 'stderr' in result ? { ...result, stderr: this.#redact(result.stderr) } : result;
        }
        finally {
            this.#running.delete(request.provider);
        }
    }
    #deriveEnvironment(source, { provider, reason }) {
        const { variables } = this.#config;
        const names = [...listPassedNames(this.#effects.platform), ...source.environmentNames];
        const known = names.flatMap((name) => {
            const value = variables[name];
            return value === undefined ? [] : [[name, value]];
        });
        return {
            ...Object.fromEntries(known),
            AGENT_PROXY_PROVIDER: provider,
            AGENT_PROXY_REASON: reason === 'unauthorized' ? '401' : reason,
        };
    }
}

;// CONCATENATED MODULE: ./lib/entry/credential-process.js



// Node hands its permission flags on to every child in NODE_OPTIONS, taken from here. A command is none of ours: with them a
// tool written for node could not read its own files, and the environment would hold more than was promised.
process.execArgv.length = 0;
const credentialProcess = runCredentialProcess({
    // What cannot be sent has nobody left to hear it: 'disconnect' follows.
    send: (message) => void process.send?.(message, () => undefined),
    runCommand: runCommand,
    platform: process.platform,
    now: () => Date.now(),
    pause: (milliseconds) => (0,promises_namespaceObject.setTimeout)(milliseconds),
    every: (milliseconds, run) => {
        const timer = setInterval(() => void run(), milliseconds);
        return () => clearInterval(timer);
    },
});
function leave(code) {
    credentialProcess.end();
    process.exit(code);
}
// Without the channel nobody is left who could ask.
process.on('disconnect', () => leave(0));
process.on('SIGTERM', () => leave(0));
for (const signal of ['SIGINT', 'SIGHUP', 'SIGPIPE'])
    process.on(signal, () => undefined);
// A message may quote what a command printed: only its kind is said, and the supervisor starts another.
process.on('uncaughtException', (error) => {
    process.stderr.write(`defect in the credential process: ${error.name}\n`);
    leave(1);
});
process.on('message', (message) => credentialProcess.onMessage(message));

