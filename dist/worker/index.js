import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 542:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { createReadStream } = __nccwpck_require__(24);
const { Writable } = __nccwpck_require__(75);
const { toUint8Array, concatBytes } = __nccwpck_require__(430);
const { createHash, createHmac } = __nccwpck_require__(598);
const zlib = __nccwpck_require__(522);

async function blobReader(blob, onChunk, chunkSize = 1024 * 1024) {
    const size = blob.size;
    let totalBytesRead = 0;
    while (totalBytesRead < size) {
        const slice = blob.slice(totalBytesRead, Math.min(size, totalBytesRead + chunkSize));
        onChunk(new Uint8Array(await slice.arrayBuffer()));
        totalBytesRead += slice.size;
    }
}

const blobHasher = async function blobHasher(hashCtor, blob) {
    const hash = new hashCtor();
    await blobReader(blob, (chunk) => {
        hash.update(chunk);
    });
    return hash.digest();
};

class HashCalculator extends Writable {
    hash;
    constructor(hash, options) {
        super(options);
        this.hash = hash;
    }
    _write(chunk, encoding, callback) {
        try {
            this.hash.update(toUint8Array(chunk));
        }
        catch (err) {
            return callback(err);
        }
        callback();
    }
}

const fileStreamHasher = (hashCtor, fileStream) => new Promise((resolve, reject) => {
    if (!isReadStream(fileStream)) {
        reject(new Error("Unable to calculate hash for non-file streams."));
        return;
    }
    const fileStreamTee = createReadStream(fileStream.path, {
        start: fileStream.start,
        end: fileStream.end,
    });
    const hash = new hashCtor();
    const hashCalculator = new HashCalculator(hash);
    fileStreamTee.pipe(hashCalculator);
    fileStreamTee.on("error", (err) => {
        hashCalculator.end();
        reject(err);
    });
    hashCalculator.on("error", reject);
    hashCalculator.on("finish", function () {
        hash.digest().then(resolve).catch(reject);
    });
});
const isReadStream = (stream) => typeof stream.path === "string";

const readableStreamHasher = (hashCtor, readableStream) => {
    if (readableStream.readableFlowing !== null) {
        throw new Error("Unable to calculate hash for flowing readable stream");
    }
    const hash = new hashCtor();
    const hashCalculator = new HashCalculator(hash);
    readableStream.pipe(hashCalculator);
    return new Promise((resolve, reject) => {
        readableStream.on("error", (err) => {
            hashCalculator.end();
            reject(err);
        });
        hashCalculator.on("error", reject);
        hashCalculator.on("finish", () => {
            hash.digest().then(resolve).catch(reject);
        });
    });
};

class Md5Js {
    digestLength = 16;
    state = Uint32Array.from(INIT$1);
    writeBuffer = new DataView(new ArrayBuffer(64));
    bufferLength = 0;
    bytesHashed = 0;
    update(sourceData) {
        const data = toUint8Array(sourceData);
        let pos = 0;
        let len = data.byteLength;
        this.bytesHashed += len;
        while (len > 0) {
            this.writeBuffer.setUint8(this.bufferLength++, data[pos++]);
            --len;
            if (this.bufferLength === 64) {
                compress(this.state, this.writeBuffer);
                this.bufferLength = 0;
            }
        }
    }
    async digest() {
        const state = Uint32Array.from(this.state);
        const buf = new DataView(this.writeBuffer.buffer.slice(0));
        let bufLen = this.bufferLength;
        const bits = this.bytesHashed * 8;
        buf.setUint8(bufLen++, 0x80);
        if (this.bufferLength % 64 >= 56) {
            for (let i = bufLen; i < 64; ++i) {
                buf.setUint8(i, 0);
            }
            compress(state, buf);
            bufLen = 0;
        }
        for (let i = bufLen; i < 56; ++i) {
            buf.setUint8(i, 0);
        }
        buf.setUint32(56, bits >>> 0, true);
        buf.setUint32(60, Math.floor(bits / 2 ** 32), true);
        compress(state, buf);
        const out = new Uint8Array(16);
        const view = new DataView(out.buffer);
        for (let i = 0; i < 4; ++i) {
            view.setUint32(i * 4, state[i], true);
        }
        return out;
    }
    reset() {
        this.state.set(INIT$1);
        this.writeBuffer = new DataView(new ArrayBuffer(64));
        this.bufferLength = 0;
        this.bytesHashed = 0;
    }
}
const INIT$1 = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
const M = 0xffffffff;
const S = Uint8Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);
const T = Array.from({ length: 64 }, (_, i) => (Math.abs(Math.sin(i + 1)) * 2 ** 32) >>> 0);
function compress(state, block) {
    let a = state[0], b = state[1], c = state[2], d = state[3];
    for (let i = 0; i < 64; ++i) {
        let f, g;
        if (i < 16) {
            f = (b & c) | (~b & d);
            g = i;
        }
        else if (i < 32) {
            f = (d & b) | (c & ~d);
            g = (5 * i + 1) % 16;
        }
        else if (i < 48) {
            f = b ^ c ^ d;
            g = (3 * i + 5) % 16;
        }
        else {
            f = c ^ (b | ~d);
            g = (7 * i) % 16;
        }
        const x = block.getUint32(g * 4, true);
        const tmp = d;
        d = c;
        c = b;
        const s = S[(i >> 4) * 4 + (i & 3)];
        const sum = (((a + f) & M) + ((x + T[i]) & M)) & M;
        b = (b + (((sum << s) | (sum >>> (32 - s))) >>> 0)) & M;
        a = tmp;
    }
    state[0] = (state[0] + a) & M;
    state[1] = (state[1] + b) & M;
    state[2] = (state[2] + c) & M;
    state[3] = (state[3] + d) & M;
}

const hasNativeCrypto$1 = (() => {
    try {
        createHash("md5");
        return true;
    }
    catch {
        return false;
    }
})();
const Md5Node = hasNativeCrypto$1 ? buildNativeClass$2() : Md5Js;
function buildNativeClass$2() {
    return class Md5Node {
        digestLength = 16;
        hash = createHash("md5");
        update(data) {
            this.hash.update(toUint8Array(data));
        }
        async digest() {
            const buf = this.hash.copy().digest();
            return new Uint8Array(buf.buffer, buf.byteOffset, buf.byteLength);
        }
        reset() {
            this.hash = createHash("md5");
        }
    };
}

const CRC32_TABLE = new Uint32Array(256);
for (let i = 0; i < 256; ++i) {
    let c = i;
    for (let j = 0; j < 8; ++j) {
        c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    }
    CRC32_TABLE[i] = c >>> 0;
}
const ONES = 0xffff_ffff;
class Crc32Js {
    digestLength = 4;
    checksum = ONES;
    update(data) {
        for (let i = 0; i < data.length; ++i) {
            this.checksum = (this.checksum >>> 8) ^ CRC32_TABLE[(this.checksum ^ data[i]) & 0xff];
        }
    }
    digestSync() {
        return (this.checksum ^ ONES) >>> 0;
    }
    async digest() {
        const value = this.digestSync();
        const out = new Uint8Array(4);
        new DataView(out.buffer).setUint32(0, value, false);
        return out;
    }
    reset() {
        this.checksum = ONES;
    }
}

const zlibCrc32 = typeof zlib.crc32 === "function" ? zlib.crc32 : undefined;
const Crc32Node = zlibCrc32 ? buildNativeClass$1(zlibCrc32) : Crc32Js;
function buildNativeClass$1(nativeCrc32) {
    return class Crc32Node {
        digestLength = 4;
        value = 0;
        update(data) {
            this.value = nativeCrc32(data, this.value);
        }
        digestSync() {
            return this.value >>> 0;
        }
        async digest() {
            const out = new Uint8Array(4);
            new DataView(out.buffer).setUint32(0, this.digestSync(), false);
            return out;
        }
        reset() {
            this.value = 0;
        }
    };
}

const BLOCK = 64;
const DIGEST_LENGTH = 32;
const MAX_HASHABLE_LENGTH = 2 ** 53 - 1;
class Sha256Js {
    digestLength = DIGEST_LENGTH;
    state = Int32Array.from(INIT);
    w;
    buffer = new Uint8Array(64);
    bufferLength = 0;
    bytesHashed = 0;
    finished = false;
    inner;
    outer;
    constructor(secret) {
        if (secret) {
            const key = Sha256Js.normalizeKey(secret);
            this.inner = new Sha256Js();
            this.outer = new Sha256Js();
            const { inner, outer } = this;
            const pad = new Uint8Array(BLOCK * 2);
            for (let i = 0; i < BLOCK; ++i) {
                pad[i] = 0x36 ^ key[i];
                pad[i + BLOCK] = 0x5c ^ key[i];
            }
            inner.update(pad.subarray(0, BLOCK));
            outer.update(pad.subarray(BLOCK));
        }
    }
    update(data) {
        if (this.finished) {
            throw new Error("Attempted to update an already finished HMAC.");
        }
        if (this.inner) {
            this.inner.update(data);
            return;
        }
        const chunk = toUint8Array(data);
        let position = 0;
        let { byteLength } = chunk;
        this.bytesHashed += byteLength;
        if (this.bytesHashed * 8 > MAX_HASHABLE_LENGTH) {
            throw new Error("Cannot hash more than 2^53 - 1 bits");
        }
        while (byteLength > 0) {
            this.buffer[this.bufferLength++] = chunk[position++];
            byteLength--;
            if (this.bufferLength === BLOCK) {
                this.hashBuffer();
                this.bufferLength = 0;
            }
        }
    }
    async digest() {
        const { inner, outer } = this;
        if (inner && outer) {
            if (this.finished) {
                throw new Error("Attempted to digest an already finished HMAC.");
            }
            this.finished = true;
            const innerDigest = inner.digestSync();
            outer.update(innerDigest);
            return outer.digestSync();
        }
        return this.digestSync();
    }
    reset() {
        this.state = Int32Array.from(INIT);
        this.buffer = new Uint8Array(64);
        this.bufferLength = 0;
        this.bytesHashed = 0;
    }
    digestSync() {
        const state = this.state.slice();
        const buffer = this.buffer.slice();
        let bufferLength = this.bufferLength;
        const bitsHashed = this.bytesHashed * 8;
        const bufferView = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
        bufferView.setUint8(bufferLength++, 0x80);
        if ((bufferLength - 1) % BLOCK >= BLOCK - 8) {
            for (let i = bufferLength; i < BLOCK; ++i) {
                bufferView.setUint8(i, 0);
            }
            this.hashBufferWith(state, buffer);
            bufferLength = 0;
        }
        for (let i = bufferLength; i < BLOCK - 8; ++i) {
            bufferView.setUint8(i, 0);
        }
        bufferView.setUint32(BLOCK - 8, Math.floor(bitsHashed / 0x100000000), false);
        bufferView.setUint32(BLOCK - 4, bitsHashed, false);
        this.hashBufferWith(state, buffer);
        const out = new Uint8Array(DIGEST_LENGTH);
        for (let i = 0; i < 8; ++i) {
            out[i * 4] = (state[i] >>> 24) & 0xff;
            out[i * 4 + 1] = (state[i] >>> 16) & 0xff;
            out[i * 4 + 2] = (state[i] >>> 8) & 0xff;
            out[i * 4 + 3] = (state[i] >>> 0) & 0xff;
        }
        return out;
    }
    static normalizeKey(secret) {
        const key = toUint8Array(secret);
        if (key.byteLength > BLOCK) {
            const h = new Sha256Js();
            h.update(key);
            const out = h.digestSync();
            const padded = new Uint8Array(BLOCK);
            padded.set(out);
            return padded;
        }
        if (key.byteLength < BLOCK) {
            const padded = new Uint8Array(BLOCK);
            padded.set(key);
            return padded;
        }
        return key;
    }
    hashBuffer() {
        this.hashBufferWith(this.state, this.buffer);
    }
    hashBufferWith(state, buffer) {
        const w = (this.w ??= new Int32Array(64));
        let s0 = state[0], s1 = state[1], s2 = state[2], s3 = state[3], s4 = state[4], s5 = state[5], s6 = state[6], s7 = state[7];
        for (let i = 0; i < BLOCK; ++i) {
            if (i < 16) {
                w[i] =
                    ((buffer[i * 4] & 0xff) << 24) |
                        ((buffer[i * 4 + 1] & 0xff) << 16) |
                        ((buffer[i * 4 + 2] & 0xff) << 8) |
                        (buffer[i * 4 + 3] & 0xff);
            }
            else {
                let u = w[i - 2];
                const t1 = ((u >>> 17) | (u << 15)) ^ ((u >>> 19) | (u << 13)) ^ (u >>> 10);
                u = w[i - 15];
                const t2 = ((u >>> 7) | (u << 25)) ^ ((u >>> 18) | (u << 14)) ^ (u >>> 3);
                w[i] = ((t1 + w[i - 7]) | 0) + ((t2 + w[i - 16]) | 0);
            }
            const t1 = ((((((s4 >>> 6) | (s4 << 26)) ^ ((s4 >>> 11) | (s4 << 21)) ^ ((s4 >>> 25) | (s4 << 7))) +
                ((s4 & s5) ^ (~s4 & s6))) |
                0) +
                ((s7 + ((K[i] + w[i]) | 0)) | 0)) |
                0;
            const t2 = ((((s0 >>> 2) | (s0 << 30)) ^ ((s0 >>> 13) | (s0 << 19)) ^ ((s0 >>> 22) | (s0 << 10))) +
                ((s0 & s1) ^ (s0 & s2) ^ (s1 & s2))) |
                0;
            s7 = s6;
            s6 = s5;
            s5 = s4;
            s4 = (s3 + t1) | 0;
            s3 = s2;
            s2 = s1;
            s1 = s0;
            s0 = (t1 + t2) | 0;
        }
        state[0] += s0;
        state[1] += s1;
        state[2] += s2;
        state[3] += s3;
        state[4] += s4;
        state[5] += s5;
        state[6] += s6;
        state[7] += s7;
    }
}
const INIT = new Int32Array([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
const K = new Int32Array([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

const hasNativeCrypto = (() => {
    try {
        createHash("sha256");
        return true;
    }
    catch {
        return false;
    }
})();
const Sha256Node = hasNativeCrypto ? buildNativeClass() : Sha256Js;
function buildNativeClass() {
    return class Sha256Node {
        digestLength = 32;
        secret;
        hash;
        isHmac;
        finished = false;
        constructor(secret) {
            this.secret = secret;
            this.isHmac = !!secret;
            this.hash = this.createHash();
        }
        update(data) {
            if (this.finished) {
                throw new Error("Attempted to update an already finished hash.");
            }
            this.hash.update(data);
        }
        async digest() {
            let buf;
            if (this.isHmac) {
                this.finished = true;
                buf = this.hash.digest();
            }
            else {
                buf = this.hash.copy().digest();
            }
            return new Uint8Array(buf.buffer, buf.byteOffset, buf.byteLength);
        }
        reset() {
            this.hash = this.createHash();
            this.finished = false;
        }
        createHash() {
            return this.secret ? createHmac("sha256", toBuffer(this.secret)) : createHash("sha256");
        }
    };
}
function toBuffer(data) {
    if (typeof data === "string") {
        return data;
    }
    if (ArrayBuffer.isView(data)) {
        return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    }
    return Buffer.from(data);
}

const { digest, sign, importKey } = globalThis?.crypto?.subtle ?? {};
const subtle = typeof digest === "function" && typeof sign === "function" && typeof importKey === "function"
    ? globalThis.crypto.subtle
    : undefined;
const MAX_PENDING_BYTES = 8 * 1024 * 1024;
class Sha256WebCrypto {
    digestLength = 32;
    secret;
    pending = [];
    pendingBytes = 0;
    fallback;
    finished = false;
    constructor(secret) {
        if (secret) {
            this.secret = toUint8Array(secret);
        }
    }
    update(data) {
        if (this.finished) {
            throw new Error("Attempted to update an already finished HMAC.");
        }
        if (this.fallback) {
            this.fallback.update(data);
            return;
        }
        this.pending.push(data.slice());
        this.pendingBytes += data.byteLength;
        if (this.pendingBytes >= MAX_PENDING_BYTES) {
            this.switchToFallback();
        }
    }
    async digest() {
        if (this.fallback) {
            return this.fallback.digest();
        }
        if (this.secret && this.finished) {
            throw new Error("Attempted to digest an already finished HMAC.");
        }
        const data = concatBytes(this.pending);
        if (subtle) {
            if (this.secret) {
                this.finished = true;
                const key = await subtle.importKey("raw", this.secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
                const sig = await subtle.sign("HMAC", key, data);
                return new Uint8Array(sig);
            }
            const hash = await subtle.digest("SHA-256", data);
            return new Uint8Array(hash);
        }
        const sha256 = new Sha256Js(this.secret);
        sha256.update(data);
        return sha256.digest();
    }
    reset() {
        this.pending = [];
        this.pendingBytes = 0;
        this.fallback = undefined;
        this.finished = false;
    }
    switchToFallback() {
        const sha256Js = new Sha256Js(this.secret);
        for (const chunk of this.pending) {
            sha256Js.update(chunk);
        }
        this.fallback = sha256Js;
        this.pending = [];
        this.pendingBytes = 0;
    }
}

exports.Crc32 = Crc32Node;
exports.Crc32Js = Crc32Js;
exports.Crc32Node = Crc32Node;
exports.Md5 = Md5Node;
exports.Md5Js = Md5Js;
exports.Md5Node = Md5Node;
exports.Sha256 = Sha256Node;
exports.Sha256Js = Sha256Js;
exports.Sha256Node = Sha256Node;
exports.Sha256WebCrypto = Sha256WebCrypto;
exports.blobHasher = blobHasher;
exports.blobReader = blobReader;
exports.fileStreamHasher = fileStreamHasher;
exports.readableStreamHasher = readableStreamHasher;


/***/ }),

/***/ 658:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { hasOwn } = __nccwpck_require__(534);
const { getSmithyContext, normalizeProvider } = __nccwpck_require__(534);
exports.getSmithyContext = getSmithyContext;
exports.normalizeProvider = normalizeProvider;
const { SMITHY_CONTEXT_KEY, AlgorithmId } = __nccwpck_require__(690);
exports.AlgorithmId = AlgorithmId;
const { NormalizedSchema } = __nccwpck_require__(890);

const getAllAliases = (name, aliases) => {
    const _aliases = [];
    if (name) {
        _aliases.push(name);
    }
    if (aliases) {
        for (const alias of aliases) {
            _aliases.push(alias);
        }
    }
    return _aliases;
};
const getMiddlewareNameWithAliases = (name, aliases) => {
    return `${name || "anonymous"}${aliases && aliases.length > 0 ? ` (a.k.a. ${aliases.join(",")})` : ""}`;
};
const constructStack = () => {
    let absoluteEntries = [];
    let relativeEntries = [];
    let identifyOnResolve = false;
    const entriesNameSet = new Set();
    const sort = (entries) => entries.sort((a, b) => stepWeights[b.step] - stepWeights[a.step] ||
        priorityWeights[b.priority || "normal"] - priorityWeights[a.priority || "normal"]);
    const removeByName = (toRemove) => {
        let isRemoved = false;
        const filterCb = (entry) => {
            const aliases = getAllAliases(entry.name, entry.aliases);
            if (aliases.includes(toRemove)) {
                isRemoved = true;
                for (const alias of aliases) {
                    entriesNameSet.delete(alias);
                }
                return false;
            }
            return true;
        };
        absoluteEntries = absoluteEntries.filter(filterCb);
        relativeEntries = relativeEntries.filter(filterCb);
        return isRemoved;
    };
    const removeByReference = (toRemove) => {
        let isRemoved = false;
        const filterCb = (entry) => {
            if (entry.middleware === toRemove) {
                isRemoved = true;
                for (const alias of getAllAliases(entry.name, entry.aliases)) {
                    entriesNameSet.delete(alias);
                }
                return false;
            }
            return true;
        };
        absoluteEntries = absoluteEntries.filter(filterCb);
        relativeEntries = relativeEntries.filter(filterCb);
        return isRemoved;
    };
    const cloneTo = (toStack) => {
        absoluteEntries.forEach((entry) => {
            toStack.add(entry.middleware, { ...entry });
        });
        relativeEntries.forEach((entry) => {
            toStack.addRelativeTo(entry.middleware, { ...entry });
        });
        toStack.identifyOnResolve?.(stack.identifyOnResolve());
        return toStack;
    };
    const expandRelativeMiddlewareList = (from) => {
        const expandedMiddlewareList = [];
        from.before.forEach((entry) => {
            if (entry.before.length === 0 && entry.after.length === 0) {
                expandedMiddlewareList.push(entry);
            }
            else {
                expandedMiddlewareList.push(...expandRelativeMiddlewareList(entry));
            }
        });
        expandedMiddlewareList.push(from);
        from.after.reverse().forEach((entry) => {
            if (entry.before.length === 0 && entry.after.length === 0) {
                expandedMiddlewareList.push(entry);
            }
            else {
                expandedMiddlewareList.push(...expandRelativeMiddlewareList(entry));
            }
        });
        return expandedMiddlewareList;
    };
    const getMiddlewareList = (debug = false) => {
        const normalizedAbsoluteEntries = [];
        const normalizedRelativeEntries = [];
        const normalizedEntriesNameMap = {};
        absoluteEntries.forEach((entry) => {
            const normalizedEntry = {
                ...entry,
                before: [],
                after: [],
            };
            for (const alias of getAllAliases(normalizedEntry.name, normalizedEntry.aliases)) {
                normalizedEntriesNameMap[alias] = normalizedEntry;
            }
            normalizedAbsoluteEntries.push(normalizedEntry);
        });
        relativeEntries.forEach((entry) => {
            const normalizedEntry = {
                ...entry,
                before: [],
                after: [],
            };
            for (const alias of getAllAliases(normalizedEntry.name, normalizedEntry.aliases)) {
                normalizedEntriesNameMap[alias] = normalizedEntry;
            }
            normalizedRelativeEntries.push(normalizedEntry);
        });
        normalizedRelativeEntries.forEach((entry) => {
            if (entry.toMiddleware) {
                const toMiddleware = normalizedEntriesNameMap[entry.toMiddleware];
                if (toMiddleware === undefined) {
                    if (debug) {
                        return;
                    }
                    throw new Error(`${entry.toMiddleware} is not found when adding ` +
                        `${getMiddlewareNameWithAliases(entry.name, entry.aliases)} ` +
                        `middleware ${entry.relation} ${entry.toMiddleware}`);
                }
                if (entry.relation === "after") {
                    toMiddleware.after.push(entry);
                }
                if (entry.relation === "before") {
                    toMiddleware.before.push(entry);
                }
            }
        });
        const mainChain = sort(normalizedAbsoluteEntries)
            .map(expandRelativeMiddlewareList)
            .reduce((wholeList, expandedMiddlewareList) => {
            wholeList.push(...expandedMiddlewareList);
            return wholeList;
        }, []);
        return mainChain;
    };
    const stack = {
        add: (middleware, options = {}) => {
            const { name, override, aliases: _aliases } = options;
            const entry = {
                step: "initialize",
                priority: "normal",
                middleware,
                ...options,
            };
            const aliases = getAllAliases(name, _aliases);
            if (aliases.length > 0) {
                if (aliases.some((alias) => entriesNameSet.has(alias))) {
                    if (!override) {
                        throw new Error(`Duplicate middleware name '${getMiddlewareNameWithAliases(name, _aliases)}'`);
                    }
                    for (const alias of aliases) {
                        const toOverrideIndex = absoluteEntries.findIndex((entry) => entry.name === alias || entry.aliases?.some((a) => a === alias));
                        if (toOverrideIndex === -1) {
                            continue;
                        }
                        const toOverride = absoluteEntries[toOverrideIndex];
                        if (toOverride.step !== entry.step || entry.priority !== toOverride.priority) {
                            throw new Error(`"${getMiddlewareNameWithAliases(toOverride.name, toOverride.aliases)}" middleware with ` +
                                `${toOverride.priority} priority in ${toOverride.step} step cannot ` +
                                `be overridden by "${getMiddlewareNameWithAliases(name, _aliases)}" middleware with ` +
                                `${entry.priority} priority in ${entry.step} step.`);
                        }
                        absoluteEntries.splice(toOverrideIndex, 1);
                    }
                }
                for (const alias of aliases) {
                    entriesNameSet.add(alias);
                }
            }
            absoluteEntries.push(entry);
        },
        addRelativeTo: (middleware, options) => {
            const { name, override, aliases: _aliases } = options;
            const entry = {
                middleware,
                ...options,
            };
            const aliases = getAllAliases(name, _aliases);
            if (aliases.length > 0) {
                if (aliases.some((alias) => entriesNameSet.has(alias))) {
                    if (!override) {
                        throw new Error(`Duplicate middleware name '${getMiddlewareNameWithAliases(name, _aliases)}'`);
                    }
                    for (const alias of aliases) {
                        const toOverrideIndex = relativeEntries.findIndex((entry) => entry.name === alias || entry.aliases?.some((a) => a === alias));
                        if (toOverrideIndex === -1) {
                            continue;
                        }
                        const toOverride = relativeEntries[toOverrideIndex];
                        if (toOverride.toMiddleware !== entry.toMiddleware || toOverride.relation !== entry.relation) {
                            throw new Error(`"${getMiddlewareNameWithAliases(toOverride.name, toOverride.aliases)}" middleware ` +
                                `${toOverride.relation} "${toOverride.toMiddleware}" middleware cannot be overridden ` +
                                `by "${getMiddlewareNameWithAliases(name, _aliases)}" middleware ${entry.relation} ` +
                                `"${entry.toMiddleware}" middleware.`);
                        }
                        relativeEntries.splice(toOverrideIndex, 1);
                    }
                }
                for (const alias of aliases) {
                    entriesNameSet.add(alias);
                }
            }
            relativeEntries.push(entry);
        },
        clone: () => cloneTo(constructStack()),
        use: (plugin) => {
            plugin.applyToStack(stack);
        },
        remove: (toRemove) => {
            if (typeof toRemove === "string") {
                return removeByName(toRemove);
            }
            else {
                return removeByReference(toRemove);
            }
        },
        removeByTag: (toRemove) => {
            let isRemoved = false;
            const filterCb = (entry) => {
                const { tags, name, aliases: _aliases } = entry;
                if (tags && tags.includes(toRemove)) {
                    const aliases = getAllAliases(name, _aliases);
                    for (const alias of aliases) {
                        entriesNameSet.delete(alias);
                    }
                    isRemoved = true;
                    return false;
                }
                return true;
            };
            absoluteEntries = absoluteEntries.filter(filterCb);
            relativeEntries = relativeEntries.filter(filterCb);
            return isRemoved;
        },
        concat: (from) => {
            const cloned = cloneTo(constructStack());
            cloned.use(from);
            cloned.identifyOnResolve(identifyOnResolve || cloned.identifyOnResolve() || (from.identifyOnResolve?.() ?? false));
            return cloned;
        },
        applyToStack: cloneTo,
        identify: () => {
            return getMiddlewareList(true).map((mw) => {
                const step = mw.step ??
                    mw.relation +
                        " " +
                        mw.toMiddleware;
                return getMiddlewareNameWithAliases(mw.name, mw.aliases) + " - " + step;
            });
        },
        identifyOnResolve(toggle) {
            if (typeof toggle === "boolean") {
                identifyOnResolve = toggle;
            }
            return identifyOnResolve;
        },
        resolve: (handler, context) => {
            for (const middleware of getMiddlewareList()
                .map((entry) => entry.middleware)
                .reverse()) {
                handler = middleware(handler, context);
            }
            if (identifyOnResolve) {
                console.log(stack.identify());
            }
            return handler;
        },
    };
    return stack;
};
const stepWeights = {
    initialize: 5,
    serialize: 4,
    build: 3,
    finalizeRequest: 2,
    deserialize: 1,
};
const priorityWeights = {
    high: 3,
    normal: 2,
    low: 1,
};

const invalidFunction = (message) => () => {
    throw new Error(message);
};

const invalidProvider = (message) => () => Promise.reject(message);

const getCircularReplacer = () => {
    const seen = new WeakSet();
    return (key, value) => {
        if (typeof value === "object" && value !== null) {
            if (seen.has(value)) {
                return "[Circular]";
            }
            seen.add(value);
        }
        return value;
    };
};

const sleep = (seconds) => {
    return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
};

const waiterServiceDefaults = {
    minDelay: 2,
    maxDelay: 120,
};
var WaiterState;
(function (WaiterState) {
    WaiterState["ABORTED"] = "ABORTED";
    WaiterState["FAILURE"] = "FAILURE";
    WaiterState["SUCCESS"] = "SUCCESS";
    WaiterState["RETRY"] = "RETRY";
    WaiterState["TIMEOUT"] = "TIMEOUT";
})(WaiterState || (WaiterState = {}));
const checkExceptions = (result) => {
    if (result.state === WaiterState.ABORTED) {
        const abortError = new Error(`${JSON.stringify({
            ...result,
            reason: "Request was aborted",
        }, getCircularReplacer())}`);
        abortError.name = "AbortError";
        throw abortError;
    }
    else if (result.state === WaiterState.TIMEOUT) {
        const timeoutError = new Error(`${JSON.stringify({
            ...result,
            reason: "Waiter has timed out",
        }, getCircularReplacer())}`);
        timeoutError.name = "TimeoutError";
        throw timeoutError;
    }
    else if (result.state !== WaiterState.SUCCESS) {
        throw new Error(`${JSON.stringify(result, getCircularReplacer())}`);
    }
    return result;
};

const runPolling = async ({ minDelay, maxDelay, maxWaitTime, abortController, client, abortSignal }, input, acceptorChecks) => {
    const observedResponses = {};
    const [minDelayMs, maxDelayMs] = [minDelay * 1000, maxDelay * 1000];
    let currentAttempt = 0;
    const waitUntil = Date.now() + maxWaitTime * 1000;
    const warn403Time = Date.now() + 60_000;
    let didWarn403 = false;
    while (true) {
        if (currentAttempt > 0) {
            const delayMs = exponentialBackoffWithJitter(minDelayMs, maxDelayMs, currentAttempt, waitUntil);
            if (abortController?.signal?.aborted || abortSignal?.aborted) {
                const message = "AbortController signal aborted.";
                observedResponses[message] |= 0;
                observedResponses[message] += 1;
                return { state: WaiterState.ABORTED, observedResponses };
            }
            if (Date.now() + delayMs > waitUntil) {
                return { state: WaiterState.TIMEOUT, observedResponses };
            }
            await sleep(delayMs / 1_000);
        }
        const { state, reason } = await acceptorChecks(client, input);
        if (reason) {
            const message = createMessageFromResponse(reason);
            observedResponses[message] |= 0;
            observedResponses[message] += 1;
        }
        if (state !== WaiterState.RETRY) {
            return { state, reason, final: reason, observedResponses };
        }
        currentAttempt += 1;
        if (!didWarn403 && Date.now() >= warn403Time) {
            checkWarn403(observedResponses, client);
            didWarn403 = true;
        }
    }
};
const checkWarn403 = (observedResponses = {}, client) => {
    const orderedErrors = Object.keys(observedResponses);
    let count403 = 0;
    for (const response of orderedErrors) {
        const n = observedResponses[response] | 0;
        if (response.startsWith("403:")) {
            count403 += n;
        }
    }
    const clientLogger = client?.config?.logger;
    const warningLogger = typeof clientLogger?.warn === "function" && !clientLogger.constructor?.name?.includes?.("NoOpLogger")
        ? clientLogger
        : console;
    if (count403 >= 3 || orderedErrors[orderedErrors.length - 1]?.startsWith("403:")) {
        warningLogger.warn(`@smithy/util-waiter WARN - 403 status code encountered during waiter polling.`);
    }
};
const createMessageFromResponse = (reason) => {
    const status = reason?.$response?.statusCode ?? reason?.$metadata?.httpStatusCode;
    if (reason?.$responseBodyText) {
        return `${status ? status + ": " : ""}Deserialization error for body: ${reason.$responseBodyText}`;
    }
    if (status) {
        if (reason?.$response || reason?.message) {
            return `${status ?? "Unknown"}: ${reason?.message}`;
        }
        return `${status}: OK`;
    }
    return String(reason?.message ?? JSON.stringify(reason, getCircularReplacer()) ?? "Unknown");
};
const exponentialBackoffWithJitter = (minDelayMs, maxDelayMs, attempt, waitUntil) => {
    const attemptCountCeiling = Math.log(maxDelayMs / minDelayMs) / Math.log(2) + 1;
    if (attempt > attemptCountCeiling) {
        return maxDelayMs;
    }
    const delay = minDelayMs * 2 ** (attempt - 1);
    const capped = Math.min(delay, maxDelayMs);
    const waitFor = randomInRange(minDelayMs, capped);
    if (Date.now() + waitFor > waitUntil) {
        const timeRemaining = waitUntil - Date.now();
        return Math.max(0, timeRemaining - 500);
    }
    return waitFor;
};
const randomInRange = (min, max) => min + Math.random() * (max - min);

const validateWaiterOptions = (options) => {
    if (options.maxWaitTime <= 0) {
        throw new Error(`WaiterConfiguration.maxWaitTime must be greater than 0`);
    }
    else if (options.minDelay <= 0) {
        throw new Error(`WaiterConfiguration.minDelay must be greater than 0`);
    }
    else if (options.maxDelay <= 0) {
        throw new Error(`WaiterConfiguration.maxDelay must be greater than 0`);
    }
    else if (options.maxWaitTime <= options.minDelay) {
        throw new Error(`WaiterConfiguration.maxWaitTime [${options.maxWaitTime}] must be greater than WaiterConfiguration.minDelay [${options.minDelay}] for this waiter`);
    }
    else if (options.maxDelay < options.minDelay) {
        throw new Error(`WaiterConfiguration.maxDelay [${options.maxDelay}] must be greater than WaiterConfiguration.minDelay [${options.minDelay}] for this waiter`);
    }
};

const abortTimeout = (abortSignal) => {
    let onAbort;
    const promise = new Promise((resolve) => {
        onAbort = () => resolve({ state: WaiterState.ABORTED });
        if (typeof abortSignal.addEventListener === "function") {
            abortSignal.addEventListener("abort", onAbort);
        }
        else {
            abortSignal.onabort = onAbort;
        }
    });
    return {
        clearListener() {
            if (typeof abortSignal.removeEventListener === "function") {
                abortSignal.removeEventListener("abort", onAbort);
            }
        },
        aborted: promise,
    };
};
const createWaiter = async (options, input, acceptorChecks) => {
    const params = {
        ...waiterServiceDefaults,
        ...options,
    };
    validateWaiterOptions(params);
    const exitConditions = [runPolling(params, input, acceptorChecks)];
    const finalize = [];
    if (options.abortSignal) {
        const { aborted, clearListener } = abortTimeout(options.abortSignal);
        finalize.push(clearListener);
        exitConditions.push(aborted);
    }
    if (options.abortController?.signal) {
        const { aborted, clearListener } = abortTimeout(options.abortController.signal);
        finalize.push(clearListener);
        exitConditions.push(aborted);
    }
    return Promise.race(exitConditions).then((result) => {
        for (const fn of finalize) {
            fn();
        }
        return result;
    });
};

class Client {
    config;
    middlewareStack = constructStack();
    initConfig;
    handlers;
    constructor(config) {
        this.config = config;
        const { protocol, protocolSettings } = config;
        if (protocolSettings) {
            if (typeof protocol === "function") {
                config.protocol = new protocol(protocolSettings);
            }
        }
    }
    send(command, optionsOrCb, cb) {
        const options = typeof optionsOrCb !== "function" ? optionsOrCb : undefined;
        const callback = typeof optionsOrCb === "function" ? optionsOrCb : cb;
        const useHandlerCache = options === undefined && this.config.cacheMiddleware === true;
        let handler;
        if (useHandlerCache) {
            if (!this.handlers) {
                this.handlers = new WeakMap();
            }
            const handlers = this.handlers;
            if (handlers.has(command.constructor)) {
                handler = handlers.get(command.constructor);
            }
            else {
                handler = command.resolveMiddleware(this.middlewareStack, this.config, options);
                handlers.set(command.constructor, handler);
            }
        }
        else {
            delete this.handlers;
            handler = command.resolveMiddleware(this.middlewareStack, this.config, options);
        }
        if (callback) {
            handler(command)
                .then((result) => callback(null, result.output), (err) => callback(err))
                .catch(() => { });
        }
        else {
            return handler(command).then((result) => result.output);
        }
    }
    destroy() {
        this.config?.requestHandler?.destroy?.();
        delete this.handlers;
    }
}

const SENSITIVE_STRING$1 = "***SensitiveInformation***";
function schemaLogFilter(schema, data) {
    if (data == null) {
        return data;
    }
    const ns = NormalizedSchema.of(schema);
    if (ns.getMergedTraits().sensitive) {
        return SENSITIVE_STRING$1;
    }
    if (ns.isListSchema()) {
        const valueSchema = ns.getValueSchema();
        if (valueSchema.getMergedTraits().sensitive) {
            return SENSITIVE_STRING$1;
        }
        if (Array.isArray(data)) {
            return data.map((value) => schemaLogFilter(valueSchema, value));
        }
    }
    else if (ns.isMapSchema()) {
        const valueSchema = ns.getValueSchema();
        if (ns.getKeySchema().getMergedTraits().sensitive || valueSchema.getMergedTraits().sensitive) {
            return SENSITIVE_STRING$1;
        }
        if (typeof data === "object") {
            return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, schemaLogFilter(valueSchema, value)]));
        }
    }
    else if (ns.isStructSchema() && typeof data === "object") {
        const object = data;
        const newObject = {};
        for (const [member, memberNs] of ns.structIterator()) {
            if (object[member] != null) {
                newObject[member] = schemaLogFilter(memberNs, object[member]);
            }
        }
        return newObject;
    }
    return data;
}

const operationEventStreamMarker = Symbol.for("@smithy/op-event-stream");
class Command {
    middlewareStack = constructStack();
    schema;
    static classBuilder() {
        return new ClassBuilder();
    }
    resolveMiddlewareWithContext(clientStack, configuration, options, { middlewareFn, clientName, commandName, inputFilterSensitiveLog, outputFilterSensitiveLog, smithyContext, additionalContext, CommandCtor, }) {
        for (const mw of middlewareFn.bind(this)(CommandCtor, clientStack, configuration, options)) {
            this.middlewareStack.use(mw);
        }
        const stack = clientStack.concat(this.middlewareStack);
        const { logger } = configuration;
        const additionalSmithyContext = additionalContext[SMITHY_CONTEXT_KEY];
        const handlerExecutionContext = {
            logger,
            clientName,
            commandName,
            inputFilterSensitiveLog,
            outputFilterSensitiveLog,
            ...additionalContext,
            [SMITHY_CONTEXT_KEY]: {
                ...additionalSmithyContext,
                commandInstance: this,
                ...smithyContext,
                ...(options?.metricsRecorder === undefined ? {} : { metricsRecorder: options.metricsRecorder }),
                ...(options?.abortSignal === undefined ? {} : { abortSignal: options.abortSignal }),
            },
        };
        const { requestHandler } = configuration;
        let requestOptions = options ?? {};
        if (requestOptions.metricsRecorder) {
            requestOptions = { ...requestOptions };
            delete requestOptions.metricsRecorder;
        }
        let isEventStream;
        const schema = this.schema;
        const marker = schema?.[operationEventStreamMarker];
        if (marker !== undefined) {
            isEventStream = marker;
        }
        else if (schema) {
            if (Array.isArray(schema) && schema[0] === 9) {
                const [, , , , input$, output$] = schema;
                isEventStream = schema[operationEventStreamMarker] = Boolean(NormalizedSchema.of(input$).getEventStreamMember() || NormalizedSchema.of(output$).getEventStreamMember());
            }
        }
        if (isEventStream) {
            requestOptions = {
                isEventStream,
                ...requestOptions,
            };
        }
        return stack.resolve((request) => requestHandler.handle(request.request, requestOptions), handlerExecutionContext);
    }
}
class ClassBuilder {
    _init = () => { };
    _ep = {};
    _middlewareFn = () => [];
    _commandName = "";
    _clientName = "";
    _additionalContext = {};
    _smithyContext = {};
    _inputFilterSensitiveLog = undefined;
    _outputFilterSensitiveLog = undefined;
    _serializer = null;
    _deserializer = null;
    _operationSchema;
    init(cb) {
        this._init = cb;
    }
    ep(endpointParameterInstructions) {
        this._ep = endpointParameterInstructions;
        return this;
    }
    m(middlewareSupplier) {
        this._middlewareFn = middlewareSupplier;
        return this;
    }
    s(service, operation, smithyContext = {}) {
        this._smithyContext = {
            service,
            operation,
            ...smithyContext,
        };
        return this;
    }
    c(additionalContext = {}) {
        this._additionalContext = additionalContext;
        return this;
    }
    n(clientName, commandName) {
        this._clientName = clientName;
        this._commandName = commandName;
        return this;
    }
    f(inputFilter = (_) => _, outputFilter = (_) => _) {
        this._inputFilterSensitiveLog = inputFilter;
        this._outputFilterSensitiveLog = outputFilter;
        return this;
    }
    ser(serializer) {
        this._serializer = serializer;
        return this;
    }
    de(deserializer) {
        this._deserializer = deserializer;
        return this;
    }
    sc(operation) {
        this._operationSchema = operation;
        this._smithyContext.operationSchema = operation;
        return this;
    }
    build() {
        const closure = this;
        let CommandRef;
        return (CommandRef = class extends Command {
            input;
            static getEndpointParameterInstructions() {
                return closure._ep;
            }
            constructor(...[input]) {
                super();
                this.input = input ?? {};
                closure._init(this);
                this.schema = closure._operationSchema;
            }
            resolveMiddleware(stack, configuration, options) {
                const op = closure._operationSchema;
                const input = op?.[4] ?? op?.input;
                const output = op?.[5] ?? op?.output;
                return this.resolveMiddlewareWithContext(stack, configuration, options, {
                    CommandCtor: CommandRef,
                    middlewareFn: closure._middlewareFn,
                    clientName: closure._clientName,
                    commandName: closure._commandName,
                    inputFilterSensitiveLog: closure._inputFilterSensitiveLog ?? (op ? schemaLogFilter.bind(null, input) : (_) => _),
                    outputFilterSensitiveLog: closure._outputFilterSensitiveLog ?? (op ? schemaLogFilter.bind(null, output) : (_) => _),
                    smithyContext: closure._smithyContext,
                    additionalContext: closure._additionalContext,
                });
            }
            serialize = closure._serializer;
            deserialize = closure._deserializer;
        });
    }
}

const SENSITIVE_STRING = "***SensitiveInformation***";

const createAggregatedClient = (commands, Client, options) => {
    for (const [command, CommandCtor] of Object.entries(commands)) {
        const methodImpl = async function (args, optionsOrCb, cb) {
            const command = new CommandCtor(args);
            if (typeof optionsOrCb === "function") {
                this.send(command, optionsOrCb);
            }
            else if (typeof cb === "function") {
                if (typeof optionsOrCb !== "object") {
                    throw new Error(`Expected http options but got ${typeof optionsOrCb}`);
                }
                this.send(command, optionsOrCb || {}, cb);
            }
            else {
                return this.send(command, optionsOrCb);
            }
        };
        const methodName = (command[0].toLowerCase() + command.slice(1)).replace(/Command$/, "");
        Client.prototype[methodName] = methodImpl;
    }
    const { paginators = {}, waiters = {} } = options ?? {};
    for (const [paginatorName, paginatorFn] of Object.entries(paginators)) {
        if (Client.prototype[paginatorName] === void 0) {
            Client.prototype[paginatorName] = function (commandInput = {}, paginationConfiguration, ...rest) {
                return paginatorFn({
                    ...paginationConfiguration,
                    client: this,
                }, commandInput, ...rest);
            };
        }
    }
    for (const [waiterName, waiterFn] of Object.entries(waiters)) {
        if (Client.prototype[waiterName] === void 0) {
            Client.prototype[waiterName] = async function (commandInput = {}, waiterConfiguration, ...rest) {
                let config = waiterConfiguration;
                if (typeof waiterConfiguration === "number") {
                    config = {
                        maxWaitTime: waiterConfiguration,
                    };
                }
                return waiterFn({
                    ...config,
                    client: this,
                }, commandInput, ...rest);
            };
        }
    }
};

class ServiceException extends Error {
    static shapeId = "smithy.ts.sdk.synthetic.nonamespace.client#ServiceException";
    $fault;
    $response;
    $retryable;
    $metadata;
    constructor(options) {
        super(options.message);
        Object.setPrototypeOf(this, Object.getPrototypeOf(this).constructor.prototype);
        this.name = options.name;
        this.$fault = options.$fault;
        this.$metadata = options.$metadata;
    }
    static isInstance(value) {
        if (!value) {
            return false;
        }
        const candidate = value;
        return (ServiceException.prototype.isPrototypeOf(candidate) ||
            (Boolean(candidate.$fault) &&
                Boolean(candidate.$metadata) &&
                (candidate.$fault === "client" || candidate.$fault === "server")));
    }
    static [Symbol.hasInstance](instance) {
        if (!instance) {
            return false;
        }
        const candidate = instance;
        if (this === ServiceException) {
            return ServiceException.isInstance(instance);
        }
        if (ServiceException.isInstance(instance)) {
            if (this.prototype.isPrototypeOf(instance)) {
                return true;
            }
            const targetId = Object.prototype.hasOwnProperty.call(this, "shapeId")
                ? this.shapeId
                : undefined;
            let candidateHasShapeId = false;
            if (targetId) {
                let proto = Object.getPrototypeOf(candidate);
                while (proto && proto !== Object.prototype) {
                    const ctor = proto.constructor;
                    const candidateId = ctor !== ServiceException && Object.prototype.hasOwnProperty.call(ctor, "shapeId")
                        ? ctor?.shapeId
                        : undefined;
                    if (candidateId) {
                        candidateHasShapeId = true;
                        if (candidateId === targetId) {
                            return true;
                        }
                    }
                    proto = Object.getPrototypeOf(proto);
                }
            }
            if (targetId && candidateHasShapeId) {
                return false;
            }
            const targetName = this.name;
            if (targetName && targetName.length >= 6) {
                if (candidate.name === targetName) {
                    return true;
                }
                let proto = Object.getPrototypeOf(candidate);
                while (proto && proto !== Object.prototype) {
                    const ctorName = proto.constructor?.name;
                    if (ctorName && ctorName !== "Error" && ctorName === targetName) {
                        return true;
                    }
                    proto = Object.getPrototypeOf(proto);
                }
            }
        }
        return false;
    }
}
const decorateServiceException = (exception, additions = {}) => {
    Object.entries(additions)
        .filter(([, v]) => v !== undefined)
        .forEach(([k, v]) => {
        if (exception[k] == undefined || exception[k] === "") {
            exception[k] = v;
        }
    });
    const message = exception.message || exception.Message || "UnknownError";
    exception.message = message;
    delete exception.Message;
    return exception;
};

const throwDefaultError = ({ output, parsedBody, exceptionCtor, errorCode }) => {
    const $metadata = deserializeMetadata(output);
    const statusCode = $metadata.httpStatusCode ? $metadata.httpStatusCode + "" : undefined;
    const response = new exceptionCtor({
        name: parsedBody?.code || parsedBody?.Code || errorCode || statusCode || "UnknownError",
        $fault: "client",
        $metadata,
    });
    throw decorateServiceException(response, parsedBody);
};
const withBaseException = (ExceptionCtor) => {
    return ({ output, parsedBody, errorCode }) => {
        throwDefaultError({ output, parsedBody, exceptionCtor: ExceptionCtor, errorCode });
    };
};
const deserializeMetadata = (output) => ({
    httpStatusCode: output.statusCode,
    requestId: output.headers["x-amzn-requestid"] ?? output.headers["x-amzn-request-id"] ?? output.headers["x-amz-request-id"],
    extendedRequestId: output.headers["x-amz-id-2"],
    cfId: output.headers["x-amz-cf-id"],
});

const loadConfigsForDefaultMode = (mode) => {
    switch (mode) {
        case "standard":
            return {
                retryMode: "standard",
                connectionTimeout: 3100,
            };
        case "in-region":
            return {
                retryMode: "standard",
                connectionTimeout: 1100,
            };
        case "cross-region":
            return {
                retryMode: "standard",
                connectionTimeout: 3100,
            };
        case "mobile":
            return {
                retryMode: "standard",
                connectionTimeout: 30000,
            };
        default:
            return {};
    }
};

let warningEmitted = false;
const emitWarningIfUnsupportedVersion = (version) => {
    if (version && !warningEmitted && parseInt(version.substring(1, version.indexOf("."))) < 16) {
        warningEmitted = true;
    }
};

const knownAlgorithms = Object.values(AlgorithmId);
const getChecksumConfiguration = (runtimeConfig) => {
    const checksumAlgorithms = [];
    for (const id in AlgorithmId) {
        if (!hasOwn(AlgorithmId, id)) {
            continue;
        }
        const algorithmId = AlgorithmId[id];
        if (runtimeConfig[algorithmId] === undefined) {
            continue;
        }
        checksumAlgorithms.push({
            algorithmId: () => algorithmId,
            checksumConstructor: () => runtimeConfig[algorithmId],
        });
    }
    for (const [id, ChecksumCtor] of Object.entries(runtimeConfig.checksumAlgorithms ?? {})) {
        checksumAlgorithms.push({
            algorithmId: () => id,
            checksumConstructor: () => ChecksumCtor,
        });
    }
    return {
        addChecksumAlgorithm(algo) {
            runtimeConfig.checksumAlgorithms = runtimeConfig.checksumAlgorithms ?? {};
            const id = algo.algorithmId();
            const ctor = algo.checksumConstructor();
            if (knownAlgorithms.includes(id)) {
                runtimeConfig.checksumAlgorithms[id.toUpperCase()] = ctor;
            }
            else {
                runtimeConfig.checksumAlgorithms[id] = ctor;
            }
            checksumAlgorithms.push(algo);
        },
        checksumAlgorithms() {
            return checksumAlgorithms;
        },
    };
};
const resolveChecksumRuntimeConfig = (clientConfig) => {
    const runtimeConfig = {};
    clientConfig.checksumAlgorithms().forEach((checksumAlgorithm) => {
        const id = checksumAlgorithm.algorithmId();
        if (knownAlgorithms.includes(id)) {
            runtimeConfig[id] = checksumAlgorithm.checksumConstructor();
        }
    });
    return runtimeConfig;
};

const getRetryConfiguration = (runtimeConfig) => {
    return {
        setRetryStrategy(retryStrategy) {
            runtimeConfig.retryStrategy = retryStrategy;
        },
        retryStrategy() {
            return runtimeConfig.retryStrategy;
        },
    };
};
const resolveRetryRuntimeConfig = (retryStrategyConfiguration) => {
    const runtimeConfig = {};
    runtimeConfig.retryStrategy = retryStrategyConfiguration.retryStrategy();
    return runtimeConfig;
};

const getDefaultExtensionConfiguration = (runtimeConfig) => {
    return Object.assign(getChecksumConfiguration(runtimeConfig), getRetryConfiguration(runtimeConfig));
};
const getDefaultClientConfiguration = getDefaultExtensionConfiguration;
const resolveDefaultRuntimeConfig = (config) => {
    return Object.assign(resolveChecksumRuntimeConfig(config), resolveRetryRuntimeConfig(config));
};

const getArrayIfSingleItem = (mayBeArray) => Array.isArray(mayBeArray) ? mayBeArray : [mayBeArray];

const getValueFromTextNode = (obj) => {
    const textNodeName = "#text";
    for (const key in obj) {
        if (!hasOwn(obj, key)) {
            continue;
        }
        if (obj[key][textNodeName] !== undefined) {
            obj[key] = obj[key][textNodeName];
        }
        else if (typeof obj[key] === "object" && obj[key] !== null) {
            obj[key] = getValueFromTextNode(obj[key]);
        }
    }
    return obj;
};

const isSerializableHeaderValue = (value) => {
    return value != null;
};

class NoOpLogger {
    trace() { }
    debug() { }
    info() { }
    warn() { }
    error() { }
}

function map(arg0, arg1, arg2) {
    let target;
    let filter;
    let instructions;
    if (typeof arg1 === "undefined" && typeof arg2 === "undefined") {
        target = {};
        instructions = arg0;
    }
    else {
        target = arg0;
        if (typeof arg1 === "function") {
            filter = arg1;
            instructions = arg2;
            return mapWithFilter(target, filter, instructions);
        }
        else {
            instructions = arg1;
        }
    }
    for (const key in instructions) {
        if (!hasOwn(instructions, key)) {
            continue;
        }
        if (!Array.isArray(instructions[key])) {
            target[key] = instructions[key];
            continue;
        }
        applyInstruction(target, null, instructions, key);
    }
    return target;
}
const convertMap = (target) => {
    const output = {};
    for (const [k, v] of Object.entries(target || {})) {
        output[k] = [, v];
    }
    return output;
};
const take = (source, instructions) => {
    const out = {};
    for (const key in instructions) {
        if (!hasOwn(instructions, key)) {
            continue;
        }
        applyInstruction(out, source, instructions, key);
    }
    return out;
};
const mapWithFilter = (target, filter, instructions) => {
    return map(target, Object.entries(instructions).reduce((_instructions, [key, value]) => {
        if (Array.isArray(value)) {
            _instructions[key] = value;
        }
        else {
            if (typeof value === "function") {
                _instructions[key] = [filter, value()];
            }
            else {
                _instructions[key] = [filter, value];
            }
        }
        return _instructions;
    }, {}));
};
const applyInstruction = (target, source, instructions, targetKey) => {
    if (source !== null) {
        let instruction = instructions[targetKey];
        if (typeof instruction === "function") {
            instruction = [, instruction];
        }
        const [filter = nonNullish, valueFn = pass, sourceKey = targetKey] = instruction;
        if ((typeof filter === "function" && filter(source[sourceKey])) || (typeof filter !== "function" && !!filter)) {
            target[targetKey] = valueFn(source[sourceKey]);
        }
        return;
    }
    let [filter, value] = instructions[targetKey];
    if (typeof value === "function") {
        let _value;
        const defaultFilterPassed = filter === undefined && (_value = value()) != null;
        const customFilterPassed = (typeof filter === "function" && !!filter(void 0)) || (typeof filter !== "function" && !!filter);
        if (defaultFilterPassed) {
            target[targetKey] = _value;
        }
        else if (customFilterPassed) {
            target[targetKey] = value();
        }
    }
    else {
        const defaultFilterPassed = filter === undefined && value != null;
        const customFilterPassed = (typeof filter === "function" && !!filter(value)) || (typeof filter !== "function" && !!filter);
        if (defaultFilterPassed || customFilterPassed) {
            target[targetKey] = value;
        }
    }
};
const nonNullish = (_) => _ != null;
const pass = (_) => _;

const serializeFloat = (value) => {
    if (value !== value) {
        return "NaN";
    }
    switch (value) {
        case Infinity:
            return "Infinity";
        case -Infinity:
            return "-Infinity";
        default:
            return value;
    }
};
const serializeDateTime = (date) => date.toISOString().replace(".000Z", "Z");

const _json = (obj) => {
    if (obj == null) {
        return {};
    }
    if (Array.isArray(obj)) {
        return obj.filter((_) => _ != null).map(_json);
    }
    if (typeof obj === "object") {
        const target = {};
        for (const key in obj) {
            if (!hasOwn(obj, key)) {
                continue;
            }
            if (obj[key] == null) {
                continue;
            }
            target[key] = _json(obj[key]);
        }
        return target;
    }
    return obj;
};

function makeBuilder(common, service, name, ep) {
    return function makeCommand(added, plugins, op, $, smithyContext = {}) {
        const epMerged = Object.assign({}, common, added);
        return Command.classBuilder()
            .ep(epMerged)
            .m(function (CommandCtor, clientStack, config, options) {
            const list = plugins.call(this, CommandCtor, clientStack, config, options);
            list.unshift(ep(config, CommandCtor.getEndpointParameterInstructions()));
            return list;
        })
            .s(service, op, smithyContext)
            .n(name, op.charAt(0).toUpperCase() + op.slice(1) + "Command")
            .sc($)
            .build();
    };
}

exports.Client = Client;
exports.Command = Command;
exports.NoOpLogger = NoOpLogger;
exports.SENSITIVE_STRING = SENSITIVE_STRING;
exports.ServiceException = ServiceException;
exports.WaiterState = WaiterState;
exports._json = _json;
exports.checkExceptions = checkExceptions;
exports.constructStack = constructStack;
exports.convertMap = convertMap;
exports.createAggregatedClient = createAggregatedClient;
exports.createWaiter = createWaiter;
exports.decorateServiceException = decorateServiceException;
exports.emitWarningIfUnsupportedVersion = emitWarningIfUnsupportedVersion;
exports.getArrayIfSingleItem = getArrayIfSingleItem;
exports.getChecksumConfiguration = getChecksumConfiguration;
exports.getDefaultClientConfiguration = getDefaultClientConfiguration;
exports.getDefaultExtensionConfiguration = getDefaultExtensionConfiguration;
exports.getRetryConfiguration = getRetryConfiguration;
exports.getValueFromTextNode = getValueFromTextNode;
exports.invalidFunction = invalidFunction;
exports.invalidProvider = invalidProvider;
exports.isSerializableHeaderValue = isSerializableHeaderValue;
exports.loadConfigsForDefaultMode = loadConfigsForDefaultMode;
exports.makeBuilder = makeBuilder;
exports.map = map;
exports.resolveChecksumRuntimeConfig = resolveChecksumRuntimeConfig;
exports.resolveDefaultRuntimeConfig = resolveDefaultRuntimeConfig;
exports.resolveRetryRuntimeConfig = resolveRetryRuntimeConfig;
exports.schemaLogFilter = schemaLogFilter;
exports.serializeDateTime = serializeDateTime;
exports.serializeFloat = serializeFloat;
exports.take = take;
exports.throwDefaultError = throwDefaultError;
exports.waiterServiceDefaults = waiterServiceDefaults;
exports.withBaseException = withBaseException;


/***/ }),

/***/ 291:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { homedir } = __nccwpck_require__(161);
const { sep, join } = __nccwpck_require__(760);
const { createHash } = __nccwpck_require__(598);
const { readFile: readFile$1 } = __nccwpck_require__(455);
const { IniSectionType } = __nccwpck_require__(690);
const { normalizeProvider } = __nccwpck_require__(658);
const { isValidHostLabel } = __nccwpck_require__(534);

class ProviderError extends Error {
    name = "ProviderError";
    tryNextLink;
    constructor(message, options = true) {
        let logger;
        let tryNextLink = true;
        if (typeof options === "boolean") {
            logger = undefined;
            tryNextLink = options;
        }
        else if (options != null && typeof options === "object") {
            logger = options.logger;
            tryNextLink = options.tryNextLink ?? true;
        }
        super(message);
        this.tryNextLink = tryNextLink;
        Object.setPrototypeOf(this, ProviderError.prototype);
        logger?.debug?.(`@smithy/property-provider ${tryNextLink ? "->" : "(!)"} ${message}`);
    }
    static from(error, options = true) {
        return Object.assign(new this(error.message, options), error);
    }
}

class CredentialsProviderError extends ProviderError {
    name = "CredentialsProviderError";
    constructor(message, options = true) {
        super(message, options);
        Object.setPrototypeOf(this, CredentialsProviderError.prototype);
    }
}

class TokenProviderError extends ProviderError {
    name = "TokenProviderError";
    constructor(message, options = true) {
        super(message, options);
        Object.setPrototypeOf(this, TokenProviderError.prototype);
    }
}

const chain = (...providers) => async () => {
    if (providers.length === 0) {
        throw new ProviderError("No providers in chain");
    }
    let lastProviderError;
    for (const provider of providers) {
        try {
            const credentials = await provider();
            return credentials;
        }
        catch (err) {
            lastProviderError = err;
            if (err?.tryNextLink) {
                continue;
            }
            throw err;
        }
    }
    throw lastProviderError;
};

const fromValue = (staticValue) => () => Promise.resolve(staticValue);

const memoize = (provider, isExpired, requiresRefresh) => {
    let resolved;
    let pending;
    let hasResult;
    let isConstant = false;
    const coalesceProvider = async () => {
        if (!pending) {
            pending = provider();
        }
        try {
            resolved = await pending;
            hasResult = true;
            isConstant = false;
        }
        finally {
            pending = undefined;
        }
        return resolved;
    };
    if (isExpired === undefined) {
        return async (options) => {
            if (!hasResult || options?.forceRefresh) {
                resolved = await coalesceProvider();
            }
            return resolved;
        };
    }
    return async (options) => {
        if (!hasResult || options?.forceRefresh) {
            resolved = await coalesceProvider();
        }
        if (isConstant) {
            return resolved;
        }
        if (requiresRefresh && !requiresRefresh(resolved)) {
            isConstant = true;
            return resolved;
        }
        if (isExpired(resolved)) {
            await coalesceProvider();
            return resolved;
        }
        return resolved;
    };
};

const booleanSelector = (obj, key, type) => {
    if (!(key in obj)) {
        return undefined;
    }
    if (obj[key] === "true") {
        return true;
    }
    if (obj[key] === "false") {
        return false;
    }
    throw new Error(`Cannot load ${type} "${key}". Expected "true" or "false", got ${obj[key]}.`);
};

const numberSelector = (obj, key, type) => {
    if (!(key in obj)) {
        return undefined;
    }
    const numberValue = parseInt(obj[key], 10);
    if (Number.isNaN(numberValue)) {
        throw new TypeError(`Cannot load ${type} '${key}'. Expected number, got '${obj[key]}'.`);
    }
    return numberValue;
};

var SelectorType;
(function (SelectorType) {
    SelectorType["ENV"] = "env";
    SelectorType["CONFIG"] = "shared config entry";
})(SelectorType || (SelectorType = {}));

const homeDirCache = {};
const getHomeDirCacheKey = () => {
    if (process && process.geteuid) {
        return `${process.geteuid()}`;
    }
    return "DEFAULT";
};
const getHomeDir = () => {
    const { HOME, USERPROFILE, HOMEPATH, HOMEDRIVE = `C:${sep}` } = process.env;
    if (HOME) {
        return HOME;
    }
    if (USERPROFILE) {
        return USERPROFILE;
    }
    if (HOMEPATH) {
        return `${HOMEDRIVE}${HOMEPATH}`;
    }
    const homeDirCacheKey = getHomeDirCacheKey();
    if (!homeDirCache[homeDirCacheKey]) {
        homeDirCache[homeDirCacheKey] = homedir();
    }
    return homeDirCache[homeDirCacheKey];
};

const ENV_PROFILE = "AWS_PROFILE";
const DEFAULT_PROFILE = "default";
const getProfileName = (init) => init.profile || process.env[ENV_PROFILE] || DEFAULT_PROFILE;

const getSSOTokenFilepath = (id) => {
    const hasher = createHash("sha1");
    const cacheName = hasher.update(id).digest("hex");
    return join(getHomeDir(), ".aws", "sso", "cache", `${cacheName}.json`);
};

const tokenIntercept = {};
const getSSOTokenFromFile = async (id) => {
    if (tokenIntercept[id]) {
        return tokenIntercept[id];
    }
    const ssoTokenFilepath = getSSOTokenFilepath(id);
    const ssoTokenText = await readFile$1(ssoTokenFilepath, "utf8");
    return JSON.parse(ssoTokenText);
};

const CONFIG_PREFIX_SEPARATOR = ".";

const getConfigData = (data) => Object.entries(data)
    .filter(([key]) => {
    const indexOfSeparator = key.indexOf(CONFIG_PREFIX_SEPARATOR);
    if (indexOfSeparator === -1) {
        return false;
    }
    return Object.values(IniSectionType).includes(key.substring(0, indexOfSeparator));
})
    .reduce((acc, [key, value]) => {
    const indexOfSeparator = key.indexOf(CONFIG_PREFIX_SEPARATOR);
    const updatedKey = key.substring(0, indexOfSeparator) === IniSectionType.PROFILE ? key.substring(indexOfSeparator + 1) : key;
    acc[updatedKey] = value;
    return acc;
}, {
    ...(data.default && { default: data.default }),
});

const ENV_CONFIG_PATH = "AWS_CONFIG_FILE";
const getConfigFilepath = () => process.env[ENV_CONFIG_PATH] || join(getHomeDir(), ".aws", "config");

const ENV_CREDENTIALS_PATH = "AWS_SHARED_CREDENTIALS_FILE";
const getCredentialsFilepath = () => process.env[ENV_CREDENTIALS_PATH] || join(getHomeDir(), ".aws", "credentials");

const prefixKeyRegex = /^([\w-]+)\s(["'])?([\w-@+.%:/]+)\2$/;
const profileNameBlockList = ["__proto__", "profile __proto__"];
const parseIni = (iniData) => {
    const map = {};
    let currentSection;
    let currentSubSection;
    for (const iniLine of iniData.split(/\r?\n/)) {
        const trimmedLine = iniLine.split(/(^|\s)[;#]/)[0].trim();
        const isSection = trimmedLine[0] === "[" && trimmedLine[trimmedLine.length - 1] === "]";
        if (isSection) {
            currentSection = undefined;
            currentSubSection = undefined;
            const sectionName = trimmedLine.substring(1, trimmedLine.length - 1);
            const matches = prefixKeyRegex.exec(sectionName);
            if (matches) {
                const [, prefix, , name] = matches;
                if (Object.values(IniSectionType).includes(prefix)) {
                    currentSection = [prefix, name].join(CONFIG_PREFIX_SEPARATOR);
                }
            }
            else {
                currentSection = sectionName;
            }
            if (profileNameBlockList.includes(sectionName)) {
                throw new Error(`Found invalid profile name "${sectionName}"`);
            }
        }
        else if (currentSection) {
            const indexOfEqualsSign = trimmedLine.indexOf("=");
            if (![0, -1].includes(indexOfEqualsSign)) {
                const [name, value] = [
                    trimmedLine.substring(0, indexOfEqualsSign).trim(),
                    trimmedLine.substring(indexOfEqualsSign + 1).trim(),
                ];
                if (value === "") {
                    currentSubSection = name;
                }
                else {
                    if (currentSubSection && iniLine.trimStart() === iniLine) {
                        currentSubSection = undefined;
                    }
                    map[currentSection] = map[currentSection] || {};
                    const key = currentSubSection ? [currentSubSection, name].join(CONFIG_PREFIX_SEPARATOR) : name;
                    map[currentSection][key] = value;
                }
            }
        }
    }
    return map;
};

const filePromises = {};
const fileIntercept = {};
const readFile = (path, options) => {
    if (fileIntercept[path] !== undefined) {
        return fileIntercept[path];
    }
    if (!filePromises[path] || options?.ignoreCache) {
        filePromises[path] = readFile$1(path, "utf8");
    }
    return filePromises[path];
};

const swallowError$1 = () => ({});
const loadSharedConfigFiles = async (init = {}) => {
    const { filepath = getCredentialsFilepath(), configFilepath = getConfigFilepath() } = init;
    const homeDir = getHomeDir();
    const relativeHomeDirPrefix = "~/";
    let resolvedFilepath = filepath;
    if (filepath.startsWith(relativeHomeDirPrefix)) {
        resolvedFilepath = join(homeDir, filepath.slice(2));
    }
    let resolvedConfigFilepath = configFilepath;
    if (configFilepath.startsWith(relativeHomeDirPrefix)) {
        resolvedConfigFilepath = join(homeDir, configFilepath.slice(2));
    }
    const parsedFiles = await Promise.all([
        readFile(resolvedConfigFilepath, {
            ignoreCache: init.ignoreCache,
        })
            .then(parseIni)
            .then(getConfigData)
            .catch(swallowError$1),
        readFile(resolvedFilepath, {
            ignoreCache: init.ignoreCache,
        })
            .then(parseIni)
            .catch(swallowError$1),
    ]);
    return {
        configFile: parsedFiles[0],
        credentialsFile: parsedFiles[1],
    };
};

const getSsoSessionData = (data) => Object.entries(data)
    .filter(([key]) => key.startsWith(IniSectionType.SSO_SESSION + CONFIG_PREFIX_SEPARATOR))
    .reduce((acc, [key, value]) => ({ ...acc, [key.substring(key.indexOf(CONFIG_PREFIX_SEPARATOR) + 1)]: value }), {});

const swallowError = () => ({});
const loadSsoSessionData = async (init = {}) => readFile(init.configFilepath ?? getConfigFilepath())
    .then(parseIni)
    .then(getSsoSessionData)
    .catch(swallowError);

const mergeConfigFiles = (...files) => {
    const merged = {};
    for (const file of files) {
        for (const [key, values] of Object.entries(file)) {
            if (merged[key] !== undefined) {
                Object.assign(merged[key], values);
            }
            else {
                merged[key] = values;
            }
        }
    }
    return merged;
};

const parseKnownFiles = async (init) => {
    const parsedFiles = await loadSharedConfigFiles(init);
    return mergeConfigFiles(parsedFiles.configFile, parsedFiles.credentialsFile);
};

const externalDataInterceptor = {
    getFileRecord() {
        return fileIntercept;
    },
    interceptFile(path, contents) {
        fileIntercept[path] = Promise.resolve(contents);
    },
    getTokenRecord() {
        return tokenIntercept;
    },
    interceptToken(id, contents) {
        tokenIntercept[id] = contents;
    },
};

function getSelectorName(functionString) {
    try {
        const constants = new Set(Array.from(functionString.match(/([A-Z_]){3,}/g) ?? []));
        constants.delete("CONFIG");
        constants.delete("CONFIG_PREFIX_SEPARATOR");
        constants.delete("ENV");
        return [...constants].join(", ");
    }
    catch (ignored) {
        return functionString;
    }
}

const fromEnv = (envVarSelector, options) => async () => {
    try {
        const config = envVarSelector(process.env, options);
        if (config === undefined) {
            throw new Error();
        }
        return config;
    }
    catch (e) {
        throw new CredentialsProviderError(e.message || `Not found in ENV: ${getSelectorName(envVarSelector.toString())}`, { logger: options?.logger });
    }
};

const fromSharedConfigFiles = (configSelector, { preferredFile = "config", ...init } = {}) => async () => {
    const profile = getProfileName(init);
    const { configFile, credentialsFile } = await loadSharedConfigFiles(init);
    const profileFromCredentials = credentialsFile[profile] || {};
    const profileFromConfig = configFile[profile] || {};
    const mergedProfile = preferredFile === "config"
        ? { ...profileFromCredentials, ...profileFromConfig }
        : { ...profileFromConfig, ...profileFromCredentials };
    try {
        const cfgFile = preferredFile === "config" ? configFile : credentialsFile;
        const configValue = configSelector(mergedProfile, cfgFile);
        if (configValue === undefined) {
            throw new Error();
        }
        return configValue;
    }
    catch (e) {
        throw new CredentialsProviderError(e.message || `Not found in config files w/ profile [${profile}]: ${getSelectorName(configSelector.toString())}`, { logger: init.logger });
    }
};

const isFunction = (func) => typeof func === "function";
const fromStatic = (defaultValue) => isFunction(defaultValue) ? async () => await defaultValue() : fromValue(defaultValue);

const loadConfig = ({ environmentVariableSelector, configFileSelector, default: defaultValue }, configuration = {}) => {
    const { signingName, logger } = configuration;
    const envOptions = { signingName, logger };
    return memoize(chain(fromEnv(environmentVariableSelector, envOptions), fromSharedConfigFiles(configFileSelector, configuration), fromStatic(defaultValue)));
};

const ENV_USE_DUALSTACK_ENDPOINT = "AWS_USE_DUALSTACK_ENDPOINT";
const CONFIG_USE_DUALSTACK_ENDPOINT = "use_dualstack_endpoint";
const DEFAULT_USE_DUALSTACK_ENDPOINT = false;
const NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS = {
    environmentVariableSelector: (env) => booleanSelector(env, ENV_USE_DUALSTACK_ENDPOINT, SelectorType.ENV),
    configFileSelector: (profile) => booleanSelector(profile, CONFIG_USE_DUALSTACK_ENDPOINT, SelectorType.CONFIG),
    default: false,
};
const nodeDualstackConfigSelectors = {
    environmentVariableSelector: (env) => booleanSelector(env, ENV_USE_DUALSTACK_ENDPOINT, SelectorType.ENV),
    configFileSelector: (profile) => booleanSelector(profile, CONFIG_USE_DUALSTACK_ENDPOINT, SelectorType.CONFIG),
    default: undefined,
};

const ENV_USE_FIPS_ENDPOINT = "AWS_USE_FIPS_ENDPOINT";
const CONFIG_USE_FIPS_ENDPOINT = "use_fips_endpoint";
const DEFAULT_USE_FIPS_ENDPOINT = false;
const NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS = {
    environmentVariableSelector: (env) => booleanSelector(env, ENV_USE_FIPS_ENDPOINT, SelectorType.ENV),
    configFileSelector: (profile) => booleanSelector(profile, CONFIG_USE_FIPS_ENDPOINT, SelectorType.CONFIG),
    default: false,
};
const nodeFipsConfigSelectors = {
    environmentVariableSelector: (env) => booleanSelector(env, ENV_USE_FIPS_ENDPOINT, SelectorType.ENV),
    configFileSelector: (profile) => booleanSelector(profile, CONFIG_USE_FIPS_ENDPOINT, SelectorType.CONFIG),
    default: undefined,
};

const resolveCustomEndpointsConfig = (input) => {
    const { tls, endpoint, urlParser, useDualstackEndpoint } = input;
    return Object.assign(input, {
        tls: tls ?? true,
        endpoint: normalizeProvider(typeof endpoint === "string" ? urlParser(endpoint) : endpoint),
        isCustomEndpoint: true,
        useDualstackEndpoint: normalizeProvider(useDualstackEndpoint ?? false),
    });
};

const getEndpointFromRegion = async (input) => {
    const { tls = true } = input;
    const region = await input.region();
    const dnsHostRegex = new RegExp(/^([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9])$/);
    if (!dnsHostRegex.test(region)) {
        throw new Error("Invalid region in client config");
    }
    const useDualstackEndpoint = await input.useDualstackEndpoint();
    const useFipsEndpoint = await input.useFipsEndpoint();
    const { hostname } = (await input.regionInfoProvider(region, { useDualstackEndpoint, useFipsEndpoint })) ?? {};
    if (!hostname) {
        throw new Error("Cannot resolve hostname from client config");
    }
    return input.urlParser(`${tls ? "https:" : "http:"}//${hostname}`);
};

const resolveEndpointsConfig = (input) => {
    const useDualstackEndpoint = normalizeProvider(input.useDualstackEndpoint ?? false);
    const { endpoint, useFipsEndpoint, urlParser, tls } = input;
    return Object.assign(input, {
        tls: tls ?? true,
        endpoint: endpoint
            ? normalizeProvider(typeof endpoint === "string" ? urlParser(endpoint) : endpoint)
            : () => getEndpointFromRegion({ ...input, useDualstackEndpoint, useFipsEndpoint }),
        isCustomEndpoint: !!endpoint,
        useDualstackEndpoint,
    });
};

const AWS_EXECUTION_ENV = "AWS_EXECUTION_ENV";
const AWS_REGION_ENV = "AWS_REGION";
const AWS_DEFAULT_REGION_ENV = "AWS_DEFAULT_REGION";
const ENV_IMDS_DISABLED = "AWS_EC2_METADATA_DISABLED";
const DEFAULTS_MODE_OPTIONS = ["in-region", "cross-region", "mobile", "standard", "legacy"];
const IMDS_REGION_PATH = "/latest/meta-data/placement/region";
const IMDS_TOKEN_PATH = "/latest/api/token";
const X_AWS_EC2_METADATA_TOKEN = "x-aws-ec2-metadata-token";
const X_AWS_EC2_METADATA_TOKEN_TTL = "x-aws-ec2-metadata-token-ttl-seconds";

const TIMEOUT_MS = 1000;
const NEG_CACHE_TTL_MS = 60_000;
let negativeCacheUntil = 0;
const getInstanceMetadataRegion = async () => {
    if (process.env[ENV_IMDS_DISABLED]) {
        return undefined;
    }
    if (Date.now() < negativeCacheUntil) {
        return undefined;
    }
    try {
        const endpoint = resolveImdsEndpoint();
        const token = (await imdsRequest({
            ...endpoint,
            path: IMDS_TOKEN_PATH,
            method: "PUT",
            headers: {
                [X_AWS_EC2_METADATA_TOKEN_TTL]: "21600",
            },
        })).toString();
        const region = (await imdsRequest({
            ...endpoint,
            path: IMDS_REGION_PATH,
            method: "GET",
            headers: {
                [X_AWS_EC2_METADATA_TOKEN]: token,
            },
        }))
            .toString()
            .trim();
        return region || cacheNegativeAndReturnUndefined();
    }
    catch {
        return cacheNegativeAndReturnUndefined();
    }
};
const cacheNegativeAndReturnUndefined = () => {
    negativeCacheUntil = Date.now() + NEG_CACHE_TTL_MS;
    return undefined;
};
const resolveImdsEndpoint = () => {
    const envEndpoint = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT;
    if (envEndpoint) {
        const url = new URL(envEndpoint);
        return {
            hostname: url.hostname.replace(/^\[(.+)]$/, "$1"),
            port: url.port ? Number(url.port) : undefined,
        };
    }
    if (process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE === "IPv6") {
        return { hostname: "fd00:ec2::254" };
    }
    return { hostname: "169.254.169.254" };
};
const imdsRequest = async (options) => {
    const { request } = __nccwpck_require__(67);
    return new Promise((resolve, reject) => {
        const req = request({
            hostname: options.hostname,
            port: options.port,
            path: options.path,
            method: options.method,
            headers: options.headers,
            timeout: TIMEOUT_MS,
            signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        req.on("error", (err) => {
            reject(err);
            req.destroy();
        });
        req.on("timeout", () => {
            reject(new Error("TimeoutError from instance metadata service"));
            req.destroy();
        });
        req.on("response", (res) => {
            const { statusCode = 400 } = res;
            if (statusCode < 200 || statusCode >= 300) {
                reject(Object.assign(new Error("Error response received from instance metadata service"), { statusCode }));
                req.destroy();
                return;
            }
            const chunks = [];
            res.on("data", (chunk) => chunks.push(chunk));
            res.on("end", () => {
                resolve(Buffer.concat(chunks));
                req.destroy();
            });
        });
        req.end();
    });
};

const REGION_ENV_NAME = "AWS_REGION";
const REGION_INI_NAME = "region";
const NODE_REGION_CONFIG_OPTIONS = {
    environmentVariableSelector: (env) => env[REGION_ENV_NAME],
    configFileSelector: (profile) => profile[REGION_INI_NAME],
    default: async () => {
        const region = await getInstanceMetadataRegion();
        if (region) {
            return region;
        }
        throw new Error("Region is missing");
    },
};
const NODE_REGION_CONFIG_FILE_OPTIONS = {
    preferredFile: "credentials",
};

const validRegions = new Set();
const checkRegion = (region, check = isValidHostLabel) => {
    if (!validRegions.has(region) && !check(region)) {
        if (region === "*") {
            console.warn(`@smithy/config-resolver WARN - Please use the caller region instead of "*". See "sigv4a" in https://github.com/aws/aws-sdk-js-v3/blob/main/supplemental-docs/CLIENTS.md.`);
        }
        else {
            throw new Error(`Region not accepted: region="${region}" is not a valid hostname component.`);
        }
    }
    else {
        validRegions.add(region);
    }
};

const isFipsRegion = (region) => typeof region === "string" && (region.startsWith("fips-") || region.endsWith("-fips"));

const getRealRegion = (region) => isFipsRegion(region)
    ? ["fips-aws-global", "aws-fips"].includes(region)
        ? "us-east-1"
        : region.replace(/fips-(dkr-|prod-)?|-fips/, "")
    : region;

const resolveRegionConfig = (input) => {
    const { region, useFipsEndpoint } = input;
    if (!region) {
        throw new Error("Region is missing");
    }
    return Object.assign(input, {
        region: async () => {
            const providedRegion = typeof region === "function" ? await region() : region;
            const realRegion = getRealRegion(providedRegion);
            checkRegion(realRegion);
            return realRegion;
        },
        useFipsEndpoint: async () => {
            const providedRegion = typeof region === "string" ? region : await region();
            if (isFipsRegion(providedRegion)) {
                return true;
            }
            return typeof useFipsEndpoint !== "function" ? Promise.resolve(!!useFipsEndpoint) : useFipsEndpoint();
        },
    });
};

const getHostnameFromVariants = (variants = [], { useFipsEndpoint, useDualstackEndpoint }) => variants.find(({ tags }) => useFipsEndpoint === tags.includes("fips") && useDualstackEndpoint === tags.includes("dualstack"))?.hostname;

const getResolvedHostname = (resolvedRegion, { regionHostname, partitionHostname }) => regionHostname
    ? regionHostname
    : partitionHostname
        ? partitionHostname.replace("{region}", resolvedRegion)
        : undefined;

const getResolvedPartition = (region, { partitionHash }) => Object.keys(partitionHash || {}).find((key) => partitionHash[key].regions.includes(region)) ?? "aws";

const getResolvedSigningRegion = (hostname, { signingRegion, regionRegex, useFipsEndpoint }) => {
    if (signingRegion) {
        return signingRegion;
    }
    else if (useFipsEndpoint) {
        const regionRegexJs = regionRegex.replace("\\\\", "\\").replace(/^\^/g, "\\.").replace(/\$$/g, "\\.");
        const regionRegexmatchArray = hostname.match(regionRegexJs);
        if (regionRegexmatchArray) {
            return regionRegexmatchArray[0].slice(1, -1);
        }
    }
};

const getRegionInfo = (region, { useFipsEndpoint = false, useDualstackEndpoint = false, signingService, regionHash, partitionHash, }) => {
    const partition = getResolvedPartition(region, { partitionHash });
    const resolvedRegion = region in regionHash ? region : (partitionHash[partition]?.endpoint ?? region);
    const hostnameOptions = { useFipsEndpoint, useDualstackEndpoint };
    const regionHostname = getHostnameFromVariants(regionHash[resolvedRegion]?.variants, hostnameOptions);
    const partitionHostname = getHostnameFromVariants(partitionHash[partition]?.variants, hostnameOptions);
    const hostname = getResolvedHostname(resolvedRegion, { regionHostname, partitionHostname });
    if (hostname === undefined) {
        throw new Error(`Endpoint resolution failed for: ${{ resolvedRegion, useFipsEndpoint, useDualstackEndpoint }}`);
    }
    const signingRegion = getResolvedSigningRegion(hostname, {
        signingRegion: regionHash[resolvedRegion]?.signingRegion,
        regionRegex: partitionHash[partition].regionRegex,
        useFipsEndpoint,
    });
    return {
        partition,
        signingService,
        hostname,
        ...(signingRegion && { signingRegion }),
        ...(regionHash[resolvedRegion]?.signingService && {
            signingService: regionHash[resolvedRegion].signingService,
        }),
    };
};

const AWS_DEFAULTS_MODE_ENV = "AWS_DEFAULTS_MODE";
const AWS_DEFAULTS_MODE_CONFIG = "defaults_mode";
const NODE_DEFAULTS_MODE_CONFIG_OPTIONS = {
    environmentVariableSelector: (env) => {
        return env[AWS_DEFAULTS_MODE_ENV];
    },
    configFileSelector: (profile) => {
        return profile[AWS_DEFAULTS_MODE_CONFIG];
    },
    default: "legacy",
};

const resolveDefaultsModeConfig = ({ region = loadConfig(NODE_REGION_CONFIG_OPTIONS), defaultsMode = loadConfig(NODE_DEFAULTS_MODE_CONFIG_OPTIONS), } = {}) => memoize(async () => {
    const mode = typeof defaultsMode === "function" ? await defaultsMode() : defaultsMode;
    switch (mode?.toLowerCase()) {
        case "auto":
            return resolveNodeDefaultsModeAuto(region);
        case "in-region":
        case "cross-region":
        case "mobile":
        case "standard":
        case "legacy":
            return Promise.resolve(mode?.toLocaleLowerCase());
        case undefined:
            return Promise.resolve("legacy");
        default:
            throw new Error(`Invalid parameter for "defaultsMode", expect ${DEFAULTS_MODE_OPTIONS.join(", ")}, got ${mode}`);
    }
});
const resolveNodeDefaultsModeAuto = async (clientRegion) => {
    if (clientRegion) {
        const resolvedRegion = typeof clientRegion === "function" ? await clientRegion() : clientRegion;
        const inferredRegion = await inferPhysicalRegion();
        if (!inferredRegion) {
            return "standard";
        }
        if (resolvedRegion === inferredRegion) {
            return "in-region";
        }
        else {
            return "cross-region";
        }
    }
    return "standard";
};
const inferPhysicalRegion = async () => {
    if (process.env[AWS_EXECUTION_ENV] && (process.env[AWS_REGION_ENV] || process.env[AWS_DEFAULT_REGION_ENV])) {
        return process.env[AWS_REGION_ENV] ?? process.env[AWS_DEFAULT_REGION_ENV];
    }
    return getInstanceMetadataRegion();
};

exports.CONFIG_PREFIX_SEPARATOR = CONFIG_PREFIX_SEPARATOR;
exports.CONFIG_USE_DUALSTACK_ENDPOINT = CONFIG_USE_DUALSTACK_ENDPOINT;
exports.CONFIG_USE_FIPS_ENDPOINT = CONFIG_USE_FIPS_ENDPOINT;
exports.CredentialsProviderError = CredentialsProviderError;
exports.DEFAULT_PROFILE = DEFAULT_PROFILE;
exports.DEFAULT_USE_DUALSTACK_ENDPOINT = DEFAULT_USE_DUALSTACK_ENDPOINT;
exports.DEFAULT_USE_FIPS_ENDPOINT = DEFAULT_USE_FIPS_ENDPOINT;
exports.ENV_PROFILE = ENV_PROFILE;
exports.ENV_USE_DUALSTACK_ENDPOINT = ENV_USE_DUALSTACK_ENDPOINT;
exports.ENV_USE_FIPS_ENDPOINT = ENV_USE_FIPS_ENDPOINT;
exports.NODE_REGION_CONFIG_FILE_OPTIONS = NODE_REGION_CONFIG_FILE_OPTIONS;
exports.NODE_REGION_CONFIG_OPTIONS = NODE_REGION_CONFIG_OPTIONS;
exports.NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS = NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS;
exports.NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS = NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS;
exports.ProviderError = ProviderError;
exports.REGION_ENV_NAME = REGION_ENV_NAME;
exports.REGION_INI_NAME = REGION_INI_NAME;
exports.SelectorType = SelectorType;
exports.TokenProviderError = TokenProviderError;
exports.booleanSelector = booleanSelector;
exports.chain = chain;
exports.externalDataInterceptor = externalDataInterceptor;
exports.fromStatic = fromStatic;
exports.fromValue = fromValue;
exports.getHomeDir = getHomeDir;
exports.getProfileName = getProfileName;
exports.getRegionInfo = getRegionInfo;
exports.getSSOTokenFilepath = getSSOTokenFilepath;
exports.getSSOTokenFromFile = getSSOTokenFromFile;
exports.loadConfig = loadConfig;
exports.loadSharedConfigFiles = loadSharedConfigFiles;
exports.loadSsoSessionData = loadSsoSessionData;
exports.memoize = memoize;
exports.nodeDualstackConfigSelectors = nodeDualstackConfigSelectors;
exports.nodeFipsConfigSelectors = nodeFipsConfigSelectors;
exports.numberSelector = numberSelector;
exports.parseKnownFiles = parseKnownFiles;
exports.readFile = readFile;
exports.resolveCustomEndpointsConfig = resolveCustomEndpointsConfig;
exports.resolveDefaultsModeConfig = resolveDefaultsModeConfig;
exports.resolveEndpointsConfig = resolveEndpointsConfig;
exports.resolveRegionConfig = resolveRegionConfig;


/***/ }),

/***/ 85:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { CONFIG_PREFIX_SEPARATOR, booleanSelector, SelectorType, loadConfig } = __nccwpck_require__(291);
const { toEndpointV1, getSmithyContext, normalizeProvider, isValidHostLabel, hasOwn } = __nccwpck_require__(534);
exports.isValidHostLabel = isValidHostLabel;
exports.middlewareEndpointToEndpointV1 = toEndpointV1;
exports.toEndpointV1 = toEndpointV1;
const { EndpointURLScheme } = __nccwpck_require__(690);

const ENV_ENDPOINT_URL = "AWS_ENDPOINT_URL";
const CONFIG_ENDPOINT_URL = "endpoint_url";
const getEndpointUrlConfig = (serviceId) => ({
    environmentVariableSelector: (env) => {
        const serviceSuffixParts = serviceId.split(" ").map((w) => w.toUpperCase());
        const serviceEndpointUrl = env[[ENV_ENDPOINT_URL, ...serviceSuffixParts].join("_")];
        if (serviceEndpointUrl) {
            return serviceEndpointUrl;
        }
        const endpointUrl = env[ENV_ENDPOINT_URL];
        if (endpointUrl) {
            return endpointUrl;
        }
        return undefined;
    },
    configFileSelector: (profile, config) => {
        if (profile.services) {
            const servicesSectionKey = ["services", profile.services].join(CONFIG_PREFIX_SEPARATOR);
            if (!config || !config[servicesSectionKey]) {
                throw new Error(`The services section "${profile.services}" specified in the profile is not present in the shared configuration file.`);
            }
            const servicesSection = config[servicesSectionKey];
            const servicePrefixParts = serviceId.split(" ").map((w) => w.toLowerCase());
            const endpointUrl = servicesSection[[servicePrefixParts.join("_"), CONFIG_ENDPOINT_URL].join(CONFIG_PREFIX_SEPARATOR)];
            if (endpointUrl) {
                return endpointUrl;
            }
        }
        const endpointUrl = profile[CONFIG_ENDPOINT_URL];
        if (endpointUrl) {
            return endpointUrl;
        }
        return undefined;
    },
    default: undefined,
});

const ENV_IGNORE_CONFIGURED_ENDPOINT_URLS = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
const CONFIG_IGNORE_CONFIGURED_ENDPOINT_URLS = "ignore_configured_endpoint_urls";
const ignoreConfiguredEndpointUrlsConfigSelectors = {
    environmentVariableSelector: (env) => booleanSelector(env, ENV_IGNORE_CONFIGURED_ENDPOINT_URLS, SelectorType.ENV),
    configFileSelector: (profile) => booleanSelector(profile, CONFIG_IGNORE_CONFIGURED_ENDPOINT_URLS, SelectorType.CONFIG),
    default: false,
};

const getEndpointFromConfig = async (serviceId) => {
    const ignore = await loadConfig(ignoreConfiguredEndpointUrlsConfigSelectors)();
    if (ignore) {
        return undefined;
    }
    return loadConfig(getEndpointUrlConfig(serviceId ?? ""))();
};

const resolveParamsForS3 = async (endpointParams) => {
    const bucket = endpointParams?.Bucket || "";
    if (typeof endpointParams.Bucket === "string") {
        endpointParams.Bucket = bucket.replace(/#/g, encodeURIComponent("#")).replace(/\?/g, encodeURIComponent("?"));
    }
    if (isArnBucketName(bucket)) {
        if (endpointParams.ForcePathStyle === true) {
            throw new Error("Path-style addressing cannot be used with ARN buckets");
        }
    }
    else if (!isDnsCompatibleBucketName(bucket) ||
        (bucket.indexOf(".") !== -1 && !String(endpointParams.Endpoint).startsWith("http:")) ||
        bucket.toLowerCase() !== bucket ||
        bucket.length < 3) {
        endpointParams.ForcePathStyle = true;
    }
    if (endpointParams.DisableMultiRegionAccessPoints) {
        endpointParams.disableMultiRegionAccessPoints = true;
        endpointParams.DisableMRAP = true;
    }
    return endpointParams;
};
const DOMAIN_PATTERN = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const IP_ADDRESS_PATTERN = /(\d+\.){3}\d+/;
const DOTS_PATTERN = /\.\./;
const isDnsCompatibleBucketName = (bucketName) => DOMAIN_PATTERN.test(bucketName) && !IP_ADDRESS_PATTERN.test(bucketName) && !DOTS_PATTERN.test(bucketName);
const isArnBucketName = (bucketName) => {
    const [arn, partition, service, , , bucket] = bucketName.split(":");
    const isArn = arn === "arn" && bucketName.split(":").length >= 6;
    const isValidArn = Boolean(isArn && partition && service && bucket);
    if (isArn && !isValidArn) {
        throw new Error(`Invalid ARN: ${bucketName} was an invalid ARN.`);
    }
    return isValidArn;
};

const createConfigValueProvider = (configKey, canonicalEndpointParamKey, config, isClientContextParam = false) => {
    const configProvider = async () => {
        let configValue;
        if (isClientContextParam) {
            const clientContextParams = config.clientContextParams;
            const nestedValue = clientContextParams?.[configKey];
            configValue = nestedValue ?? config[configKey] ?? config[canonicalEndpointParamKey];
        }
        else {
            configValue = config[configKey] ?? config[canonicalEndpointParamKey];
        }
        if (typeof configValue === "function") {
            return configValue();
        }
        return configValue;
    };
    if (configKey === "credentialScope" || canonicalEndpointParamKey === "CredentialScope") {
        return async () => {
            const credentials = typeof config.credentials === "function" ? await config.credentials() : config.credentials;
            const configValue = credentials?.credentialScope ?? credentials?.CredentialScope;
            return configValue;
        };
    }
    if (configKey === "accountId" || canonicalEndpointParamKey === "AccountId") {
        return async () => {
            const credentials = typeof config.credentials === "function" ? await config.credentials() : config.credentials;
            const configValue = credentials?.accountId ?? credentials?.AccountId;
            return configValue;
        };
    }
    if (configKey === "endpoint" || canonicalEndpointParamKey === "endpoint") {
        return async () => {
            if (config.isCustomEndpoint === false) {
                return undefined;
            }
            const endpoint = await configProvider();
            if (endpoint && typeof endpoint === "object") {
                if ("url" in endpoint) {
                    return endpoint.url.href;
                }
                if ("hostname" in endpoint) {
                    const { protocol, hostname, port, path } = endpoint;
                    return `${protocol}//${hostname}${port ? ":" + port : ""}${path}`;
                }
            }
            return endpoint;
        };
    }
    return configProvider;
};

function bindGetEndpointFromInstructions(getEndpointFromConfig) {
    return async (commandInput, instructionsSupplier, clientConfig, context) => {
        if (!clientConfig.isCustomEndpoint && !clientConfig.ignoreConfiguredEndpointUrls) {
            let endpointFromConfig;
            if (clientConfig.serviceConfiguredEndpoint) {
                endpointFromConfig = await clientConfig.serviceConfiguredEndpoint();
            }
            else {
                endpointFromConfig = await getEndpointFromConfig(clientConfig.serviceId);
            }
            if (endpointFromConfig) {
                clientConfig.endpoint = () => Promise.resolve(toEndpointV1(endpointFromConfig));
                clientConfig.isCustomEndpoint = true;
                context?.logger?.debug?.(`@smithy/core/endpoints - resolved endpoint from config: ${endpointFromConfig}`);
            }
        }
        const endpointParams = await resolveParams(commandInput, instructionsSupplier, clientConfig);
        if (typeof clientConfig.endpointProvider !== "function") {
            throw new Error("config.endpointProvider is not set.");
        }
        const endpoint = clientConfig.endpointProvider(endpointParams, context);
        if (clientConfig.isCustomEndpoint && clientConfig.endpoint) {
            const customEndpoint = await clientConfig.endpoint();
            if (customEndpoint?.headers) {
                endpoint.headers ??= {};
                for (const [name, value] of Object.entries(customEndpoint.headers)) {
                    endpoint.headers[name] = Array.isArray(value) ? value : [value];
                }
            }
        }
        return endpoint;
    };
}
const resolveParams = async (commandInput, instructionsSupplier, clientConfig) => {
    const endpointParams = {};
    const instructions = instructionsSupplier?.getEndpointParameterInstructions?.() || {};
    for (const [name, instruction] of Object.entries(instructions)) {
        switch (instruction.type) {
            case "staticContextParams":
                endpointParams[name] = instruction.value;
                break;
            case "contextParams":
                endpointParams[name] = commandInput[instruction.name];
                break;
            case "clientContextParams":
            case "builtInParams":
                endpointParams[name] = await createConfigValueProvider(instruction.name, name, clientConfig, instruction.type !== "builtInParams")();
                break;
            case "operationContextParams":
                endpointParams[name] = instruction.get(commandInput);
                break;
            default:
                throw new Error("Unrecognized endpoint parameter instruction: " + JSON.stringify(instruction));
        }
    }
    if (Object.keys(instructions).length === 0) {
        Object.assign(endpointParams, clientConfig);
    }
    if (String(clientConfig.serviceId).toLowerCase() === "s3") {
        await resolveParamsForS3(endpointParams);
    }
    return endpointParams;
};

function setFeature(context, feature, value) {
    if (!context.__smithy_context) {
        context.__smithy_context = { features: {} };
    }
    else if (!context.__smithy_context.features) {
        context.__smithy_context.features = {};
    }
    context.__smithy_context.features[feature] = value;
}
function bindEndpointMiddleware(getEndpointFromConfig) {
    const getEndpointFromInstructions = bindGetEndpointFromInstructions(getEndpointFromConfig);
    return ({ config, instructions, }) => {
        return (next, context) => async (args) => {
            if (config.isCustomEndpoint) {
                setFeature(context, "ENDPOINT_OVERRIDE", "N");
            }
            const endpoint = await getEndpointFromInstructions(args.input, {
                getEndpointParameterInstructions() {
                    return instructions;
                },
            }, { ...config }, context);
            context.endpointV2 = endpoint;
            context.authSchemes = endpoint.properties?.authSchemes;
            const authScheme = context.authSchemes?.[0];
            if (authScheme) {
                context["signing_region"] = authScheme.signingRegion;
                context["signing_service"] = authScheme.signingName;
                const smithyContext = getSmithyContext(context);
                const httpAuthOption = smithyContext?.selectedHttpAuthScheme?.httpAuthOption;
                if (httpAuthOption) {
                    httpAuthOption.signingProperties = Object.assign(httpAuthOption.signingProperties || {}, {
                        signing_region: authScheme.signingRegion,
                        signingRegion: authScheme.signingRegion,
                        signing_service: authScheme.signingName,
                        signingName: authScheme.signingName,
                        signingRegionSet: authScheme.signingRegionSet,
                    }, authScheme.properties);
                }
            }
            return next({
                ...args,
            });
        };
    };
}

const serializerMiddlewareOption = {
    name: "serializerMiddleware"};
const endpointMiddlewareOptions = {
    step: "serialize",
    tags: ["ENDPOINT_PARAMETERS", "ENDPOINT_V2", "ENDPOINT"],
    name: "endpointV2Middleware",
    override: true,
    relation: "before",
    toMiddleware: serializerMiddlewareOption.name,
};
function bindGetEndpointPlugin(getEndpointFromConfig) {
    const endpointMiddleware = bindEndpointMiddleware(getEndpointFromConfig);
    return (config, instructions) => ({
        applyToStack: (clientStack) => {
            clientStack.addRelativeTo(endpointMiddleware({
                config,
                instructions,
            }), endpointMiddlewareOptions);
        },
    });
}

function bindResolveEndpointConfig(getEndpointFromConfig) {
    return (input) => {
        const tls = input.tls ?? true;
        const { endpoint, useDualstackEndpoint, useFipsEndpoint } = input;
        const customEndpointProvider = endpoint != null ? async () => toEndpointV1(await normalizeProvider(endpoint)()) : undefined;
        const isCustomEndpoint = !!endpoint;
        const resolvedConfig = Object.assign(input, {
            endpoint: customEndpointProvider,
            tls,
            isCustomEndpoint,
            useDualstackEndpoint: normalizeProvider(useDualstackEndpoint ?? false),
            useFipsEndpoint: normalizeProvider(useFipsEndpoint ?? false),
            ignoreConfiguredEndpointUrls: !!input.ignoreConfiguredEndpointUrls,
        });
        let configuredEndpointPromise = undefined;
        resolvedConfig.serviceConfiguredEndpoint = async () => {
            if (input.serviceId && !configuredEndpointPromise) {
                configuredEndpointPromise = getEndpointFromConfig(input.serviceId);
            }
            return configuredEndpointPromise;
        };
        return resolvedConfig;
    };
}

class BinaryDecisionDiagram {
    nodes;
    root;
    conditions;
    results;
    constructor(bdd, root, conditions, results) {
        this.nodes = bdd;
        this.root = root;
        this.conditions = conditions;
        this.results = results;
    }
    static from(bdd, root, conditions, results) {
        return new BinaryDecisionDiagram(bdd, root, conditions, results);
    }
}

class EndpointCache {
    capacity;
    data = new Map();
    parameters = [];
    constructor({ size, params }) {
        this.capacity = size ?? 50;
        if (params) {
            this.parameters = params;
        }
    }
    get(endpointParams, resolver) {
        const key = this.hash(endpointParams);
        if (key === false) {
            return resolver();
        }
        if (!this.data.has(key)) {
            if (this.data.size > this.capacity + 10) {
                const keys = this.data.keys();
                let i = 0;
                while (true) {
                    const { value, done } = keys.next();
                    this.data.delete(value);
                    if (done || ++i > 10) {
                        break;
                    }
                }
            }
            this.data.set(key, resolver());
        }
        return this.data.get(key);
    }
    size() {
        return this.data.size;
    }
    hash(endpointParams) {
        let buffer = "";
        const { parameters } = this;
        if (parameters.length === 0) {
            return false;
        }
        for (const param of parameters) {
            const raw = endpointParams[param];
            const val = raw == null ? "\0" : String(raw);
            if (val.includes("|;")) {
                return false;
            }
            buffer += val + "|;";
        }
        return buffer;
    }
}

class EndpointError extends Error {
    constructor(message) {
        super(message);
        this.name = "EndpointError";
    }
}

const debugId = "endpoints";

function toDebugString(input) {
    if (typeof input !== "object" || input == null) {
        return input;
    }
    if ("ref" in input) {
        return `$${toDebugString(input.ref)}`;
    }
    if ("fn" in input) {
        return `${input.fn}(${(input.argv || []).map(toDebugString).join(", ")})`;
    }
    return JSON.stringify(input, null, 2);
}

const customEndpointFunctions = {};

const booleanEquals = (value1, value2) => value1 === value2;

function coalesce(...args) {
    for (const arg of args) {
        if (arg != null) {
            return arg;
        }
    }
    return undefined;
}

const getAttrPathList = (path) => {
    const parts = path.split(".");
    const pathList = [];
    for (const part of parts) {
        const squareBracketIndex = part.indexOf("[");
        if (squareBracketIndex !== -1) {
            if (part.indexOf("]") !== part.length - 1) {
                throw new EndpointError(`Path: '${path}' does not end with ']'`);
            }
            const arrayIndex = part.slice(squareBracketIndex + 1, -1);
            if (Number.isNaN(parseInt(arrayIndex))) {
                throw new EndpointError(`Invalid array index: '${arrayIndex}' in path: '${path}'`);
            }
            if (squareBracketIndex !== 0) {
                pathList.push(part.slice(0, squareBracketIndex));
            }
            pathList.push(arrayIndex);
        }
        else {
            pathList.push(part);
        }
    }
    return pathList;
};

const getAttr = (value, path) => getAttrPathList(path).reduce((acc, index) => {
    if (typeof acc !== "object") {
        throw new EndpointError(`Index '${index}' in '${path}' not found in '${JSON.stringify(value)}'`);
    }
    else if (Array.isArray(acc)) {
        const i = parseInt(index);
        return acc[i < 0 ? acc.length + i : i];
    }
    return acc[index];
}, value);

const isSet = (value) => value != null;

function ite(condition, trueValue, falseValue) {
    return condition ? trueValue : falseValue;
}

const not = (value) => !value;

const IP_V4_REGEX = new RegExp(`^(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]\\d|\\d)(?:\\.(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]\\d|\\d)){3}$`);
const isIpAddress = (value) => IP_V4_REGEX.test(value) || (value.startsWith("[") && value.endsWith("]"));

const DEFAULT_PORTS = {
    [EndpointURLScheme.HTTP]: 80,
    [EndpointURLScheme.HTTPS]: 443,
};
const parseURL = (value) => {
    const whatwgURL = (() => {
        try {
            if (value instanceof URL) {
                return value;
            }
            if (typeof value === "object" && "hostname" in value) {
                const { hostname, port, protocol = "", path = "", query = {} } = value;
                const url = new URL(`${protocol}//${hostname}${port ? `:${port}` : ""}${path}`);
                url.search = Object.entries(query)
                    .map(([k, v]) => `${k}=${v}`)
                    .join("&");
                return url;
            }
            return new URL(value);
        }
        catch (ignored) {
            return null;
        }
    })();
    if (!whatwgURL) {
        console.error(`Unable to parse ${JSON.stringify(value)} as a whatwg URL.`);
        return null;
    }
    const urlString = whatwgURL.href;
    const { host, hostname, pathname, protocol, search } = whatwgURL;
    if (search) {
        return null;
    }
    const scheme = protocol.slice(0, -1);
    if (!Object.values(EndpointURLScheme).includes(scheme)) {
        return null;
    }
    const isIp = isIpAddress(hostname);
    const inputContainsDefaultPort = urlString.includes(`${host}:${DEFAULT_PORTS[scheme]}`) ||
        (typeof value === "string" && value.includes(`${host}:${DEFAULT_PORTS[scheme]}`));
    const authority = `${host}${inputContainsDefaultPort ? `:${DEFAULT_PORTS[scheme]}` : ``}`;
    return {
        scheme,
        authority,
        path: pathname,
        normalizedPath: pathname.endsWith("/") ? pathname : `${pathname}/`,
        isIp,
    };
};

function split(value, delimiter, limit) {
    if (limit === 1) {
        return [value];
    }
    if (value === "") {
        return [""];
    }
    const parts = value.split(delimiter);
    if (limit === 0) {
        return parts;
    }
    return parts.slice(0, limit - 1).concat(parts.slice(1).join(delimiter));
}

const stringEquals = (value1, value2) => value1 === value2;

const substring = (input, start, stop, reverse) => {
    if (input == null || start >= stop || input.length < stop || /[^\u0000-\u007f]/.test(input)) {
        return null;
    }
    if (!reverse) {
        return input.substring(start, stop);
    }
    return input.substring(input.length - stop, input.length - start);
};

const uriEncode = (value) => encodeURIComponent(value).replace(/[!*'()]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const endpointFunctions = {
    booleanEquals,
    coalesce,
    getAttr,
    isSet,
    isValidHostLabel,
    ite,
    not,
    parseURL,
    split,
    stringEquals,
    substring,
    uriEncode,
};

const evaluateTemplate = (template, options) => {
    const evaluatedTemplateArr = [];
    const { referenceRecord, endpointParams } = options;
    let currentIndex = 0;
    while (currentIndex < template.length) {
        const openingBraceIndex = template.indexOf("{", currentIndex);
        if (openingBraceIndex === -1) {
            evaluatedTemplateArr.push(template.slice(currentIndex));
            break;
        }
        evaluatedTemplateArr.push(template.slice(currentIndex, openingBraceIndex));
        const closingBraceIndex = template.indexOf("}", openingBraceIndex);
        if (closingBraceIndex === -1) {
            evaluatedTemplateArr.push(template.slice(openingBraceIndex));
            break;
        }
        if (template[openingBraceIndex + 1] === "{" && template[closingBraceIndex + 1] === "}") {
            evaluatedTemplateArr.push(template.slice(openingBraceIndex + 1, closingBraceIndex));
            currentIndex = closingBraceIndex + 2;
        }
        const parameterName = template.substring(openingBraceIndex + 1, closingBraceIndex);
        if (parameterName.includes("#")) {
            const [refName, attrName] = parameterName.split("#");
            evaluatedTemplateArr.push(getAttr((referenceRecord[refName] ?? endpointParams[refName]), attrName));
        }
        else {
            evaluatedTemplateArr.push((referenceRecord[parameterName] ?? endpointParams[parameterName]));
        }
        currentIndex = closingBraceIndex + 1;
    }
    return evaluatedTemplateArr.join("");
};

const getReferenceValue = ({ ref }, options) => {
    return options.referenceRecord[ref] ?? options.endpointParams[ref];
};

const evaluateExpression = (obj, keyName, options) => {
    if (typeof obj === "string") {
        return evaluateTemplate(obj, options);
    }
    else if (obj["fn"]) {
        return group$2.callFunction(obj, options);
    }
    else if (obj["ref"]) {
        return getReferenceValue(obj, options);
    }
    throw new EndpointError(`'${keyName}': ${String(obj)} is not a string, function or reference.`);
};
const callFunction = ({ fn, argv }, options) => {
    const evaluatedArgs = Array(argv.length);
    for (let i = 0; i < evaluatedArgs.length; ++i) {
        const arg = argv[i];
        if (typeof arg === "boolean" || typeof arg === "number") {
            evaluatedArgs[i] = arg;
        }
        else {
            evaluatedArgs[i] = group$2.evaluateExpression(arg, "arg", options);
        }
    }
    const namespaceSeparatorIndex = fn.indexOf(".");
    if (namespaceSeparatorIndex !== -1) {
        const namespaceFunctions = customEndpointFunctions[fn.slice(0, namespaceSeparatorIndex)];
        const customFunction = namespaceFunctions?.[fn.slice(namespaceSeparatorIndex + 1)];
        if (typeof customFunction === "function") {
            return customFunction(...evaluatedArgs);
        }
    }
    const callable = endpointFunctions[fn];
    if (typeof callable === "function") {
        return callable(...evaluatedArgs);
    }
    throw new Error(`function ${fn} not loaded in endpointFunctions.`);
};
const group$2 = {
    evaluateExpression,
    callFunction,
};

const evaluateCondition = (condition, options) => {
    const { assign } = condition;
    if (assign && assign in options.referenceRecord) {
        throw new EndpointError(`'${assign}' is already defined in Reference Record.`);
    }
    const value = callFunction(condition, options);
    options.logger?.debug?.(`${debugId} evaluateCondition: ${toDebugString(condition)} = ${toDebugString(value)}`);
    const result = value === "" ? true : !!value;
    if (assign != null) {
        return { result, toAssign: { name: assign, value } };
    }
    return { result };
};

const getEndpointHeaders = (headers, options) => Object.entries(headers ?? {}).reduce((acc, [headerKey, headerVal]) => {
    acc[headerKey] = headerVal.map((headerValEntry) => {
        const processedExpr = evaluateExpression(headerValEntry, "Header value entry", options);
        if (typeof processedExpr !== "string") {
            throw new EndpointError(`Header '${headerKey}' value '${processedExpr}' is not a string`);
        }
        return processedExpr;
    });
    return acc;
}, {});

const getEndpointProperties = (properties, options) => Object.entries(properties).reduce((acc, [propertyKey, propertyVal]) => {
    acc[propertyKey] = group$1.getEndpointProperty(propertyVal, options);
    return acc;
}, {});
const getEndpointProperty = (property, options) => {
    if (Array.isArray(property)) {
        return property.map((propertyEntry) => getEndpointProperty(propertyEntry, options));
    }
    switch (typeof property) {
        case "string":
            return evaluateTemplate(property, options);
        case "object":
            if (property === null) {
                throw new EndpointError(`Unexpected endpoint property: ${property}`);
            }
            return group$1.getEndpointProperties(property, options);
        case "boolean":
            return property;
        default:
            throw new EndpointError(`Unexpected endpoint property type: ${typeof property}`);
    }
};
const group$1 = {
    getEndpointProperty,
    getEndpointProperties,
};

const getEndpointUrl = (endpointUrl, options) => {
    const expression = evaluateExpression(endpointUrl, "Endpoint URL", options);
    if (typeof expression === "string") {
        try {
            return new URL(expression);
        }
        catch (error) {
            console.error(`Failed to construct URL with ${expression}`, error);
            throw error;
        }
    }
    throw new EndpointError(`Endpoint URL must be a string, got ${typeof expression}`);
};

const RESULT = 100_000_000;
const decideEndpoint = (bdd, options) => {
    const { nodes, root, results, conditions } = bdd;
    let ref = root;
    const referenceRecord = {};
    const closure = {
        referenceRecord,
        endpointParams: options.endpointParams,
        logger: options.logger,
    };
    while (ref !== 1 && ref !== -1 && ref < RESULT) {
        const node_i = 3 * (Math.abs(ref) - 1);
        const [condition_i, highRef, lowRef] = [nodes[node_i], nodes[node_i + 1], nodes[node_i + 2]];
        const [fn, argv, assign] = conditions[condition_i];
        const evaluation = evaluateCondition({ fn, assign, argv }, closure);
        if (evaluation.toAssign) {
            const { name, value } = evaluation.toAssign;
            referenceRecord[name] = value;
        }
        ref = ref >= 0 === evaluation.result ? highRef : lowRef;
    }
    if (ref >= RESULT) {
        const result = results[ref - RESULT];
        if (result[0] === -1) {
            const [, errorExpression] = result;
            throw new EndpointError(evaluateExpression(errorExpression, "Error", closure));
        }
        const [url, properties, headers] = result;
        return {
            url: getEndpointUrl(url, closure),
            properties: getEndpointProperties(properties, closure),
            headers: getEndpointHeaders(headers ?? {}, closure),
        };
    }
    throw new EndpointError(`No matching endpoint.`);
};

const evaluateConditions = (conditions = [], options) => {
    const conditionsReferenceRecord = {};
    const conditionOptions = {
        ...options,
        referenceRecord: { ...options.referenceRecord },
    };
    let didAssign = false;
    for (const condition of conditions) {
        const { result, toAssign } = evaluateCondition(condition, conditionOptions);
        if (!result) {
            return { result };
        }
        if (toAssign) {
            didAssign = true;
            conditionsReferenceRecord[toAssign.name] = toAssign.value;
            conditionOptions.referenceRecord[toAssign.name] = toAssign.value;
            options.logger?.debug?.(`${debugId} assign: ${toAssign.name} := ${toDebugString(toAssign.value)}`);
        }
    }
    if (didAssign) {
        return { result: true, referenceRecord: conditionsReferenceRecord };
    }
    return { result: true };
};

const evaluateEndpointRule = (endpointRule, options) => {
    const { conditions, endpoint } = endpointRule;
    const { result, referenceRecord } = evaluateConditions(conditions, options);
    if (!result) {
        return;
    }
    const endpointRuleOptions = referenceRecord
        ? {
            ...options,
            referenceRecord: { ...options.referenceRecord, ...referenceRecord },
        }
        : options;
    const { url, properties, headers } = endpoint;
    options.logger?.debug?.(`${debugId} Resolving endpoint from template: ${toDebugString(endpoint)}`);
    const endpointToReturn = { url: getEndpointUrl(url, endpointRuleOptions) };
    if (headers != null) {
        endpointToReturn.headers = getEndpointHeaders(headers, endpointRuleOptions);
    }
    if (properties != null) {
        endpointToReturn.properties = getEndpointProperties(properties, endpointRuleOptions);
    }
    return endpointToReturn;
};

const evaluateErrorRule = (errorRule, options) => {
    const { conditions, error } = errorRule;
    const { result, referenceRecord } = evaluateConditions(conditions, options);
    if (!result) {
        return;
    }
    const errorRuleOptions = referenceRecord
        ? {
            ...options,
            referenceRecord: { ...options.referenceRecord, ...referenceRecord },
        }
        : options;
    throw new EndpointError(evaluateExpression(error, "Error", errorRuleOptions));
};

const evaluateRules = (rules, options) => {
    for (const rule of rules) {
        if (rule.type === "endpoint") {
            const endpointOrUndefined = evaluateEndpointRule(rule, options);
            if (endpointOrUndefined) {
                return endpointOrUndefined;
            }
        }
        else if (rule.type === "error") {
            evaluateErrorRule(rule, options);
        }
        else if (rule.type === "tree") {
            const endpointOrUndefined = group.evaluateTreeRule(rule, options);
            if (endpointOrUndefined) {
                return endpointOrUndefined;
            }
        }
        else {
            throw new EndpointError(`Unknown endpoint rule: ${rule}`);
        }
    }
    throw new EndpointError(`Rules evaluation failed`);
};
const evaluateTreeRule = (treeRule, options) => {
    const { conditions, rules } = treeRule;
    const { result, referenceRecord } = evaluateConditions(conditions, options);
    if (!result) {
        return;
    }
    const treeRuleOptions = referenceRecord
        ? { ...options, referenceRecord: { ...options.referenceRecord, ...referenceRecord } }
        : options;
    return group.evaluateRules(rules, treeRuleOptions);
};
const group = {
    evaluateRules,
    evaluateTreeRule,
};

const resolveEndpoint = (ruleSetObject, options) => {
    const { endpointParams, logger } = options;
    const { parameters, rules } = ruleSetObject;
    options.logger?.debug?.(`${debugId} Initial EndpointParams: ${toDebugString(endpointParams)}`);
    for (const paramKey in parameters) {
        if (!hasOwn(parameters, paramKey)) {
            continue;
        }
        const parameter = parameters[paramKey];
        const endpointParam = endpointParams[paramKey];
        if (endpointParam == null && parameter.default != null) {
            endpointParams[paramKey] = parameter.default;
            continue;
        }
        if (parameter.required && endpointParam == null) {
            throw new EndpointError(`Missing required parameter: '${paramKey}'`);
        }
    }
    const endpoint = evaluateRules(rules, { endpointParams, logger, referenceRecord: {} });
    options.logger?.debug?.(`${debugId} Resolved endpoint: ${toDebugString(endpoint)}`);
    return endpoint;
};

const resolveEndpointRequiredConfig = (input) => {
    const { endpoint } = input;
    if (endpoint === undefined) {
        input.endpoint = async () => {
            throw new Error("@smithy/middleware-endpoint: (default endpointRuleSet) endpoint is not set - you must configure an endpoint.");
        };
    }
    return input;
};

const getEndpointFromInstructions = bindGetEndpointFromInstructions(getEndpointFromConfig);
const resolveEndpointConfig = bindResolveEndpointConfig(getEndpointFromConfig);
const endpointMiddleware = bindEndpointMiddleware(getEndpointFromConfig);
const getEndpointPlugin = bindGetEndpointPlugin(getEndpointFromConfig);

exports.BinaryDecisionDiagram = BinaryDecisionDiagram;
exports.EndpointCache = EndpointCache;
exports.EndpointError = EndpointError;
exports.customEndpointFunctions = customEndpointFunctions;
exports.decideEndpoint = decideEndpoint;
exports.endpointMiddleware = endpointMiddleware;
exports.endpointMiddlewareOptions = endpointMiddlewareOptions;
exports.getEndpointFromInstructions = getEndpointFromInstructions;
exports.getEndpointPlugin = getEndpointPlugin;
exports.isIpAddress = isIpAddress;
exports.resolveEndpoint = resolveEndpoint;
exports.resolveEndpointConfig = resolveEndpointConfig;
exports.resolveEndpointRequiredConfig = resolveEndpointRequiredConfig;
exports.resolveParams = resolveParams;


/***/ }),

/***/ 579:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { Crc32 } = __nccwpck_require__(542);
const { hasOwn } = __nccwpck_require__(534);
const { toHex, fromHex, toUtf8, fromUtf8 } = __nccwpck_require__(430);
const { Readable } = __nccwpck_require__(75);
const { TypeRegistry } = __nccwpck_require__(890);

class Int64 {
    bytes;
    constructor(bytes) {
        this.bytes = bytes;
        if (bytes.byteLength !== 8) {
            throw new Error("Int64 buffers must be exactly 8 bytes");
        }
    }
    static fromNumber(number) {
        if (number > 9_223_372_036_854_775_807 || number < -9223372036854776e3) {
            throw new Error(`${number} is too large (or, if negative, too small) to represent as an Int64`);
        }
        const bytes = new Uint8Array(8);
        for (let i = 7, remaining = Math.abs(Math.round(number)); i > -1 && remaining > 0; i--, remaining /= 256) {
            bytes[i] = remaining;
        }
        if (number < 0) {
            negate(bytes);
        }
        return new Int64(bytes);
    }
    valueOf() {
        const bytes = this.bytes.slice(0);
        const negative = bytes[0] & 0b10000000;
        if (negative) {
            negate(bytes);
        }
        return parseInt(toHex(bytes), 16) * (negative ? -1 : 1);
    }
    toString() {
        return String(this.valueOf());
    }
}
function negate(bytes) {
    for (let i = 0; i < 8; i++) {
        bytes[i] ^= 0xff;
    }
    for (let i = 7; i > -1; i--) {
        bytes[i]++;
        if (bytes[i] !== 0) {
            break;
        }
    }
}

class HeaderMarshaller {
    toUtf8;
    fromUtf8;
    constructor(toUtf8, fromUtf8) {
        this.toUtf8 = toUtf8;
        this.fromUtf8 = fromUtf8;
    }
    format(headers) {
        const chunks = [];
        for (const headerName in headers) {
            if (!hasOwn(headers, headerName)) {
                continue;
            }
            const bytes = this.fromUtf8(headerName);
            if (bytes.byteLength > 255) {
                throw new Error(`@smithy/core/event-streams - header name exceeds 255 bytes: ${bytes.byteLength}`);
            }
            chunks.push(Uint8Array.from([bytes.byteLength]), bytes, this.formatHeaderValue(headers[headerName]));
        }
        const out = new Uint8Array(chunks.reduce((carry, bytes) => carry + bytes.byteLength, 0));
        let position = 0;
        for (const chunk of chunks) {
            out.set(chunk, position);
            position += chunk.byteLength;
        }
        return out;
    }
    formatHeaderValue(header) {
        switch (header.type) {
            case "boolean":
                return Uint8Array.from([header.value ? 0 : 1]);
            case "byte":
                return Uint8Array.from([2, header.value]);
            case "short":
                const shortView = new DataView(new ArrayBuffer(3));
                shortView.setUint8(0, 3);
                shortView.setInt16(1, header.value, false);
                return new Uint8Array(shortView.buffer);
            case "integer":
                const intView = new DataView(new ArrayBuffer(5));
                intView.setUint8(0, 4);
                intView.setInt32(1, header.value, false);
                return new Uint8Array(intView.buffer);
            case "long":
                const longBytes = new Uint8Array(9);
                longBytes[0] = 5;
                longBytes.set(header.value.bytes, 1);
                return longBytes;
            case "binary":
                if (header.value.byteLength > MAX_HEADER_VALUE_BYTES) {
                    throw new Error(`@smithy/core/event-streams - header value (binary) exceeds ${MAX_HEADER_VALUE_BYTES} bytes: ${header.value.byteLength}`);
                }
                const binView = new DataView(new ArrayBuffer(3 + header.value.byteLength));
                binView.setUint8(0, 6);
                binView.setUint16(1, header.value.byteLength, false);
                const binBytes = new Uint8Array(binView.buffer);
                binBytes.set(header.value, 3);
                return binBytes;
            case "string":
                const utf8Bytes = this.fromUtf8(header.value);
                if (utf8Bytes.byteLength > MAX_HEADER_VALUE_BYTES) {
                    throw new Error(`@smithy/core/event-streams - header value (string) exceeds ${MAX_HEADER_VALUE_BYTES} bytes: ${utf8Bytes.byteLength}`);
                }
                const strView = new DataView(new ArrayBuffer(3 + utf8Bytes.byteLength));
                strView.setUint8(0, 7);
                strView.setUint16(1, utf8Bytes.byteLength, false);
                const strBytes = new Uint8Array(strView.buffer);
                strBytes.set(utf8Bytes, 3);
                return strBytes;
            case "timestamp":
                const tsBytes = new Uint8Array(9);
                tsBytes[0] = 8;
                tsBytes.set(Int64.fromNumber(header.value.valueOf()).bytes, 1);
                return tsBytes;
            case "uuid":
                if (!UUID_PATTERN.test(header.value)) {
                    throw new Error(`Invalid UUID received: ${header.value}`);
                }
                const uuidBytes = new Uint8Array(17);
                uuidBytes[0] = 9;
                uuidBytes.set(fromHex(header.value.replace(/-/g, "")), 1);
                return uuidBytes;
        }
    }
    parse(headers) {
        const out = {};
        let position = 0;
        while (position < headers.byteLength) {
            const nameLength = headers.getUint8(position++);
            const name = this.toUtf8(new Uint8Array(headers.buffer, headers.byteOffset + position, nameLength));
            position += nameLength;
            switch (headers.getUint8(position++)) {
                case 0:
                    out[name] = {
                        type: BOOLEAN_TAG,
                        value: true,
                    };
                    break;
                case 1:
                    out[name] = {
                        type: BOOLEAN_TAG,
                        value: false,
                    };
                    break;
                case 2:
                    out[name] = {
                        type: BYTE_TAG,
                        value: headers.getInt8(position++),
                    };
                    break;
                case 3:
                    out[name] = {
                        type: SHORT_TAG,
                        value: headers.getInt16(position, false),
                    };
                    position += 2;
                    break;
                case 4:
                    out[name] = {
                        type: INT_TAG,
                        value: headers.getInt32(position, false),
                    };
                    position += 4;
                    break;
                case 5:
                    out[name] = {
                        type: LONG_TAG,
                        value: new Int64(new Uint8Array(headers.buffer, headers.byteOffset + position, 8)),
                    };
                    position += 8;
                    break;
                case 6:
                    const binaryLength = headers.getUint16(position, false);
                    position += 2;
                    out[name] = {
                        type: BINARY_TAG,
                        value: new Uint8Array(headers.buffer, headers.byteOffset + position, binaryLength),
                    };
                    position += binaryLength;
                    break;
                case 7:
                    const stringLength = headers.getUint16(position, false);
                    position += 2;
                    out[name] = {
                        type: STRING_TAG,
                        value: this.toUtf8(new Uint8Array(headers.buffer, headers.byteOffset + position, stringLength)),
                    };
                    position += stringLength;
                    break;
                case 8:
                    out[name] = {
                        type: TIMESTAMP_TAG,
                        value: new Date(new Int64(new Uint8Array(headers.buffer, headers.byteOffset + position, 8)).valueOf()),
                    };
                    position += 8;
                    break;
                case 9:
                    const uuidBytes = new Uint8Array(headers.buffer, headers.byteOffset + position, 16);
                    position += 16;
                    out[name] = {
                        type: UUID_TAG,
                        value: `${toHex(uuidBytes.subarray(0, 4))}-${toHex(uuidBytes.subarray(4, 6))}-${toHex(uuidBytes.subarray(6, 8))}-${toHex(uuidBytes.subarray(8, 10))}-${toHex(uuidBytes.subarray(10))}`,
                    };
                    break;
                default:
                    throw new Error(`Unrecognized header type tag`);
            }
        }
        return out;
    }
}
var HEADER_VALUE_TYPE;
(function (HEADER_VALUE_TYPE) {
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["boolTrue"] = 0] = "boolTrue";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["boolFalse"] = 1] = "boolFalse";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["byte"] = 2] = "byte";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["short"] = 3] = "short";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["integer"] = 4] = "integer";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["long"] = 5] = "long";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["byteArray"] = 6] = "byteArray";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["string"] = 7] = "string";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["timestamp"] = 8] = "timestamp";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["uuid"] = 9] = "uuid";
})(HEADER_VALUE_TYPE || (HEADER_VALUE_TYPE = {}));
const BOOLEAN_TAG = "boolean";
const BYTE_TAG = "byte";
const SHORT_TAG = "short";
const INT_TAG = "integer";
const LONG_TAG = "long";
const BINARY_TAG = "binary";
const STRING_TAG = "string";
const TIMESTAMP_TAG = "timestamp";
const UUID_TAG = "uuid";
const UUID_PATTERN = /^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/;
const MAX_HEADER_VALUE_BYTES = 32767;

const PRELUDE_MEMBER_LENGTH = 4;
const PRELUDE_LENGTH = PRELUDE_MEMBER_LENGTH * 2;
const CHECKSUM_LENGTH = 4;
const MINIMUM_MESSAGE_LENGTH = PRELUDE_LENGTH + CHECKSUM_LENGTH * 2;
function splitMessage({ byteLength, byteOffset, buffer }) {
    if (byteLength < MINIMUM_MESSAGE_LENGTH) {
        throw new Error("Provided message too short to accommodate event stream message overhead");
    }
    const view = new DataView(buffer, byteOffset, byteLength);
    const messageLength = view.getUint32(0, false);
    if (byteLength !== messageLength) {
        throw new Error("Reported message length does not match received message length");
    }
    const headerLength = view.getUint32(PRELUDE_MEMBER_LENGTH, false);
    const expectedPreludeChecksum = view.getUint32(PRELUDE_LENGTH, false);
    const expectedMessageChecksum = view.getUint32(byteLength - CHECKSUM_LENGTH, false);
    const checksummer = new Crc32();
    checksummer.update(new Uint8Array(buffer, byteOffset, PRELUDE_LENGTH));
    if (expectedPreludeChecksum !== checksummer.digestSync()) {
        throw new Error(`The prelude checksum specified in the message (${expectedPreludeChecksum}) does not match the calculated CRC32 checksum (${checksummer.digestSync()})`);
    }
    checksummer.update(new Uint8Array(buffer, byteOffset + PRELUDE_LENGTH, byteLength - (PRELUDE_LENGTH + CHECKSUM_LENGTH)));
    if (expectedMessageChecksum !== checksummer.digestSync()) {
        throw new Error(`The message checksum (${checksummer.digestSync()}) did not match the expected value of ${expectedMessageChecksum}`);
    }
    return {
        headers: new DataView(buffer, byteOffset + PRELUDE_LENGTH + CHECKSUM_LENGTH, headerLength),
        body: new Uint8Array(buffer, byteOffset + PRELUDE_LENGTH + CHECKSUM_LENGTH + headerLength, messageLength - headerLength - (PRELUDE_LENGTH + CHECKSUM_LENGTH + CHECKSUM_LENGTH)),
    };
}

class EventStreamCodec {
    headerMarshaller;
    messageBuffer;
    isEndOfStream;
    constructor(toUtf8, fromUtf8) {
        this.headerMarshaller = new HeaderMarshaller(toUtf8, fromUtf8);
        this.messageBuffer = [];
        this.isEndOfStream = false;
    }
    feed(message) {
        this.messageBuffer.push(this.decode(message));
    }
    endOfStream() {
        this.isEndOfStream = true;
    }
    getMessage() {
        const message = this.messageBuffer.pop();
        const isEndOfStream = this.isEndOfStream;
        return {
            getMessage() {
                return message;
            },
            isEndOfStream() {
                return isEndOfStream;
            },
        };
    }
    getAvailableMessages() {
        const messages = this.messageBuffer;
        this.messageBuffer = [];
        const isEndOfStream = this.isEndOfStream;
        return {
            getMessages() {
                return messages;
            },
            isEndOfStream() {
                return isEndOfStream;
            },
        };
    }
    encode({ headers: rawHeaders, body }) {
        const headers = this.headerMarshaller.format(rawHeaders);
        const length = headers.byteLength + body.byteLength + 16;
        const out = new Uint8Array(length);
        const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
        const checksum = new Crc32();
        view.setUint32(0, length, false);
        view.setUint32(4, headers.byteLength, false);
        checksum.update(out.subarray(0, 8));
        view.setUint32(8, checksum.digestSync(), false);
        out.set(headers, 12);
        out.set(body, headers.byteLength + 12);
        checksum.update(out.subarray(8, length - 4));
        view.setUint32(length - 4, checksum.digestSync(), false);
        return out;
    }
    decode(message) {
        const { headers, body } = splitMessage(message);
        return { headers: this.headerMarshaller.parse(headers), body };
    }
    formatHeaders(rawHeaders) {
        return this.headerMarshaller.format(rawHeaders);
    }
}

class MessageDecoderStream {
    options;
    constructor(options) {
        this.options = options;
    }
    [Symbol.asyncIterator]() {
        return this.asyncIterator();
    }
    async *asyncIterator() {
        for await (const bytes of this.options.inputStream) {
            const decoded = this.options.decoder.decode(bytes);
            yield decoded;
        }
    }
}

class MessageEncoderStream {
    options;
    constructor(options) {
        this.options = options;
    }
    [Symbol.asyncIterator]() {
        return this.asyncIterator();
    }
    async *asyncIterator() {
        for await (const msg of this.options.messageStream) {
            const encoded = this.options.encoder.encode(msg);
            yield encoded;
        }
        if (this.options.includeEndFrame) {
            yield new Uint8Array(0);
        }
    }
}

class SmithyMessageDecoderStream {
    options;
    constructor(options) {
        this.options = options;
    }
    [Symbol.asyncIterator]() {
        return this.asyncIterator();
    }
    async *asyncIterator() {
        for await (const message of this.options.messageStream) {
            const deserialized = await this.options.deserializer(message);
            if (deserialized === undefined) {
                continue;
            }
            yield deserialized;
        }
    }
}

class SmithyMessageEncoderStream {
    options;
    constructor(options) {
        this.options = options;
    }
    [Symbol.asyncIterator]() {
        return this.asyncIterator();
    }
    async *asyncIterator() {
        for await (const chunk of this.options.inputStream) {
            const payloadBuf = this.options.serializer(chunk);
            yield payloadBuf;
        }
    }
}

function getChunkedStream(source) {
    let currentMessageTotalLength = 0;
    let currentMessagePendingLength = 0;
    let currentMessage = null;
    let messageLengthBuffer = null;
    const allocateMessage = (size) => {
        if (typeof size !== "number") {
            throw new Error("Attempted to allocate an event message where size was not a number: " + size);
        }
        currentMessageTotalLength = size;
        currentMessagePendingLength = 4;
        currentMessage = new Uint8Array(size);
        const currentMessageView = new DataView(currentMessage.buffer);
        currentMessageView.setUint32(0, size, false);
    };
    const iterator = async function* () {
        const sourceIterator = source[Symbol.asyncIterator]();
        while (true) {
            const { value, done } = await sourceIterator.next();
            if (done) {
                if (!currentMessageTotalLength) {
                    return;
                }
                else if (currentMessageTotalLength === currentMessagePendingLength) {
                    yield currentMessage;
                }
                else {
                    throw new Error("Truncated event message received.");
                }
                return;
            }
            const chunkLength = value.length;
            let currentOffset = 0;
            while (currentOffset < chunkLength) {
                if (!currentMessage) {
                    const bytesRemaining = chunkLength - currentOffset;
                    if (!messageLengthBuffer) {
                        messageLengthBuffer = new Uint8Array(4);
                    }
                    const numBytesForTotal = Math.min(4 - currentMessagePendingLength, bytesRemaining);
                    messageLengthBuffer.set(value.slice(currentOffset, currentOffset + numBytesForTotal), currentMessagePendingLength);
                    currentMessagePendingLength += numBytesForTotal;
                    currentOffset += numBytesForTotal;
                    if (currentMessagePendingLength < 4) {
                        break;
                    }
                    allocateMessage(new DataView(messageLengthBuffer.buffer).getUint32(0, false));
                    messageLengthBuffer = null;
                }
                const numBytesToWrite = Math.min(currentMessageTotalLength - currentMessagePendingLength, chunkLength - currentOffset);
                currentMessage.set(value.slice(currentOffset, currentOffset + numBytesToWrite), currentMessagePendingLength);
                currentMessagePendingLength += numBytesToWrite;
                currentOffset += numBytesToWrite;
                if (currentMessageTotalLength && currentMessageTotalLength === currentMessagePendingLength) {
                    yield currentMessage;
                    currentMessage = null;
                    currentMessageTotalLength = 0;
                    currentMessagePendingLength = 0;
                }
            }
        }
    };
    return {
        [Symbol.asyncIterator]: iterator,
    };
}

function getUnmarshalledStream(source, options) {
    const messageUnmarshaller = getMessageUnmarshaller(options.deserializer, options.toUtf8);
    return {
        [Symbol.asyncIterator]: async function* () {
            for await (const chunk of source) {
                const message = options.eventStreamCodec.decode(chunk);
                const type = await messageUnmarshaller(message);
                if (type === undefined) {
                    continue;
                }
                yield type;
            }
        },
    };
}
function getMessageUnmarshaller(deserializer, toUtf8) {
    return async function (message) {
        const { value: messageType } = message.headers[":message-type"];
        if (messageType === "error") {
            const unmodeledError = new Error(message.headers[":error-message"].value || "UnknownError");
            unmodeledError.name = message.headers[":error-code"].value;
            throw unmodeledError;
        }
        else if (messageType === "exception") {
            const code = message.headers[":exception-type"].value;
            const exception = { [code]: message };
            const deserializedException = await deserializer(exception);
            if (deserializedException.$unknown) {
                const error = new Error(toUtf8(message.body));
                error.name = code;
                throw error;
            }
            throw deserializedException[code];
        }
        else if (messageType === "event") {
            const event = {
                [message.headers[":event-type"].value]: message,
            };
            const deserialized = await deserializer(event);
            if (deserialized.$unknown) {
                return;
            }
            return deserialized;
        }
        else {
            throw Error(`Unrecognizable event type: ${message.headers[":event-type"].value}`);
        }
    };
}

let EventStreamMarshaller$1 = class EventStreamMarshaller {
    eventStreamCodec;
    utfEncoder;
    constructor({ utf8Encoder, utf8Decoder }) {
        this.eventStreamCodec = new EventStreamCodec(utf8Encoder, utf8Decoder);
        this.utfEncoder = utf8Encoder;
    }
    deserialize(body, deserializer) {
        const inputStream = getChunkedStream(body);
        return new SmithyMessageDecoderStream({
            messageStream: new MessageDecoderStream({ inputStream, decoder: this.eventStreamCodec }),
            deserializer: getMessageUnmarshaller(deserializer, this.utfEncoder),
        });
    }
    serialize(inputStream, serializer) {
        return new MessageEncoderStream({
            messageStream: new SmithyMessageEncoderStream({ inputStream, serializer }),
            encoder: this.eventStreamCodec,
            includeEndFrame: true,
        });
    }
};
const eventStreamSerdeProvider$1 = (options) => new EventStreamMarshaller$1(options);

class EventStreamMarshaller {
    universalMarshaller;
    constructor({ utf8Encoder, utf8Decoder }) {
        this.universalMarshaller = new EventStreamMarshaller$1({
            utf8Decoder,
            utf8Encoder,
        });
    }
    deserialize(body, deserializer) {
        const bodyIterable = typeof body[Symbol.asyncIterator] === "function" ? body : readableToIterable(body);
        return this.universalMarshaller.deserialize(bodyIterable, deserializer);
    }
    serialize(input, serializer) {
        return Readable.from(this.universalMarshaller.serialize(input, serializer));
    }
}
const eventStreamSerdeProvider = (options) => new EventStreamMarshaller(options);
async function* readableToIterable(readStream) {
    let streamEnded = false;
    let generationEnded = false;
    const records = new Array();
    readStream.on("error", (err) => {
        if (!streamEnded) {
            streamEnded = true;
        }
        if (err) {
            throw err;
        }
    });
    readStream.on("data", (data) => {
        records.push(data);
    });
    readStream.on("end", () => {
        streamEnded = true;
    });
    while (!generationEnded) {
        const value = await new Promise((resolve) => setTimeout(() => resolve(records.shift()), 0));
        if (value) {
            yield value;
        }
        generationEnded = streamEnded && records.length === 0;
    }
}

const readableStreamToIterable = (readableStream) => ({
    [Symbol.asyncIterator]: async function* () {
        const reader = readableStream.getReader();
        try {
            while (true) {
                const { done, value } = await reader.read();
                if (done) {
                    return;
                }
                yield value;
            }
        }
        finally {
            reader.releaseLock();
        }
    },
});
const iterableToReadableStream = (asyncIterable) => {
    const iterator = asyncIterable[Symbol.asyncIterator]();
    return new ReadableStream({
        async pull(controller) {
            const { done, value } = await iterator.next();
            if (done) {
                return controller.close();
            }
            controller.enqueue(value);
        },
    });
};

const resolveEventStreamSerdeConfig = (input) => Object.assign(input, {
    eventStreamMarshaller: input.eventStreamSerdeProvider(input),
});

class EventStreamSerde {
    marshaller;
    serializer;
    deserializer;
    serdeContext;
    defaultContentType;
    compositeErrorRegistry;
    constructor({ marshaller, serializer, deserializer, serdeContext, defaultContentType, compositeErrorRegistry, }) {
        this.marshaller = marshaller;
        this.serializer = serializer;
        this.deserializer = deserializer;
        this.serdeContext = serdeContext;
        this.defaultContentType = defaultContentType;
        this.compositeErrorRegistry = compositeErrorRegistry;
    }
    async serializeEventStream({ eventStream, requestSchema, initialRequest, initialMessageType, }) {
        const marshaller = this.marshaller;
        const eventStreamMember = requestSchema.getEventStreamMember();
        const unionSchema = requestSchema.getMemberSchema(eventStreamMember);
        const serializer = this.serializer;
        const defaultContentType = this.defaultContentType;
        const initialRequestMarker = Symbol("initialRequestMarker");
        const eventStreamIterable = {
            async *[Symbol.asyncIterator]() {
                if (initialRequest) {
                    const headers = {
                        ":event-type": { type: "string", value: initialMessageType ?? "initial-request" },
                        ":message-type": { type: "string", value: "event" },
                        ":content-type": { type: "string", value: defaultContentType },
                    };
                    serializer.write(requestSchema, initialRequest);
                    const body = serializer.flush();
                    yield {
                        [initialRequestMarker]: true,
                        headers,
                        body,
                    };
                }
                for await (const page of eventStream) {
                    yield page;
                }
            },
        };
        return marshaller.serialize(eventStreamIterable, (event) => {
            if (event[initialRequestMarker]) {
                return {
                    headers: event.headers,
                    body: event.body,
                };
            }
            let unionMember = "";
            for (const key in event) {
                if (!hasOwn(event, key)) {
                    continue;
                }
                if (key !== "__type") {
                    unionMember = key;
                    break;
                }
            }
            const { additionalHeaders, body, eventType, explicitPayloadContentType } = this.writeEventBody(unionMember, unionSchema, event);
            const headers = {
                ":event-type": { type: "string", value: eventType },
                ":message-type": { type: "string", value: "event" },
                ":content-type": { type: "string", value: explicitPayloadContentType ?? defaultContentType },
                ...additionalHeaders,
            };
            return {
                headers,
                body,
            };
        });
    }
    async deserializeEventStream({ response, responseSchema, initialResponseContainer, initialMessageType, }) {
        const marshaller = this.marshaller;
        const eventStreamMember = responseSchema.getEventStreamMember();
        const unionSchema = responseSchema.getMemberSchema(eventStreamMember);
        const memberSchemas = unionSchema.getMemberSchemas();
        const initialResponseMarker = Symbol("initialResponseMarker");
        const asyncIterable = marshaller.deserialize(response.body, async (event) => {
            let unionMember = "";
            for (const key in event) {
                if (!hasOwn(event, key)) {
                    continue;
                }
                if (key !== "__type") {
                    unionMember = key;
                    break;
                }
            }
            const body = event[unionMember].body;
            if (unionMember === (initialMessageType ?? "initial-response")) {
                const dataObject = await this.deserializer.read(responseSchema, body);
                delete dataObject[eventStreamMember];
                return {
                    [initialResponseMarker]: true,
                    ...dataObject,
                };
            }
            else if (unionMember in memberSchemas) {
                const eventStreamSchema = memberSchemas[unionMember];
                if (eventStreamSchema.isStructSchema()) {
                    const out = {};
                    let hasBindings = false;
                    for (const [name, member] of eventStreamSchema.structIterator()) {
                        const { eventHeader, eventPayload } = member.getMergedTraits();
                        hasBindings = hasBindings || Boolean(eventHeader || eventPayload);
                        if (eventPayload) {
                            if (member.isBlobSchema()) {
                                out[name] = body;
                            }
                            else if (member.isStringSchema()) {
                                out[name] = (this.serdeContext?.utf8Encoder ?? toUtf8)(body);
                            }
                            else if (member.isStructSchema()) {
                                out[name] = await this.deserializer.read(member, body);
                            }
                        }
                        else if (eventHeader) {
                            const value = event[unionMember].headers[name]?.value;
                            if (value != null) {
                                if (member.isNumericSchema()) {
                                    if (value && typeof value === "object" && "bytes" in value) {
                                        out[name] = BigInt(value.toString());
                                    }
                                    else {
                                        out[name] = Number(value);
                                    }
                                }
                                else {
                                    out[name] = value;
                                }
                            }
                        }
                    }
                    return {
                        [unionMember]: await this.readEventMember(eventStreamSchema, body, hasBindings, out),
                    };
                }
                return {
                    [unionMember]: await this.deserializer.read(eventStreamSchema, body),
                };
            }
            else {
                return {
                    $unknown: event,
                };
            }
        });
        const asyncIterator = asyncIterable[Symbol.asyncIterator]();
        const firstEvent = await asyncIterator.next();
        if (firstEvent.done) {
            return asyncIterable;
        }
        if (firstEvent.value?.[initialResponseMarker]) {
            if (!responseSchema) {
                throw new Error("@smithy::core/protocols - initial-response event encountered in event stream but no response schema given.");
            }
            for (const key in firstEvent.value) {
                if (!hasOwn(firstEvent.value, key)) {
                    continue;
                }
                initialResponseContainer[key] = firstEvent.value[key];
            }
        }
        return {
            async *[Symbol.asyncIterator]() {
                if (!firstEvent?.value?.[initialResponseMarker]) {
                    yield firstEvent.value;
                }
                while (true) {
                    const { done, value } = await asyncIterator.next();
                    if (done) {
                        break;
                    }
                    yield value;
                }
            },
        };
    }
    async readEventMember(eventStreamSchema, body, hasBindings, out) {
        let ErrCtor;
        const staticStructuralSchema = eventStreamSchema.getSchema();
        if (Array.isArray(staticStructuralSchema) && staticStructuralSchema[0] === -3) {
            const namespace = staticStructuralSchema[1];
            const nsRegistry = TypeRegistry.for(namespace);
            this.compositeErrorRegistry?.copyFrom(nsRegistry);
            ErrCtor = (this.compositeErrorRegistry ?? nsRegistry)?.getErrorCtor(staticStructuralSchema);
        }
        const dataObject = hasBindings
            ? out
            : body.byteLength === 0
                ? {}
                : await this.deserializer.read(eventStreamSchema, body);
        if (ErrCtor) {
            const message = dataObject.message ?? dataObject.Message ?? "Unknown";
            const metadata = {};
            const $fault = eventStreamSchema.getMergedTraits().error;
            if ($fault) {
                metadata.$fault = $fault;
            }
            return Object.assign(new ErrCtor({}), metadata, {
                message,
            }, dataObject);
        }
        return dataObject;
    }
    writeEventBody(unionMember, unionSchema, event) {
        const serializer = this.serializer;
        let eventType = unionMember;
        let explicitPayloadMember = null;
        let explicitPayloadContentType;
        const isKnownSchema = (() => {
            const struct = unionSchema.getSchema();
            return struct[4].includes(unionMember);
        })();
        const additionalHeaders = {};
        if (!isKnownSchema) {
            const [type, value] = event[unionMember];
            eventType = type;
            serializer.write(15, value);
        }
        else {
            const eventSchema = unionSchema.getMemberSchema(unionMember);
            if (eventSchema.isStructSchema()) {
                for (const [memberName, memberSchema] of eventSchema.structIterator()) {
                    const { eventHeader, eventPayload } = memberSchema.getMergedTraits();
                    if (eventPayload) {
                        explicitPayloadMember = memberName;
                    }
                    else if (eventHeader) {
                        const value = event[unionMember][memberName];
                        let type = "binary";
                        if (memberSchema.isNumericSchema()) {
                            if ((-2) ** 31 <= value && value <= 2 ** 31 - 1) {
                                type = "integer";
                            }
                            else {
                                type = "long";
                            }
                        }
                        else if (memberSchema.isTimestampSchema()) {
                            type = "timestamp";
                        }
                        else if (memberSchema.isStringSchema()) {
                            type = "string";
                        }
                        else if (memberSchema.isBooleanSchema()) {
                            type = "boolean";
                        }
                        if (value != null) {
                            additionalHeaders[memberName] = {
                                type,
                                value,
                            };
                            delete event[unionMember][memberName];
                        }
                    }
                }
                if (explicitPayloadMember !== null) {
                    const payloadSchema = eventSchema.getMemberSchema(explicitPayloadMember);
                    if (payloadSchema.isBlobSchema()) {
                        explicitPayloadContentType = "application/octet-stream";
                    }
                    else if (payloadSchema.isStringSchema()) {
                        explicitPayloadContentType = "text/plain";
                    }
                    serializer.write(payloadSchema, event[unionMember][explicitPayloadMember]);
                }
                else {
                    serializer.write(eventSchema, event[unionMember]);
                }
            }
            else if (eventSchema.isUnitSchema()) {
                serializer.write(eventSchema, {});
            }
            else {
                throw new Error("@smithy/core/event-streams - non-struct member not supported in event stream union.");
            }
        }
        const messageSerialization = serializer.flush() ?? new Uint8Array();
        const body = typeof messageSerialization === "string"
            ? (this.serdeContext?.utf8Decoder ?? fromUtf8)(messageSerialization)
            : messageSerialization;
        return {
            body,
            eventType,
            explicitPayloadContentType,
            additionalHeaders,
        };
    }
}

exports.EventStreamCodec = EventStreamCodec;
exports.EventStreamMarshaller = EventStreamMarshaller;
exports.EventStreamSerde = EventStreamSerde;
exports.HeaderMarshaller = HeaderMarshaller;
exports.Int64 = Int64;
exports.MessageDecoderStream = MessageDecoderStream;
exports.MessageEncoderStream = MessageEncoderStream;
exports.SmithyMessageDecoderStream = SmithyMessageDecoderStream;
exports.SmithyMessageEncoderStream = SmithyMessageEncoderStream;
exports.UniversalEventStreamMarshaller = EventStreamMarshaller$1;
exports.eventStreamSerdeProvider = eventStreamSerdeProvider;
exports.getChunkedStream = getChunkedStream;
exports.getMessageUnmarshaller = getMessageUnmarshaller;
exports.getUnmarshalledStream = getUnmarshalledStream;
exports.iterableToReadableStream = iterableToReadableStream;
exports.readableStreamToIterable = readableStreamToIterable;
exports.resolveEventStreamSerdeConfig = resolveEventStreamSerdeConfig;
exports.universalEventStreamSerdeProvider = eventStreamSerdeProvider$1;


/***/ }),

/***/ 422:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { Uint8ArrayBlobAdapter, writeKey, sdkStreamMixin, splitEvery, splitHeader, NumericValue, toUtf8, fromBase64, LazyJsonString, _parseEpochTimestamp, _parseRfc7231DateTime, _parseRfc3339DateTimeWithOffset, fromUtf8, generateIdempotencyToken, toBase64, dateToUtcString, quoteHeader, parseEpochTimestamp, parseRfc7231DateTime, parseRfc3339DateTimeWithOffset } = __nccwpck_require__(430);
const { HttpRequest, HttpResponse, hasOwn, isValidHostname, getSmithyContext } = __nccwpck_require__(534);
const { parseQueryString, parseUrl } = __nccwpck_require__(534);
exports.HttpRequest = HttpRequest;
exports.HttpResponse = HttpResponse;
exports.isValidHostname = isValidHostname;
exports.parseQueryString = parseQueryString;
exports.parseUrl = parseUrl;
const { NormalizedSchema, translateTraits, TypeRegistry, deref } = __nccwpck_require__(890);
const { FieldPosition } = __nccwpck_require__(690);

const collectBody = async (streamBody = new Uint8Array(), context) => {
    if (streamBody instanceof Uint8Array) {
        return Uint8ArrayBlobAdapter.mutate(streamBody);
    }
    if (!streamBody) {
        return Uint8ArrayBlobAdapter.mutate(new Uint8Array());
    }
    const fromContext = context.streamCollector(streamBody);
    return Uint8ArrayBlobAdapter.mutate(await fromContext);
};

function extendedEncodeURIComponent(str) {
    if (/^[\w.~-]+$/.test(str)) {
        return str;
    }
    return encodeURIComponent(str).replace(/[!'()*]/g, function (c) {
        return "%" + c.charCodeAt(0).toString(16).toUpperCase();
    });
}

const HTTP_BINDINGS = Symbol.for("@smithy/schema-x");
class HttpBindingNormalizedSchema extends NormalizedSchema {
    static identity = Symbol.for("@smithy/HttpBindingNormalizedSchema");
    identity = HttpBindingNormalizedSchema.identity;
    bindings;
    constructor(schema) {
        super(schema);
    }
    static of(schema) {
        const ns = NormalizedSchema.of(schema);
        if (ns.identity === HttpBindingNormalizedSchema.identity) {
            return ns;
        }
        const schemaCache = ns.isMemberSchema() ? ns : ns.getSchema();
        const cache = typeof schemaCache === "object" && schemaCache !== null ? schemaCache : ns;
        return (cache[HTTP_BINDINGS] ??= new HttpBindingNormalizedSchema(ns));
    }
    getHttpBindingLocation(traits) {
        if (traits.httpPayload) {
            return 0b100_100;
        }
        if (traits.httpLabel) {
            return 0b100_001;
        }
        if (traits.httpHeader) {
            return 0b100_110;
        }
        if (typeof traits.httpPrefixHeaders === "string") {
            return 0b100_111;
        }
        if (traits.httpQuery) {
            return 0b100_010;
        }
        if (traits.httpQueryParams) {
            return 0b100_011;
        }
        if (traits.httpResponseCode) {
            return 0b100_101;
        }
        return 0b100_000;
    }
    getHttpBindingValue(location, traits, nested = false) {
        const raw = this.getSchema();
        const type = typeof raw === "number" ? raw & 0xff : this.isListSchema() ? 0b0100_0000 : 0xff;
        const slot = location & 0b111;
        const media = (traits.mediaType ? (traits.mediaType === "application/json" || traits.mediaType.endsWith("+json") ? 2 : 1) : 0);
        const stream = (traits.streaming || type === 42 ? (this.isStructSchema() ? 2 : 1) : 0);
        const timestamp = (type >= 4 && type <= 7
            ? slot >= 6
                ? 2
                : slot > 0 && slot < 4
                    ? 1
                    : 0
            : 0);
        let flags = type |
            (media << 8) |
            ((traits.idempotencyToken ? 1 : 0) << 10) |
            (stream << 11) |
            ((traits.sparse ? 1 : 0) << 13) |
            (timestamp << 14) |
            ((traits.hostLabel ? 1 : 0) << 17) |
            ((location === 0b100_100 && typeof raw !== "object" ? 1 : 0) << 18);
        const category = type & 0b1100_0000;
        const collectionValue = slot & 0b010 && (category === 0b0100_0000 || (!nested && slot & 1))
            ? this.getHttpBindingCollectionValue(location, traits)
            : undefined;
        const valueType = (collectionValue?.[1] ?? 0) & 0xff;
        flags |=
            (slot >= 6 &&
                (valueType === 4 || valueType === 6)
                ? 1
                : 0) << 16;
        return [this, flags, collectionValue];
    }
    getHttpBindingCollectionValue(location, traits = this.getMergedTraits()) {
        const valueSchema = HttpBindingNormalizedSchema.of(this.getValueSchema());
        return valueSchema.getHttpBindingValue(location, { ...valueSchema.getMergedTraits(), ...traits }, true);
    }
    getHttpBindings() {
        const source = this.getSchema();
        return typeof source !== "object" || source === null ? EMPTY_BINDINGS : (this.bindings ??= buildHttpBindings(this));
    }
}
const buildHttpBindings = (schema) => {
    const bodyMemberNames = [];
    const bodyMemberSchemas = [];
    const requestBodyMemberNames = [];
    const requestBodyMemberSchemas = [];
    const memberBindings = [];
    const byName = {};
    const headers = {};
    const prefixHeaders = [];
    const responseBindings = { headers, prefixHeaders };
    const bindings = {
        request: { memberBindings, byName },
        response: {
            bodyMemberNames,
            bindings: responseBindings,
        },
    };
    const { request, response } = bindings;
    for (const [name, member] of schema.structIterator()) {
        const bindingSchema = HttpBindingNormalizedSchema.of(member);
        const traits = bindingSchema.getMergedTraits();
        const location = bindingSchema.getHttpBindingLocation(traits);
        const wireName = traits.httpHeader?.toLowerCase() ?? traits.httpPrefixHeaders?.toLowerCase() ?? traits.httpQuery;
        const value = bindingSchema.getHttpBindingValue(location, traits);
        const binding = [name, value, location, wireName];
        if (name === "__proto__") {
            writeKey(byName);
        }
        byName[name] = binding;
        if ((value[1] >> 10) & 1) {
            request.hasIdempotency = true;
        }
        memberBindings.push(binding);
        const slot = location & 0b111;
        if (slot === 0) {
            requestBodyMemberNames.push(name);
            requestBodyMemberSchemas.push(member);
        }
        if ((slot & 0b100) === 0) {
            bodyMemberNames.push(name);
            bodyMemberSchemas.push(member);
        }
        else if ((slot & 0b110) === 0b100) {
            if (slot & 0b001) {
                responseBindings.statusCode = binding;
            }
            else {
                responseBindings.payload = binding;
                const type = value[1] & 0xff;
                request.contentTypeInstruction =
                    traits.mediaType ??
                        (type === 0
                            ? "text/plain"
                            : type === 21 || type === 42
                                ? "application/octet-stream"
                                : null);
            }
        }
        else if (slot & 0b001) {
            request.hasPrefixHeaders = true;
            prefixHeaders.push(binding);
        }
        else {
            if (wireName === "__proto__") {
                writeKey(headers);
            }
            headers[wireName] = binding;
        }
    }
    if (request.contentTypeInstruction === undefined && requestBodyMemberNames.length) {
        request.contentTypeInstruction = null;
    }
    request.syntheticBodySchema = createBodySchema(schema, requestBodyMemberNames, requestBodyMemberSchemas);
    response.syntheticBodySchema = createBodySchema(schema, bodyMemberNames, bodyMemberSchemas);
    return bindings;
};
const buildPathSegments = (path) => {
    const segments = [];
    let offset = 0;
    for (const match of path.matchAll(/\{([^{}+]+)(\+)?\}/g)) {
        if (match.index > offset) {
            segments.push([path.slice(offset, match.index), 0]);
        }
        segments.push([match[1], match[2] ? 2 : 1]);
        offset = match.index + match[0].length;
    }
    if (segments.length && offset < path.length) {
        segments.push([path.slice(offset), 0]);
    }
    return segments.length ? segments : undefined;
};
const buildHttpOperationBindings = (schema) => {
    const { http, endpoint } = translateTraits(schema.traits ?? {});
    const [path, search] = http?.[1].split("?") ?? [];
    return [
        http?.[0],
        path,
        search ? [...new URLSearchParams(search)] : [],
        path ? buildPathSegments(path) : undefined,
        endpoint?.[0],
    ];
};
const EMPTY_BINDINGS = {
    request: { memberBindings: [], byName: {} },
    response: {
        bodyMemberNames: [],
        bindings: { headers: {}, prefixHeaders: [] },
    },
};
const getHttpOperationBindings = (schema) => (schema[HTTP_BINDINGS] ??= buildHttpOperationBindings(schema));
const createBodySchema = (schema, memberNames, memberSchemas) => {
    if (!memberNames.length) {
        return undefined;
    }
    const source = schema.getSchema();
    const body = [
        3,
        source[1],
        source[2],
        schema.getMergedTraits(),
        memberNames,
        memberSchemas,
    ];
    const required = source[6];
    const bodyRequired = required && memberNames.reduce((count, name) => count + (source[4].indexOf(name) < required ? 1 : 0), 0);
    if (bodyRequired) {
        body[6] = bodyRequired;
    }
    return body;
};

class SerdeContext {
    serdeContext;
    setSerdeContext(serdeContext) {
        this.serdeContext = serdeContext;
    }
}

class HttpProtocol extends SerdeContext {
    options;
    compositeErrorRegistry;
    constructor(options) {
        super();
        this.options = options;
        this.compositeErrorRegistry = new TypeRegistry(options.defaultNamespace);
        for (const etr of options.errorTypeRegistries ?? []) {
            this.compositeErrorRegistry.copyFrom(etr);
        }
    }
    getRequestType() {
        return HttpRequest;
    }
    getResponseType() {
        return HttpResponse;
    }
    setSerdeContext(serdeContext) {
        this.serdeContext = serdeContext;
        this.serializer.setSerdeContext(serdeContext);
        this.deserializer.setSerdeContext(serdeContext);
        if (this.getPayloadCodec()) {
            this.getPayloadCodec().setSerdeContext(serdeContext);
        }
    }
    updateServiceEndpoint(request, endpoint) {
        if ("url" in endpoint) {
            request.protocol = endpoint.url.protocol;
            request.hostname = endpoint.url.hostname;
            request.port = endpoint.url.port ? Number(endpoint.url.port) : undefined;
            request.path = endpoint.url.pathname;
            request.fragment = endpoint.url.hash || void 0;
            request.username = endpoint.url.username || void 0;
            request.password = endpoint.url.password || void 0;
            if (!request.query) {
                request.query = {};
            }
            for (const [k, v] of endpoint.url.searchParams.entries()) {
                request.query[k] = v;
            }
            if (endpoint.headers) {
                for (const name in endpoint.headers) {
                    if (!hasOwn(endpoint.headers, name)) {
                        continue;
                    }
                    request.headers[name] = endpoint.headers[name].join(", ");
                }
            }
            return request;
        }
        else {
            request.protocol = endpoint.protocol;
            request.hostname = endpoint.hostname;
            request.port = endpoint.port ? Number(endpoint.port) : undefined;
            request.path = endpoint.path;
            request.query = {
                ...endpoint.query,
            };
            if (endpoint.headers) {
                for (const name in endpoint.headers) {
                    if (!hasOwn(endpoint.headers, name)) {
                        continue;
                    }
                    request.headers[name] = endpoint.headers[name];
                }
            }
            return request;
        }
    }
    setHostPrefix(request, operationSchema, input, operation = getHttpOperationBindings(operationSchema)) {
        if (this.serdeContext?.disableHostPrefix) {
            return;
        }
        const hostPrefix = operation[4];
        if (typeof hostPrefix !== "string") {
            return;
        }
        let resolvedHostPrefix = hostPrefix;
        for (const [name, [, flags]] of HttpBindingNormalizedSchema.of(operationSchema.input).getHttpBindings().request
            .memberBindings) {
            if (!((flags >> 17) & 1)) {
                continue;
            }
            const replacement = input[name];
            if (typeof replacement !== "string") {
                throw new Error(`@smithy/core/schema - ${name} in input must be a string as hostLabel.`);
            }
            resolvedHostPrefix = resolvedHostPrefix.replace(`{${name}}`, replacement);
        }
        request.hostname = resolvedHostPrefix + request.hostname;
        if (!isValidHostname(request.hostname)) {
            throw new Error(`[${request.hostname}] is not a valid hostname.`);
        }
    }
    deserializeMetadata(output) {
        return {
            httpStatusCode: output.statusCode,
            requestId: output.headers["x-amzn-requestid"] ?? output.headers["x-amzn-request-id"] ?? output.headers["x-amz-request-id"],
            extendedRequestId: output.headers["x-amz-id-2"],
            cfId: output.headers["x-amz-cf-id"],
        };
    }
    resolveError(name, namespaces, registries) {
        const defaultErrorSchema = [-3, "", "Error", 0, [], [], 0];
        let schema;
        for (const registry of registries) {
            for (const ns of namespaces) {
                try {
                    if (ns === "*") {
                        schema = registry.getSchema(name);
                    }
                    else {
                        schema = registry.getSchema(ns + "#" + name);
                    }
                    const errorCtor = registry.getErrorCtor(schema);
                    if (errorCtor) {
                        return [schema, errorCtor, "modeled"];
                    }
                    else {
                        const syntheticErrorSchema = registry.getBaseException();
                        if (syntheticErrorSchema) {
                            const syntheticErrorCtor = registry.getErrorCtor(syntheticErrorSchema);
                            if (syntheticErrorCtor) {
                                return [schema, syntheticErrorCtor, "synthetic"];
                            }
                        }
                    }
                }
                catch (ignored) {
                }
            }
        }
        for (const registry of registries) {
            const syntheticErrorSchema = registry.getBaseException();
            if (syntheticErrorSchema) {
                const syntheticErrorCtor = registry.getErrorCtor(syntheticErrorSchema);
                if (syntheticErrorCtor) {
                    return [syntheticErrorSchema, syntheticErrorCtor, "synthetic"];
                }
            }
        }
        return [defaultErrorSchema, Error, "native"];
    }
    async serializeEventStream({ eventStream, requestSchema, initialRequest, }) {
        const eventStreamSerde = await this.loadEventStreamCapability();
        return eventStreamSerde.serializeEventStream({
            eventStream,
            requestSchema,
            initialRequest,
        });
    }
    async deserializeEventStream({ response, responseSchema, initialResponseContainer, }) {
        const eventStreamSerde = await this.loadEventStreamCapability();
        return eventStreamSerde.deserializeEventStream({
            response,
            responseSchema,
            initialResponseContainer,
        });
    }
    async loadEventStreamCapability() {
        const { EventStreamSerde, eventStreamSerdeProvider } = __nccwpck_require__(579);
        const marshaller = this.resolveEventStreamMarshaller(eventStreamSerdeProvider);
        return new EventStreamSerde({
            marshaller,
            serializer: this.serializer,
            deserializer: this.deserializer,
            serdeContext: this.serdeContext,
            defaultContentType: this.getDefaultContentType(),
            compositeErrorRegistry: this.compositeErrorRegistry,
        });
    }
    getDefaultContentType() {
        throw new Error(`@smithy/core/protocols - ${this.constructor.name} getDefaultContentType() implementation missing.`);
    }
    async deserializeHttpMessage(schema, context, response, arg4, arg5) {
        return [];
    }
    getEventStreamMarshaller() {
        const context = this.serdeContext;
        if (!context.eventStreamMarshaller) {
            throw new Error("@smithy/core - HttpProtocol: eventStreamMarshaller missing in serdeContext.");
        }
        return context.eventStreamMarshaller;
    }
    resolveEventStreamMarshaller(importedProvider) {
        const context = this.serdeContext;
        if (context.eventStreamMarshaller) {
            return context.eventStreamMarshaller;
        }
        return importedProvider(this.serdeContext);
    }
}

class HttpBindingProtocol extends HttpProtocol {
    async serializeRequest(operationSchema, _input, context) {
        const input = _input && typeof _input === "object" ? _input : {};
        const query = {};
        const headers = {};
        const endpoint = await context.endpoint();
        const ns = HttpBindingNormalizedSchema.of(operationSchema?.input);
        const bindings = ns.getHttpBindings().request;
        const operation = getHttpOperationBindings(operationSchema);
        const request = new HttpRequest({ query, headers });
        if (endpoint) {
            this.updateServiceEndpoint(request, endpoint);
            this.setHostPrefix(request, operationSchema, input, operation);
            const [method, path, staticQuery] = operation;
            if (method) {
                request.method = method;
                request.path = request.path === "/" ? path : request.path + path;
                for (const [key, value] of staticQuery) {
                    query[key] = value;
                }
            }
        }
        request.query = query;
        const eventStream = this.serializeHttpBindings(input, request, bindings, operation);
        if (eventStream) {
            request.body = await this.serializeEventStream({ eventStream, requestSchema: ns });
        }
        return request;
    }
    serializeHttpBindings(input, request, bindings, operation) {
        const serializer = this.serializer;
        const directSerializer = typeof serializer.writeCodec === "function"
            ? serializer
            : undefined;
        const query = request.query;
        const headers = request.headers;
        const bodySchema = bindings.syntheticBodySchema;
        let hasBodyValue = false;
        let payload;
        let eventStream;
        let labels;
        const names = Object.getOwnPropertyNames(input);
        const prototype = Object.getPrototypeOf(input);
        const sparse = (prototype === Object.prototype || prototype === null) &&
            !bindings.hasIdempotency &&
            !bindings.hasPrefixHeaders &&
            names.length * 2 < bindings.memberBindings.length;
        const length = sparse ? names.length : bindings.memberBindings.length;
        for (let i = 0; i < length; ++i) {
            const binding = sparse
                ? hasOwn(bindings.byName, names[i])
                    ? bindings.byName[names[i]]
                    : undefined
                : bindings.memberBindings[i];
            if (!binding) {
                continue;
            }
            const value = binding[1];
            const memberName = binding[0];
            const memberNs = value[0];
            const flags = value[1];
            const collectionValue = value[2];
            const location = binding[2];
            const wireName = binding[3];
            const inputMemberValue = input[memberName];
            if (inputMemberValue == null && !((flags >> 10) & 1)) {
                continue;
            }
            if (location === 0b100_100) {
                const stream = (flags >> 11) & 0b11;
                if (stream) {
                    if (stream === 2) {
                        eventStream = inputMemberValue || undefined;
                    }
                    else {
                        payload = inputMemberValue;
                    }
                }
                else {
                    if (directSerializer) {
                        directSerializer.writeCodec(memberNs, inputMemberValue);
                    }
                    else {
                        serializer.write(memberNs, inputMemberValue);
                    }
                    payload = serializer.flush();
                }
            }
            else if (location === 0b100_001 || location === 0b100_110) {
                const serialized = this.serializeHttpValue(value, inputMemberValue, location, directSerializer);
                if (location === 0b100_001) {
                    (labels ??= Object.create(null))[memberName] = serialized;
                }
                else {
                    headers[wireName] = serialized;
                }
            }
            else if (location === 0b100_111) {
                for (const key in inputMemberValue) {
                    if (!hasOwn(inputMemberValue, key)) {
                        continue;
                    }
                    const amalgam = wireName + key;
                    headers[amalgam.toLowerCase()] = this.serializeHttpValue(collectionValue, inputMemberValue[key], 0b100_110, directSerializer, directSerializer ? collectionValue[0] : [collectionValue[0], { httpHeader: amalgam }]);
                }
            }
            else if ((location & 0b111_110) === 0b100_010) {
                this.serializeQuery(value, inputMemberValue, wireName, query, directSerializer);
            }
            else {
                hasBodyValue = true;
            }
        }
        const operationPath = operation[1];
        const pathSegments = operation[3];
        if (operationPath && pathSegments && request.path.endsWith(operationPath)) {
            request.path = request.path.slice(0, -operationPath.length) + this.serializePath(pathSegments, labels, bindings);
        }
        if (hasBodyValue && bodySchema) {
            if (directSerializer) {
                directSerializer.writeCodec(bodySchema, input);
            }
            else {
                serializer.write(bodySchema, input);
            }
            payload = serializer.flush();
        }
        request.body = payload;
        return eventStream;
    }
    serializeQuery(value, data, wireName, query, directSerializer) {
        const [ns, flags, collectionValue] = value;
        const traits = directSerializer ? undefined : ns.getMergedTraits();
        if (wireName === undefined) {
            for (const key in data) {
                if (!hasOwn(data, key) || key in query) {
                    continue;
                }
                if (!directSerializer) {
                    Object.assign(collectionValue[0].getMergedTraits(), {
                        ...traits,
                        httpQuery: key,
                        httpQueryParams: undefined,
                    });
                }
                this.serializeQuery(collectionValue, data[key], key, query, directSerializer);
            }
            return;
        }
        if ((flags & 0b1100_0000) === 0b0100_0000) {
            const buffer = [];
            for (const item of data) {
                const serialized = this.serializeHttpValue(collectionValue, item, 0b100_010, directSerializer, directSerializer ? collectionValue[0] : [collectionValue[0], traits]);
                if ((flags >> 13) & 1 || serialized !== undefined) {
                    buffer.push(serialized);
                }
            }
            query[wireName] = buffer;
        }
        else {
            query[wireName] = this.serializeHttpValue(value, data, 0b100_010, directSerializer, directSerializer ? ns : [ns, traits]);
        }
    }
    serializeHttpValue(value, data, location, directSerializer, schema = value[0]) {
        const flags = value[1];
        const type = flags & 0xff;
        if (directSerializer &&
            !(flags & 0x700) &&
            (type <= 2 ||
                type === 17 ||
                type === 19)) {
            return String(data);
        }
        if (directSerializer) {
            directSerializer.writeHttpBinding(value, data, location);
        }
        else {
            this.serializer.write(schema, data);
        }
        return this.serializer.flush();
    }
    serializePath(segments, labels, bindings) {
        let path = "";
        for (const [value, kind] of segments) {
            if (kind === 0) {
                path += value;
                continue;
            }
            const replacement = labels?.[value];
            if (replacement === undefined) {
                if (hasOwn(bindings.byName, value) && bindings.byName[value][2] === 0b100_001) {
                    throw new Error(`No value provided for input HTTP label: ${value}.`);
                }
                path += `{${value}${kind === 2 ? "+" : ""}}`;
            }
            else {
                path +=
                    kind === 2
                        ? replacement.split("/").map(extendedEncodeURIComponent).join("/")
                        : extendedEncodeURIComponent(replacement);
            }
        }
        return path;
    }
    async deserializeResponse(operationSchema, context, response) {
        const deserializer = this.deserializer;
        const directDeserializer = typeof deserializer.readCodec === "function"
            ? deserializer
            : undefined;
        const ns = HttpBindingNormalizedSchema.of(operationSchema.output);
        const responseBindings = ns.getHttpBindings().response;
        const dataObject = {};
        if (response.statusCode >= 300) {
            const bytes = await collectBody(response.body, context);
            if (bytes.byteLength > 0) {
                Object.assign(dataObject, await deserializer.read(15, bytes));
            }
            await this.handleError(operationSchema, context, response, dataObject, this.deserializeMetadata(response));
            throw new Error("@smithy/core/protocols - HTTP Protocol error handler failed to throw.");
        }
        const nonHttpBindingMembers = await this.deserializeHttpMessage(ns, context, response, dataObject);
        if (nonHttpBindingMembers.length) {
            const bytes = await collectBody(response.body, context);
            if (bytes.byteLength > 0) {
                const dataFromBody = await (directDeserializer
                    ? directDeserializer.readCodec(responseBindings.syntheticBodySchema, bytes)
                    : deserializer.read(responseBindings.syntheticBodySchema, bytes));
                for (const member of nonHttpBindingMembers) {
                    if (dataFromBody[member] != null) {
                        dataObject[member] = dataFromBody[member];
                    }
                }
            }
        }
        else if (!responseBindings.bindings.payload) {
            await collectBody(response.body, context);
        }
        dataObject.$metadata = this.deserializeMetadata(response);
        return dataObject;
    }
    async deserializeHttpMessage(schema, context, response, arg4, arg5) {
        const dataObject = arg4 instanceof Set ? arg5 : arg4;
        const deserializer = this.deserializer;
        const directDeserializer = typeof deserializer.readCodec === "function"
            ? deserializer
            : undefined;
        const ns = HttpBindingNormalizedSchema.of(schema);
        const { bodyMemberNames, bindings: { payload, statusCode, headers: responseHeaders, prefixHeaders }, } = ns.getHttpBindings().response;
        const headers = response.headers;
        if (payload) {
            const [memberName, value] = payload;
            const [memberSchema, flags] = value;
            const stream = (flags >> 11) & 0b11;
            if (stream) {
                if (stream === 2) {
                    dataObject[memberName] = await this.deserializeEventStream({
                        response,
                        responseSchema: ns,
                    });
                }
                else {
                    dataObject[memberName] = sdkStreamMixin(response.body);
                }
            }
            else if (response.body) {
                const bytes = await collectBody(response.body, context);
                if (bytes.byteLength > 0) {
                    dataObject[memberName] = await (directDeserializer
                        ? directDeserializer.readPayload(value, bytes)
                        : deserializer.read(memberSchema, bytes));
                }
            }
        }
        for (const header in headers) {
            if (!hasOwn(headers, header)) {
                continue;
            }
            const lower = header.toLowerCase();
            const headerValue = headers[header];
            if (lower !== header) {
                delete headers[header];
                headers[lower] = headerValue;
            }
            const binding = hasOwn(responseHeaders, lower) ? responseHeaders[lower] : undefined;
            if (!binding) {
                continue;
            }
            const [memberName, [memberSchema, flags, collectionValue], , wireName] = binding;
            if (collectionValue) {
                const sections = (flags >> 16) & 1 ? splitEvery(headerValue, ",", 2) : splitHeader(headerValue);
                const list = [];
                for (const section of sections) {
                    list.push(directDeserializer
                        ? directDeserializer.readHttpBinding(collectionValue, section.trim(), 0b100_110)
                        : await deserializer.read([collectionValue[0], { httpHeader: wireName }], section.trim()));
                }
                dataObject[memberName] = list;
            }
            else {
                dataObject[memberName] = directDeserializer
                    ? directDeserializer.readHttpBinding(binding[1], headerValue, 0b100_110)
                    : await deserializer.read(memberSchema, headerValue);
            }
        }
        for (const [memberName, [, , collectionValue], , wireName] of prefixHeaders) {
            dataObject[memberName] = {};
            for (const header in headers) {
                if (!hasOwn(headers, header)) {
                    continue;
                }
                if (!header.startsWith(wireName)) {
                    continue;
                }
                const headerValue = headers[header];
                dataObject[memberName][header.slice(wireName.length)] = directDeserializer
                    ? directDeserializer.readHttpBinding(collectionValue, headerValue, 0b100_110)
                    : await deserializer.read([collectionValue[0], { httpHeader: header }], headerValue);
            }
        }
        if (statusCode) {
            dataObject[statusCode[0]] = response.statusCode;
        }
        return bodyMemberNames;
    }
}

class RpcProtocol extends HttpProtocol {
    async serializeRequest(operationSchema, _input, context) {
        const serializer = this.serializer;
        const query = {};
        const headers = {};
        const endpoint = await context.endpoint();
        const ns = NormalizedSchema.of(operationSchema?.input);
        const schema = ns.getSchema();
        let payload;
        const input = _input && typeof _input === "object" ? _input : {};
        const request = new HttpRequest({
            protocol: "",
            hostname: "",
            port: undefined,
            path: "/",
            fragment: undefined,
            query: query,
            headers: headers,
            body: undefined,
        });
        if (endpoint) {
            this.updateServiceEndpoint(request, endpoint);
            this.setHostPrefix(request, operationSchema, input);
        }
        if (input) {
            const eventStreamMember = ns.getEventStreamMember();
            if (eventStreamMember) {
                if (input[eventStreamMember]) {
                    const initialRequest = {};
                    for (const [memberName] of ns.structIterator()) {
                        if (memberName !== eventStreamMember && input[memberName] != null) {
                            initialRequest[memberName] = input[memberName];
                        }
                    }
                    payload = await this.serializeEventStream({
                        eventStream: input[eventStreamMember],
                        requestSchema: ns,
                        initialRequest,
                    });
                }
            }
            else {
                serializer.write(schema, input);
                payload = serializer.flush();
            }
        }
        request.headers = Object.assign(request.headers, headers);
        request.query = query;
        request.body = payload;
        request.method = "POST";
        return request;
    }
    async deserializeResponse(operationSchema, context, response) {
        const deserializer = this.deserializer;
        const ns = NormalizedSchema.of(operationSchema.output);
        const dataObject = {};
        if (this.isErrorResponse(response.statusCode)) {
            const bytes = await collectBody(response.body, context);
            if (bytes.byteLength > 0) {
                Object.assign(dataObject, await deserializer.read(15, bytes));
            }
            await this.handleError(operationSchema, context, response, dataObject, this.deserializeMetadata(response));
            throw new Error("@smithy/core/protocols - RPC Protocol error handler failed to throw.");
        }
        for (const header in response.headers) {
            if (!hasOwn(response.headers, header)) {
                continue;
            }
            const value = response.headers[header];
            delete response.headers[header];
            response.headers[header.toLowerCase()] = value;
        }
        const eventStreamMember = ns.getEventStreamMember();
        if (eventStreamMember) {
            dataObject[eventStreamMember] = await this.deserializeEventStream({
                response,
                responseSchema: ns,
                initialResponseContainer: dataObject,
            });
        }
        else {
            const bytes = await collectBody(response.body, context);
            if (bytes.byteLength > 0) {
                Object.assign(dataObject, await deserializer.read(ns, bytes));
            }
        }
        dataObject.$metadata = this.deserializeMetadata(response);
        return dataObject;
    }
    isErrorResponse(statusCode) {
        return statusCode >= 300;
    }
}

class AbstractRpcV2Protocol extends RpcProtocol {
    constructor({ defaultNamespace, errorTypeRegistries, }) {
        super({ defaultNamespace, errorTypeRegistries });
    }
    async serializeRequest(operationSchema, input, context) {
        const request = await super.serializeRequest(operationSchema, input, context);
        Object.assign(request.headers, {
            "content-type": this.getDefaultContentType(),
            "smithy-protocol": this.getSmithyProtocolHeaderValue(),
            accept: this.getDefaultContentType(),
        });
        if (deref(operationSchema.input) === "unit") {
            delete request.body;
            delete request.headers["content-type"];
        }
        else {
            this.applyEmptyBody(request);
        }
        const { service, operation } = getSmithyContext(context);
        const path = `/service/${service}/operation/${operation}`;
        if (request.path.endsWith("/")) {
            request.path += path.slice(1);
        }
        else {
            request.path += path;
        }
        return request;
    }
    isErrorResponse(statusCode) {
        return statusCode !== 200;
    }
}

const resolvedPath = (resolvedPath, input, memberName, labelValueProvider, uriLabel, isGreedyLabel) => {
    if (input != null && input[memberName] !== undefined) {
        const labelValue = labelValueProvider();
        if (labelValue == null || labelValue.length <= 0) {
            throw new Error("Empty value provided for input HTTP label: " + memberName + ".");
        }
        resolvedPath = resolvedPath.replace(uriLabel, isGreedyLabel
            ? labelValue
                .split("/")
                .map((segment) => extendedEncodeURIComponent(segment))
                .join("/")
            : extendedEncodeURIComponent(labelValue));
    }
    else {
        throw new Error("No value provided for input HTTP label: " + memberName + ".");
    }
    return resolvedPath;
};

function requestBuilder(input, context) {
    return new RequestBuilder(input, context);
}
class RequestBuilder {
    input;
    context;
    query = {};
    method = "";
    headers = {};
    path = "";
    body = null;
    hostname = "";
    resolvePathStack = [];
    constructor(input, context) {
        this.input = input;
        this.context = context;
    }
    async build() {
        const { hostname, protocol = "https", port, path: basePath } = await this.context.endpoint();
        this.path = basePath;
        for (const resolvePath of this.resolvePathStack) {
            resolvePath(this.path);
        }
        return new HttpRequest({
            protocol,
            hostname: this.hostname || hostname,
            port,
            method: this.method,
            path: this.path,
            query: this.query,
            body: this.body,
            headers: this.headers,
        });
    }
    hn(hostname) {
        this.hostname = hostname;
        return this;
    }
    bp(uriLabel) {
        this.resolvePathStack.push((basePath) => {
            this.path = `${basePath?.endsWith("/") ? basePath.slice(0, -1) : basePath || ""}` + uriLabel;
        });
        return this;
    }
    p(memberName, labelValueProvider, uriLabel, isGreedyLabel) {
        this.resolvePathStack.push((path) => {
            this.path = resolvedPath(path, this.input, memberName, labelValueProvider, uriLabel, isGreedyLabel);
        });
        return this;
    }
    h(headers) {
        this.headers = headers;
        return this;
    }
    q(query) {
        this.query = query;
        return this;
    }
    b(body) {
        this.body = body;
        return this;
    }
    m(method) {
        this.method = method;
        return this;
    }
}

class FromStringShapeDeserializer extends SerdeContext {
    settings;
    constructor(settings) {
        super();
        this.settings = settings;
    }
    read(_schema, data) {
        const ns = HttpBindingNormalizedSchema.of(_schema);
        const traits = ns.getMergedTraits();
        const location = ns.getHttpBindingLocation(traits);
        return this.readHttpBinding(ns.getHttpBindingValue(location, traits), data, location);
    }
    readHttpBinding([ns, flags, collectionValue], data, location) {
        const schema = flags & 0xff;
        if ((schema & 0b1100_0000) === 0b0100_0000) {
            collectionValue ??= ns.getHttpBindingCollectionValue(location);
            return splitHeader(data).map((item) => this.readHttpBinding(collectionValue, item, location));
        }
        switch (schema) {
            case 21:
            case 42:
                return (this.serdeContext?.base64Decoder ?? fromBase64)(data);
            case 4:
            case 5:
            case 6:
            case 7: {
                const bindingFormat = this.settings.httpBindings ? (flags >> 14) & 0b11 : 0;
                const format = this.settings.timestampFormat.useTrait && schema > 4
                    ? schema
                    : bindingFormat
                        ? bindingFormat + 4
                        : this.settings.timestampFormat.default;
                switch (format) {
                    case 5:
                        return _parseRfc3339DateTimeWithOffset(data);
                    case 6:
                        return _parseRfc7231DateTime(data);
                    case 7:
                        return _parseEpochTimestamp(data);
                    default:
                        console.warn("Missing timestamp format, parsing value with Date constructor:", data);
                        return new Date(data);
                }
            }
            case 0: {
                const media = (flags >> 8) & 0b11;
                if (!media) {
                    return data;
                }
                let intermediateValue = data;
                if ((location & 0b110) === 0b110) {
                    intermediateValue = (this.serdeContext?.utf8Encoder ?? toUtf8)((this.serdeContext?.base64Decoder ?? fromBase64)(intermediateValue));
                }
                return media === 2 ? LazyJsonString.from(intermediateValue) : intermediateValue;
            }
            case 1:
                return Number(data);
            case 2:
                return data.toLowerCase() === "true";
            case 17:
                return BigInt(data);
            case 19:
                return new NumericValue(data, "bigDecimal");
            default:
                return data;
        }
    }
}

class HttpInterceptingShapeDeserializer extends SerdeContext {
    codecDeserializer;
    stringDeserializer;
    constructor(codecDeserializer, codecSettings) {
        super();
        this.codecDeserializer = codecDeserializer;
        this.stringDeserializer = new FromStringShapeDeserializer(codecSettings);
    }
    setSerdeContext(serdeContext) {
        this.stringDeserializer.setSerdeContext(serdeContext);
        this.codecDeserializer.setSerdeContext(serdeContext);
        this.serdeContext = serdeContext;
    }
    read(schema, data) {
        const ns = HttpBindingNormalizedSchema.of(schema);
        const traits = ns.getMergedTraits();
        if (traits.httpHeader || traits.httpResponseCode) {
            const value = ns.getHttpBindingValue(0b100_110, traits);
            return this.readHttpBinding(value, data, 0b100_110);
        }
        if (traits.httpPayload) {
            return this.readPayload(ns.getHttpBindingValue(0b100_100, traits), data);
        }
        return this.readCodec(ns, data);
    }
    readHttpBinding(binding, data, location) {
        const value = typeof data === "string" ? data : (this.serdeContext?.utf8Encoder ?? toUtf8)(data);
        return this.stringDeserializer.readHttpBinding(binding, value, location);
    }
    readPayload([schema, flags], data) {
        const type = flags & 0xff;
        if (type === 21 || type === 42) {
            return typeof data === "string" ? (this.serdeContext?.utf8Decoder ?? fromUtf8)(data) : data;
        }
        if (type === 0) {
            return typeof data === "string" ? data : (this.serdeContext?.utf8Encoder ?? toUtf8)(data);
        }
        return this.readCodec(schema, data);
    }
    readCodec(schema, data) {
        return this.codecDeserializer.read(schema, data);
    }
}

class ToStringShapeSerializer extends SerdeContext {
    settings;
    stringBuffer = "";
    constructor(settings) {
        super();
        this.settings = settings;
    }
    write(schema, value) {
        const ns = HttpBindingNormalizedSchema.of(schema);
        const traits = ns.getMergedTraits();
        const location = ns.getHttpBindingLocation(traits);
        this.writeHttpBinding(ns.getHttpBindingValue(location, traits), value, location);
    }
    writeHttpBinding([ns, flags, collectionValue], value, location) {
        const schema = flags & 0xff;
        switch (typeof value) {
            case "object":
                if (value === null) {
                    this.stringBuffer = "null";
                    return;
                }
                if (schema >= 4 && schema <= 7) {
                    if (!(value instanceof Date)) {
                        throw new Error(`@smithy/core/protocols - received non-Date value ${value} when schema expected Date in ${ns.getName(true)}`);
                    }
                    const bindingFormat = this.settings.httpBindings ? (flags >> 14) & 0b11 : 0;
                    const format = this.settings.timestampFormat.useTrait && schema > 4
                        ? schema
                        : bindingFormat
                            ? bindingFormat + 4
                            : this.settings.timestampFormat.default;
                    switch (format) {
                        case 5:
                            this.stringBuffer = value.toISOString().replace(".000Z", "Z");
                            break;
                        case 6:
                            this.stringBuffer = dateToUtcString(value);
                            break;
                        case 7:
                            this.stringBuffer = String(value.getTime() / 1000);
                            break;
                        default:
                            console.warn("Missing timestamp format, using epoch seconds", value);
                            this.stringBuffer = String(value.getTime() / 1000);
                    }
                    return;
                }
                if ((schema === 21 || schema === 42) &&
                    "byteLength" in value) {
                    this.stringBuffer = (this.serdeContext?.base64Encoder ?? toBase64)(value);
                    return;
                }
                if ((schema & 0b1100_0000) === 0b0100_0000 && Array.isArray(value)) {
                    collectionValue ??= ns.getHttpBindingCollectionValue(location);
                    const valueSchemaType = collectionValue[1] & 0xff;
                    const isTimestamp = valueSchemaType >= 4 &&
                        valueSchemaType <= 7;
                    let buffer = "";
                    for (const item of value) {
                        this.writeHttpBinding(collectionValue, item, location);
                        const headerItem = this.flush();
                        if (buffer) {
                            buffer += ", ";
                        }
                        buffer += isTimestamp ? headerItem : quoteHeader(headerItem);
                    }
                    this.stringBuffer = buffer;
                    return;
                }
                this.stringBuffer = JSON.stringify(value, null, 2);
                break;
            case "string":
                const media = (flags >> 8) & 0b11;
                let intermediateValue = value;
                if (media === 2) {
                    intermediateValue = LazyJsonString.from(intermediateValue);
                }
                if (media && (location & 0b110) === 0b110) {
                    this.stringBuffer = (this.serdeContext?.base64Encoder ?? toBase64)(intermediateValue.toString());
                    return;
                }
                this.stringBuffer = value;
                break;
            default:
                this.stringBuffer = (flags >> 10) & 1 ? generateIdempotencyToken() : String(value);
        }
    }
    flush() {
        const buffer = this.stringBuffer;
        this.stringBuffer = "";
        return buffer;
    }
}

class HttpInterceptingShapeSerializer {
    codecSerializer;
    stringSerializer;
    buffer;
    constructor(codecSerializer, codecSettings, stringSerializer = new ToStringShapeSerializer(codecSettings)) {
        this.codecSerializer = codecSerializer;
        this.stringSerializer = stringSerializer;
    }
    setSerdeContext(serdeContext) {
        this.codecSerializer.setSerdeContext(serdeContext);
        this.stringSerializer.setSerdeContext(serdeContext);
    }
    write(schema, value) {
        const ns = HttpBindingNormalizedSchema.of(schema);
        const traits = ns.getMergedTraits();
        if (traits.httpHeader || traits.httpLabel || traits.httpQuery) {
            const location = ns.getHttpBindingLocation(traits);
            this.writeHttpBinding(ns.getHttpBindingValue(location, traits), value, location);
            return;
        }
        this.writeCodec(ns, value);
    }
    writeHttpBinding(binding, value, location) {
        this.stringSerializer.writeHttpBinding(binding, value, location);
        this.buffer = this.stringSerializer.flush();
    }
    writeCodec(schema, value) {
        this.codecSerializer.write(schema, value);
    }
    flush() {
        if (this.buffer !== undefined) {
            const buffer = this.buffer;
            this.buffer = undefined;
            return buffer;
        }
        return this.codecSerializer.flush();
    }
}

function determineTimestampFormat(ns, settings) {
    if (settings.timestampFormat.useTrait) {
        const schema = ns.getSchema();
        if (schema === 5 ||
            schema === 6 ||
            schema === 7) {
            return schema;
        }
    }
    const { httpLabel, httpPrefixHeaders, httpHeader, httpQuery } = ns.getMergedTraits();
    const bindingFormat = settings.httpBindings
        ? typeof httpPrefixHeaders === "string" || Boolean(httpHeader)
            ? 6
            : Boolean(httpQuery) || Boolean(httpLabel)
                ? 5
                : undefined
        : undefined;
    return bindingFormat ?? settings.timestampFormat.default;
}

class Field {
    name;
    kind;
    values;
    constructor({ name, kind = FieldPosition.HEADER, values = [] }) {
        this.name = name;
        this.kind = kind;
        this.values = values;
    }
    add(value) {
        this.values.push(value);
    }
    set(values) {
        this.values = values;
    }
    remove(value) {
        this.values = this.values.filter((v) => v !== value);
    }
    toString() {
        return this.values.map((v) => (v.includes(",") || v.includes(" ") ? `"${v}"` : v)).join(", ");
    }
    get() {
        return this.values;
    }
}

class Fields {
    entries = {};
    encoding;
    constructor({ fields = [], encoding = "utf-8" }) {
        fields.forEach(this.setField.bind(this));
        this.encoding = encoding;
    }
    setField(field) {
        this.entries[field.name.toLowerCase()] = field;
    }
    getField(name) {
        return this.entries[name.toLowerCase()];
    }
    removeField(name) {
        delete this.entries[name.toLowerCase()];
    }
    getByType(kind) {
        return Object.values(this.entries).filter((field) => field.kind === kind);
    }
}

const getHttpHandlerExtensionConfiguration = (runtimeConfig) => {
    if (runtimeConfig.logger && runtimeConfig.logger.constructor?.name !== "NoOpLogger") {
        runtimeConfig.requestHandler?.updateHttpClientConfig?.(Symbol.for("logger"), runtimeConfig.logger);
    }
    if (runtimeConfig.defaultSocketTimeout) {
        runtimeConfig.requestHandler?.updateHttpClientConfig?.(Symbol.for("@smithy/defaultSocketTimeout"), runtimeConfig.defaultSocketTimeout);
    }
    return {
        setHttpHandler(handler) {
            runtimeConfig.requestHandler = handler;
        },
        httpHandler() {
            return runtimeConfig.requestHandler;
        },
        updateHttpClientConfig(key, value) {
            runtimeConfig.requestHandler?.updateHttpClientConfig(key, value);
        },
        httpHandlerConfigs() {
            return runtimeConfig.requestHandler.httpHandlerConfigs();
        },
    };
};
const resolveHttpHandlerRuntimeConfig = (httpHandlerExtensionConfiguration) => {
    return {
        requestHandler: httpHandlerExtensionConfiguration.httpHandler(),
    };
};

const CONTENT_LENGTH_HEADER = "content-length";
function contentLengthMiddleware(bodyLengthChecker) {
    return (next) => async (args) => {
        const request = args.request;
        if (HttpRequest.isInstance(request)) {
            const { body, headers } = request;
            if (body &&
                Object.keys(headers)
                    .map((str) => str.toLowerCase())
                    .indexOf(CONTENT_LENGTH_HEADER) === -1) {
                try {
                    const length = bodyLengthChecker(body);
                    if (length != null) {
                        request.headers = {
                            ...request.headers,
                            [CONTENT_LENGTH_HEADER]: String(length),
                        };
                    }
                }
                catch (ignored) {
                }
            }
        }
        return next({
            ...args,
            request,
        });
    };
}
const contentLengthMiddlewareOptions = {
    step: "build",
    tags: ["SET_CONTENT_LENGTH", "CONTENT_LENGTH"],
    name: "contentLengthMiddleware",
    override: true,
};
const getContentLengthPlugin = (options) => ({
    applyToStack: (clientStack) => {
        clientStack.add(contentLengthMiddleware(options.bodyLengthChecker), contentLengthMiddlewareOptions);
    },
});

const escapeUri = (uri) => encodeURIComponent(uri).replace(/[!'()*]/g, hexEncode);
const hexEncode = (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`;

const escapeUriPath = (uri) => uri.split("/").map(escapeUri).join("/");

function buildQueryString(query) {
    const parts = [];
    for (let key of Object.keys(query).sort()) {
        const value = query[key];
        key = escapeUri(key);
        if (Array.isArray(value)) {
            for (let i = 0, iLen = value.length; i < iLen; i++) {
                parts.push(`${key}=${escapeUri(value[i])}`);
            }
        }
        else {
            let qsEntry = key;
            if (value || typeof value === "string") {
                qsEntry += `=${escapeUri(value)}`;
            }
            parts.push(qsEntry);
        }
    }
    return parts.join("&");
}

class SerdeContextConfig {
    serdeContext;
    setSerdeContext(serdeContext) {
        this.serdeContext = serdeContext;
    }
}

class UnionSerde {
    from;
    to;
    keys;
    constructor(from, to) {
        this.from = from;
        this.to = to;
        const keys = Object.keys(this.from);
        const set = new Set(keys);
        set.delete("__type");
        this.keys = set;
    }
    mark(key) {
        this.keys.delete(key);
    }
    hasUnknown() {
        return this.keys.size === 1 && Object.keys(this.to).length === 0;
    }
    writeUnknown() {
        if (this.hasUnknown()) {
            const k = this.keys.values().next().value;
            const v = this.from[k];
            this.to.$unknown = [k, v];
        }
    }
}

let canParseBuffer;
function detectBufferParsing() {
    if (canParseBuffer === undefined) {
        try {
            if (typeof Buffer !== "function") {
                canParseBuffer = false;
            }
            else {
                const result = JSON.parse(Buffer.from([0x7b, 0x7d]));
                canParseBuffer = result !== null && typeof result === "object";
            }
        }
        catch {
            canParseBuffer = false;
        }
    }
    return canParseBuffer;
}

function jsonReviver(key, value, context) {
    if (context?.source) {
        const numericString = context.source;
        if (typeof value === "number") {
            const inSafeRange = value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
            if (inSafeRange) {
                if (isRepresentable(numericString, value)) {
                    return value;
                }
                return new NumericValue(numericString, "bigDecimal");
            }
            else {
                if (isFractionalBigNumeric(numericString)) {
                    return new NumericValue(numericString, "bigDecimal");
                }
                if (/[eE]/.test(numericString)) {
                    return expandExponentToBigInt(numericString);
                }
                return BigInt(numericString);
            }
        }
    }
    return value;
}
function isFractionalBigNumeric(s) {
    const dotIndex = s.indexOf(".");
    if (dotIndex === -1) {
        return false;
    }
    const eIndex = s.search(/[eE]/);
    if (eIndex === -1) {
        return true;
    }
    const fracDigits = eIndex - dotIndex - 1;
    const exp = parseInt(s.slice(eIndex + 1), 10);
    return exp < fracDigits;
}
function isRepresentable(numericString, value) {
    if (numericString === String(value)) {
        return true;
    }
    if (Object.is(value, -0)) {
        return true;
    }
    if (/[eE]/.test(numericString)) {
        return expandToDecimal(numericString) === expandToDecimal(String(value));
    }
    const normalized = numericString.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    const canonical = String(value);
    if (normalized === canonical) {
        return true;
    }
    if (/[eE]/.test(canonical)) {
        return normalized === expandToDecimal(canonical);
    }
    return false;
}
function expandToDecimal(s) {
    const negative = s.startsWith("-");
    const abs = negative ? s.slice(1) : s;
    const eIndex = abs.search(/[eE]/);
    let result;
    if (eIndex === -1) {
        result = abs;
    }
    else {
        const exp = parseInt(abs.slice(eIndex + 1), 10);
        const mantissa = abs.slice(0, eIndex);
        const dotIndex = mantissa.indexOf(".");
        let digits;
        let intLen;
        if (dotIndex === -1) {
            digits = mantissa;
            intLen = mantissa.length;
        }
        else {
            digits = mantissa.slice(0, dotIndex) + mantissa.slice(dotIndex + 1);
            intLen = dotIndex;
        }
        digits = digits.replace(/0+$/, "") || "0";
        const newDotPos = intLen + exp;
        if (digits === "0") {
            result = "0";
        }
        else if (newDotPos <= 0) {
            result = "0." + "0".repeat(-newDotPos) + digits;
        }
        else if (newDotPos >= digits.length) {
            result = digits + "0".repeat(newDotPos - digits.length);
        }
        else {
            result = digits.slice(0, newDotPos) + "." + digits.slice(newDotPos);
        }
    }
    if (result.includes(".")) {
        result = result.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    }
    return (negative ? "-" : "") + result;
}
function expandExponentToBigInt(s) {
    const eIndex = s.search(/[eE]/);
    const exp = parseInt(s.slice(eIndex + 1), 10);
    const negative = s.startsWith("-");
    const mantissa = s.slice(negative ? 1 : 0, eIndex);
    const dotIndex = mantissa.indexOf(".");
    let digits;
    let shift;
    if (dotIndex === -1) {
        digits = mantissa;
        shift = exp;
    }
    else {
        digits = mantissa.slice(0, dotIndex) + mantissa.slice(dotIndex + 1);
        const fracDigits = mantissa.length - dotIndex - 1;
        shift = exp - fracDigits;
    }
    digits = digits.replace(/0+$/, "") || "0";
    const result = BigInt(digits) * 10n ** BigInt(shift + (mantissa.replace(".", "").length - digits.length));
    return negative ? -result : result;
}

const REVIVER_SYMBOL = Symbol.for("@aws-sdk/reviver");
function needsReviver(schema) {
    const ns = NormalizedSchema.of(schema);
    const raw = ns.getSchema();
    if (Array.isArray(raw) && ns.isStructSchema()) {
        if (REVIVER_SYMBOL in raw) {
            return raw[REVIVER_SYMBOL];
        }
        const result = _check(ns, new Set());
        raw[REVIVER_SYMBOL] = result;
        return result;
    }
    return _check(ns, new Set());
}
function _check(ns, seen) {
    const raw = ns.getSchema();
    if (seen.has(raw)) {
        return false;
    }
    seen.add(raw);
    if (ns.isBigIntegerSchema() || ns.isBigDecimalSchema()) {
        return true;
    }
    if (ns.isStructSchema()) {
        for (const [, memberSchema] of ns.structIterator()) {
            if (_check(memberSchema, seen)) {
                return true;
            }
        }
    }
    else if (ns.isListSchema() || ns.isMapSchema()) {
        if (_check(ns.getValueSchema(), seen)) {
            return true;
        }
    }
    else if (ns.isDocumentSchema()) {
        return true;
    }
    return false;
}

const collectBodyString = (streamBody, context) => collectBody(streamBody, context).then((body) => (context?.utf8Encoder ?? toUtf8)(body));

async function parseJsonBody(streamBody, context, schema) {
    let parsingInput;
    if (detectBufferParsing() && typeof streamBody?.[Symbol.asyncIterator] === "function") {
        const buffer = await collectBody(streamBody, context);
        if (typeof Buffer === "function") {
            if (Buffer.isBuffer(buffer)) {
                parsingInput = buffer;
            }
            else {
                parsingInput = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
            }
        }
    }
    if (!parsingInput) {
        parsingInput = await collectBodyString(streamBody, context);
    }
    if (parsingInput.length === 0) {
        return {};
    }
    const reviver = schema && needsReviver(schema) ? jsonReviver : undefined;
    try {
        return JSON.parse(parsingInput, reviver);
    }
    catch (e) {
        if (e?.name === "SyntaxError") {
            Object.defineProperty(e, "$responseBodyText", {
                value: typeof parsingInput === "string" ? parsingInput : parsingInput.toString("utf8"),
            });
        }
        throw e;
    }
}
const parseJsonErrorBody = async (errorBody, context) => {
    const value = await parseJsonBody(errorBody, context);
    value.message = value.message ?? value.Message;
    return value;
};
const findKey = (object, key) => Object.keys(object).find((k) => k.toLowerCase() === key.toLowerCase());
const sanitizeErrorCode = (rawValue) => {
    let cleanValue = rawValue;
    if (typeof cleanValue === "number") {
        cleanValue = cleanValue.toString();
    }
    if (cleanValue.indexOf(",") >= 0) {
        cleanValue = cleanValue.split(",")[0];
    }
    if (cleanValue.indexOf(":") >= 0) {
        cleanValue = cleanValue.split(":")[0];
    }
    if (cleanValue.indexOf("#") >= 0) {
        cleanValue = cleanValue.split("#")[1];
    }
    return cleanValue;
};
const loadRestJsonErrorCode = (output, data) => {
    return loadErrorCode(output, data, ["header", "code", "type"]);
};
const loadJsonRpcErrorCode = (output, data, queryCompat = false) => {
    return loadErrorCode(output, data, queryCompat ? ["code", "header", "type"] : ["type", "code", "header"]);
};
const loadSmithyRpcV2JsonErrorCode = (output, data) => {
    if (data?.__type !== undefined) {
        let cleanValue = data.__type;
        if (typeof cleanValue === "number") {
            cleanValue = cleanValue.toString();
        }
        if (cleanValue.indexOf(",") >= 0) {
            cleanValue = cleanValue.split(",")[0];
        }
        if (cleanValue.indexOf(":") >= 0) {
            cleanValue = cleanValue.split(":")[0];
        }
        return cleanValue;
    }
};
const loadErrorCode = ({ headers }, data, order) => {
    while (order.length > 0) {
        const location = order.shift();
        switch (location) {
            case "header":
                const headerKey = findKey(headers ?? {}, "x-amzn-errortype");
                if (headerKey !== undefined) {
                    return sanitizeErrorCode(headers[headerKey]);
                }
                break;
            case "code":
                const codeKey = findKey(data ?? {}, "code");
                if (codeKey && data[codeKey] !== undefined) {
                    return sanitizeErrorCode(data[codeKey]);
                }
                break;
            case "type":
                if (data?.__type !== undefined) {
                    return sanitizeErrorCode(data.__type);
                }
                break;
        }
    }
};

class JsonShapeDeserializer2 extends SerdeContextConfig {
    settings;
    constructor(settings) {
        super();
        this.settings = settings;
    }
    async read(schema, data) {
        const reviver = needsReviver(schema) ? jsonReviver : undefined;
        let parsed;
        if (typeof data === "string") {
            if (data.length === 0) {
                return {};
            }
            parsed = JSON.parse(data, reviver);
        }
        else if (data instanceof Uint8Array && detectBufferParsing()) {
            if (data.byteLength === 0) {
                return {};
            }
            const buf = Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
            parsed = JSON.parse(buf, reviver);
        }
        else {
            parsed = await parseJsonBody(data, this.serdeContext, schema);
        }
        return this._read(schema, parsed);
    }
    readObject(schema, data) {
        return this._read(schema, data);
    }
    _read(schema, value) {
        const isObject = value !== null && typeof value === "object";
        const ns = NormalizedSchema.of(schema);
        if (isObject) {
            if (ns.isStructSchema()) {
                return this._readStruct(ns, value);
            }
            if (Array.isArray(value) && ns.isListSchema()) {
                const listMember = ns.getValueSchema();
                if (this.needsTransform(listMember)) {
                    for (let i = 0; i < value.length; ++i) {
                        value[i] = this._read(listMember, value[i]);
                    }
                }
                return value;
            }
            if (ns.isMapSchema()) {
                const mapMember = ns.getValueSchema();
                const map = value;
                if (this.needsTransform(mapMember)) {
                    for (const k in map) {
                        if (!hasOwn(map, k)) {
                            continue;
                        }
                        if (k === "__proto__") {
                            writeKey(map);
                        }
                        map[k] = this._read(mapMember, map[k]);
                    }
                }
                return map;
            }
        }
        if (ns.isBlobSchema() && typeof value === "string") {
            return fromBase64(value);
        }
        const mediaType = ns.getMergedTraits().mediaType;
        if (ns.isStringSchema() && typeof value === "string" && mediaType) {
            const isJson = mediaType === "application/json" || mediaType.endsWith("+json");
            if (isJson) {
                return LazyJsonString.from(value);
            }
            return value;
        }
        if (ns.isTimestampSchema() && value != null) {
            const format = determineTimestampFormat(ns, this.settings);
            switch (format) {
                case 5:
                    return parseRfc3339DateTimeWithOffset(value);
                case 6:
                    return parseRfc7231DateTime(value);
                case 7:
                    return parseEpochTimestamp(value);
                default:
                    console.warn("Missing timestamp format, parsing value with Date constructor:", value);
                    return new Date(value);
            }
        }
        if (ns.isBigIntegerSchema() && (typeof value === "number" || typeof value === "string")) {
            return BigInt(value);
        }
        if (ns.isBigDecimalSchema() && value != undefined) {
            if (value instanceof NumericValue) {
                return value;
            }
            const untyped = value;
            if (untyped.type === "bigDecimal" && "string" in untyped) {
                return new NumericValue(untyped.string, untyped.type);
            }
            return new NumericValue(String(value), "bigDecimal");
        }
        if (ns.isNumericSchema() && typeof value === "string") {
            switch (value) {
                case "Infinity":
                    return Infinity;
                case "-Infinity":
                    return -Infinity;
                case "NaN":
                    return NaN;
            }
            return value;
        }
        if (ns.isDocumentSchema()) {
            if (isObject) {
                if (Array.isArray(value)) {
                    for (let i = 0; i < value.length; ++i) {
                        const v = value[i];
                        if (!(v instanceof NumericValue)) {
                            value[i] = this._read(ns, v);
                        }
                    }
                }
                else {
                    const doc = value;
                    for (const k in doc) {
                        if (!hasOwn(doc, k)) {
                            continue;
                        }
                        if (k === "__proto__") {
                            writeKey(doc);
                        }
                        const v = doc[k];
                        if (!(v instanceof NumericValue)) {
                            doc[k] = this._read(ns, v);
                        }
                    }
                }
            }
        }
        return value;
    }
    _readStruct(ns, record) {
        const union = ns.isUnionSchema();
        const out = {};
        let nameMap;
        const hasType = typeof record.__type === "string";
        const { jsonName } = this.settings;
        if (jsonName && hasType) {
            nameMap = {};
        }
        let unionSerde;
        if (union) {
            unionSerde = new UnionSerde(record, out);
        }
        for (const [memberName, memberSchema] of ns.structIterator()) {
            let fromKey = memberName;
            if (jsonName) {
                fromKey = memberSchema.getMergedTraits().jsonName ?? fromKey;
                if (hasType) {
                    nameMap[fromKey] = memberName;
                }
            }
            if (union) {
                unionSerde.mark(fromKey);
            }
            if (record[fromKey] != null) {
                out[memberName] = this._read(memberSchema, record[fromKey]);
            }
        }
        if (union) {
            unionSerde.writeUnknown();
        }
        else if (hasType) {
            for (const k in record) {
                if (!hasOwn(record, k)) {
                    continue;
                }
                const v = record[k];
                const t = jsonName ? (nameMap[k] ?? k) : k;
                if (!(t in out)) {
                    out[t] = v;
                }
            }
        }
        return out;
    }
    needsTransform(ns) {
        if (ns.isBlobSchema() ||
            ns.isTimestampSchema() ||
            ns.isBigIntegerSchema() ||
            ns.isBigDecimalSchema() ||
            ns.isNumericSchema()) {
            return true;
        }
        if (ns.isDocumentSchema() || ns.isStructSchema() || ns.isListSchema() || ns.isMapSchema()) {
            return true;
        }
        if (ns.isStringSchema() && ns.getMergedTraits().mediaType) {
            return true;
        }
        return false;
    }
}

class JsonBytesStringAdapter extends Uint8Array {
    string = null;
    static allocUnsafe(bytes) {
        if (typeof Buffer === "function") {
            const buffer = Buffer.allocUnsafe(bytes);
            return new JsonBytesStringAdapter(buffer.buffer, buffer.byteOffset, buffer.byteLength);
        }
        return new JsonBytesStringAdapter(bytes);
    }
    toString() {
        return this.s();
    }
    valueOf() {
        return this.s();
    }
    includes(searchString, position) {
        if (typeof searchString === "string") {
            return this.s().includes(searchString, position);
        }
        return Uint8Array.prototype.includes.call(this, searchString, position);
    }
    indexOf(searchString, position) {
        if (typeof searchString === "string") {
            return this.s().indexOf(searchString, position);
        }
        return Uint8Array.prototype.indexOf.call(this, searchString, position);
    }
    lastIndexOf(searchString, position) {
        if (typeof searchString === "string") {
            return this.s().lastIndexOf(searchString, position);
        }
        const fn = Uint8Array.prototype.lastIndexOf;
        if (position !== undefined) {
            return fn.call(this, searchString, position);
        }
        return fn.call(this, searchString);
    }
    startsWith(searchString, position) {
        return this.s().startsWith(searchString, position);
    }
    endsWith(searchString, endPosition) {
        return this.s().endsWith(searchString, endPosition);
    }
    match(regexp) {
        return this.s().match(regexp);
    }
    replace(searchValue, replaceValue) {
        return this.s().replace(searchValue, replaceValue);
    }
    search(regexp) {
        return this.s().search(regexp);
    }
    split(separator, limit) {
        return this.s().split(separator, limit);
    }
    substring(start, end) {
        return this.s().substring(start, end);
    }
    trim() {
        return this.s().trim();
    }
    trimStart() {
        return this.s().trimStart();
    }
    trimEnd() {
        return this.s().trimEnd();
    }
    charAt(pos) {
        return this.s().charAt(pos);
    }
    charCodeAt(index) {
        return this.s().charCodeAt(index);
    }
    padStart(maxLength, fillString) {
        return this.s().padStart(maxLength, fillString);
    }
    padEnd(maxLength, fillString) {
        return this.s().padEnd(maxLength, fillString);
    }
    repeat(count) {
        return this.s().repeat(count);
    }
    toUpperCase() {
        return this.s().toUpperCase();
    }
    toLowerCase() {
        return this.s().toLowerCase();
    }
    s() {
        if (this.string == null) {
            const n = Date.now();
            if (n > warned + 60_000) {
                console.warn("@aws-sdk/core/protocols - WARN - JsonCodec2: you have called a string method on a Uint8Array request body. " +
                    "It has been automatically converted to string. In a future version this will throw an error.");
                warned = n;
            }
            this.string = toUtf8(this);
        }
        return this.string;
    }
}
var warned = 0;

const encoder = new TextEncoder();
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const TRUE = new Uint8Array([0x74, 0x72, 0x75, 0x65]);
const FALSE = new Uint8Array([0x66, 0x61, 0x6c, 0x73, 0x65]);
const NULL = new Uint8Array([0x6e, 0x75, 0x6c, 0x6c]);
const ESCAPE_TABLE = new Array(128).fill(null);
ESCAPE_TABLE[0x08] = "b";
ESCAPE_TABLE[0x09] = "t";
ESCAPE_TABLE[0x0a] = "n";
ESCAPE_TABLE[0x0c] = "f";
ESCAPE_TABLE[0x0d] = "r";
ESCAPE_TABLE[0x22] = '"';
ESCAPE_TABLE[0x5c] = "\\";
for (let i = 0; i < 0x20; i++) {
    if (ESCAPE_TABLE[i] === null) {
        ESCAPE_TABLE[i] = "u00" + i.toString(16).padStart(2, "0");
    }
}
const INITIAL_BUFFER_SIZE = 2048;
function alloc(size) {
    return JsonBytesStringAdapter.allocUnsafe(size);
}
class JsonShapeSerializer2 extends SerdeContextConfig {
    settings;
    json;
    i = 0;
    rootSchema;
    rawValue;
    passthrough = false;
    constructor(settings) {
        super();
        this.settings = settings;
        this.json = alloc(INITIAL_BUFFER_SIZE);
    }
    write(schema, value) {
        this.i = 0;
        this.rawValue = value;
        this.rootSchema = NormalizedSchema.of(schema);
        this.passthrough = this.rootSchema.isBlobSchema() || this.rootSchema.isStringSchema();
        if (!this.passthrough) {
            this.writeValue(this.rootSchema, value, undefined);
        }
    }
    writeDiscriminatedDocument(schema, value) {
        this.i = 0;
        this.rootSchema = NormalizedSchema.of(schema);
        const ns = this.rootSchema;
        if (ns.isStructSchema() && value != null && typeof value === "object") {
            this.writeValue(ns, value, undefined);
            const prefix = `"__type":"${ns.getName(true) ?? "Unknown"}",`;
            const z = prefix.length;
            this.ensure(z);
            this.json.copyWithin(1 + z, 1, this.i);
            encoder.encodeInto(prefix, this.json.subarray(1));
            this.i += z;
        }
        else {
            this.writeValue(ns, value, undefined);
        }
    }
    flush() {
        this.rootSchema = undefined;
        const finalPosition = this.i;
        this.i = 0;
        const raw = this.rawValue;
        this.rawValue = undefined;
        if (finalPosition === 0) {
            return raw;
        }
        const result = this.json.subarray(0, finalPosition);
        this.json = alloc(INITIAL_BUFFER_SIZE);
        return result;
    }
    ensure(byteCount) {
        const { i, json } = this;
        if (i + byteCount > json.length) {
            let newSize = json.length * 2;
            while (newSize < i + byteCount) {
                newSize *= 2;
            }
            const next = alloc(newSize);
            next.set(this.json);
            this.json = next;
        }
    }
    writeAscii(s) {
        const z = s.length;
        this.ensure(z);
        let { i, json } = this;
        for (let j = 0; j < z; ++j) {
            json[i] = s.charCodeAt(j);
            i += 1;
        }
        this.i = i;
    }
    writeAsciiQuoted(s) {
        const z = s.length;
        this.ensure(z + 4);
        let { json, i } = this;
        json[i++] = QUOTE;
        for (let j = 0; j < z; ++j) {
            json[i++] = s.charCodeAt(j);
        }
        json[i++] = QUOTE;
        this.i = i;
    }
    writeJsonString(s) {
        const z = s.length;
        this.ensure(z * 3 + 2);
        this.json[this.i++] = QUOTE;
        for (let j = 0; j < z; ++j) {
            const c = s.charCodeAt(j);
            if (c > 0x22 && c < 0x5c) {
                this.json[this.i++] = c;
            }
            else if (c < 0x80) {
                const esc = ESCAPE_TABLE[c];
                if (esc !== null) {
                    this.ensure(esc.length + 1 + (z - j - 1) * 3 + 1);
                    this.json[this.i++] = BACKSLASH;
                    for (let k = 0; k < esc.length; k++) {
                        this.json[this.i++] = esc.charCodeAt(k);
                    }
                }
                else {
                    this.json[this.i++] = c;
                }
            }
            else if (c >= 0xd800 && c <= 0xdbff) {
                const next = j + 1 < z ? s.charCodeAt(j + 1) : 0;
                if (next >= 0xdc00 && next <= 0xdfff) {
                    this.ensure(4);
                    const { written } = encoder.encodeInto(s.substring(j, j + 2), this.json.subarray(this.i));
                    this.i += written;
                    ++j;
                }
                else {
                    this.ensure(6 + (z - j - 1) * 3 + 1);
                    this.writeUnicodeEscape(c);
                }
            }
            else if (c >= 0xdc00 && c <= 0xdfff) {
                this.ensure(6 + (z - j - 1) * 3 + 1);
                this.writeUnicodeEscape(c);
            }
            else {
                let { i, json } = this;
                if (c < 0x800) {
                    json[i++] = 0xc0 | (c >> 6);
                    json[i++] = 0x80 | (c & 0x3f);
                }
                else {
                    json[i++] = 0xe0 | (c >> 12);
                    json[i++] = 0x80 | ((c >> 6) & 0x3f);
                    json[i++] = 0x80 | (c & 0x3f);
                }
                this.i = i;
            }
        }
        this.json[this.i++] = QUOTE;
    }
    writeUnicodeEscape(code) {
        let { json, i } = this;
        json[i++] = BACKSLASH;
        json[i++] = 0x75;
        const hex = code.toString(16).padStart(4, "0");
        for (let j = 0; j < 4; ++j) {
            json[i++] = hex.charCodeAt(j);
        }
        this.i = i;
    }
    static B64 = (() => {
        const chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const table = new Uint8Array(64);
        for (let i = 0; i < 64; ++i) {
            table[i] = chars.charCodeAt(i);
        }
        return table;
    })();
    writeBase64(data) {
        const b64Len = Math.ceil(data.length / 3) * 4;
        this.ensure(b64Len + 2);
        const json = this.json;
        const B64 = JsonShapeSerializer2.B64;
        let i = this.i;
        json[i++] = QUOTE;
        const len = data.length;
        const remainder = len % 3;
        const mainLen = len - remainder;
        for (let j = 0; j < mainLen; j += 3) {
            const a = data[j];
            const b = data[j + 1];
            const c = data[j + 2];
            json[i++] = B64[a >> 2];
            json[i++] = B64[((a & 0x03) << 4) | (b >> 4)];
            json[i++] = B64[((b & 0x0f) << 2) | (c >> 6)];
            json[i++] = B64[c & 0x3f];
        }
        if (remainder === 2) {
            const a = data[mainLen];
            const b = data[mainLen + 1];
            json[i++] = B64[a >> 2];
            json[i++] = B64[((a & 0x03) << 4) | (b >> 4)];
            json[i++] = B64[(b & 0x0f) << 2];
            json[i++] = 0x3d;
        }
        else if (remainder === 1) {
            const a = data[mainLen];
            json[i++] = B64[a >> 2];
            json[i++] = B64[(a & 0x03) << 4];
            json[i++] = 0x3d;
            json[i++] = 0x3d;
        }
        json[i++] = QUOTE;
        this.i = i;
    }
    writeValue(schema, value, container) {
        if (value == null) {
            if (container?.isStructSchema()) {
                if (value === undefined) {
                    const ns = NormalizedSchema.of(schema);
                    if (ns.isIdempotencyToken()) {
                        this.writeAsciiQuoted(generateIdempotencyToken());
                        return;
                    }
                }
                return;
            }
            this.ensure(4);
            this.json.set(NULL, this.i);
            this.i += 4;
            return;
        }
        const ns = NormalizedSchema.of(schema);
        const isObject = typeof value === "object";
        if (ns.isStringSchema()) {
            const mediaType = ns.getMergedTraits().mediaType;
            if (mediaType) {
                const isJson = mediaType === "application/json" || mediaType.endsWith("+json");
                if (isJson) {
                    this.writeJsonString(LazyJsonString.from(value).toString());
                    return;
                }
            }
        }
        if (this.settings.bigNumberAsString && value != null && (ns.isBigIntegerSchema() || ns.isBigDecimalSchema())) {
            const asString = value instanceof NumericValue ? value.string : String(value);
            this.writeAsciiQuoted(asString);
            return;
        }
        if (isObject) {
            if (ns.isStructSchema()) {
                this.writeStruct(ns, value);
                return;
            }
            if (Array.isArray(value) && (ns.isListSchema() || ns.isDocumentSchema())) {
                this.writeList(ns, value, ns.isDocumentSchema());
                return;
            }
            if (ns.isMapSchema()) {
                this.writeMap(ns, value, false);
                return;
            }
            if (value instanceof Uint8Array && (ns.isBlobSchema() || ns.isDocumentSchema())) {
                this.writeBase64(value);
                return;
            }
            if (value instanceof Date && (ns.isTimestampSchema() || ns.isDocumentSchema())) {
                this.writeTimestamp(ns, value);
                return;
            }
            if (value instanceof NumericValue) {
                this.writeAscii(value.string);
                return;
            }
            if (ns.isDocumentSchema()) {
                if (Array.isArray(value)) {
                    this.writeList(ns, value, true);
                }
                else {
                    this.writeMap(ns, value, true);
                }
                return;
            }
            const json = JSON.stringify(value);
            this.writeAscii(json);
            return;
        }
        if (typeof value === "string") {
            if (ns.isBlobSchema()) {
                const b64 = (this.serdeContext?.base64Encoder ?? toBase64)(value);
                this.writeAsciiQuoted(b64);
                return;
            }
            this.writeJsonString(value);
            return;
        }
        if (typeof value === "number") {
            if (Math.abs(value) === Infinity || Number.isNaN(value)) {
                this.writeAsciiQuoted(String(value));
                return;
            }
            const numStr = String(value);
            this.writeAscii(numStr);
            return;
        }
        if (typeof value === "boolean") {
            this.ensure(5);
            let { i, json } = this;
            if (value) {
                json.set(TRUE, i);
                i += 4;
            }
            else {
                json.set(FALSE, i);
                i += 5;
            }
            this.i = i;
            return;
        }
        if (typeof value === "bigint") {
            this.writeAscii(value.toString());
            return;
        }
        this.writeAscii(String(value));
    }
    writeStruct(ns, value) {
        this.ensure(2);
        this.json[this.i++] = OPEN_BRACE;
        let wroteAny = false;
        const hasType = typeof value.__type === "string";
        let writtenKeys;
        if (hasType) {
            writtenKeys = new Set();
        }
        for (const [memberName, memberSchema] of ns.structIterator()) {
            const item = value[memberName];
            if (item == null && !memberSchema.isIdempotencyToken()) {
                continue;
            }
            if (wroteAny) {
                this.ensure(1);
                this.json[this.i++] = COMMA;
            }
            wroteAny = true;
            const targetKey = this.settings.jsonName ? (memberSchema.getMergedTraits().jsonName ?? memberName) : memberName;
            if (writtenKeys) {
                writtenKeys.add(memberName);
                writtenKeys.add(targetKey);
            }
            this.writeAsciiQuoted(targetKey);
            this.json[this.i++] = COLON;
            this.writeValue(memberSchema, item, ns);
        }
        if (!wroteAny && ns.isUnionSchema()) {
            const { $unknown } = value;
            if (Array.isArray($unknown)) {
                const [k, v] = $unknown;
                this.writeAsciiQuoted(k);
                this.ensure(1);
                this.json[this.i++] = COLON;
                this.writeValue(15, v, ns);
            }
        }
        else if (hasType) {
            for (const k in value) {
                if (writtenKeys.has(k)) {
                    continue;
                }
                writtenKeys.add(k);
                const v = value[k];
                if (wroteAny) {
                    this.ensure(1);
                    this.json[this.i++] = COMMA;
                }
                wroteAny = true;
                this.writeAsciiQuoted(k);
                this.ensure(1);
                this.json[this.i++] = COLON;
                this.writeValue(15, v, undefined);
            }
        }
        this.ensure(1);
        this.json[this.i++] = CLOSE_BRACE;
    }
    writeList(ns, value, isDocument) {
        const sparse = !!ns.getMergedTraits().sparse;
        const valueSchema = ns.getValueSchema();
        if (!isDocument) {
            if (valueSchema.isStringSchema() || valueSchema.isNumericSchema() || valueSchema.isBooleanSchema()) {
                let hasSpecials = false;
                for (let i = 0; i < value.length; ++i) {
                    const v = value[i];
                    if (Number.isNaN(v) || v === Infinity || v === -Infinity || (v == null && !sparse)) {
                        hasSpecials = true;
                        break;
                    }
                }
                let json;
                if (!hasSpecials) {
                    json = JSON.stringify(value);
                }
                else {
                    const out = [];
                    for (let i = 0; i < value.length; ++i) {
                        const v = value[i];
                        if (v == null && !sparse) {
                            continue;
                        }
                        if (Number.isNaN(v) || v === Infinity || v === -Infinity) {
                            out.push(String(v));
                        }
                        else {
                            out.push(v);
                        }
                    }
                    json = JSON.stringify(out);
                }
                this.ensure(json.length * 3);
                this.i += encoder.encodeInto(json, this.json.subarray(this.i)).written;
                return;
            }
        }
        this.ensure(2);
        this.json[this.i++] = OPEN_BRACKET;
        let wroteFirstItem = false;
        for (let i = 0; i < value.length; ++i) {
            const item = value[i];
            if (isDocument ? item === undefined : item == null && !sparse) {
                continue;
            }
            if (wroteFirstItem) {
                this.ensure(1);
                this.json[this.i++] = COMMA;
            }
            this.writeValue(valueSchema, item, undefined);
            wroteFirstItem = true;
        }
        this.ensure(1);
        this.json[this.i++] = CLOSE_BRACKET;
    }
    writeMap(ns, value, isDocument) {
        const sparse = !!ns.getMergedTraits().sparse;
        const valueSchema = ns.getValueSchema();
        if (!isDocument) {
            if (valueSchema.isStringSchema() || valueSchema.isNumericSchema() || valueSchema.isBooleanSchema()) {
                let modifications;
                for (const k in value) {
                    if (!hasOwn(value, k)) {
                        continue;
                    }
                    const v = value[k];
                    if (Number.isNaN(v) || v === Infinity || v === -Infinity) {
                        (modifications ??= {})[k] = v;
                        value[k] = String(v);
                    }
                    else if (v === null && !sparse) {
                        (modifications ??= {})[k] = null;
                        value[k] = undefined;
                    }
                }
                const json = JSON.stringify(value);
                if (modifications) {
                    Object.assign(value, modifications);
                }
                this.ensure(json.length * 3);
                this.i += encoder.encodeInto(json, this.json.subarray(this.i)).written;
                return;
            }
        }
        this.ensure(2);
        this.json[this.i++] = OPEN_BRACE;
        let first = true;
        for (const k in value) {
            if (!hasOwn(value, k)) {
                continue;
            }
            const v = value[k];
            if (isDocument ? v === undefined : v == null && !sparse) {
                continue;
            }
            if (!first) {
                this.ensure(1);
                this.json[this.i++] = COMMA;
            }
            first = false;
            this.writeJsonString(k);
            this.ensure(1);
            this.json[this.i++] = COLON;
            this.writeValue(valueSchema, v, undefined);
        }
        this.ensure(1);
        this.json[this.i++] = CLOSE_BRACE;
    }
    writeTimestamp(ns, value) {
        const format = determineTimestampFormat(ns, this.settings);
        switch (format) {
            case 5: {
                const iso = value.toISOString().replace(".000Z", "Z");
                this.writeAsciiQuoted(iso);
                return;
            }
            case 6: {
                this.writeAsciiQuoted(dateToUtcString(value));
                return;
            }
            case 7: {
                const epochSecs = String(value.getTime() / 1000);
                this.writeAscii(epochSecs);
                return;
            }
            default: {
                const epochSecs = String(value.getTime() / 1000);
                this.writeAscii(epochSecs);
                return;
            }
        }
    }
}

class JsonCodec2 extends SerdeContextConfig {
    settings;
    constructor(settings) {
        super();
        this.settings = settings;
    }
    createSerializer() {
        const serializer = new JsonShapeSerializer2(this.settings);
        serializer.setSerdeContext(this.serdeContext);
        return serializer;
    }
    createDeserializer() {
        const deserializer = new JsonShapeDeserializer2(this.settings);
        deserializer.setSerdeContext(this.serdeContext);
        return deserializer;
    }
}

class SmithyRpcV2JsonProtocol extends AbstractRpcV2Protocol {
    codec = new JsonCodec2({
        timestampFormat: {
            useTrait: false,
            default: 7,
        },
        jsonName: false,
        bigNumberAsString: true,
    });
    serializer = this.codec.createSerializer();
    deserializer = this.codec.createDeserializer();
    getShapeId() {
        return "smithy.protocols#rpcv2Json";
    }
    getPayloadCodec() {
        return this.codec;
    }
    getSmithyProtocolHeaderValue() {
        return "rpc-v2-json";
    }
    applyEmptyBody(request) {
        if (!request.body) {
            request.body = "{}";
        }
    }
    async handleError(operationSchema, context, response, dataObject, metadata) {
        const errorName = loadSmithyRpcV2JsonErrorCode(response, dataObject) ?? "Unknown";
        const errorMetadata = {
            $metadata: metadata,
            $fault: response.statusCode <= 500 ? "client" : "server",
        };
        let namespace = this.options.defaultNamespace;
        if (errorName.includes("#")) {
            [namespace] = errorName.split("#");
        }
        const registry = this.compositeErrorRegistry;
        const nsRegistry = TypeRegistry.for(namespace);
        registry.copyFrom(nsRegistry);
        let errorSchema;
        try {
            errorSchema = registry.getSchema(errorName);
        }
        catch (ignored) {
            if (dataObject.Message) {
                dataObject.message = dataObject.Message;
            }
            const syntheticRegistry = TypeRegistry.for("smithy.ts.sdk.synthetic." + namespace);
            registry.copyFrom(syntheticRegistry);
            const baseExceptionSchema = registry.getBaseException();
            if (baseExceptionSchema) {
                const ErrorCtor = registry.getErrorCtor(baseExceptionSchema);
                throw Object.assign(new ErrorCtor({ name: errorName }), errorMetadata, dataObject);
            }
            throw Object.assign(new Error(errorName), errorMetadata, dataObject);
        }
        const ns = NormalizedSchema.of(errorSchema);
        const ErrorCtor = registry.getErrorCtor(errorSchema);
        const message = dataObject.message ?? dataObject.Message ?? "Unknown";
        const exception = new ErrorCtor({});
        const output = {};
        const errorDeserializer = this.codec.createDeserializer();
        for (const [name, member] of ns.structIterator()) {
            if (dataObject[name] != null) {
                output[name] = errorDeserializer.readObject(member, dataObject[name]);
            }
        }
        throw Object.assign(exception, errorMetadata, {
            $fault: ns.getMergedTraits().error,
            message,
        }, output);
    }
    getDefaultContentType() {
        return "application/json";
    }
}

class JsonShapeDeserializer extends SerdeContextConfig {
    settings;
    constructor(settings) {
        super();
        this.settings = settings;
    }
    async read(schema, data) {
        const reviver = needsReviver(schema) ? jsonReviver : undefined;
        return this._read(schema, typeof data === "string" ? JSON.parse(data, reviver) : await parseJsonBody(data, this.serdeContext, schema));
    }
    readObject(schema, data) {
        return this._read(schema, data);
    }
    _read(schema, value) {
        const isObject = value !== null && typeof value === "object";
        const ns = NormalizedSchema.of(schema);
        if (isObject) {
            if (ns.isStructSchema()) {
                const record = value;
                const union = ns.isUnionSchema();
                const out = {};
                let nameMap = void 0;
                const { jsonName } = this.settings;
                if (jsonName) {
                    nameMap = {};
                }
                let unionSerde;
                if (union) {
                    unionSerde = new UnionSerde(record, out);
                }
                for (const [memberName, memberSchema] of ns.structIterator()) {
                    let fromKey = memberName;
                    if (jsonName) {
                        fromKey = memberSchema.getMergedTraits().jsonName ?? fromKey;
                        nameMap[fromKey] = memberName;
                    }
                    if (union) {
                        unionSerde.mark(fromKey);
                    }
                    if (record[fromKey] != null) {
                        out[memberName] = this._read(memberSchema, record[fromKey]);
                    }
                }
                if (union) {
                    unionSerde.writeUnknown();
                }
                else if (typeof record.__type === "string") {
                    for (const k in record) {
                        if (!hasOwn(record, k)) {
                            continue;
                        }
                        const v = record[k];
                        const t = jsonName ? (nameMap[k] ?? k) : k;
                        if (!(t in out)) {
                            out[t] = v;
                        }
                    }
                }
                return out;
            }
            if (Array.isArray(value) && ns.isListSchema()) {
                const listMember = ns.getValueSchema();
                const out = [];
                for (const item of value) {
                    out.push(this._read(listMember, item));
                }
                return out;
            }
            if (ns.isMapSchema()) {
                const mapMember = ns.getValueSchema();
                const out = {};
                for (const _k in value) {
                    if (!hasOwn(value, _k)) {
                        continue;
                    }
                    if (_k === "__proto__") {
                        writeKey(out);
                    }
                    out[_k] = this._read(mapMember, value[_k]);
                }
                return out;
            }
        }
        if (ns.isBlobSchema() && typeof value === "string") {
            return fromBase64(value);
        }
        const mediaType = ns.getMergedTraits().mediaType;
        if (ns.isStringSchema() && typeof value === "string" && mediaType) {
            const isJson = mediaType === "application/json" || mediaType.endsWith("+json");
            if (isJson) {
                return LazyJsonString.from(value);
            }
            return value;
        }
        if (ns.isTimestampSchema() && value != null) {
            const format = determineTimestampFormat(ns, this.settings);
            switch (format) {
                case 5:
                    return parseRfc3339DateTimeWithOffset(value);
                case 6:
                    return parseRfc7231DateTime(value);
                case 7:
                    return parseEpochTimestamp(value);
                default:
                    console.warn("Missing timestamp format, parsing value with Date constructor:", value);
                    return new Date(value);
            }
        }
        if (ns.isBigIntegerSchema() && (typeof value === "number" || typeof value === "string")) {
            return BigInt(value);
        }
        if (ns.isBigDecimalSchema() && value != undefined) {
            if (value instanceof NumericValue) {
                return value;
            }
            const untyped = value;
            if (untyped.type === "bigDecimal" && "string" in untyped) {
                return new NumericValue(untyped.string, untyped.type);
            }
            return new NumericValue(String(value), "bigDecimal");
        }
        if (ns.isNumericSchema() && typeof value === "string") {
            switch (value) {
                case "Infinity":
                    return Infinity;
                case "-Infinity":
                    return -Infinity;
                case "NaN":
                    return NaN;
            }
            return value;
        }
        if (ns.isDocumentSchema()) {
            if (isObject) {
                const out = Array.isArray(value) ? [] : {};
                for (const k in value) {
                    if (!hasOwn(value, k)) {
                        continue;
                    }
                    if (k === "__proto__") {
                        writeKey(out);
                    }
                    const v = value[k];
                    if (v instanceof NumericValue) {
                        out[k] = v;
                    }
                    else {
                        out[k] = this._read(ns, v);
                    }
                }
                return out;
            }
            else {
                return structuredClone(value);
            }
        }
        return value;
    }
}

const NUMERIC_CONTROL_CHAR = String.fromCharCode(925);
class JsonReplacer {
    values = new Map();
    counter = 0;
    stage = 0;
    createReplacer() {
        if (this.stage === 1) {
            throw new Error("@aws-sdk/core/protocols - JsonReplacer already created.");
        }
        if (this.stage === 2) {
            throw new Error("@aws-sdk/core/protocols - JsonReplacer exhausted.");
        }
        this.stage = 1;
        return (key, value) => {
            if (value instanceof NumericValue) {
                const v = `${NUMERIC_CONTROL_CHAR + "nv" + this.counter++}_` + value.string;
                this.values.set(`"${v}"`, value.string);
                return v;
            }
            if (typeof value === "bigint") {
                const s = value.toString();
                const v = `${NUMERIC_CONTROL_CHAR + "b" + this.counter++}_` + s;
                this.values.set(`"${v}"`, s);
                return v;
            }
            return value;
        };
    }
    replaceInJson(json) {
        if (this.stage === 0) {
            throw new Error("@aws-sdk/core/protocols - JsonReplacer not created yet.");
        }
        if (this.stage === 2) {
            throw new Error("@aws-sdk/core/protocols - JsonReplacer exhausted.");
        }
        this.stage = 2;
        if (this.counter === 0) {
            return json;
        }
        for (const [key, value] of this.values) {
            json = json.replace(key, value);
        }
        return json;
    }
}

class JsonShapeSerializer extends SerdeContextConfig {
    settings;
    buffer;
    useReplacer = false;
    rootSchema;
    constructor(settings) {
        super();
        this.settings = settings;
    }
    write(schema, value) {
        this.rootSchema = NormalizedSchema.of(schema);
        this.buffer = this._write(this.rootSchema, value);
    }
    flush() {
        const { rootSchema, useReplacer } = this;
        this.rootSchema = undefined;
        this.useReplacer = false;
        if (rootSchema?.isStructSchema() || rootSchema?.isDocumentSchema()) {
            if (!useReplacer) {
                return JSON.stringify(this.buffer);
            }
            const replacer = new JsonReplacer();
            return replacer.replaceInJson(JSON.stringify(this.buffer, replacer.createReplacer(), 0));
        }
        return this.buffer;
    }
    writeDiscriminatedDocument(schema, value) {
        this.write(schema, value);
        if (typeof this.buffer === "object") {
            this.buffer.__type = NormalizedSchema.of(schema).getName(true);
        }
    }
    _write(schema, value, container) {
        const isObject = value !== null && typeof value === "object";
        const ns = NormalizedSchema.of(schema);
        if (isObject) {
            if (ns.isStructSchema()) {
                const record = value;
                const out = {};
                const { jsonName } = this.settings;
                let nameMap = void 0;
                if (jsonName) {
                    nameMap = {};
                }
                let outCount = 0;
                for (const [memberName, memberSchema] of ns.structIterator()) {
                    const serializableValue = this._write(memberSchema, record[memberName], ns);
                    if (serializableValue !== undefined) {
                        let targetKey = memberName;
                        if (jsonName) {
                            targetKey = memberSchema.getMergedTraits().jsonName ?? memberName;
                            nameMap[memberName] = targetKey;
                        }
                        out[targetKey] = serializableValue;
                        outCount++;
                    }
                }
                if (ns.isUnionSchema() && outCount === 0) {
                    const { $unknown } = record;
                    if (Array.isArray($unknown)) {
                        const [k, v] = $unknown;
                        if (k === "__proto__") {
                            writeKey(out);
                        }
                        out[k] = this._write(15, v);
                    }
                }
                else if (typeof record.__type === "string") {
                    for (const k in record) {
                        if (!hasOwn(record, k)) {
                            continue;
                        }
                        const v = record[k];
                        const targetKey = jsonName ? (nameMap[k] ?? k) : k;
                        if (!(targetKey in out)) {
                            out[targetKey] = this._write(15, v);
                        }
                    }
                }
                return out;
            }
            if (Array.isArray(value) && ns.isListSchema()) {
                const listMember = ns.getValueSchema();
                const out = [];
                const sparse = !!ns.getMergedTraits().sparse;
                for (const item of value) {
                    if (sparse || item != null) {
                        out.push(this._write(listMember, item));
                    }
                }
                return out;
            }
            if (ns.isMapSchema()) {
                const mapMember = ns.getValueSchema();
                const out = {};
                const sparse = !!ns.getMergedTraits().sparse;
                for (const _k in value) {
                    if (!hasOwn(value, _k)) {
                        continue;
                    }
                    const _v = value[_k];
                    if (sparse || _v != null) {
                        if (_k === "__proto__") {
                            writeKey(out);
                        }
                        out[_k] = this._write(mapMember, _v);
                    }
                }
                return out;
            }
            if (value instanceof Uint8Array && ns.isBlobSchema()) {
                if (ns === this.rootSchema) {
                    return value;
                }
                return (this.serdeContext?.base64Encoder ?? toBase64)(value);
            }
            if (value instanceof Date && (ns.isTimestampSchema() || ns.isDocumentSchema())) {
                const format = determineTimestampFormat(ns, this.settings);
                switch (format) {
                    case 5:
                        return value.toISOString().replace(".000Z", "Z");
                    case 6:
                        return dateToUtcString(value);
                    case 7:
                        return value.getTime() / 1000;
                    default:
                        console.warn("Missing timestamp format, using epoch seconds", value);
                        return value.getTime() / 1000;
                }
            }
            if (value instanceof NumericValue) {
                this.useReplacer = true;
            }
        }
        if (value === null && container?.isStructSchema()) {
            return void 0;
        }
        if (ns.isStringSchema()) {
            if (typeof value === "undefined" && ns.isIdempotencyToken()) {
                return generateIdempotencyToken();
            }
            const mediaType = ns.getMergedTraits().mediaType;
            if (value != null && mediaType) {
                const isJson = mediaType === "application/json" || mediaType.endsWith("+json");
                if (isJson) {
                    return LazyJsonString.from(value);
                }
            }
            return value;
        }
        if (typeof value === "number") {
            if (Math.abs(value) === Infinity || isNaN(value)) {
                return String(value);
            }
            return value;
        }
        if (typeof value === "string" && ns.isBlobSchema()) {
            if (ns === this.rootSchema) {
                return value;
            }
            return (this.serdeContext?.base64Encoder ?? toBase64)(value);
        }
        if (typeof value === "bigint") {
            this.useReplacer = true;
        }
        if (ns.isDocumentSchema()) {
            if (isObject) {
                if (value instanceof Uint8Array) {
                    return (this.serdeContext?.base64Encoder ?? toBase64)(value);
                }
                const out = Array.isArray(value) ? [] : {};
                for (const k in value) {
                    if (!hasOwn(value, k)) {
                        continue;
                    }
                    const v = value[k];
                    if (k === "__proto__") {
                        writeKey(out);
                    }
                    if (v instanceof NumericValue) {
                        this.useReplacer = true;
                        out[k] = v;
                    }
                    else {
                        out[k] = this._write(ns, v);
                    }
                }
                return out;
            }
            else {
                return structuredClone(value);
            }
        }
        return value;
    }
}

class JsonCodec extends SerdeContextConfig {
    settings;
    constructor(settings) {
        super();
        this.settings = settings;
    }
    createSerializer() {
        const serializer = new JsonShapeSerializer(this.settings);
        serializer.setSerdeContext(this.serdeContext);
        return serializer;
    }
    createDeserializer() {
        const deserializer = new JsonShapeDeserializer(this.settings);
        deserializer.setSerdeContext(this.serdeContext);
        return deserializer;
    }
}

exports.AbstractRpcV2Protocol = AbstractRpcV2Protocol;
exports.Field = Field;
exports.Fields = Fields;
exports.FromStringShapeDeserializer = FromStringShapeDeserializer;
exports.HttpBindingProtocol = HttpBindingProtocol;
exports.HttpInterceptingShapeDeserializer = HttpInterceptingShapeDeserializer;
exports.HttpInterceptingShapeSerializer = HttpInterceptingShapeSerializer;
exports.HttpProtocol = HttpProtocol;
exports.JsonCodec = JsonCodec;
exports.JsonCodec2 = JsonCodec2;
exports.JsonShapeDeserializer = JsonShapeDeserializer;
exports.JsonShapeDeserializer2 = JsonShapeDeserializer2;
exports.JsonShapeSerializer = JsonShapeSerializer;
exports.JsonShapeSerializer2 = JsonShapeSerializer2;
exports.RequestBuilder = RequestBuilder;
exports.RpcProtocol = RpcProtocol;
exports.SerdeContext = SerdeContext;
exports.SmithyRpcV2JsonProtocol = SmithyRpcV2JsonProtocol;
exports.ToStringShapeSerializer = ToStringShapeSerializer;
exports.buildQueryString = buildQueryString;
exports.collectBody = collectBody;
exports.contentLengthMiddleware = contentLengthMiddleware;
exports.contentLengthMiddlewareOptions = contentLengthMiddlewareOptions;
exports.determineTimestampFormat = determineTimestampFormat;
exports.escapeUri = escapeUri;
exports.escapeUriPath = escapeUriPath;
exports.extendedEncodeURIComponent = extendedEncodeURIComponent;
exports.getContentLengthPlugin = getContentLengthPlugin;
exports.getHttpHandlerExtensionConfiguration = getHttpHandlerExtensionConfiguration;
exports.loadJsonRpcErrorCode = loadJsonRpcErrorCode;
exports.loadRestJsonErrorCode = loadRestJsonErrorCode;
exports.loadSmithyRpcV2JsonErrorCode = loadSmithyRpcV2JsonErrorCode;
exports.parseJsonBody = parseJsonBody;
exports.parseJsonErrorBody = parseJsonErrorBody;
exports.requestBuilder = requestBuilder;
exports.resolveHttpHandlerRuntimeConfig = resolveHttpHandlerRuntimeConfig;
exports.resolvedPath = resolvedPath;


/***/ }),

/***/ 890:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { getSmithyContext, HttpResponse, toEndpointV1 } = __nccwpck_require__(534);

const deref = (schemaRef) => {
    if (typeof schemaRef === "function") {
        return schemaRef();
    }
    return schemaRef;
};

const operation = (namespace, name, traits, input, output) => ({
    name,
    namespace,
    traits,
    input,
    output,
});

const schemaDeserializationMiddleware = (config) => (next, context) => async (args) => {
    const { response } = await next(args);
    const { operationSchema } = getSmithyContext(context);
    const [, ns, n, t, i, o] = operationSchema ?? [];
    try {
        const parsed = await config.protocol.deserializeResponse(operation(ns, n, t, i, o), {
            ...config,
            ...context,
        }, response);
        return {
            response,
            output: parsed,
        };
    }
    catch (error) {
        Object.defineProperty(error, "$response", {
            value: response,
            enumerable: false,
            writable: false,
            configurable: false,
        });
        if (!("$metadata" in error)) {
            const hint = `Deserialization error: to see the raw response, inspect the hidden field {error}.$response on this object.`;
            try {
                error.message += "\n  " + hint;
            }
            catch (ignored) {
                if (!context.logger || context.logger?.constructor?.name === "NoOpLogger") {
                    console.warn(hint);
                }
                else {
                    context.logger?.warn?.(hint);
                }
            }
            if (typeof error.$responseBodyText !== "undefined") {
                if (error.$response) {
                    error.$response.body = error.$responseBodyText;
                }
            }
            try {
                if (HttpResponse.isInstance(response)) {
                    const { headers = {}, statusCode } = response;
                    const headerEntries = Object.entries(headers);
                    error.$metadata = {
                        httpStatusCode: statusCode,
                        requestId: findHeader(/^x-[\w-]+-request-?id$/, headerEntries),
                        extendedRequestId: findHeader(/^x-[\w-]+-id-2$/, headerEntries),
                        cfId: findHeader(/^x-[\w-]+-cf-id$/, headerEntries),
                    };
                }
            }
            catch (ignored) {
            }
        }
        throw error;
    }
};
const findHeader = (pattern, headers) => {
    return (headers.find(([k]) => {
        return k.match(pattern);
    }) || [void 0, void 0])[1];
};

const schemaSerializationMiddleware = (config) => (next, context) => async (args) => {
    const { operationSchema } = getSmithyContext(context);
    const [, ns, n, t, i, o] = operationSchema ?? [];
    const endpoint = context.endpointV2
        ? async () => toEndpointV1(context.endpointV2)
        : config.endpoint;
    const request = await config.protocol.serializeRequest(operation(ns, n, t, i, o), args.input, {
        ...config,
        ...context,
        endpoint,
    });
    return next({
        ...args,
        request,
    });
};

const deserializerMiddlewareOption = {
    name: "deserializerMiddleware",
    step: "deserialize",
    tags: ["DESERIALIZER"],
    override: true,
};
const serializerMiddlewareOption = {
    name: "serializerMiddleware",
    step: "serialize",
    tags: ["SERIALIZER"],
    override: true,
};
function getSchemaSerdePlugin(config) {
    return {
        applyToStack: (commandStack) => {
            commandStack.add(schemaSerializationMiddleware(config), serializerMiddlewareOption);
            commandStack.add(schemaDeserializationMiddleware(config), deserializerMiddlewareOption);
            config.protocol.setSerdeContext(config);
        },
    };
}

class Schema {
    name;
    namespace;
    traits;
    static assign(instance, values) {
        const schema = Object.assign(instance, values);
        return schema;
    }
    static [Symbol.hasInstance](lhs) {
        const isPrototype = this.prototype.isPrototypeOf(lhs);
        if (!isPrototype && typeof lhs === "object" && lhs !== null) {
            const list = lhs;
            return list.symbol === this.symbol;
        }
        return isPrototype;
    }
    getName() {
        return this.namespace + "#" + this.name;
    }
}

class ListSchema extends Schema {
    static symbol = Symbol.for("@smithy/lis");
    valueSchema;
    symbol = ListSchema.symbol;
}
const list = (namespace, name, traits, valueSchema) => Schema.assign(new ListSchema(), {
    name,
    namespace,
    traits,
    valueSchema,
});

class MapSchema extends Schema {
    static symbol = Symbol.for("@smithy/map");
    keySchema;
    valueSchema;
    symbol = MapSchema.symbol;
}
const map = (namespace, name, traits, keySchema, valueSchema) => Schema.assign(new MapSchema(), {
    name,
    namespace,
    traits,
    keySchema,
    valueSchema,
});

class OperationSchema extends Schema {
    static symbol = Symbol.for("@smithy/ope");
    input;
    output;
    symbol = OperationSchema.symbol;
}
const op = (namespace, name, traits, input, output) => Schema.assign(new OperationSchema(), {
    name,
    namespace,
    traits,
    input,
    output,
});

class StructureSchema extends Schema {
    static symbol = Symbol.for("@smithy/str");
    memberNames;
    memberList;
    symbol = StructureSchema.symbol;
}
const struct = (namespace, name, traits, memberNames, memberList) => Schema.assign(new StructureSchema(), {
    name,
    namespace,
    traits,
    memberNames,
    memberList,
});

class ErrorSchema extends StructureSchema {
    static symbol = Symbol.for("@smithy/err");
    ctor;
    symbol = ErrorSchema.symbol;
}
const error = (namespace, name, traits, memberNames, memberList, _ctor) => Schema.assign(new ErrorSchema(), {
    name,
    namespace,
    traits,
    memberNames,
    memberList,
    ctor: null,
});

const traitsCache = [];
function translateTraits(indicator) {
    if (typeof indicator === "object") {
        return indicator;
    }
    indicator = indicator | 0;
    if (traitsCache[indicator]) {
        return traitsCache[indicator];
    }
    const traits = {};
    let i = 0;
    for (const trait of [
        "httpLabel",
        "idempotent",
        "idempotencyToken",
        "sensitive",
        "httpPayload",
        "httpResponseCode",
        "httpQueryParams",
    ]) {
        if (((indicator >> i++) & 1) === 1) {
            traits[trait] = 1;
        }
    }
    return (traitsCache[indicator] = traits);
}

const anno = {
    it: Symbol.for("@smithy/nor-struct-it"),
    ns: Symbol.for("@smithy/ns"),
};
const simpleSchemaCacheN = [];
const simpleSchemaCacheS = {};
class NormalizedSchema {
    ref;
    memberName;
    static symbol = Symbol.for("@smithy/nor");
    symbol = NormalizedSchema.symbol;
    name;
    schema;
    _isMemberSchema;
    traits;
    memberTraits;
    normalizedTraits;
    constructor(ref, memberName) {
        this.ref = ref;
        this.memberName = memberName;
        const traitStack = [];
        let _ref = ref;
        let schema = ref;
        this._isMemberSchema = false;
        while (isMemberSchema(_ref)) {
            traitStack.push(_ref[1]);
            _ref = _ref[0];
            schema = deref(_ref);
            this._isMemberSchema = true;
        }
        if (traitStack.length > 0) {
            this.memberTraits = {};
            for (let i = traitStack.length - 1; i >= 0; --i) {
                const traitSet = traitStack[i];
                Object.assign(this.memberTraits, translateTraits(traitSet));
            }
        }
        else {
            this.memberTraits = 0;
        }
        if (schema instanceof NormalizedSchema) {
            const computedMemberTraits = this.memberTraits;
            Object.assign(this, schema);
            this.memberTraits = Object.assign({}, computedMemberTraits, schema.getMemberTraits(), this.getMemberTraits());
            this.normalizedTraits = void 0;
            this.memberName = memberName ?? schema.memberName;
            return;
        }
        this.schema = deref(schema);
        if (isStaticSchema(this.schema)) {
            this.name = `${this.schema[1]}#${this.schema[2]}`;
            this.traits = this.schema[3];
        }
        else {
            this.name = this.memberName ?? String(schema);
            this.traits = 0;
        }
        if (this._isMemberSchema && !memberName) {
            throw new Error(`@smithy/core/schema - NormalizedSchema member init ${this.getName(true)} missing member name.`);
        }
    }
    static [Symbol.hasInstance](lhs) {
        const isPrototype = this.prototype.isPrototypeOf(lhs);
        if (!isPrototype && typeof lhs === "object" && lhs !== null) {
            const ns = lhs;
            return ns.symbol === this.symbol;
        }
        return isPrototype;
    }
    static of(ref) {
        const keyAble = typeof ref === "function" || (typeof ref === "object" && ref !== null);
        if (typeof ref === "number") {
            if (simpleSchemaCacheN[ref]) {
                return simpleSchemaCacheN[ref];
            }
        }
        else if (typeof ref === "string") {
            if (simpleSchemaCacheS[ref]) {
                return simpleSchemaCacheS[ref];
            }
        }
        else if (keyAble) {
            if (ref[anno.ns]) {
                return ref[anno.ns];
            }
        }
        const sc = deref(ref);
        if (sc instanceof NormalizedSchema) {
            return sc;
        }
        if (isMemberSchema(sc)) {
            const [ns, traits] = sc;
            if (ns instanceof NormalizedSchema) {
                Object.assign(ns.getMergedTraits(), translateTraits(traits));
                return ns;
            }
            throw new Error(`@smithy/core/schema - may not init unwrapped member schema=${JSON.stringify(ref, null, 2)}.`);
        }
        const ns = new NormalizedSchema(sc);
        if (keyAble) {
            return (ref[anno.ns] = ns);
        }
        if (typeof sc === "string") {
            return (simpleSchemaCacheS[sc] = ns);
        }
        if (typeof sc === "number") {
            return (simpleSchemaCacheN[sc] = ns);
        }
        return ns;
    }
    getSchema() {
        const sc = this.schema;
        if (Array.isArray(sc) && sc[0] === 0) {
            return sc[4];
        }
        return sc;
    }
    getName(withNamespace = false) {
        const { name } = this;
        const short = !withNamespace && name && name.includes("#");
        return short ? name.split("#")[1] : name || undefined;
    }
    getMemberName() {
        return this.memberName;
    }
    isMemberSchema() {
        return this._isMemberSchema;
    }
    isListSchema() {
        const sc = this.getSchema();
        return typeof sc === "number"
            ? sc >= 64 && sc < 128
            : sc[0] === 1;
    }
    isMapSchema() {
        const sc = this.getSchema();
        return typeof sc === "number"
            ? sc >= 128 && sc <= 0b1111_1111
            : sc[0] === 2;
    }
    isStructSchema() {
        const sc = this.getSchema();
        if (typeof sc !== "object") {
            return false;
        }
        const id = sc[0];
        return (id === 3 ||
            id === -3 ||
            id === 4);
    }
    isUnionSchema() {
        const sc = this.getSchema();
        if (typeof sc !== "object") {
            return false;
        }
        return sc[0] === 4;
    }
    isBlobSchema() {
        const sc = this.getSchema();
        return sc === 21 || sc === 42;
    }
    isTimestampSchema() {
        const sc = this.getSchema();
        return (typeof sc === "number" &&
            sc >= 4 &&
            sc <= 7);
    }
    isUnitSchema() {
        return this.getSchema() === "unit";
    }
    isDocumentSchema() {
        return this.getSchema() === 15;
    }
    isStringSchema() {
        return this.getSchema() === 0;
    }
    isBooleanSchema() {
        return this.getSchema() === 2;
    }
    isNumericSchema() {
        return this.getSchema() === 1;
    }
    isBigIntegerSchema() {
        return this.getSchema() === 17;
    }
    isBigDecimalSchema() {
        return this.getSchema() === 19;
    }
    isStreaming() {
        const { streaming } = this.getMergedTraits();
        return !!streaming || this.getSchema() === 42;
    }
    isIdempotencyToken() {
        return !!this.getMergedTraits().idempotencyToken;
    }
    getMergedTraits() {
        return (this.normalizedTraits ??
            (this.normalizedTraits = {
                ...this.getOwnTraits(),
                ...this.getMemberTraits(),
            }));
    }
    getMemberTraits() {
        return translateTraits(this.memberTraits);
    }
    getOwnTraits() {
        return translateTraits(this.traits);
    }
    getKeySchema() {
        const [isDoc, isMap] = [this.isDocumentSchema(), this.isMapSchema()];
        if (!isDoc && !isMap) {
            throw new Error(`@smithy/core/schema - cannot get key for non-map: ${this.getName(true)}`);
        }
        const schema = this.getSchema();
        const memberSchema = isDoc
            ? 15
            : (schema[4] ?? 0);
        return member([memberSchema, 0], "key");
    }
    getValueSchema() {
        const sc = this.getSchema();
        const [isDoc, isMap, isList] = [this.isDocumentSchema(), this.isMapSchema(), this.isListSchema()];
        const memberSchema = typeof sc === "number"
            ? 0b0011_1111 & sc
            : sc && typeof sc === "object" && (isMap || isList)
                ? sc[3 + sc[0]]
                : isDoc
                    ? 15
                    : void 0;
        if (memberSchema != null) {
            return member([memberSchema, 0], isMap ? "value" : "member");
        }
        throw new Error(`@smithy/core/schema - ${this.getName(true)} has no value member.`);
    }
    getMemberSchema(memberName) {
        const struct = this.getSchema();
        if (this.isStructSchema() && struct[4].includes(memberName)) {
            const i = struct[4].indexOf(memberName);
            const memberSchema = struct[5][i];
            return member(isMemberSchema(memberSchema) ? memberSchema : [memberSchema, 0], memberName);
        }
        if (this.isDocumentSchema()) {
            return member([15, 0], memberName);
        }
        throw new Error(`@smithy/core/schema - ${this.getName(true)} has no member=${memberName}.`);
    }
    getMemberSchemas() {
        const buffer = {};
        try {
            for (const [k, v] of this.structIterator()) {
                buffer[k] = v;
            }
        }
        catch (ignored) { }
        return buffer;
    }
    getEventStreamMember() {
        if (this.isStructSchema()) {
            for (const [memberName, memberSchema] of this.structIterator()) {
                if (memberSchema.isStreaming() && memberSchema.isStructSchema()) {
                    return memberName;
                }
            }
        }
        return "";
    }
    *structIterator() {
        if (this.isUnitSchema()) {
            return;
        }
        if (!this.isStructSchema()) {
            throw new Error("@smithy/core/schema - cannot iterate non-struct schema.");
        }
        const struct = this.getSchema();
        const z = struct[4].length;
        let it = struct[anno.it];
        if (it && z === it.length) {
            yield* it;
            return;
        }
        it = Array(z);
        for (let i = 0; i < z; ++i) {
            const k = struct[4][i];
            const v = member([struct[5][i], 0], k);
            yield (it[i] = [k, v]);
        }
        struct[anno.it] = it;
    }
}
function member(memberSchema, memberName) {
    if (memberSchema instanceof NormalizedSchema) {
        return Object.assign(memberSchema, {
            memberName,
            _isMemberSchema: true,
        });
    }
    const internalCtorAccess = NormalizedSchema;
    return new internalCtorAccess(memberSchema, memberName);
}
const isMemberSchema = (sc) => Array.isArray(sc) && sc.length === 2;
const isStaticSchema = (sc) => Array.isArray(sc) && sc.length >= 5;

class SimpleSchema extends Schema {
    static symbol = Symbol.for("@smithy/sim");
    schemaRef;
    symbol = SimpleSchema.symbol;
}
const sim = (namespace, name, schemaRef, traits) => Schema.assign(new SimpleSchema(), {
    name,
    namespace,
    traits,
    schemaRef,
});
const simAdapter = (namespace, name, traits, schemaRef) => Schema.assign(new SimpleSchema(), {
    name,
    namespace,
    traits,
    schemaRef,
});

const SCHEMA = {
    BLOB: 0b0001_0101,
    STREAMING_BLOB: 0b0010_1010,
    BOOLEAN: 0b0000_0010,
    STRING: 0b0000_0000,
    NUMERIC: 0b0000_0001,
    BIG_INTEGER: 0b0001_0001,
    BIG_DECIMAL: 0b0001_0011,
    DOCUMENT: 0b0000_1111,
    TIMESTAMP_DEFAULT: 0b0000_0100,
    TIMESTAMP_DATE_TIME: 0b0000_0101,
    TIMESTAMP_HTTP_DATE: 0b0000_0110,
    TIMESTAMP_EPOCH_SECONDS: 0b0000_0111,
    LIST_MODIFIER: 0b0100_0000,
    MAP_MODIFIER: 0b1000_0000,
};

class TypeRegistry {
    namespace;
    schemas;
    exceptions;
    static registries = new Map();
    constructor(namespace, schemas = new Map(), exceptions = new Map()) {
        this.namespace = namespace;
        this.schemas = schemas;
        this.exceptions = exceptions;
        if (!TypeRegistry.registries.has(namespace)) {
            TypeRegistry.registries.set(namespace, this);
        }
    }
    static for(namespace) {
        return TypeRegistry.registries.get(namespace) ?? new TypeRegistry(namespace);
    }
    copyFrom(other) {
        const { schemas, exceptions } = this;
        for (const [k, v] of other.schemas) {
            if (!schemas.has(k)) {
                schemas.set(k, v);
            }
        }
        for (const [k, v] of other.exceptions) {
            if (!exceptions.has(k)) {
                exceptions.set(k, v);
            }
        }
    }
    register(shapeId, schema) {
        const qualifiedName = this.normalizeShapeId(shapeId);
        for (const r of [this, TypeRegistry.for(qualifiedName.split("#")[0])]) {
            if (!r.schemas.has(qualifiedName)) {
                r.schemas.set(qualifiedName, schema);
            }
        }
    }
    getSchema(shapeId) {
        const id = this.normalizeShapeId(shapeId);
        if (!this.schemas.has(id)) {
            if (!shapeId.includes("#")) {
                const suffix = "#" + shapeId;
                const candidates = [];
                for (const [shapeId, schema] of this.schemas.entries()) {
                    if (shapeId.endsWith(suffix)) {
                        candidates.push(schema);
                    }
                }
                if (candidates.length === 1) {
                    return candidates[0];
                }
            }
            throw new Error(`@smithy/core/schema - schema not found for ${id}`);
        }
        return this.schemas.get(id);
    }
    registerError(es, ctor) {
        const $error = es;
        const ns = $error[1];
        const qualifiedName = ns + "#" + $error[2];
        if (!ctor.hasOwnProperty?.("shapeId")) {
            ctor.shapeId = qualifiedName;
        }
        for (const r of [this, TypeRegistry.for(ns)]) {
            if (!r.schemas.has(qualifiedName) && !r.exceptions.has($error)) {
                r.schemas.set(qualifiedName, $error);
                r.exceptions.set($error, ctor);
            }
        }
    }
    getErrorCtor(es) {
        const $error = es;
        if (this.exceptions.has($error)) {
            return this.exceptions.get($error);
        }
        const registry = TypeRegistry.for($error[1]);
        return registry.exceptions.get($error);
    }
    getBaseException() {
        for (const exceptionKey of this.exceptions.keys()) {
            if (Array.isArray(exceptionKey)) {
                const [, ns, name] = exceptionKey;
                const id = ns + "#" + name;
                if (id.startsWith("smithy.ts.sdk.synthetic.") && id.endsWith("ServiceException")) {
                    return exceptionKey;
                }
            }
        }
        return undefined;
    }
    find(predicate) {
        for (const schema of this.schemas.values()) {
            if (predicate(schema)) {
                return schema;
            }
        }
        return undefined;
    }
    clear() {
        this.schemas.clear();
        this.exceptions.clear();
    }
    normalizeShapeId(shapeId) {
        if (shapeId.includes("#")) {
            return shapeId;
        }
        return this.namespace + "#" + shapeId;
    }
}

exports.ErrorSchema = ErrorSchema;
exports.ListSchema = ListSchema;
exports.MapSchema = MapSchema;
exports.NormalizedSchema = NormalizedSchema;
exports.OperationSchema = OperationSchema;
exports.SCHEMA = SCHEMA;
exports.Schema = Schema;
exports.SimpleSchema = SimpleSchema;
exports.StructureSchema = StructureSchema;
exports.TypeRegistry = TypeRegistry;
exports.deref = deref;
exports.deserializerMiddlewareOption = deserializerMiddlewareOption;
exports.error = error;
exports.getSchemaSerdePlugin = getSchemaSerdePlugin;
exports.isStaticSchema = isStaticSchema;
exports.list = list;
exports.map = map;
exports.op = op;
exports.operation = operation;
exports.serializerMiddlewareOption = serializerMiddlewareOption;
exports.sim = sim;
exports.simAdapter = simAdapter;
exports.simpleSchemaCacheN = simpleSchemaCacheN;
exports.simpleSchemaCacheS = simpleSchemaCacheS;
exports.struct = struct;
exports.traitsCache = traitsCache;
exports.translateTraits = translateTraits;


/***/ }),

/***/ 430:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { createHmac, createHash, getRandomValues } = __nccwpck_require__(598);
const { hasOwn, HttpResponse } = __nccwpck_require__(534);
exports.hasOwn = hasOwn;
const { ReadStream, lstatSync, fstatSync } = __nccwpck_require__(24);
const { toEndpointV1 } = __nccwpck_require__(85);
const { Readable, Writable, PassThrough } = __nccwpck_require__(75);

const isArrayBuffer = (arg) => (typeof ArrayBuffer === "function" && arg instanceof ArrayBuffer) ||
    Object.prototype.toString.call(arg) === "[object ArrayBuffer]";

const fromArrayBuffer = (input, offset = 0, length = input.byteLength - offset) => {
    if (!isArrayBuffer(input)) {
        throw new TypeError(`The "input" argument must be ArrayBuffer. Received type ${typeof input} (${input})`);
    }
    return Buffer.from(input, offset, length);
};
const fromString = (input, encoding) => {
    if (typeof input !== "string") {
        throw new TypeError(`The "input" argument must be of type string. Received type ${typeof input} (${input})`);
    }
    return encoding ? Buffer.from(input, encoding) : Buffer.from(input);
};

const BASE64_REGEX = /^[A-Za-z0-9+/]*={0,2}$/;
const fromBase64 = (input) => {
    if ((input.length * 3) % 4 !== 0) {
        throw new TypeError(`Incorrect padding on base64 string.`);
    }
    if (!BASE64_REGEX.exec(input)) {
        throw new TypeError(`Invalid base64 string.`);
    }
    const buffer = fromString(input, "base64");
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
};

const fromUtf8$1 = (input) => {
    const buf = fromString(input, "utf8");
    return new Uint8Array(buf.buffer, buf.byteOffset, buf.byteLength / Uint8Array.BYTES_PER_ELEMENT);
};

const toBase64$1 = (_input) => {
    let input;
    if (typeof _input === "string") {
        input = fromUtf8$1(_input);
    }
    else {
        input = _input;
    }
    if (typeof input !== "object" || typeof input.byteOffset !== "number" || typeof input.byteLength !== "number") {
        throw new Error("@smithy/util-base64: toBase64 encoder function only accepts string | Uint8Array.");
    }
    return fromArrayBuffer(input.buffer, input.byteOffset, input.byteLength).toString("base64");
};

function bindUint8ArrayBlobAdapter(toUtf8, fromUtf8, toBase64, fromBase64) {
    return class Uint8ArrayBlobAdapter extends Uint8Array {
        static fromString(source, encoding = "utf-8") {
            if (typeof source === "string") {
                if (encoding === "base64") {
                    return Uint8ArrayBlobAdapter.mutate(fromBase64(source));
                }
                return Uint8ArrayBlobAdapter.mutate(fromUtf8(source));
            }
            throw new Error(`Unsupported conversion from ${typeof source} to Uint8ArrayBlobAdapter.`);
        }
        static mutate(source) {
            Object.setPrototypeOf(source, Uint8ArrayBlobAdapter.prototype);
            return source;
        }
        transformToString(encoding = "utf-8") {
            if (encoding === "base64") {
                return toBase64(this);
            }
            return toUtf8(this);
        }
    };
}

const toUtf8$1 = (input) => {
    if (typeof input === "string") {
        return input;
    }
    if (typeof input !== "object" || typeof input.byteOffset !== "number" || typeof input.byteLength !== "number") {
        throw new Error("@smithy/util-utf8: toUtf8 encoder function only accepts string | Uint8Array.");
    }
    return fromArrayBuffer(input.buffer, input.byteOffset, input.byteLength).toString("utf8");
};

const decimalToHex = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
function bindV4(getRandomValues) {
    if (typeof crypto !== "undefined" && typeof crypto.randomUUID === "function") {
        return () => crypto.randomUUID();
    }
    return () => {
        const rnds = new Uint8Array(16);
        getRandomValues(rnds);
        rnds[6] = (rnds[6] & 0x0f) | 0x40;
        rnds[8] = (rnds[8] & 0x3f) | 0x80;
        return (decimalToHex[rnds[0]] +
            decimalToHex[rnds[1]] +
            decimalToHex[rnds[2]] +
            decimalToHex[rnds[3]] +
            "-" +
            decimalToHex[rnds[4]] +
            decimalToHex[rnds[5]] +
            "-" +
            decimalToHex[rnds[6]] +
            decimalToHex[rnds[7]] +
            "-" +
            decimalToHex[rnds[8]] +
            decimalToHex[rnds[9]] +
            "-" +
            decimalToHex[rnds[10]] +
            decimalToHex[rnds[11]] +
            decimalToHex[rnds[12]] +
            decimalToHex[rnds[13]] +
            decimalToHex[rnds[14]] +
            decimalToHex[rnds[15]]);
    };
}

const copyDocumentWithTransform = (source, _schemaRef, _transform = (_) => _) => source;

const parseBoolean = (value) => {
    switch (value) {
        case "true":
            return true;
        case "false":
            return false;
        default:
            throw new Error(`Unable to parse boolean value "${value}"`);
    }
};
const expectBoolean = (value) => {
    if (value === null || value === undefined) {
        return undefined;
    }
    if (typeof value === "number") {
        if (value === 0 || value === 1) {
            logger.warn(stackTraceWarning(`Expected boolean, got ${typeof value}: ${value}`));
        }
        if (value === 0) {
            return false;
        }
        if (value === 1) {
            return true;
        }
    }
    if (typeof value === "string") {
        const lower = value.toLowerCase();
        if (lower === "false" || lower === "true") {
            logger.warn(stackTraceWarning(`Expected boolean, got ${typeof value}: ${value}`));
        }
        if (lower === "false") {
            return false;
        }
        if (lower === "true") {
            return true;
        }
    }
    if (typeof value === "boolean") {
        return value;
    }
    throw new TypeError(`Expected boolean, got ${typeof value}: ${value}`);
};
const expectNumber = (value) => {
    if (value === null || value === undefined) {
        return undefined;
    }
    if (typeof value === "string") {
        const parsed = parseFloat(value);
        if (!Number.isNaN(parsed)) {
            if (String(parsed) !== String(value)) {
                logger.warn(stackTraceWarning(`Expected number but observed string: ${value}`));
            }
            return parsed;
        }
    }
    if (typeof value === "number") {
        return value;
    }
    throw new TypeError(`Expected number, got ${typeof value}: ${value}`);
};
const MAX_FLOAT = Math.ceil(2 ** 127 * (2 - 2 ** -23));
const expectFloat32 = (value) => {
    const expected = expectNumber(value);
    if (expected !== undefined && !Number.isNaN(expected) && expected !== Infinity && expected !== -Infinity) {
        if (Math.abs(expected) > MAX_FLOAT) {
            throw new TypeError(`Expected 32-bit float, got ${value}`);
        }
    }
    return expected;
};
const expectLong = (value) => {
    if (value === null || value === undefined) {
        return undefined;
    }
    if (Number.isInteger(value) && !Number.isNaN(value)) {
        return value;
    }
    throw new TypeError(`Expected integer, got ${typeof value}: ${value}`);
};
const expectInt = expectLong;
const expectInt32 = (value) => expectSizedInt(value, 32);
const expectShort = (value) => expectSizedInt(value, 16);
const expectByte = (value) => expectSizedInt(value, 8);
const expectSizedInt = (value, size) => {
    const expected = expectLong(value);
    if (expected !== undefined && castInt(expected, size) !== expected) {
        throw new TypeError(`Expected ${size}-bit integer, got ${value}`);
    }
    return expected;
};
const castInt = (value, size) => {
    switch (size) {
        case 32:
            return Int32Array.of(value)[0];
        case 16:
            return Int16Array.of(value)[0];
        case 8:
            return Int8Array.of(value)[0];
    }
};
const expectNonNull = (value, location) => {
    if (value === null || value === undefined) {
        if (location) {
            throw new TypeError(`Expected a non-null value for ${location}`);
        }
        throw new TypeError("Expected a non-null value");
    }
    return value;
};
const expectObject = (value) => {
    if (value === null || value === undefined) {
        return undefined;
    }
    if (typeof value === "object" && !Array.isArray(value)) {
        return value;
    }
    const receivedType = Array.isArray(value) ? "array" : typeof value;
    throw new TypeError(`Expected object, got ${receivedType}: ${value}`);
};
const expectString = (value) => {
    if (value === null || value === undefined) {
        return undefined;
    }
    if (typeof value === "string") {
        return value;
    }
    if (["boolean", "number", "bigint"].includes(typeof value)) {
        logger.warn(stackTraceWarning(`Expected string, got ${typeof value}: ${value}`));
        return String(value);
    }
    throw new TypeError(`Expected string, got ${typeof value}: ${value}`);
};
const expectUnion = (value) => {
    if (value === null || value === undefined) {
        return undefined;
    }
    const asObject = expectObject(value);
    const setKeys = [];
    for (const k in asObject) {
        if (!hasOwn(asObject, k)) {
            continue;
        }
        if (asObject[k] != null) {
            setKeys.push(k);
        }
    }
    if (setKeys.length === 0) {
        throw new TypeError(`Unions must have exactly one non-null member. None were found.`);
    }
    if (setKeys.length > 1) {
        throw new TypeError(`Unions must have exactly one non-null member. Keys ${setKeys} were not null.`);
    }
    return asObject;
};
const strictParseDouble = (value) => {
    if (typeof value == "string") {
        return expectNumber(parseNumber(value));
    }
    return expectNumber(value);
};
const strictParseFloat = strictParseDouble;
const strictParseFloat32 = (value) => {
    if (typeof value == "string") {
        return expectFloat32(parseNumber(value));
    }
    return expectFloat32(value);
};
const NUMBER_REGEX = /(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(-?Infinity)|(NaN)/g;
const parseNumber = (value) => {
    const matches = value.match(NUMBER_REGEX);
    if (matches === null || matches[0].length !== value.length) {
        throw new TypeError(`Expected real number, got implicit NaN`);
    }
    return parseFloat(value);
};
const limitedParseDouble = (value) => {
    if (typeof value == "string") {
        return parseFloatString(value);
    }
    return expectNumber(value);
};
const handleFloat = limitedParseDouble;
const limitedParseFloat = limitedParseDouble;
const limitedParseFloat32 = (value) => {
    if (typeof value == "string") {
        return parseFloatString(value);
    }
    return expectFloat32(value);
};
const parseFloatString = (value) => {
    switch (value) {
        case "NaN":
            return NaN;
        case "Infinity":
            return Infinity;
        case "-Infinity":
            return -Infinity;
        default:
            throw new Error(`Unable to parse float value: ${value}`);
    }
};
const strictParseLong = (value) => {
    if (typeof value === "string") {
        return expectLong(parseNumber(value));
    }
    return expectLong(value);
};
const strictParseInt = strictParseLong;
const strictParseInt32 = (value) => {
    if (typeof value === "string") {
        return expectInt32(parseNumber(value));
    }
    return expectInt32(value);
};
const strictParseShort = (value) => {
    if (typeof value === "string") {
        return expectShort(parseNumber(value));
    }
    return expectShort(value);
};
const strictParseByte = (value) => {
    if (typeof value === "string") {
        return expectByte(parseNumber(value));
    }
    return expectByte(value);
};
const stackTraceWarning = (message) => {
    return String(new TypeError(message).stack || message)
        .split("\n")
        .slice(0, 5)
        .filter((s) => !s.includes("stackTraceWarning"))
        .join("\n");
};
const logger = {
    warn: console.warn,
};

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
function dateToUtcString(date) {
    const year = date.getUTCFullYear();
    const month = date.getUTCMonth();
    const dayOfWeek = date.getUTCDay();
    const dayOfMonthInt = date.getUTCDate();
    const hoursInt = date.getUTCHours();
    const minutesInt = date.getUTCMinutes();
    const secondsInt = date.getUTCSeconds();
    const dayOfMonthString = dayOfMonthInt < 10 ? `0${dayOfMonthInt}` : `${dayOfMonthInt}`;
    const hoursString = hoursInt < 10 ? `0${hoursInt}` : `${hoursInt}`;
    const minutesString = minutesInt < 10 ? `0${minutesInt}` : `${minutesInt}`;
    const secondsString = secondsInt < 10 ? `0${secondsInt}` : `${secondsInt}`;
    return `${DAYS[dayOfWeek]}, ${dayOfMonthString} ${MONTHS[month]} ${year} ${hoursString}:${minutesString}:${secondsString} GMT`;
}
const RFC3339 = new RegExp(/^(\d{4})-(\d{2})-(\d{2})[tT](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?[zZ]$/);
const parseRfc3339DateTime = (value) => {
    if (value === null || value === undefined) {
        return undefined;
    }
    if (typeof value !== "string") {
        throw new TypeError("RFC-3339 date-times must be expressed as strings");
    }
    const match = RFC3339.exec(value);
    if (!match) {
        throw new TypeError("Invalid RFC-3339 date-time value");
    }
    const [_, yearStr, monthStr, dayStr, hours, minutes, seconds, fractionalMilliseconds] = match;
    const year = strictParseShort(stripLeadingZeroes(yearStr));
    const month = parseDateValue(monthStr, "month", 1, 12);
    const day = parseDateValue(dayStr, "day", 1, 31);
    return buildDate(year, month, day, { hours, minutes, seconds, fractionalMilliseconds });
};
const RFC3339_WITH_OFFSET$1 = new RegExp(/^(\d{4})-(\d{2})-(\d{2})[tT](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(([-+]\d{2}:\d{2})|[zZ])$/);
const parseRfc3339DateTimeWithOffset = (value) => {
    if (value === null || value === undefined) {
        return undefined;
    }
    if (typeof value !== "string") {
        throw new TypeError("RFC-3339 date-times must be expressed as strings");
    }
    const match = RFC3339_WITH_OFFSET$1.exec(value);
    if (!match) {
        throw new TypeError("Invalid RFC-3339 date-time value");
    }
    const [_, yearStr, monthStr, dayStr, hours, minutes, seconds, fractionalMilliseconds, offsetStr] = match;
    const year = strictParseShort(stripLeadingZeroes(yearStr));
    const month = parseDateValue(monthStr, "month", 1, 12);
    const day = parseDateValue(dayStr, "day", 1, 31);
    const date = buildDate(year, month, day, { hours, minutes, seconds, fractionalMilliseconds });
    if (offsetStr.toUpperCase() != "Z") {
        date.setTime(date.getTime() - parseOffsetToMilliseconds(offsetStr));
    }
    return date;
};
const IMF_FIXDATE$1 = new RegExp(/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) (\d{1,2}):(\d{2}):(\d{2})(?:\.(\d+))? GMT$/);
const RFC_850_DATE$1 = new RegExp(/^(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday), (\d{2})-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-(\d{2}) (\d{1,2}):(\d{2}):(\d{2})(?:\.(\d+))? GMT$/);
const ASC_TIME$1 = new RegExp(/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ( [1-9]|\d{2}) (\d{1,2}):(\d{2}):(\d{2})(?:\.(\d+))? (\d{4})$/);
const parseRfc7231DateTime = (value) => {
    if (value === null || value === undefined) {
        return undefined;
    }
    if (typeof value !== "string") {
        throw new TypeError("RFC-7231 date-times must be expressed as strings");
    }
    let match = IMF_FIXDATE$1.exec(value);
    if (match) {
        const [_, dayStr, monthStr, yearStr, hours, minutes, seconds, fractionalMilliseconds] = match;
        return buildDate(strictParseShort(stripLeadingZeroes(yearStr)), parseMonthByShortName(monthStr), parseDateValue(dayStr, "day", 1, 31), { hours, minutes, seconds, fractionalMilliseconds });
    }
    match = RFC_850_DATE$1.exec(value);
    if (match) {
        const [_, dayStr, monthStr, yearStr, hours, minutes, seconds, fractionalMilliseconds] = match;
        return adjustRfc850Year(buildDate(parseTwoDigitYear(yearStr), parseMonthByShortName(monthStr), parseDateValue(dayStr, "day", 1, 31), {
            hours,
            minutes,
            seconds,
            fractionalMilliseconds,
        }));
    }
    match = ASC_TIME$1.exec(value);
    if (match) {
        const [_, monthStr, dayStr, hours, minutes, seconds, fractionalMilliseconds, yearStr] = match;
        return buildDate(strictParseShort(stripLeadingZeroes(yearStr)), parseMonthByShortName(monthStr), parseDateValue(dayStr.trimLeft(), "day", 1, 31), { hours, minutes, seconds, fractionalMilliseconds });
    }
    throw new TypeError("Invalid RFC-7231 date-time value");
};
const parseEpochTimestamp = (value) => {
    if (value === null || value === undefined) {
        return undefined;
    }
    let valueAsDouble;
    if (typeof value === "number") {
        valueAsDouble = value;
    }
    else if (typeof value === "string") {
        valueAsDouble = strictParseDouble(value);
    }
    else if (typeof value === "object" && value.tag === 1) {
        valueAsDouble = value.value;
    }
    else {
        throw new TypeError("Epoch timestamps must be expressed as floating point numbers or their string representation");
    }
    if (Number.isNaN(valueAsDouble) || valueAsDouble === Infinity || valueAsDouble === -Infinity) {
        throw new TypeError("Epoch timestamps must be valid, non-Infinite, non-NaN numerics");
    }
    return new Date(Math.round(valueAsDouble * 1000));
};
const buildDate = (year, month, day, time) => {
    const adjustedMonth = month - 1;
    validateDayOfMonth(year, adjustedMonth, day);
    return new Date(Date.UTC(year, adjustedMonth, day, parseDateValue(time.hours, "hour", 0, 23), parseDateValue(time.minutes, "minute", 0, 59), parseDateValue(time.seconds, "seconds", 0, 60), parseMilliseconds(time.fractionalMilliseconds)));
};
const parseTwoDigitYear = (value) => {
    const thisYear = new Date().getUTCFullYear();
    const valueInThisCentury = Math.floor(thisYear / 100) * 100 + strictParseShort(stripLeadingZeroes(value));
    if (valueInThisCentury < thisYear) {
        return valueInThisCentury + 100;
    }
    return valueInThisCentury;
};
const FIFTY_YEARS_IN_MILLIS = 50 * 365 * 24 * 60 * 60 * 1000;
const adjustRfc850Year = (input) => {
    if (input.getTime() - new Date().getTime() > FIFTY_YEARS_IN_MILLIS) {
        return new Date(Date.UTC(input.getUTCFullYear() - 100, input.getUTCMonth(), input.getUTCDate(), input.getUTCHours(), input.getUTCMinutes(), input.getUTCSeconds(), input.getUTCMilliseconds()));
    }
    return input;
};
const parseMonthByShortName = (value) => {
    const monthIdx = MONTHS.indexOf(value);
    if (monthIdx < 0) {
        throw new TypeError(`Invalid month: ${value}`);
    }
    return monthIdx + 1;
};
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const validateDayOfMonth = (year, month, day) => {
    let maxDays = DAYS_IN_MONTH[month];
    if (month === 1 && isLeapYear(year)) {
        maxDays = 29;
    }
    if (day > maxDays) {
        throw new TypeError(`Invalid day for ${MONTHS[month]} in ${year}: ${day}`);
    }
};
const isLeapYear = (year) => {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
};
const parseDateValue = (value, type, lower, upper) => {
    const dateVal = strictParseByte(stripLeadingZeroes(value));
    if (dateVal < lower || dateVal > upper) {
        throw new TypeError(`${type} must be between ${lower} and ${upper}, inclusive`);
    }
    return dateVal;
};
const parseMilliseconds = (value) => {
    if (value === null || value === undefined) {
        return 0;
    }
    return strictParseFloat32("0." + value) * 1000;
};
const parseOffsetToMilliseconds = (value) => {
    const directionStr = value[0];
    let direction = 1;
    if (directionStr == "+") {
        direction = 1;
    }
    else if (directionStr == "-") {
        direction = -1;
    }
    else {
        throw new TypeError(`Offset direction, ${directionStr}, must be "+" or "-"`);
    }
    const hour = Number(value.substring(1, 3));
    const minute = Number(value.substring(4, 6));
    return direction * (hour * 60 + minute) * 60 * 1000;
};
const stripLeadingZeroes = (value) => {
    let idx = 0;
    while (idx < value.length - 1 && value.charAt(idx) === "0") {
        idx++;
    }
    if (idx === 0) {
        return value;
    }
    return value.slice(idx);
};

const LazyJsonString = function LazyJsonString(val) {
    const str = Object.assign(new String(val), {
        deserializeJSON() {
            return JSON.parse(String(val));
        },
        toString() {
            return String(val);
        },
        toJSON() {
            return String(val);
        },
    });
    return str;
};
LazyJsonString.from = (object) => {
    if (object && typeof object === "object" && (object instanceof LazyJsonString || "deserializeJSON" in object)) {
        return object;
    }
    else if (typeof object === "string" || Object.getPrototypeOf(object) === String.prototype) {
        return LazyJsonString(String(object));
    }
    return LazyJsonString(JSON.stringify(object));
};
LazyJsonString.fromObject = LazyJsonString.from;

function quoteHeader(part) {
    if (part.includes(",") || part.includes('"')) {
        part = `"${part.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
    }
    return part;
}

const ddd = `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:[ne|u?r]?s?day)?`;
const mmm = `(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)`;
const time = `(\\d?\\d):(\\d{2}):(\\d{2})(?:\\.(\\d+))?`;
const date = `(\\d?\\d)`;
const year = `(\\d{4})`;
const RFC3339_WITH_OFFSET = new RegExp(/^(\d{4})-(\d\d)-(\d\d)[tT](\d\d):(\d\d):(\d\d)(\.(\d+))?(([-+]\d\d:\d\d)|[zZ])$/);
const IMF_FIXDATE_NATIVE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?:0[1-9]|[12]\d|3[01]) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [1-9]\d{3} (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d GMT$/;
const IMF_FIXDATE = new RegExp(`^${ddd}, ${date} ${mmm} ${year} ${time} GMT$`);
const RFC_850_DATE = new RegExp(`^${ddd}, ${date}-${mmm}-(\\d\\d) ${time} GMT$`);
const ASC_TIME = new RegExp(`^${ddd} ${mmm} ( [1-9]|\\d\\d) ${time} ${year}$`);
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const _parseEpochTimestamp = (value) => {
    if (value == null) {
        return void 0;
    }
    let num = NaN;
    if (typeof value === "number") {
        num = value;
    }
    else if (typeof value === "string") {
        if (!/^-?\d*\.?\d+$/.test(value)) {
            throw new TypeError(`parseEpochTimestamp - numeric string invalid.`);
        }
        num = Number.parseFloat(value);
    }
    else if (typeof value === "object" && value.tag === 1) {
        num = value.value;
    }
    if (isNaN(num) || Math.abs(num) === Infinity) {
        throw new TypeError("Epoch timestamps must be valid finite numbers.");
    }
    return new Date(Math.round(num * 1000));
};
const _parseRfc3339DateTimeWithOffset = (value) => {
    if (value == null) {
        return void 0;
    }
    if (typeof value !== "string") {
        throw new TypeError("RFC3339 timestamps must be strings");
    }
    const matches = RFC3339_WITH_OFFSET.exec(value);
    if (!matches) {
        throw new TypeError(`Invalid RFC3339 timestamp format ${value}`);
    }
    const [, yearStr, monthStr, dayStr, hours, minutes, seconds, , ms, offsetStr] = matches;
    range(monthStr, 1, 12);
    range(dayStr, 1, 31);
    range(hours, 0, 23);
    range(minutes, 0, 59);
    range(seconds, 0, 60);
    const date = new Date(Date.UTC(Number(yearStr), Number(monthStr) - 1, Number(dayStr), Number(hours), Number(minutes), Number(seconds), Number(ms) ? Math.round(parseFloat(`0.${ms}`) * 1000) : 0));
    date.setUTCFullYear(Number(yearStr));
    if (offsetStr.toUpperCase() != "Z") {
        const [, sign, offsetH, offsetM] = /([+-])(\d\d):(\d\d)/.exec(offsetStr) || [void 0, "+", 0, 0];
        const scalar = sign === "-" ? 1 : -1;
        date.setTime(date.getTime() + scalar * (Number(offsetH) * 60 * 60 * 1000 + Number(offsetM) * 60 * 1000));
    }
    return date;
};
const _parseRfc7231DateTime = (value) => {
    if (value == null) {
        return void 0;
    }
    if (typeof value !== "string") {
        throw new TypeError("RFC7231 timestamps must be strings.");
    }
    if (IMF_FIXDATE_NATIVE.test(value)) {
        return new Date(value);
    }
    let day;
    let month;
    let year;
    let hour;
    let minute;
    let second;
    let fraction;
    let matches;
    if ((matches = IMF_FIXDATE.exec(value))) {
        [, day, month, year, hour, minute, second, fraction] = matches;
    }
    else if ((matches = RFC_850_DATE.exec(value))) {
        [, day, month, year, hour, minute, second, fraction] = matches;
        year = (Number(year) + 1900).toString();
    }
    else if ((matches = ASC_TIME.exec(value))) {
        [, month, day, hour, minute, second, fraction, year] = matches;
    }
    if (year && second) {
        const timestamp = Date.UTC(Number(year), months.indexOf(month), Number(day), Number(hour), Number(minute), Number(second), fraction ? Math.round(parseFloat(`0.${fraction}`) * 1000) : 0);
        range(day, 1, 31);
        range(hour, 0, 23);
        range(minute, 0, 59);
        range(second, 0, 60);
        const date = new Date(timestamp);
        date.setUTCFullYear(Number(year));
        return date;
    }
    throw new TypeError(`Invalid RFC7231 date-time value ${value}.`);
};
function range(v, min, max) {
    const _v = Number(v);
    if (_v < min || _v > max) {
        throw new Error(`Value ${_v} out of range [${min}, ${max}]`);
    }
}

function splitEvery(value, delimiter, numDelimiters) {
    if (numDelimiters <= 0 || !Number.isInteger(numDelimiters)) {
        throw new Error("Invalid number of delimiters (" + numDelimiters + ") for splitEvery.");
    }
    const segments = value.split(delimiter);
    if (numDelimiters === 1) {
        return segments;
    }
    const compoundSegments = [];
    let currentSegment = "";
    for (let i = 0; i < segments.length; i++) {
        if (currentSegment === "") {
            currentSegment = segments[i];
        }
        else {
            currentSegment += delimiter + segments[i];
        }
        if ((i + 1) % numDelimiters === 0) {
            compoundSegments.push(currentSegment);
            currentSegment = "";
        }
    }
    if (currentSegment !== "") {
        compoundSegments.push(currentSegment);
    }
    return compoundSegments;
}

const splitHeader = (value) => {
    const z = value.length;
    const values = [];
    let withinQuotes = false;
    let escaped = false;
    let anchor = 0;
    for (let i = 0; i < z; ++i) {
        const char = value[i];
        switch (char) {
            case `"`:
                if (!escaped) {
                    withinQuotes = !withinQuotes;
                }
                break;
            case ",":
                if (!withinQuotes) {
                    values.push(value.slice(anchor, i));
                    anchor = i + 1;
                }
                break;
        }
        escaped = char === "\\" && !escaped;
    }
    values.push(value.slice(anchor));
    return values.map((v) => {
        v = v.trim();
        const z = v.length;
        if (z < 2) {
            return v;
        }
        if (v[0] === `"` && v[z - 1] === `"`) {
            v = v.slice(1, z - 1);
            return v.replace(/\\(["\\])/g, "$1");
        }
        return v.replace(/\\"/g, '"');
    });
};

const format = /^-?((0|[1-9]\d*)(\.\d+)?|\.\d+)([eE][+-]?\d+)?$/;
class NumericValue {
    string;
    type;
    constructor(string, type) {
        this.string = string;
        this.type = type;
        if (!format.test(string)) {
            throw new Error(`@smithy/core/serde - NumericValue string must conform to the Smithy bigDecimal format. Received: "${string}"`);
        }
    }
    toString() {
        return this.string;
    }
    static [Symbol.hasInstance](object) {
        if (!object || typeof object !== "object") {
            return false;
        }
        const _nv = object;
        return NumericValue.prototype.isPrototypeOf(object) || (_nv.type === "bigDecimal" && format.test(_nv.string));
    }
}
function nv(input) {
    return new NumericValue(String(input), "bigDecimal");
}

const SHORT_TO_HEX = {};
const HEX_TO_SHORT = {};
for (let i = 0; i < 256; i++) {
    let encodedByte = i.toString(16).toLowerCase();
    if (encodedByte.length === 1) {
        encodedByte = `0${encodedByte}`;
    }
    SHORT_TO_HEX[i] = encodedByte;
    HEX_TO_SHORT[encodedByte] = i;
}
function fromHex(encoded) {
    if (encoded.length % 2 !== 0) {
        throw new Error("Hex encoded strings must have an even number length");
    }
    const out = new Uint8Array(encoded.length / 2);
    for (let i = 0; i < encoded.length; i += 2) {
        const encodedByte = encoded.slice(i, i + 2).toLowerCase();
        if (encodedByte in HEX_TO_SHORT) {
            out[i / 2] = HEX_TO_SHORT[encodedByte];
        }
        else {
            throw new Error(`Cannot decode unrecognized sequence ${encodedByte} as hexadecimal`);
        }
    }
    return out;
}
function toHex(bytes) {
    let out = "";
    for (let i = 0; i < bytes.byteLength; i++) {
        out += SHORT_TO_HEX[bytes[i]];
    }
    return out;
}

const calculateBodyLength = (body) => {
    if (!body) {
        return 0;
    }
    if (typeof body === "string") {
        return Buffer.byteLength(body);
    }
    else if (typeof body.byteLength === "number") {
        return body.byteLength;
    }
    else if (typeof body.size === "number") {
        return body.size;
    }
    else if (typeof body.start === "number" && typeof body.end === "number") {
        return body.end + 1 - body.start;
    }
    else if (body instanceof ReadStream) {
        if (body.path != null) {
            return lstatSync(body.path).size;
        }
        else if (typeof body.fd === "number") {
            return fstatSync(body.fd).size;
        }
    }
    throw new Error(`Body Length computation failed for ${body}`);
};

const toUint8Array = (data) => {
    if (data instanceof Uint8Array) {
        return data;
    }
    if (typeof data === "string") {
        return fromUtf8$1(data);
    }
    if (ArrayBuffer.isView(data)) {
        return new Uint8Array(data.buffer, data.byteOffset, data.byteLength / Uint8Array.BYTES_PER_ELEMENT);
    }
    return new Uint8Array(data);
};

function concatBytes(arrays, length) {
    if (length === undefined) {
        length = 0;
        for (const bytes of arrays) {
            length += bytes.byteLength;
        }
    }
    const result = new Uint8Array(length);
    let offset = 0;
    for (const buf of arrays) {
        result.set(buf, offset);
        offset += buf.byteLength;
    }
    return result;
}

const deserializerMiddleware = (options, deserializer) => (next, context) => async (args) => {
    const { response } = await next(args);
    try {
        const parsed = await deserializer(response, options);
        return {
            response,
            output: parsed,
        };
    }
    catch (error) {
        Object.defineProperty(error, "$response", {
            value: response,
            enumerable: false,
            writable: false,
            configurable: false,
        });
        if (!("$metadata" in error)) {
            const hint = `Deserialization error: to see the raw response, inspect the hidden field {error}.$response on this object.`;
            try {
                error.message += "\n  " + hint;
            }
            catch (ignored) {
                if (!context.logger || context.logger?.constructor?.name === "NoOpLogger") {
                    console.warn(hint);
                }
                else {
                    context.logger?.warn?.(hint);
                }
            }
            if (typeof error.$responseBodyText !== "undefined") {
                if (error.$response) {
                    error.$response.body = error.$responseBodyText;
                }
            }
            try {
                if (HttpResponse.isInstance(response)) {
                    const { headers = {} } = response;
                    const headerEntries = Object.entries(headers);
                    error.$metadata = {
                        httpStatusCode: response.statusCode,
                        requestId: findHeader(/^x-[\w-]+-request-?id$/, headerEntries),
                        extendedRequestId: findHeader(/^x-[\w-]+-id-2$/, headerEntries),
                        cfId: findHeader(/^x-[\w-]+-cf-id$/, headerEntries),
                    };
                }
            }
            catch (ignored) {
            }
        }
        throw error;
    }
};
const findHeader = (pattern, headers) => {
    return (headers.find(([k]) => {
        return k.match(pattern);
    }) || [void 0, void 0])[1];
};

const serializerMiddleware = (options, serializer) => (next, context) => async (args) => {
    const endpointConfig = options;
    const endpoint = context.endpointV2
        ? async () => toEndpointV1(context.endpointV2)
        : endpointConfig.endpoint;
    if (!endpoint) {
        throw new Error("No valid endpoint provider available.");
    }
    const request = await serializer(args.input, { ...options, endpoint });
    return next({
        ...args,
        request,
    });
};

const deserializerMiddlewareOption = {
    name: "deserializerMiddleware",
    step: "deserialize",
    tags: ["DESERIALIZER"],
    override: true,
};
const serializerMiddlewareOption = {
    name: "serializerMiddleware",
    step: "serialize",
    tags: ["SERIALIZER"],
    override: true,
};
function getSerdePlugin(config, serializer, deserializer) {
    return {
        applyToStack: (commandStack) => {
            commandStack.add(deserializerMiddleware(config, deserializer), deserializerMiddlewareOption);
            commandStack.add(serializerMiddleware(config, serializer), serializerMiddlewareOption);
        },
    };
}

class Hash {
    algorithmIdentifier;
    secret;
    hash;
    constructor(algorithmIdentifier, secret) {
        this.algorithmIdentifier = algorithmIdentifier;
        this.secret = secret;
        this.reset();
    }
    update(toHash, encoding) {
        this.hash.update(toUint8Array(castSourceData(toHash, encoding)));
    }
    digest() {
        return Promise.resolve(this.hash.digest());
    }
    reset() {
        this.hash = this.secret
            ? createHmac(this.algorithmIdentifier, castSourceData(this.secret))
            : createHash(this.algorithmIdentifier);
    }
}
function castSourceData(toCast, encoding) {
    if (Buffer.isBuffer(toCast)) {
        return toCast;
    }
    if (typeof toCast === "string") {
        return fromString(toCast, encoding);
    }
    if (ArrayBuffer.isView(toCast)) {
        return fromArrayBuffer(toCast.buffer, toCast.byteOffset, toCast.byteLength);
    }
    return fromArrayBuffer(toCast);
}

let ChecksumStream$1 = class ChecksumStream extends Readable {
    expectedChecksum;
    checksumSourceLocation;
    checksum;
    source;
    base64Encoder;
    constructor({ expectedChecksum, checksum, source, checksumSourceLocation, base64Encoder, }) {
        super();
        if (typeof source.pipe !== "function") {
            throw new Error(`@smithy/util-stream: unsupported source type ${source?.constructor?.name ?? source} in ChecksumStream.`);
        }
        this.source = source;
        this.base64Encoder = base64Encoder ?? toBase64$1;
        this.expectedChecksum = expectedChecksum;
        this.checksum = checksum;
        this.checksumSourceLocation = checksumSourceLocation;
        this.source.on("data", this.onSourceData);
        this.source.on("end", this.onSourceEnd);
        this.source.on("error", this.onSourceError);
        this.source.on("close", this.onSourceClose);
        this.source.pause();
    }
    onSourceData = (chunk) => {
        if (this.destroyed) {
            return;
        }
        try {
            this.checksum.update(chunk);
        }
        catch (e) {
            this.destroy(e);
            return;
        }
        if (!this.push(chunk)) {
            this.source.pause();
        }
    };
    onSourceEnd = async () => {
        if (this.destroyed) {
            return;
        }
        try {
            const digest = await this.checksum.digest();
            const received = this.base64Encoder(digest);
            if (this.expectedChecksum !== received) {
                this.destroy(new Error(`Checksum mismatch: expected "${this.expectedChecksum}" but received "${received}"` +
                    ` in response header "${this.checksumSourceLocation}".`));
                return;
            }
        }
        catch (e) {
            this.destroy(e);
            return;
        }
        this.push(null);
    };
    onSourceError = (error) => {
        this.destroy(error);
    };
    onSourceClose = () => {
        if (!this.destroyed && !this.source.readableEnded) {
            this.destroy(new Error("Connection lost or stream closed before all data was received."));
        }
    };
    _read(_size) {
        this.source.resume();
    }
    _destroy(error, callback) {
        this.source?.removeListener("data", this.onSourceData);
        this.source?.removeListener("end", this.onSourceEnd);
        this.source?.removeListener("error", this.onSourceError);
        this.source?.removeListener("close", this.onSourceClose);
        this.source?.destroy();
        callback(error);
    }
};

const isReadableStream = (stream) => typeof ReadableStream === "function" &&
    (stream?.constructor?.name === ReadableStream.name || stream instanceof ReadableStream);
const isBlob = (blob) => {
    return typeof Blob === "function" && (blob?.constructor?.name === Blob.name || blob instanceof Blob);
};

const fromUtf8 = (input) => new TextEncoder().encode(input);

const chars = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/`;
Object.entries(chars).reduce((acc, [i, c]) => {
    acc[c] = Number(i);
    return acc;
}, {});
const alphabetByValue = chars.split("");
const bitsPerLetter = 6;
const bitsPerByte = 8;
const maxLetterValue = 0b111111;

function toBase64(_input) {
    let input;
    if (typeof _input === "string") {
        input = fromUtf8(_input);
    }
    else {
        input = _input;
    }
    const isArrayLike = typeof input === "object" && typeof input.length === "number";
    const isUint8Array = typeof input === "object" &&
        typeof input.byteOffset === "number" &&
        typeof input.byteLength === "number";
    if (!isArrayLike && !isUint8Array) {
        throw new Error("@smithy/util-base64: toBase64 encoder function only accepts string | Uint8Array.");
    }
    let str = "";
    for (let i = 0; i < input.length; i += 3) {
        let bits = 0;
        let bitLength = 0;
        for (let j = i, limit = Math.min(i + 3, input.length); j < limit; j++) {
            bits |= input[j] << ((limit - j - 1) * bitsPerByte);
            bitLength += bitsPerByte;
        }
        const bitClusterCount = Math.ceil(bitLength / bitsPerLetter);
        bits <<= bitClusterCount * bitsPerLetter - bitLength;
        for (let k = 1; k <= bitClusterCount; k++) {
            const offset = (bitClusterCount - k) * bitsPerLetter;
            str += alphabetByValue[(bits & (maxLetterValue << offset)) >> offset];
        }
        str += "==".slice(0, 4 - bitClusterCount);
    }
    return str;
}

const ReadableStreamRef = typeof ReadableStream === "function" ? ReadableStream : function () { };
class ChecksumStream extends ReadableStreamRef {
}

const createChecksumStream$1 = ({ expectedChecksum, checksum, source, checksumSourceLocation, base64Encoder, }) => {
    if (!isReadableStream(source)) {
        throw new Error(`@smithy/util-stream: unsupported source type ${source?.constructor?.name ?? source} in ChecksumStream.`);
    }
    const encoder = base64Encoder ?? toBase64;
    if (typeof TransformStream !== "function") {
        throw new Error("@smithy/util-stream: unable to instantiate ChecksumStream because API unavailable: ReadableStream/TransformStream.");
    }
    const transform = new TransformStream({
        start() { },
        async transform(chunk, controller) {
            checksum.update(chunk);
            controller.enqueue(chunk);
        },
        async flush(controller) {
            const digest = await checksum.digest();
            const received = encoder(digest);
            if (expectedChecksum !== received) {
                const error = new Error(`Checksum mismatch: expected "${expectedChecksum}" but received "${received}"` +
                    ` in response header "${checksumSourceLocation}".`);
                controller.error(error);
            }
            else {
                controller.terminate();
            }
        },
    });
    source.pipeThrough(transform);
    const readable = transform.readable;
    Object.setPrototypeOf(readable, ChecksumStream.prototype);
    return readable;
};

function createChecksumStream(init) {
    if (typeof ReadableStream === "function" && isReadableStream(init.source)) {
        return createChecksumStream$1(init);
    }
    return new ChecksumStream$1(init);
}

class ByteArrayCollector {
    allocByteArray;
    byteLength = 0;
    byteArrays = [];
    constructor(allocByteArray) {
        this.allocByteArray = allocByteArray;
    }
    push(byteArray) {
        this.byteArrays.push(byteArray);
        this.byteLength += byteArray.byteLength;
    }
    flush() {
        if (this.byteArrays.length === 1) {
            const bytes = this.byteArrays[0];
            this.reset();
            return bytes;
        }
        const aggregation = this.allocByteArray(this.byteLength);
        let cursor = 0;
        for (let i = 0; i < this.byteArrays.length; ++i) {
            const bytes = this.byteArrays[i];
            aggregation.set(bytes, cursor);
            cursor += bytes.byteLength;
        }
        this.reset();
        return aggregation;
    }
    reset() {
        this.byteArrays = [];
        this.byteLength = 0;
    }
}

function createBufferedReadableStream(upstream, size, logger) {
    const reader = upstream.getReader();
    let streamBufferingLoggedWarning = false;
    let bytesSeen = 0;
    const buffers = ["", new ByteArrayCollector((size) => new Uint8Array(size))];
    let mode = -1;
    const pull = async (controller) => {
        const { value, done } = await reader.read();
        const chunk = value;
        if (done) {
            if (mode !== -1) {
                const remainder = flush(buffers, mode);
                if (sizeOf(remainder) > 0) {
                    controller.enqueue(remainder);
                }
            }
            controller.close();
        }
        else {
            const chunkMode = modeOf(chunk, false);
            if (mode !== chunkMode) {
                if (mode >= 0) {
                    controller.enqueue(flush(buffers, mode));
                }
                mode = chunkMode;
            }
            if (mode === -1) {
                controller.enqueue(chunk);
                return;
            }
            const chunkSize = sizeOf(chunk);
            bytesSeen += chunkSize;
            const bufferSize = sizeOf(buffers[mode]);
            if (chunkSize >= size && bufferSize === 0) {
                controller.enqueue(chunk);
            }
            else {
                const newSize = merge(buffers, mode, chunk);
                if (!streamBufferingLoggedWarning && bytesSeen > size * 2) {
                    streamBufferingLoggedWarning = true;
                    logger?.warn(`@smithy/util-stream - stream chunk size ${chunkSize} is below threshold of ${size}, automatically buffering.`);
                }
                if (newSize >= size) {
                    controller.enqueue(flush(buffers, mode));
                }
                else {
                    await pull(controller);
                }
            }
        }
    };
    return new ReadableStream({
        pull,
    });
}
function merge(buffers, mode, chunk) {
    switch (mode) {
        case 0:
            buffers[0] += chunk;
            return sizeOf(buffers[0]);
        case 1:
        case 2:
            buffers[mode].push(chunk);
            return sizeOf(buffers[mode]);
    }
}
function flush(buffers, mode) {
    switch (mode) {
        case 0:
            const s = buffers[0];
            buffers[0] = "";
            return s;
        case 1:
        case 2:
            return buffers[mode].flush();
    }
    throw new Error(`@smithy/util-stream - invalid index ${mode} given to flush()`);
}
function sizeOf(chunk) {
    return chunk?.byteLength ?? chunk?.length ?? 0;
}
function modeOf(chunk, allowBuffer = true) {
    if (allowBuffer && typeof Buffer !== "undefined" && chunk instanceof Buffer) {
        return 2;
    }
    if (chunk instanceof Uint8Array) {
        return 1;
    }
    if (typeof chunk === "string") {
        return 0;
    }
    return -1;
}

function createBufferedReadable(upstream, size, logger) {
    if (isReadableStream(upstream)) {
        return createBufferedReadableStream(upstream, size, logger);
    }
    const downstream = new Readable({ read() { } });
    let streamBufferingLoggedWarning = false;
    let bytesSeen = 0;
    const buffers = [
        "",
        new ByteArrayCollector((size) => new Uint8Array(size)),
        new ByteArrayCollector((size) => Buffer.from(new Uint8Array(size))),
    ];
    let mode = -1;
    upstream.on("data", (chunk) => {
        const chunkMode = modeOf(chunk, true);
        if (mode !== chunkMode) {
            if (mode >= 0) {
                downstream.push(flush(buffers, mode));
            }
            mode = chunkMode;
        }
        if (mode === -1) {
            downstream.push(chunk);
            return;
        }
        const chunkSize = sizeOf(chunk);
        bytesSeen += chunkSize;
        const bufferSize = sizeOf(buffers[mode]);
        if (chunkSize >= size && bufferSize === 0) {
            downstream.push(chunk);
        }
        else {
            const newSize = merge(buffers, mode, chunk);
            if (!streamBufferingLoggedWarning && bytesSeen > size * 2) {
                streamBufferingLoggedWarning = true;
                logger?.warn(`@smithy/util-stream - stream chunk size ${chunkSize} is below threshold of ${size}, automatically buffering.`);
            }
            if (newSize >= size) {
                downstream.push(flush(buffers, mode));
            }
        }
    });
    upstream.on("end", () => {
        if (mode !== -1) {
            const remainder = flush(buffers, mode);
            if (sizeOf(remainder) > 0) {
                downstream.push(remainder);
            }
        }
        downstream.push(null);
    });
    return downstream;
}

const getAwsChunkedEncodingStream$1 = (readableStream, options) => {
    const { base64Encoder, bodyLengthChecker, checksumAlgorithmFn, checksumLocationName, streamHasher } = options;
    const checksumRequired = base64Encoder !== undefined &&
        bodyLengthChecker !== undefined &&
        checksumAlgorithmFn !== undefined &&
        checksumLocationName !== undefined &&
        streamHasher !== undefined;
    const digest = checksumRequired ? streamHasher(checksumAlgorithmFn, readableStream) : undefined;
    Promise.resolve(digest).catch(() => {
    });
    const reader = readableStream.getReader();
    return new ReadableStream({
        async pull(controller) {
            const { value, done } = await reader.read();
            if (done) {
                controller.enqueue(`0\r\n`);
                if (checksumRequired) {
                    const checksum = base64Encoder(await digest);
                    controller.enqueue(`${checksumLocationName}:${checksum}\r\n`);
                    controller.enqueue(`\r\n`);
                }
                controller.close();
            }
            else {
                controller.enqueue(`${(bodyLengthChecker(value) || 0).toString(16)}\r\n${value}\r\n`);
            }
        },
    });
};

function getAwsChunkedEncodingStream(stream, options) {
    const readable = stream;
    const readableStream = stream;
    if (isReadableStream(readableStream)) {
        return getAwsChunkedEncodingStream$1(readableStream, options);
    }
    const { base64Encoder, bodyLengthChecker, checksumAlgorithmFn, checksumLocationName, streamHasher } = options;
    const checksumRequired = base64Encoder !== undefined &&
        checksumAlgorithmFn !== undefined &&
        checksumLocationName !== undefined &&
        streamHasher !== undefined;
    const digest = checksumRequired ? streamHasher(checksumAlgorithmFn, readable) : undefined;
    Promise.resolve(digest).catch(() => {
    });
    const awsChunkedEncodingStream = new Readable({
        read() {
            readable.resume();
        },
    });
    readable.on("data", (data) => {
        const length = bodyLengthChecker(data) || 0;
        if (length === 0) {
            return;
        }
        awsChunkedEncodingStream.push(`${length.toString(16)}\r\n`);
        awsChunkedEncodingStream.push(data);
        if (!awsChunkedEncodingStream.push("\r\n")) {
            readable.pause();
        }
    });
    readable.on("error", (err) => {
        awsChunkedEncodingStream.destroy(err);
    });
    readable.pause();
    readable.on("end", async () => {
        try {
            awsChunkedEncodingStream.push(`0\r\n`);
            if (checksumRequired) {
                const checksum = base64Encoder(await digest);
                awsChunkedEncodingStream.push(`${checksumLocationName}:${checksum}\r\n`);
                awsChunkedEncodingStream.push(`\r\n`);
            }
            awsChunkedEncodingStream.push(null);
        }
        catch (err) {
            awsChunkedEncodingStream.destroy(err);
        }
    });
    return awsChunkedEncodingStream;
}

async function headStream$1(stream, bytes) {
    let byteLengthCounter = 0;
    const chunks = [];
    const reader = stream.getReader();
    let isDone = false;
    while (!isDone) {
        const { done, value } = await reader.read();
        if (value) {
            chunks.push(value);
            byteLengthCounter += value?.byteLength ?? 0;
        }
        if (byteLengthCounter >= bytes) {
            break;
        }
        isDone = done;
    }
    reader.releaseLock();
    const collected = new Uint8Array(Math.min(bytes, byteLengthCounter));
    let offset = 0;
    for (const chunk of chunks) {
        if (chunk.byteLength > collected.byteLength - offset) {
            collected.set(chunk.subarray(0, collected.byteLength - offset), offset);
            break;
        }
        else {
            collected.set(chunk, offset);
        }
        offset += chunk.length;
    }
    return collected;
}

const headStream = (stream, bytes) => {
    if (isReadableStream(stream)) {
        return headStream$1(stream, bytes);
    }
    return new Promise((resolve, reject) => {
        const collector = new Collector$1();
        collector.limit = bytes;
        stream.pipe(collector);
        stream.on("error", (err) => {
            collector.end();
            reject(err);
        });
        collector.on("error", reject);
        collector.on("finish", function () {
            const bytes = concatBytes(this.buffers);
            resolve(bytes);
        });
    });
};
let Collector$1 = class Collector extends Writable {
    buffers = [];
    limit = Infinity;
    bytesBuffered = 0;
    _write(chunk, encoding, callback) {
        this.buffers.push(chunk);
        this.bytesBuffered += chunk.byteLength ?? 0;
        if (this.bytesBuffered >= this.limit) {
            const excess = this.bytesBuffered - this.limit;
            const tailBuffer = this.buffers[this.buffers.length - 1];
            this.buffers[this.buffers.length - 1] = tailBuffer.subarray(0, tailBuffer.byteLength - excess);
            this.emit("finish");
        }
        callback();
    }
};

const toUtf8 = (input) => {
    if (typeof input === "string") {
        return input;
    }
    if (typeof input !== "object" || typeof input.byteOffset !== "number" || typeof input.byteLength !== "number") {
        throw new Error("@smithy/util-utf8: toUtf8 encoder function only accepts string | Uint8Array.");
    }
    return new TextDecoder("utf-8").decode(input);
};

const streamCollector$1 = async (stream) => {
    if (isBlob(stream)) {
        return collectBlob(stream);
    }
    return collectReadableStream(stream);
};
async function collectBlob(blob) {
    return blob.arrayBuffer().then((ab) => new Uint8Array(ab));
}
async function collectReadableStream(stream) {
    const chunks = [];
    const reader = stream.getReader();
    let length = 0;
    while (true) {
        const { done, value } = await reader.read();
        if (value) {
            chunks.push(value);
            length += value.length;
        }
        if (done) {
            break;
        }
    }
    return concatBytes(chunks, length);
}

const ERR_MSG_STREAM_HAS_BEEN_TRANSFORMED$1 = "The stream has already been transformed.";
const sdkStreamMixin$1 = (stream) => {
    if (!isBlobInstance(stream) && !isReadableStream(stream)) {
        const name = stream?.__proto__?.constructor?.name || stream;
        throw new Error(`Unexpected stream implementation, expect Blob or ReadableStream, got ${name}`);
    }
    let transformed = false;
    const transformToByteArray = async () => {
        if (transformed) {
            throw new Error(ERR_MSG_STREAM_HAS_BEEN_TRANSFORMED$1);
        }
        transformed = true;
        return await streamCollector$1(stream);
    };
    const blobToWebStream = (blob) => {
        if (typeof blob.stream !== "function") {
            throw new Error("Cannot transform payload Blob to web stream. Please make sure the Blob.stream() is polyfilled.\n" +
                "If you are using React Native, this API is not yet supported, see: https://react-native.canny.io/feature-requests/p/fetch-streaming-body");
        }
        return blob.stream();
    };
    return Object.assign(stream, {
        transformToByteArray: transformToByteArray,
        transformToString: async (encoding) => {
            const buf = await transformToByteArray();
            if (encoding === "base64") {
                return toBase64(buf);
            }
            else if (encoding === "hex") {
                return toHex(buf);
            }
            else if (encoding === undefined || encoding === "utf8" || encoding === "utf-8") {
                return toUtf8(buf);
            }
            else if (typeof TextDecoder === "function") {
                return new TextDecoder(encoding).decode(buf);
            }
            else {
                throw new Error("TextDecoder is not available, please make sure polyfill is provided.");
            }
        },
        transformToWebStream: () => {
            if (transformed) {
                throw new Error(ERR_MSG_STREAM_HAS_BEEN_TRANSFORMED$1);
            }
            transformed = true;
            if (isBlobInstance(stream)) {
                return blobToWebStream(stream);
            }
            else if (isReadableStream(stream)) {
                return stream;
            }
            else {
                throw new Error(`Cannot transform payload to web stream, got ${stream}`);
            }
        },
    });
};
const isBlobInstance = (stream) => typeof Blob === "function" && stream instanceof Blob;

const streamCollector = (stream) => {
    if (isBlob(stream)) {
        return collectBlob(stream);
    }
    if (isReadableStream(stream)) {
        return collectReadableStream(stream);
    }
    return new Promise((resolve, reject) => {
        const collector = new Collector();
        const nodeStream = stream;
        nodeStream.pipe(collector);
        nodeStream.on("error", (err) => {
            collector.end();
            reject(err);
        });
        collector.on("error", reject);
        collector.on("finish", function () {
            const bytes = concatBytes(this.bufferedBytes);
            resolve(bytes);
        });
    });
};
class Collector extends Writable {
    bufferedBytes = [];
    _write(chunk, encoding, callback) {
        this.bufferedBytes.push(chunk);
        callback();
    }
}

const ERR_MSG_STREAM_HAS_BEEN_TRANSFORMED = "The stream has already been transformed.";
const sdkStreamMixin = (stream) => {
    if (!(stream instanceof Readable)) {
        try {
            return sdkStreamMixin$1(stream);
        }
        catch (ignored) {
            const name = stream?.__proto__?.constructor?.name || stream;
            throw new Error(`Unexpected stream implementation, expect Stream.Readable instance, got ${name}`);
        }
    }
    let transformed = false;
    const transformToByteArray = async () => {
        if (transformed) {
            throw new Error(ERR_MSG_STREAM_HAS_BEEN_TRANSFORMED);
        }
        transformed = true;
        return await streamCollector(stream);
    };
    return Object.assign(stream, {
        transformToByteArray,
        transformToString: async (encoding) => {
            const buf = await transformToByteArray();
            if (encoding === undefined || Buffer.isEncoding(encoding)) {
                return fromArrayBuffer(buf.buffer, buf.byteOffset, buf.byteLength).toString(encoding);
            }
            else {
                const decoder = new TextDecoder(encoding);
                return decoder.decode(buf);
            }
        },
        transformToWebStream: () => {
            if (transformed) {
                throw new Error(ERR_MSG_STREAM_HAS_BEEN_TRANSFORMED);
            }
            if (stream.readableFlowing !== null) {
                throw new Error("The stream has been consumed by other callbacks.");
            }
            if (typeof Readable.toWeb !== "function") {
                throw new Error("Readable.toWeb() is not supported. Please ensure a polyfill is available.");
            }
            transformed = true;
            return Readable.toWeb(stream);
        },
    });
};

async function splitStream$1(stream) {
    if (typeof stream.stream === "function") {
        stream = stream.stream();
    }
    const readableStream = stream;
    return readableStream.tee();
}

async function splitStream(stream) {
    if (isReadableStream(stream) || isBlob(stream)) {
        return splitStream$1(stream);
    }
    const stream1 = new PassThrough();
    const stream2 = new PassThrough();
    stream.pipe(stream1);
    stream.pipe(stream2);
    return [stream1, stream2];
}

function writeKey(obj) {
    Object.defineProperty(obj, "__proto__", { value: undefined, writable: true, enumerable: true, configurable: true });
}

class Uint8ArrayBlobAdapter extends bindUint8ArrayBlobAdapter(toUtf8$1, fromUtf8$1, toBase64$1, fromBase64) {
}
const _getRandomValues = getRandomValues;
const v4 = bindV4(_getRandomValues);
const generateIdempotencyToken = v4;

exports.ChecksumStream = ChecksumStream$1;
exports.Hash = Hash;
exports.LazyJsonString = LazyJsonString;
exports.NumericValue = NumericValue;
exports.Uint8ArrayBlobAdapter = Uint8ArrayBlobAdapter;
exports._parseEpochTimestamp = _parseEpochTimestamp;
exports._parseRfc3339DateTimeWithOffset = _parseRfc3339DateTimeWithOffset;
exports._parseRfc7231DateTime = _parseRfc7231DateTime;
exports.calculateBodyLength = calculateBodyLength;
exports.concatBytes = concatBytes;
exports.copyDocumentWithTransform = copyDocumentWithTransform;
exports.createBufferedReadable = createBufferedReadable;
exports.createChecksumStream = createChecksumStream;
exports.dateToUtcString = dateToUtcString;
exports.deserializerMiddleware = deserializerMiddleware;
exports.deserializerMiddlewareOption = deserializerMiddlewareOption;
exports.expectBoolean = expectBoolean;
exports.expectByte = expectByte;
exports.expectFloat32 = expectFloat32;
exports.expectInt = expectInt;
exports.expectInt32 = expectInt32;
exports.expectLong = expectLong;
exports.expectNonNull = expectNonNull;
exports.expectNumber = expectNumber;
exports.expectObject = expectObject;
exports.expectShort = expectShort;
exports.expectString = expectString;
exports.expectUnion = expectUnion;
exports.fromArrayBuffer = fromArrayBuffer;
exports.fromBase64 = fromBase64;
exports.fromHex = fromHex;
exports.fromString = fromString;
exports.fromUtf8 = fromUtf8$1;
exports.generateIdempotencyToken = generateIdempotencyToken;
exports.getAwsChunkedEncodingStream = getAwsChunkedEncodingStream;
exports.getSerdePlugin = getSerdePlugin;
exports.handleFloat = handleFloat;
exports.headStream = headStream;
exports.isArrayBuffer = isArrayBuffer;
exports.isBlob = isBlob;
exports.isReadableStream = isReadableStream;
exports.limitedParseDouble = limitedParseDouble;
exports.limitedParseFloat = limitedParseFloat;
exports.limitedParseFloat32 = limitedParseFloat32;
exports.logger = logger;
exports.nv = nv;
exports.parseBoolean = parseBoolean;
exports.parseEpochTimestamp = parseEpochTimestamp;
exports.parseRfc3339DateTime = parseRfc3339DateTime;
exports.parseRfc3339DateTimeWithOffset = parseRfc3339DateTimeWithOffset;
exports.parseRfc7231DateTime = parseRfc7231DateTime;
exports.quoteHeader = quoteHeader;
exports.sdkStreamMixin = sdkStreamMixin;
exports.serializerMiddleware = serializerMiddleware;
exports.serializerMiddlewareOption = serializerMiddlewareOption;
exports.splitEvery = splitEvery;
exports.splitHeader = splitHeader;
exports.splitStream = splitStream;
exports.streamCollector = streamCollector;
exports.strictParseByte = strictParseByte;
exports.strictParseDouble = strictParseDouble;
exports.strictParseFloat = strictParseFloat;
exports.strictParseFloat32 = strictParseFloat32;
exports.strictParseInt = strictParseInt;
exports.strictParseInt32 = strictParseInt32;
exports.strictParseLong = strictParseLong;
exports.strictParseShort = strictParseShort;
exports.toBase64 = toBase64$1;
exports.toHex = toHex;
exports.toUint8Array = toUint8Array;
exports.toUtf8 = toUtf8$1;
exports.v4 = v4;
exports.writeKey = writeKey;


/***/ }),

/***/ 534:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

const { SMITHY_CONTEXT_KEY } = __nccwpck_require__(690);

const getSmithyContext = (context) => context[SMITHY_CONTEXT_KEY] || (context[SMITHY_CONTEXT_KEY] = {});

function hasOwn(o, k) {
    return Object.prototype.hasOwnProperty.call(o, k);
}

class HttpRequest {
    method;
    protocol;
    hostname;
    port;
    path;
    query;
    headers;
    username;
    password;
    fragment;
    body;
    constructor(options) {
        this.method = options.method || "GET";
        this.hostname = options.hostname || "localhost";
        this.port = options.port;
        this.query = options.query || {};
        this.headers = options.headers || {};
        this.body = options.body;
        this.protocol = options.protocol
            ? options.protocol.slice(-1) !== ":"
                ? `${options.protocol}:`
                : options.protocol
            : "https:";
        this.path = options.path ? (options.path.charAt(0) !== "/" ? `/${options.path}` : options.path) : "/";
        this.username = options.username;
        this.password = options.password;
        this.fragment = options.fragment;
    }
    static clone(request) {
        const cloned = new HttpRequest({
            ...request,
            headers: { ...request.headers },
        });
        if (cloned.query) {
            cloned.query = cloneQuery(cloned.query);
        }
        return cloned;
    }
    static isInstance(request) {
        if (!request) {
            return false;
        }
        const req = request;
        return ("method" in req &&
            "protocol" in req &&
            "hostname" in req &&
            "path" in req &&
            typeof req["query"] === "object" &&
            typeof req["headers"] === "object");
    }
    clone() {
        return HttpRequest.clone(this);
    }
}
function cloneQuery(query) {
    return Object.keys(query).reduce((carry, paramName) => {
        const param = query[paramName];
        return {
            ...carry,
            [paramName]: Array.isArray(param) ? [...param] : param,
        };
    }, {});
}

class HttpResponse {
    statusCode;
    reason;
    headers;
    body;
    constructor(options) {
        this.statusCode = options.statusCode;
        this.reason = options.reason;
        this.headers = options.headers || {};
        this.body = options.body;
    }
    static isInstance(response) {
        if (!response) {
            return false;
        }
        const resp = response;
        return typeof resp.statusCode === "number" && typeof resp.headers === "object";
    }
}

const VALID_HOST_LABEL_REGEX = new RegExp(`^(?!.*-$)(?!-)[a-zA-Z0-9-]{1,63}$`);
const isValidHostLabel = (value, allowSubDomains = false) => {
    if (!allowSubDomains) {
        return VALID_HOST_LABEL_REGEX.test(value);
    }
    const labels = value.split(".");
    for (const label of labels) {
        if (!isValidHostLabel(label)) {
            return false;
        }
    }
    return true;
};

function isValidHostname(hostname) {
    const hostPattern = /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/;
    return hostPattern.test(hostname);
}

const normalizeProvider = (input) => {
    if (typeof input === "function") {
        return input;
    }
    const promisified = Promise.resolve(input);
    return () => promisified;
};

function parseQueryString(querystring) {
    const query = {};
    querystring = querystring.replace(/^\?/, "");
    if (querystring) {
        for (const pair of querystring.split("&")) {
            let [key, value = null] = pair.split("=");
            key = decodeURIComponent(key);
            if (value) {
                value = decodeURIComponent(value);
            }
            if (!(key in query)) {
                query[key] = value;
            }
            else if (Array.isArray(query[key])) {
                query[key].push(value);
            }
            else {
                query[key] = [query[key], value];
            }
        }
    }
    return query;
}

const parseUrl = (url) => {
    if (typeof url === "string") {
        return parseUrl(new URL(url));
    }
    const { hostname, pathname, port, protocol, search } = url;
    let query;
    if (search) {
        query = parseQueryString(search);
    }
    return {
        hostname,
        port: port ? parseInt(port) : undefined,
        protocol,
        path: pathname,
        query,
    };
};

const toEndpointV1 = (endpoint) => {
    if (typeof endpoint === "object") {
        if ("url" in endpoint) {
            const v1Endpoint = parseUrl(endpoint.url);
            if (endpoint.headers) {
                v1Endpoint.headers = {};
                for (const name in endpoint.headers) {
                    if (!hasOwn(endpoint.headers, name)) {
                        continue;
                    }
                    v1Endpoint.headers[name.toLowerCase()] = endpoint.headers[name].join(", ");
                }
            }
            return v1Endpoint;
        }
        return endpoint;
    }
    return parseUrl(endpoint);
};

exports.HttpRequest = HttpRequest;
exports.HttpResponse = HttpResponse;
exports.getSmithyContext = getSmithyContext;
exports.hasOwn = hasOwn;
exports.isValidHostLabel = isValidHostLabel;
exports.isValidHostname = isValidHostname;
exports.normalizeProvider = normalizeProvider;
exports.parseQueryString = parseQueryString;
exports.parseUrl = parseUrl;
exports.toEndpointV1 = toEndpointV1;


/***/ }),

/***/ 118:
/***/ ((__unused_webpack_module, exports, __nccwpck_require__) => {

var __webpack_unused_export__;
const { hasOwn, fromUtf8, fromHex, toHex, toUint8Array, writeKey, isArrayBuffer } = __nccwpck_require__(430);
const { normalizeProvider } = __nccwpck_require__(658);
const { escapeUri, HttpRequest } = __nccwpck_require__(422);

class HeaderFormatter {
    format(headers) {
        const chunks = [];
        for (const headerName in headers) {
            if (!hasOwn(headers, headerName)) {
                continue;
            }
            const bytes = fromUtf8(headerName);
            chunks.push(Uint8Array.from([bytes.byteLength]), bytes, this.formatHeaderValue(headers[headerName]));
        }
        const out = new Uint8Array(chunks.reduce((carry, bytes) => carry + bytes.byteLength, 0));
        let position = 0;
        for (const chunk of chunks) {
            out.set(chunk, position);
            position += chunk.byteLength;
        }
        return out;
    }
    formatHeaderValue(header) {
        switch (header.type) {
            case "boolean":
                return Uint8Array.from([header.value ? 0 : 1]);
            case "byte":
                return Uint8Array.from([2, header.value]);
            case "short":
                const shortView = new DataView(new ArrayBuffer(3));
                shortView.setUint8(0, 3);
                shortView.setInt16(1, header.value, false);
                return new Uint8Array(shortView.buffer);
            case "integer":
                const intView = new DataView(new ArrayBuffer(5));
                intView.setUint8(0, 4);
                intView.setInt32(1, header.value, false);
                return new Uint8Array(intView.buffer);
            case "long":
                const longBytes = new Uint8Array(9);
                longBytes[0] = 5;
                longBytes.set(header.value.bytes, 1);
                return longBytes;
            case "binary":
                const binView = new DataView(new ArrayBuffer(3 + header.value.byteLength));
                binView.setUint8(0, 6);
                binView.setUint16(1, header.value.byteLength, false);
                const binBytes = new Uint8Array(binView.buffer);
                binBytes.set(header.value, 3);
                return binBytes;
            case "string":
                const utf8Bytes = fromUtf8(header.value);
                const strView = new DataView(new ArrayBuffer(3 + utf8Bytes.byteLength));
                strView.setUint8(0, 7);
                strView.setUint16(1, utf8Bytes.byteLength, false);
                const strBytes = new Uint8Array(strView.buffer);
                strBytes.set(utf8Bytes, 3);
                return strBytes;
            case "timestamp":
                const tsBytes = new Uint8Array(9);
                tsBytes[0] = 8;
                tsBytes.set(Int64.fromNumber(header.value.valueOf()).bytes, 1);
                return tsBytes;
            case "uuid":
                if (!UUID_PATTERN.test(header.value)) {
                    throw new Error(`Invalid UUID received: ${header.value}`);
                }
                const uuidBytes = new Uint8Array(17);
                uuidBytes[0] = 9;
                uuidBytes.set(fromHex(header.value.replace(/-/g, "")), 1);
                return uuidBytes;
        }
    }
}
var HEADER_VALUE_TYPE;
(function (HEADER_VALUE_TYPE) {
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["boolTrue"] = 0] = "boolTrue";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["boolFalse"] = 1] = "boolFalse";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["byte"] = 2] = "byte";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["short"] = 3] = "short";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["integer"] = 4] = "integer";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["long"] = 5] = "long";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["byteArray"] = 6] = "byteArray";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["string"] = 7] = "string";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["timestamp"] = 8] = "timestamp";
    HEADER_VALUE_TYPE[HEADER_VALUE_TYPE["uuid"] = 9] = "uuid";
})(HEADER_VALUE_TYPE || (HEADER_VALUE_TYPE = {}));
const UUID_PATTERN = /^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/;
class Int64 {
    bytes;
    constructor(bytes) {
        this.bytes = bytes;
        if (bytes.byteLength !== 8) {
            throw new Error("Int64 buffers must be exactly 8 bytes");
        }
    }
    static fromNumber(number) {
        if (number > 9_223_372_036_854_775_807 || number < -9223372036854776e3) {
            throw new Error(`${number} is too large (or, if negative, too small) to represent as an Int64`);
        }
        const bytes = new Uint8Array(8);
        for (let i = 7, remaining = Math.abs(Math.round(number)); i > -1 && remaining > 0; i--, remaining /= 256) {
            bytes[i] = remaining;
        }
        if (number < 0) {
            negate(bytes);
        }
        return new Int64(bytes);
    }
    valueOf() {
        const bytes = this.bytes.slice(0);
        const negative = bytes[0] & 0b10000000;
        if (negative) {
            negate(bytes);
        }
        return parseInt(toHex(bytes), 16) * (negative ? -1 : 1);
    }
    toString() {
        return String(this.valueOf());
    }
}
function negate(bytes) {
    for (let i = 0; i < 8; i++) {
        bytes[i] ^= 0xff;
    }
    for (let i = 7; i > -1; i--) {
        bytes[i]++;
        if (bytes[i] !== 0) {
            break;
        }
    }
}

const ALGORITHM_QUERY_PARAM = "X-Amz-Algorithm";
const CREDENTIAL_QUERY_PARAM = "X-Amz-Credential";
const AMZ_DATE_QUERY_PARAM = "X-Amz-Date";
const SIGNED_HEADERS_QUERY_PARAM = "X-Amz-SignedHeaders";
const EXPIRES_QUERY_PARAM = "X-Amz-Expires";
const SIGNATURE_QUERY_PARAM = "X-Amz-Signature";
const TOKEN_QUERY_PARAM = "X-Amz-Security-Token";
const REGION_SET_PARAM = "X-Amz-Region-Set";
const AUTH_HEADER = "authorization";
const AMZ_DATE_HEADER = AMZ_DATE_QUERY_PARAM.toLowerCase();
const DATE_HEADER = "date";
const GENERATED_HEADERS = [AUTH_HEADER, AMZ_DATE_HEADER, DATE_HEADER];
const SIGNATURE_HEADER = SIGNATURE_QUERY_PARAM.toLowerCase();
const SHA256_HEADER = "x-amz-content-sha256";
const TOKEN_HEADER = TOKEN_QUERY_PARAM.toLowerCase();
const HOST_HEADER = "host";
const ALWAYS_UNSIGNABLE_HEADERS = {
    authorization: true,
    "cache-control": true,
    connection: true,
    expect: true,
    from: true,
    "keep-alive": true,
    "max-forwards": true,
    pragma: true,
    referer: true,
    te: true,
    trailer: true,
    "transfer-encoding": true,
    upgrade: true,
    "user-agent": true,
    "x-amzn-trace-id": true,
};
const PROXY_HEADER_PATTERN = /^proxy-/;
const SEC_HEADER_PATTERN = /^sec-/;
const UNSIGNABLE_PATTERNS = [/^proxy-/i, /^sec-/i];
const ALGORITHM_IDENTIFIER = "AWS4-HMAC-SHA256";
const ALGORITHM_IDENTIFIER_V4A = "AWS4-ECDSA-P256-SHA256";
const EVENT_ALGORITHM_IDENTIFIER = "AWS4-HMAC-SHA256-PAYLOAD";
const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";
const MAX_CACHE_SIZE = 50;
const KEY_TYPE_IDENTIFIER = "aws4_request";
const MAX_PRESIGNED_TTL = 60 * 60 * 24 * 7;

const getCanonicalQuery = ({ query = {} }) => {
    const keys = [];
    const serialized = {};
    for (const key in query) {
        if (!hasOwn(query, key)) {
            continue;
        }
        if (key.toLowerCase() === SIGNATURE_HEADER) {
            continue;
        }
        const encodedKey = escapeUri(key);
        keys.push(encodedKey);
        const value = query[key];
        if (typeof value === "string") {
            serialized[encodedKey] = `${encodedKey}=${escapeUri(value)}`;
        }
        else if (Array.isArray(value)) {
            serialized[encodedKey] = value
                .slice(0)
                .reduce((encoded, value) => encoded.concat([`${encodedKey}=${escapeUri(value)}`]), [])
                .sort()
                .join("&");
        }
    }
    return keys
        .sort()
        .map((key) => serialized[key])
        .filter((serialized) => serialized)
        .join("&");
};

const iso8601 = (time) => toDate(time)
    .toISOString()
    .replace(/\.\d{3}Z$/, "Z");
const toDate = (time) => {
    if (typeof time === "number") {
        return new Date(time * 1000);
    }
    if (typeof time === "string") {
        if (Number(time)) {
            return new Date(Number(time) * 1000);
        }
        return new Date(time);
    }
    return time;
};

class SignatureV4Base {
    service;
    regionProvider;
    credentialProvider;
    sha256;
    uriEscapePath;
    applyChecksum;
    constructor({ applyChecksum, credentials, region, service, sha256, uriEscapePath = true, }) {
        this.service = service;
        this.sha256 = sha256;
        this.uriEscapePath = uriEscapePath;
        this.applyChecksum = typeof applyChecksum === "boolean" ? applyChecksum : true;
        this.regionProvider = normalizeProvider(region);
        this.credentialProvider = normalizeProvider(credentials);
    }
    createCanonicalRequest(request, canonicalHeaders, payloadHash) {
        const sortedHeaders = Object.keys(canonicalHeaders).sort();
        return `${request.method}
${this.getCanonicalPath(request)}
${getCanonicalQuery(request)}
${sortedHeaders.map((name) => `${name}:${canonicalHeaders[name]}`).join("\n")}

${sortedHeaders.join(";")}
${payloadHash}`;
    }
    async createStringToSign(longDate, credentialScope, canonicalRequest, algorithmIdentifier) {
        const hash = new this.sha256();
        hash.update(toUint8Array(canonicalRequest));
        const hashedRequest = await hash.digest();
        return `${algorithmIdentifier}
${longDate}
${credentialScope}
${toHex(hashedRequest)}`;
    }
    getCanonicalPath({ path }) {
        if (this.uriEscapePath) {
            const normalizedPathSegments = [];
            for (const pathSegment of path.split("/")) {
                if (pathSegment?.length === 0) {
                    continue;
                }
                if (pathSegment === ".") {
                    continue;
                }
                if (pathSegment === "..") {
                    normalizedPathSegments.pop();
                }
                else {
                    normalizedPathSegments.push(pathSegment);
                }
            }
            const normalizedPath = `${path?.startsWith("/") ? "/" : ""}${normalizedPathSegments.join("/")}${normalizedPathSegments.length > 0 && path?.endsWith("/") ? "/" : ""}`;
            const doubleEncoded = escapeUri(normalizedPath);
            return doubleEncoded.replace(/%2F/g, "/");
        }
        return path;
    }
    validateResolvedCredentials(credentials) {
        if (typeof credentials !== "object" ||
            typeof credentials.accessKeyId !== "string" ||
            typeof credentials.secretAccessKey !== "string") {
            throw new Error("Resolved credential object is not valid");
        }
    }
    formatDate(now) {
        const longDate = iso8601(now).replace(/[-:]/g, "");
        return {
            longDate,
            shortDate: longDate.slice(0, 8),
        };
    }
    getCanonicalHeaderList(headers) {
        return Object.keys(headers).sort().join(";");
    }
}

const signingKeyCache = {};
const cacheQueue = [];
const createScope = (shortDate, region, service) => `${shortDate}/${region}/${service}/${KEY_TYPE_IDENTIFIER}`;
const getSigningKey = async (sha256Constructor, credentials, shortDate, region, service) => {
    const credsHash = await hmac(sha256Constructor, credentials.secretAccessKey, credentials.accessKeyId);
    const cacheKey = `${shortDate}:${region}:${service}:${toHex(credsHash)}:${credentials.sessionToken}`;
    if (cacheKey in signingKeyCache) {
        return signingKeyCache[cacheKey];
    }
    cacheQueue.push(cacheKey);
    while (cacheQueue.length > MAX_CACHE_SIZE) {
        delete signingKeyCache[cacheQueue.shift()];
    }
    let key = `AWS4${credentials.secretAccessKey}`;
    for (const signable of [shortDate, region, service, KEY_TYPE_IDENTIFIER]) {
        key = await hmac(sha256Constructor, key, signable);
    }
    return (signingKeyCache[cacheKey] = key);
};
const clearCredentialCache = () => {
    cacheQueue.length = 0;
    Object.keys(signingKeyCache).forEach((cacheKey) => {
        delete signingKeyCache[cacheKey];
    });
};
const hmac = (ctor, secret, data) => {
    const hash = new ctor(secret);
    hash.update(toUint8Array(data));
    return hash.digest();
};

const getCanonicalHeaders = ({ headers }, unsignableHeaders, signableHeaders) => {
    const canonical = {};
    for (const headerName of Object.keys(headers).sort()) {
        if (headers[headerName] == undefined) {
            continue;
        }
        const canonicalHeaderName = headerName.toLowerCase();
        if (hasOwn(ALWAYS_UNSIGNABLE_HEADERS, canonicalHeaderName) ||
            unsignableHeaders?.has(canonicalHeaderName) ||
            PROXY_HEADER_PATTERN.test(canonicalHeaderName) ||
            SEC_HEADER_PATTERN.test(canonicalHeaderName)) {
            if (!signableHeaders || (signableHeaders && !signableHeaders.has(canonicalHeaderName))) {
                continue;
            }
        }
        if (canonicalHeaderName === "__proto__") {
            writeKey(canonical);
        }
        canonical[canonicalHeaderName] = headers[headerName]
            .replace(/[\r\n]/g, " ")
            .replace(/[ \t]+/g, " ")
            .replace(/^ | $/g, "");
    }
    return canonical;
};

const getPayloadHash = async ({ headers, body }, hashConstructor) => {
    for (const headerName in headers) {
        if (!hasOwn(headers, headerName)) {
            continue;
        }
        if (headerName.toLowerCase() === SHA256_HEADER) {
            return headers[headerName];
        }
    }
    if (body == undefined) {
        return "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    }
    else if (typeof body === "string" || ArrayBuffer.isView(body) || isArrayBuffer(body)) {
        const hashCtor = new hashConstructor();
        hashCtor.update(toUint8Array(body));
        return toHex(await hashCtor.digest());
    }
    return UNSIGNED_PAYLOAD;
};

const hasHeader = (soughtHeader, headers) => {
    soughtHeader = soughtHeader.toLowerCase();
    for (const headerName in headers) {
        if (!hasOwn(headers, headerName)) {
            continue;
        }
        if (soughtHeader === headerName.toLowerCase()) {
            return true;
        }
    }
    return false;
};

const moveHeadersToQuery = (request, options = {}) => {
    const { headers, query = {} } = HttpRequest.clone(request);
    for (const name in headers) {
        if (!hasOwn(headers, name)) {
            continue;
        }
        const lname = name.toLowerCase();
        if ((lname.slice(0, 6) === "x-amz-" && !options.unhoistableHeaders?.has(lname)) ||
            options.hoistableHeaders?.has(lname)) {
            query[name] = headers[name];
            delete headers[name];
        }
    }
    return {
        ...request,
        headers,
        query,
    };
};

const prepareRequest = (request) => {
    request = HttpRequest.clone(request);
    for (const headerName in request.headers) {
        if (!hasOwn(request.headers, headerName)) {
            continue;
        }
        if (GENERATED_HEADERS.indexOf(headerName.toLowerCase()) > -1) {
            delete request.headers[headerName];
        }
    }
    return request;
};

class SignatureV4 extends SignatureV4Base {
    headerFormatter = new HeaderFormatter();
    constructor({ applyChecksum, credentials, region, service, sha256, uriEscapePath = true, }) {
        super({
            applyChecksum,
            credentials,
            region,
            service,
            sha256,
            uriEscapePath,
        });
    }
    async presign(originalRequest, options = {}) {
        const { signingDate = new Date(), expiresIn = 3600, unsignableHeaders, unhoistableHeaders, signableHeaders, hoistableHeaders, signingRegion, signingService, } = options;
        const credentials = await this.credentialProvider();
        this.validateResolvedCredentials(credentials);
        const region = signingRegion ?? (await this.regionProvider());
        const { longDate, shortDate } = this.formatDate(signingDate);
        if (expiresIn > MAX_PRESIGNED_TTL) {
            return Promise.reject("Signature version 4 presigned URLs" + " must have an expiration date less than one week in" + " the future");
        }
        const scope = createScope(shortDate, region, signingService ?? this.service);
        const request = moveHeadersToQuery(prepareRequest(originalRequest), { unhoistableHeaders, hoistableHeaders });
        if (credentials.sessionToken) {
            request.query[TOKEN_QUERY_PARAM] = credentials.sessionToken;
        }
        request.query[ALGORITHM_QUERY_PARAM] = ALGORITHM_IDENTIFIER;
        request.query[CREDENTIAL_QUERY_PARAM] = `${credentials.accessKeyId}/${scope}`;
        request.query[AMZ_DATE_QUERY_PARAM] = longDate;
        request.query[EXPIRES_QUERY_PARAM] = expiresIn.toString(10);
        const canonicalHeaders = getCanonicalHeaders(request, unsignableHeaders, signableHeaders);
        request.query[SIGNED_HEADERS_QUERY_PARAM] = this.getCanonicalHeaderList(canonicalHeaders);
        request.query[SIGNATURE_QUERY_PARAM] = await this.getSignature(longDate, scope, this.getSigningKey(credentials, region, shortDate, signingService), this.createCanonicalRequest(request, canonicalHeaders, await getPayloadHash(originalRequest, this.sha256)));
        return request;
    }
    async sign(toSign, options) {
        if (typeof toSign === "string") {
            return this.signString(toSign, options);
        }
        else if (toSign.headers && toSign.payload) {
            return this.signEvent(toSign, options);
        }
        else if (toSign.message) {
            return this.signMessage(toSign, options);
        }
        else {
            return this.signRequest(toSign, options);
        }
    }
    async signEvent({ headers, payload }, { signingDate = new Date(), priorSignature, signingRegion, signingService, eventStreamCredentials, }) {
        const region = signingRegion ?? (await this.regionProvider());
        const { shortDate, longDate } = this.formatDate(signingDate);
        const scope = createScope(shortDate, region, signingService ?? this.service);
        const hashedPayload = await getPayloadHash({ headers: {}, body: payload }, this.sha256);
        const hash = new this.sha256();
        hash.update(headers);
        const hashedHeaders = toHex(await hash.digest());
        const stringToSign = [
            EVENT_ALGORITHM_IDENTIFIER,
            longDate,
            scope,
            priorSignature,
            hashedHeaders,
            hashedPayload,
        ].join("\n");
        return this.signString(stringToSign, {
            signingDate,
            signingRegion: region,
            signingService,
            eventStreamCredentials,
        });
    }
    async signMessage(signableMessage, { signingDate = new Date(), signingRegion, signingService, eventStreamCredentials }) {
        const promise = this.signEvent({
            headers: this.headerFormatter.format(signableMessage.message.headers),
            payload: signableMessage.message.body,
        }, {
            signingDate,
            signingRegion,
            signingService,
            priorSignature: signableMessage.priorSignature,
            eventStreamCredentials,
        });
        return promise.then((signature) => {
            return { message: signableMessage.message, signature };
        });
    }
    async signString(stringToSign, { signingDate = new Date(), signingRegion, signingService, eventStreamCredentials, } = {}) {
        const credentials = eventStreamCredentials ?? (await this.credentialProvider());
        this.validateResolvedCredentials(credentials);
        const region = signingRegion ?? (await this.regionProvider());
        const { shortDate } = this.formatDate(signingDate);
        const hash = new this.sha256(await this.getSigningKey(credentials, region, shortDate, signingService));
        hash.update(toUint8Array(stringToSign));
        return toHex(await hash.digest());
    }
    async signRequest(requestToSign, { signingDate = new Date(), signableHeaders, unsignableHeaders, signingRegion, signingService, } = {}) {
        const credentials = await this.credentialProvider();
        this.validateResolvedCredentials(credentials);
        const region = signingRegion ?? (await this.regionProvider());
        const request = prepareRequest(requestToSign);
        const { longDate, shortDate } = this.formatDate(signingDate);
        const scope = createScope(shortDate, region, signingService ?? this.service);
        request.headers[AMZ_DATE_HEADER] = longDate;
        if (credentials.sessionToken) {
            request.headers[TOKEN_HEADER] = credentials.sessionToken;
        }
        const payloadHash = await getPayloadHash(request, this.sha256);
        if (!hasHeader(SHA256_HEADER, request.headers) && this.applyChecksum) {
            request.headers[SHA256_HEADER] = payloadHash;
        }
        const canonicalHeaders = getCanonicalHeaders(request, unsignableHeaders, signableHeaders);
        const signature = await this.getSignature(longDate, scope, this.getSigningKey(credentials, region, shortDate, signingService), this.createCanonicalRequest(request, canonicalHeaders, payloadHash));
        request.headers[AUTH_HEADER] =
            `${ALGORITHM_IDENTIFIER} ` +
                `Credential=${credentials.accessKeyId}/${scope}, ` +
                `SignedHeaders=${this.getCanonicalHeaderList(canonicalHeaders)}, ` +
                `Signature=${signature}`;
        return request;
    }
    async getSignature(longDate, credentialScope, keyPromise, canonicalRequest) {
        const stringToSign = await this.createStringToSign(longDate, credentialScope, canonicalRequest, ALGORITHM_IDENTIFIER);
        const hash = new this.sha256(await keyPromise);
        hash.update(toUint8Array(stringToSign));
        return toHex(await hash.digest());
    }
    getSigningKey(credentials, region, shortDate, service) {
        return getSigningKey(this.sha256, credentials, shortDate, region, service || this.service);
    }
}

const signatureV4aContainer = {
    SignatureV4a: null,
};

__webpack_unused_export__ = ALGORITHM_IDENTIFIER;
__webpack_unused_export__ = ALGORITHM_IDENTIFIER_V4A;
__webpack_unused_export__ = ALGORITHM_QUERY_PARAM;
__webpack_unused_export__ = ALWAYS_UNSIGNABLE_HEADERS;
__webpack_unused_export__ = AMZ_DATE_HEADER;
__webpack_unused_export__ = AMZ_DATE_QUERY_PARAM;
__webpack_unused_export__ = AUTH_HEADER;
__webpack_unused_export__ = CREDENTIAL_QUERY_PARAM;
__webpack_unused_export__ = DATE_HEADER;
__webpack_unused_export__ = EVENT_ALGORITHM_IDENTIFIER;
__webpack_unused_export__ = EXPIRES_QUERY_PARAM;
__webpack_unused_export__ = GENERATED_HEADERS;
__webpack_unused_export__ = HOST_HEADER;
__webpack_unused_export__ = KEY_TYPE_IDENTIFIER;
__webpack_unused_export__ = MAX_CACHE_SIZE;
__webpack_unused_export__ = MAX_PRESIGNED_TTL;
__webpack_unused_export__ = PROXY_HEADER_PATTERN;
__webpack_unused_export__ = REGION_SET_PARAM;
__webpack_unused_export__ = SEC_HEADER_PATTERN;
__webpack_unused_export__ = SHA256_HEADER;
__webpack_unused_export__ = SIGNATURE_HEADER;
__webpack_unused_export__ = SIGNATURE_QUERY_PARAM;
__webpack_unused_export__ = SIGNED_HEADERS_QUERY_PARAM;
exports.BB = SignatureV4;
__webpack_unused_export__ = SignatureV4Base;
__webpack_unused_export__ = TOKEN_HEADER;
__webpack_unused_export__ = TOKEN_QUERY_PARAM;
__webpack_unused_export__ = UNSIGNABLE_PATTERNS;
__webpack_unused_export__ = UNSIGNED_PAYLOAD;
__webpack_unused_export__ = clearCredentialCache;
__webpack_unused_export__ = createScope;
__webpack_unused_export__ = getCanonicalHeaders;
__webpack_unused_export__ = getCanonicalQuery;
__webpack_unused_export__ = getPayloadHash;
__webpack_unused_export__ = getSigningKey;
__webpack_unused_export__ = hasHeader;
__webpack_unused_export__ = moveHeadersToQuery;
__webpack_unused_export__ = prepareRequest;
__webpack_unused_export__ = signatureV4aContainer;


/***/ }),

/***/ 690:
/***/ ((__unused_webpack_module, exports) => {

var HttpAuthLocation;
(function (HttpAuthLocation) {
    HttpAuthLocation["HEADER"] = "header";
    HttpAuthLocation["QUERY"] = "query";
})(HttpAuthLocation || (HttpAuthLocation = {}));

var HttpApiKeyAuthLocation;
(function (HttpApiKeyAuthLocation) {
    HttpApiKeyAuthLocation["HEADER"] = "header";
    HttpApiKeyAuthLocation["QUERY"] = "query";
})(HttpApiKeyAuthLocation || (HttpApiKeyAuthLocation = {}));

var EndpointURLScheme;
(function (EndpointURLScheme) {
    EndpointURLScheme["HTTP"] = "http";
    EndpointURLScheme["HTTPS"] = "https";
})(EndpointURLScheme || (EndpointURLScheme = {}));

var AlgorithmId;
(function (AlgorithmId) {
    AlgorithmId["MD5"] = "md5";
    AlgorithmId["CRC32"] = "crc32";
    AlgorithmId["CRC32C"] = "crc32c";
    AlgorithmId["SHA1"] = "sha1";
    AlgorithmId["SHA256"] = "sha256";
})(AlgorithmId || (AlgorithmId = {}));
const getChecksumConfiguration = (runtimeConfig) => {
    const checksumAlgorithms = [];
    if (runtimeConfig.sha256 !== undefined) {
        checksumAlgorithms.push({
            algorithmId: () => AlgorithmId.SHA256,
            checksumConstructor: () => runtimeConfig.sha256,
        });
    }
    if (runtimeConfig.md5 != undefined) {
        checksumAlgorithms.push({
            algorithmId: () => AlgorithmId.MD5,
            checksumConstructor: () => runtimeConfig.md5,
        });
    }
    return {
        addChecksumAlgorithm(algo) {
            checksumAlgorithms.push(algo);
        },
        checksumAlgorithms() {
            return checksumAlgorithms;
        },
    };
};
const resolveChecksumRuntimeConfig = (clientConfig) => {
    const runtimeConfig = {};
    clientConfig.checksumAlgorithms().forEach((checksumAlgorithm) => {
        runtimeConfig[checksumAlgorithm.algorithmId()] = checksumAlgorithm.checksumConstructor();
    });
    return runtimeConfig;
};

const getDefaultClientConfiguration = (runtimeConfig) => {
    return getChecksumConfiguration(runtimeConfig);
};
const resolveDefaultRuntimeConfig = (config) => {
    return resolveChecksumRuntimeConfig(config);
};

var FieldPosition;
(function (FieldPosition) {
    FieldPosition[FieldPosition["HEADER"] = 0] = "HEADER";
    FieldPosition[FieldPosition["TRAILER"] = 1] = "TRAILER";
})(FieldPosition || (FieldPosition = {}));

const SMITHY_CONTEXT_KEY = "__smithy_context";

var IniSectionType;
(function (IniSectionType) {
    IniSectionType["PROFILE"] = "profile";
    IniSectionType["SSO_SESSION"] = "sso-session";
    IniSectionType["SERVICES"] = "services";
})(IniSectionType || (IniSectionType = {}));

var RequestHandlerProtocol;
(function (RequestHandlerProtocol) {
    RequestHandlerProtocol["HTTP_0_9"] = "http/0.9";
    RequestHandlerProtocol["HTTP_1_0"] = "http/1.0";
    RequestHandlerProtocol["TDS_8_0"] = "tds/8.0";
})(RequestHandlerProtocol || (RequestHandlerProtocol = {}));

exports.AlgorithmId = AlgorithmId;
exports.EndpointURLScheme = EndpointURLScheme;
exports.FieldPosition = FieldPosition;
exports.HttpApiKeyAuthLocation = HttpApiKeyAuthLocation;
exports.HttpAuthLocation = HttpAuthLocation;
exports.IniSectionType = IniSectionType;
exports.RequestHandlerProtocol = RequestHandlerProtocol;
exports.SMITHY_CONTEXT_KEY = SMITHY_CONTEXT_KEY;
exports.getDefaultClientConfiguration = getDefaultClientConfiguration;
exports.resolveDefaultRuntimeConfig = resolveDefaultRuntimeConfig;


/***/ }),

/***/ 598:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");

/***/ }),

/***/ 24:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");

/***/ }),

/***/ 455:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");

/***/ }),

/***/ 67:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");

/***/ }),

/***/ 161:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");

/***/ }),

/***/ 760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 75:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream");

/***/ }),

/***/ 522:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:zlib");

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
/************************************************************************/
var __webpack_exports__ = {};

;// CONCATENATED MODULE: ./lib/core/sidecar-config.js
/** With `validate: strict`, a check that must stop the run: the key does not work, or the model asked for is not there. */
function isBlockingCheck(check) {
    return check.verdict === 'rejected' || check.missingModel !== undefined;
}

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

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(24);
;// CONCATENATED MODULE: ./lib/sidecar/worker/throttle.js
/**
 * Calls `run` in the same turn of the event loop as the result is called, as long as that happens seldom; under load at the end
 * of the interval, once for all calls in it.
 */
function createThrottle(limits, run) {
    let free = limits.burst;
    let counted = performance.now();
    let isPlanned = false;
    const refill = () => {
        const now = performance.now();
        free = Math.min(limits.burst, free + (now - counted) / limits.everyMs);
        counted = now;
    };
    const fire = () => {
        isPlanned = false;
        refill();
        free = Math.max(0, free - 1);
        run();
    };
    return () => {
        if (isPlanned)
            return;
        isPlanned = true;
        refill();
        if (free >= 1)
            setImmediate(fire);
        else
            setTimeout(fire, limits.everyMs);
    };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/access-log.js


const FLUSHES = { burst: 8, everyMs: 20 };
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** Writes to an inherited descriptor: the worker may not open files. */
function writeToDescriptor(fd) {
    return (bytes, done) => (0,external_node_fs_.write)(fd, bytes, 0, bytes.length, null, done);
}
/**
 * Buffered JSON lines: one system call for many requests, and a slow or full disk delays nobody. Beyond the buffer, lines are
 * counted as lost instead of held. Once there is room again a `log-incomplete` line says how many are missing, for whoever has
 * nothing but the log.
 */
function createAccessLog(writeBytes, effects = {}) {
    return new BufferedLog(writeBytes, effects);
}
class BufferedLog {
    #writeBytes;
    #effects;
    #plan = createThrottle(FLUSHES, () => void this.flush());
    #lines = [];
    /** Characters of all lines that are not written yet, also of those that a slow disk is busy with. */
    #size = 0;
    #lost = 0;
    /** Of the lost ones: those that no line of the log has told of. */
    #untold = 0;
    #hasFailed = false;
    #isTorn = false;
    #writing;
    constructor(writeBytes, effects) {
        this.#writeBytes = writeBytes;
        this.#effects = effects;
    }
    get lost() {
        return this.#lost;
    }
    append(event) {
        const text = JSON.stringify(event);
        const line = `${text}\n`;
        if (this.#size + line.length > MAX_BUFFERED_BYTES)
            this.#lose(1);
        else {
            this.#lines.push(line);
            this.#size += line.length;
            this.#plan();
        }
        return text;
    }
    flush() {
        const lines = this.#lines;
        this.#lines = [];
        if (lines.length > 0)
            this.#writing = (this.#writing ?? Promise.resolve()).then(() => this.#write(lines));
        return this.#writing ?? Promise.resolve();
    }
    #write(lines) {
        return new Promise((resolve) => {
            const text = lines.join('');
            const untold = this.#untold;
            // What was cut off stays a line of its own, so that only that one cannot be read.
            const before = Buffer.from(`${this.#isTorn ? '\n' : ''}${this.#renderGap(untold)}`);
            const bytes = Buffer.concat([before, Buffer.from(text)]);
            this.#writeBytes(bytes, (error, written) => {
                const end = error === null ? written : 0;
                if (end >= before.length)
                    this.#untold -= untold;
                this.#lose(countLines(bytes.subarray(Math.max(end, before.length))));
                if (error !== null || written < bytes.length)
                    this.#noteFailure(error);
                if (end > 0)
                    this.#isTorn = bytes[end - 1] !== NEWLINE;
                this.#size -= text.length;
                resolve();
            });
        });
    }
    // A reader of the log counts a torn line himself: it is one that he cannot read.
    #renderGap(untold) {
        const lines = untold - (this.#isTorn ? 1 : 0);
        if (lines <= 0)
            return '';
        const time = this.#effects.now?.() ?? new Date().toISOString();
        const event = { kind: 'lifecycle', time, what: 'log-incomplete', lines };
        return `${JSON.stringify(event)}\n`;
    }
    #lose(lines) {
        this.#lost += lines;
        this.#untold += lines;
    }
    #noteFailure(error) {
        if (this.#hasFailed)
            return;
        this.#hasFailed = true;
        this.#effects.onFirstLoss?.(error?.code ?? 'ENOSPC');
    }
}
const NEWLINE = 0x0a;
function countLines(bytes) {
    let count = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1))
        count += 1;
    return count;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/credentials/source-client.js
/** @param send puts a message on the way to the supervisor */
function createSourceClient(send) {
    const waiting = new Map();
    const listeners = new Map();
    let last = 0;
    return {
        request: (request) => {
            last += 1;
            const id = last;
            return new Promise((resolve) => {
                waiting.set(id, resolve);
                send({ kind: 'source-request', id, request });
            });
        },
        onChanged: (provider, changed) => void listeners.set(provider, changed),
        onMessage: (message) => {
            if (message.kind === 'source-changed') {
                listeners.get(message.provider)?.();
                return;
            }
            waiting.get(message.id)?.(message.result);
            waiting.delete(message.id);
        },
    };
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

;// CONCATENATED MODULE: ./lib/core/credentials/aws-keys.js

const keysOf = new WeakMap();
/**
 * Keys that sign travel as one Secret in a spelling of their own, so that everything that holds, compares, redacts and forgets
 * credentials works on one type.
 */
function renderCredential(value) {
    if (value.kind === 'secret')
        return value.secret;
    const { accessKeyId, secretAccessKey, sessionToken } = value;
    const secret = new Secret(JSON.stringify([accessKeyId, secretAccessKey.reveal(), sessionToken?.reveal() ?? '']));
    keysOf.set(secret, value);
    return secret;
}
/**
 * The keys of a Secret made by {@link renderCredential}; undefined for every other secret. Known by the secret itself and never
 * read from its text: that is foreign, and a token spelled like keys would be sent nowhere.
 */
function findAwsKeys(secret) {
    const value = secret === null ? undefined : keysOf.get(secret);
    if (value === undefined)
        return undefined;
    const { accessKeyId, secretAccessKey, sessionToken } = value;
    const keys = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
    return sessionToken === undefined ? keys : { ...keys, sessionToken: sessionToken.reveal() };
}
const textsOf = new WeakMap();
/** Every text in a credential that must never be printed. Kept with the secret, because each request asks. */
function listSecretTexts(secret) {
    let texts = textsOf.get(secret);
    if (texts === undefined) {
        texts = deriveTexts(secret);
        textsOf.set(secret, texts);
    }
    return texts;
}
function deriveTexts(secret) {
    const keys = findAwsKeys(secret);
    return keys === undefined
        ? [secret.reveal()]
        : [keys.secretAccessKey, keys.sessionToken ?? ''].filter((each) => each !== '');
}

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

;// CONCATENATED MODULE: ./lib/sidecar/worker/live-redactor.js


/** Credentials that have been replaced are still looked for: an upstream may echo an old one for a while. */
const MOST_REMEMBERED = 32;
/** Begins with the secrets of the launch message, which are never forgotten. */
function createLiveRedactor(launchSecrets) {
    let remembered = [];
    let redact = createRedactor(launchSecrets);
    return {
        redact: (text) => redact(text),
        remember: (secret) => {
            remembered = [...remembered, ...listSecretTexts(secret)].slice(-MOST_REMEMBERED);
            redact = createRedactor([...launchSecrets, ...remembered]);
        },
    };
}
/**
 * The event without a secret in the name of its model. Client and upstream name the model, and either may put one there; cleaned
 * once, before figures, log and pages have it.
 */
function cleanModel(event, { redact }) {
    return event.model === undefined ? event : { ...event, model: redact(event.model) };
}

;// CONCATENATED MODULE: ./lib/core/credentials/refresh-rule.js
/** AWS never says 401: an ended session is one of these, told by the name of the exception. */
const AWS_RULES = [
    { status: 403, text: 'ExpiredToken' },
    { status: 400, text: 'ExpiredToken' },
];
/** The rules for a provider: those that are configured, and for Bedrock the spelling that AWS has for an ended session. */
function deriveRefreshRules(configured, dialect) {
    return dialect === 'bedrock' ? [...configured, ...AWS_RULES] : configured;
}
/** What applies where nothing is configured. */
const DEFAULT_REFRESH_POLICY = {
    onStatus: [{ status: 401 }],
    replayBufferBytes: 32 * 1024 * 1024,
};

;// CONCATENATED MODULE: ./lib/core/report.js
/** Upper bounds in milliseconds of the latency histogram; the last bucket is open. */
const LATENCY_BOUNDS_MS = [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000];

;// CONCATENATED MODULE: ./lib/core/report/create-report.js

/**
 * Room: report. Turns request events into the figures of a run, figures into text for /metrics, and the lines of the firewall's log into
 * the report and the digest of the firewall. Never knows: the clock, the network, where events and lines come from. Called by: the
 * worker (live), the supervisor (across worker restarts, and for the firewall), the action at its two ends.
 */
/** Models kept by name for each provider; the name is foreign text, so the rest counts as {@link OTHER_MODELS}. */
const MAX_MODELS = 50;
const OTHER_MODELS = 'other';
/** A report of nothing. */
function createReport() {
    return { providers: {}, refusals: {}, workerRestarts: 0, lostLogLines: 0 };
}
/**
 * Adds one request to the report, in place: it runs once for each request on the hot path, the figures live as long as the
 * process, and a copy of every table for every request would be garbage. Otherwise pure: the same events give the same report.
 */
function addRequest(report, event) {
    const figures = openFigures(report, event.provider);
    figures.requests += 1;
    if (event.outcome === 'refused')
        figures.refused += 1;
    if (isUpstreamError(event))
        figures.errors += 1;
    if (event.replayed !== undefined)
        figures.replayed += 1;
    figures.bytesIn += event.bytesIn;
    figures.bytesOut += event.bytesOut;
    increase(figures.statuses, String(event.status), 1);
    if (event.refusal !== undefined)
        increase(report.refusals, event.refusal, 1);
    if (event.tokens !== undefined)
        addTokens(figures, event.tokens);
    if (event.model !== undefined)
        addModel(figures, event.model, event.tokens);
    if (hasLatency(event))
        addLatency(figures, event.firstByteMs);
}
/** The figures of a provider within the report, created when there are none yet. */
function openFigures(report, provider) {
    const figures = report.providers[provider] ?? createFigures();
    report.providers[provider] = figures;
    return figures;
}
/** The row of a model, or the one of the rest once there are {@link MAX_MODELS}. */
function openModel(figures, name) {
    const { models } = figures;
    const isKept = Object.hasOwn(models, name) || Object.keys(models).length < MAX_MODELS;
    // Assigning to __proto__ would set no member but the prototype.
    const key = isKept && name !== '__proto__' ? name : OTHER_MODELS;
    const row = (Object.hasOwn(models, key) ? models[key] : undefined) ?? { requests: 0, input: 0, output: 0 };
    models[key] = row;
    return row;
}
/** Adds to a named count, creating it. */
function increase(counts, name, by) {
    counts[name] = (Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0) + by;
}
function createFigures() {
    return {
        requests: 0,
        errors: 0,
        refused: 0,
        replayed: 0,
        tokensInput: 0,
        tokensOutput: 0,
        tokensCached: 0,
        bytesIn: 0,
        bytesOut: 0,
        latency: new Array(LATENCY_BOUNDS_MS.length + 1).fill(0),
        latencySumMs: 0,
        statuses: {},
        models: {},
    };
}
function isUpstreamError(event) {
    switch (event.outcome) {
        case 'upstream-cut':
        case 'upstream-failed':
            return true;
        case 'complete':
        case 'client-aborted':
            return event.status >= 400;
        case 'refused':
            return false;
    }
}
// A refusal is answered at once and would make the upstream look fast; without a status there was no first byte.
function hasLatency(event) {
    return event.outcome !== 'refused' && event.status > 0;
}
function addTokens(figures, tokens) {
    figures.tokensInput += tokens.input;
    figures.tokensOutput += tokens.output;
    figures.tokensCached += tokens.cached;
}
function addModel(figures, name, tokens) {
    const row = openModel(figures, name);
    row.requests += 1;
    row.input += tokens?.input ?? 0;
    row.output += tokens?.output ?? 0;
}
function addLatency(figures, ms) {
    const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound);
    const index = bucket === -1 ? LATENCY_BOUNDS_MS.length : bucket;
    figures.latency[index] = (figures.latency[index] ?? 0) + 1;
    figures.latencySumMs += ms;
}

;// CONCATENATED MODULE: ./lib/core/run-token.js
/**
 * The per-run token that stands in the agent's environment where a key would stand. One random core of 36 characters, in two
 * spellings: `ghs_` for Copilot (other prefixes are skipped or cost the user's MCP servers: measured with copilot
 * 1.0.92 and 1.0.102) and a neutral one for everybody else (not `sk-ant-`: Claude Code 2.1.330 sends that to api.anthropic.com).
 */
const CORE = /^[A-Za-z0-9]{36}$/;
const TOKEN_PREFIXES = { copilot: 'ghs_', other: 'agentproxy-' };
/** Spells the tokens from 36 random alphanumeric characters. Throws RangeError on anything else. */
function deriveRunTokens(core) {
    if (!CORE.test(core))
        throw new RangeError('Cannot derive run tokens: the core is not 36 alphanumeric characters');
    return { copilot: TOKEN_PREFIXES.copilot + core, other: TOKEN_PREFIXES.other + core };
}
/** True for a value of this shape: our own placeholder given back as an input must be refused, not sent upstream. */
function looksLikeRunToken(text) {
    return text.startsWith(TOKEN_PREFIXES.other) && CORE.test(text.slice(TOKEN_PREFIXES.other.length));
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __nccwpck_require__(598);
;// CONCATENATED MODULE: ./lib/core/header-name.js
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Names come from strangers: beyond this many, and for long ones, each is looked at anew. */
const MOST_KNOWN = 1024;
const LONGEST_KNOWN = 64;
const known = new Map();
/** @returns undefined when the text is no token, and so no name. */
function readHeaderName(text) {
    const found = known.get(text);
    if (found !== undefined)
        return found;
    if (!TOKEN.test(text))
        return undefined;
    if (known.size >= MOST_KNOWN || text.length > LONGEST_KNOWN)
        return { text, lower: text.toLowerCase() };
    // Through a buffer of characters: a part of a longer text would keep all of it.
    const copy = [...text].join('');
    const name = { text: copy, lower: copy.toLowerCase() };
    known.set(copy, name);
    return name;
}
/** Lower case of a header's name, whether or not it is a valid one. */
function lowerName(text) {
    return (known.get(text) ?? readHeaderName(text))?.lower ?? text.toLowerCase();
}

;// CONCATENATED MODULE: ./lib/core/credential-headers.js

/**
 * Where a client may put a credential. All of these are removed before the one real credential is set, on HTTP requests and on
 * upgrades: some SDKs send a key in another header than the upstream expects (measured: @anthropic-ai/sdk 1.12 uses Bearer), and
 * a placeholder left in a second header would reach the upstream beside the real key.
 */
const CREDENTIAL_HEADERS = new Set([
    'authorization',
    'x-api-key',
    'api-key',
    'x-goog-api-key',
    'ocp-apim-subscription-key',
    'proxy-authorization',
    'cookie',
]);
const CREDENTIAL_PARAMETERS = new Set([
    'key',
    'api_key',
    'api-key',
    'apikey',
    'access_token',
    'subscription-key',
]);
/** What a client presented as its credential: nothing, or the bare values it sent (schemes removed). */
function readPresentedCredentials(rawHeaders, target) {
    const values = [];
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
        const name = lowerName(rawHeaders[index] ?? '');
        if (!CREDENTIAL_HEADERS.has(name) || name === 'cookie' || name === 'proxy-authorization')
            continue;
        const value = stripScheme(rawHeaders[index + 1] ?? '');
        if (value !== '')
            values.push(value);
    }
    return target.includes('?') ? values.concat(readCredentialParameters(target)) : values;
}
/** Removes credential parameters from a request target; every other byte of the query stays as it was. */
function stripCredentialParameters(target) {
    const mark = target.indexOf('?');
    if (mark < 0)
        return target;
    const kept = target
        .slice(mark + 1)
        .split('&')
        .filter((part) => !isCredentialParameter(part))
        .join('&');
    return kept === '' ? target.slice(0, mark) : `${target.slice(0, mark)}?${kept}`;
}
function readCredentialParameters(target) {
    const query = target.slice(target.indexOf('?') + 1);
    return query
        .split('&')
        .filter(isCredentialParameter)
        .map((part) => decode(part.slice(part.indexOf('=') + 1)))
        .filter((value) => value !== '');
}
function isCredentialParameter(part) {
    const name = part.split('=', 1)[0] ?? '';
    return CREDENTIAL_PARAMETERS.has(decode(name).toLowerCase());
}
function stripScheme(value) {
    return value.replace(/^(bearer|token)(\s+|$)/i, '').trim();
}
function decode(text) {
    try {
        return decodeURIComponent(text);
    }
    catch {
        return text;
    }
}

;// CONCATENATED MODULE: ./lib/core/hostname.js
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;
/**
 * Parses a bare host name or IP literal (IPv6 with or without brackets).
 * @returns the Hostname, or undefined when the text is not exactly one host name.
 */
function parseHostname(text) {
    const lower = text.toLowerCase();
    const bare = lower.endsWith('.') ? lower.slice(0, -1) : lower;
    if (bare.length === 0 || bare.length > 253)
        return undefined;
    const literal = bare.startsWith('[') && bare.endsWith(']') ? bare.slice(1, -1) : bare;
    if (literal.includes(':'))
        return isIpv6(literal) ? literal : undefined;
    const labels = bare.split('.');
    if (!labels.every((label) => LABEL.test(label)))
        return undefined;
    return isNumericName(labels) && !isIpv4(labels) ? undefined : bare;
}
/** True for 127.0.0.0/8, ::1 and localhost. */
function isLoopback(hostname) {
    return hostname === 'localhost' || hostname === '::1' || (/^127\./.test(hostname) && isIpv4(hostname.split('.')));
}
/** True when `hostname` is a strict sub-name of `parent`: label-wise, never a bare suffix (evilghe.com is not under ghe.com). */
function isSubdomainOf(hostname, parent) {
    return hostname.length > parent.length + 1 && hostname.endsWith(`.${parent}`);
}
/** True for an IPv4 or IPv6 literal. */
function isIpLiteral(hostname) {
    return hostname.includes(':') || isIpv4(hostname.split('.'));
}
/** The name as it stands in a URL or Host header: IPv6 gets its brackets back. */
function renderHost(hostname) {
    return hostname.includes(':') ? `[${hostname}]` : hostname;
}
function isIpv4(labels) {
    return labels.length === 4 && labels.every((label) => /^(0|[1-9]\d{0,2})$/.test(label) && Number(label) <= 255);
}
// WHATWG URL reads a name with a numeric last label as an IPv4 address (1.2.3, 0x7f.1): two readings, so refused.
function isNumericName(labels) {
    return /^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '');
}
function isIpv6(text) {
    if (!/^[0-9a-f:.]+$/.test(text))
        return false;
    return URL.canParse(`http://[${text}]/`);
}

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
function address_bytes_renderAddressBytes(bytes) {
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

;// CONCATENATED MODULE: ./lib/sidecar/worker/client-uid.js


/**
 * Finds out whose a client is by its own socket in `/proc/net/tcp` and `tcp6`. Linux only. The kernel walks through its table of all
 * connections for every reading, which takes milliseconds: it is read in the thread pool, requests that wait at the same
 * time share a reading, and it ends where the last of them is found. A reading under way is not joined: it may be past the line.
 */
function createUidFinder(readTable = readKernelTable) {
    let waiting = [];
    let isSearching = false;
    const search = async () => {
        while (waiting.length > 0) {
            const batch = waiting;
            waiting = [];
            for (const family of [4, 6])
                await searchTable(batch, family, readTable).catch(() => undefined);
            for (const one of batch)
                one.settle(one.socket.destroyed ? undefined : one.uid);
        }
        isSearching = false;
    };
    return (socket) => {
        const { promise, resolve } = Promise.withResolvers();
        waiting.push({ socket, ends: describeEnds(socket), uid: undefined, settle: resolve });
        // What is asked in one turn of the event loop is looked up together.
        if (!isSearching)
            setImmediate(() => void search());
        isSearching = true;
        return promise;
    };
}
function describeEnds({ remoteAddress, remotePort = 0, localAddress, localPort = 0 }) {
    if (remoteAddress === undefined || localAddress === undefined)
        return {};
    if (remoteAddress.includes(':') && !remoteAddress.startsWith('::ffff:')) {
        return { 6: [renderEndpoint(remoteAddress, remotePort), renderEndpoint(localAddress, localPort)] };
    }
    return {
        4: [renderEndpoint(remoteAddress, remotePort), renderEndpoint(localAddress, localPort)],
        // A client with one socket for both families stands in tcp6 with IPv4 addresses inside.
        6: [renderMappedEndpoint(remoteAddress, remotePort), renderMappedEndpoint(localAddress, localPort)],
    };
}
async function searchTable(batch, family, readTable) {
    let left = batch.filter(({ ends, uid }) => ends[family] !== undefined && uid === undefined);
    if (left.length === 0)
        return;
    for await (const piece of readTable(family)) {
        for (const one of left)
            one.uid = findUid(piece, one.ends[family]);
        left = left.filter(({ uid }) => uid === undefined);
        if (left.length === 0)
            return;
    }
}
/** A socket that nobody holds any more has the uid 0 in the table, whosever it was. */
function findUid(table, [client, server] = []) {
    const line = client === undefined || server === undefined ? undefined : findTcpLine(table, client, server);
    return line === undefined || line.inode === 0 || !Number.isInteger(line.uid) ? undefined : line.uid;
}
const PIECE_BYTES = 64 * 1024;
/** Not Linux, or no IPv6: the stream fails, and nobody is found. */
function readKernelTable(family) {
    const path = family === 4 ? '/proc/net/tcp' : '/proc/net/tcp6';
    return (0,external_node_fs_.createReadStream)(path, { encoding: 'latin1', highWaterMark: PIECE_BYTES });
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/is-local-host.js

/**
 * Whether a Host header names this machine: loopback, or the very address that the connection came in at. A web page that had its name
 * rebound to our address sends that name. Fails closed for what is absent or no host.
 */
function isLocalHost(host, { localAddress }) {
    const name = parseHostname((host ?? '').replace(/:\d+$/, ''));
    return name !== undefined && (isLoopback(name) || name === localAddress);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/client-guard.js





/** Makes the guard of a worker. It remembers whose a connection is for as long as that lives. */
function createClientGuard(options) {
    const isToken = createTokenCheck(options.tokens);
    const findUid = options.findUid ?? createUidFinder();
    const known = new WeakMap();
    const judge = async (socket) => {
        const code = (await findUid(socket)) === options.runnerUid ? undefined : 'client_token_missing';
        known.set(socket, code);
        return code;
    };
    const judgeOnce = (socket) => {
        if (known.has(socket))
            return known.get(socket);
        const judging = judge(socket);
        known.set(socket, judging);
        return judging;
    };
    return (request, provider) => {
        const presented = readPresentedCredentials(request.head.headers, request.head.target);
        if (presented.some(isToken))
            return undefined;
        if (isFromWebPage(request))
            return 'foreign_origin';
        if (options.clientAuth === 'none')
            return undefined;
        if (presented.length > 0)
            return 'client_token_invalid';
        if (options.clientAuth === 'token' || provider === 'copilot')
            return 'client_token_missing';
        if (options.runnerUid === null || !isLoopbackPeer(request.socket))
            return 'client_token_missing';
        return judgeOnce(request.socket);
    };
}
function createTokenCheck(tokens) {
    const accepted = [Buffer.from(tokens.copilot), Buffer.from(tokens.other)];
    return (value) => {
        const given = Buffer.from(value);
        return accepted.some((token) => token.length === given.length && (0,external_node_crypto_.timingSafeEqual)(token, given));
    };
}
// A page in a browser of the same user could reach loopback too (also by DNS rebinding); no agent CLI sends these.
function isFromWebPage(request) {
    if (request.find('origin') !== undefined || request.find('sec-fetch-site') !== undefined)
        return true;
    return !isLocalHost(request.head.host, request.socket);
}
function isLoopbackPeer(socket) {
    const name = parseHostname((socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''));
    return name !== undefined && isLoopback(name);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/credentials/read-launch-secret.js
/** A secret that must be there. @throws when it is absent or blank: the last guard before sockets are opened. */
function readLaunchSecret(secrets, name) {
    const value = secrets[name];
    if (value === undefined || value.trim() === '')
        throw new Error(`The launch message lacks ${name}`);
    return value;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/credentials/create-source-context.js


/** Joins what a worker has into what its credentials need. Rotated secrets replace those of the launch from then on. */
function createSourceContext(options) {
    const { redactor, onLifecycle } = options;
    const rotated = new Map();
    return {
        validation: options.validation,
        sources: options.sources,
        renewed: new Map(),
        redact: redactor.redact,
        clock: { now: () => Date.now(), monotonic: () => performance.now() },
        readSecret: (name) => readLaunchSecret(options.secrets, name),
        findSecret: (name) => {
            const text = options.secrets[name];
            return rotated.get(name) ?? (text === undefined ? undefined : new Secret(text));
        },
        remember: redactor.remember,
        rotate: (name, secret) => {
            rotated.set(name, secret);
            redactor.remember(secret);
            options.onRotated(name, secret);
        },
        events: ({ id }) => ({
            onRenewed: () => onLifecycle('credential-renewed', { provider: id }),
            onFailed: (error) => {
                const detail = redactor.redact(error instanceof Error ? error.message : 'unknown');
                onLifecycle('credential-failed', { provider: id, detail });
            },
        }),
    };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/limits.js
/** Counts against the budgets of a run, beginning with what an earlier worker has used. */
function createLimits(settings) {
    const maxRequests = settings.maxRequests ?? Number.POSITIVE_INFINITY;
    const maxTokens = settings.maxTokens ?? Number.POSITIVE_INFINITY;
    let { requests, tokens } = settings.used;
    let inFlight = 0;
    let largest = 0;
    const add = (usage) => {
        const total = usage.input + usage.output;
        tokens += total;
        largest = Math.max(largest, total);
    };
    const checkTokens = (reserved) => tokens + reserved >= maxTokens ? 'token_limit_reached' : undefined;
    const exceeded = (reserved) => {
        if (requests >= maxRequests)
            return 'request_limit_reached';
        return checkTokens(reserved);
    };
    return {
        admit: () => {
            const refusal = exceeded(inFlight * largest);
            if (refusal !== undefined)
                return refusal;
            requests += 1;
            inFlight += 1;
            return undefined;
        },
        settle: (usage) => {
            inFlight -= 1;
            if (usage !== undefined)
                add(usage);
        },
        admitFurther: () => {
            const refusal = exceeded(0);
            if (refusal === undefined)
                requests += 1;
            return refusal;
        },
        book: (usage) => {
            add(usage);
            return checkTokens(0);
        },
        used: () => ({ requests, tokens }),
    };
}

// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __nccwpck_require__(67);
;// CONCATENATED MODULE: ./lib/core/providers/provider.js
const PROVIDER_IDS = ['openai', 'anthropic', 'copilot', 'gemini', 'vertex', 'byok'];

;// CONCATENATED MODULE: ./lib/core/report/render-metrics.js


/** Content type of {@link renderMetrics}. */
const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
/** Counters that are one field of a provider's figures. */
const PLAIN_COUNTERS = [
    {
        name: 'upstream_errors_total',
        field: 'errors',
        help: 'Upstream answers with status 400 or above, and upstream failures.',
    },
    { name: 'refused_requests_total', field: 'refused', help: 'Requests that the sidecar answered itself.' },
    { name: 'replayed_requests_total', field: 'replayed', help: 'Requests that a recovery sent a second time.' },
    { name: 'input_tokens_total', field: 'tokensInput', help: 'Input tokens, those read from a cache included.' },
    { name: 'cached_input_tokens_total', field: 'tokensCached', help: 'Input tokens that were read from a cache.' },
    { name: 'output_tokens_total', field: 'tokensOutput', help: 'Output tokens, thinking included.' },
    { name: 'request_bytes_total', field: 'bytesIn', help: 'Body bytes received from clients.' },
    { name: 'response_bytes_total', field: 'bytesOut', help: 'Body bytes sent to clients.' },
];
/** Renders the report in the Prometheus text format 0.0.4. Times are in seconds, as is the custom there. */
function renderMetrics(report, facts) {
    const entries = PROVIDER_IDS.flatMap((id) => {
        const figures = report.providers[id];
        return figures === undefined ? [] : [[id, figures]];
    });
    const families = [
        ...deriveProcessFamilies(report, facts),
        deriveRequests(entries),
        ...PLAIN_COUNTERS.map((row) => derivePlainCounter(row, entries)),
        deriveRefusals(report),
        ...deriveModels(entries),
        deriveLatency(entries),
    ];
    return families.map(renderFamily).join('');
}
function deriveProcessFamilies(report, facts) {
    const build = [
        ['version', facts.version],
        ['node', facts.nodeVersion],
    ];
    const single = (value, labels = []) => [{ labels, value }];
    return [
        { name: 'build_info', type: 'gauge', help: 'Always 1; the labels say what runs.', samples: single(1, build) },
        { name: 'ready', type: 'gauge', help: '1 while requests are served.', samples: single(facts.isReady ? 1 : 0) },
        {
            name: 'worker_restarts_total',
            type: 'counter',
            help: 'Times the worker process was started again.',
            samples: single(report.workerRestarts),
        },
        {
            name: 'lost_log_lines_total',
            type: 'counter',
            help: 'Access log lines that could not be written.',
            samples: single(report.lostLogLines),
        },
    ];
}
function deriveRequests(entries) {
    const samples = entries.flatMap(([provider, figures]) => [...sumByClass(figures.statuses)].map(([statusClass, value]) => ({
        labels: [
            ['provider', provider],
            ['status', statusClass],
        ],
        value,
    })));
    return {
        name: 'requests_total',
        type: 'counter',
        help: 'Requests by class of the status sent; none where the client was gone before.',
        samples,
    };
}
function sumByClass(statuses) {
    const sums = new Map();
    for (const [status, count] of Object.entries(statuses)) {
        const name = /^[1-5]\d\d$/.test(status) ? `${status[0]}xx` : 'none';
        sums.set(name, (sums.get(name) ?? 0) + count);
    }
    return sums;
}
function derivePlainCounter(row, entries) {
    const samples = entries.map(([provider, figures]) => ({
        labels: [['provider', provider]],
        value: figures[row.field],
    }));
    return { name: row.name, type: 'counter', help: row.help, samples };
}
function deriveRefusals(report) {
    const samples = Object.entries(report.refusals).map(([code, value]) => ({
        labels: [['refusal', code]],
        value,
    }));
    return { name: 'refusals_total', type: 'counter', help: 'Answers of the sidecar itself by refusal code.', samples };
}
function deriveModels(entries) {
    const rows = entries.flatMap(([provider, figures]) => Object.entries(figures.models).map(([model, counts]) => ({
        labels: [
            ['provider', provider],
            ['model', model],
        ],
        counts,
    })));
    const family = (name, field, help) => ({
        name,
        type: 'counter',
        help,
        samples: rows.map(({ labels, counts }) => ({ labels, value: counts[field] })),
    });
    return [
        family('model_requests_total', 'requests', 'Requests by model.'),
        family('model_input_tokens_total', 'input', 'Input tokens by model.'),
        family('model_output_tokens_total', 'output', 'Output tokens by model.'),
    ];
}
function deriveLatency(entries) {
    return {
        name: 'first_byte_seconds',
        type: 'histogram',
        help: 'Time from request head to the first byte of the answer, without refusals.',
        samples: entries.flatMap(([provider, figures]) => deriveBuckets([['provider', provider]], figures)),
    };
}
function deriveBuckets(labels, figures) {
    let count = 0;
    const buckets = figures.latency.map((added, index) => {
        count += added;
        const bound = LATENCY_BOUNDS_MS[index];
        const le = bound === undefined ? '+Inf' : String(bound / 1000);
        return { suffix: '_bucket', labels: [...labels, ['le', le]], value: count };
    });
    return [
        ...buckets,
        { suffix: '_sum', labels, value: figures.latencySumMs / 1000 },
        { suffix: '_count', labels, value: count },
    ];
}
function renderFamily(family) {
    const name = `agent_proxy_${family.name}`;
    const head = `# HELP ${name} ${family.help}\n# TYPE ${name} ${family.type}\n`;
    const lines = family.samples.map((sample) => `${name}${sample.suffix ?? ''}${renderLabels(sample.labels)} ${sample.value}\n`);
    return head + lines.join('');
}
function renderLabels(labels) {
    if (labels.length === 0)
        return '';
    return `{${labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')}}`;
}
function escapeLabel(value) {
    return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

;// CONCATENATED MODULE: ./lib/core/version.js
/** The product's version; a test holds it equal to package.json. */
const VERSION = '0.1.0';

;// CONCATENATED MODULE: ./lib/sidecar/ipc.js
/** What a stop may ask for at most; the supervisor waits that long for the worker, and not much longer. */
const LONGEST_DRAIN_MS = 30_000;

;// CONCATENATED MODULE: ./lib/sidecar/worker/management-server.js






const DEFAULT_DRAIN_MS = 2000;
/** Health, figures, the status page and the authenticated stop, on loopback only. */
function createManagementServer(options) {
    const server = (0,external_node_http_.createServer)({ requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 5000 });
    server.on('request', (request, response) => {
        request.on('error', () => undefined);
        request.resume();
        answer(options, request, response).catch(() => send(response, { status: 500, type: 'text/plain', body: '' }));
    });
    server.on('clientError', (_error, socket) => socket.destroy());
    server.on('connect', (_request, socket) => socket.destroy());
    server.emit('listening');
    return server;
}
async function answer(options, request, response) {
    // Figures and hosts are nobody's business who had a name of his rebound to this address.
    if (!isLocalHost(request.headers.host, request.socket))
        return send(response, json(403, { error: 'foreign host' }));
    // Not as a URL: //host would be read as an address, and its path as ours.
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const route = `${request.method} ${path}`;
    if (route === 'GET /health')
        return send(response, json(200, renderHealth(options)));
    if (route === 'GET /ready')
        return send(response, json(200, { ready: true }));
    if (route === 'GET /metrics')
        return send(response, metrics(options));
    if (request.method === 'GET' && options.status.answer(path, request, response))
        return;
    if (route !== 'GET /report' && route !== 'POST /stop')
        return send(response, json(404, { error: 'not found' }));
    if (!isAuthorized(request, options.controlToken))
        return send(response, json(401, { error: 'control token needed' }));
    if (route === 'GET /report')
        return send(response, json(200, { runId: options.runId, report: options.report() }));
    const wanted = Number(new URLSearchParams(query).get('drain-ms') ?? DEFAULT_DRAIN_MS);
    const drainMs = Number.isFinite(wanted) ? Math.min(Math.max(0, wanted), LONGEST_DRAIN_MS) : DEFAULT_DRAIN_MS;
    const report = await options.stop(drainMs);
    // A client that left during the drain has had its 'close' already.
    if (response.destroyed)
        options.onStopped();
    else
        response.once('close', options.onStopped);
    send(response, json(200, { runId: options.runId, report }));
}
function renderHealth(options) {
    return {
        status: 'ok',
        runId: options.runId,
        providers: options.checks().map(({ provider, verdict, routing, upstream }) => ({
            provider,
            verdict,
            routing,
            upstream: upstream.hostname,
            port: options.ports()?.providers[provider] ?? null,
        })),
    };
}
function metrics(options) {
    const facts = { isReady: options.ports() !== undefined, version: VERSION, nodeVersion: options.nodeVersion };
    return { status: 200, type: METRICS_CONTENT_TYPE, body: renderMetrics(options.report(), facts) };
}
function isAuthorized(request, controlToken) {
    const given = Buffer.from((request.headers.authorization ?? '').replace(/^Bearer /, ''));
    const wanted = Buffer.from(controlToken);
    return given.length === wanted.length && (0,external_node_crypto_.timingSafeEqual)(given, wanted);
}
function json(status, body) {
    return { status, type: 'application/json', body: JSON.stringify(body) };
}
function send(response, reply) {
    if (response.headersSent)
        return;
    response.writeHead(reply.status, {
        'content-type': reply.type,
        'content-length': Buffer.byteLength(reply.body),
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
    });
    response.end(reply.body);
}

;// CONCATENATED MODULE: ./lib/core/probes/probe.js
/** Bytes of a body that are read; what is longer is cut, the connection is closed. */
const PROBE_BODY_LIMIT = 256 * 1024;
/** How we name ourselves to upstreams. GitHub refuses requests without a user agent. */
const PROBE_USER_AGENT = 'setup-agent-proxy';

;// CONCATENATED MODULE: ./lib/core/probes/derive-probe.js

/** The integration id that Copilot's gateway accepts for every kind of GitHub token; unknown ids make it refuse the token. */
const DEFAULT_INTEGRATION_ID = 'copilot-developer-cli';
/** API version that Copilot CLI 1.0.102 sends on its listing (measured). */
const COPILOT_API_VERSION = '2026-08-01';
/** Since 2023 the only version of Anthropic's API; a request without it is refused. */
const ANTHROPIC_VERSION = '2023-06-01';
const none = () => [];
/**
 * Only listings: they are free, need no model name and change nothing.
 *
 * Vertex AI: publishers.models.list exists in v1beta1 alone and reads Google's public catalogue. Whether it takes an express-mode
 * API key could not be verified; where it does not, the answer is "API keys are not supported by this API", which the dictionary
 * reads as inconclusive, never as a bad key. The page is kept small because its entries are large.
 */
const PROBES = {
    openai: { path: () => '/models', headers: none },
    azure: { path: deriveAzurePath, headers: none },
    anthropic: {
        path: () => '/v1/models?limit=1000',
        headers: () => [['anthropic-version', ANTHROPIC_VERSION]],
    },
    gemini: { path: () => '/v1beta/models?pageSize=1000', headers: none },
    vertex: { path: () => '/v1beta1/publishers/google/models?pageSize=100', headers: none },
    bedrock: { path: () => '/foundation-models', headers: none },
    copilot: {
        path: () => '/models',
        headers: (provider) => [
            ['copilot-integration-id', provider.integrationId ?? DEFAULT_INTEGRATION_ID],
            ['editor-version', `${PROBE_USER_AGENT}/1`],
            ['x-github-api-version', COPILOT_API_VERSION],
        ],
    },
};
/**
 * The request that tells whether the credential of a provider works at the upstream that will be used.
 * @returns a listing request without credential; the caller adds the provider's credential and configured headers.
 */
function deriveProbe(provider) {
    const row = PROBES[deriveProbeKind(provider)];
    return {
        method: 'GET',
        upstream: deriveProbeUpstream(provider),
        path: row.path(provider.upstream.basePath),
        headers: [['accept', 'application/json'], ['user-agent', PROBE_USER_AGENT], ...row.headers(provider)],
    };
}
/** Which listing a provider has: its own, and for byok the one of its dialect. */
function deriveProbeKind(provider) {
    if (provider.id !== 'byok')
        return provider.id;
    return provider.dialect === 'google' ? 'gemini' : provider.dialect;
}
// Amazon Bedrock lists its models at the control plane of the region, which takes the same keys and the same signatures.
function deriveProbeUpstream({ dialect, upstream }) {
    const [, rest] = /^bedrock-runtime((?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?)$/.exec(upstream.hostname) ?? [];
    return dialect !== 'bedrock' || rest === undefined
        ? upstream
        : { ...upstream, hostname: `bedrock${rest}`, basePath: '' };
}
// Azure users give the resource, the resource with /openai, or the whole v1 base; all three are in Microsoft's examples.
function deriveAzurePath(basePath) {
    if (/\/openai\/v1$/i.test(basePath))
        return '/models';
    return /\/openai$/i.test(basePath) ? '/v1/models' : '/openai/v1/models';
}

;// CONCATENATED MODULE: ./lib/core/upstream-headers.js


const HOP_BY_HOP = new Set([
    'connection',
    'keep-alive',
    'proxy-connection',
    'proxy-authenticate',
    'proxy-authorization',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'http2-settings',
]);
// Host and Expect are the sidecar's business; forwarding headers would only describe loopback.
const REPLACED = new Set(['host', 'expect', 'forwarded', 'via', 'x-real-ip']);
const FORWARDING_PREFIX = 'x-forwarded-';
/**
 * Request headers on their way upstream: copied, stripped, then exactly one credential is set. The order matters: headers named
 * by `Connection` go before the credential is added, or a client could have the credential itself stripped.
 * @param rawHeaders the client's headers, flat name/value list as Node gives it; never changed.
 * @returns a new flat list, without Host.
 */
function deriveUpstreamHeaders(rawHeaders, injection) {
    const listed = readConnectionNames(rawHeaders);
    const headers = [];
    const seen = new Set();
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
        const name = rawHeaders[index] ?? '';
        const lower = lowerName(name);
        if (listed?.has(lower) === true || isStripped(lower, injection))
            continue;
        seen.add(lower);
        headers.push(name, rawHeaders[index + 1] ?? '');
    }
    for (const [name, value] of injection.defaults)
        if (!seen.has(name))
            headers.push(name, value);
    for (const [name, value] of injection.extra)
        headers.push(name, value);
    if (injection.beta !== undefined)
        headers.push('anthropic-beta', mergeBeta(rawHeaders, injection.beta));
    if (injection.credential !== undefined)
        headers.push(injection.credential[0], injection.credential[1]);
    return headers;
}
/** Header and value that carry a credential in the given dialect. `authHeader` is the user's `provider-auth-header`. */
function deriveCredentialHeader(dialect, secret, options = {}) {
    if (options.authHeader !== undefined) {
        return [options.authHeader, options.authHeader === 'authorization' ? `Bearer ${secret}` : secret];
    }
    switch (dialect) {
        // A Bedrock API key. Requests with keys of AWS are signed instead.
        case 'openai':
        case 'bedrock':
            return ['authorization', `Bearer ${secret}`];
        case 'copilot':
            return ['authorization', `${options.scheme === 'token' ? 'token' : 'Bearer'} ${secret}`];
        case 'azure':
            return isAccessToken(secret) ? ['authorization', `Bearer ${secret}`] : ['api-key', secret];
        case 'google':
            return isAccessToken(secret) ? ['authorization', `Bearer ${secret}`] : ['x-goog-api-key', secret];
        case 'anthropic':
            return isAnthropicOauth(secret) ? ['authorization', `Bearer ${secret}`] : ['x-api-key', secret];
    }
}
/**
 * True for a JWT or a Google access token. A program or a file may give either kind of credential, and only a key goes into a
 * header for keys.
 */
function isAccessToken(secret) {
    return secret.startsWith('ya29.') || /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(secret);
}
/** `sk-ant-oat…` tokens are Bearer credentials and need this beta (measured with the vendor's SDK). */
const ANTHROPIC_OAUTH_BETA = 'oauth-2025-04-20';
/** True for Anthropic's OAuth access tokens. */
function isAnthropicOauth(secret) {
    return secret.startsWith('sk-ant-oat');
}
/**
 * Response headers on their way to the client: hop-by-hop removed, everything else untouched.
 * @param rawHeaders flat name/value list; never changed.
 */
function deriveClientHeaders(rawHeaders) {
    const listed = readConnectionNames(rawHeaders);
    const flat = [];
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
        const name = rawHeaders[index] ?? '';
        const lower = lowerName(name);
        if (HOP_BY_HOP.has(lower) || listed?.has(lower) === true)
            continue;
        flat.push(lower, rawHeaders[index + 1] ?? '');
    }
    return flat;
}
function isStripped(lower, injection) {
    if (HOP_BY_HOP.has(lower) || REPLACED.has(lower) || lower.startsWith(FORWARDING_PREFIX))
        return true;
    if (injection.keepsClientCredential !== true && CREDENTIAL_HEADERS.has(lower))
        return true;
    return isReplacedByConfiguration(lower, injection);
}
function isReplacedByConfiguration(lower, injection) {
    if (lower === injection.credential?.[0])
        return true;
    if (lower === 'anthropic-beta' && injection.beta !== undefined)
        return true;
    return injection.extra.length > 0 && injection.extra.some(([name]) => name === lower);
}
function readConnectionNames(rawHeaders) {
    let names;
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
        const name = rawHeaders[index] ?? '';
        if (name.length !== 10 || lowerName(name) !== 'connection')
            continue;
        names = new Set([...(names ?? []), ...parseList(rawHeaders[index + 1] ?? '')]);
    }
    return names;
}
// Blanks and tabs only: 0xa0 is white space to JavaScript and a character to every parser of HTTP.
function parseList(value) {
    return new Set(value.split(',').map((name) => name.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase()));
}
function mergeBeta(rawHeaders, beta) {
    const values = [];
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
        if (rawHeaders[index]?.toLowerCase() === 'anthropic-beta') {
            values.push(...(rawHeaders[index + 1] ?? '').split(',').map((value) => value.trim()));
        }
    }
    return [...new Set([...values.filter((value) => value !== ''), beta])].join(',');
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/echo-needles.js


/** A shorter text is no secret worth the damage of overwriting what merely looks like it. */
const SHORTEST_SECRET = 8;
const MASK = '*'.charCodeAt(0);
/** Longest window of the search: its table holds distances in one byte each. */
const LONGEST_WINDOW = 256;
const TABLE_SIZE = 4096;
/** What {@link EchoNeedles.matchAt} says where a spelling begins that the bytes do not hold to its end. */
const OPEN = -1;
/**
 * Everything to look for in the answers of one upstream: the texts that it was lent, in every spelling. Prepared once for each
 * credential, because every answer is searched. The search is Wu and Manber's: two bytes tell how far no spelling can end, so
 * most bytes are never looked at, however many spellings there are.
 */
class EchoNeedles {
    #texts;
    #byFirst;
    #window;
    #skips = new Uint8Array(TABLE_SIZE);
    /** @returns undefined where there is nothing to look for. */
    static create(secrets) {
        const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
        return long.length === 0 ? undefined : new EchoNeedles(long);
    }
    constructor(secrets) {
        const all = secrets.flatMap((secret) => [...deriveTextSpellings(secret), ...deriveByteSpellings(secret)]);
        // The longest first: one may be the beginning of another.
        this.#texts = [...new Set(all)].sort((left, right) => right.length - left.length);
        const needles = this.#texts.map((text) => Buffer.from(text));
        this.#window = Math.min(LONGEST_WINDOW, ...needles.map(({ length }) => length));
        this.#byFirst = groupByFirst(needles);
        this.#skips.fill(this.#window - 1);
        for (const needle of needles)
            this.#noteSkips(needle);
    }
    #noteSkips(needle) {
        for (let index = 1; index < this.#window; index += 1) {
            const place = toPlace(needle[index - 1] ?? 0, needle[index] ?? 0);
            this.#skips[place] = Math.min(this.#skips[place] ?? 0, this.#window - 1 - index);
        }
    }
    /**
     * Overwrites every spelling in the bytes, in place and length.
     * @returns where the end of the bytes begins to look like a beginning; their length when it does not. Nothing behind that
     * place has been searched.
     */
    overwrite(bytes) {
        const window = this.#window;
        const { length } = bytes;
        let last = window - 1;
        while (last < length) {
            const skip = this.#skips[toPlace(bytes[last - 1] ?? 0, bytes[last] ?? 0)] ?? 0;
            if (skip > 0) {
                last += skip;
                continue;
            }
            const start = last - window + 1;
            const found = this.#matchAt(bytes, start);
            if (found === OPEN)
                return start;
            if (found > 0)
                bytes.fill(MASK, start, start + found);
            last += found > 0 ? found : 1;
        }
        for (let start = last - window + 1; start < length; start += 1) {
            if (this.#matchAt(bytes, start) === OPEN)
                return start;
        }
        return length;
    }
    /** Length of the spelling that begins there, 0 for none. */
    #matchAt(bytes, start) {
        const candidates = this.#byFirst[bytes[start] ?? 0];
        if (candidates === undefined)
            return 0;
        const available = bytes.length - start;
        let isOpen = false;
        for (const needle of candidates) {
            const common = Math.min(needle.length, available);
            // Two bytes are compared here, because the call below costs more than a whole skip.
            if (common > 1 && bytes[start + 1] !== needle[1])
                continue;
            if (bytes.compare(needle, 0, common, start, start + common) !== 0)
                continue;
            if (common === needle.length)
                return common;
            isOpen = true;
        }
        return isOpen ? OPEN : 0;
    }
    /** The text without any spelling in it. */
    clean(text) {
        // Most headers are shorter than any key.
        if (text.length < this.#window)
            return text;
        let cleaned = text;
        for (const each of this.#texts)
            if (cleaned.includes(each))
                cleaned = cleaned.replaceAll(each, REDACTED);
        return cleaned;
    }
    /** A flat header list without any spelling in its values; a header whose name has one is left out. */
    cleanHeaders(flat) {
        const cleaned = [];
        for (let index = 0; index + 1 < flat.length; index += 2) {
            const name = flat[index] ?? '';
            if (this.clean(name) === name)
                cleaned.push(name, this.clean(flat[index + 1] ?? ''));
        }
        return cleaned;
    }
}
function toPlace(left, right) {
    return ((left << 4) ^ right) & (TABLE_SIZE - 1);
}
function groupByFirst(needles) {
    const groups = Array.from({ length: 256 }, () => undefined);
    for (const needle of needles) {
        const first = needle[0] ?? 0;
        groups[first] = [...(groups[first] ?? []), needle];
    }
    return groups;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/provider-runtime.js




/** An upstream may echo what it is sent; in plain bytes that is found without unpacking. */
const READABLE = [['accept-encoding', 'identity']];
/** Values of `provider-headers` are secrets, but a version or a name in one must not be overwritten wherever it stands. */
const KEY_LIKE = /^[\w.~+/=:-]{20,}$/;
const SCHEME = /^(?:bearer|basic|token)\s+/i;
/** What the request path needs to know of one provider: where to, with what. */
class ProviderRuntime {
    config;
    credential;
    rest;
    #check;
    #parts;
    #cached;
    #plain;
    #needlesOf = new WeakMap();
    #plainNeedles;
    constructor(parts) {
        this.config = parts.config;
        this.credential = parts.credential;
        this.rest = parts.rest;
        this.#check = parts.check;
        this.#parts = parts;
        const keepsClientCredential = parts.check.routing === 'passthrough';
        this.#plainNeedles = EchoNeedles.create(this.#listExtraTexts());
        const readable = this.#plainNeedles === undefined ? [] : READABLE;
        this.#plain = { extra: [...parts.extraHeaders, ...readable], defaults: [], keepsClientCredential };
        this.#prepareNeedles();
    }
    /** True when the credential can be another one after a refusal, so that replaying a request makes sense. */
    get isRenewed() {
        const { kind } = this.config.credential;
        return (kind !== 'static' && kind !== 'none') || this.#check.routing === 'exchange';
    }
    /** True when requests may have to be signed: their bodies are held whole. */
    get isSigning() {
        return this.config.dialect === 'bedrock' && this.isRenewed;
    }
    /** False when the user switched replays off (`replay-buffer: 0`). */
    get mayReplay() {
        return this.#parts.replayBufferBytes > 0;
    }
    get bodyRules() {
        return { keepBytes: this.isRenewed ? this.#parts.replayBufferBytes : 0, mustHold: this.isSigning };
    }
    /** Region that a signature holds for: the configured one, else the one in the upstream's name. */
    get region() {
        const { credential, upstream } = this.config;
        if (credential.kind === 'aws')
            return credential.region;
        return this.config.awsRegion ?? /\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\./.exec(upstream.hostname)?.[1] ?? 'unknown';
    }
    get check() {
        return this.#check;
    }
    /** Moves the upstream after a re-discovery. */
    adopt(check) {
        this.#check = check;
        this.#cached = undefined;
    }
    upstream(to) {
        return to === 'rest' ? this.rest : this.#check.upstream;
    }
    credentialFor(to) {
        return to === 'rest' ? this.#parts.restCredential : this.credential;
    }
    /** Headers for a request with this secret; null where none is injected. */
    injection(secret, to) {
        if (secret === null)
            return this.#plain;
        if (to === 'rest')
            return { extra: READABLE, defaults: [], credential: ['authorization', `Bearer ${secret.reveal()}`] };
        if (this.#cached?.secret !== secret)
            this.#cached = { secret, injection: this.#derive(secret) };
        return this.#cached.injection;
    }
    // Before anybody waits: the first request shall not pay for it.
    #prepareNeedles() {
        const secret = this.credential?.current();
        if (secret !== undefined && !(secret instanceof Promise))
            this.needles(secret, 'api');
        // A credential that cannot be had is the affair of the request that needs it.
        else
            secret?.catch(() => undefined);
    }
    /** What to look for in the answers to requests with this secret; undefined where the upstream is lent nothing. */
    needles(secret, to) {
        if (secret === null)
            return this.#plainNeedles;
        let needles = this.#needlesOf.get(secret);
        if (needles === undefined) {
            const texts = listSecretTexts(secret);
            const extra = this.#listExtraTexts();
            const rest = EchoNeedles.create(texts);
            needles = { api: extra.length === 0 ? rest : EchoNeedles.create([...texts, ...extra]), rest };
            this.#needlesOf.set(secret, needles);
        }
        return needles[to];
    }
    #derive(secret) {
        const { config } = this;
        const value = secret.reveal();
        const { authHeader } = config;
        // Keys of AWS sign a request; in a header they would be given away.
        const isKeys = findAwsKeys(secret) !== undefined;
        const scheme = this.#check.scheme;
        const credential = isKeys ? undefined : deriveCredentialHeader(config.dialect, value, { authHeader, scheme });
        const isOauth = config.dialect === 'anthropic' && isAnthropicOauth(value);
        return {
            ...(credential === undefined ? {} : { credential }),
            extra: [...this.#parts.extraHeaders, ...READABLE],
            defaults: config.dialect === 'copilot' ? [['copilot-integration-id', this.#integrationId()]] : [],
            ...(isOauth ? { beta: ANTHROPIC_OAUTH_BETA } : {}),
        };
    }
    #listExtraTexts() {
        return this.#parts.extraHeaders.map(([, value]) => value.replace(SCHEME, '')).filter((text) => KEY_LIKE.test(text));
    }
    #integrationId() {
        return this.config.integrationId ?? DEFAULT_INTEGRATION_ID;
    }
}

;// CONCATENATED MODULE: ./lib/core/refusals.js
const REFUSALS = {
    client_token_missing: {
        class: 'final',
        sentence: 'The request carried no credential of this run. Use the variables that setup-agent-proxy exported, from the same job and user.',
    },
    client_token_invalid: {
        class: 'final',
        sentence: 'The request carried a credential that is not the token of this run. Remove keys of your own from the agent step; setup-agent-proxy injects the real one.',
    },
    path_not_lent: {
        class: 'hidden',
        sentence: 'The Copilot credential is lent for inference only; this path is not among those a Copilot client needs.',
    },
    mcp_not_lent: {
        class: 'hidden',
        sentence: 'GitHub MCP and agent endpoints are off. Set copilot-mcp: allow to lend the credential for them too.',
    },
    request_limit_reached: {
        class: 'limit',
        sentence: 'The run has used all requests that max-requests allows.',
    },
    token_limit_reached: {
        class: 'limit',
        sentence: 'The run has used all tokens that max-tokens allows.',
    },
    bad_request_target: {
        class: 'malformed',
        sentence: 'The request target is not a path. This is an API sidecar, not a forward proxy: add 127.0.0.1 and localhost to NO_PROXY.',
    },
    method_not_forwarded: {
        class: 'malformed',
        sentence: 'TRACE is not forwarded: its answer repeats the request, and with it the credential.',
    },
    malformed_request: { class: 'malformed', sentence: 'The request is not valid HTTP/1.1.' },
    body_too_large_to_sign: {
        class: 'malformed',
        sentence: 'The request has to be signed as a whole and is larger than replay-buffer allows.',
    },
    foreign_origin: {
        class: 'final',
        sentence: 'Requests without the token of this run must come from a command-line client on this machine, not from a web page.',
    },
    upgrade_unsupported: {
        class: 'upgrade',
        sentence: 'This upgrade is not a WebSocket. Use plain HTTP.',
    },
    credential_unavailable: {
        class: 'later',
        sentence: 'The credential could not be obtained or renewed; the log of the sidecar says why.',
    },
    sidecar_stopping: { class: 'later', sentence: 'The sidecar is stopping because the job is over.' },
    upstream_unreachable: { class: 'gateway', sentence: 'The upstream could not be reached.' },
    upstream_tls: {
        class: 'gateway',
        sentence: 'The TLS certificate of the upstream is not trusted. Give the inspecting proxy’s CA as ca-bundle.',
    },
    upstream_proxy_refused: {
        class: 'gateway',
        sentence: 'The corporate proxy refused the connection. The answer comes from the proxy, not from the provider.',
    },
    upstream_reset: { class: 'gateway', sentence: 'The upstream ended the connection before it answered.' },
    upstream_encoding: {
        class: 'gateway',
        sentence: 'The upstream compressed its answer although it was asked not to, and in a way that cannot be undone here, so that it could not be searched for the credential.',
    },
    upstream_timeout: {
        class: 'timeout',
        sentence: 'The upstream sent nothing for as long as stream-idle-timeout allows.',
    },
};
/** Header that every answer of the sidecar's own carries; its value is the refusal code. */
const REFUSAL_HEADER = 'x-agent-proxy-refusal';
const COMMON = {
    final: 403,
    limit: 403,
    hidden: 404,
    malformed: 400,
    upgrade: 426,
    later: 503,
    gateway: 502,
    timeout: 504,
};
// codex ends at once on 400 and repeats 403 for 6–13 s; Copilot hides the text of 403 and hangs on 429, but shows 400 and 402.
const STATUS = {
    openai: { ...COMMON, final: 400, limit: 400 },
    azure: { ...COMMON, final: 400, limit: 400 },
    copilot: { ...COMMON, final: 400, limit: 402 },
    anthropic: COMMON,
    google: COMMON,
    bedrock: COMMON,
};
/** Renders a refusal in the error envelope of the provider whose client will read it. */
function renderRefusal(code, dialect, extra = {}) {
    const row = REFUSALS[code];
    const status = STATUS[dialect][row.class];
    const message = `setup-agent-proxy: ${row.sentence}${extra.detail === undefined ? '' : ` (${extra.detail})`}`;
    const headers = ['content-type', 'application/json', REFUSAL_HEADER, code];
    if (row.class === 'later')
        headers.push('retry-after', String(extra.retryAfter ?? 1));
    else if (row.class !== 'gateway' && row.class !== 'timeout')
        headers.push('x-should-retry', 'false');
    return { status, headers, body: JSON.stringify(renderEnvelope({ dialect, code, message, status })) };
}
function renderEnvelope({ dialect, code, message, status }) {
    switch (dialect) {
        case 'anthropic':
            return { type: 'error', error: { type: `proxy_${code}`, message } };
        case 'google':
            return { error: { code: status, message, status: `PROXY_${code.toUpperCase()}` } };
        // Clients of AWS read the member `message`; the kind of the error stands in the refusal header.
        case 'bedrock':
            return { message };
        case 'openai':
        case 'azure':
        case 'copilot':
            return { error: { message, type: 'proxy_error', code: `proxy_${code}`, param: null } };
    }
}

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
;// CONCATENATED MODULE: ./lib/sidecar/worker/wire/read-buffer.js
/**
 * Memory that sockets are read into. Node gives each read 64 KiB of its own, outside of V8's heap, where the collector does not
 * see it: large bodies leave hundreds of megabytes of it behind. Here reads that are small share one buffer, large ones have a
 * buffer of their own that is used again as soon as what lies in it has been written.
 */
const READ_BYTES = 64 * 1024;
/** TLS gives out one record at a time. */
const RECORD_BYTES = 16 * 1024;
/** A socket that brings this much at once gets a buffer of its own. */
const LARGE = 16 * 1024;
/** It gives it back when a read is smaller than this. */
const SMALL = 4 * 1024;
const MOST_FREE = 64;
const owners = new WeakMap();
const free = new Map([
    [READ_BYTES, []],
    [RECORD_BYTES, []],
]);
/** One piece of that memory, and who still needs what lies in it. */
class ReadBuffer {
    bytes;
    isShared;
    #writes = 0;
    #isRead = true;
    constructor(size, isShared) {
        this.bytes = Buffer.allocUnsafeSlow(size);
        this.isShared = isShared;
        owners.set(this.bytes.buffer, this);
    }
    /** The buffer after a read of so many bytes has been dealt with: the same one, where it can be used again at once. */
    after(count, size) {
        if (this.isShared)
            return count < LARGE ? this : takeFree(size);
        if (count >= SMALL && this.#writes === 0)
            return this;
        this.giveBack();
        return count < SMALL ? shared : takeFree(size);
    }
    /** Nobody reads into it any more. */
    giveBack() {
        this.#isRead = false;
        if (this.#writes === 0)
            this.#free();
    }
    /** Its bytes are being written; until the result is called they must stay as they are. */
    lend() {
        this.#writes += 1;
        let isBack = false;
        return () => {
            if (isBack)
                return;
            isBack = true;
            this.#writes -= 1;
            if (this.#writes === 0 && !this.#isRead)
                this.#free();
        };
    }
    claim() {
        this.#isRead = true;
        return this;
    }
    #free() {
        const list = free.get(this.bytes.length);
        if (!this.isShared && list !== undefined && list.length < MOST_FREE)
            list.push(this);
    }
}
const shared = new ReadBuffer(READ_BYTES, true);
function takeFree(size) {
    return free.get(size)?.pop()?.claim() ?? new ReadBuffer(size, false);
}
/** Where every socket begins. */
function takeShared() {
    return shared;
}
/** The read buffer in which these bytes lie; undefined when their memory is their own. */
function findOwner(bytes) {
    return owners.get(bytes.buffer);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/wire/socket-reader.js


/**
 * Gives the bytes of one socket to its owner in memory that is used again: they are valid during the call only. Who keeps
 * them makes a copy; who writes them on uses {@link writeBytes}.
 */
class SocketReader {
    onBytes;
    #size;
    #buffer = takeShared();
    /** @param size of a buffer of its own, where the socket brings much. */
    constructor(onBytes, size = READ_BYTES) {
        this.onBytes = onBytes;
        this.#size = size;
    }
    /** For a socket that is being made. */
    onread = {
        buffer: () => this.#buffer.bytes,
        callback: (count) => {
            this.onBytes(this.#buffer.bytes.subarray(0, count));
            this.#buffer = this.#buffer.after(count, this.#size);
            return true;
        },
    };
    /** For a socket that cannot be given {@link onread}, such as TLS inside a tunnel. */
    listen(socket) {
        socket.on('data', (bytes) => this.onBytes(bytes));
    }
    /** The socket has closed. */
    close() {
        const buffer = this.#buffer;
        this.#buffer = takeShared();
        if (!buffer.isShared)
            buffer.giveBack();
    }
}
/**
 * Wraps an accepted socket that nobody has read from anew, with a reader. Sockets that come over IPC are ready-made and cannot
 * be told to read into memory of ours. Where Node hides the handle, the given socket is used as it is.
 */
function adoptSocket(given, reader, writableHighWaterMark) {
    const { _handle: handle } = given;
    if (handle === null || handle === undefined || given.destroyed) {
        reader.listen(given);
        return given;
    }
    ;
    given._handle = null;
    // It owns nothing any more; its 'close' ends Node's book-keeping of sockets that went over IPC.
    given.destroy();
    const options = { handle, onread: reader.onread, allowHalfOpen: true, writableHighWaterMark };
    return new external_node_net_namespaceObject.Socket(options);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/wire/write-bytes.js

/** Writes bytes that may lie in a read buffer: they are copied, or their buffer is not read into until they have left. */
function writeBytes(socket, bytes) {
    const owner = findOwner(bytes);
    if (owner === undefined)
        socket.write(bytes);
    else if (bytes.length <= write_bytes_PIECE_BYTES)
        writePiece(socket, bytes, BARE);
    else if (owner.isShared)
        socket.write(Buffer.from(bytes));
    else {
        const giveBack = owner.lend();
        socket.write(bytes, giveBack);
        // The system took them at once, which is the rule.
        if (socket.writableLength === 0)
            giveBack();
    }
}
/** Writes bytes between two texts of Latin-1, together: one system call, one TLS record. */
function writeFramed(socket, bytes, frame) {
    const { before, after } = frame;
    if (before.length + bytes.length + after.length <= write_bytes_PIECE_BYTES) {
        writePiece(socket, bytes, frame);
        return;
    }
    socket.cork();
    if (before !== '')
        socket.write(before, 'latin1');
    writeBytes(socket, bytes);
    if (after !== '')
        socket.write(after, 'latin1');
    socket.uncork();
}
function writePiece(socket, bytes, { before, after }) {
    const piece = write_bytes_free.pop() ?? createPiece();
    const { bytes: target } = piece;
    if (before !== '')
        target.write(before, 0, 'latin1');
    bytes.copy(target, before.length);
    const end = before.length + bytes.length;
    if (after !== '')
        target.write(after, end, 'latin1');
    socket.write(target.subarray(0, end + after.length), piece.giveBack);
}
const BARE = { before: '', after: '' };
const write_bytes_PIECE_BYTES = 8 * 1024;
const write_bytes_MOST_FREE = 128;
const write_bytes_free = [];
function createPiece() {
    const piece = {
        bytes: Buffer.allocUnsafeSlow(write_bytes_PIECE_BYTES),
        giveBack: () => {
            if (write_bytes_free.length < write_bytes_MOST_FREE)
                write_bytes_free.push(piece);
        },
    };
    return piece;
}
/** True when the socket holds more than it should; it says 'drain' when it has got rid of it. */
function isCongested(socket) {
    return socket.writableNeedDrain && socket.writableLength > 0;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/client/answer.js


const LAST_CHUNK = '0\r\n\r\n';
const NOTHING = Buffer.alloc(0);
/**
 * The answer to one request, written to the client's socket: head and first bytes leave in one piece. Its head is written as it
 * is given, so names and values come from a strict parser or are our own.
 */
class Answer {
    /** Called when the client leaves before the answer has ended. */
    onGone;
    /** Called when a `write` that returned false has left. */
    onDrain;
    #connection;
    #request;
    #head = '';
    #framing = 'none';
    #isKept;
    #isHeadSent = false;
    #isOver = false;
    #isDestroyed = false;
    constructor(connection, request) {
        this.#connection = connection;
        this.#request = request;
        this.#isKept = request.isPersistent;
    }
    /** A refusal is no longer possible. */
    get isHeadSent() {
        return this.#isHeadSent;
    }
    /** Ended, or broken off by either side: nothing more can be written. */
    get isOver() {
        return this.#isOver || this.#isDestroyed;
    }
    get isDestroyed() {
        return this.#isDestroyed || (!this.#isOver && this.#connection.socket.destroyed);
    }
    /** The connection ends with this answer. */
    closeAfter() {
        this.#isKept = false;
    }
    /** @param headers flat list with lower-case names; without Connection, Keep-Alive and Transfer-Encoding. */
    sendHead(status, reason, headers) {
        if (this.#isHeadSent || this.isOver)
            return;
        this.#isHeadSent = true;
        const parts = [`HTTP/1.1 ${status} ${reason ?? external_node_http_.STATUS_CODES[status] ?? 'Unknown'}\r\n`];
        let hasLength = false;
        let hasDate = false;
        for (let index = 0; index + 1 < headers.length; index += 2) {
            const name = headers[index] ?? '';
            if (name === 'content-length')
                hasLength = true;
            else if (name === 'date')
                hasDate = true;
            parts.push(name, ': ', headers[index + 1] ?? '', '\r\n');
        }
        this.#framing = this.#decideFraming(status, hasLength);
        if (!hasDate)
            parts.push('date: ', renderDate(), '\r\n');
        if (this.#framing === 'chunked')
            parts.push('transfer-encoding: chunked\r\n');
        if (this.#framing === 'until-close')
            this.#isKept = false;
        parts.push(this.#isKept ? this.#keptLines() : CLOSED_LINES);
        this.#head = parts.join('');
        // The first bytes of the body are here in the same turn, or they may be long in coming.
        process.nextTick(flushHead, this);
    }
    /** @param bytes valid during the call only. @returns false when the client is slow: `onDrain` follows. */
    write(bytes) {
        if (bytes.length === 0 || this.isOver || this.#framing === 'none')
            return true;
        const before = this.#takeHead();
        if (this.#framing !== 'chunked')
            this.#send(bytes, before, '');
        else
            this.#send(bytes, `${before}${bytes.length.toString(16)}\r\n`, '\r\n');
        return !isCongested(this.#connection.socket);
    }
    /** Ends the answer as a whole one. */
    end(bytes = NOTHING) {
        if (this.isOver)
            return;
        const isBare = bytes.length === 0 || this.#framing === 'none';
        const isChunked = this.#framing === 'chunked';
        const before = this.#takeHead();
        if (isBare) {
            const text = isChunked ? before + LAST_CHUNK : before;
            if (text !== '')
                this.#connection.socket.write(text, 'latin1');
        }
        else if (isChunked)
            this.#send(bytes, `${before}${bytes.length.toString(16)}\r\n`, `\r\n${LAST_CHUNK}`);
        else
            this.#send(bytes, before, '');
        this.#isOver = true;
        this.onGone = undefined;
        this.#connection.onAnswered(this.#isKept);
    }
    /** Breaks the answer off, so that it cannot be taken for a whole one. */
    destroy() {
        if (this.isOver)
            return;
        this.#isDestroyed = true;
        const { socket } = this.#connection;
        // Where the end of the connection is the end of the body, only a reset tells that it is not.
        if (this.#framing === 'until-close')
            socket.resetAndDestroy();
        else
            socket.destroy();
    }
    /** The connection is gone. */
    abandon() {
        if (this.#isOver)
            return;
        this.#isDestroyed = true;
        const { onGone } = this;
        this.onGone = undefined;
        onGone?.();
    }
    #decideFraming(status, hasLength) {
        if (this.#request.method === 'HEAD' || status === 204 || status === 304)
            return 'none';
        if (hasLength)
            return 'length';
        return this.#request.isVersion11 ? 'chunked' : 'until-close';
    }
    #keptLines() {
        return `connection: keep-alive\r\nkeep-alive: timeout=${this.#connection.keepAliveSeconds}\r\n\r\n`;
    }
    /** The head leaves now, if it has not. */
    flush() {
        if (this.#head !== '' && !this.isOver)
            this.#connection.socket.write(this.#takeHead(), 'latin1');
    }
    #takeHead() {
        const head = this.#head;
        this.#head = '';
        return head;
    }
    #send(bytes, before, after) {
        const { socket } = this.#connection;
        if (before === '' && after === '')
            writeBytes(socket, bytes);
        else
            writeFramed(socket, bytes, { before, after });
    }
}
const flushHead = (answer) => answer.flush();
const CLOSED_LINES = 'connection: close\r\n\r\n';
let [dateSecond, dateText] = [0, ''];
// An answer without a date gets one (RFC 9110 §6.6.1); a second has one text.
function renderDate() {
    const second = Math.floor(Date.now() / 1000);
    if (second !== dateSecond)
        [dateSecond, dateText] = [second, new Date(second * 1000).toUTCString()];
    return dateText;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/client/client-request.js
/** One request of a client: its head, and its body for whoever receives it in the turn in which the head arrives. */
class ClientRequest {
    head;
    connection;
    /** Without one the body is thrown away as it comes. */
    receiver;
    /** True when every byte of the body has arrived. */
    isComplete;
    constructor(head, connection) {
        this.head = head;
        this.connection = connection;
        this.isComplete = head.framing.kind === 'none';
    }
    /** The client's end of the connection. */
    get socket() {
        return this.connection.socket;
    }
    /** Value of the first header of this lower-case name. */
    find(name) {
        const { headers } = this.head;
        for (let index = 0; index + 1 < headers.length; index += 2) {
            if (headers[index]?.length === name.length && headers[index]?.toLowerCase() === name)
                return headers[index + 1];
        }
        return undefined;
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/client/client-tunnel.js
/** What may wait here while the upstream is being dialled. */
const MAX_EARLY = 64 * 1024;
/** A connection of a client that has left HTTP: its socket, and the bytes that came before anybody read them. */
class ClientTunnel {
    socket;
    #reader;
    #early;
    constructor(socket, reader, early) {
        this.socket = socket;
        this.#reader = reader;
        this.#early = Buffer.from(early);
        reader.onBytes = (bytes) => {
            this.#early = Buffer.concat([this.#early, bytes]);
            if (this.#early.length > MAX_EARLY)
                socket.pause();
        };
    }
    /** From now on the bytes go there, those that have waited first. */
    read(onBytes) {
        const early = this.#early;
        this.#early = Buffer.alloc(0);
        this.#reader.onBytes = onBytes;
        if (early.length > 0)
            onBytes(early);
        this.socket.resume();
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/client/request-head.js

/** The client said something that is not HTTP/1.1 as it must be. The text names the rule, never the bytes. */
class MalformedRequestError extends Error {
    status;
    constructor(rule, status = 400) {
        super(rule);
        this.status = status;
    }
}
const MAX_FIELDS = 500;
const REQUEST_LINE = /^([A-Z-]{1,20}) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/;
// Everything but tab, visible characters and obs-text; a lone CR or LF is in here too.
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;
const DIGITS = /^\d{1,15}$/;
/**
 * @param text the head without its last empty line, Latin-1.
 * @param methods the known ones: an unknown method is more likely another protocol than a request.
 * @throws MalformedRequestError
 */
function parseRequestHead(text, methods) {
    const lineEnd = findLineEnd(text, 0);
    const line = REQUEST_LINE.exec(text.slice(0, lineEnd));
    if (line === null || !methods.has(line[1] ?? ''))
        throw new MalformedRequestError('the request line is malformed');
    const isVersion11 = line[3] === '1';
    const fields = readFields(text, lineEnd + 2);
    const framing = decideFraming(isVersion11, fields);
    if (isVersion11 && fields.host === undefined)
        throw new MalformedRequestError('Host is missing');
    const options = readConnection(isVersion11, fields);
    if (options.isUpgrade && framing.kind !== 'none' && fields.upgrade?.toLowerCase() === 'websocket') {
        throw new MalformedRequestError('a WebSocket handshake has a body');
    }
    return {
        method: line[1] ?? '',
        target: line[2] ?? '',
        isVersion11,
        headers: fields.headers,
        host: fields.host,
        upgrade: fields.upgrade,
        isUpgrade: options.isUpgrade && isVersion11,
        framing,
        expectsContinue: readExpectation(isVersion11, fields.expect),
        isPersistent: options.isPersistent,
    };
}
function readFields(text, from) {
    const fields = {
        headers: [],
        host: undefined,
        upgrade: undefined,
        expect: undefined,
        length: undefined,
        isChunked: false,
        connection: undefined,
    };
    for (let at = from; at <= text.length;) {
        const end = findLineEnd(text, at);
        if (fields.headers.length >= MAX_FIELDS * 2)
            throw new MalformedRequestError('there are too many header lines');
        readField(text.slice(at, end), fields);
        at = end + 2;
    }
    return fields;
}
function findLineEnd(text, from) {
    const end = text.indexOf('\r\n', from);
    return end < 0 ? text.length : end;
}
function readField(line, fields) {
    const colon = line.indexOf(':');
    // A space before the colon or at the start of the line (folding) is no token character.
    const name = colon < 1 ? undefined : readHeaderName(line.slice(0, colon));
    if (name === undefined || FORBIDDEN.test(line))
        throw new MalformedRequestError('a header line is malformed');
    const value = trimBlanks(line, colon + 1);
    fields.headers.push(name.text, value);
    switch (name.lower) {
        case 'host':
            fields.host = once(fields.host, value);
            return;
        case 'expect':
            fields.expect = once(fields.expect, value);
            return;
        case 'upgrade':
            fields.upgrade = once(fields.upgrade, value);
            return;
        case 'connection':
            fields.connection = joinList(fields.connection, value);
            return;
        case 'content-length':
            noteLength(value, fields);
            return;
        case 'transfer-encoding':
            noteEncoding(value, fields);
    }
}
function once(before, value) {
    if (before !== undefined)
        throw new MalformedRequestError('a header that stands once is given twice');
    return value;
}
function joinList(before, value) {
    return before === undefined ? value : `${before},${value}`;
}
function noteLength(value, fields) {
    if (!DIGITS.test(value))
        throw new MalformedRequestError('Content-Length is not a number');
    fields.length = once(fields.length, value);
}
function noteEncoding(value, fields) {
    if (fields.isChunked || value.toLowerCase() !== 'chunked') {
        throw new MalformedRequestError('Transfer-Encoding is not chunked alone');
    }
    fields.isChunked = true;
}
function decideFraming(isVersion11, { isChunked, length }) {
    if (isChunked && length !== undefined) {
        throw new MalformedRequestError('Content-Length and Transfer-Encoding are both given');
    }
    if (isChunked && !isVersion11)
        throw new MalformedRequestError('HTTP/1.0 has no Transfer-Encoding');
    if (isChunked)
        return { kind: 'chunked' };
    const bytes = Number(length ?? 0);
    return bytes === 0 ? NO_BODY : { kind: 'length', bytes };
}
const NO_BODY = { kind: 'none' };
function readConnection(isVersion11, { connection, upgrade }) {
    if (connection === undefined)
        return { isUpgrade: false, isPersistent: isVersion11 };
    const options = connection
        .toLowerCase()
        .split(',')
        .map((option) => trimBlanks(option, 0));
    return {
        isUpgrade: upgrade !== undefined && options.includes('upgrade'),
        isPersistent: !options.includes('close') && (isVersion11 || options.includes('keep-alive')),
    };
}
function readExpectation(isVersion11, expect) {
    if (expect === undefined || !isVersion11)
        return false;
    if (expect.toLowerCase() !== '100-continue')
        throw new MalformedRequestError('Expect is unknown', 417);
    return true;
}
// Not trim(): 0xa0 is white space to JavaScript and a character to every parser of HTTP.
function trimBlanks(line, from) {
    let start = from;
    let end = line.length;
    while (start < end && isBlank(line.charCodeAt(start)))
        start += 1;
    while (end > start && isBlank(line.charCodeAt(end - 1)))
        end -= 1;
    return line.slice(start, end);
}
const isBlank = (code) => code === 0x20 || code === 0x09;

;// CONCATENATED MODULE: ./lib/sidecar/worker/client/head-collector.js

/** Longest head, and what is read of one that never ends. */
const MAX_HEAD_BYTES = 64 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');
const FIRST_BYTES = 1024;
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const LONGEST_METHOD = 20;
/** Finds the end of a head however its bytes are cut. The usual one comes whole and is not copied. */
class HeadCollector {
    #kept = Buffer.alloc(0);
    #size = 0;
    /** True when a head has begun. */
    get hasBegun() {
        return this.#size > 0;
    }
    /**
     * @param bytes valid during the call only.
     * @returns undefined when more is needed; the bytes are then kept.
     * @throws MalformedRequestError when no byte that may follow makes a request of it.
     */
    push(bytes) {
        if (this.#size === 0) {
            const start = skipEmptyLine(bytes);
            const end = bytes.indexOf(HEAD_END, start);
            if (end >= 0 && end <= MAX_HEAD_BYTES) {
                return { text: bytes.toString('latin1', start, end), used: end + HEAD_END.length };
            }
        }
        return this.#collect(bytes);
    }
    #collect(bytes) {
        const before = this.#size;
        this.#append(bytes);
        const kept = this.#kept.subarray(0, this.#size);
        const start = skipEmptyLine(kept);
        const end = kept.indexOf(HEAD_END, Math.max(start, before - HEAD_END.length + 1));
        if (end > MAX_HEAD_BYTES || (end < 0 && !canEnd(this.#size))) {
            throw new MalformedRequestError('the head is too long');
        }
        if (end < 0) {
            checkBeginning(kept.subarray(start), before - start);
            return undefined;
        }
        this.#size = 0;
        const text = kept.toString('latin1', start, end);
        this.#kept = Buffer.alloc(0);
        return { text, used: end + HEAD_END.length - before };
    }
    // Grows by doubling: a head that comes byte by byte must not be copied at each of them.
    #append(bytes) {
        const size = this.#size + bytes.length;
        if (size > this.#kept.length) {
            const grown = Buffer.allocUnsafe(Math.max(size, this.#kept.length * 2, FIRST_BYTES));
            this.#kept.copy(grown, 0, 0, this.#size);
            this.#kept = grown;
        }
        bytes.copy(this.#kept, this.#size);
        this.#size = size;
    }
}
/** Whether a head of this many bytes can still end in time: all but the last byte of its end may be among them. */
function canEnd(size) {
    return size < MAX_HEAD_BYTES + HEAD_END.length;
}
/** An empty line before a request is stepped over (RFC 9112 §2.2): old clients send one behind a body. */
function skipEmptyLine(bytes) {
    if (bytes[0] !== CR || (bytes.length > 1 && bytes[1] !== LF))
        return 0;
    return Math.min(bytes.length, 2);
}
/** Refuses other protocols at their first bytes, such as TLS, whose client would wait for an answer until the time is over. */
function checkBeginning(kept, seen) {
    for (let at = 0; at < kept.length && at <= LONGEST_METHOD; at += 1) {
        const byte = kept[at] ?? 0;
        if (byte === SPACE && at > 0)
            break;
        if (at === LONGEST_METHOD || !isMethodByte(byte))
            throw new MalformedRequestError('this is no request');
    }
    for (let at = kept.indexOf(LF, Math.max(0, seen)); at >= 0; at = kept.indexOf(LF, at + 1)) {
        if (kept[at - 1] !== CR)
            throw new MalformedRequestError('a line does not end in CR LF');
    }
}
function isMethodByte(byte) {
    return (byte >= 0x41 && byte <= 0x5a) || byte === 0x2d;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/upstream/response-head.js

/** The upstream said something that is not HTTP/1.1 as it must be. The text names the rule, never the bytes. */
class ProtocolError extends Error {
    code = 'UPSTREAM_PROTOCOL';
}
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/;
// Everything but tab, visible characters and obs-text; a lone CR or LF is in here too.
const response_head_FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;
const response_head_DIGITS = /^\d{1,15}$/;
/**
 * @param text the head without its last empty line, latin-1.
 * @param method of the request: an answer to HEAD has no body whatever it says.
 * @throws ProtocolError
 */
function parseResponseHead(text, method) {
    const lineEnd = response_head_findLineEnd(text, 0);
    const statusLine = STATUS_LINE.exec(text.slice(0, lineEnd));
    if (statusLine === null || response_head_FORBIDDEN.test(statusLine[0]))
        throw new ProtocolError('the status line is malformed');
    const status = Number(statusLine[2]);
    const fields = response_head_readFields(text, lineEnd + 2);
    const framing = response_head_decideFraming(status, method, fields);
    return {
        status,
        reason: statusLine[3] ?? '',
        headers: fields.headers,
        contentType: fields.contentType,
        contentEncoding: fields.contentEncoding,
        framing,
        isPersistent: framing.kind !== 'until-close' && isPersistent(statusLine[1] === '1', fields),
        keepAliveSeconds: readKeepAlive(fields.keepAlive),
    };
}
function response_head_readFields(text, from) {
    const fields = {
        headers: [],
        contentType: '',
        contentEncoding: '',
        length: undefined,
        encoding: undefined,
        connection: undefined,
        keepAlive: undefined,
    };
    for (let at = from; at <= text.length;) {
        const end = response_head_findLineEnd(text, at);
        response_head_readField(text.slice(at, end), fields);
        at = end + 2;
    }
    return fields;
}
function response_head_findLineEnd(text, from) {
    const end = text.indexOf('\r\n', from);
    return end < 0 ? text.length : end;
}
function response_head_readField(line, fields) {
    const colon = line.indexOf(':');
    // A space before the colon or at the start of the line (folding) is no token character.
    const name = colon < 1 ? undefined : readHeaderName(line.slice(0, colon));
    if (name === undefined || response_head_FORBIDDEN.test(line))
        throw new ProtocolError('a header line is malformed');
    const value = response_head_trimBlanks(line, colon + 1);
    fields.headers.push(name.text, value);
    switch (name.lower) {
        case 'keep-alive':
            fields.keepAlive = value;
            return;
        case 'connection':
            fields.connection = fields.connection === undefined ? value : `${fields.connection},${value}`;
            return;
        case 'content-type':
            fields.contentType = value;
            return;
        case 'content-encoding':
            noteCoding(value, fields);
            return;
        case 'content-length':
            response_head_noteLength(value, fields);
            return;
        case 'transfer-encoding':
            response_head_noteEncoding(value, fields);
    }
}
function response_head_noteLength(value, fields) {
    if (!response_head_DIGITS.test(value))
        throw new ProtocolError('Content-Length is not a number');
    if (fields.length !== undefined && fields.length !== value)
        throw new ProtocolError('Content-Length is given twice');
    // Two that agree are passed on as one (RFC 9112 §6.3): the client may be stricter than we are.
    if (fields.length !== undefined)
        fields.headers.length -= 2;
    fields.length = value;
}
// A list may be given in several lines: each coding counts.
function noteCoding(value, fields) {
    fields.contentEncoding = fields.contentEncoding === '' ? value : `${fields.contentEncoding}, ${value}`;
}
function response_head_noteEncoding(value, fields) {
    if (fields.encoding !== undefined || value.toLowerCase() !== 'chunked') {
        throw new ProtocolError('Transfer-Encoding is not chunked alone');
    }
    fields.encoding = value;
}
function response_head_decideFraming(status, method, fields) {
    if (fields.length !== undefined && fields.encoding !== undefined) {
        throw new ProtocolError('Content-Length and Transfer-Encoding are both given');
    }
    if (method === 'HEAD' || status === 204 || status === 304 || status < 200)
        return { kind: 'none' };
    if (fields.encoding !== undefined)
        return { kind: 'chunked' };
    if (fields.length === undefined)
        return { kind: 'until-close' };
    const bytes = Number(fields.length);
    return bytes === 0 ? { kind: 'none' } : { kind: 'length', bytes };
}
// HTTP/1.0 has no Transfer-Encoding: behind such an answer the connection is not used again (RFC 9112 §6.1).
function isPersistent(isVersion11, { connection, encoding }) {
    if (!isVersion11 && encoding !== undefined)
        return false;
    if (connection === undefined)
        return isVersion11;
    const options = connection
        .toLowerCase()
        .split(',')
        .map((option) => response_head_trimBlanks(option, 0));
    if (options.includes('close'))
        return false;
    return isVersion11 || options.includes('keep-alive');
}
function readKeepAlive(value) {
    const seconds = value === undefined ? undefined : /(?:^|[,;\s])timeout=(\d{1,6})/i.exec(value)?.[1];
    return seconds === undefined ? undefined : Number(seconds);
}
// Not trim(): 0xa0 is white space to JavaScript and a character to every parser of HTTP.
function response_head_trimBlanks(line, from) {
    let start = from;
    let end = line.length;
    while (start < end && response_head_isBlank(line.charCodeAt(start)))
        start += 1;
    while (end > start && response_head_isBlank(line.charCodeAt(end - 1)))
        end -= 1;
    return line.slice(start, end);
}
const response_head_isBlank = (code) => code === 0x20 || code === 0x09;

;// CONCATENATED MODULE: ./lib/sidecar/worker/upstream/chunked-body.js


/** Longest line of a chunk size with its extensions, and of a trailer. */
const MAX_LINE = 8 * 1024;
const MAX_TRAILER_LINES = 64;
const SIZE = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/;
const chunked_body_FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;
const FRAMING = new Set(['content-length', 'transfer-encoding']);
const MAX_FAST_DIGITS = 7;
const chunked_body_CR = 0x0d;
const chunked_body_LF = 0x0a;
/**
 * Takes the framing off a chunked body. What one read brings is given out as one buffer: events that came together leave
 * together, and the work for each of them is done once.
 */
class ChunkedBody {
    #place = 'size';
    #left = 0;
    #line = '';
    #trailerLines = 0;
    #isOver = false;
    #maxLine;
    constructor({ maxLine } = { maxLine: MAX_LINE }) {
        this.#maxLine = maxLine;
    }
    get isOver() {
        return this.#isOver;
    }
    /**
     * @param bytes as they came; not kept, but overwritten: the payload is moved together in their memory.
     * @returns the payload in them and how many of them belonged to this body.
     * @throws ProtocolError
     */
    push(bytes) {
        let at = 0;
        let [start, end] = [0, 0];
        while (at < bytes.length && !this.#isOver) {
            if (this.#place === 'data') {
                const next = Math.min(bytes.length, at + this.#left);
                if (end === 0)
                    start = at;
                else
                    bytes.copyWithin(end, at, next);
                end = end === 0 ? next : end + next - at;
                this.#left -= next - at;
                if (this.#left === 0)
                    this.#place = 'data-end';
                at = next;
            }
            else
                at = this.#skipBoundary(bytes, at) ?? this.#takeLine(bytes, at);
        }
        return { payload: end === 0 ? undefined : bytes.subarray(start, end), used: at };
    }
    /** The usual case without making strings: the end of a chunk, and a bare size that is wholly there. */
    #skipBoundary(bytes, from) {
        if (this.#line !== '')
            return undefined;
        if (this.#place === 'data-end') {
            if (bytes[from] !== chunked_body_CR || bytes[from + 1] !== chunked_body_LF)
                return undefined;
            this.#place = 'size';
            return from + 2;
        }
        if (this.#place !== 'size')
            return undefined;
        let at = from;
        let size = 0;
        for (let digit = readHexDigit(bytes[at]); digit >= 0 && at - from < MAX_FAST_DIGITS; digit = readHexDigit(bytes[at])) {
            size = size * 16 + digit;
            at += 1;
        }
        if (size === 0 || bytes[at] !== chunked_body_CR || bytes[at + 1] !== chunked_body_LF)
            return undefined;
        this.#left = size;
        this.#place = 'data';
        return at + 2;
    }
    #takeLine(bytes, from) {
        const end = bytes.indexOf(chunked_body_LF, from);
        const upTo = end < 0 ? bytes.length : end;
        if (this.#line.length + upTo - from > this.#maxLine)
            throw new ProtocolError('a chunk line is too long');
        this.#line += bytes.toString('latin1', from, upTo);
        if (end < 0)
            return upTo;
        const line = this.#line;
        this.#line = '';
        if (line.charCodeAt(line.length - 1) !== chunked_body_CR)
            throw new ProtocolError('a chunk line does not end in CR LF');
        this.#onLine(line.slice(0, -1));
        return end + 1;
    }
    #onLine(line) {
        if (this.#place === 'data-end') {
            if (line !== '')
                throw new ProtocolError('a chunk is longer than it says');
            this.#place = 'size';
        }
        else if (this.#place === 'size')
            this.#onSize(line);
        else
            this.#onTrailer(line);
    }
    #onSize(line) {
        const size = SIZE.exec(line)?.[1];
        if (size === undefined || chunked_body_FORBIDDEN.test(line))
            throw new ProtocolError('a chunk size is malformed');
        this.#left = Number.parseInt(size, 16);
        this.#place = this.#left === 0 ? 'trailer' : 'data';
    }
    // Trailers are dropped: no API needs them, and nothing may be added to a head that has gone out.
    #onTrailer(line) {
        if (line === '') {
            this.#isOver = true;
            return;
        }
        this.#trailerLines += 1;
        if (this.#trailerLines > MAX_TRAILER_LINES)
            throw new ProtocolError('there are too many trailers');
        const colon = line.indexOf(':');
        // Read as strictly as a header. One that frames a message (RFC 9110 §6.5.1) has no place here, and parsers differ about it.
        const name = colon < 1 ? undefined : readHeaderName(line.slice(0, colon));
        if (name === undefined || FRAMING.has(name.lower) || chunked_body_FORBIDDEN.test(line)) {
            throw new ProtocolError('a trailer is malformed');
        }
    }
}
/** 0–15, or -1 for any other byte and for none. */
function readHexDigit(byte) {
    if (byte === undefined)
        return -1;
    if (byte >= 0x30 && byte <= 0x39)
        return byte - 0x30;
    const letter = byte | 0x20;
    return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/client/request-body-framer.js



/** What takes the framing of a head's body off; undefined for a request without one. */
function createBodyFramer(framing) {
    switch (framing.kind) {
        case 'none':
            return undefined;
        case 'length':
            return new CountedBody(framing.bytes);
        case 'chunked':
            return new StrictChunks();
    }
}
class CountedBody {
    #left;
    constructor(bytes) {
        this.#left = bytes;
    }
    get isOver() {
        return this.#left === 0;
    }
    push(bytes) {
        const used = Math.min(bytes.length, this.#left);
        this.#left -= used;
        return { payload: used === bytes.length ? bytes : bytes.subarray(0, used), used };
    }
}
/** Extensions and trailers carry nothing that is passed on; more of them than this is no client we know. */
const request_body_framer_MAX_LINE = 1024;
class StrictChunks {
    #chunks = new ChunkedBody({ maxLine: request_body_framer_MAX_LINE });
    get isOver() {
        return this.#chunks.isOver;
    }
    push(bytes) {
        try {
            return this.#chunks.push(bytes);
        }
        catch (error) {
            throw error instanceof ProtocolError ? new MalformedRequestError(error.message) : error;
        }
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/client/client-connection.js







const KNOWN_METHODS = new Set(external_node_http_.METHODS);
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
/**
 * One connection of a client: reads its requests one after another, each with its answer before the next. What comes behind a
 * request under way waits, and nothing more is read meanwhile. A client that ends its side has left: what was asked for it ends.
 */
class ClientConnection {
    socket;
    #reader;
    #owner;
    #heads = new HeadCollector();
    #state = 'open';
    #request;
    #answer;
    #framer;
    /** Bytes behind the request under way. */
    #rest;
    #since;
    constructor(socket, reader, owner) {
        this.socket = socket;
        this.#reader = reader;
        this.#owner = owner;
        this.#since = owner.now();
        reader.onBytes = (bytes) => this.#take(bytes);
        socket.on('error', () => undefined);
        socket.on('drain', () => this.#answer?.onDrain?.());
        socket.once('end', () => this.#onEnd());
        socket.once('close', () => this.#onClose());
    }
    get keepAliveSeconds() {
        return this.#owner.keepAliveSeconds;
    }
    /** Ends the connection when its time is over. */
    check(limits) {
        const waited = this.#owner.now() - this.#since;
        if (this.#state === 'lingering') {
            if (waited > limits.lingerMs)
                this.socket.destroy();
        }
        else if (this.#state === 'open' && this.#request === undefined) {
            if (this.#heads.hasBegun && waited > limits.headMs)
                this.#refuse('malformed_request');
            else if (waited > limits.idleMs)
                this.socket.destroy();
        }
    }
    pauseBody() {
        if (this.#framer !== undefined)
            this.socket.pause();
    }
    resumeBody() {
        if (this.#rest === undefined)
            this.socket.resume();
    }
    sendContinue() {
        if (this.#request?.head.expectsContinue === true)
            this.socket.write(CONTINUE, 'latin1');
    }
    onAnswered(isKept) {
        if (!isKept)
            this.#linger();
        else if (this.#request?.isComplete === true)
            this.#next();
        else {
            // The rest of the body is read and thrown away; then the next request comes.
            this.#answer = undefined;
            if (this.#request !== undefined)
                this.#request.receiver = undefined;
            if (this.socket.isPaused())
                this.socket.resume();
        }
    }
    #take(bytes) {
        if (this.#state !== 'open')
            return;
        try {
            for (let left = bytes; left.length > 0 && this.#isOpen();)
                left = this.#step(left);
        }
        catch (error) {
            this.#onMalformed(error);
        }
    }
    #isOpen() {
        return this.#state === 'open';
    }
    /** @returns what it has not used. */
    #step(bytes) {
        if (this.#framer !== undefined)
            return this.#readBody(this.#framer, bytes);
        if (this.#request !== undefined)
            return this.#wait(bytes);
        return this.#readHead(bytes);
    }
    #readHead(bytes) {
        if (!this.#heads.hasBegun)
            this.#since = this.#owner.now();
        const found = this.#heads.push(bytes);
        if (found === undefined)
            return client_connection_NOTHING;
        const head = parseRequestHead(found.text, KNOWN_METHODS);
        const rest = found.used === bytes.length ? client_connection_NOTHING : bytes.subarray(found.used);
        if (head.method === 'CONNECT')
            this.#refuse('bad_request_target');
        else if (head.isUpgrade)
            this.#upgrade(head, rest);
        else {
            this.#begin(head);
            return rest;
        }
        return client_connection_NOTHING;
    }
    #begin(head) {
        const request = new ClientRequest(head, this);
        this.#request = request;
        this.#answer = new Answer(this, head);
        this.#framer = createBodyFramer(head.framing);
        this.#owner.onRequest(request, this.#answer);
    }
    #upgrade(head, early) {
        this.#state = 'tunnel';
        const tunnel = new ClientTunnel(this.socket, this.#reader, early);
        this.#owner.onUpgrade(new ClientRequest(head, this), tunnel);
    }
    #readBody(framer, bytes) {
        const { payload, used } = framer.push(bytes);
        const request = this.#request;
        if (payload !== undefined)
            request?.receiver?.onData(payload);
        if (framer.isOver && this.#framer === framer)
            this.#endBody();
        return used === bytes.length ? client_connection_NOTHING : bytes.subarray(used);
    }
    #endBody() {
        const request = this.#request;
        this.#framer = undefined;
        // Nothing of this body is left that could be held back; the end of the connection must be seen.
        if (this.socket.isPaused())
            this.socket.resume();
        if (request === undefined)
            return;
        request.isComplete = true;
        if (this.#answer === undefined)
            this.#next();
        else
            request.receiver?.onEnd();
    }
    // Read as far as to know whether it may be a request: garbage behind a request under way must not wait for its answer.
    #wait(bytes) {
        this.#rest = this.#rest === undefined ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
        this.socket.pause();
        const found = new HeadCollector().push(this.#rest);
        if (found !== undefined)
            parseRequestHead(found.text, KNOWN_METHODS);
        return client_connection_NOTHING;
    }
    #next() {
        this.#request = undefined;
        this.#answer = undefined;
        this.#since = this.#owner.now();
        if (this.#rest === undefined)
            return;
        // In a turn of its own: a long row of requests that are refused must not become a deep stack.
        process.nextTick(() => {
            const rest = this.#rest;
            this.#rest = undefined;
            this.socket.resume();
            if (rest !== undefined)
                this.#take(rest);
        });
    }
    #onMalformed(error) {
        const isMalformed = error instanceof MalformedRequestError;
        // Behind the head of an answer that is under way, a refusal would be read as a part of that answer.
        if (!isMalformed || this.#answer?.isHeadSent === true)
            this.socket.destroy();
        else
            this.#refuse('malformed_request', error.status);
        if (!isMalformed)
            throw error;
    }
    /** Answers what is no request, in place of any answer that has not begun. */
    #refuse(code, status) {
        this.#linger(this.#owner.renderRaw(code, status));
    }
    // Closing at once, with bytes unread, would send a reset that can overtake the answer.
    #linger(last = '') {
        this.#state = 'lingering';
        this.#since = this.#owner.now();
        this.#leaveRequest();
        this.socket.end(last);
        if (this.socket.isPaused())
            this.socket.resume();
    }
    #leaveRequest() {
        const [request, answer] = [this.#request, this.#answer];
        this.#request = undefined;
        this.#answer = undefined;
        this.#framer = undefined;
        this.#rest = undefined;
        const isAnswered = answer?.isOver === true;
        answer?.abandon();
        // Where the answer is out, what is left of the body is of no interest to anybody.
        if (request?.isComplete === false && !isAnswered)
            request.receiver?.onLeave();
    }
    #onEnd() {
        if (this.#state === 'tunnel')
            this.socket.end();
        else if (this.#state === 'open' && this.#request === undefined && this.#heads.hasBegun) {
            this.#refuse('malformed_request');
        }
        else if (this.#state === 'open')
            this.socket.destroy();
    }
    #onClose() {
        this.#reader.close();
        if (this.#state === 'tunnel')
            return;
        this.#state = 'closed';
        this.#leaveRequest();
    }
}
const client_connection_NOTHING = Buffer.alloc(0);

;// CONCATENATED MODULE: ./lib/sidecar/worker/client/client-connections.js


/** Often enough for limits of seconds, seldom enough to cost nothing. */
const CHECK_MS = 1000;
/** A limit, not an allocation; large bodies pass faster than with 64 KiB (measured). */
const STREAM_BUFFER_BYTES = 64 * 1024;
/** The connections of one port: accepted elsewhere, served here, closed when their time is over. */
class ClientConnections {
    #owner;
    #limits;
    #all = new Set();
    #now = performance.now();
    constructor(owner, limits) {
        // Coarse: the system's clock costs more than a look at a field, and the limits are long.
        this.#owner = { ...owner, now: () => this.#now };
        this.#limits = limits;
        setInterval(() => this.check(performance.now()), CHECK_MS).unref();
    }
    /** Serves an accepted socket that nobody has read from. @returns what it has become. */
    accept(given) {
        const reader = new SocketReader(() => undefined);
        const socket = adoptSocket(given, reader, STREAM_BUFFER_BYTES);
        const connection = new ClientConnection(socket, reader, this.#owner);
        this.#all.add(connection);
        socket.once('close', () => this.#all.delete(connection));
        return socket;
    }
    /** Closes what has waited for too long. */
    check(now) {
        this.#now = now;
        for (const connection of this.#all)
            connection.check(this.#limits);
    }
}

;// CONCATENATED MODULE: ./lib/core/credentials/decide-refresh.js
/** Bytes of a body in which the text of a rule is looked for: an error names its cause early. */
const REFRESH_BODY_LIMIT = 16 * 1024;
/**
 * Decides whether an answer means that the credential is over. `read-body`: the head alone does not tell, ask again with the
 * beginning of the body, which must then be held back from the client.
 */
function decideRefresh(answer, rules) {
    const candidates = rules.filter((rule) => rule.status === answer.status);
    if (candidates.length === 0)
        return 'pass';
    if (candidates.some(({ text }) => text === undefined || isInHead(answer, text)))
        return 'refresh';
    if (answer.body === undefined)
        return 'read-body';
    const head = answer.body.slice(0, REFRESH_BODY_LIMIT);
    return candidates.some(({ text = '' }) => head.includes(text)) ? 'refresh' : 'pass';
}
// AWS names its error in the first header, OAuth resource servers in the second.
function isInHead({ headers }, text) {
    return ['x-amzn-errortype', 'www-authenticate'].some((name) => [headers[name]].flat().join(' ').includes(text));
}

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

;// CONCATENATED MODULE: ./lib/core/routing.js

/** Where a request goes, or why it does not; pure, and closed by default for Copilot. */
function decideRoute(request) {
    if (request.method === 'TRACE')
        return refuse('method_not_forwarded');
    const target = request.target.replace(/^\/\/+/, '/');
    if (!target.startsWith('/'))
        return refuse('bad_request_target');
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    if (isAmbiguousPath(path, request.provider.dialect))
        return refuse('bad_request_target');
    if (request.provider.id === 'copilot')
        return decideCopilotRoute({ ...request, target }, path);
    return { kind: 'forward', to: 'api', path: stripClientBase(target, deriveClientBase(request.provider)) };
}
// A credential is bound to scheme, host, port and path prefix: what could leave the prefix upstream is refused here.
function isAmbiguousPath(path, dialect) {
    const read = dialect === 'bedrock' ? path.replace(MODEL_ARN, readArn) : path;
    return /(^|\/)(\.|%2e){1,2}(\/|$)|%2f|%5c|\\|%00/i.test(read);
}
/** Inference profiles and imported models are named by an ARN, whose slash the AWS SDKs encode. */
const MODEL_ARN = /^\/model\/arn(?::|%3a)[^/]+/i;
// With its slashes read as such, the ARN is judged like any other part of a path.
function readArn(arn) {
    return arn.replaceAll(/%2f/gi, '/');
}
/**
 * What clients put before the path although the upstream's base path has it already. Azure clients add `/openai/v1` themselves,
 * and its documentation gives base URLs with and without it.
 */
function deriveClientBase({ id, dialect, upstream }) {
    if (dialect !== 'azure')
        return PROVIDERS[id].clientBasePath;
    return /\/openai(\/v1)?$/i.exec(upstream.basePath)?.[0] ?? '';
}
function stripClientBase(target, base) {
    if (base === '' || !target.startsWith(base))
        return target;
    const rest = target.slice(base.length);
    if (rest === '')
        return '/';
    return rest.startsWith('/') || rest.startsWith('?') ? rest : target;
}
// What Copilot CLI 1.0.6 to 1.0.102 asks its API for (measured). A WebSocket upgrade on /responses is a GET.
const LENT_API = [
    { methods: ['GET'], path: /^\/models(\/[^/]+)?$/ },
    { methods: ['POST'], path: /^\/models\/session(\/intent)?$/ },
    { methods: ['POST'], path: /^\/(auto|chat\/completions|embeddings)$/ },
    { methods: ['POST', 'GET'], path: /^\/responses$/ },
    { methods: ['POST'], path: /^\/v1\/messages(\/count_tokens)?$/ },
];
const LENT_REST = [
    { methods: ['GET', 'POST'], path: /^\/copilot_internal\/(?!.*token)[\w/-]+$/i },
    { methods: ['GET'], path: /^\/copilot\/mcp_registry$/ },
];
const AGENT_PATHS = /^\/(mcp|agents)(\/|$)/;
function decideCopilotRoute(request, path) {
    const isRest = /^\/copilot(_internal)?\//.test(path);
    const to = isRest ? 'rest' : 'api';
    if (request.routing === 'passthrough')
        return { kind: 'forward', to, path: request.target };
    if (AGENT_PATHS.test(path)) {
        return request.provider.allowMcp ? { kind: 'forward', to: 'api', path: request.target } : refuse('mcp_not_lent');
    }
    const rules = isRest ? LENT_REST : LENT_API;
    const isLent = rules.some((rule) => rule.methods.includes(request.method) && rule.path.test(path));
    return isLent ? { kind: 'forward', to, path: request.target } : refuse('path_not_lent');
}
function refuse(code) {
    return { kind: 'refuse', code };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/call.js

const MAX_PATH = 200;
/** The record of a request at the moment its head has been read. */
function createCall(id, runtime, request) {
    const { method, target } = request.head;
    const mark = target.indexOf('?');
    return {
        id,
        runtime,
        request,
        startedAt: performance.now(),
        method,
        path: (mark < 0 ? target : target.slice(0, mark)).slice(0, MAX_PATH),
        upstream: runtime.check.upstream.hostname,
        transport: 'http',
        status: 0,
        firstByteAt: 0,
        bytesIn: 0,
        bytesOut: 0,
        model: undefined,
        tokens: undefined,
        refusal: undefined,
        replayed: undefined,
        isMetered: false,
        hasEnded: false,
    };
}
/** The log line of a call that has ended. Members without a value are not written to the line. */
function renderRequestEvent(call, outcome) {
    const end = performance.now();
    const event = {
        kind: 'request',
        time: new Date().toISOString(),
        id: call.id,
        provider: call.runtime.config.id,
        method: call.method,
        path: call.path,
        upstream: call.upstream,
        transport: call.transport,
        outcome,
        status: call.status,
        bytesIn: call.bytesIn,
        bytesOut: call.bytesOut,
        firstByteMs: round((call.firstByteAt === 0 ? end : call.firstByteAt) - call.startedAt),
        ms: round(end - call.startedAt),
    };
    if (call.refusal !== undefined)
        event.refusal = call.refusal;
    if (call.model !== undefined)
        event.model = call.model;
    if (call.tokens !== undefined)
        event.tokens = call.tokens;
    if (call.replayed !== undefined)
        event.replayed = call.replayed;
    return event;
}
/** Answers a call with a refusal in the provider's envelope. Does nothing once the head of an answer is out. */
function sendRefusal(call, answer, refusal) {
    call.refusal = refusal.code;
    if (answer.isHeadSent || answer.isOver) {
        answer.destroy();
        return;
    }
    const reply = renderRefusal(refusal.code, call.runtime.config.dialect, refusal);
    const body = Buffer.from(reply.body);
    call.status = reply.status;
    call.firstByteAt = performance.now();
    call.bytesOut = body.length;
    // An unread body would have to be read to the end before the next request: end the connection with the answer.
    if (!call.request.isComplete)
        answer.closeAfter();
    answer.sendHead(reply.status, undefined, [...reply.headers, 'content-length', String(body.length)]);
    answer.end(body);
}
function round(milliseconds) {
    return Math.round(milliseconds * 100) / 100;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/credentials/credential.js
/** A source gave no credential; the failure says why, in words that may be shown. */
class SourceFailedError extends Error {
    failure;
    /** True when it did not answer at all or with a 5xx: it may be back any moment. */
    isSourceDown;
    constructor(failure, isSourceDown) {
        super(`${failure.message} ${failure.fix}`);
        this.name = 'SourceFailedError';
        this.failure = failure;
        this.isSourceDown = isSourceDown;
    }
}
/** Thrown to a request when no credential can be had; carries no text of the issuer. */
class CredentialUnavailableError extends Error {
    /** Infinite when the source is no longer asked. */
    retryAfterMs;
    constructor(retryAfterMs, options) {
        super('The credential could not be obtained or renewed', options);
        this.name = 'CredentialUnavailableError';
        this.retryAfterMs = retryAfterMs;
    }
    /** Row of the dictionary, where the source said why. */
    get failure() {
        return this.cause instanceof SourceFailedError ? this.cause.failure : undefined;
    }
}
/** A key that never changes. */
function createStaticCredential(secret) {
    return { current: () => secret, renewAfter: () => Promise.resolve(false), close: () => undefined };
}

// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __nccwpck_require__(522);
;// CONCATENATED MODULE: ./lib/sidecar/worker/content-codings.js

/** What the beginning of a small answer may grow to. */
const MAX_BEGINNING = 1024 * 1024;
const PARTIAL = { finishFlush: external_node_zlib_.constants.Z_SYNC_FLUSH, maxOutputLength: MAX_BEGINNING };
const PARTIAL_BROTLI = { finishFlush: external_node_zlib_.constants.BROTLI_OPERATION_FLUSH, maxOutputLength: MAX_BEGINNING };
/** 8 MiB, the most that HTTP allows (RFC 9659): without this bound a few bytes could ask for a window of 128 MiB. */
const ZSTD_WINDOW = { params: { [external_node_zlib_.constants.ZSTD_d_windowLogMax]: 23 } };
const PARTIAL_ZSTD = { ...ZSTD_WINDOW, finishFlush: external_node_zlib_.constants.ZSTD_e_flush, maxOutputLength: MAX_BEGINNING };
const GZIP = { create: () => (0,external_node_zlib_.createGunzip)(), unpack: (bytes) => (0,external_node_zlib_.gunzipSync)(bytes, PARTIAL) };
const CODINGS = {
    gzip: GZIP,
    'x-gzip': GZIP,
    // Servers say `deflate` for two formats: the one of the standard, and the bare stream that some browsers once wanted.
    deflate: {
        create: (isZlib) => (isZlib ? (0,external_node_zlib_.createInflate)() : (0,external_node_zlib_.createInflateRaw)()),
        unpack: (bytes, isZlib) => (isZlib ? external_node_zlib_.inflateSync : external_node_zlib_.inflateRawSync)(bytes, PARTIAL),
    },
    br: { create: () => (0,external_node_zlib_.createBrotliDecompress)(), unpack: (bytes) => (0,external_node_zlib_.brotliDecompressSync)(bytes, PARTIAL_BROTLI) },
    zstd: { create: () => (0,external_node_zlib_.createZstdDecompress)(ZSTD_WINDOW), unpack: (bytes) => (0,external_node_zlib_.zstdDecompressSync)(bytes, PARTIAL_ZSTD) },
};
/** Nobody stacks more on purpose. */
const MOST_CODINGS = 3;
/** The codings of a `content-encoding` in the order in which they were applied; undefined when one of them cannot be undone. */
function parseCodings(contentEncoding) {
    if (contentEncoding === '')
        return [];
    const names = contentEncoding.split(',').map((name) => name.trim().toLowerCase());
    const codings = names.filter((name) => name !== '' && name !== 'identity');
    return codings.length <= MOST_CODINGS && codings.every(isCoding) ? codings : undefined;
}
/** @param firstByte of the stream. */
function createDecoder(coding, firstByte) {
    return CODINGS[coding].create(isZlib(firstByte));
}
/** The beginning of a body as its reader would see it; the bytes themselves when they cannot be unpacked. */
function unpackBeginning(bytes, contentEncoding) {
    try {
        return (parseCodings(contentEncoding) ?? []).reduceRight((packed, coding) => CODINGS[coding].unpack(packed, isZlib(packed[0] ?? 0)), bytes);
    }
    catch {
        return bytes;
    }
}
// Low half of the first byte of a zlib stream. A bare deflate stream cannot begin so: no encoder sets the padding bits.
function isZlib(firstByte) {
    return (firstByte & 0x0f) === 8;
}
function isCoding(name) {
    return Object.hasOwn(CODINGS, name);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/answer-decoder.js

/** The bytes are not what the upstream said they were, or end too early. */
class DamagedBodyError extends Error {
    code = 'UPSTREAM_ENCODING';
}
const answer_decoder_NOTHING = Buffer.alloc(0);
/**
 * Unpacks a compressed body as it comes: each chunk is given out as far as it can be read. However much comes out of little, it
 * comes in small pieces and stops while the sink holds it back, so memory stays flat.
 */
class AnswerDecoder {
    #stages;
    /** @param codings at least one, in the order in which they were applied: the last one is undone first. */
    constructor(codings, sink) {
        const stages = codings.map((coding) => new Stage(coding)).reverse();
        for (const [index, stage] of stages.entries()) {
            const before = stages[index - 1];
            const next = stages[index + 1];
            stage.sink = {
                onData: next === undefined ? sink.onData : (bytes) => void (next.push(bytes) || stage.pause()),
                onDrain: before === undefined ? sink.onDrain : () => before.resume(),
                onEnd: next === undefined ? sink.onEnd : () => next.end(),
                onError: (error) => {
                    this.destroy();
                    sink.onError(error);
                },
            };
        }
        this.#stages = stages;
    }
    /** @returns false when no more should come before `onDrain`. */
    push(chunk) {
        return this.#stages[0]?.push(chunk) ?? true;
    }
    end() {
        this.#stages[0]?.end();
    }
    /** Calls back when everything pushed so far was given out: the rest will never come. */
    settle(done) {
        const steps = this.#stages.map((stage) => (then) => stage.settle(then));
        steps.reduceRight((then, step) => () => step(then), done)();
    }
    pause() {
        this.#stages.at(-1)?.pause();
    }
    resume() {
        this.#stages.at(-1)?.resume();
    }
    destroy() {
        for (const stage of this.#stages)
            stage.destroy();
    }
}
class Stage {
    sink;
    #coding;
    #decoder;
    #pushed = 0;
    /** Nothing more will be pushed. */
    #isWhole = false;
    /** The compressed stream has come to its own end. */
    #isRead = false;
    #isOver = false;
    constructor(coding) {
        this.#coding = coding;
    }
    push(chunk) {
        if (this.#isOver || chunk.length === 0)
            return true;
        this.#pushed += chunk.length;
        if (this.#isRead) {
            this.#fail();
            return true;
        }
        this.#decoder ??= this.#start(chunk[0] ?? 0);
        return this.#decoder.write(chunk);
    }
    end() {
        if (this.#isOver)
            return;
        this.#isWhole = true;
        // A body of no bytes is an empty one, whatever its coding.
        if (this.#decoder === undefined || this.#isRead)
            this.#finish();
        else
            this.#decoder.end();
    }
    settle(done) {
        if (this.#decoder === undefined || this.#isOver || this.#isRead)
            done();
        // What was unpacked last is given out in the ticks that follow.
        else
            this.#decoder.write(answer_decoder_NOTHING, () => setImmediate(done));
    }
    pause() {
        this.#decoder?.pause();
    }
    resume() {
        this.#decoder?.resume();
    }
    destroy() {
        this.#isOver = true;
        this.#decoder?.destroy();
    }
    #start(firstByte) {
        const decoder = createDecoder(this.#coding, firstByte);
        decoder.on('data', (bytes) => this.#isOver || this.sink?.onData(bytes));
        decoder.on('drain', () => this.#isOver || this.sink?.onDrain());
        decoder.on('error', () => this.#fail());
        decoder.once('end', () => this.#onRead(decoder));
        return decoder;
    }
    #onRead(decoder) {
        this.#isRead = true;
        // Bytes behind the end would be lost, and with them perhaps the half of an answer.
        if (decoder.bytesWritten < this.#pushed)
            this.#fail();
        else if (this.#isWhole)
            this.#finish();
        // Nobody waits for a stream that takes no more.
        else
            this.sink?.onDrain();
    }
    #finish() {
        if (this.#isOver)
            return;
        this.#isOver = true;
        this.sink?.onEnd();
    }
    #fail() {
        if (this.#isOver)
            return;
        this.#isOver = true;
        this.sink?.onError(new DamagedBodyError('the compressed body is damaged'));
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/answer-plan.js


const PASS = { kind: 'pass' };
const REFUSE = { kind: 'refuse' };
const PARTIAL_CONTENT = 206;
/** Headers that describe the packed bytes and are wrong about the unpacked ones. */
const OF_PACKED_BYTES = new Set([
    'content-encoding',
    'content-length',
    'content-md5',
    'content-digest',
    'digest',
    'repr-digest',
    'accept-ranges',
]);
/** @param needles what is looked for; without any, every body passes as it is. */
function planAnswer(head, needles) {
    if (needles === undefined || head.contentEncoding === '' || head.framing.kind === 'none')
        return PASS;
    const codings = parseCodings(head.contentEncoding);
    if (codings === undefined)
        return REFUSE;
    if (codings.length === 0)
        return PASS;
    // A range of packed bytes begins anywhere: it cannot be unpacked.
    return head.status === PARTIAL_CONTENT ? REFUSE : { kind: 'decode', codings };
}
/** The head that the client gets: what concerns the connection is gone, and so is every echo of the credential. */
function renderClientHead(head, plan, needles) {
    const passed = deriveClientHeaders(head.headers);
    const headers = plan.kind === 'decode' ? describeUnpacked(passed) : passed;
    if (needles === undefined)
        return { reason: head.reason, headers };
    return { reason: needles.clean(head.reason), headers: needles.cleanHeaders(headers) };
}
function describeUnpacked(flat) {
    const headers = [];
    for (let index = 0; index + 1 < flat.length; index += 2) {
        const name = flat[index] ?? '';
        const value = flat[index + 1] ?? '';
        if (OF_PACKED_BYTES.has(name))
            continue;
        // A strong tag promises the same bytes; these mean the same.
        headers.push(name, name === 'etag' && value.startsWith('"') ? `W/${value}` : value);
    }
    return headers;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/echo-scrubber.js
const echo_scrubber_NOTHING = Buffer.alloc(0);
const echo_scrubber_MASK = '*';
/**
 * Fewer bytes are no secret (`sk-proj`, `ghs_`), and many a text ends so: they leave at once and are remembered, so that what
 * follows them is still known for the rest of a credential. More are no coincidence: they wait, however long it takes.
 */
const HELD_FROM = 8;
/** A scrubber for one answer, or for one direction of a tunnel. */
function createEchoScrubber(needles) {
    return new Scrubber(needles);
}
class Scrubber {
    #needles;
    /** The end of what has come that could be a beginning; the first `#sent` bytes of it have left. */
    #open = echo_scrubber_NOTHING;
    #sent = 0;
    constructor(needles) {
        this.#needles = needles;
    }
    push(chunk) {
        const bytes = this.#open.length === 0 ? chunk : Buffer.concat([this.#open, chunk]);
        const sent = this.#sent;
        const start = this.#needles.overwrite(bytes);
        if (start === bytes.length) {
            this.#open = echo_scrubber_NOTHING;
            this.#sent = 0;
            return sent === 0 ? bytes : bytes.subarray(sent);
        }
        // A copy: the chunk is the caller's, and may be overwritten by the next read.
        this.#open = Buffer.from(bytes.subarray(start));
        const end = this.#open.length < HELD_FROM ? bytes.length : Math.max(start, sent);
        this.#sent = Math.max(0, end - start);
        return bytes.subarray(sent, end);
    }
    get isHolding() {
        return this.#open.length > this.#sent;
    }
    end() {
        const kept = this.#open.subarray(this.#sent);
        this.#open = echo_scrubber_NOTHING;
        this.#sent = 0;
        return kept.fill(echo_scrubber_MASK);
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/failure.js
const KINDS = {
    ENOTFOUND: 'dns',
    EAI_AGAIN: 'dns',
    ECONNREFUSED: 'refused',
    EHOSTUNREACH: 'refused',
    ENETUNREACH: 'refused',
    EADDRNOTAVAIL: 'refused',
    EACCES: 'refused',
    EPERM: 'refused',
    ECONNRESET: 'reset',
    EPIPE: 'reset',
    ETIMEDOUT: 'timeout',
    PROXY_AUTH: 'proxy-auth',
    PROXY_REFUSED: 'proxy-refused',
};
const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO|CRL_)/;
/** Names what went wrong from error codes alone: texts of foreign errors are never passed on. */
function classifyFailure(error) {
    const code = readCode(error);
    return { kind: KINDS[code] ?? (TLS_CODE.test(code) ? 'tls' : 'unknown'), code };
}
const REFUSALS_BY_KIND = {
    dns: 'upstream_unreachable',
    refused: 'upstream_unreachable',
    reset: 'upstream_reset',
    timeout: 'upstream_timeout',
    tls: 'upstream_tls',
    'proxy-auth': 'upstream_proxy_refused',
    'proxy-refused': 'upstream_proxy_refused',
    unknown: 'upstream_unreachable',
};
/** The refusal that a client gets for a failure of its upstream. */
function refusalOf(failure) {
    return REFUSALS_BY_KIND[failure.kind];
}
function readCode(error) {
    let current = error;
    for (let depth = 0; depth < 4 && typeof current === 'object' && current !== null; depth += 1) {
        const { code, cause, errors } = current;
        if (typeof code === 'string' && code !== '')
            return code;
        current = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
    }
    return 'UNKNOWN';
}

;// CONCATENATED MODULE: ./lib/core/usage/byte-store.js
/** Enough for nearly every line, frame and short answer. */
const BLOCK = 4096;
// Every short JSON answer needs a block for a moment. Memory outside the heap is dear to allocate and to collect: without this
// list it was the larger part of metering such an answer.
const spareBlocks = [];
const MAX_SPARE_BLOCKS = 64;
const byte_store_NOTHING = new Uint8Array(0);
/** Creates an empty store for at most `limit` bytes. */
function createByteStore(limit) {
    return new BlockStore(limit);
}
// A class, as the meters are: two or three are made for each request, and an object literal with getters costs ten times as much.
class BlockStore {
    #limit;
    #block = byte_store_NOTHING;
    #length = 0;
    constructor(limit) {
        this.#limit = limit;
    }
    get length() {
        return this.#length;
    }
    append(bytes) {
        const needed = this.#length + bytes.length;
        if (needed > this.#limit)
            return false;
        if (needed > this.#block.length)
            this.#grow(needed);
        this.#block.set(bytes, this.#length);
        this.#length = needed;
        return true;
    }
    view() {
        return this.#block.subarray(0, this.#length);
    }
    clear() {
        giveBack(this.#block);
        this.#block = byte_store_NOTHING;
        this.#length = 0;
    }
    #grow(needed) {
        const doubled = Math.min(this.#limit, Math.max(needed, this.#block.length * 2));
        const grown = needed <= BLOCK ? takeBlock() : new Uint8Array(doubled);
        grown.set(this.view());
        giveBack(this.#block);
        this.#block = grown;
    }
}
function takeBlock() {
    return spareBlocks.pop() ?? new Uint8Array(BLOCK);
}
function giveBack(block) {
    if (block.length === BLOCK && spareBlocks.length < MAX_SPARE_BLOCKS)
        spareBlocks.push(block);
}

;// CONCATENATED MODULE: ./lib/core/usage/head-and-tail.js

/** Creates an empty one. Bytes are copied at most twice, so that a large download costs little. */
function createHeadAndTail(headSize, tailSize) {
    return new Ends(headSize, tailSize);
}
class Ends {
    #headSize;
    #tailSize;
    #store;
    #savedHead;
    constructor(headSize, tailSize) {
        this.#headSize = headSize;
        this.#tailSize = tailSize;
        this.#store = createByteStore(tailSize * 2);
    }
    push(bytes) {
        if (this.#store.append(bytes))
            return;
        this.#makeRoom(bytes);
        this.#store.append(bytes.subarray(Math.max(0, bytes.length - this.#tailSize)));
    }
    head() {
        return this.#savedHead ?? this.#store.view().subarray(0, this.#headSize);
    }
    tail() {
        return this.#store.view();
    }
    clear() {
        this.#savedHead = undefined;
        this.#store.clear();
    }
    #makeRoom(bytes) {
        const whole = this.#store.view();
        this.#savedHead ??= copyStart(whole, bytes, this.#headSize);
        const end = whole.slice(Math.max(0, whole.length - this.#tailSize));
        this.#store.clear();
        if (bytes.length < this.#tailSize)
            this.#store.append(end);
    }
}
function copyStart(first, second, size) {
    const start = new Uint8Array(Math.min(size, first.length + second.length));
    start.set(first.subarray(0, size));
    if (first.length < size)
        start.set(second.subarray(0, start.length - first.length), first.length);
    return start;
}

;// CONCATENATED MODULE: ./lib/core/usage/parse-json-bytes.js
const UTF8 = new TextDecoder();
/**
 * Parses the UTF-8 bytes of one JSON value as they pass. They are foreign and may have been cut anywhere, and a meter must never throw.
 * @returns undefined for bytes that are none.
 */
function parseJsonBytes(bytes) {
    try {
        return JSON.parse(UTF8.decode(bytes));
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./lib/core/usage/json-scan.js

/**
 * Steps over JSON text in bytes without building values. Every function takes and returns an index; -1 means that the text
 * ends (or stops being JSON) before the thing does. Strings are honoured, so a brace or a name inside one never counts.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
/** From any place between tokens to the next byte that is not white space; may be the length of `bytes`. */
function skipSpace(bytes, from) {
    let at = from;
    while (isSpace(bytes[at]))
        at += 1;
    return at;
}
/** From an opening quote to behind the closing one. */
function skipString(bytes, from) {
    for (let at = from + 1; at < bytes.length; at += 1) {
        const byte = bytes[at];
        if (byte === BACKSLASH)
            at += 1;
        else if (byte === QUOTE)
            return at + 1;
    }
    return -1;
}
/** From the first byte of any value to behind it. A number or word that the text's end cuts off gives -1 as well. */
function skipValue(bytes, from) {
    const first = bytes[from];
    if (first === QUOTE)
        return skipString(bytes, from);
    if (first === OPEN_BRACE || first === OPEN_BRACKET)
        return skipNested(bytes, from);
    let at = from;
    while (at < bytes.length && !endsWord(bytes[at]))
        at += 1;
    return at === bytes.length || at === from ? -1 : at;
}
/**
 * Depth at the end of the text relative to `from`, which stands between tokens: -1 behind the last member of the outermost
 * value. Undefined when the text ends inside a string.
 */
function measureDepth(bytes, from) {
    let depth = 0;
    for (let at = from; at < bytes.length; at += 1) {
        const byte = bytes[at];
        if (byte === QUOTE) {
            at = skipString(bytes, at) - 1;
            if (at < 0)
                return undefined;
        }
        else
            depth += deriveStep(byte);
    }
    return depth;
}
/**
 * The text of the first member of this name in the outermost object, where it is a string. Reads only as far as needed, so
 * a text that is cut off behind it will do.
 */
function findTopLevelString(bytes, name) {
    let at = skipSpace(bytes, 0);
    if (bytes[at] !== OPEN_BRACE)
        return undefined;
    do {
        const key = skipSpace(bytes, at + 1);
        const keyEnd = bytes[key] === QUOTE ? skipString(bytes, key) : -1;
        const colon = keyEnd === -1 ? -1 : skipSpace(bytes, keyEnd);
        if (bytes[colon] !== COLON)
            return undefined;
        const value = skipSpace(bytes, colon + 1);
        const valueEnd = skipValue(bytes, value);
        if (valueEnd === -1)
            return undefined;
        if (isNamed(bytes.subarray(key, keyEnd), name))
            return parseString(bytes.subarray(value, valueEnd));
        at = skipSpace(bytes, valueEnd);
    } while (bytes[at] === COMMA);
    return undefined;
}
/** Whether a quoted key is this name; hardly any key is, so it is compared before it is decoded. */
function isNamed(quoted, name) {
    if (quoted.includes(BACKSLASH))
        return parseString(quoted) === name;
    if (quoted.length !== name.length + 2)
        return false;
    for (let index = 0; index < name.length; index += 1)
        if (quoted[index + 1] !== name.charCodeAt(index))
            return false;
    return true;
}
function skipNested(bytes, from) {
    let depth = 0;
    for (let at = from; at < bytes.length; at += 1) {
        const byte = bytes[at];
        if (byte === QUOTE) {
            at = skipString(bytes, at) - 1;
            if (at < 0)
                return -1;
        }
        else
            depth += deriveStep(byte);
        if (depth === 0)
            return at + 1;
    }
    return -1;
}
function deriveStep(byte) {
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET)
        return 1;
    return byte === CLOSE_BRACE || byte === CLOSE_BRACKET ? -1 : 0;
}
function parseString(bytes) {
    const value = parseJsonBytes(bytes);
    return typeof value === 'string' ? value : undefined;
}
function endsWord(byte) {
    return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte);
}
function isSpace(byte) {
    return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

;// CONCATENATED MODULE: ./lib/core/usage/member-search.js
const member_search_QUOTE = 0x22;
const member_search_COLON = 0x3a;
const WINDOW = 7;
// A quote also starts the word, so after a miss the window may move by six only.
const STEP_AFTER_MISS = 6;
const USAGE_MEMBER = createMemberPattern('usage', 'Metadata', '{');
const MODEL_MEMBER = createMemberPattern('model', 'Version', '"');
/**
 * Index of the opening quote of the next such member in `bytes[from, end)`, or -1. A name that the end cuts off counts as
 * found: the caller then waits for the rest of the line.
 */
function findMember(bytes, from, pattern) {
    const { word, skip } = pattern;
    const end = bytes.length;
    let at = from + WINDOW - 1;
    while (at < end) {
        const step = skip[bytes[at] ?? 0] ?? 1;
        if (step !== 0)
            at += step;
        else if (isWordAt(bytes, at - WINDOW + 1, word) && leadsToValue(bytes, at, pattern))
            return at - WINDOW + 1;
        else
            at += STEP_AFTER_MISS;
    }
    return -1;
}
function createMemberPattern(letters, longer, opener) {
    const word = new TextEncoder().encode(`"${letters}`);
    const tail = new TextEncoder().encode(`${longer}"`);
    const skip = new Uint8Array(256).fill(WINDOW);
    for (const [index, byte] of word.entries())
        skip[byte] = WINDOW - 1 - index;
    skip[member_search_QUOTE] = 0;
    skip[tail[0] ?? 0] = 0;
    return { word, tail, opener: opener.charCodeAt(0), skip };
}
function isWordAt(bytes, start, word) {
    // From the end: the last letter differs far more often than the quote.
    for (let index = word.length - 1; index >= 0; index--)
        if (bytes[start + index] !== word[index])
            return false;
    return true;
}
/** From the byte behind the word: the rest of the name, a colon, and a value of the wanted kind. */
function leadsToValue(bytes, from, pattern) {
    let at = from;
    if (bytes[at] !== member_search_QUOTE) {
        for (const byte of pattern.tail) {
            if (at === bytes.length)
                return true;
            if (bytes[at++] !== byte)
                return false;
        }
    }
    else
        at += 1;
    at = skipBlanks(bytes, at);
    if (at === bytes.length)
        return true;
    if (bytes[at] !== member_search_COLON)
        return false;
    at = skipBlanks(bytes, at + 1);
    return at === bytes.length || bytes[at] === pattern.opener;
}
function skipBlanks(bytes, from) {
    let at = from;
    while (at < bytes.length && member_search_isBlank(bytes[at]))
        at += 1;
    return at;
}
function member_search_isBlank(byte) {
    return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

;// CONCATENATED MODULE: ./lib/core/usage/model-name.js
const MODEL_NAME = /^[\w./:@+-]{1,128}$/;
/**
 * Parses a model name as it may stand in logs, metrics and the summary: 1–128 characters of letters, digits and `_./:@+-`.
 * Anything else is no name, since both the agent and an upstream can put any text there.
 * @returns the name, or undefined.
 */
function parseModelName(value) {
    return typeof value === 'string' && MODEL_NAME.test(value) ? value : undefined;
}

;// CONCATENATED MODULE: ./lib/core/usage/parse-usage.js

// Chat completions come first: gateways that translate add Anthropic's cache fields beside prompt_tokens, which has them in it.
const parse_usage_SHAPES = [
    {
        marks: ['prompt_tokens', 'completion_tokens'],
        read: (fields) => ({
            input: parseCount(fields.prompt_tokens),
            output: parseCount(fields.completion_tokens),
            cached: parseCount(parseFields(fields.prompt_tokens_details)?.cached_tokens),
        }),
    },
    {
        // Anthropic counts what it read from or wrote to the cache beside input_tokens, not within.
        marks: ['cache_creation_input_tokens', 'cache_read_input_tokens'],
        read: (fields) => ({
            input: parseCount(fields.input_tokens) +
                parseCount(fields.cache_creation_input_tokens) +
                parseCount(fields.cache_read_input_tokens),
            output: parseCount(fields.output_tokens),
            cached: parseCount(fields.cache_read_input_tokens),
        }),
    },
    {
        marks: ['input_tokens', 'output_tokens'],
        read: (fields) => ({
            input: parseCount(fields.input_tokens),
            output: parseCount(fields.output_tokens),
            cached: parseCount(parseFields(fields.input_tokens_details)?.cached_tokens),
        }),
    },
    {
        // Google counts thinking beside the candidates, and tool results beside the prompt.
        marks: ['promptTokenCount', 'candidatesTokenCount', 'totalTokenCount'],
        read: (fields) => ({
            input: parseCount(fields.promptTokenCount) + parseCount(fields.toolUsePromptTokenCount),
            output: parseCount(fields.candidatesTokenCount) + parseCount(fields.thoughtsTokenCount),
            cached: parseCount(fields.cachedContentTokenCount),
        }),
    },
    {
        // Bedrock Converse: as Anthropic, in camel case.
        marks: ['inputTokens', 'outputTokens'],
        read: (fields) => ({
            input: parseCount(fields.inputTokens) +
                parseCount(fields.cacheReadInputTokens) +
                parseCount(fields.cacheWriteInputTokens),
            output: parseCount(fields.outputTokens),
            cached: parseCount(fields.cacheReadInputTokens),
        }),
    },
];
/**
 * Reads a `usage` or `usageMetadata` object of any API we know by its fields.
 * @returns tokens (`input` includes what came from the cache), or undefined when no field is a known count.
 */
function parseUsage(value) {
    const fields = parseFields(value);
    if (fields === undefined)
        return undefined;
    return parse_usage_SHAPES.find((shape) => shape.marks.some((mark) => isCount(fields[mark])))?.read(fields);
}
/**
 * Reads a parsed event. Usage and model stand at the top level (chat completions, message_delta, Google, plain JSON answers),
 * in `response` (Responses) or in `message` (message_start). Nothing deeper counts: tool arguments may hold such names too.
 */
function parseEvent(value) {
    const event = parseFields(value) ?? {};
    const inner = parseFields(event.response) ?? parseFields(event.message) ?? {};
    return {
        usage: readUsageOf(event) ?? readUsageOf(inner),
        model: readModelOf(inner) ?? readModelOf(event),
        isFinal: typeof event.type === 'string' && /^response\.(completed|incomplete|failed|done)$/.test(event.type),
    };
}
function readUsageOf(fields) {
    return parseUsage(fields.usage) ?? parseUsage(fields.usageMetadata);
}
function readModelOf(fields) {
    return parseModelName(fields.model) ?? parseModelName(fields.modelVersion);
}
function parseFields(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}
/** No answer has more; with it figures of a whole run can be added without leaving the whole numbers. */
const MOST_TOKENS = 1_000_000_000;
function isCount(value) {
    return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= MOST_TOKENS;
}
function parseCount(value) {
    return isCount(value) ? value : 0;
}

;// CONCATENATED MODULE: ./lib/core/usage/json-meter.js






/** Kept of the beginning (model) and of the end (usage) of a body; a shorter one is kept whole. */
const HEAD = 16 * 1024;
const TAIL = 64 * 1024;
/** Members of the right name that are looked at, from the last one back. */
const CANDIDATES = 8;
const json_meter_NOTHING = new Uint8Array(0);
const json_meter_BACKSLASH = 0x5c;
const json_meter_COLON = 0x3a;
/**
 * Creates the meter of one JSON answer that is not a stream of events (also Google's streams without `alt=sse`, which are one
 * JSON array). All known APIs write `usage` behind the content, so head and tail of a body of any size are enough, and the
 * content itself is never parsed.
 */
function createJsonMeter(options = { wantsModel: true }) {
    return new JsonMeter(options.wantsModel);
}
class JsonMeter {
    #wantsModel;
    #first;
    #kept;
    #usage;
    #model;
    #isEnded = false;
    constructor(wantsModel) {
        this.#wantsModel = wantsModel;
    }
    // Most answers come in one piece, which is read where it lies; only a second piece makes copies necessary.
    push(bytes) {
        if (this.#isEnded)
            return;
        if (this.#first === undefined) {
            this.#first = bytes;
            return;
        }
        if (this.#kept === undefined) {
            this.#kept = createHeadAndTail(HEAD, TAIL);
            this.#kept.push(this.#first);
        }
        this.#kept.push(bytes);
    }
    end() {
        if (this.#isEnded)
            return;
        this.#isEnded = true;
        const whole = this.#first ?? json_meter_NOTHING;
        const tail = this.#kept?.tail() ?? whole;
        this.#usage = findUsage(tail);
        if (this.#wantsModel)
            this.#model = findModelIn(this.#kept?.head() ?? whole.subarray(0, HEAD), tail);
        this.#kept?.clear();
        this.#first = json_meter_NOTHING;
    }
    get usage() {
        return this.#usage;
    }
    get model() {
        return this.#model;
    }
}
function findUsage(tail) {
    for (const text of outerMembers(tail, USAGE_MEMBER)) {
        const usage = parseUsage(parseJsonBytes(text));
        if (usage !== undefined)
            return usage;
    }
    return undefined;
}
function findModelIn(head, tail) {
    const atTop = findTopLevelString(head, 'model') ?? findTopLevelString(head, 'modelVersion');
    if (atTop !== undefined)
        return parseModelName(atTop);
    for (const text of outerMembers(tail, MODEL_MEMBER))
        return parseModelName(parseJsonBytes(text));
    return undefined;
}
/**
 * Values of the members of this name that stand in the outermost object or one below it, the last first. The depth is
 * counted from the end, as the beginning may be gone: a `usage` inside a tool's arguments is deeper.
 */
function* outerMembers(tail, pattern) {
    const hits = [];
    for (let hit = findMember(tail, 0, pattern); hit !== -1; hit = findMember(tail, hit + 1, pattern))
        hits.push(hit);
    for (const hit of hits.slice(-CANDIDATES).reverse()) {
        if (tail[hit - 1] === json_meter_BACKSLASH)
            continue;
        const value = tail.indexOf(pattern.opener, tail.indexOf(json_meter_COLON, hit));
        const end = skipValue(tail, value);
        const depth = end === -1 ? undefined : measureDepth(tail, end);
        if (depth === -1 || depth === -2)
            yield tail.subarray(value, end);
    }
}

;// CONCATENATED MODULE: ./lib/core/usage/event-tally.js


/**
 * Creates an empty tally. The counts of an unfinished response are cumulative in every dialect, and some events leave fields
 * out (Anthropic's message_delta may name the output only), so the highest figure of each field holds. Responses that the
 * Responses API declares final are added up: a WebSocket carries many.
 */
function createEventTally() {
    return new Tally();
}
class Tally {
    #settled;
    #settledCount = 0;
    #open;
    #model;
    readEvent(json) {
        const reading = parseEvent(parseJsonBytes(json));
        this.#model ??= reading.model;
        if (reading.usage === undefined)
            return;
        if (!reading.isFinal) {
            this.#open = combine(this.#open, reading.usage, Math.max);
            return;
        }
        this.#settled = combine(this.#settled, reading.usage, add);
        this.#settledCount += 1;
        this.#open = undefined;
    }
    readModel(json) {
        this.#model ??= parseEvent(parseJsonBytes(json)).model;
    }
    get usage() {
        return this.#open === undefined ? this.#settled : combine(this.#settled, this.#open, add);
    }
    get model() {
        return this.#model;
    }
    get responses() {
        return this.#settledCount + (this.#open === undefined ? 0 : 1);
    }
}
function combine(left, right, join) {
    if (left === undefined)
        return right;
    return {
        input: join(left.input, right.input),
        output: join(left.output, right.output),
        cached: join(left.cached, right.cached),
    };
}
function add(left, right) {
    return left + right;
}

;// CONCATENATED MODULE: ./lib/core/usage/sse-meter.js



/** A longer line is passed over: it cannot be a usage report, and memory stays bounded. */
const sse_meter_MAX_LINE = 4 * 1024 * 1024;
/** Events parsed in search of a model name; every dialect names it in the first one. */
const MODEL_ATTEMPTS = 4;
/** Bytes searched for a model name. The first event of the Responses API echoes instructions and tools before it. */
const MODEL_REACH = 1024 * 1024;
const sse_meter_LF = 0x0a;
const sse_meter_CR = 0x0d;
const DATA = new TextEncoder().encode('data:');
/**
 * Creates the meter of one text/event-stream answer. Chunks are searched as they are; only lines with a usage object (and the
 * first with a model) are decoded and parsed. An event is one `data:` line, as all dialects send it. A body whose lines end in
 * bare CR only is read at its end, up to the length of one line.
 */
function createSseMeter() {
    return new SseMeter();
}
class SseMeter {
    #tally = createEventTally();
    /** The line that the last chunk left unfinished. */
    #held = createByteStore(sse_meter_MAX_LINE);
    #isSkippingLine = false;
    #modelAttempts = MODEL_ATTEMPTS;
    #bytesSeen = 0;
    #isEnded = false;
    #usageLines = { pattern: USAGE_MEMBER, read: (json) => this.#tally.readEvent(json) };
    #modelLines = { pattern: MODEL_MEMBER, read: (json) => this.#readModel(json) };
    push(bytes) {
        if (this.#isEnded || bytes.length === 0)
            return;
        this.#bytesSeen += bytes.length;
        const start = this.#isSkippingLine || this.#held.length > 0 ? this.#finishHeldLine(bytes) : 0;
        if (start === -1)
            return;
        if (this.#wantsModel())
            eachLine(bytes, start, this.#modelLines);
        eachLine(bytes, start, this.#usageLines);
        if (bytes[bytes.length - 1] !== sse_meter_LF)
            this.#hold(bytes.subarray(Math.max(start, bytes.lastIndexOf(sse_meter_LF) + 1)));
    }
    end() {
        if (this.#isEnded)
            return;
        this.#isEnded = true;
        this.#readHeldLine();
    }
    get usage() {
        return this.#tally.usage;
    }
    get model() {
        return this.#tally.model;
    }
    #wantsModel() {
        return this.#tally.model === undefined && this.#modelAttempts > 0 && this.#bytesSeen <= MODEL_REACH;
    }
    #readModel(json) {
        this.#modelAttempts -= 1;
        if (this.#modelAttempts >= 0)
            this.#tally.readModel(json);
    }
    /** Completes the held line from the beginning of a chunk. Returns where the next line starts, -1 when there is none yet. */
    #finishHeldLine(bytes) {
        const lineEnd = bytes.indexOf(sse_meter_LF);
        this.#hold(bytes.subarray(0, lineEnd === -1 ? bytes.length : lineEnd));
        if (lineEnd === -1)
            return -1;
        this.#readHeldLine();
        return lineEnd + 1;
    }
    #hold(part) {
        if (this.#isSkippingLine || this.#held.append(part))
            return;
        this.#isSkippingLine = true;
        this.#held.clear();
    }
    /** Reads what was held back, now that its line is complete. */
    #readHeldLine() {
        const line = this.#held.view();
        if (this.#wantsModel() && findMember(line, 0, MODEL_MEMBER) !== -1)
            readLine(line, this.#modelLines);
        if (findMember(line, 0, USAGE_MEMBER) !== -1)
            readLine(line, this.#usageLines);
        this.#held.clear();
        this.#isSkippingLine = false;
    }
}
/** Reads the wanted ones among the finished lines from `start` on. */
function eachLine(bytes, start, wanted) {
    let from = start;
    for (;;) {
        const hit = findMember(bytes, from, wanted.pattern);
        const lineEnd = hit === -1 ? -1 : bytes.indexOf(sse_meter_LF, hit);
        if (lineEnd === -1)
            return;
        readLine(bytes.subarray(Math.max(start, bytes.lastIndexOf(sse_meter_LF, hit) + 1), lineEnd), wanted);
        from = lineEnd + 1;
    }
}
/** A line without its LF. CR ends a line too, and cannot stand inside the JSON of an event. */
function readLine(line, wanted) {
    for (let from = 0; from < line.length;) {
        const cr = line.indexOf(sse_meter_CR, from);
        const to = cr === -1 ? line.length : cr;
        if (startsWithData(line, from))
            wanted.read(line.subarray(from + DATA.length, to));
        from = to + 1;
    }
}
function startsWithData(line, from) {
    return DATA.every((byte, index) => line[from + index] === byte);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/meter.js



/** Which of the two formats called `deflate` is read: where a body has to be changed, AnswerDecoder looks. */
const ZLIB_FIRST_BYTE = 0x78;
/** A meter for a response, or undefined when its type carries no usage. */
function createBodyMeter(subject) {
    const meter = createUsageMeter(subject);
    if (meter === undefined)
        return undefined;
    const codings = parseCodings(subject.contentEncoding);
    const [coding, ...others] = codings ?? [];
    if (codings === undefined || others.length > 0)
        return undefined;
    return coding === undefined
        ? createPlainMeter(meter)
        : createDecodingMeter(meter, createDecoder(coding, ZLIB_FIRST_BYTE));
}
function createUsageMeter(subject) {
    if (isEventStream(subject.contentType))
        return createSseMeter();
    return /^application\/([\w.+-]+\+)?json/i.test(subject.contentType) ? createJsonMeter(subject) : undefined;
}
/** Media type without parameters, so that `text/event-stream; charset=utf-8` counts too. */
function isEventStream(contentType) {
    return /^\s*text\/event-stream\s*(;|$)/i.test(contentType);
}
function createPlainMeter(meter) {
    let isFirst = true;
    return {
        push: (chunk, isLast = false) => {
            // The meter of JSON reads a first piece where it lies, and most answers come in one.
            meter.push(isFirst && !isLast ? Buffer.from(chunk) : chunk);
            isFirst = false;
        },
        end: (done) => {
            meter.end();
            done(meter);
        },
    };
}
/** Decoded bytes a response may grow to before it is no longer read: a bomb must cost nothing. */
const MAX_DECODED_BYTES = 256 * 1024 * 1024;
/** Compressed bytes that may wait for the decoder; beyond that metering of this response is given up. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
function createDecodingMeter(meter, decoder) {
    let decoded = 0;
    let isOver = false;
    let onDone;
    const finish = () => {
        if (!isOver)
            meter.end();
        isOver = true;
        onDone?.(meter);
        onDone = undefined;
    };
    const give = () => {
        decoder.destroy();
        finish();
    };
    decoder.on('data', (chunk) => {
        decoded += chunk.length;
        if (decoded > MAX_DECODED_BYTES)
            give();
        else
            meter.push(chunk);
    });
    decoder.once('end', finish);
    decoder.once('error', finish);
    return {
        push: (chunk) => {
            if (isOver || decoder.destroyed)
                return;
            if (decoder.writableLength > MAX_WAITING_BYTES)
                give();
            else
                decoder.write(Buffer.from(chunk));
        },
        end: (done) => {
            onDone = done;
            if (isOver || decoder.destroyed)
                finish();
            else
                decoder.end();
        },
    };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/pending-answer.js
/** Renews what was refused; undefined when the request cannot be replayed. @param used what the refused request carried. */
async function prepareReplay({ call, body, recover }, { head }, used) {
    const recovery = await recover(head.status, used);
    // Where the body is gone this answer passes, but the client's next attempt must not meet the same refusal.
    if (recovery === undefined || !call.runtime.mayReplay)
        return undefined;
    if (body === null || Buffer.isBuffer(body))
        return { recovery, body };
    const whole = body.canBeReplayed ? await body.whole() : undefined;
    return whole === undefined ? undefined : { recovery, body: whole };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/upstream/request-head.js

/** The request cannot be written as HTTP/1.1 without changing its meaning. */
class InvalidRequestError extends Error {
    code = 'INVALID_REQUEST';
}
const request_head_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Characters above 0xff would be cut to one byte each and could become CR or LF.
const FORBIDDEN_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const FORBIDDEN_IN_PATH = /[^\x21-\x7e\x80-\xff]/;
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);
/**
 * Renders the head. The framing is decided here and here only: a Content-Length of the client's is taken over for a streamed
 * body, never beside another framing.
 * @throws InvalidRequestError
 */
function renderRequestHead(request) {
    const { method, path, headers, body } = request;
    if (!request_head_TOKEN.test(method) || path[0] !== '/' || FORBIDDEN_IN_PATH.test(path)) {
        throw new InvalidRequestError('the request line is malformed');
    }
    const parts = [`${method} ${path} HTTP/1.1\r\nhost: ${request.authority}\r\nconnection: keep-alive\r\n`];
    let length;
    for (let index = 0; index + 1 < headers.length; index += 2) {
        const name = readHeaderName(headers[index] ?? '');
        const value = headers[index + 1] ?? '';
        if (name === undefined || FORBIDDEN_IN_VALUE.test(value))
            throw new InvalidRequestError('a header is malformed');
        if (name.lower === 'content-length')
            length = value;
        else
            parts.push(name.text, ': ', value, '\r\n');
    }
    const framing = renderFraming(method, body, length);
    parts.push(framing.text, '\r\n');
    return { text: parts.join(''), framing: framing.kind };
}
function renderFraming(method, body, length) {
    if (body === null)
        return { kind: 'none', text: WITHOUT_BODY.has(method) ? '' : 'content-length: 0\r\n' };
    if (Buffer.isBuffer(body))
        return { kind: 'length', text: `content-length: ${body.length}\r\n` };
    if (length === undefined)
        return { kind: 'chunked', text: 'transfer-encoding: chunked\r\n' };
    if (!/^\d{1,15}$/.test(length))
        throw new InvalidRequestError('Content-Length is not a number');
    return { kind: 'length', text: `content-length: ${length}\r\n` };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/upstream/to-answer.js
/** Rules for renewal look into a few headers only; they are rarely asked, so the record is made when they are. */
function toAnswer(head) {
    return new AnswerHead(head);
}
class AnswerHead {
    #head;
    constructor(head) {
        this.#head = head;
    }
    get status() {
        return this.#head.status;
    }
    get headers() {
        const { headers: flat } = this.#head;
        const record = {};
        for (let index = 0; index + 1 < flat.length; index += 2) {
            record[(flat[index] ?? '').toLowerCase()] = flat[index + 1] ?? '';
        }
        return record;
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/response-relay.js











/**
 * Relays one answer of the upstream to the client: bytes leave when they arrive, backpressure holds the upstream, a client that
 * leaves ends the upstream request, and an upstream that breaks off breaks the client's answer off too, never ends it cleanly.
 */
class ResponseRelay {
    #forwarding;
    #call;
    #answer;
    #secret;
    #replay;
    #needles;
    #controller;
    #meter;
    #scrubber;
    #decoder;
    #pending;
    #isOver = false;
    #isSuperseded = false;
    constructor(forwarding, secret, replay) {
        this.#forwarding = forwarding;
        this.#call = forwarding.call;
        this.#answer = forwarding.answer;
        this.#secret = secret;
        this.#needles = forwarding.call.runtime.needles(secret, forwarding.to);
        this.#replay = replay;
        this.#answer.onGone = this.#onClientGone;
        this.#answer.onDrain = () => this.#source?.resume();
    }
    /** Who is held while the client is slow. */
    get #source() {
        return this.#decoder ?? this.#controller;
    }
    onRequestStart(controller) {
        this.#controller = controller;
        if (this.#answer.isDestroyed)
            controller.abort(new Error('client left'));
    }
    onResponseStart(controller, head) {
        const judgement = this.#call.replayed === undefined ? this.#forwarding.judge(toAnswer(head)) : 'pass';
        if (judgement === 'pass') {
            this.#sendHead(head);
            return;
        }
        this.#pending = { head, chunks: [], size: 0, hasEnded: false, isJudged: false };
        if (judgement === 'refresh')
            this.#recover(controller, this.#pending);
    }
    onResponseData(controller, chunk, isLast) {
        if (this.#pending !== undefined) {
            this.#hold(controller, this.#pending, chunk);
            return;
        }
        if (this.#decoder === undefined)
            this.#take(chunk, isLast);
        // A copy: it is unpacked later, and the chunk is valid during this call only.
        else if (!this.#decoder.push(Buffer.from(chunk)))
            controller.pause();
    }
    onResponseEnd(controller) {
        if (this.#isSuperseded)
            return;
        if (this.#pending !== undefined) {
            this.#pending.hasEnded = true;
            this.#judge(controller, this.#pending);
            return;
        }
        if (this.#decoder === undefined)
            this.#endAnswer();
        else
            this.#decoder.end();
    }
    onResponseError(_controller, error) {
        // What came before the break leaves before the answer is broken off.
        if (this.#decoder === undefined)
            this.fail(error);
        else
            this.#decoder.settle(() => this.fail(error));
    }
    /** Ends the call because of an error: as a refusal before the head, as a broken answer after it. */
    fail(error) {
        if (this.#isSuperseded || this.#isOver)
            return;
        if (this.#answer.isDestroyed) {
            this.#finish('client-aborted');
            return;
        }
        if (this.#answer.isHeadSent) {
            this.#answer.destroy();
            this.#finish('upstream-cut');
            return;
        }
        const failure = classifyFailure(error);
        const code = error instanceof InvalidRequestError ? 'malformed_request' : refusalOf(failure);
        sendRefusal(this.#call, this.#answer, { code, detail: `${this.#call.upstream}: ${failure.code}` });
        this.#finish('upstream-failed');
    }
    #take(chunk, isLast) {
        this.#call.bytesOut += chunk.length;
        const bytes = this.#scrubber?.push(chunk) ?? chunk;
        if (bytes.length > 0)
            this.#meter?.push(bytes, isLast);
        // Ended with its last bytes, so that they and the end leave in one write.
        if (isLast && this.#scrubber?.isHolding !== true)
            this.#answer.end(bytes);
        else if (!this.#answer.write(bytes))
            this.#source?.pause();
    }
    #endAnswer = () => {
        const kept = this.#scrubber?.end();
        if (kept !== undefined && kept.length > 0)
            this.#meter?.push(kept);
        this.#answer.end(kept);
        this.#finish('complete');
    };
    #onClientGone = () => {
        if (this.#isOver || this.#isSuperseded)
            return;
        const controller = this.#controller;
        this.#finish('client-aborted');
        controller?.abort(new Error('client left'));
    };
    #hold(controller, pending, chunk) {
        pending.chunks.push(Buffer.from(chunk));
        pending.size += chunk.length;
        if (pending.size >= REFRESH_BODY_LIMIT)
            this.#judge(controller, pending);
    }
    // The head alone did not tell; now the beginning of the body does.
    #judge(controller, pending) {
        if (pending.isJudged)
            return;
        const body = unpackBeginning(Buffer.concat(pending.chunks), pending.head.contentEncoding).toString('latin1');
        const { status, headers } = toAnswer(pending.head);
        if (this.#forwarding.judge({ status, headers, body }) === 'refresh')
            this.#recover(controller, pending);
        else
            this.#release(controller, pending);
    }
    #recover(controller, pending) {
        pending.isJudged = true;
        if (!pending.hasEnded)
            controller.pause();
        prepareReplay(this.#forwarding, pending, this.#secret).then((replay) => {
            if (this.#isOver)
                return;
            if (replay === undefined)
                this.#release(controller, pending);
            else
                this.#supersede(controller, pending, replay);
        }, 
        // No credential to replay with: the client gets the upstream's own word, and the paused connection is read on.
        () => this.#isOver || this.#release(controller, pending));
    }
    #supersede(controller, pending, replay) {
        this.#isSuperseded = true;
        if (!pending.hasEnded)
            controller.abort(new Error('superseded by a replay'));
        this.#replay(replay);
    }
    #release(controller, pending) {
        this.#pending = undefined;
        this.#sendHead(pending.head);
        if (this.#isOver)
            return;
        for (const chunk of pending.chunks)
            this.onResponseData(controller, chunk, false);
        if (pending.hasEnded)
            this.onResponseEnd(controller);
        else
            controller.resume();
    }
    #sendHead(head) {
        const plan = planAnswer(head, this.#needles);
        const call = this.#call;
        if (plan.kind === 'refuse') {
            sendRefusal(call, this.#answer, { code: 'upstream_encoding', detail: call.upstream });
            const controller = this.#controller;
            this.#finish('upstream-failed');
            controller?.abort(new Error('unreadable'));
            return;
        }
        const { status, contentType } = head;
        if (isEventStream(contentType))
            call.transport = 'sse';
        call.status = status;
        call.firstByteAt = performance.now();
        this.#prepareBody(head, plan);
        const { reason, headers } = renderClientHead(head, plan, this.#needles);
        this.#answer.sendHead(status, reason, headers);
    }
    #prepareBody({ contentType, contentEncoding }, plan) {
        if (this.#needles !== undefined)
            this.#scrubber = createEchoScrubber(this.#needles);
        if (plan.kind === 'decode')
            this.#decoder = this.#createDecoder(plan.codings);
        const subject = { contentType, contentEncoding: plan.kind === 'decode' ? '' : contentEncoding };
        this.#meter = createBodyMeter({ ...subject, wantsModel: this.#call.model === undefined });
    }
    #createDecoder(codings) {
        return new AnswerDecoder(codings, {
            onData: (bytes) => this.#take(bytes, false),
            onDrain: () => this.#controller?.resume(),
            onEnd: this.#endAnswer,
            onError: (error) => {
                const controller = this.#controller;
                this.fail(error);
                controller?.abort(error);
            },
        });
    }
    #finish(outcome) {
        if (this.#isOver)
            return;
        this.#isOver = true;
        this.#decoder?.destroy();
        this.#answer.onGone = undefined;
        this.#forwarding.onEnd({ outcome, meter: this.#meter });
        this.#letGo();
    }
    /**
     * An object that has grown old keeps all it refers to alive until the next whole collection, although it is dead itself: without this,
     * a third of what a request needs outlives it (measured).
     */
    #letGo() {
        this.#answer.onDrain = undefined;
        this.#controller = undefined;
        this.#decoder = undefined;
        this.#meter = undefined;
        this.#scrubber = undefined;
    }
}

// EXTERNAL MODULE: ./node_modules/@smithy/signature-v4/dist-cjs/index.js
var dist_cjs = __nccwpck_require__(118);
;// CONCATENATED MODULE: ./lib/sidecar/worker/sign-request.js



/** Bedrock's runtime and control plane are both scoped to this service (AWS documentation). */
const SERVICE = 'bedrock';
const OWN = /^(authorization|x-amz-date|x-amz-security-token|x-amz-content-sha256)$/i;
const SIGNED = /^(content-type|x-amz-.*|x-amzn-.*)$/i;
/** Signs a request with SigV4. @returns its headers as a flat list, without Host. */
async function signRequest(request) {
    const { keys, upstream } = request;
    const kept = keepPairs(request.headers, (name) => !OWN.test(name));
    const [path = '/', query = ''] = splitTarget(request.target);
    const signer = new dist_cjs/* SignatureV4 */.BB({ service: SERVICE, region: request.region, sha256: NodeSha256, credentials: keys });
    const signed = await signer.sign({
        method: request.method,
        protocol: `${upstream.scheme}:`,
        hostname: upstream.hostname,
        port: upstream.port,
        path,
        query: parseQuery(query),
        headers: { host: renderAuthority(upstream), ...toRecord(keepPairs(kept, (name) => SIGNED.test(name))) },
        body: request.body ?? '',
    });
    const added = Object.entries(signed.headers).filter(([name]) => OWN.test(name));
    return [...kept, ...added.flat()];
}
function keepPairs(flat, isKept) {
    return flat.filter((_, index) => isKept(flat[index - (index % 2)] ?? ''));
}
function toRecord(flat) {
    const record = {};
    for (let index = 0; index + 1 < flat.length; index += 2)
        record[(flat[index] ?? '').toLowerCase()] = flat[index + 1] ?? '';
    return record;
}
function splitTarget(target) {
    const mark = target.indexOf('?');
    return mark < 0 ? [target] : [target.slice(0, mark), target.slice(mark + 1)];
}
function parseQuery(query) {
    const parameters = new Map();
    for (const [name, value] of new URLSearchParams(query.replaceAll('+', '%2B'))) {
        parameters.set(name, [...(parameters.get(name) ?? []), value]);
    }
    return Object.fromEntries(parameters);
}
/** The hash of the platform in the shape that the signer asks for. */
class NodeSha256 {
    #hash;
    constructor(secret) {
        this.#hash = secret === undefined ? (0,external_node_crypto_.createHash)('sha256') : (0,external_node_crypto_.createHmac)('sha256', toBytes(secret));
    }
    update(data) {
        this.#hash.update(toBytes(data));
    }
    digest() {
        return Promise.resolve(new Uint8Array(this.#hash.digest()));
    }
}
function toBytes(data) {
    if (typeof data === 'string')
        return Buffer.from(data);
    return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/forward.js





/** Sends the request with the given secret and relays the answer. Never throws: every end goes to `onEnd`. */
function forward(forwarding, secret) {
    const { call, to } = forwarding;
    if (forwarding.answer.isDestroyed) {
        forwarding.onEnd({ outcome: 'client-aborted', meter: undefined });
        return;
    }
    call.upstream = call.runtime.upstream(to).hostname;
    const relay = new ResponseRelay(forwarding, secret, ({ recovery, body }) => {
        call.replayed = recovery.name;
        forward({ ...forwarding, body }, recovery.secret);
    });
    const headers = deriveUpstreamHeaders(call.request.head.headers, call.runtime.injection(secret, to));
    const keys = call.runtime.isSigning ? findAwsKeys(secret) : undefined;
    if (keys === undefined) {
        dispatch(forwarding, headers, relay);
        return;
    }
    sign(forwarding, headers, keys).then((signed) => dispatch(forwarding, signed, relay), (error) => relay.fail(error));
}
function dispatch(forwarding, headers, relay) {
    const { call, client, to, body } = forwarding;
    const upstream = call.runtime.upstream(to);
    try {
        const path = upstream.basePath + forwarding.path;
        client
            .pool(upstream)
            .dispatch({ method: call.method, path, authority: renderAuthority(upstream), headers, body }, relay);
    }
    catch (error) {
        relay.fail(error);
    }
}
function sign(forwarding, headers, keys) {
    const { call, to, body } = forwarding;
    const upstream = call.runtime.upstream(to);
    return signRequest({
        method: call.method,
        upstream,
        target: upstream.basePath + forwarding.path,
        headers,
        // What signs is held whole (readRequestBody with mustHold), so a stream cannot come here.
        body: Buffer.isBuffer(body) ? body : null,
        keys,
        region: call.runtime.region,
    });
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/held-body.js
/**
 * Holds what comes of a body while it is found out whether the request may be served: a body is lost unless somebody receives it in
 * the turn of its head. At most what the connection has read before it pauses is held. Whoever reads the body afterwards sees it as
 * if it had come then, its end included.
 */
class HeldBody {
    #request;
    #bytes = [];
    #hasEnded = false;
    constructor(request) {
        this.#request = request;
        request.receiver = this;
    }
    onData(bytes) {
        this.#bytes.push(Buffer.from(bytes));
        this.#request.connection.pauseBody();
    }
    onEnd() {
        this.#hasEnded = true;
        this.#request.isComplete = false;
    }
    onLeave() {
        this.#bytes.length = 0;
    }
    /** Nobody will read it. */
    drop() {
        this.#request.receiver = undefined;
        this.#finish();
    }
    /** Gives what was held to the receiver of now; without one it is thrown away. */
    release() {
        const { receiver } = this.#request;
        if (receiver === this || receiver === undefined) {
            this.drop();
            return;
        }
        for (const bytes of this.#bytes)
            receiver.onData(bytes);
        if (this.#finish())
            receiver.onEnd();
        else
            this.#request.connection.resumeBody();
    }
    #finish() {
        if (this.#hasEnded)
            this.#request.isComplete = true;
        return this.#hasEnded;
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/request-body.js
/** A body up to this size is collected and sent with the head in one write; a larger one streams with flat memory. */
const HELD_BODY_BYTES = 256 * 1024;
/** Bytes of a body that have arrived so far. */
function countReceived(body) {
    if (body === null)
        return 0;
    return Buffer.isBuffer(body) ? body.length : body.received;
}
/**
 * Gives the body in the form it will be sent. Calls back synchronously when there is none.
 * @param done never called when the client leaves before a held body is complete; `too-large` only with `mustHold`.
 */
function readRequestBody(request, rules, done) {
    const { framing } = request.head;
    if (framing.kind === 'none') {
        done(null);
        return;
    }
    request.connection.sendContinue();
    if (framing.kind === 'length' && framing.bytes <= HELD_BODY_BYTES) {
        request.receiver = new Collection(framing.bytes, done);
    }
    else if (rules.mustHold)
        hold(request, rules.keepBytes, done);
    else
        done(new Upload(request, rules.keepBytes));
}
/** Collects a small body of known length. */
class Collection {
    #done;
    #size;
    #body;
    #received = 0;
    constructor(size, done) {
        this.#size = size;
        this.#done = done;
    }
    onData(bytes) {
        // Not before a byte is there: a client that only announces a body must not cost its memory.
        this.#body ??= Buffer.allocUnsafe(this.#size);
        bytes.copy(this.#body, this.#received);
        this.#received += bytes.length;
    }
    onEnd() {
        if (this.#body !== undefined)
            this.#done(this.#body);
    }
    onLeave() {
        this.#body = undefined;
    }
}
function hold(request, limit, done) {
    const upload = new Upload(request, limit);
    upload.whole().then((body) => {
        // A client that left is seen by its answer; there is nobody to answer.
        if (body !== undefined)
            done(body);
        else if (upload.received > limit)
            done('too-large');
    }, () => undefined);
}
/**
 * A request's body as the upstream's client reads it. When an upstream answers early and stops reading, the client of ours must
 * still get that answer: detaching discards the rest of the body instead of the connection it comes on.
 */
class Upload {
    #request;
    #keepBytes;
    #ended = Promise.withResolvers();
    #kept;
    /** Bytes that came while nobody took them; what follows them is held back. */
    #waiting = [];
    #sink;
    #isPaused = false;
    #isDiscarding = false;
    #hasLeft = false;
    received = 0;
    constructor(request, keepBytes) {
        this.#request = request;
        this.#keepBytes = keepBytes;
        this.#kept = keepBytes > 0 ? [] : undefined;
        request.receiver = this;
    }
    /** True as long as every byte so far was kept. */
    get canBeReplayed() {
        return this.#kept !== undefined;
    }
    /** The whole body once it has arrived; undefined when it was larger than what is kept, or the client left. */
    async whole() {
        this.detach();
        if (!this.#request.isComplete && !this.#hasLeft)
            await this.#ended.promise;
        return this.#request.isComplete && this.#kept !== undefined ? Buffer.concat(this.#kept) : undefined;
    }
    attach(sink) {
        if (this.#isDiscarding)
            return;
        this.#sink = sink;
        if (this.#hasLeft)
            sink.onError(new Error('client left'));
        else
            this.resume();
    }
    pause() {
        this.#isPaused = true;
        this.#request.connection.pauseBody();
    }
    resume() {
        this.#isPaused = false;
        while (!this.#isPaused) {
            const bytes = this.#waiting.shift();
            if (bytes === undefined)
                break;
            this.#sink?.onData(bytes);
        }
        if (this.#isPaused)
            return;
        if (this.#request.isComplete)
            this.#sink?.onEnd();
        else
            this.#request.connection.resumeBody();
    }
    detach() {
        this.#sink = undefined;
        this.#isDiscarding = true;
        this.#waiting = [];
        this.#request.connection.resumeBody();
    }
    onData(bytes) {
        this.received += bytes.length;
        if (this.received > this.#keepBytes)
            this.#kept = undefined;
        this.#kept?.push(Buffer.from(bytes));
        if (this.#isDiscarding)
            return;
        if (this.#sink !== undefined && !this.#isPaused && this.#waiting.length === 0) {
            this.#sink.onData(bytes);
            return;
        }
        this.#waiting.push(Buffer.from(bytes));
        this.#request.connection.pauseBody();
    }
    onEnd() {
        this.#ended.resolve();
        if (this.#waiting.length === 0 && !this.#isDiscarding)
            this.#sink?.onEnd();
    }
    onLeave() {
        this.#hasLeft = true;
        this.#ended.resolve();
        if (!this.#isDiscarding)
            this.#sink?.onError(new Error('client left'));
    }
}

;// CONCATENATED MODULE: ./lib/core/usage/find-model.js


/** How much of a request body is read for its model; clients write it first or behind a few short members. */
const MODEL_HEAD_BYTES = 16 * 1024;
const PATHS = [
    /\/models\/([^/:]+(?:%3A[^/:]*)?):\w+$/i, // Google, and Anthropic on Vertex: …/models/<model>:streamRawPredict
    /\/deployments\/([^/]+)\//, // Azure: /openai/deployments/<name>/chat/completions
    /\/model\/([^/]+)\/(?:invoke|converse)/, // Bedrock
];
/**
 * The model that a request asks for: from the path where the API puts it there, else the top-level `model` of the JSON body.
 * @param head the first bytes of the body (decoded); more than {@link MODEL_HEAD_BYTES} is not looked at.
 * @param path the request's path; a query is ignored.
 * @returns undefined when there is none, or when it is no name that may be printed.
 */
function findModel(head, path) {
    return findInPath(path) ?? parseModelName(findTopLevelString(head.subarray(0, MODEL_HEAD_BYTES), 'model'));
}
function findInPath(path) {
    const bare = path.split('?', 1)[0] ?? '';
    for (const pattern of PATHS) {
        const name = pattern.exec(bare)?.[1];
        if (name !== undefined)
            return parseModelName(decodeSegment(name));
    }
    return undefined;
}
function decodeSegment(segment) {
    try {
        return decodeURIComponent(segment);
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/request-model.js

const EMPTY = new Uint8Array(0);
/** The model a request names, from its path or the head of a held body. A streamed body is not looked into. */
function findRequestModel(body, path) {
    return findModel(Buffer.isBuffer(body) ? body : EMPTY, path);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/handle-request.js










const LONGEST_RETRY_AFTER_SECONDS = 60;
/** Opens the record of a request; {@link endCall} closes it. */
function openCall(context, runtime, request) {
    context.onStart();
    return createCall(context.nextId(), runtime, request);
}
/** Decides what happens with a request head; shared by plain requests and upgrades. At once, unless the client must be looked up. */
function admitCall(context, call) {
    const { runtime, request } = call;
    const { routing } = runtime.check;
    const lends = routing !== 'passthrough';
    const target = lends ? stripCredentialParameters(request.head.target) : request.head.target;
    const route = decideRoute({ provider: runtime.config, routing, method: call.method, target });
    if (route.kind === 'refuse')
        return route;
    if (context.isStopping())
        return { kind: 'refuse', code: 'sidecar_stopping' };
    const stranger = lends ? context.guard(request, runtime.config.id) : undefined;
    if (!(stranger instanceof Promise))
        return admitClient(context, call, { route, stranger });
    return stranger.then((code) => admitClient(context, call, { route, stranger: code }));
}
function admitClient(context, call, { route, stranger }) {
    if (stranger !== undefined)
        return { kind: 'refuse', code: stranger };
    const refusal = isModelRequest(call) ? context.limits.admit() : undefined;
    if (refusal !== undefined)
        return { kind: 'refuse', code: refusal };
    call.isMetered = isModelRequest(call);
    return route;
}
// Listings, health checks and deletions cost nothing; what costs is a POST or a WebSocket.
function isModelRequest(call) {
    return call.method === 'POST' || call.request.head.upgrade !== undefined;
}
/** Handles one HTTP request from head to last byte. */
function handleRequest(context, runtime, exchange) {
    const { request, answer } = exchange;
    const call = openCall(context, runtime, request);
    const admission = admitCall(context, call);
    if (!(admission instanceof Promise)) {
        begin({ context, call, answer, route: admission });
        return;
    }
    answer.onGone = () => endCall(context, call, 'client-aborted');
    const held = new HeldBody(request);
    void admission.then((route) => {
        if (answer.isOver)
            return;
        if (route.kind === 'refuse')
            held.drop();
        begin({ context, call, answer, route });
        if (route.kind === 'forward')
            held.release();
    });
}
function begin({ context, call, answer, route }) {
    if (route.kind === 'refuse') {
        sendRefusal(call, answer, { code: route.code });
        endCall(context, call, 'refused');
        return;
    }
    answer.onGone = () => endCall(context, call, 'client-aborted');
    readRequestBody(call.request, call.runtime.bodyRules, (body) => {
        if (body === 'too-large') {
            sendRefusal(call, answer, { code: 'body_too_large_to_sign' });
            endCall(context, call, 'refused');
            return;
        }
        call.model = findRequestModel(body, call.path);
        start({ context, call, answer, route, body });
    });
}
function start({ context, call, answer, route, body }) {
    const forwarding = {
        call,
        answer,
        client: context.client,
        to: route.to,
        path: route.path,
        body,
        judge: (head) => judgeAnswer(context, call.runtime, head),
        recover: (status, used) => recover(context, call, { to: route.to, status, used }),
        onEnd: (end) => onRelayEnd(context, forwarding, end),
    };
    const secret = call.runtime.credentialFor(route.to)?.current() ?? null;
    if (!(secret instanceof Promise)) {
        forward(forwarding, secret);
        return;
    }
    secret.then((late) => forward(forwarding, late), (error) => {
        refuseWithoutCredential(call, answer, error);
        endCall(context, call, 'refused');
    });
}
/** 503 with Retry-After: not 401 or 403, on which clients give up or ask for a login. */
function refuseWithoutCredential(call, answer, error) {
    const unavailable = error instanceof CredentialUnavailableError ? error : undefined;
    const seconds = Math.ceil((unavailable?.retryAfterMs ?? 1000) / 1000);
    const cause = unavailable?.failure?.cause;
    sendRefusal(call, answer, {
        code: 'credential_unavailable',
        // A source that is no longer asked has no time to name: the clients' own limits end the run.
        retryAfter: Number.isFinite(seconds) ? Math.max(1, seconds) : LONGEST_RETRY_AFTER_SECONDS,
        ...(cause === undefined ? {} : { detail: cause }),
    });
}
/** What an answer means for the credential. A key that never changes is never renewed, whatever the status. */
function judgeAnswer(context, runtime, answer) {
    const { dialect } = runtime.config;
    if (answer.status === 421 && dialect === 'copilot')
        return 'refresh';
    return runtime.isRenewed ? decideRefresh(answer, deriveRefreshRules(context.refreshRules, dialect)) : 'pass';
}
/** After an answer that {@link judgeAnswer} calls for a refresh: what to replay the request with, or undefined to pass the answer on. */
async function recover(context, call, refused) {
    const { runtime } = call;
    const credential = runtime.credentialFor(refused.to);
    if (refused.status === 421) {
        // Another request's 421 may have moved the upstream while this one was under way: then there is nothing to ask.
        const wasMoved = call.upstream !== runtime.upstream(refused.to).hostname;
        const hasMoved = wasMoved || (refused.to === 'api' && (await context.rediscover(runtime)));
        return hasMoved ? { secret: refused.used, name: 'misdirected' } : undefined;
    }
    if (credential === null || refused.used === null)
        return undefined;
    const isRenewed = await credential.renewAfter(refused.used);
    return isRenewed ? { secret: await credential.current(), name: 'unauthorized' } : undefined;
}
function onRelayEnd(context, forwarding, end) {
    const { call, body } = forwarding;
    call.bytesIn = countReceived(body);
    if (end.meter === undefined) {
        endCall(context, call, end.outcome);
        return;
    }
    end.meter.end((reading) => {
        call.tokens = reading.usage;
        call.model ??= reading.model;
        endCall(context, call, end.outcome);
    });
}
/** Books the call and writes its log line, once: later ends of the same call are echoes of the first. */
function endCall(context, call, outcome) {
    if (call.hasEnded)
        return;
    call.hasEnded = true;
    if (call.isMetered)
        context.limits.settle(call.tokens);
    context.onEvent(renderRequestEvent(call, outcome));
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/relay-upgrade-answer.js




/** What becomes of the answer; `refuse` where it could not be searched. */
function planUpgradeAnswer({ response, needles }) {
    const { statusCode: status = 502, headers } = response;
    const contentEncoding = headers['content-encoding'] ?? '';
    return planAnswer({ status, contentEncoding, framing: { kind: 'until-close' } }, needles);
}
/** Relays it, so that the client falls back at once: searched like every answer, and a cut stays a cut. */
function relayUpgradeAnswer(answer, plan) {
    const { call, socket, response, needles } = answer;
    call.status = response.statusCode ?? 502;
    call.firstByteAt = performance.now();
    const shown = { reason: response.statusMessage ?? '', headers: response.rawHeaders };
    const head = renderClientHead(shown, plan, needles);
    const hasLength = head.headers.includes('content-length');
    socket.write(renderUpgradeHead(call.status, head, ['connection', 'close']), 'latin1');
    const scrubber = needles === undefined ? undefined : createEchoScrubber(needles);
    const body = openBody(response, plan.kind === 'decode' ? plan.codings : []);
    body.onData((bytes) => {
        call.bytesOut += bytes.length;
        if (socket.destroyed || socket.write(scrubber?.push(bytes) ?? bytes))
            return;
        body.pause();
        socket.once('drain', body.resume);
    });
    socket.once('close', () => response.destroy());
    body.onClose((isComplete) => {
        if (socket.destroyed) {
            answer.onEnd('client-aborted');
            return;
        }
        // Cut off in the middle: the client's answer must not look whole, nor wait for the rest. Without a length only a reset tells.
        if (isComplete)
            socket.end(scrubber?.end() ?? '');
        else if (hasLength)
            socket.destroy();
        else
            socket.resetAndDestroy();
        answer.onEnd(isComplete ? 'complete' : 'upstream-cut');
    });
}
function openBody(response, codings) {
    if (codings.length === 0) {
        return {
            onData: (take) => void response.on('data', take),
            onClose: (done) => onceClosed(response, () => done(response.complete)),
            pause: () => response.pause(),
            resume: () => response.resume(),
        };
    }
    let take = () => undefined;
    const ended = Promise.withResolvers();
    const decoder = new AnswerDecoder(codings, {
        onData: (bytes) => take(bytes),
        onDrain: () => response.resume(),
        onEnd: () => ended.resolve(true),
        onError: () => {
            ended.resolve(false);
            response.destroy();
        },
    });
    response.on('data', (chunk) => decoder.push(chunk) || response.pause());
    onceClosed(response, () => {
        if (response.complete)
            decoder.end();
        else
            decoder.settle(() => ended.resolve(false));
    });
    return {
        onData: (given) => {
            take = given;
        },
        onClose: (done) => void ended.promise.then(done),
        pause: () => decoder.pause(),
        resume: () => decoder.resume(),
    };
}
// An answer that was cut while a recovery was waited for has closed before anybody listened.
function onceClosed(response, done) {
    if (response.destroyed)
        done();
    else
        response.once('close', done);
}
/** @param extra flat list of headers of our own. */
function renderUpgradeHead(status, head, extra = []) {
    const flat = [...head.headers, ...extra];
    let text = `HTTP/1.1 ${status} ${head.reason || (external_node_http_.STATUS_CODES[status] ?? 'Unknown')}\r\n`;
    for (let index = 0; index + 1 < flat.length; index += 2)
        text += `${flat[index]}: ${flat[index + 1]}\r\n`;
    return `${text}\r\n`;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/frame-scrubber.js

const frame_scrubber_NOTHING = Buffer.alloc(0);
const FIRST_CONTROL_OPCODE = 0x8;
const RESERVED_BITS = 0x70;
const FINAL = 0x80;
const MASKED = 0x80;
/** @param needles without any, bytes pass untouched. */
function createFrameScrubber(needles) {
    return needles === undefined ? { push: (chunk) => chunk } : new frame_scrubber_Scrubber(needles);
}
class frame_scrubber_Scrubber {
    #needles;
    /** What has come and not left. */
    #bytes = frame_scrubber_NOTHING;
    /** Where in `#bytes` the payload of the message under way lies, one range for each frame; of the control frame, too. */
    #message = [];
    #control = [];
    #frame;
    /** Bytes at the end of `#bytes` that are the beginning of a head. */
    #headLength = 0;
    #isBroken = false;
    constructor(needles) {
        this.#needles = needles;
    }
    push(chunk) {
        if (this.#isBroken)
            return undefined;
        const from = this.#bytes.length;
        this.#bytes = from === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
        const read = this.#read(from);
        if (read === undefined) {
            this.#isBroken = true;
            return undefined;
        }
        return this.#leave(Math.min(read, this.#search(this.#message), this.#search(this.#control)));
    }
    /** @returns how far the bytes were read: the head of a frame waits until it is whole. */
    #read(from) {
        // A head that was not whole before is read again from its beginning.
        let at = from - this.#headLength;
        this.#headLength = 0;
        while (at < this.#bytes.length) {
            if (this.#frame === undefined) {
                const size = this.#openFrame(at);
                if (size === undefined)
                    return undefined;
                if (size === 0) {
                    this.#headLength = this.#bytes.length - at;
                    return at;
                }
                at += size;
            }
            at = this.#takePayload(at);
        }
        return at;
    }
    /** @returns the size of the head, 0 when it is not whole, undefined when it is none of a server. */
    #openFrame(at) {
        const first = this.#bytes[at] ?? 0;
        const second = this.#bytes[at + 1];
        // Reserved bits belong to extensions, and none was agreed on.
        if ((first & RESERVED_BITS) !== 0)
            return undefined;
        if (second === undefined)
            return 0;
        if (second >= MASKED)
            return undefined;
        const extra = second === 126 ? 2 : second === 127 ? 8 : 0;
        if (at + 2 + extra > this.#bytes.length)
            return 0;
        const length = extra === 0 ? second : this.#readLength(at + 2, extra);
        if (!Number.isSafeInteger(length))
            return undefined;
        this.#frame = { isControl: (first & 0x0f) >= FIRST_CONTROL_OPCODE, isFinal: first >= FINAL, left: length };
        return 2 + extra;
    }
    #readLength(at, size) {
        let length = 0;
        for (const byte of this.#bytes.subarray(at, at + size))
            length = length * 256 + byte;
        return length;
    }
    #takePayload(at) {
        const frame = this.#frame;
        if (frame === undefined)
            return at;
        const end = Math.min(this.#bytes.length, at + frame.left);
        const ranges = frame.isControl ? this.#control : this.#message;
        if (end > at)
            ranges.push([at, end]);
        frame.left -= end - at;
        if (frame.left > 0)
            return end;
        this.#frame = undefined;
        if (frame.isFinal)
            this.#finish(ranges);
        return end;
    }
    // The message is over: nothing can complete what its end looks like, and what came of a credential is overwritten.
    #finish(ranges) {
        const open = this.#search(ranges);
        const last = ranges.at(-1)?.[1] ?? 0;
        const kept = ranges.filter(([, end]) => end > open);
        const size = kept.reduce((sum, [start, end]) => sum + end - Math.max(start, open), 0);
        if (open < last && size >= HELD_FROM)
            for (const [start, end] of kept)
                this.#bytes.fill('*', Math.max(start, open), end);
        ranges.length = 0;
    }
    /** @returns where what must wait begins; the length of all bytes when nothing has to. */
    #search(ranges) {
        const [first, ...others] = ranges;
        const { length } = this.#bytes;
        if (first === undefined)
            return length;
        const [start, end] = first;
        if (others.length === 0) {
            // Nearly always: a frame is a message, and is searched where it lies.
            const open = this.#needles.overwrite(this.#bytes.subarray(start, end));
            return start + open === end ? length : start + open;
        }
        const joined = Buffer.concat(ranges.map(([from, to]) => this.#bytes.subarray(from, to)));
        const open = this.#needles.overwrite(joined);
        let done = 0;
        let place = length;
        for (const [from, to] of ranges) {
            joined.copy(this.#bytes, from, done, done + to - from);
            if (open >= done && open < done + to - from)
                place = from + open - done;
            done += to - from;
        }
        return place;
    }
    #leave(end) {
        const left = this.#bytes.subarray(0, end);
        // A copy of the rest: the chunk is the caller's.
        this.#bytes = end === this.#bytes.length ? frame_scrubber_NOTHING : Buffer.from(this.#bytes.subarray(end));
        this.#message = shift(this.#message, end);
        this.#control = shift(this.#control, end);
        return left;
    }
}
function shift(ranges, by) {
    return ranges.filter(([, end]) => end > by).map(([start, end]) => [Math.max(0, start - by), end - by]);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/splice-sockets.js

/**
 * Joins two sockets both ways with backpressure. When one side ends, its end is passed on; when one breaks, the other is
 * destroyed, so that neither hangs. `onClose` is called once, when both are gone.
 */
function spliceSockets(left, right, onClose) {
    let open = 2;
    const closed = () => {
        open -= 1;
        if (open === 0)
            onClose();
    };
    for (const [from, to] of [
        [left, right],
        [right, left],
    ]) {
        from.socket.setTimeout(0);
        from.socket.setNoDelay(true);
        const onChunk = (chunk) => {
            if (!to.socket.writable)
                return;
            writeBytes(to.socket, from.onBytes(chunk));
            if (isCongested(to.socket))
                from.socket.pause();
        };
        to.socket.on('drain', () => from.socket.resume());
        from.socket.once('end', () => to.socket.end());
        from.socket.on('error', () => to.socket.destroy());
        from.socket.once('close', () => {
            // A side that was closed by force never ends the other one: a paused socket would wait for ever.
            if (!to.socket.destroyed)
                to.socket.destroySoon();
            closed();
        });
        if (from.read === undefined)
            from.socket.on('data', onChunk);
        else
            from.read(onChunk);
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/tunnel-end.js
/**
 * Watches both sides of a tunnel. When it is over, the result says how it ended for the log: an upstream that goes first without
 * the Close message that WebSocket wants (RFC 6455 §7.1.5) has broken off, and a client that resets has left.
 * @param hasGoodbye whether a Close message has passed, either way.
 */
function watchTunnelEnd(client, upstream, hasGoodbye) {
    let first;
    const note = (who) => () => {
        first ??= who;
    };
    client.once('error', note('broken-client'));
    client.once('end', note('client'));
    client.once('close', note('client'));
    for (const event of ['error', 'end', 'close'])
        upstream.once(event, note('upstream'));
    return () => {
        if (hasGoodbye() || first === 'client')
            return 'complete';
        return first === 'upstream' ? 'upstream-cut' : 'client-aborted';
    };
}

;// CONCATENATED MODULE: ./lib/core/usage/frame-reader.js

const CONTINUATION = 0x0;
const TEXT = 0x1;
const BINARY = 0x2;
/** The first of the control opcodes; ping and pong follow. */
const CLOSE = 0x8;
const PONG = 0xa;
const RSV1 = 0x40;
const RSV2_AND_3 = 0x30;
const LONGEST_HEAD = 14;
const MAX_CONTROL_PAYLOAD = 125;
/** Creates a reader that starts at the first byte after the upgrade. */
function createFrameReader(options) {
    const state = {
        options,
        kept: createByteStore(options.maxPayload),
        head: new Uint8Array(LONGEST_HEAD),
        headLength: 0,
        frame: undefined,
        left: 0,
        message: undefined,
        fault: undefined,
        isClosed: false,
    };
    return {
        push(bytes) {
            let at = 0;
            while (at < bytes.length && state.fault === undefined && !state.isClosed) {
                at = state.frame === undefined ? readHead(state, bytes, at) : readPayload(state, state.frame, { bytes, at });
            }
        },
        get broken() {
            return state.fault;
        },
        get isClosed() {
            return state.isClosed;
        },
    };
}
/** Collects the head of the next frame. Returns how far it read. */
function readHead(state, bytes, from) {
    const { head } = state;
    let at = from;
    while (state.headLength < deriveHeadSize(head, state.headLength)) {
        if (at === bytes.length)
            return at;
        head[state.headLength++] = bytes[at++] ?? 0;
    }
    const frame = parseFrame(head, state.options.masked);
    if (typeof frame === 'string')
        state.fault = frame;
    else
        startFrame(state, frame);
    return at;
}
function deriveHeadSize(head, known) {
    if (known < 2)
        return 2;
    const second = head[1] ?? 0;
    const code = second & 0x7f;
    const extra = code === 126 ? 2 : code === 127 ? 8 : 0;
    return 2 + extra + (second >= 0x80 ? 4 : 0);
}
function parseFrame(head, isMaskedWay) {
    const first = head[0] ?? 0;
    const second = head[1] ?? 0;
    const opcode = first & 0x0f;
    if ((first & RSV2_AND_3) !== 0)
        return 'reserved-bits';
    if ((opcode > BINARY && opcode < CLOSE) || opcode > PONG)
        return 'opcode';
    const isMasked = second >= 0x80;
    if (isMasked !== isMaskedWay)
        return 'masking';
    const size = deriveHeadSize(head, 2);
    const length = readLength(head);
    if (!Number.isSafeInteger(length))
        return 'length';
    const mask = isMasked ? head.slice(size - 4, size) : undefined;
    return { opcode, isFinal: first >= 0x80, hasRsv1: (first & RSV1) !== 0, mask, length };
}
function readLength(head) {
    const code = (head[1] ?? 0) & 0x7f;
    if (code < 126)
        return code;
    let length = 0;
    for (const byte of head.subarray(2, code === 126 ? 4 : 10))
        length = length * 256 + byte;
    return length;
}
function startFrame(state, frame) {
    state.fault = frame.opcode >= CLOSE ? findControlFault(frame) : startDataFrame(state, frame);
    if (state.fault !== undefined)
        return;
    state.headLength = 0;
    state.frame = frame;
    state.left = frame.length;
    if (frame.length === 0)
        finishFrame(state, frame);
}
function findControlFault(frame) {
    return frame.isFinal && !frame.hasRsv1 && frame.length <= MAX_CONTROL_PAYLOAD ? undefined : 'control-frame';
}
function startDataFrame(state, frame) {
    if (frame.opcode === CONTINUATION) {
        if (state.message === undefined)
            return 'fragmentation';
        return frame.hasRsv1 ? 'reserved-bits' : undefined;
    }
    if (state.message !== undefined)
        return 'fragmentation';
    state.message = { isText: frame.opcode === TEXT, isCompressed: frame.hasRsv1, isTruncated: false };
    return undefined;
}
/** Takes what there is of the payload. Returns how far it read. */
function readPayload(state, frame, { bytes, at }) {
    const end = at + Math.min(state.left, bytes.length - at);
    const message = frame.opcode < CLOSE ? state.message : undefined;
    if (message !== undefined && frame_reader_isWanted(state.options, message)) {
        if (isWholeMessage(state, frame, end - at)) {
            // Nearly every frame: no copy.
            finishMessage(state, message, bytes.subarray(at, end));
        }
        else
            keepPart(state, frame, bytes.subarray(at, end));
    }
    state.left -= end - at;
    if (state.left === 0)
        finishFrame(state, frame);
    return end;
}
function frame_reader_isWanted(options, message) {
    return message.isCompressed ? options.onCompressed !== undefined : message.isText;
}
function isWholeMessage(state, frame, available) {
    const isWhole = frame.isFinal && frame.opcode !== CONTINUATION && available === frame.length;
    return isWhole && frame.mask === undefined && frame.length <= state.options.maxPayload;
}
function keepPart(state, frame, part) {
    const { kept, options, message } = state;
    const before = kept.length;
    const size = Math.min(part.length, options.maxPayload - before);
    if (size < part.length && message !== undefined)
        message.isTruncated = true;
    kept.append(part.subarray(0, size));
    if (frame.mask !== undefined)
        unmask(kept.view().subarray(before), frame.mask, frame.length - state.left);
}
function unmask(payload, mask, offset) {
    for (let index = 0; index < payload.length; index += 1) {
        payload[index] = (payload[index] ?? 0) ^ (mask[(offset + index) & 3] ?? 0);
    }
}
function finishFrame(state, frame) {
    state.frame = undefined;
    if (frame.opcode === CLOSE)
        state.isClosed = true;
    if (frame.opcode >= CLOSE || !frame.isFinal)
        return;
    if (state.message !== undefined)
        finishMessage(state, state.message, state.kept.view());
}
function finishMessage(state, message, payload) {
    const { options } = state;
    const { isText, isCompressed, isTruncated } = message;
    state.message = undefined;
    if (isCompressed)
        options.onCompressed?.(payload, { isText, isTruncated });
    else if (isText)
        options.onText(payload, isTruncated);
    state.kept.clear();
}

;// CONCATENATED MODULE: ./lib/core/usage/websocket-meter.js




/** Bytes of a client message that are read: `type` and `model` come before the input. */
const CLIENT_HEAD_BYTES = 16 * 1024;
const websocket_meter_MODEL_ATTEMPTS = 4;
/** Creates the meter of one socket. */
function createResponsesSocketMeter() {
    const tally = createEventTally();
    let requests = 0;
    let askedModel;
    let modelAttempts = websocket_meter_MODEL_ATTEMPTS;
    return {
        readClientText(payload) {
            const head = payload.subarray(0, CLIENT_HEAD_BYTES);
            if (findTopLevelString(head, 'type') !== 'response.create')
                return;
            requests += 1;
            askedModel ??= parseModelName(findTopLevelString(head, 'model'));
        },
        readServerText(payload) {
            if (tally.model === undefined && modelAttempts > 0 && findMember(payload, 0, MODEL_MEMBER) !== -1) {
                modelAttempts -= 1;
                tally.readModel(payload);
            }
            if (findMember(payload, 0, USAGE_MEMBER) !== -1)
                tally.readEvent(payload);
        },
        get requests() {
            return requests;
        },
        get responses() {
            return tally.responses;
        },
        get usage() {
            return tally.usage;
        },
        get model() {
            return tally.model ?? askedModel;
        },
    };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/message-inflater.js

/** What the end marker of a deflate block was before the sender cut it off (RFC 7692 §7.2.2). */
const message_inflater_TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
/** A message that inflates to more is a bomb: reading stops, the bytes themselves pass on. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024;
/**
 * Reads permessage-deflate: one window over all messages of a direction, each message flushed on its own. `onText` gets the
 * messages in order, some time after they were pushed.
 */
class MessageInflater {
    #onText;
    #decoder;
    #isBroken = false;
    #parts = [];
    #size = 0;
    #waiting = 0;
    #onIdle;
    constructor(onText) {
        this.#onText = onText;
    }
    /** @param isTruncated the payload lacks its end: the window is lost, nothing can be read from here on. */
    push(payload, isTruncated) {
        if (isTruncated)
            this.#stop();
        if (this.#isBroken)
            return;
        this.#decoder ??= this.#start();
        this.#waiting += 1;
        this.#decoder.write(Buffer.concat([payload, message_inflater_TAIL]));
        this.#decoder.flush(() => this.#onFlushed());
    }
    /** Ends reading; calls back when all messages pushed so far are through. */
    close(done) {
        this.#onIdle = done;
        this.#settle();
    }
    #start() {
        const decoder = (0,external_node_zlib_.createInflateRaw)();
        decoder.on('data', (part) => {
            this.#size += part.length;
            if (this.#size > MAX_INFLATED_BYTES)
                this.#stop();
            else
                this.#parts.push(part);
        });
        decoder.on('error', () => this.#stop());
        return decoder;
    }
    #onFlushed() {
        this.#waiting -= 1;
        if (this.#isBroken)
            return;
        const message = Buffer.concat(this.#parts);
        this.#parts = [];
        this.#size = 0;
        this.#onText(message);
        this.#settle();
    }
    #stop() {
        this.#isBroken = true;
        this.#parts = [];
        this.#decoder?.destroy();
        this.#settle();
    }
    #settle() {
        const done = this.#onIdle;
        if (done === undefined || (this.#waiting > 0 && !this.#isBroken))
            return;
        this.#onIdle = undefined;
        this.#isBroken = true;
        this.#decoder?.destroy();
        done();
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/tunnel-meter.js



/** A message with usage is small next to this; larger ones are stepped over. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Reads along in both directions of one tunnel; it changes and delays nothing. */
function createTunnelMeter(options) {
    const meter = createResponsesSocketMeter();
    let booked = { input: 0, output: 0, cached: 0 };
    let responses = 0;
    let counted = 1;
    // A response that nobody was seen to ask for costs like any other; one that reports no usage was asked for all the same.
    const count = () => {
        for (const seen = Math.max(meter.requests, meter.responses); counted < seen; counted += 1)
            options.onFurtherRequest();
    };
    const book = () => {
        const { usage } = meter;
        if (usage === undefined || meter.responses === responses)
            return;
        responses = meter.responses;
        const difference = subtract(usage, booked);
        booked = usage;
        count();
        options.onUsage(difference);
    };
    const onServerText = (payload) => {
        meter.readServerText(payload);
        book();
    };
    const client = createFrameReader({
        masked: true,
        maxPayload: 16 * 1024,
        onText: (payload) => {
            meter.readClientText(payload);
            count();
        },
    });
    const inflate = new MessageInflater(onServerText);
    const server = createFrameReader({
        masked: false,
        maxPayload: MAX_MESSAGE_BYTES,
        onText: onServerText,
        onCompressed: (payload, info) => inflate.push(payload, info.isTruncated),
    });
    return {
        fromClient: (chunk) => client.push(chunk),
        fromUpstream: (chunk) => server.push(chunk),
        get hasGoodbye() {
            return client.isClosed || server.isClosed;
        },
        end: (done) => inflate.close(() => done(meter)),
    };
}
function subtract(usage, before) {
    return {
        input: usage.input - before.input,
        output: usage.output - before.output,
        cached: usage.cached - before.cached,
    };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/run-tunnel.js





const run_tunnel_NOTHING = Buffer.alloc(0);
/**
 * Joins both sides of an accepted upgrade. What the upstream sends is searched first and metered then, so that a credential it
 * echoes can get neither to the client nor into the log; the budgets of the run hold inside the connection, too.
 */
function runTunnel(context, { call, tunnel }, upstream) {
    const { socket } = tunnel;
    // What the responses use is booked while they pass; an idle tunnel reserves nothing.
    call.isMetered = false;
    context.limits.settle(undefined);
    // A used budget ends the connection, and the next request is refused with the reason.
    const meter = createTunnelMeter({
        onFurtherRequest: () => void (context.limits.admitFurther() !== undefined && socket.destroy()),
        onUsage: (usage) => void (context.limits.book(usage) !== undefined && socket.destroy()),
    });
    if (upstream.head.length > 0)
        upstream.socket.unshift(upstream.head);
    const fromClient = (chunk) => {
        call.bytesIn += chunk.length;
        meter.fromClient(chunk);
        // The request that is one too many goes no further.
        return socket.destroyed ? run_tunnel_NOTHING : chunk;
    };
    const scrubber = createFrameScrubber(upstream.needles);
    const fromUpstream = (chunk) => {
        call.bytesOut += chunk.length;
        const clean = scrubber.push(chunk);
        // Not WebSocket any more: what cannot be read is not passed on.
        if (clean === undefined)
            upstream.socket.destroy();
        else
            meter.fromUpstream(clean);
        return clean ?? run_tunnel_NOTHING;
    };
    const client = {
        socket,
        onBytes: fromClient,
        read: (onChunk) => tunnel.read(onChunk),
    };
    const outcomeOf = watchTunnelEnd(socket, upstream.socket, () => meter.hasGoodbye);
    spliceSockets(client, { socket: upstream.socket, onBytes: fromUpstream }, () => {
        meter.end((reading) => {
            call.tokens = reading.usage;
            call.model = reading.model;
            endCall(context, call, outcomeOf());
        });
    });
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/handle-upgrade.js










const HANDSHAKE_MS = 15_000;
/** Tunnels a WebSocket: the handshake is checked and gets the credential, what comes back is searched for it. */
function handleUpgrade(context, runtime, upgrade) {
    const { request, tunnel } = upgrade;
    const { socket } = tunnel;
    const call = openCall(context, runtime, request);
    call.transport = 'websocket';
    // From the first tick: a reset while the upstream is being dialled must not end the worker.
    socket.on('error', () => socket.destroy());
    if (request.head.upgrade?.toLowerCase() !== 'websocket') {
        handle_upgrade_refuse(context, { call, socket }, 'upgrade_unsupported');
        return;
    }
    const admission = admitCall(context, call);
    const begin = (route) => {
        if (route.kind === 'refuse') {
            handle_upgrade_refuse(context, { call, socket }, route.code);
            return;
        }
        const started = { ...upgrade, socket, context, call, path: route.path, to: route.to };
        handle_upgrade_start(started).catch((error) => refuseFor(started, error));
    };
    if (admission instanceof Promise)
        void admission.then(begin);
    else
        begin(admission);
}
function refuseFor(upgrade, error) {
    const isWithoutCredential = error instanceof CredentialUnavailableError;
    handle_upgrade_refuse(upgrade.context, upgrade, isWithoutCredential ? 'credential_unavailable' : refusalOf(classifyFailure(error)));
}
async function handle_upgrade_start(upgrade) {
    const secret = (await upgrade.call.runtime.credentialFor(upgrade.to)?.current()) ?? null;
    await handle_upgrade_open(upgrade, secret);
}
async function handle_upgrade_open(upgrade, secret) {
    const { call, context, to, socket } = upgrade;
    const upstream = call.runtime.upstream(to);
    call.upstream = upstream.hostname;
    const connection = await context.client.connect(upstream);
    if (socket.destroyed) {
        connection.destroy();
        endCall(context, call, 'client-aborted');
        return;
    }
    sendHandshake(upgrade, { connection, secret });
}
function createHandshake(upgrade, { connection, secret }) {
    const upstream = upgrade.call.runtime.upstream(upgrade.to);
    return (0,external_node_http_.request)({
        method: 'GET',
        path: upstream.basePath + upgrade.path,
        createConnection: () => connection,
        setHost: false,
        headers: [
            'Host',
            renderAuthority(upstream),
            ...deriveHandshakeHeaders(upgrade, secret),
            'Connection',
            'Upgrade',
            'Upgrade',
            'websocket',
        ],
    });
}
function sendHandshake(upgrade, target) {
    const { call, context, socket } = upgrade;
    const { connection, secret } = target;
    const handshake = createHandshake(upgrade, target);
    const abandon = () => {
        handshake.destroy();
        connection.destroy();
    };
    socket.once('close', abandon);
    handshake.once('upgrade', (response, upstreamSocket, head) => {
        const needles = call.runtime.needles(secret, upgrade.to);
        // Nobody offered it: messages that are compressed all the same could not be searched.
        if (needles !== undefined && response.headers['sec-websocket-extensions'] !== undefined) {
            handle_upgrade_refuse(context, upgrade, 'upstream_encoding');
            connection.destroy();
            return;
        }
        socket.off('close', abandon);
        accept(upgrade, response, needles);
        runTunnel(context, { call, tunnel: upgrade.tunnel }, { socket: upstreamSocket, head, needles });
    });
    let isAnswered = false;
    handshake.once('response', (response) => {
        isAnswered = true;
        handshake.setTimeout(0);
        replayOrRelay(upgrade, response, secret).then((isReplayed) => isReplayed && socket.off('close', abandon), (error) => refuseFor(upgrade, error));
    });
    handshake.on('error', (error) => {
        // The answer's own end tells it: a refusal would be written into the middle of what the client has got.
        if (isAnswered)
            return;
        if (socket.destroyed)
            endCall(context, call, 'client-aborted');
        else
            handle_upgrade_refuse(context, upgrade, refusalOf(classifyFailure(error)));
    });
    // Clients wait 15 s for an upgrade before they fall back (measured with codex 0.169): an upstream gets no longer either.
    handshake.setTimeout(HANDSHAKE_MS, () => handshake.destroy(Object.assign(new Error('slow'), { code: 'ETIMEDOUT' })));
    handshake.end();
}
// An upgrade is a request: a refused credential is renewed and the handshake sent once more.
async function replayOrRelay(upgrade, response, used) {
    const { call, context, to } = upgrade;
    const status = response.statusCode ?? 502;
    const isRefused = call.replayed === undefined &&
        call.runtime.mayReplay &&
        judgeAnswer(context, call.runtime, { status, headers: response.headers }) === 'refresh';
    const recovery = isRefused ? await recover(context, call, { to, status, used }) : undefined;
    if (recovery === undefined) {
        relayAnswer(upgrade, response, used);
        return false;
    }
    call.replayed = recovery.name;
    response.destroy();
    await handle_upgrade_open(upgrade, recovery.secret);
    return true;
}
// Messages of an upstream that is lent something come in plain, so that an echo of it can be overwritten.
function deriveHandshakeHeaders({ call, to }, secret) {
    const headers = deriveUpstreamHeaders(call.request.head.headers, call.runtime.injection(secret, to));
    if (call.runtime.needles(secret, to) === undefined)
        return headers;
    return headers.filter((_, index) => headers[index - (index % 2)]?.toLowerCase() !== 'sec-websocket-extensions');
}
function accept({ call, socket }, response, needles) {
    call.status = 101;
    call.firstByteAt = performance.now();
    const shown = { reason: response.statusMessage ?? '', headers: response.rawHeaders };
    const head = renderClientHead(shown, { kind: 'pass' }, needles);
    socket.write(renderUpgradeHead(101, head, ['connection', 'Upgrade', 'upgrade', 'websocket']), 'latin1');
}
function relayAnswer(upgrade, response, secret) {
    const { call, context, socket } = upgrade;
    const needles = call.runtime.needles(secret, upgrade.to);
    const plan = planUpgradeAnswer({ response, needles });
    if (plan.kind === 'refuse') {
        handle_upgrade_refuse(context, upgrade, 'upstream_encoding');
        response.destroy();
        return;
    }
    const onEnd = (outcome) => endCall(context, call, outcome);
    relayUpgradeAnswer({ call, socket, response, needles, onEnd }, plan);
}
function handle_upgrade_refuse(context, target, code) {
    const { call, socket } = target;
    const reply = renderRefusal(code, call.runtime.config.dialect);
    call.refusal = code;
    call.status = reply.status;
    if (!socket.destroyed) {
        const own = ['content-length', String(Buffer.byteLength(reply.body)), 'connection', 'close'];
        socket.end(renderUpgradeHead(reply.status, reply, own) + reply.body);
    }
    endCall(context, call, 'refused');
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/provider-server.js





/** Longer than any client keeps its idle connections, so that none runs into a closing one (at least 90 s). */
const KEEP_ALIVE_MS = 120_000;
const LIMITS = { headMs: 60_000, idleMs: KEEP_ALIVE_MS, lingerMs: 5000 };
/**
 * The HTTP/1.1 edge of one provider. It never listens: accepted sockets come from the supervisor. Everything that can go wrong
 * at the edge ends in an answer or a closed socket, never in an exception.
 */
function createProviderServer(context, runtime) {
    const connections = new ClientConnections({
        keepAliveSeconds: KEEP_ALIVE_MS / 1000,
        onRequest: (request, answer) => handleRequest(context, runtime, { request, answer }),
        onUpgrade: (request, tunnel) => handleUpgrade(context, runtime, { request, tunnel }),
        renderRaw: (code, status) => renderRaw(runtime, code, status),
    }, LIMITS);
    return (socket) => void connections.accept(socket);
}
function renderRaw(runtime, code, given) {
    const reply = renderRefusal(code, runtime.config.dialect);
    const status = given ?? reply.status;
    const headers = [...reply.headers, 'content-length', String(Buffer.byteLength(reply.body)), 'connection', 'close'];
    let text = `HTTP/1.1 ${status} ${external_node_http_.STATUS_CODES[status] ?? 'Refused'}\r\n`;
    for (let index = 0; index + 1 < headers.length; index += 2)
        text += `${headers[index]}: ${headers[index + 1]}\r\n`;
    return `${text}\r\n${reply.body}`;
}

;// CONCATENATED MODULE: ./lib/core/proxy-bypass.js


/**
 * Reads NO_PROXY once: names (with their sub-names), `.suffix`, `host:port`, addresses, CIDR ranges, `*`; separated by commas or
 * blanks. Loopback always goes past.
 */
function parseNoProxy(noProxy) {
    const entries = noProxy
        .split(/[\s,]+/)
        .map((entry) => entry.trim().toLowerCase())
        .filter((entry) => entry !== '');
    const ranges = entries.flatMap((entry) => parseRange(entry) ?? []);
    return (hostname, port) => {
        if (hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '::1')
            return true;
        if ((0,external_node_net_namespaceObject.isIP)(hostname) !== 0 && ranges.some((range) => isInRange(range, parseAddressBytes(hostname))))
            return true;
        return entries.some((entry) => matchesEntry(entry, hostname, port));
    };
}
function matchesEntry(entry, hostname, port) {
    if (entry === '*')
        return true;
    const withPort = /^(.*[^:]):(\d+)$/.exec(entry);
    if (withPort !== null && withPort[2] !== String(port))
        return false;
    const name = (withPort?.[1] ?? entry).replace(/^\*?\./, '');
    return hostname === name || hostname.endsWith(`.${name}`);
}
function parseRange(entry) {
    const [address = '', prefix] = entry.replace(/^\[|\]$/g, '').split('/');
    if ((0,external_node_net_namespaceObject.isIP)(address) === 0)
        return undefined;
    // Number('') is 0: a forgotten prefix would be a range that holds every address.
    if (prefix !== undefined && !/^\d{1,3}$/.test(prefix))
        return undefined;
    const bytes = parseAddressBytes(address);
    const bits = prefix === undefined ? bytes.length * 8 : Number(prefix);
    return bits <= bytes.length * 8 ? { bytes, bits } : undefined;
}
function isInRange(range, bytes) {
    if (range.bytes.length !== bytes.length)
        return false;
    return bytes.every((byte, index) => {
        const kept = Math.min(8, Math.max(0, range.bits - index * 8));
        const mask = (0xff << (8 - kept)) & 0xff;
        return (byte & mask) === ((range.bytes[index] ?? 0) & mask);
    });
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/proxy-choice.js

/** Reads the settings once; the proxies' URLs were parsed by the action. */
function createProxyChoice(settings) {
    const byScheme = { https: toUrl(settings.https), http: toUrl(settings.http) };
    const isBypassed = parseNoProxy(settings.noProxy);
    return (upstream) => {
        const proxy = byScheme[upstream.scheme];
        return proxy === undefined || isBypassed(upstream.hostname, upstream.port) ? undefined : proxy;
    };
}
function toUrl(text) {
    return text === undefined || text === '' ? undefined : new URL(text);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/send-probe.js





/** @param redact removes every known secret from text that leaves this function. */
function createProbeSender(client, redact) {
    return {
        send: (request, options) => new Promise((resolve) => {
            const collector = new AnswerCollector(redact, { resolve, isRaw: options.isRaw === true });
            const timer = setTimeout(() => collector.expire(), options.deadlineMs);
            collector.onDone = () => clearTimeout(timer);
            try {
                send_probe_dispatch(client, request, { options, collector });
            }
            catch (error) {
                collector.fail(error);
            }
        }),
    };
}
function send_probe_dispatch(client, request, how) {
    const headers = [...request.headers, ...how.options.headers].flat();
    // Injected headers ask for it already; requests to issuers have none.
    if (!headers.includes('accept-encoding'))
        headers.push('accept-encoding', 'identity');
    client.pool(request.upstream).dispatch({
        authority: renderAuthority(request.upstream),
        path: `${request.upstream.basePath}${request.path}` || '/',
        method: request.method,
        headers,
        body: request.body === undefined || request.body === null ? null : Buffer.from(request.body),
    }, how.collector);
}
class AnswerCollector {
    onDone = () => undefined;
    #redact;
    #resolve;
    #isRaw;
    #controller;
    #status = 0;
    #headers = {};
    #chunks = [];
    #size = 0;
    #decoder;
    #isReadable = true;
    #isOver = false;
    constructor(redact, how) {
        this.#redact = redact;
        this.#resolve = how.resolve;
        this.#isRaw = how.isRaw;
    }
    onRequestStart(controller) {
        this.#controller = controller;
        if (this.#isOver)
            controller.abort(new Error('expired'));
    }
    onResponseStart(_control, head) {
        this.#status = head.status;
        const codings = parseCodings(head.contentEncoding);
        this.#isReadable = codings !== undefined;
        if (codings !== undefined && codings.length > 0)
            this.#decoder = this.#createDecoder(codings);
        for (let index = 0; index + 1 < head.headers.length; index += 2)
            this.#note(head.headers, index);
    }
    #note(headers, index) {
        const name = (headers[index] ?? '').toLowerCase();
        const value = this.#redact(headers[index + 1] ?? '');
        const before = this.#headers[name];
        this.#headers[name] = before === undefined ? value : `${before}, ${value}`;
    }
    onResponseData(controller, chunk) {
        // A copy: the chunk is valid during this call only.
        const bytes = Buffer.from(chunk);
        if (this.#decoder === undefined)
            this.#take(bytes);
        else if (!this.#decoder.push(bytes))
            controller.pause();
    }
    onResponseEnd() {
        if (this.#decoder === undefined)
            this.#answer();
        else
            this.#decoder.end();
    }
    // Compressed although nobody asked for it. What cannot be unpacked is read as far as it could.
    #createDecoder(codings) {
        return new AnswerDecoder(codings, {
            onData: (bytes) => this.#take(bytes),
            onDrain: () => this.#controller?.resume(),
            onEnd: () => this.#answer(),
            onError: () => this.#answer(),
        });
    }
    #take(bytes) {
        if (!this.#isReadable || this.#isOver)
            return;
        this.#chunks.push(bytes);
        this.#size += bytes.length;
        if (this.#size < PROBE_BODY_LIMIT)
            return;
        this.#answer();
        this.#controller?.abort(new Error('enough'));
    }
    onResponseError(_controller, error) {
        this.fail(error);
    }
    expire() {
        const controller = this.#controller;
        this.fail(Object.assign(new Error('deadline'), { code: 'ETIMEDOUT' }));
        controller?.abort(new Error('deadline'));
    }
    fail(error) {
        const { kind, code } = classifyFailure(error);
        this.#finish({ kind: 'failure', failure: kind, code });
    }
    #answer() {
        const text = Buffer.concat(this.#chunks).subarray(0, PROBE_BODY_LIMIT).toString('utf8');
        this.#finish({
            kind: 'answer',
            status: this.#status,
            headers: this.#headers,
            body: this.#isRaw ? text : this.#redact(text),
        });
    }
    #finish(answer) {
        if (this.#isOver)
            return;
        this.#isOver = true;
        this.#decoder?.destroy();
        this.onDone();
        this.#resolve(answer);
    }
}

;// CONCATENATED MODULE: ./lib/core/report/render-figures.js
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
/** A whole number with commas between thousands. */
function renderCount(value) {
    return Math.round(value).toLocaleString('en-US');
}
/** Milliseconds as `40 ms` or `1.2 s`; a dash where there is none. */
function renderDuration(milliseconds) {
    if (milliseconds === undefined)
        return '–';
    return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
/** Bytes in units of 1024. */
function renderSize(bytes) {
    // The next unit from 1000 on: four digits in front of the point are none that one reads.
    const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes * 1.024) / 10));
    const scaled = bytes / 1024 ** power;
    return `${power === 0 ? Math.round(scaled) : scaled.toFixed(1)} ${UNITS[power]}`;
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

;// CONCATENATED MODULE: ./lib/core/status/clean-text.js
const LONGEST = 200;
/**
 * Foreign text as one short line. Marks that turn the direction of writing or cannot be seen would let a name look like another one;
 * each run of them becomes one visible character.
 */
function cleanText(text) {
    const line = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]+/gu, '\ufffd');
    return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

;// CONCATENATED MODULE: ./lib/core/status/firewall-table.js



/** What wanted out and may not; no table without a firewall. */
function deriveFirewallTable({ firewall, redact }) {
    if (firewall === null)
        return [];
    const { level, mode, digest } = firewall;
    return [
        {
            id: 'firewall',
            caption: `Firewall: ${level}, ${mode}`,
            note: renderNote(firewall),
            columns: [
                { title: mode === 'audit' ? 'Host that would be blocked' : 'Blocked host', kind: 'code' },
                { title: 'Port', kind: 'number' },
                { title: 'Protocol', kind: 'text', isExtra: true },
                { title: 'Times', kind: 'number' },
                { title: 'Program', kind: 'code', isExtra: true },
                { title: 'Why', kind: 'text' },
            ],
            rows: (digest?.blocked ?? []).map((group) => renderRow(group, redact)),
            empty: digest === null ? 'What it blocks is not known.' : 'Nothing was blocked.',
        },
    ];
}
function renderNote({ digest }) {
    if (digest === null)
        return 'Its log could not be read yet.';
    const { totals, relayRestarts, isPartial } = digest;
    const restarts = relayRestarts === 0 ? '' : ` The relay was restarted ${renderTimes(relayRestarts)}.`;
    const part = isPartial ? ' Counted from the end of a long log.' : '';
    return `${renderTotals(totals)}.${restarts}${part}`;
}
function renderTotals(totals) {
    const would = totals['would-block'] === 0 ? [] : [`${renderCount(totals['would-block'])} would be blocked`];
    return [
        `${renderCount(totals.blocked)} blocked`,
        ...would,
        `${renderCount(totals.failed)} failed`,
        `${renderCount(totals.allowed)} allowed`,
    ].join(', ');
}
function renderTimes(times) {
    return times === 1 ? 'once' : `${renderCount(times)} times`;
}
function renderRow(group, redact) {
    const clean = (text) => cleanText(redact(text));
    return [
        clean(group.host ?? group.address ?? 'not known'),
        group.port === null ? '–' : String(group.port),
        group.protocol,
        renderCount(group.count),
        group.program === null ? '–' : clean(group.program),
        group.reason === undefined ? '' : BLOCK_REASONS[group.reason].sentence,
    ];
}

;// CONCATENATED MODULE: ./lib/core/status/request-table.js



/** Requests that the page shows, and that the worker keeps for it. */
const MOST_REQUESTS = 200;
const OUTCOMES = {
    complete: { text: 'complete', tone: 'good' },
    refused: { text: 'refused', tone: 'bad' },
    'client-aborted': { text: 'client left', tone: 'doubtful' },
    'upstream-cut': { text: 'upstream cut', tone: 'bad' },
    'upstream-failed': { text: 'upstream failed', tone: 'bad' },
};
/** Requests as they ended, newest first. */
function deriveRequestTable({ requests, report, redact }) {
    const restarted = report.workerRestarts > 0 ? ' Those from before the last restart stand in the access log.' : '';
    return {
        id: 'requests',
        caption: 'Requests',
        note: `The last ${MOST_REQUESTS}, newest first, listed when they end. Times are UTC.${restarted}`,
        columns: [
            { title: 'Time', kind: 'number' },
            { title: 'Provider', kind: 'text' },
            { title: 'Method', kind: 'text', isExtra: true },
            { title: 'Path', kind: 'code' },
            { title: 'Model', kind: 'code' },
            { title: 'Status', kind: 'number' },
            { title: 'Tokens in', kind: 'number' },
            { title: 'Tokens out', kind: 'number' },
            { title: 'First byte', kind: 'number', isExtra: true },
            { title: 'Took', kind: 'number' },
            { title: 'Outcome', kind: 'text' },
        ],
        rows: requests.slice(0, MOST_REQUESTS).map((event) => request_table_renderRow(event, redact)),
        empty: 'No request yet.',
    };
}
function request_table_renderRow(event, redact) {
    const clean = (text) => cleanText(redact(text));
    return [
        event.time.slice(11, 19),
        PROVIDERS[event.provider].label,
        clean(event.method),
        clean(event.path),
        event.model === undefined ? '–' : clean(event.model),
        renderStatus(event.status),
        event.tokens === undefined ? '–' : renderCount(event.tokens.input),
        event.tokens === undefined ? '–' : renderCount(event.tokens.output),
        event.status === 0 ? '–' : renderDuration(event.firstByteMs),
        renderDuration(event.ms),
        renderOutcome(event),
    ];
}
function renderStatus(status) {
    if (status === 0)
        return '–';
    return status < 400 ? String(status) : { text: String(status), tone: 'bad' };
}
function renderOutcome({ outcome, refusal, replayed, status }) {
    const { text, tone } = OUTCOMES[outcome];
    const notes = [...(refusal === undefined ? [] : [refusal]), ...(replayed === undefined ? [] : ['sent twice'])];
    const isError = outcome === 'complete' && status >= 400;
    const words = isError ? 'upstream error' : text;
    return { text: notes.length === 0 ? words : `${words}: ${notes.join(', ')}`, tone: isError ? 'bad' : tone };
}

;// CONCATENATED MODULE: ./lib/core/report/derive-latency-quantile.js

/**
 * Estimates a quantile of the time to first byte from the histogram, as Prometheus does: linear within the bucket it falls
 * into; in the open last bucket, that bucket's lower bound.
 * @param quantile 0 to 1; 0.5 is the median.
 * @returns milliseconds, or undefined when nothing was measured.
 */
function deriveLatencyQuantile(figures, quantile) {
    const total = figures.latency.reduce((sum, count) => sum + count, 0);
    if (total === 0)
        return undefined;
    const rank = Math.min(1, Math.max(0, quantile)) * total;
    let below = 0;
    for (const [index, upper] of LATENCY_BOUNDS_MS.entries()) {
        const count = figures.latency[index] ?? 0;
        if (count > 0 && below + count >= rank) {
            const lower = LATENCY_BOUNDS_MS[index - 1] ?? 0;
            return lower + ((upper - lower) * (rank - below)) / count;
        }
        below += count;
    }
    return LATENCY_BOUNDS_MS.at(-1);
}

;// CONCATENATED MODULE: ./lib/core/status/tables.js







const VERDICTS = {
    valid: { text: '✓ valid', tone: 'good' },
    rejected: { text: '✗ rejected', tone: 'bad' },
    inconclusive: { text: '? inconclusive', tone: 'doubtful' },
    unchecked: { text: '– not checked', tone: 'doubtful' },
};
/** What is lent, where it goes, and what its check found. */
function deriveKeyTable({ checks, ports, redact }) {
    const findings = checks.map((check) => cleanText(redact(renderFinding(check))));
    const hasFindings = findings.some((finding) => finding !== '');
    return {
        id: 'keys',
        caption: 'Keys and routes',
        note: 'A request to the port goes to the host with the key. No key stands on this page.',
        columns: [
            { title: 'Provider', kind: 'text' },
            { title: 'Check', kind: 'text' },
            { title: 'Host', kind: 'code' },
            { title: 'Port', kind: 'number' },
            { title: 'Routing', kind: 'text' },
            ...(hasFindings ? [{ title: 'What was found', kind: 'text' }] : []),
        ],
        rows: checks.map((check, index) => [
            PROVIDERS[check.provider].label,
            VERDICTS[check.verdict],
            cleanText(renderAuthority(check.upstream)),
            String(ports[check.provider] ?? '–'),
            check.routing,
            ...(hasFindings ? [findings[index] ?? ''] : []),
        ]),
        empty: 'No provider is configured.',
    };
}
function renderFinding({ verdict, message, fix }) {
    return verdict === 'valid' ? '' : `${message} ${fix}`.trim();
}
/** Answers of the sidecar itself; no table where there was none. */
function deriveRefusalTable({ refusals }) {
    const rows = Object.entries(refusals)
        .filter(([code]) => Object.hasOwn(REFUSALS, code))
        .sort(([, left], [, right]) => right - left)
        .map(([code, times]) => [code, renderCount(times), REFUSALS[code].sentence]);
    if (rows.length === 0)
        return [];
    return [
        {
            id: 'refusals',
            caption: 'Refused by the sidecar',
            note: 'Each code has an entry in the troubleshooting page of the documentation.',
            columns: [
                { title: 'Code', kind: 'code' },
                { title: 'Times', kind: 'number' },
                { title: 'Why', kind: 'text' },
            ],
            rows,
            empty: '',
        },
    ];
}
/** One row for each provider that was asked. */
function deriveTrafficTable({ providers }) {
    const rows = PROVIDER_IDS.flatMap((id) => {
        const figures = providers[id];
        return figures === undefined || figures.requests === 0 ? [] : [renderTraffic(PROVIDERS[id].label, figures)];
    });
    return {
        id: 'traffic',
        caption: 'Traffic',
        note: '',
        columns: [
            { title: 'Provider', kind: 'text' },
            { title: 'Requests', kind: 'number' },
            { title: 'Errors', kind: 'number' },
            { title: 'Tokens in', kind: 'number' },
            { title: 'of these cached', kind: 'number', isExtra: true },
            { title: 'Tokens out', kind: 'number' },
            { title: 'First byte, median', kind: 'number' },
            { title: '95 %', kind: 'number', isExtra: true },
            { title: 'Sent', kind: 'number', isExtra: true },
            { title: 'Received', kind: 'number', isExtra: true },
        ],
        rows,
        empty: 'No request yet. A client that was started before the exports calls its provider itself.',
    };
}
function renderTraffic(label, figures) {
    return [
        label,
        renderCount(figures.requests),
        figures.errors === 0 ? '0' : { text: renderCount(figures.errors), tone: 'bad' },
        renderCount(figures.tokensInput),
        renderCount(figures.tokensCached),
        renderCount(figures.tokensOutput),
        renderDuration(deriveLatencyQuantile(figures, 0.5)),
        renderDuration(deriveLatencyQuantile(figures, 0.95)),
        renderSize(figures.bytesIn),
        renderSize(figures.bytesOut),
    ];
}
/** Tokens by model; no table where no model was named. */
function deriveModelTable({ report, redact }) {
    const rows = PROVIDER_IDS.flatMap((id) => Object.entries(report.providers[id]?.models ?? {}).map(([model, { requests, input, output }]) => [
        PROVIDERS[id].label,
        cleanText(redact(model)),
        ...[requests, input, output].map(renderCount),
    ]));
    if (rows.length === 0)
        return [];
    return [
        {
            id: 'models',
            caption: 'Models',
            note: '',
            columns: [
                { title: 'Provider', kind: 'text' },
                { title: 'Model', kind: 'code' },
                { title: 'Requests', kind: 'number' },
                { title: 'Tokens in', kind: 'number' },
                { title: 'Tokens out', kind: 'number' },
            ],
            rows,
            empty: '',
        },
    ];
}

;// CONCATENATED MODULE: ./lib/core/status/derive-page.js




/** Puts the facts of this moment into words and tables. */
function derivePage(facts) {
    const { report, runId, version, time } = facts;
    return {
        title: 'Agent proxy',
        sentence: renderSentence(report),
        figures: deriveFigures(facts),
        tables: [
            deriveKeyTable(facts),
            ...deriveFirewallTable(facts),
            ...deriveRefusalTable(report),
            deriveTrafficTable(report),
            ...deriveModelTable(facts),
            deriveRequestTable(facts),
        ],
        foot: `Run ${runId}, version ${version}, seen at ${renderMoment(time)} UTC.`,
    };
}
function renderSentence(report) {
    const requests = sum(report, 'requests');
    if (requests === 0)
        return 'No request yet.';
    const [refused, errors] = [sum(report, 'refused'), sum(report, 'errors')];
    const bad = refused === 0 && errors === 0 ? 'nothing refused, no upstream error' : renderBad(refused, errors);
    return `${renderCount(requests)} ${requests === 1 ? 'request' : 'requests'}, ${bad}.`;
}
function renderBad(refused, errors) {
    return `${renderCount(refused)} refused, ${renderCount(errors)} upstream ${errors === 1 ? 'error' : 'errors'}`;
}
function deriveFigures({ report, firewall }) {
    const blocked = firewall?.digest?.totals;
    const isAudit = firewall?.mode === 'audit';
    return [
        { label: 'Requests', value: renderCount(sum(report, 'requests')) },
        { label: 'Tokens in', value: renderCount(sum(report, 'tokensInput')) },
        { label: 'of these cached', value: renderCount(sum(report, 'tokensCached')) },
        { label: 'Tokens out', value: renderCount(sum(report, 'tokensOutput')) },
        alarming('Refused', sum(report, 'refused')),
        alarming('Upstream errors', sum(report, 'errors')),
        ...(blocked === undefined
            ? []
            : [alarming(isAudit ? 'Would be blocked' : 'Blocked', blocked.blocked + blocked['would-block'])]),
        alarming('Worker restarts', report.workerRestarts),
    ];
}
function alarming(label, value) {
    return value === 0 ? { label, value: '0' } : { label, value: renderCount(value), tone: 'doubtful' };
}
function sum({ providers }, field) {
    return Object.values(providers).reduce((total, figures) => total + figures[field], 0);
}
function renderMoment(time) {
    return time.replace('T', ' ').slice(0, 19);
}

;// CONCATENATED MODULE: ./lib/core/status/page-script.js
/**
 * The script of the page. It writes what `/events` sends into the places that the server has filled before, as text and never as
 * markup. Plain ECMAScript for the browser, held as text: no build step, and nothing is loaded from anywhere.
 */
const PAGE_SCRIPT = `'use strict'
const find = (id) => document.getElementById(id)
const create = (name, text, classes) => {
  const element = document.createElement(name)
  element.textContent = text
  if (classes) element.className = classes
  return element
}
const shown = new Map()
let isPaused = false
let latest

function show(page) {
  document.title = page.title
  // Assigned only when it changed: a screen reader says it again each time.
  write('sentence', page.sentence)
  write('foot', page.foot)
  if (isNew('figures', page.figures)) find('figures').replaceChildren(...page.figures.map(createFigure))
  const ids = page.tables.map(({ id }) => id)
  for (const old of find('tables').querySelectorAll('section')) if (!ids.includes(old.id)) remove(old)
  let last = null
  for (const table of page.tables) {
    const section = find(table.id) ?? createSection(table)
    if (section.previousElementSibling !== last || !section.parentNode) place(section, last)
    last = section
    if (isNew(table.id, table)) fill(section.querySelector('table'), table)
  }
}

function write(id, text) {
  if (find(id).textContent !== text) find(id).textContent = text
}

function isNew(name, value) {
  const text = JSON.stringify(value)
  if (shown.get(name) === text) return false
  shown.set(name, text)
  return true
}

function remove(section) {
  shown.delete(section.id)
  section.remove()
}

function place(section, last) {
  if (last) last.after(section)
  else find('tables').prepend(section)
}

function createFigure({ label, value, tone }) {
  const group = document.createElement('div')
  group.append(create('dt', label), create('dd', value, tone))
  return group
}

function createSection({ id }) {
  const section = document.createElement('section')
  section.id = id
  section.tabIndex = 0
  section.setAttribute('aria-labelledby', id + '-caption')
  section.append(document.createElement('table'))
  return section
}

function fill(element, { id, caption, note, columns, rows, empty }) {
  const title = create('span', caption)
  title.id = id + '-caption'
  const head = element.createTHead()
  const body = element.tBodies[0] ?? element.createTBody()
  element.createCaption().replaceChildren(title, create('small', note))
  head.replaceChildren(createRow(columns.map((column) => createHead(column))))
  body.replaceChildren(...rows.map((row) => createRow(row.map((cell, index) => createCell(cell, columns[index])))))
  if (rows.length > 0) return
  const cell = create('td', empty, 'empty')
  cell.colSpan = columns.length
  body.append(createRow([cell]))
}

function createRow(cells) {
  const row = document.createElement('tr')
  row.append(...cells)
  return row
}

function createHead(column) {
  const head = create('th', column.title, classOf(column))
  head.scope = 'col'
  return head
}

function createCell(cell, column) {
  const isPlain = typeof cell === 'string'
  return create('td', isPlain ? cell : cell.text, classOf(column, isPlain ? undefined : cell.tone))
}

function classOf(column, tone) {
  return [column.kind, column.isExtra ? 'extra' : '', tone ?? ''].filter((name) => name !== '').join(' ')
}

function say(text, isBad) {
  write('state', text)
  find('state').className = isBad ? 'bad' : 'good'
}

let events

function sayState() {
  const isOpen = events.readyState === EventSource.OPEN
  if (isOpen) say(isPaused ? 'Paused.' : 'Live.', false)
}

function listen() {
  events = new EventSource('/events')
  events.onopen = sayState
  events.onmessage = ({ data }) => {
    latest = JSON.parse(data)
    if (!isPaused) show(latest)
  }
  events.onerror = () => {
    // Refused, because enough pages look: then the browser does not try again by itself, and neither do we.
    const isOver = events.readyState === EventSource.CLOSED
    say(isOver ? 'Not live: enough pages are open. Reload to try again.' : 'Not connected. The job may have ended; trying again.', true)
  }
}

const pause = find('pause')
pause.hidden = false
pause.addEventListener('click', () => {
  isPaused = !isPaused
  pause.setAttribute('aria-pressed', String(isPaused))
  sayState()
  if (!isPaused && latest) show(latest)
})
listen()
`;

;// CONCATENATED MODULE: ./lib/core/status/page-style.js
/** The style of the page: the system's own fonts, light or dark as the system is, tables that scroll by themselves when it is narrow. */
const PAGE_STYLE = `:root {
  color-scheme: light dark;
  --back: #ffffff; --panel: #f6f8fa; --line: #d1d9e0; --text: #1f2328; --soft: #59636e;
  --good: #116329; --doubtful: #7d4e00; --bad: #b3151f; --link: #0550ae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0d1117; --panel: #151b23; --line: #3d444d; --text: #f0f6fc; --soft: #a3adb8;
    --good: #4ac26b; --doubtful: #e0a82e; --bad: #ff7b72; --link: #58a6ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 90rem; padding: 1rem 1.5rem 2rem; background: var(--back); color: var(--text);
  font: 0.9375rem/1.5 system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif;
}
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1.25rem; margin-bottom: 1rem; }
h1 { margin: 0; font-size: 1.5rem; }
header p { margin: 0; }
.state { color: var(--soft); }
.good { color: var(--good); } .doubtful { color: var(--doubtful); } .bad { color: var(--bad); }
button {
  margin-left: 0.5rem; padding: 0.1rem 0.75rem; border: 1px solid var(--line); border-radius: 0.4rem;
  background: var(--panel); color: inherit; font: inherit; cursor: pointer;
}
button[aria-pressed='true'] { border-color: var(--link); color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
dl {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 0.5rem; margin: 0 0 1.5rem;
}
dl div { padding: 0.5rem 0.75rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--panel); }
dt { color: var(--soft); font-size: 0.8125rem; }
dd { margin: 0; font-size: 1.375rem; font-variant-numeric: tabular-nums; }
section { margin-bottom: 1.5rem; overflow-x: auto; border: 1px solid var(--line); border-radius: 0.5rem; }
#requests { max-height: 32rem; overflow-y: auto; }
table { width: 100%; border-collapse: collapse; }
caption { padding: 0.5rem 0.75rem; text-align: left; font-weight: 600; }
caption span, caption small { display: block; position: sticky; left: 0.75rem; width: fit-content; max-width: calc(100vw - 4rem); }
caption small { color: var(--soft); font-weight: 400; font-size: 0.8125rem; }
caption small:empty { display: none; }
th, td { padding: 0.3rem 0.75rem; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
th { position: sticky; top: 0; background: var(--panel); color: var(--soft); font-size: 0.8125rem; font-weight: 600; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.code { font-family: ui-monospace, 'SF Mono', Menlo, 'DejaVu Sans Mono', monospace; font-size: 0.8125rem; overflow-wrap: anywhere; min-width: 9rem; unicode-bidi: isolate; }
td.good, td.doubtful { white-space: nowrap; }
td.bad { overflow-wrap: anywhere; min-width: 7.5rem; }
td.empty { color: var(--soft); }
footer { color: var(--soft); font-size: 0.8125rem; }
@media (max-width: 48rem) {
  body { padding: 0.75rem; }
  .extra { display: none; }
  th, td { padding: 0.3rem 0.5rem; }
  dl { grid-template-columns: repeat(auto-fit, minmax(6.5rem, 1fr)); }
}
@media (forced-colors: active) { section, dl div, button { border-color: CanvasText; } }
`;

;// CONCATENATED MODULE: ./lib/core/status/render-page.js
/**
 * Renders the page as HTML. It stands by itself: without its script it is a true picture of the moment it was asked for. Every text is
 * escaped, whoever wrote it.
 */
function renderPage(page) {
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${render_page_escapeHtml(page.title)}</title>
<link rel="stylesheet" href="/status.css">
<script src="/status.js" defer></script>
</head>
<body>
<header>
<h1>${render_page_escapeHtml(page.title)}</h1>
<p class="state"><span id="state">Snapshot. Reload to see it anew.</span> <button type="button" id="pause" aria-pressed="false" hidden>Pause</button></p>
<p id="sentence" role="status" aria-live="polite">${render_page_escapeHtml(page.sentence)}</p>
</header>
<main>
<dl id="figures" aria-label="Figures so far">${page.figures.map(renderFigure).join('')}</dl>
<div id="tables">${page.tables.map(renderTable).join('')}</div>
</main>
<footer><p id="foot">${render_page_escapeHtml(page.foot)}</p></footer>
</body>
</html>
`;
}
function renderFigure({ label, value, tone }) {
    const mark = tone === undefined ? '' : ` class="${tone}"`;
    return `<div><dt>${render_page_escapeHtml(label)}</dt><dd${mark}>${render_page_escapeHtml(value)}</dd></div>`;
}
function renderTable({ id, caption, note, columns, rows, empty }) {
    const head = columns
        .map((column) => `<th scope="col"${renderClass(column)}>${render_page_escapeHtml(column.title)}</th>`)
        .join('');
    const body = rows.length === 0 ? renderEmpty(empty, columns.length) : rows.map((row) => render_page_renderRow(row, columns)).join('');
    return `
<section id="${id}" tabindex="0" aria-labelledby="${id}-caption"><table>
<caption><span id="${id}-caption">${render_page_escapeHtml(caption)}</span><small>${render_page_escapeHtml(note)}</small></caption>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody>
</table></section>`;
}
function renderEmpty(text, width) {
    return `<tr><td class="empty" colspan="${width}">${render_page_escapeHtml(text)}</td></tr>`;
}
function render_page_renderRow(row, columns) {
    return `<tr>${row.map((cell, index) => renderCell(cell, columns[index])).join('')}</tr>`;
}
function renderCell(cell, column) {
    const [text, tone] = typeof cell === 'string' ? [cell, undefined] : [cell.text, cell.tone];
    return `<td${renderClass(column, tone)}>${render_page_escapeHtml(text)}</td>`;
}
function renderClass(column, tone) {
    const names = [
        ...(column === undefined ? [] : [column.kind]),
        ...(column?.isExtra === true ? ['extra'] : []),
        ...(tone === undefined ? [] : [tone]),
    ];
    return names.length === 0 ? '' : ` class="${names.join(' ')}"`;
}
const ENTITIES = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
};
function render_page_escapeHtml(text) {
    return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

;// CONCATENATED MODULE: ./lib/core/status/status.js


/** The answer to `/status.json`: the same facts for programs. */
function deriveStatus(facts) {
    const { time, version, runId, report, firewall, redact } = facts;
    const clean = (text) => cleanText(redact(text));
    return {
        ...{ time, version, runId },
        providers: facts.checks.map((check) => ({
            provider: check.provider,
            host: renderAuthority(check.upstream),
            port: facts.ports[check.provider] ?? null,
            routing: check.routing,
            verdict: check.verdict,
            cause: check.cause,
        })),
        report,
        requests: facts.requests.map((event) => ({
            ...event,
            method: clean(event.method),
            path: clean(event.path),
            ...(event.model === undefined ? {} : { model: clean(event.model) }),
        })),
        firewall: firewall === null ? null : { ...firewall, digest: cleanDigest(firewall.digest, clean) },
    };
}
/** A name that was wanted may be a message: what is sent out by asking for names stands in the name. */
function cleanDigest(digest, clean) {
    if (digest === null)
        return null;
    const cleanOr = (text) => (text === null ? null : clean(text));
    return {
        ...digest,
        blocked: digest.blocked.map((group) => ({
            ...group,
            host: cleanOr(group.host),
            address: cleanOr(group.address),
            program: cleanOr(group.program),
        })),
    };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/status/firewall-view.js
/** Older figures are asked for again, and not oftener. */
const FRESH_MS = 1000;
/** Whoever looks does not wait longer for the supervisor; then the figures before are shown. */
const LONGEST_WAIT_MS = 500;
/** What the worker knows of the firewall: it may read no file, so it asks, and only while somebody looks. */
class FirewallView {
    #options;
    #digest = null;
    #askedAt = Number.NEGATIVE_INFINITY;
    #waiting = [];
    constructor(options) {
        this.#options = options;
    }
    /** The latest figures; null when the log cannot be read. */
    get latest() {
        return this.#digest;
    }
    async refresh() {
        const { ask, now } = this.#options;
        if (now() - this.#askedAt < FRESH_MS)
            return;
        this.#askedAt = now();
        const { promise, resolve } = Promise.withResolvers();
        this.#waiting.push(resolve);
        const timer = setTimeout(resolve, LONGEST_WAIT_MS);
        ask();
        await promise;
        clearTimeout(timer);
    }
    onDigest(digest) {
        this.#digest = digest;
        for (const resolve of this.#waiting.splice(0))
            resolve();
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/status/recent-requests.js
/**
 * The last requests, for whoever looks. The one thing of the status page on the way of a request: one slot is written. Kept as lines of
 * the access log, because the strings of an event are parts of larger ones, such as the whole head, and would keep those.
 */
class RecentRequests {
    #slots = [];
    #most;
    #next = 0;
    constructor(most) {
        this.#most = most;
    }
    /** @param line the event of a request in JSON. */
    push(line) {
        this.#slots[this.#next] = line;
        this.#next = (this.#next + 1) % this.#most;
    }
    /** Newest first. */
    list() {
        const { length } = this.#slots;
        return this.#slots.map((_, index) => {
            const line = this.#slots[(this.#next - 1 - index + length * 2) % length] ?? '';
            return JSON.parse(line);
        });
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/status/status-feed.js

/** Pages that are live at once: more would be no people. */
const MOST_CLIENTS = 8;
/** A reader that leaves this much unread is gone or asleep; it comes back by itself and gets everything anew. */
const MOST_UNREAD_BYTES = 512 * 1024;
const UPDATES = { burst: 1, everyMs: 250 };
const LOOK_EVERY_MS = 1000;
/** Ticks without a change until a comment shows whether the client is still there. */
const QUIET_TICKS = 15;
/** Sends the page to everybody who looks, when it changes. While nobody does it has no timer and renders nothing. */
class StatusFeed {
    #options;
    #clients = new Set();
    #plan;
    #timer;
    #sent = '';
    #quiet = 0;
    constructor(options) {
        this.#options = options;
        this.#plan = createThrottle(UPDATES, () => this.#update());
    }
    /** After each request: nothing at all while nobody looks. */
    changed() {
        if (this.#clients.size > 0)
            this.#plan();
    }
    /** False when there are enough already. */
    add(response, headers) {
        if (this.#clients.size >= MOST_CLIENTS)
            return false;
        response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' });
        response.write(`retry: 1000\n${renderEvent(this.#options.read())}`);
        response.on('error', () => undefined);
        response.once('close', () => this.#remove(response));
        this.#clients.add(response);
        this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
        return true;
    }
    #remove(response) {
        this.#clients.delete(response);
        if (this.#clients.size > 0)
            return;
        clearInterval(this.#timer);
        this.#timer = undefined;
    }
    #look() {
        const update = () => this.#update();
        this.#options.refresh().then(update, update);
    }
    #update() {
        if (this.#clients.size === 0)
            return;
        const page = this.#options.read();
        const content = JSON.stringify({ ...page, foot: '' });
        if (content === this.#sent) {
            this.#quiet += 1;
            if (this.#quiet % QUIET_TICKS === 0)
                this.#send(': still here\n\n');
            return;
        }
        this.#quiet = 0;
        this.#sent = content;
        this.#send(renderEvent(page));
    }
    #send(text) {
        for (const client of this.#clients) {
            if (client.writableLength > MOST_UNREAD_BYTES)
                client.destroy();
            else
                client.write(text);
        }
    }
}
function renderEvent(page) {
    return `data: ${JSON.stringify(page)}\n\n`;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/status/visitor-guard.js


/**
 * Who may look: a browser of the runner's user or of root, on this machine, at our own address. Threats: a web page whose name was
 * rebound to 127.0.0.1 (its Host is that name), a page of another origin that fetches or embeds ours, another user of the machine.
 */
function createVisitorGuard(options) {
    const findUid = options.findUid ?? createUidFinder();
    return async (request) => {
        if (!isOurHost(request))
            return 'foreign-host';
        if (!isOurPage(request))
            return 'foreign-page';
        if (options.runnerUid === null)
            return undefined;
        const uid = await findUid(request.socket);
        return uid === options.runnerUid || uid === 0 ? undefined : 'foreign-user';
    };
}
function isOurHost({ headers, socket }) {
    const [, name = '', port = ''] = /^(.+):(\d{1,5})$/.exec(headers.host ?? '') ?? [];
    const host = parseHostname(name);
    return host !== undefined && isLoopback(host) && Number(port) === socket.localPort;
}
/** Typed in, or asked for by our own page. Programs that are no browser send neither header. */
function isOurPage({ headers }) {
    const site = headers['sec-fetch-site'];
    const isSameSite = site === undefined || site === 'none' || site === 'same-origin';
    return isSameSite && (headers.origin === undefined || headers.origin === `http://${headers.host}`);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/status/status-page.js











/** No script but ours, no frame, no form, nothing from elsewhere: foreign text that became markup could still do nothing. */
const SECURITY_HEADERS = {
    'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
};
const FAULTS = {
    'foreign-host': 'Open this page as http://127.0.0.1 with the port of this run, forwarded under the same number if need be.',
    'foreign-page': 'Another web page asked for this one. Type its address in.',
    'foreign-user': 'This page is for the user of the runner.',
};
/** Creates the page of a worker that has just started: nothing has passed yet. */
function createStatusPage(options) {
    const { config } = options;
    const recent = new RecentRequests(MOST_REQUESTS);
    const firewall = new FirewallView({ ask: options.askFirewall, now: () => performance.now() });
    const refresh = async () => (config.firewall === undefined ? undefined : firewall.refresh());
    const facts = () => ({
        time: new Date().toISOString(),
        version: VERSION,
        runId: config.runId,
        checks: options.checks(),
        ports: options.ports()?.providers ?? {},
        report: options.report(),
        requests: recent.list(),
        firewall: config.firewall === undefined
            ? null
            : { level: config.firewall.level, mode: config.firewall.mode, digest: firewall.latest },
        redact: options.redact,
    });
    const feed = new StatusFeed({ read: () => derivePage(facts()), refresh });
    const answer = createAnswers({ feed, refresh, facts, guard: createVisitorGuard(config) });
    return {
        push: (line) => {
            recent.push(line);
            feed.changed();
        },
        onFirewallDigest: (digest) => firewall.onDigest(digest),
        answer,
    };
}
const LIVE_PATH = '/events';
function createAnswers({ feed, refresh, facts, guard }) {
    const bodies = {
        '/': { type: 'text/html', render: () => renderPage(derivePage(facts())) },
        '/status.css': { type: 'text/css', render: () => PAGE_STYLE },
        '/status.js': { type: 'text/javascript', render: () => PAGE_SCRIPT },
        '/status.json': { type: 'application/json', render: () => JSON.stringify(deriveStatus(facts())) },
    };
    return (path, request, response) => {
        const body = Object.hasOwn(bodies, path) ? bodies[path] : undefined;
        if (body === undefined && path !== LIVE_PATH)
            return false;
        const look = () => {
            // Gone while it was looked up: the feed would wait for its close for ever.
            if (response.destroyed)
                return;
            if (body !== undefined)
                status_page_send(response, 200, { type: body.type, text: body.render() });
            else if (!feed.add(response, SECURITY_HEADERS))
                status_page_send(response, 503, BUSY);
        };
        void guard(request).then((fault) => {
            if (fault === undefined)
                refresh().then(look, look);
            else
                status_page_send(response, 403, { type: 'text/plain', text: FAULTS[fault] });
        });
        return true;
    };
}
const BUSY = { type: 'text/plain', text: 'Enough pages are open already.' };
function status_page_send(response, status, { type, text }) {
    if (response.destroyed || response.headersSent)
        return;
    response.writeHead(status, {
        ...SECURITY_HEADERS,
        'content-type': `${type}; charset=utf-8`,
        'content-length': Buffer.byteLength(text),
    });
    response.end(text);
}

;// CONCATENATED MODULE: external "node:tls"
const external_node_tls_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:tls");
;// CONCATENATED MODULE: ./lib/sidecar/worker/dial.js


const KEEP_ALIVE_PROBE_MS = 30_000;
const MOST_SESSIONS = 100;
/** Connects to upstreams, TLS done where the scheme asks for it; TLS sessions are resumed. */
function createDial(options) {
    const sessions = new Map();
    return (upstream, path) => {
        const { reader, tunnel } = path;
        const isTls = upstream.scheme === 'https';
        // Node reads into memory of ours where it makes the socket itself, and only there.
        const socket = isTls
            ? dialTls(upstream, path, { options, sessions })
            : (tunnel ?? dialPlain(upstream, path, options));
        if (tunnel !== undefined)
            reader?.listen(socket);
        socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
        socket.setNoDelay(true);
        if (socket === tunnel)
            return Promise.resolve(socket);
        return waitUntilOpen(socket, { event: isTls ? 'secureConnect' : 'connect', timeoutMs: options.timeoutMs });
    };
}
function dialPlain({ hostname, port }, { reader }, { highWaterMark, lookup }) {
    const onread = reader === undefined ? {} : { onread: reader.onread };
    const options = { host: hostname, port, highWaterMark, ...(lookup === undefined ? {} : { lookup }), ...onread };
    return (0,external_node_net_namespaceObject.connect)(options);
}
function dialTls({ hostname, port }, path, { options, sessions }) {
    const { reader, tunnel } = path;
    const { secureContext, highWaterMark, lookup } = options;
    const session = sessions.get(hostname);
    const socket = (0,external_node_tls_namespaceObject.connect)({
        host: hostname,
        port,
        highWaterMark,
        ...(lookup === undefined ? {} : { lookup }),
        ALPNProtocols: ['http/1.1'],
        ...((0,external_node_net_namespaceObject.isIP)(hostname) === 0 ? { servername: hostname } : {}),
        ...(secureContext === undefined ? {} : { secureContext }),
        ...(session === undefined ? {} : { session }),
        ...(tunnel === undefined ? {} : { socket: tunnel }),
        ...(reader === undefined || tunnel !== undefined ? {} : { onread: reader.onread }),
    });
    socket.on('session', (fresh) => remember(sessions, hostname, fresh));
    return socket;
}
function remember(sessions, hostname, session) {
    sessions.delete(hostname);
    sessions.set(hostname, session);
    const [oldest] = sessions.keys();
    if (sessions.size > MOST_SESSIONS && oldest !== undefined)
        sessions.delete(oldest);
}
/** Nothing answered in time; the code is the one that is known from Node's own timer. */
class DialTimeoutError extends Error {
    code = 'ETIMEDOUT';
}
function waitUntilOpen(socket, { event, timeoutMs }) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => socket.destroy(new DialTimeoutError('the upstream did not answer')), timeoutMs);
        const settle = () => clearTimeout(timer);
        socket.once(event, () => {
            settle();
            resolve(socket);
        });
        // Stays: an error between this promise and its owner's first listener must not be an uncaught one.
        socket.on('error', (error) => {
            settle();
            reject(error);
        });
    });
}

;// CONCATENATED MODULE: external "node:https"
const external_node_https_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:https");
;// CONCATENATED MODULE: ./lib/sidecar/worker/proxy-tunnel.js



/** The proxy's own answer: told apart from the provider's, because the cure is another one. */
class ProxyRefusedError extends Error {
    code;
    constructor(status) {
        super(`The corporate proxy answered ${status} to CONNECT`);
        this.name = 'ProxyRefusedError';
        this.code = status === 407 ? 'PROXY_AUTH' : 'PROXY_REFUSED';
    }
}
/** Opens a CONNECT tunnel through an http: or https: proxy; user and password of its URL go as Basic. */
function openTunnel(tunnel) {
    const { proxy, timeoutMs } = tunnel;
    const authority = `${tunnel.host.includes(':') ? `[${tunnel.host}]` : tunnel.host}:${tunnel.port}`;
    return new Promise((resolve, reject) => {
        const isTls = proxy.protocol === 'https:';
        const host = proxy.hostname.replace(/^\[|\]$/g, '');
        const request = (isTls ? external_node_https_namespaceObject.request : external_node_http_.request)({
            host,
            // Or Node would take the Host header, which names the target, for the name in the proxy's certificate.
            servername: (0,external_node_net_namespaceObject.isIP)(host) === 0 ? host : '',
            port: proxy.port === '' ? (isTls ? 443 : 80) : Number(proxy.port),
            method: 'CONNECT',
            path: authority,
            headers: { host: authority, ...authorization(proxy) },
            agent: false,
            timeout: timeoutMs,
            ...(tunnel.lookup === undefined ? {} : { lookup: tunnel.lookup }),
            ...(tunnel.secureContext === undefined ? {} : { secureContext: tunnel.secureContext }),
        });
        // Whatever the status: to Node every answer to CONNECT is this event, never `response`.
        request.once('connect', (response, socket, head) => {
            if (response.statusCode !== 200) {
                socket.destroy();
                reject(new ProxyRefusedError(response.statusCode ?? 0));
                return;
            }
            socket.setTimeout(0);
            if (head.length > 0)
                socket.unshift(head);
            resolve(socket);
        });
        request.once('timeout', () => request.destroy(Object.assign(new Error('proxy timeout'), { code: 'ETIMEDOUT' })));
        request.once('error', reject);
        request.end();
    });
}
function authorization(proxy) {
    if (proxy.username === '' && proxy.password === '')
        return {};
    const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/upstream/request-body-writer.js

/** Streams a body upstream with the source held back by the socket. */
function createBodyWriter(socket, source, events) {
    return new StreamedBody(socket, source, events);
}
class StreamedBody {
    #socket;
    #body;
    #isChunked;
    #events;
    isDone = false;
    constructor(socket, source, events) {
        this.#socket = socket;
        this.#body = source.body;
        this.#isChunked = source.framing === 'chunked';
        this.#events = events;
        socket.on('drain', this.#onDrain);
        source.body.attach(this);
    }
    stop() {
        this.#socket.off('drain', this.#onDrain);
        if (!this.isDone)
            this.#body.detach();
    }
    onData(bytes) {
        if (bytes.length === 0)
            return;
        this.#events.onProgress();
        const socket = this.#socket;
        if (this.#isChunked)
            writeFramed(socket, bytes, { before: `${bytes.length.toString(16)}\r\n`, after: '\r\n' });
        else
            writeBytes(socket, bytes);
        if (isCongested(socket))
            this.#body.pause();
    }
    onEnd() {
        if (this.#isChunked)
            this.#socket.write('0\r\n\r\n', 'latin1');
        this.isDone = true;
        this.#socket.off('drain', this.#onDrain);
        this.#events.onDone();
    }
    onError(error) {
        this.#socket.off('drain', this.#onDrain);
        this.#events.onError(error);
    }
    #onDrain = () => {
        this.#events.onProgress();
        this.#body.resume();
    };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/upstream/response-parser.js


const MAX_HEAD = 64 * 1024;
const MAX_INTERIM = 16;
const response_parser_HEAD_END = Buffer.from('\r\n\r\n');
const FIRST_ROOM = 1024;
const response_parser_NOTHING = Buffer.alloc(0);
/** Reads exactly one answer from the bytes of a connection. */
class ResponseParser {
    #method;
    #sink;
    #pending;
    /** Memory of our own in which `#pending` grows. */
    #room = response_parser_NOTHING;
    /** Bytes of a head in which its end was looked for in vain. */
    #searched = 0;
    #head;
    #left = 0;
    #chunked;
    #interim = 0;
    #isBodyOver = false;
    #hasEnded = false;
    #isBroken = false;
    #isOver = false;
    constructor(method, sink) {
        this.#method = method;
        this.#sink = sink;
    }
    get isOver() {
        return this.#isOver;
    }
    /** True when the upstream has closed, everything it sent was given out, and that was not a whole answer. */
    get isCut() {
        return this.#hasEnded && !this.#isOver && !this.#sink.isPaused;
    }
    /** Whether the connection can carry another exchange. Bytes behind the answer: the two sides do not agree where it ends. */
    get isPersistent() {
        return this.#head?.isPersistent === true && this.#pending === undefined && !this.#hasEnded;
    }
    get keepAliveSeconds() {
        return this.#head?.keepAliveSeconds;
    }
    /** @param bytes valid during the call only: what is left for later is copied. @throws ProtocolError */
    push(bytes) {
        const isOwn = this.#pending !== undefined;
        this.#pending = this.#pending === undefined ? bytes : this.#append(this.#pending, bytes);
        this.proceed();
        if (this.#pending === undefined)
            this.#room = response_parser_NOTHING;
        if (this.#pending !== undefined && !isOwn)
            this.#pending = Buffer.from(this.#pending);
    }
    // Grows by doubling: a head that comes byte by byte must not be copied at each of them.
    #append(pending, bytes) {
        const isInRoom = pending.buffer === this.#room.buffer;
        const start = isInRoom ? pending.byteOffset - this.#room.byteOffset : 0;
        const end = start + pending.length;
        if (!isInRoom || end + bytes.length > this.#room.length) {
            const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_ROOM, 2 * (pending.length + bytes.length)));
            pending.copy(grown);
            this.#room = grown;
            return this.#append(grown.subarray(0, pending.length), bytes);
        }
        bytes.copy(this.#room, end);
        return this.#room.subarray(start, end + bytes.length);
    }
    /**
     * The upstream has closed.
     * @param isBroken by an error, such as a reset: that is never the end of an answer, not even of one that lasts until the close.
     */
    end(isBroken = false) {
        this.#hasEnded = true;
        this.#isBroken = isBroken;
        this.proceed();
    }
    /** Gives out what is there, as far as the sink is not paused. @throws ProtocolError */
    proceed() {
        while (!this.#isOver && !this.#sink.isPaused) {
            if (this.#isBodyOver)
                this.#complete();
            else if (!this.#step())
                break;
        }
        if (this.#hasEnded && !this.#isBroken && this.#head?.framing.kind === 'until-close' && !this.#sink.isPaused)
            this.#complete();
    }
    /** @returns false when more bytes are needed. */
    #step() {
        const bytes = this.#pending;
        if (bytes === undefined)
            return false;
        this.#pending = undefined;
        const rest = this.#head === undefined ? this.#takeHead(bytes) : this.#takeBody(bytes, this.#head);
        if (rest !== undefined && rest.length > 0)
            this.#pending = rest;
        return this.#head !== undefined || rest !== bytes;
    }
    /** @returns what lies behind the head; the bytes themselves when its end is not among them. */
    #takeHead(bytes) {
        const end = bytes.indexOf(response_parser_HEAD_END, Math.max(0, this.#searched - response_parser_HEAD_END.length + 1));
        this.#searched = end < 0 ? bytes.length : 0;
        // All but the last byte of the end may be there already: where the bytes are cut must not decide.
        if (end > MAX_HEAD || (end < 0 && bytes.length >= MAX_HEAD + response_parser_HEAD_END.length))
            throw new ProtocolError('the head is too long');
        if (end < 0)
            return bytes;
        const head = parseResponseHead(bytes.toString('latin1', 0, end), this.#method);
        if (head.status < 200)
            this.#onInterim(head.status);
        else
            this.#onHead(head);
        return bytes.subarray(end + response_parser_HEAD_END.length);
    }
    #onInterim(status) {
        this.#interim += 1;
        if (status === 101 || this.#interim > MAX_INTERIM)
            throw new ProtocolError('an interim answer was not asked for');
    }
    #onHead(head) {
        this.#head = head;
        if (head.framing.kind === 'none')
            this.#isBodyOver = true;
        if (head.framing.kind === 'length')
            this.#left = head.framing.bytes;
        if (head.framing.kind === 'chunked')
            this.#chunked = new ChunkedBody();
        this.#sink.onHead(head);
    }
    #takeBody(bytes, head) {
        if (this.#chunked !== undefined)
            return this.#takeChunks(bytes, this.#chunked);
        if (head.framing.kind === 'until-close') {
            this.#sink.onPayload(bytes, false);
            return undefined;
        }
        const used = Math.min(bytes.length, this.#left);
        this.#left -= used;
        this.#isBodyOver = this.#left === 0;
        this.#sink.onPayload(used === bytes.length ? bytes : bytes.subarray(0, used), this.#isBodyOver);
        return used === bytes.length ? undefined : bytes.subarray(used);
    }
    #takeChunks(bytes, body) {
        const { payload, used } = body.push(bytes);
        this.#isBodyOver = body.isOver;
        if (payload !== undefined)
            this.#sink.onPayload(payload, body.isOver);
        return used === bytes.length ? undefined : bytes.subarray(used);
    }
    #complete() {
        if (this.#isOver)
            return;
        this.#isOver = true;
        this.#sink.onComplete();
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/upstream/exchange.js



/** The upstream closed or broke the connection before its answer was complete. */
class ConnectionCutError extends Error {
    code = 'ECONNRESET';
}
/** The upstream was silent for longer than allowed. */
class SilenceError extends Error {
    code = 'ETIMEDOUT';
}
/** One request and its answer; it starts without a connection and is given one. */
class Exchange {
    request;
    #handler;
    #parser;
    #writer;
    #owner;
    #isOver = false;
    #isPaused = false;
    #cut;
    #now;
    #lastActivity;
    /** @param now coarse clock in milliseconds. */
    constructor(request, handler, now) {
        this.request = request;
        this.#handler = handler;
        this.#now = now;
        this.#lastActivity = now();
        this.#parser = new ResponseParser(request.method, this);
    }
    get isOver() {
        return this.#isOver;
    }
    /** Held back by the receiver: silence is then ours. */
    get isPaused() {
        return this.#isPaused;
    }
    /** Writes the request. The connection is this exchange's until `onEnd`. */
    run(socket, rendered, owner) {
        this.#owner = owner;
        const { body } = this.request;
        if (body === null)
            socket.write(rendered.text, 'latin1');
        else if (Buffer.isBuffer(body))
            writeFramed(socket, body, { before: rendered.text, after: '' });
        else {
            socket.write(rendered.text, 'latin1');
            this.#writer = createBodyWriter(socket, { body, framing: rendered.framing }, {
                onProgress: () => this.#touch(),
                onDone: () => this.#touch(),
                onError: (error) => this.fail(error),
            });
        }
    }
    /** When the upstream last gave a sign of life, or took one of ours. */
    get lastActivity() {
        return this.#lastActivity;
    }
    /** @param bytes valid during the call only. */
    push(bytes) {
        this.#touch();
        this.#parse(bytes);
    }
    /** The connection has ended, with an error or without. */
    close(error) {
        this.#cut ??= error ?? new ConnectionCutError('the upstream closed the connection');
        this.#parse(error === undefined ? 'end' : 'break');
    }
    #parse(what) {
        if (this.#isOver)
            return;
        try {
            if (what === 'end' || what === 'break')
                this.#parser.end(what === 'break');
            else if (what === 'rest')
                this.#parser.proceed();
            else
                this.#parser.push(what);
        }
        catch (error) {
            this.#break(error);
            return;
        }
        if (this.#cut !== undefined && this.#parser.isCut)
            this.#break(this.#cut);
    }
    fail(error) {
        if (this.#isOver)
            return;
        this.#finish(false);
        this.#handler.onResponseError(this, error);
    }
    // Later, because what came before the break in the same read must have left for the client by then.
    #break(error) {
        if (this.#isOver)
            return;
        this.#finish(false);
        setImmediate(() => this.#handler.onResponseError(this, error));
    }
    pause() {
        if (this.#isPaused || this.#isOver)
            return;
        this.#isPaused = true;
        this.#owner?.onPause();
    }
    resume() {
        if (!this.#isPaused)
            return;
        this.#isPaused = false;
        this.#touch();
        // Before the rest is read: it may be the end, and the connection must not lie in the pool unread.
        this.#owner?.onResume();
        this.#parse('rest');
    }
    abort(reason) {
        this.fail(reason);
    }
    onHead(head) {
        if (!this.#isOver)
            this.#handler.onResponseStart(this, head);
    }
    onPayload(payload, isLast) {
        if (!this.#isOver)
            this.#handler.onResponseData(this, payload, isLast);
    }
    onComplete() {
        if (this.#isOver)
            return;
        // An upstream that answers before it has read the whole request leaves the connection in an unknown state.
        const isWritten = this.#writer === undefined || this.#writer.isDone;
        this.#finish(isWritten && this.#parser.isPersistent);
        this.#handler.onResponseEnd(this);
    }
    #touch() {
        this.#lastActivity = this.#now();
    }
    #finish(isReusable) {
        this.#isOver = true;
        this.#writer?.stop();
        this.#owner?.onEnd({ isReusable, keepAliveSeconds: this.#parser.keepAliveSeconds });
        this.#owner = undefined;
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/upstream/connection-pool.js




const SWEEP_MS = 500;
/** An upstream that promises n seconds may count from its own last byte: leave before it does. */
const KEEP_ALIVE_MARGIN_MS = 1000;
/**
 * Keep-alive HTTP/1.1 connections to one origin, one request at a time on each. The connection used last is used next, so the
 * others grow old and are closed.
 */
class ConnectionPool {
    #upstream;
    #options;
    #free = [];
    #all = new Set();
    #timer;
    #now = performance.now();
    constructor(upstream, options) {
        this.#upstream = upstream;
        this.#options = options;
    }
    /** Sends a request. Failures go to the handler. @throws InvalidRequestError when it cannot be written. */
    dispatch(request, handler) {
        const rendered = renderRequestHead(request);
        const exchange = new Exchange(request, handler, this.#readClock);
        handler.onRequestStart(exchange);
        if (exchange.isOver)
            return;
        const connection = this.#takeFree();
        if (connection !== undefined) {
            this.#start(connection, exchange, rendered);
            return;
        }
        this.#dial().then((dialled) => (exchange.isOver ? this.#keep(dialled) : this.#start(dialled, exchange, rendered)), (error) => exchange.fail(error));
    }
    #takeFree() {
        for (;;) {
            const connection = this.#free.pop();
            if (connection === undefined || (!connection.socket.destroyed && connection.socket.writable))
                return connection;
        }
    }
    #start(connection, exchange, rendered) {
        connection.exchange = exchange;
        exchange.run(connection.socket, rendered, {
            onPause: () => connection.socket.pause(),
            onResume: () => connection.socket.resume(),
            onEnd: (end) => this.#onEnd(connection, end),
        });
    }
    // Coarse: asking the system for the time at each read costs more than the parser's work on an event.
    #readClock = () => this.#now;
    #onEnd(connection, end) {
        connection.exchange = undefined;
        if (!end.isReusable) {
            connection.socket.destroy();
            return;
        }
        const { keepAliveMs } = this.#options;
        const promised = end.keepAliveSeconds === undefined ? keepAliveMs : end.keepAliveSeconds * 1000 - KEEP_ALIVE_MARGIN_MS;
        connection.expiresAt = this.#now + Math.min(keepAliveMs, promised);
        if (promised <= 0)
            connection.socket.destroy();
        else
            this.#keep(connection);
    }
    #keep(connection) {
        this.#free.push(connection);
    }
    async #dial() {
        let hasSpokenFirst = false;
        const size = this.#upstream.scheme === 'https' ? RECORD_BYTES : READ_BYTES;
        const reader = new SocketReader(() => {
            hasSpokenFirst = true;
        }, size);
        const socket = await this.#options.connect(this.#upstream, reader);
        const connection = { socket, exchange: undefined, expiresAt: this.#now + this.#options.keepAliveMs };
        if (hasSpokenFirst)
            socket.destroy();
        this.#all.add(connection);
        this.#watch(connection, reader);
        this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
        return connection;
    }
    #watch(connection, reader) {
        const { socket } = connection;
        let broken;
        reader.onBytes = (bytes) => {
            // Bytes that nobody asked for: the two sides no longer agree about where an answer ends.
            if (connection.exchange === undefined)
                socket.destroy();
            else
                connection.exchange.push(bytes);
        };
        socket.on('error', (error) => {
            broken = error;
        });
        socket.once('end', () => connection.exchange?.close(undefined));
        socket.once('close', () => {
            reader.close();
            this.#all.delete(connection);
            // A peak's connections end unused below the one that is always taken, and nobody would take them out.
            const at = this.#free.indexOf(connection);
            if (at >= 0)
                this.#free.splice(at, 1);
            connection.exchange?.close(broken);
        });
    }
    #sweep() {
        this.#now = performance.now();
        const { idleTimeoutMs } = this.#options;
        for (const { exchange, socket, expiresAt } of this.#all) {
            if (exchange === undefined) {
                if (expiresAt <= this.#now)
                    socket.destroy();
            }
            else if (idleTimeoutMs > 0 && !exchange.isPaused && this.#now - exchange.lastActivity > idleTimeoutMs) {
                exchange.fail(new SilenceError('the upstream is silent'));
            }
        }
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/upstream-client.js





const CONNECT_TIMEOUT_MS = 10_000;
// Longer than the clients keep theirs, shorter than the 60 s of common load balancers.
const upstream_client_KEEP_ALIVE_MS = 55_000;
// A limit, not an allocation; large bodies pass up to a third faster than with 16 KiB (measured).
const upstream_client_STREAM_BUFFER_BYTES = 64 * 1024;
/** One client with pools of its own; nothing is connected before the first request. */
function createUpstreamClient(options) {
    const connect = createConnector(options);
    const pools = new Map();
    return {
        pool: (upstream) => {
            const origin = renderOrigin(upstream);
            let pool = pools.get(origin);
            if (pool === undefined) {
                pool = new ConnectionPool(upstream, {
                    connect,
                    idleTimeoutMs: options.idleTimeoutMs,
                    keepAliveMs: upstream_client_KEEP_ALIVE_MS,
                });
                pools.set(origin, pool);
            }
            return pool;
        },
        connect: (upstream) => connect(upstream),
    };
}
function createConnector(options) {
    const secureContext = createTrust(options.extraCa);
    const common = {
        timeoutMs: CONNECT_TIMEOUT_MS,
        secureContext,
        ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    };
    const dial = createDial({ ...common, highWaterMark: upstream_client_STREAM_BUFFER_BYTES });
    return async (upstream, reader) => {
        const { scheme, hostname, port } = upstream;
        const proxy = options.proxyFor({ scheme, hostname, port });
        if (proxy === undefined)
            return dial(upstream, { reader });
        const tunnel = await openTunnel({ ...common, proxy, host: hostname, port });
        return dial(upstream, { reader, tunnel });
    };
}
function createTrust(extraCa) {
    return extraCa.length === 0 ? undefined : (0,external_node_tls_namespaceObject.createSecureContext)({ ca: [...external_node_tls_namespaceObject.rootCertificates, ...extraCa] });
}

;// CONCATENATED MODULE: external "node:dns/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:dns/promises");
;// CONCATENATED MODULE: ./lib/sidecar/worker/upstream-lookup.js


const QUESTION = { timeout: 2000, tries: 2 };
/** Asks these servers and no others. Throws where one is no address. */
function createNameServers(addresses) {
    const resolver = new promises_namespaceObject.Resolver(QUESTION);
    resolver.setServers(addresses);
    return resolver;
}
/**
 * Finds addresses by /etc/hosts and the given name servers, never by the system: behind the firewall the system's resolver is given
 * made-up addresses, which lead back to the relay. IPv4 comes first; whoever connects tries the others as well.
 */
function createUpstreamLookup({ hosts, servers }) {
    const known = parseHosts(hosts);
    return (hostname, options, callback) => {
        const name = hostname.toLowerCase().replace(/\.$/, '');
        const found = known.get(name);
        const search = found === undefined ? ask(servers, name) : Promise.resolve(found);
        search.then((addresses) => upstream_lookup_answer(hostname, upstream_lookup_select(addresses, options.family), { options, callback }), (error) => callback(error, []));
    };
}
function upstream_lookup_answer(hostname, addresses, { options, callback }) {
    const [first] = addresses;
    if (first === undefined)
        callback(createError(hostname, 'ENOTFOUND'), []);
    else if (options.all === true)
        callback(null, [...addresses]);
    else
        callback(null, first.address, first.family);
}
function upstream_lookup_select(addresses, family) {
    const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0);
    return wanted === 0 ? addresses : addresses.filter((address) => address.family === wanted);
}
async function ask(servers, name) {
    const [four, six] = await Promise.allSettled([servers.resolve4(name), servers.resolve6(name)]);
    const addresses = [...listFound(four, 4), ...listFound(six, 6)];
    if (addresses.length > 0)
        return addresses;
    const codes = [four, six].flatMap((result) => (result.status === 'rejected' ? [String(result.reason?.code)] : []));
    // Said by a server, and not for want of one: the same two codes as the system's resolver has.
    const isUnknown = codes.every((code) => code === 'ENOTFOUND' || code === 'ENODATA');
    throw createError(name, isUnknown ? 'ENOTFOUND' : 'EAI_AGAIN');
}
function listFound(result, family) {
    return result.status === 'fulfilled' ? result.value.map((address) => ({ address, family })) : [];
}
function createError(hostname, code) {
    return Object.assign(new Error(`lookup ${code} ${hostname}`), { code, syscall: 'lookup', hostname });
}
const LOOPBACK = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
];
/** Names of /etc/hosts, lower case, with their addresses in the order of the file; `localhost` is always there. */
function parseHosts(text) {
    const known = new Map();
    for (const line of text.split('\n')) {
        const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
        const family = (0,external_node_net_namespaceObject.isIP)(address);
        if (family === 0)
            continue;
        for (const name of names) {
            const key = name.toLowerCase();
            known.set(key, [...(known.get(key) ?? []), { address, family }]);
        }
    }
    return known.has('localhost') ? known : new Map([...known, ['localhost', LOOPBACK]]);
}

;// CONCATENATED MODULE: ./lib/core/credentials/causes/use-causes.js
/** A credential came, but its provider cannot use it. */
const USE_CAUSES = {
    awsKeysElsewhere: {
        code: 'output-aws-keys',
        seen: 'AWS keys for a provider that signs nothing',
        isPermanent: true,
        message: 'The source gave AWS keys, which only provider-type: bedrock can use.',
        fix: 'Set provider-type: bedrock, or have the source give a token.',
    },
};

;// CONCATENATED MODULE: ./lib/core/probes/cause.js
/**
 * Fills the placeholders of a template.
 * @throws RangeError for a placeholder that does not exist: a defect of the table, found by its test.
 */
function renderTemplate(template, facts) {
    return template.replace(/\{(\w+)\}/g, (_match, name) => {
        if (!Object.hasOwn(facts, name))
            throw new RangeError(`Cannot render a cause: there is no placeholder ${name}`);
        return facts[name];
    });
}

;// CONCATENATED MODULE: ./lib/core/probes/json.js
/** Parses foreign JSON; undefined for everything that is not JSON. */
function parseJson(body) {
    try {
        return JSON.parse(body);
    }
    catch {
        return undefined;
    }
}
/** Follows own members of foreign JSON, never the prototype's; undefined where the way ends. */
function readPath(value, ...members) {
    let current = value;
    for (const member of members) {
        if (typeof current !== 'object' || current === null || !Object.hasOwn(current, member))
            return undefined;
        current = current[member];
    }
    return current;
}

;// CONCATENATED MODULE: ./lib/core/probes/excerpt.js

/** Longest excerpt of a foreign text in one of our sentences, in characters. */
const EXCERPT_LIMIT = 160;
// Only the head of a body is looked at: an error names its cause there, and hostile bodies may be large.
const excerpt_HEAD = 4096;
const SECRET_LIKE = [
    /\b(authorization|proxy-authorization|x-api-key|api-key|x-goog-api-key|cookie|set-cookie)\b["']?\s*[:=]\s*("[^"]*"|'[^']*'|\S+(\s+\S+)?)/gi,
    /\b(bearer|token|basic)\s+(?=\S*[\d*])[A-Za-z0-9._~+/=*-]{6,}/gi,
    /\b(sk|pk|rk|gh[a-z]|xox[a-z]|github_pat|AIza|ya29|AKIA|ASIA)[-_A-Za-z0-9.*]{6,}/g,
    /\beyJ[A-Za-z0-9_-]{6,}(\.[A-Za-z0-9_-]*)*/g,
    /(?=[A-Za-z0-9+/_=.*-]*\d)[A-Za-z0-9+/_=.*-]{32,}/g,
];
/**
 * The text of a foreign error (its message, where it is JSON), made safe for one of our sentences: one line, no control or
 * direction characters, no markup, nothing that looks like a credential, at most 160 characters. Known secrets are redacted
 * before; this removes those nobody knows.
 * @returns the excerpt, or `no text` when nothing readable is left.
 */
function deriveExcerpt(body) {
    const plain = stripMarkup(findSentence(body).slice(0, excerpt_HEAD))
        .replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]+/gu, ' ')
        .replace(/[«»]/g, '"')
        .replace(/\s+/g, ' ')
        .trim()
        .replace(/[.\s]+$/, '');
    const masked = SECRET_LIKE.reduce((text, pattern) => text.replace(pattern, '***'), plain);
    if (masked === '')
        return 'no text';
    return masked.length > EXCERPT_LIMIT ? `${masked.slice(0, EXCERPT_LIMIT - 1)}…` : masked;
}
/** True for an HTML page: the answer of a login page, a block page or a web server, not of an API. */
function looksLikeHtml(body, contentType) {
    if (/^\s*(text\/html|application\/xhtml)/i.test(contentType))
        return true;
    return /^[\s\ufeff]*<(!doctype\s+html|html|head|body|script|meta|title)\b/i.test(body.slice(0, 512));
}
// Where the envelopes of the providers and of common gateways keep their sentence.
const SENTENCES = [['error', 'message'], ['message'], ['error'], ['detail'], ['title']];
function findSentence(body) {
    const parsed = parseJson(body);
    const values = SENTENCES.map((path) => readPath(parsed, ...path));
    return values.find((value) => typeof value === 'string' && value !== '') ?? body;
}
function stripMarkup(text) {
    const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1];
    if (title !== undefined)
        return title;
    return text.replace(/<(script|style)\b[^>]*>[^<]*/gi, ' ').replace(/<[^>]{0,400}>?/g, ' ');
}

;// CONCATENATED MODULE: ./lib/core/probes/match-answer.js
/**
 * How much of a body patterns see, in characters: an error names its cause early, and no pattern shall work on a hostile
 * megabyte.
 */
const BODY_HEAD = 16 * 1024;
/** True when the answer came, or failed, as the condition wants; a condition that names no failure wants an answer. */
function matchesOutcome(when, answer) {
    if (answer.kind === 'answer')
        return when.failure === undefined;
    if (when.failure === undefined || !when.failure.includes(answer.failure))
        return false;
    return when.code === undefined || when.code.test(answer.code.slice(0, 100));
}
/** True when the status is one of those wanted, or lies between them, both ends included. */
function matchesStatus(wanted, status) {
    return 'from' in wanted ? status >= wanted.from && status <= wanted.to : wanted.includes(status);
}

;// CONCATENATED MODULE: ./lib/core/credentials/causes/source-causes.js
/** What is found before anything is asked, or in a token that did come. Placeholders: {issuer}, {host}, {inputs}, {missing}. */
const SOURCE_CAUSES = {
    oidcUnavailable: {
        code: 'oidc-unavailable',
        seen: 'The runner gave no ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN',
        isPermanent: true,
        message: 'This job cannot ask GitHub for an identity token, which {issuer} wants to see.',
        fix: 'Give the job `permissions: id-token: write`; pull requests from forks never have it.',
    },
    oidcUrl: {
        code: 'oidc-url-unusable',
        seen: 'ACTIONS_ID_TOKEN_REQUEST_URL is no https URL',
        isPermanent: true,
        message: 'The address that the runner gave for GitHub’s identity tokens is no https URL, so {issuer} was not asked.',
        fix: 'Use a runner whose ACTIONS_ID_TOKEN_REQUEST_URL was not changed by an earlier step.',
    },
    secretMissing: {
        code: 'source-secret-missing',
        seen: 'A secret that the source needs was not given',
        isPermanent: true,
        message: 'No credential can be had from {issuer} without {missing}.',
        fix: 'Define the secret behind {missing} for this repository, organization or environment.',
    },
    sourceUnusable: {
        code: 'source-unusable',
        seen: 'An input of the source cannot stand in a request',
        isPermanent: true,
        message: 'No request to {issuer} can be made from {inputs}.',
        fix: 'Correct {missing}.',
    },
    appKeyUnusable: {
        code: 'github-app-key-unusable',
        seen: 'Signing with github-app-private-key failed',
        isPermanent: true,
        message: 'Nothing could be signed with github-app-private-key.',
        fix: 'Store the whole PEM file that GitHub gave for the App, with its first and last line and all line breaks.',
    },
    expired: {
        code: 'token-expired',
        seen: 'A token whose expiry is not in the future',
        isPermanent: false,
        message: '{issuer} at {host} gave a token that has already expired.',
        fix: 'Check the clock of this runner, and the lifetime that the issuer is set to.',
    },
};

;// CONCATENATED MODULE: ./lib/core/credentials/causes/aws-causes.js
const issuers = ['aws'];
/** AssumeRoleWithWebIdentity at AWS STS. */
const AWS_CAUSES = [
    {
        code: 'aws-identity-expired',
        seen: '`ExpiredTokenException`',
        when: { issuers, body: /\bExpiredToken(Exception)?\b/ },
        isPermanent: false,
        message: 'AWS STS calls the identity token of this job expired.',
        fix: 'A fresh one is used for the next attempt; if it stays so, check the clock of this runner.',
    },
    {
        code: 'aws-keys-unreachable',
        seen: '`IDPCommunicationError`, or `InvalidIdentityToken`: couldn’t retrieve verification key',
        when: { issuers, body: /\bIDPCommunicationError\b|retrieve verification key/i },
        isPermanent: false,
        message: 'AWS STS could not fetch the public keys of GitHub’s identity tokens ({excerpt}).',
        fix: 'The next attempt follows by itself; if it lasts, check that the issuer of this GitHub is reachable from AWS.',
    },
    {
        code: 'aws-provider-unknown',
        seen: '`InvalidIdentityToken`: no OpenIDConnect provider found',
        when: { issuers, body: /No OpenIDConnect provider/i },
        isPermanent: true,
        message: 'The AWS account has no identity provider for the GitHub of this job ({excerpt}).',
        fix: 'Create an IAM OpenID Connect provider for this GitHub’s issuer in the account of aws-role-arn.',
    },
    {
        code: 'aws-audience-mismatch',
        seen: '`InvalidIdentityToken`: incorrect token audience',
        when: { issuers, body: /incorrect token audience/i },
        isPermanent: true,
        message: 'The identity provider in the AWS account does not list the audience of the identity token.',
        fix: 'Add sts.amazonaws.com (in China sts.amazonaws.com.cn) to the audiences of the IAM OpenID Connect provider.',
    },
    {
        code: 'aws-identity-refused',
        seen: '`InvalidIdentityToken`, `IDPRejectedClaim`',
        when: { issuers, body: /\b(InvalidIdentityToken|IDPRejectedClaim)(Exception)?\b/ },
        isPermanent: true,
        message: 'AWS STS does not accept the identity token of this job ({excerpt}).',
        fix: 'Check issuer and audience of the IAM OpenID Connect provider in the account of aws-role-arn.',
    },
    {
        code: 'aws-role-refused',
        seen: '`AccessDenied`: not authorized to perform sts:AssumeRoleWithWebIdentity',
        when: { issuers, body: /\bAccessDenied(Exception)?\b/ },
        isPermanent: true,
        message: 'The role does not let this job assume it ({excerpt}).',
        fix: 'Check aws-role-arn, and that the role’s trust policy names this repository, branch or environment as subject.',
    },
    {
        code: 'aws-region-disabled',
        seen: '`RegionDisabledException`',
        when: { issuers, body: /\bRegionDisabled(Exception)?\b/ },
        isPermanent: true,
        message: 'AWS STS is switched off for the region at {host}.',
        fix: 'Activate the region for STS in the account settings of IAM, or choose another one in aws-region.',
    },
    {
        code: 'issuer-busy',
        seen: '`Throttling`, `RequestLimitExceeded`',
        when: { issuers, body: /\b(Throttling(Exception)?|RequestLimitExceeded|ServiceUnavailable)\b/ },
        isPermanent: false,
        message: 'AWS STS limits the rate of requests right now ({excerpt}).',
        fix: 'The next attempt follows by itself.',
    },
    {
        code: 'aws-request-invalid',
        seen: '`ValidationError` and other errors of the caller',
        when: { issuers, status: { from: 400, to: 499 } },
        isPermanent: true,
        message: 'AWS STS refused the request ({status}: {excerpt}).',
        fix: 'Check aws-role-arn and aws-region.',
    },
];

;// CONCATENATED MODULE: ./lib/core/credentials/causes/entra-causes.js
// An `oauth` source may point at Entra as well.
const entra_causes_issuers = ['azure', 'oauth'];
/** Microsoft Entra ID: the AADSTS number says more than the OAuth error it comes with. */
const ENTRA_CAUSES = [
    {
        code: 'entra-assertion-expired',
        seen: '`AADSTS700024`: the client assertion is not within its valid time range',
        when: { issuers: entra_causes_issuers, body: /AADSTS700024\b/ },
        isPermanent: false,
        message: '{issuer} found the identity token of this job outside its period of validity (AADSTS700024).',
        fix: 'A fresh one is used for the next attempt; if it stays so, check the clock of this runner.',
    },
    {
        code: 'entra-audience-mismatch',
        seen: '`AADSTS700212`: no federated credential with this audience',
        when: { issuers: entra_causes_issuers, body: /AADSTS700212\b/ },
        isPermanent: true,
        message: '{issuer} has no federated credential for the audience of the identity token (AADSTS700212).',
        fix: 'Set azure-cloud to the cloud of the tenant, and the federated credential to the audience which that cloud prescribes.',
    },
    {
        code: 'entra-federation-mismatch',
        seen: '`AADSTS70021`, `AADSTS700211`, `AADSTS700213`, `AADSTS700223`: no matching federated identity record',
        when: { issuers: entra_causes_issuers, body: /AADSTS(70021|700211|700213|700223)\b/ },
        isPermanent: true,
        message: 'The app registration has no federated credential that matches this job ({excerpt}).',
        fix: 'Give the app of azure-client-id a federated credential whose issuer and subject are those of this repository, branch or environment.',
    },
    {
        code: 'entra-secret-expired',
        seen: '`AADSTS7000222`: the client secret has expired',
        when: { issuers: entra_causes_issuers, body: /AADSTS7000222\b/ },
        isPermanent: true,
        message: 'The client secret has expired (AADSTS7000222).',
        fix: 'Create a new client secret for the app registration and store it as oauth-client-secret.',
    },
    {
        code: 'entra-secret-invalid',
        seen: '`AADSTS7000215`: invalid client secret',
        when: { issuers: entra_causes_issuers, body: /AADSTS7000215\b/ },
        isPermanent: true,
        message: '{issuer} refused the client secret (AADSTS7000215).',
        fix: 'Store the value of the client secret, not its id, as oauth-client-secret, and check that it belongs to this client id.',
    },
    {
        code: 'entra-app-unknown',
        seen: '`AADSTS700016`, `AADSTS7000112`: no such app in the tenant, or it is disabled',
        when: { issuers: entra_causes_issuers, body: /AADSTS(700016|7000112)\b/ },
        isPermanent: true,
        message: 'The tenant has no enabled app with this client id ({excerpt}).',
        fix: 'Check {inputs}: the app must exist and be enabled in the tenant that is asked.',
    },
    {
        code: 'entra-tenant-unknown',
        seen: '`AADSTS90002`, `AADSTS900023`, `AADSTS900971`: no such tenant',
        when: { issuers: entra_causes_issuers, body: /AADSTS(90002|900021|900023|900971)\b/ },
        isPermanent: true,
        message: '{host} knows no such tenant ({excerpt}).',
        fix: 'Check {inputs}: the tenant must be one of the cloud that is asked.',
    },
    {
        code: 'entra-conditional-access',
        seen: '`AADSTS53003` and other AADSTS53…: blocked by Conditional Access',
        when: { issuers: entra_causes_issuers, body: /AADSTS(53000|53001|53002|53003|530003|530004)\b/ },
        isPermanent: true,
        message: 'A Conditional Access policy of the tenant blocks this runner ({excerpt}).',
        fix: 'Have an administrator except the workload identity from the policy, or run on a runner whose address the policy allows.',
    },
    {
        code: 'entra-scope-invalid',
        seen: '`AADSTS70011`, `AADSTS1002012`, `AADSTS500011`: the scope or its resource is unknown',
        when: { issuers: entra_causes_issuers, body: /AADSTS(70011|1002012|500011|500013|650057)\b/ },
        isPermanent: true,
        message: '{issuer} does not give tokens for this scope ({excerpt}).',
        fix: 'Write the scope as the resource followed by /.default, and check that the tenant has that resource.',
    },
    {
        code: 'oauth-refresh-token-dead',
        seen: '`AADSTS70008`, `AADSTS700082`, `AADSTS50173`, `AADSTS70043`: the refresh token has expired or was revoked',
        when: { issuers: entra_causes_issuers, body: /AADSTS(70008|700082|700084|50173|70043)\b/ },
        isPermanent: true,
        message: 'The refresh token has expired or was revoked ({excerpt}).',
        fix: 'Log in again, and store the new refresh token as oauth-refresh-token.',
    },
    {
        code: 'issuer-busy',
        seen: '`AADSTS90033`, `AADSTS90006`, `AADSTS50196`: Entra cannot answer right now',
        when: { issuers: entra_causes_issuers, body: /AADSTS(90033|90006|50196)\b/ },
        isPermanent: false,
        message: '{issuer} cannot answer right now ({excerpt}).',
        fix: 'The next attempt follows by itself; see Microsoft’s status page if it lasts.',
    },
];

;// CONCATENATED MODULE: ./lib/core/credentials/causes/gcp-causes.js
const sts = ['gcp'];
const iam = ['gcp-iam'];
/** Google's STS, then the service account's token. */
const GCP_CAUSES = [
    {
        code: 'gcp-provider-unknown',
        seen: '`invalid_target`, or `invalid_request`: invalid value for "audience"',
        when: { issuers: sts, body: /\binvalid_target\b|Invalid value for \\?"audience/i },
        isPermanent: true,
        message: 'Google knows no such workload identity provider, or it is disabled ({excerpt}).',
        fix: 'Write gcp-workload-identity-provider as projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>, with the project’s number, not its name.',
    },
    {
        code: 'gcp-condition-refused',
        seen: '`unauthorized_client`: rejected by the attribute condition',
        when: { issuers: sts, body: /\bunauthorized_client\b/ },
        isPermanent: true,
        message: 'The workload identity provider does not let this job in ({excerpt}).',
        fix: 'Check the attribute condition of the provider against this repository, branch and owner.',
    },
    {
        code: 'gcp-identity-stale',
        seen: '`invalid_grant`: the token is stale or expired',
        when: { issuers: sts, body: /\binvalid_grant\b[\s\S]{0,400}\b(stale|expired|in the future)\b/i },
        isPermanent: false,
        message: 'Google calls the identity token of this job outdated ({excerpt}).',
        fix: 'A fresh one is used for the next attempt; if it stays so, check the clock of this runner.',
    },
    {
        code: 'gcp-identity-refused',
        seen: '`invalid_grant`: audience, issuer or signature do not match',
        when: { issuers: sts, body: /\binvalid_grant\b/ },
        isPermanent: true,
        message: 'Google does not accept the identity token of this job ({excerpt}).',
        fix: 'Check issuer and allowed audiences of the workload identity provider; the default audience is what is sent.',
    },
    {
        code: 'gcp-request-invalid',
        seen: 'Any other 4xx of Google’s STS',
        when: { issuers: sts, status: [400, 401, 403, 404] },
        isPermanent: true,
        message: 'Google’s STS refused the exchange ({status}: {excerpt}).',
        fix: 'Check gcp-workload-identity-provider, and that the Security Token Service API is enabled in its project.',
    },
    {
        code: 'gcp-api-disabled',
        seen: '403 `SERVICE_DISABLED`: IAM Service Account Credentials API',
        when: { issuers: iam, body: /SERVICE_DISABLED|has not been used in project/ },
        isPermanent: true,
        message: 'The IAM Service Account Credentials API is switched off ({excerpt}).',
        fix: 'Enable iamcredentials.googleapis.com in the project of the workload identity pool.',
    },
    {
        code: 'gcp-impersonation-refused',
        seen: '403 `PERMISSION_DENIED`: iam.serviceAccounts.getAccessToken',
        when: { issuers: iam, status: [401, 403] },
        isPermanent: true,
        message: 'This job may not act as the service account ({status}: {excerpt}).',
        fix: 'Give the principal of this repository the role Workload Identity User on gcp-service-account.',
    },
    {
        code: 'gcp-service-account-unknown',
        seen: '404, or 400 for a name that is none',
        when: { issuers: iam, status: [400, 404] },
        isPermanent: true,
        message: 'Google knows no such service account ({status}: {excerpt}).',
        fix: 'Write gcp-service-account as the account’s whole e-mail address.',
    },
    {
        code: 'gcp-request-invalid',
        seen: 'Any other 4xx that is not a limit',
        when: { issuers: [...sts, ...iam], status: { from: 405, to: 428 } },
        isPermanent: true,
        message: '{issuer} refused the request ({status}: {excerpt}).',
        fix: 'Check {inputs}.',
    },
];

;// CONCATENATED MODULE: ./lib/core/credentials/causes/github-app-causes.js
const github_app_causes_issuers = ['github-app'];
/** `POST /app/installations/<id>/access_tokens`. */
const GITHUB_APP_CAUSES = [
    {
        code: 'issuer-busy',
        seen: '403: rate limit',
        when: { issuers: github_app_causes_issuers, status: [403], body: /rate limit|abuse detection/i },
        isPermanent: false,
        message: '{host} limits the rate of requests right now ({status}: {excerpt}).',
        fix: 'The next attempt follows by itself.',
    },
    {
        code: 'github-app-clock',
        seen: '401: the claims iat or exp are not acceptable',
        when: { issuers: github_app_causes_issuers, status: [401], body: /\b(exp|iat)\b|expiration time|issued at/i },
        isPermanent: false,
        message: '{host} does not accept the times in the App’s signature ({excerpt}).',
        fix: 'Set the clock of this runner: GitHub allows it to differ by about a minute.',
    },
    {
        code: 'github-app-key-refused',
        seen: '401: a JSON web token could not be decoded, Integration not found',
        when: { issuers: github_app_causes_issuers, status: [401] },
        isPermanent: true,
        message: '{host} does not accept the App’s signature ({excerpt}).',
        fix: 'Check that github-app-private-key belongs to the App of github-app-id, and that the App lives on this GitHub.',
    },
    {
        code: 'github-app-suspended',
        seen: '403: this installation has been suspended',
        when: { issuers: github_app_causes_issuers, status: [403], body: /suspended/i },
        isPermanent: true,
        message: 'The installation of the App is suspended.',
        fix: 'Have an owner of the organization lift the suspension under its installed GitHub Apps.',
    },
    {
        code: 'github-app-forbidden',
        seen: '403 with another text',
        when: { issuers: github_app_causes_issuers, status: [403] },
        isPermanent: true,
        message: '{host} forbids the App a token for this installation ({excerpt}).',
        fix: 'Check the organization’s policies for GitHub Apps and its list of allowed addresses.',
    },
    {
        code: 'github-app-installation-unknown',
        seen: '404: Not Found',
        when: { issuers: github_app_causes_issuers, status: [404] },
        isPermanent: true,
        message: 'The App has no such installation at {host} (404).',
        fix: 'Check github-app-installation-id: it is the number at the end of the installation’s address, not the id of the App.',
    },
    {
        code: 'github-app-permission-missing',
        seen: '422: the permissions requested are not granted to this installation',
        when: { issuers: github_app_causes_issuers, status: [422] },
        isPermanent: true,
        message: 'The installation of the App lacks the permission “Copilot Requests: read and write” ({excerpt}).',
        fix: 'Give the App that permission, have an owner accept it, and install the App on all repositories of the paying organization.',
    },
];

;// CONCATENATED MODULE: ./lib/core/credentials/causes/issuer-general-causes.js
/**
 * Statuses that pass by themselves, whatever the body says. They stand before the rows of each issuer: some of those take every 4xx for
 * permanent, and a limit would then stop the renewal for ever.
 */
const ISSUER_LIMIT_CAUSES = [
    {
        code: 'issuer-busy',
        seen: '408, 425 or 429 with any text',
        when: { status: [408, 425, 429] },
        isPermanent: false,
        message: '{issuer} at {host} limits the rate of requests right now ({status}: {excerpt}).',
        fix: 'The next attempt follows by itself.',
    },
];
/** What a status alone allows to say; the last row takes every answer. */
const ISSUER_GENERAL_CAUSES = [
    {
        code: 'issuer-busy',
        seen: '`slow_down`, `temporarily_unavailable` with another status',
        when: { status: { from: 400, to: 499 }, body: /\b(slow_down|temporarily_unavailable)\b/ },
        isPermanent: false,
        message: '{issuer} at {host} cannot answer right now ({status}: {excerpt}).',
        fix: 'The next attempt follows by itself.',
    },
    {
        code: 'issuer-error',
        seen: '5xx',
        when: { status: { from: 500, to: 599 } },
        isPermanent: false,
        message: '{issuer} at {host} has a failure of its own ({status}: {excerpt}).',
        fix: 'The next attempt follows by itself; see the issuer’s status page if it lasts.',
    },
    {
        code: 'issuer-answer-malformed',
        seen: '2xx without a usable token',
        when: { status: { from: 200, to: 299 } },
        isPermanent: false,
        message: '{issuer} at {host} answered {status}, but not with a token that can be used.',
        fix: 'Check {inputs}: the address must be a token endpoint, and its tokens plain bearer tokens.',
    },
    {
        code: 'issuer-refused',
        seen: 'Any other 4xx',
        when: { status: { from: 400, to: 499 } },
        isPermanent: false,
        message: '{issuer} at {host} refused the request ({status}: {excerpt}).',
        fix: 'Check {inputs}.',
    },
    {
        code: 'issuer-unknown-answer',
        seen: 'Anything else',
        when: {},
        isPermanent: false,
        message: '{issuer} at {host} gave an answer we do not know ({status}: {excerpt}).',
        fix: 'Check {inputs}; if they are right, please report this answer as an issue.',
    },
];

;// CONCATENATED MODULE: ./lib/core/credentials/causes/issuer-network-causes.js
/** No answer of the issuer came, or one that is not the issuer's. */
const ISSUER_NETWORK_CAUSES = [
    {
        code: 'issuer-dns',
        seen: 'DNS failure (ENOTFOUND, EAI_AGAIN)',
        when: { failure: ['dns'] },
        isPermanent: false,
        message: 'The name {host} of {issuer} could not be resolved ({code}).',
        fix: 'Check the spelling in {inputs}, and that this runner’s DNS or upstream-proxy knows {host}.',
    },
    {
        code: 'issuer-connection',
        seen: 'Connection refused or reset (ECONNREFUSED, ECONNRESET)',
        when: { failure: ['refused', 'reset'] },
        isPermanent: false,
        message: 'No connection to {issuer} at {host} held ({code}).',
        fix: 'Have {host} allowed for this runner, or set upstream-proxy where the runner may only go out through a proxy.',
    },
    {
        code: 'issuer-timeout',
        seen: 'No answer in time (ETIMEDOUT)',
        when: { failure: ['timeout'] },
        isPermanent: false,
        message: '{issuer} at {host} gave no answer in time ({code}).',
        fix: 'Check that this runner may reach {host}: firewalls that drop packets look like this.',
    },
    {
        code: 'issuer-tls',
        seen: 'SELF_SIGNED_CERT_IN_CHAIN, UNABLE_TO_GET_ISSUER_CERT_LOCALLY, CERT_HAS_EXPIRED and other TLS failures',
        when: { failure: ['tls'] },
        isPermanent: true,
        message: 'The TLS certificate shown for {host} is not trusted ({code}), so nothing was sent to {issuer}.',
        fix: 'If your network inspects TLS, give its CA certificate as ca-bundle (PEM) or in NODE_EXTRA_CA_CERTS; never switch verification off.',
    },
    {
        code: 'issuer-proxy-auth',
        seen: '407 from the corporate proxy',
        when: { failure: ['proxy-auth'] },
        isPermanent: true,
        message: 'The corporate proxy, not {issuer}, wants credentials before it lets this runner reach {host} (407).',
        fix: 'Give upstream-proxy (or HTTPS_PROXY) as http://user:password@host:port, with special characters percent-encoded.',
    },
    {
        code: 'issuer-proxy-refused',
        seen: 'The corporate proxy refused the CONNECT (403, 502, 503)',
        when: { failure: ['proxy-refused'] },
        isPermanent: false,
        message: 'The corporate proxy refused to connect to {host} ({code}); the answer is the proxy’s, not that of {issuer}.',
        fix: 'Have {host} allowed on that proxy, or list it in NO_PROXY if it is reachable directly.',
    },
    {
        code: 'issuer-network',
        seen: 'Any other failure without an answer',
        when: { failure: ['unknown'] },
        isPermanent: false,
        message: 'The request to {issuer} at {host} failed without an answer ({code}).',
        fix: 'See the sidecar’s log in log-directory for the failure, and check that this runner may reach {host}.',
    },
    {
        code: 'issuer-proxy-auth',
        seen: '407 as the answer itself',
        when: { status: [407] },
        isPermanent: true,
        message: 'A proxy on the way to {host} wants credentials (407); the answer is the proxy’s, not that of {issuer}.',
        fix: 'Give upstream-proxy (or HTTPS_PROXY) as http://user:password@host:port, with special characters percent-encoded.',
    },
    {
        code: 'issuer-web-page',
        seen: 'An HTML page with any status',
        when: { shape: 'html' },
        isPermanent: false,
        message: 'A web page came from {host} instead of an answer of {issuer} ({status}, “{excerpt}”): a login page, a firewall or a web server.',
        fix: 'Check {inputs}, and that no proxy or single sign-on page stands between this runner and {host}.',
    },
    {
        code: 'issuer-redirected',
        seen: '301, 302, 303, 307, 308',
        when: { status: { from: 300, to: 399 } },
        isPermanent: false,
        message: '{issuer} at {host} redirects the request ({status}); a secret is never sent along a redirect.',
        fix: 'Check {inputs}: the address must be the token endpoint itself.',
    },
];

;// CONCATENATED MODULE: ./lib/core/credentials/causes/oauth-causes.js
const oauth_causes_issuers = ['oauth', 'azure'];
const CLIENT_ERROR = { from: 400, to: 499 };
/** Errors of RFC 6749 §5.2 from token endpoints, behind the rows that know more about one issuer. */
const OAUTH_CAUSES = [
    {
        code: 'oauth-client-invalid',
        seen: '`invalid_client`',
        when: { issuers: oauth_causes_issuers, status: CLIENT_ERROR, body: /\binvalid_client\b/ },
        isPermanent: true,
        message: '{issuer} does not accept this client ({status}: {excerpt}).',
        fix: 'Check {inputs}: id and proof of the client must belong together and to this token endpoint.',
    },
    {
        code: 'oauth-client-unauthorized',
        seen: '`unauthorized_client`',
        when: { issuers: oauth_causes_issuers, status: CLIENT_ERROR, body: /\bunauthorized_client\b/ },
        isPermanent: true,
        message: '{issuer} knows the client but does not allow it this kind of grant ({status}: {excerpt}).',
        fix: 'Allow the client this grant at its issuer, or choose the other one in {inputs}.',
    },
    {
        code: 'oauth-grant-invalid',
        seen: '`invalid_grant`: a refresh token that was used, revoked or has expired',
        when: { issuers: oauth_causes_issuers, status: CLIENT_ERROR, body: /\binvalid_grant\b/ },
        isPermanent: true,
        message: '{issuer} does not accept the grant ({status}: {excerpt}): it was used before, revoked, or has expired.',
        fix: 'Log in again and store the new refresh token; a rotating one may be used by one job at a time only.',
    },
    {
        code: 'oauth-scope-invalid',
        seen: '`invalid_scope`',
        when: { issuers: oauth_causes_issuers, status: CLIENT_ERROR, body: /\binvalid_scope\b/ },
        isPermanent: true,
        message: '{issuer} does not know the scope, or does not give it to this client ({status}: {excerpt}).',
        fix: 'Correct the scope in {inputs}, or leave it out for the client’s default.',
    },
    {
        code: 'oauth-request-invalid',
        seen: '`invalid_request`, `unsupported_grant_type`',
        when: { issuers: oauth_causes_issuers, status: CLIENT_ERROR, body: /\b(invalid_request|unsupported_grant_type)\b/ },
        isPermanent: true,
        message: '{issuer} does not understand the request ({status}: {excerpt}).',
        fix: 'Check {inputs}: the address must be a token endpoint that takes this grant.',
    },
];

;// CONCATENATED MODULE: ./lib/core/credentials/causes/vendor-causes.js
/** GitHub's own OIDC endpoint, and the model vendors' workload identity. */
const VENDOR_CAUSES = [
    {
        code: 'oidc-refused',
        seen: '401, 403 or 404 from GitHub’s OIDC endpoint',
        when: { issuers: ['github-oidc'], status: [400, 401, 403, 404] },
        isPermanent: true,
        message: 'GitHub gives this job no identity token ({status}: {excerpt}).',
        fix: 'Give the job `permissions: id-token: write`; pull requests from forks never have it.',
    },
    {
        code: 'identity-reused',
        seen: '`jti_reused`: the same identity token was exchanged twice',
        when: { issuers: ['anthropic', 'openai'], body: /\bjti[ _-]?(reused|known|already|replay)|already (been )?used/i },
        isPermanent: false,
        message: '{issuer} has seen this identity token before ({excerpt}).',
        fix: 'A fresh one is used for the next attempt; if it stays so, look for another step that exchanges the same token.',
    },
    {
        code: 'anthropic-request-invalid',
        seen: '400 `invalid_request` from /v1/oauth/token',
        when: { issuers: ['anthropic'], status: [400], body: /\binvalid_request(_error)?\b/ },
        isPermanent: true,
        message: 'Anthropic does not understand the exchange ({excerpt}).',
        fix: 'Check {inputs}: rule, organization and service account are different kinds of ids; a rule for several workspaces needs anthropic-workspace-id.',
    },
    {
        code: 'anthropic-rule-mismatch',
        seen: '401 `authentication_error`, 400 `invalid_grant`: Anthropic does not say why',
        when: { issuers: ['anthropic'], status: [400, 401, 403, 404] },
        isPermanent: true,
        message: 'Anthropic’s federation rule does not let this job in ({status}: {excerpt}).',
        fix: 'Look up the reason under Workload identity in the Claude Console; check {inputs}, and the rule’s subject against this repository, branch or environment.',
    },
    {
        code: 'openai-mapping-mismatch',
        seen: '400, 401, 403 or 404 from auth.openai.com',
        when: { issuers: ['openai'], status: [400, 401, 403, 404] },
        isPermanent: true,
        message: 'OpenAI’s workload identity does not let this job in ({status}: {excerpt}).',
        fix: 'Check {inputs}, the provider’s audience (https://api.openai.com/v1 is what is sent), and its mapping of this repository to the service account.',
    },
];

;// CONCATENATED MODULE: ./lib/core/credentials/issuer-cause-table.js








/** Every answer of an issuer that is no credential, in the order in which the rows are tried. */
const ISSUER_CAUSES = [
    ...ISSUER_NETWORK_CAUSES,
    ...ISSUER_LIMIT_CAUSES,
    ...ENTRA_CAUSES,
    ...VENDOR_CAUSES,
    ...AWS_CAUSES,
    ...GCP_CAUSES,
    ...GITHUB_APP_CAUSES,
    ...OAUTH_CAUSES,
    ...ISSUER_GENERAL_CAUSES,
];
const ISSUERS = {
    'github-oidc': { label: 'GitHub’s OIDC service', inputs: 'the permissions of the job' },
    oauth: {
        label: 'the OAuth issuer',
        inputs: 'oauth-token-url, oauth-client-id, oauth-client-secret, oauth-refresh-token and oauth-scope',
    },
    azure: { label: 'Microsoft Entra ID', inputs: 'azure-tenant-id, azure-client-id, azure-scope and azure-cloud' },
    aws: { label: 'AWS STS', inputs: 'aws-role-arn and aws-region' },
    gcp: { label: 'Google’s STS', inputs: 'gcp-workload-identity-provider' },
    'gcp-iam': { label: 'Google’s IAM', inputs: 'gcp-service-account' },
    anthropic: {
        label: 'Anthropic’s token endpoint',
        inputs: 'anthropic-federation-rule-id, anthropic-organization-id, anthropic-service-account-id and anthropic-workspace-id',
    },
    openai: {
        label: 'OpenAI’s token endpoint',
        inputs: 'openai-identity-provider-id and openai-service-account-id',
    },
    'github-app': {
        label: 'GitHub',
        inputs: 'github-app-id, github-app-private-key and github-app-installation-id',
    },
};

;// CONCATENATED MODULE: ./lib/core/credentials/find-issuer-cause.js







/**
 * Why an answer is no credential. The issuer's text is redacted, cleaned and cut before anything of it is quoted, and nothing
 * is quoted of an answer that may hold a token.
 */
function deriveIssuerFailure(step, answer, redact) {
    const situation = deriveSituation(step.issuer, answer, redact);
    const row = ISSUER_CAUSES.find((each) => TESTS.every((test) => test(each.when, situation)));
    if (row === undefined)
        throw new RangeError('Cannot read an answer: no row of the dictionary matches');
    // By what stands there: servers call a token answer a page, too.
    const quotes = answer.kind === 'answer' && (situation.status >= 400 || looksLikeHtml(situation.head, ''));
    return renderSourceFailure(row, {
        ...deriveIssuerFacts(step),
        status: answer.kind === 'answer' ? String(answer.status) : 'no status',
        code: answer.kind === 'failure' ? cleanCode(answer.code) : 'no code',
        excerpt: quotes ? deriveIssuerExcerpt(situation.head) : 'no text',
    });
}
/** A failure that was found without an answer, or in a token that did come. */
function deriveLocalFailure(cause, step, missing = '') {
    return renderSourceFailure(SOURCE_CAUSES[cause], { ...deriveIssuerFacts(step), missing });
}
/** Fills a row's sentences. @throws RangeError for a placeholder that the facts do not have. */
function renderSourceFailure(row, facts) {
    return {
        kind: 'failure',
        cause: row.code,
        message: capitalize(renderTemplate(row.message, facts)),
        fix: renderTemplate(row.fix, facts),
        isPermanent: row.isPermanent,
    };
}
// Some labels begin with an article.
function capitalize(sentence) {
    return sentence.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}
function deriveIssuerFacts(step) {
    const { label, inputs } = ISSUERS[step.issuer];
    return { issuer: label, inputs, host: step.request === undefined ? label : renderAuthority(step.request.upstream) };
}
function deriveSituation(issuer, answer, redact) {
    if (answer.kind === 'failure')
        return { issuer, answer, status: 0, isHtml: false, head: '' };
    const body = redact(answer.body);
    const isHidden = answer.status < 300 && typeof readPath(parseJson(body), 'error') === 'string';
    return {
        issuer,
        answer,
        status: isHidden ? 400 : answer.status,
        isHtml: looksLikeHtml(body, answer.headers['content-type'] ?? ''),
        head: body.slice(0, BODY_HEAD),
    };
}
const TESTS = [
    (when, { issuer }) => when.issuers === undefined || when.issuers.includes(issuer),
    (when, { answer }) => matchesOutcome(when, answer),
    (when, { status }) => when.status === undefined || matchesStatus(when.status, status),
    (when, { isHtml }) => when.shape === undefined || isHtml,
    (when, { isHtml, head }) => when.body === undefined || (!isHtml && when.body.test(head)),
];
// Where issuers keep their sentence, before the places in which every API keeps it.
const find_issuer_cause_SENTENCES = [['error_description'], ['Error', 'Message'], ['error', 'message']];
/** Entra's sentences end in ids of the request that only its support can use; STS answers in XML. */
function deriveIssuerExcerpt(head) {
    const parsed = parseJson(head);
    const named = find_issuer_cause_SENTENCES.map((path) => readPath(parsed, ...path)).find((value) => typeof value === 'string' && value !== '');
    const text = named ?? /<Message>([^<]{1,2000})/.exec(head)?.[1] ?? head;
    return deriveExcerpt(text.replace(/\s*(Trace ID|Correlation ID|Timestamp):[\s\S]*$/, ''));
}
function cleanCode(code) {
    return /^[A-Za-z0-9_ -]{1,60}$/.test(code) ? code : 'no code';
}

;// CONCATENATED MODULE: ./lib/core/credentials/issuers/oauth.js

/** Headers of every form sent to a token endpoint. */
const FORM_HEADERS = [
    ['accept', 'application/json'],
    ['content-type', 'application/x-www-form-urlencoded'],
    ['user-agent', PROBE_USER_AGENT],
];
/** Headers of every JSON document sent to a token endpoint. */
const JSON_HEADERS = [
    ['accept', 'application/json'],
    ['content-type', 'application/json'],
    ['user-agent', PROBE_USER_AGENT],
];
/**
 * RFC 6749 §4.4 and §6, with the client's secret in the form: what every issuer we know takes, Entra among them. A refresh token
 * of a public client goes without one.
 * @returns the name of the secret that is missing, where one is.
 */
function deriveOauthRequest(source, secrets) {
    const grant = deriveGrant(source, secrets);
    if (typeof grant === 'string')
        return grant;
    const scope = source.scope === undefined ? [] : [['scope', source.scope]];
    return {
        method: 'POST',
        upstream: source.tokenUrl,
        path: '',
        headers: FORM_HEADERS,
        body: {
            kind: 'form',
            fields: [['grant_type', source.grant], ['client_id', source.clientId], ...grant, ...scope],
        },
    };
}
function deriveGrant(source, { clientSecret, refreshToken }) {
    const client = deriveSecretField('client_secret', clientSecret);
    switch (source.grant) {
        case 'client_credentials':
            return client.length === 0 ? 'oauth-client-secret' : client;
        case 'refresh_token':
            return refreshToken === undefined ? 'oauth-refresh-token' : [['refresh_token', refreshToken], ...client];
    }
}
function deriveSecretField(name, secret) {
    return secret === undefined ? [] : [[name, secret]];
}

;// CONCATENATED MODULE: ./lib/core/credentials/issuers/anthropic.js



/** Sends the exchange to the federation service; on requests with the token it would be refused. */
const FEDERATION_BETA = 'oidc-federation-2026-04-01';
/** Where assertions are exchanged; a gateway in front of the API is no issuer. */
const ANTHROPIC_ISSUER = 'api.anthropic.com';
/** What the assertion must be made out to. */
const ANTHROPIC_AUDIENCE = 'https://api.anthropic.com';
/** RFC 7523 grant of Anthropic's workload identity federation; each assertion is taken once. */
function deriveAnthropicRequest(source, assertion) {
    return {
        method: 'POST',
        upstream: httpsUpstream(ANTHROPIC_ISSUER),
        path: '/v1/oauth/token',
        headers: [...JSON_HEADERS, ['anthropic-beta', `${ANTHROPIC_OAUTH_BETA},${FEDERATION_BETA}`]],
        body: {
            kind: 'json',
            fields: [
                ['grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
                ['assertion', assertion],
                ['federation_rule_id', source.federationRuleId],
                ['organization_id', source.organizationId],
                ...optional('service_account_id', source.serviceAccountId),
                ...optional('workspace_id', source.workspaceId),
            ],
        },
    };
}
function optional(name, value) {
    return value === undefined ? [] : [[name, value]];
}

;// CONCATENATED MODULE: ./lib/core/credentials/issuers/aws-sts.js



/** Shown in CloudTrail as the session of the role. */
const SESSION_NAME = 'setup-agent-proxy';
/** The longest life that every role allows without being changed. */
const SESSION_SECONDS = '3600';
/** What the assertion must be made out to; the China partition has a name of its own. */
function deriveAwsAudience(source) {
    return isChina(source.region) ? 'sts.amazonaws.com.cn' : 'sts.amazonaws.com';
}
/** The region's own endpoint; undefined when the region is no name that can stand in a host. */
function deriveAwsHost({ region }) {
    const domain = isChina(region) ? 'amazonaws.com.cn' : 'amazonaws.com';
    return /^[a-z0-9-]+$/.test(region) ? parseHostname(`sts.${region}.${domain}`) : undefined;
}
/**
 * AssumeRoleWithWebIdentity at the region's own endpoint: unsigned, the assertion in the body and not in the query, where access
 * logs and inspecting proxies would keep it.
 * @returns undefined when the region is no name that can stand in a host.
 */
function deriveAwsRequest(source, assertion) {
    const hostname = deriveAwsHost(source);
    if (hostname === undefined)
        return undefined;
    return {
        method: 'POST',
        upstream: httpsUpstream(hostname),
        path: '/',
        headers: [
            // STS answers in XML unless asked; both are read, because proxies drop this header.
            ['accept', 'application/json'],
            ['content-type', 'application/x-www-form-urlencoded'],
            ['user-agent', PROBE_USER_AGENT],
        ],
        body: {
            kind: 'form',
            fields: [
                ['Action', 'AssumeRoleWithWebIdentity'],
                ['Version', '2011-06-15'],
                ['RoleArn', source.roleArn],
                ['RoleSessionName', SESSION_NAME],
                ['DurationSeconds', SESSION_SECONDS],
                ['WebIdentityToken', assertion],
            ],
        },
    };
}
function isChina(region) {
    return region.startsWith('cn-');
}

;// CONCATENATED MODULE: ./lib/core/credentials/issuers/azure.js


/** Microsoft's clouds: login hosts, audiences and scopes as Entra documents them. */
const AZURE_CLOUDS = {
    public: {
        login: 'login.microsoftonline.com',
        audience: 'api://AzureADTokenExchange',
        defaultScope: 'https://cognitiveservices.azure.com/.default',
    },
    usgov: {
        login: 'login.microsoftonline.us',
        audience: 'api://AzureADTokenExchangeUSGov',
        defaultScope: 'https://cognitiveservices.azure.us/.default',
    },
    china: {
        login: 'login.partner.microsoftonline.cn',
        audience: 'api://AzureADTokenExchangeChina',
        defaultScope: 'https://cognitiveservices.azure.cn/.default',
    },
};
/** Entra's client credentials with a federated assertion in place of a secret. */
function deriveAzureRequest(source, assertion) {
    return {
        method: 'POST',
        upstream: httpsUpstream(AZURE_CLOUDS[source.cloud].login),
        path: `/${encodeURIComponent(source.tenantId)}/oauth2/v2.0/token`,
        headers: FORM_HEADERS,
        body: {
            kind: 'form',
            fields: [
                ['grant_type', 'client_credentials'],
                ['client_id', source.clientId],
                ['scope', source.scope],
                ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
                ['client_assertion', assertion],
            ],
        },
    };
}

;// CONCATENATED MODULE: ./lib/core/credentials/issuers/gcp.js


const STS = 'sts.googleapis.com';
const IAM = 'iamcredentials.googleapis.com';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** The longest life that a service account's token has without an organization policy that allows more. */
const LIFETIME = '3600s';
/** Google's STS, and its IAM where a service account's token is asked for behind it. */
function listGcpHosts(source) {
    return source.serviceAccount === undefined ? [STS] : [STS, IAM];
}
/** Default audience that a workload identity provider accepts in an assertion; with scheme, unlike the one STS is given. */
function deriveGcpAudience(source) {
    return `https://iam.googleapis.com/${source.workloadIdentityProvider}`;
}
/** Token exchange at Google's STS. The token it gives may live no longer than the assertion, about five minutes. */
function deriveGcpRequest(source, assertion) {
    return {
        method: 'POST',
        upstream: httpsUpstream(STS),
        path: '/v1/token',
        headers: JSON_HEADERS,
        body: {
            kind: 'json',
            fields: [
                ['grantType', 'urn:ietf:params:oauth:grant-type:token-exchange'],
                ['audience', `//iam.googleapis.com/${source.workloadIdentityProvider}`],
                ['scope', SCOPE],
                ['requestedTokenType', 'urn:ietf:params:oauth:token-type:access_token'],
                ['subjectTokenType', 'urn:ietf:params:oauth:token-type:jwt'],
                ['subjectToken', assertion],
            ],
        },
    };
}
/** Second request where a service account is given: its token in exchange for the federated one. */
function deriveImpersonationRequest(serviceAccount, federated) {
    return {
        method: 'POST',
        upstream: httpsUpstream(IAM),
        path: `/v1/projects/-/serviceAccounts/${encodeURIComponent(serviceAccount)}:generateAccessToken`,
        headers: [...JSON_HEADERS, ['authorization', { scheme: 'Bearer', secret: federated }]],
        body: {
            kind: 'json',
            fields: [
                ['scope', [SCOPE]],
                ['lifetime', LIFETIME],
            ],
        },
    };
}

;// CONCATENATED MODULE: ./lib/core/topology/licence-api.js


/**
 * Where to ask about a Copilot token. On GHES the licence, and so the token, belongs to a cloud GitHub: its API is asked, because
 * the instance would only refuse a token it did not issue.
 */
function deriveLicenceApi(topology) {
    const cloud = topology.kind === 'server' ? topology.copilotGhHost : undefined;
    const api = cloud === undefined ? undefined : parseHostname(`api.${cloud}`);
    if (api === undefined)
        return { rest: topology.rest, graphql: topology.graphql };
    return { rest: httpsUpstream(api), graphql: httpsUpstream(api, '/graphql') };
}

;// CONCATENATED MODULE: ./lib/core/credentials/issuers/github-app.js



/** GitHub wants at most ten minutes between now and `exp`; a minute on both sides forgives clocks that differ. */
const BACKDATE_S = 60;
const LIFE_S = 540;
/**
 * What the App signs to show who it is: header and claims of an RS256 JWT, without the signature.
 * @param now wall-clock milliseconds.
 */
function deriveAppClaims(source, now) {
    const seconds = Math.floor(now / 1000);
    const header = { alg: 'RS256', typ: 'JWT' };
    const claims = { iat: seconds - BACKDATE_S, exp: seconds + LIFE_S, iss: source.appId };
    return `${encodeJson(header)}.${encodeJson(claims)}`;
}
/**
 * An installation token with Copilot's permission alone, from the GitHub that holds the licence. It lives an hour.
 * @param signature base64url.
 */
function deriveAppRequest(source, topology, signed) {
    return {
        method: 'POST',
        upstream: deriveLicenceApi(topology).rest,
        path: `/app/installations/${encodeURIComponent(source.installationId)}/access_tokens`,
        headers: [
            ['accept', 'application/vnd.github+json'],
            ['content-type', 'application/json'],
            ['user-agent', PROBE_USER_AGENT],
            ['x-github-api-version', '2022-11-28'],
            ['authorization', { scheme: 'Bearer', secret: new Secret(`${signed.claims}.${signed.signature}`) }],
        ],
        body: { kind: 'json', fields: [['permissions', { copilot_requests: 'write' }]] },
    };
}
function encodeJson(value) {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

;// CONCATENATED MODULE: ./lib/core/credentials/issuers/github-oidc.js




/** Longest assertion that Anthropic's token endpoint takes; GitHub's are about 2 KiB. */
const LONGEST_ASSERTION = 16 * 1024;
/**
 * Asks GitHub for an identity token (an assertion) for one audience. Assertions live about five minutes and some issuers take
 * each only once, so every exchange asks anew.
 * @param oidcUrl as the runner gives it, with or without a query; an audience already in it is replaced, the rest stays.
 * @returns undefined when the URL is none, or not https (plain HTTP only to loopback).
 */
function deriveOidcRequest(oidcUrl, oidcToken, audience) {
    const text = oidcUrl.reveal();
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const upstream = url === undefined ? undefined : deriveUpstream(url);
    if (url === undefined || upstream === undefined)
        return undefined;
    const kept = url.search
        .slice(1)
        .split('&')
        .filter((part) => part !== '' && !isAudience(part));
    const query = [...kept, `audience=${encodeURIComponent(audience)}`].join('&');
    return {
        method: 'GET',
        upstream,
        path: new Secret(`${url.pathname}?${query}`),
        headers: [
            ['accept', 'application/json'],
            ['user-agent', PROBE_USER_AGENT],
            ['authorization', { scheme: 'bearer', secret: oidcToken }],
        ],
        body: { kind: 'none' },
    };
}
/** Reads `{"value": "<jwt>"}`; undefined for anything that is no JWT or longer than any issuer takes. */
function parseAssertion(body) {
    const value = readPath(parseJson(body), 'value');
    if (typeof value !== 'string' || value.length > LONGEST_ASSERTION)
        return undefined;
    return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value) ? new Secret(value) : undefined;
}
// Not parseUpstream: the runner's URLs have a query and empty path segments, and both must reach the service as they are.
function deriveUpstream(url) {
    const hostname = parseHostname(url.hostname);
    if (hostname === undefined || url.username !== '' || url.password !== '')
        return undefined;
    const scheme = url.protocol === 'https:' ? 'https' : 'http';
    if (scheme === 'http' && (url.protocol !== 'http:' || !isLoopback(hostname)))
        return undefined;
    const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
    return port === 0 ? undefined : { scheme, hostname, port, basePath: '' };
}
function isAudience(part) {
    return /^audience(=|$)/i.test(part);
}

;// CONCATENATED MODULE: ./lib/core/credentials/issuers/openai.js


/** Where assertions are exchanged. */
const OPENAI_ISSUER = 'auth.openai.com';
/** What the assertion must be made out to: the audience of OpenAI's own examples for workload identity. */
const OPENAI_AUDIENCE = 'https://api.openai.com/v1';
/** Token exchange of OpenAI's workload identity federation, as `codex responses-api-proxy --github-oidc` sends it (measured). */
function deriveOpenaiRequest(source, assertion) {
    return {
        method: 'POST',
        upstream: httpsUpstream(OPENAI_ISSUER),
        path: '/oauth/token',
        headers: JSON_HEADERS,
        body: {
            kind: 'json',
            fields: [
                ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
                ['subject_token_type', 'urn:ietf:params:oauth:token-type:jwt'],
                ['subject_token', assertion],
                ['identity_provider_id', source.identityProviderId],
                ['service_account_id', source.serviceAccountId],
            ],
        },
    };
}

;// CONCATENATED MODULE: ./lib/core/credentials/token-request.js









/**
 * The first request on the way to a credential: to the issuer itself, or to GitHub for an identity token that the issuer wants
 * to see. Called anew for every credential, so that no assertion is used twice.
 * @returns the step, or why none can be made; never rejects.
 */
async function deriveFirstStep(source, inputs) {
    switch (source.kind) {
        case 'oauth':
            return deriveOauthStep(source, inputs);
        case 'github-app':
            return deriveAppStep(source, inputs);
        case 'azure':
        case 'aws':
        case 'gcp':
        case 'anthropic':
        case 'openai':
            return deriveAssertionStep(source, inputs);
    }
}
/** The exchange of a fresh assertion at the issuer. */
function deriveExchangeStep(source, assertion) {
    const request = deriveExchange(source, assertion);
    if (request !== undefined)
        return { kind: 'step', issuer: source.kind, source, request };
    return deriveLocalFailure('sourceUnusable', { issuer: source.kind }, 'aws-region');
}
/** What an assertion for this source is made out to. */
function deriveAudience(source) {
    switch (source.kind) {
        case 'azure':
            return AZURE_CLOUDS[source.cloud].audience;
        case 'aws':
            return deriveAwsAudience(source);
        case 'gcp':
            return deriveGcpAudience(source);
        case 'anthropic':
            return ANTHROPIC_AUDIENCE;
        case 'openai':
            return OPENAI_AUDIENCE;
    }
}
function deriveExchange(source, assertion) {
    switch (source.kind) {
        case 'azure':
            return deriveAzureRequest(source, assertion);
        case 'aws':
            return deriveAwsRequest(source, assertion);
        case 'gcp':
            return deriveGcpRequest(source, assertion);
        case 'anthropic':
            return deriveAnthropicRequest(source, assertion);
        case 'openai':
            return deriveOpenaiRequest(source, assertion);
    }
}
function deriveOauthStep(source, { secrets }) {
    const request = deriveOauthRequest(source, secrets);
    if (typeof request !== 'string')
        return { kind: 'step', issuer: 'oauth', source, request };
    return deriveLocalFailure('secretMissing', { issuer: 'oauth' }, request);
}
function deriveAssertionStep(source, { secrets }) {
    if (secrets.oidcUrl === undefined || secrets.oidcToken === undefined) {
        return deriveLocalFailure('oidcUnavailable', { issuer: source.kind });
    }
    const request = deriveOidcRequest(secrets.oidcUrl, secrets.oidcToken, deriveAudience(source));
    if (request === undefined)
        return deriveLocalFailure('oidcUrl', { issuer: source.kind });
    return { kind: 'step', issuer: 'github-oidc', source, request };
}
async function deriveAppStep(source, inputs) {
    const { sign, topology, now } = inputs;
    if (sign === undefined)
        return deriveLocalFailure('secretMissing', { issuer: 'github-app' }, 'github-app-private-key');
    const claims = deriveAppClaims(source, now);
    // Whatever a crypto library says about a key is not repeated.
    const signature = await Promise.resolve(claims)
        .then(sign)
        .catch(() => undefined);
    if (signature === undefined || !/^[\w-]{86,2048}$/.test(signature)) {
        return deriveLocalFailure('appKeyUnusable', { issuer: 'github-app' });
    }
    return {
        kind: 'step',
        issuer: 'github-app',
        source,
        request: deriveAppRequest(source, topology, { claims, signature }),
    };
}

;// CONCATENATED MODULE: ./lib/core/credentials/single-flight-key.js


/**
 * Names the credential that a renewal is for. Two callers share a renewal only if all of it is equal: with the scope left out, a
 * token for one API would be handed to another.
 * @returns a JSON array, so that no value can be spelled to run into its neighbour.
 */
function deriveSingleFlightKey(provider, source) {
    const { issuer, tenant = null, client = [], scope = null, audience = null } = deriveParts(source);
    return JSON.stringify([provider, source.kind, issuer, tenant, client, scope, audience]);
}
function deriveParts(source) {
    switch (source.kind) {
        case 'static':
        case 'none':
            return { issuer: source.kind };
        case 'command':
            return { issuer: 'command', client: source.argv, scope: JSON.stringify(source.environmentNames) };
        case 'file':
            return { issuer: 'file', client: [source.path] };
        case 'oauth':
            return {
                issuer: renderUpstream(source.tokenUrl),
                client: [source.clientId, source.grant],
                scope: source.scope ?? null,
            };
        case 'github-app':
            return { issuer: 'github', client: [source.appId, source.installationId] };
        case 'azure':
        case 'aws':
        case 'gcp':
        case 'anthropic':
        case 'openai':
            return { ...deriveFederatedParts(source), audience: deriveAudience(source) };
    }
}
function deriveFederatedParts(source) {
    switch (source.kind) {
        case 'azure':
            return { issuer: source.cloud, tenant: source.tenantId, client: [source.clientId], scope: source.scope };
        case 'aws':
            return { issuer: source.region, client: [source.roleArn] };
        case 'gcp':
            return { issuer: source.workloadIdentityProvider, client: [source.serviceAccount ?? null] };
        case 'anthropic':
            return {
                issuer: source.federationRuleId,
                tenant: source.organizationId,
                client: [source.serviceAccountId ?? null],
                scope: source.workspaceId ?? null,
            };
        case 'openai':
            return { issuer: source.identityProviderId, client: [source.serviceAccountId] };
    }
}

;// CONCATENATED MODULE: ./lib/core/credentials/read-aws-answer.js


const MEMBERS = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'];
/** An answer of STS is about 2 KiB. */
const read_aws_answer_LONGEST = 64 * 1024;
/** Reads the keys out of an answer of AssumeRoleWithWebIdentity, in XML or JSON; undefined when it is anything else. */
function readAwsAnswer(body) {
    if (body.length > read_aws_answer_LONGEST)
        return undefined;
    const members = /^[\s\ufeff]*</.test(body) ? readXml(body) : readJson(body);
    return members === undefined ? undefined : deriveAwsKeys(members);
}
/** The keys from their four members, as STS and the output of `credential_process` name them; undefined when one is unusable. */
function deriveAwsKeys(members) {
    const { AccessKeyId: id, SecretAccessKey: key, SessionToken: token } = members;
    if (typeof id !== 'string' || !/^[A-Z0-9]{16,128}$/.test(id) || !isKey(key))
        return undefined;
    if (token !== undefined && token !== null && !isKey(token))
        return undefined;
    return {
        value: {
            kind: 'aws',
            accessKeyId: id,
            secretAccessKey: new Secret(key),
            ...(typeof token === 'string' ? { sessionToken: new Secret(token) } : {}),
        },
        expiration: members.Expiration,
    };
}
function isKey(value) {
    return typeof value === 'string' && /^[A-Za-z0-9+/=_-]{16,16384}$/.test(value);
}
function readJson(body) {
    const path = ['AssumeRoleWithWebIdentityResponse', 'AssumeRoleWithWebIdentityResult', 'Credentials'];
    const credentials = readPath(parseJson(body), ...path);
    if (typeof credentials !== 'object' || credentials === null)
        return undefined;
    return Object.fromEntries(MEMBERS.map((name) => [name, readPath(credentials, name)]));
}
/**
 * No XML parser, so nothing that one could be talked into: a document with a declaration (entities), a comment or CDATA is
 * refused, as is one that holds the element or one of its members twice, and the members are text without any entity.
 */
function readXml(body) {
    if (body.includes('<!'))
        return undefined;
    const credentials = readElement(body, 'Credentials', '[^]{0,65536}?');
    if (credentials === undefined)
        return undefined;
    const values = MEMBERS.map((name) => [name, readElement(credentials, name, '[^<>&]{1,16384}')]);
    return values.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(values);
}
function readElement(text, name, content) {
    if (text.split(`<${name}>`).length !== 2 || text.split(`</${name}>`).length !== 2)
        return undefined;
    return new RegExp(`<${name}>(${content})</${name}>`).exec(text)?.[1]?.trim();
}

;// CONCATENATED MODULE: ./lib/core/credentials/read-expiry.js

/** A life that is longer than this is not believed; it then counts as unknown, which is renewed every few minutes. */
const LONGEST_BELIEVED_MS = 30 * 24 * 3_600_000;
/** Clocks that differ by less are left alone. */
const TOLERATED_SKEW_MS = 30_000;
/** A larger difference is no skew but a wrong header: with such a clock no certificate would have been accepted. */
const LARGEST_SKEW_MS = 24 * 3_600_000;
/** 1e11 is the year 5138 in seconds and 1973 in milliseconds: no expiry of a credential is on the wrong side of it. */
const LARGEST_SECONDS = 1e11;
const LONGEST_JWT = 64 * 1024;
const NUMBER = /^-?\d{1,17}(\.\d{1,9})?$/;
const INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?\s?(Z|[+-]\d\d:?\d\d)$/i;
/**
 * When a credential ends.
 * @param at `receivedAt` in wall-clock milliseconds; `skewMs` of the issuer's clock, see {@link deriveClockSkew}.
 * @returns wall-clock milliseconds of our clock; null when nothing readable or believable was said; `expired` when it is over.
 */
function deriveExpiry(claims, at) {
    const expiresAt = findExpiry(claims, at);
    if (expiresAt === undefined)
        return null;
    if (expiresAt <= at.receivedAt)
        return 'expired';
    return expiresAt - at.receivedAt > LONGEST_BELIEVED_MS ? null : expiresAt;
}
/**
 * Point in time in milliseconds. A text without a zone is no point in time: tools print local time that way.
 * @returns undefined for everything that cannot be read as exactly one instant.
 */
function parseInstant(value) {
    if (typeof value === 'string' && INSTANT.test(value))
        return parseIso(value);
    const number = parseNumber(value);
    if (number === undefined)
        return undefined;
    return number > LARGEST_SECONDS ? number : number * 1000;
}
/** `exp` of a JWT in milliseconds; undefined for anything else. The signature is the upstream's business. */
function parseJwtExpiry(token) {
    const payload = token.length > LONGEST_JWT ? undefined : /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token)?.[1];
    if (payload === undefined)
        return undefined;
    const exp = readPath(parseJson(decodeBase64url(payload)), 'exp');
    return typeof exp === 'number' ? parseInstant(exp) : undefined;
}
/**
 * How far the issuer's clock is ahead of ours, from the Date header of its answer; 0 within half a minute, beyond a day, or
 * without one.
 * @param receivedAt wall-clock milliseconds. @returns milliseconds; negative when it is behind.
 */
function deriveClockSkew(date, receivedAt) {
    const issued = date === undefined || date.length > 64 ? Number.NaN : Date.parse(date);
    const skew = issued - receivedAt;
    return Math.abs(skew) > TOLERATED_SKEW_MS && Math.abs(skew) <= LARGEST_SKEW_MS ? skew : 0;
}
function findExpiry(claims, { receivedAt, skewMs }) {
    const seconds = parseNumber(claims.lifetime);
    if (seconds !== undefined)
        return receivedAt + seconds * 1000;
    const instant = claims.instants.map(parseInstant).find((each) => each !== undefined);
    const end = instant ?? (claims.token === undefined ? undefined : parseJwtExpiry(claims.token));
    return end === undefined ? undefined : end - skewMs;
}
// Entra's older endpoints and some gateways write numbers as texts.
function parseNumber(value) {
    const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
function parseIso(text) {
    const iso = text
        .replace(/^(.{10}) /, '$1T')
        .replace(/\s/, '')
        .replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
    const instant = Date.parse(iso);
    return Number.isNaN(instant) ? undefined : instant;
}
function decodeBase64url(text) {
    try {
        return atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    }
    catch {
        return '';
    }
}

;// CONCATENATED MODULE: ./lib/core/credentials/read-token-answer.js






/** Where each issuer puts its token and its end. RFC 6749 wants `expires_in`; `expires_on` is Entra's older spelling. */
const OAUTH_MEMBERS = {
    token: 'access_token',
    lifetime: 'expires_in',
    instants: ['expires_at', 'expires_on'],
};
const read_token_answer_MEMBERS = {
    'gcp-iam': { token: 'accessToken', instants: ['expireTime'] },
    'github-app': { token: 'token', instants: ['expires_at'] },
};
/**
 * Reads the last answer on the way to a credential.
 * @param answer with its body as it came: a token that was redacted is lost. Texts of the issuer go through `receipt.redact`
 *   before they are looked at for a sentence.
 */
function readTokenAnswer(step, answer, receipt) {
    const found = isSuccess(answer) ? findToken(step.issuer, answer.body) : undefined;
    if (!isSuccess(answer) || found === undefined)
        return deriveIssuerFailure(step, answer, receipt.redact);
    const skewMs = deriveClockSkew(answer.headers.date, receipt.receivedAt);
    const expiresAt = deriveExpiry(found.claims, { receivedAt: receipt.receivedAt, skewMs });
    if (expiresAt === 'expired')
        return deriveLocalFailure('expired', step);
    const { value, nextRefreshToken } = found;
    return {
        kind: 'obtained',
        credential: { value, expiresAt, ...(nextRefreshToken === undefined ? {} : { nextRefreshToken }) },
    };
}
function isSuccess(answer) {
    if (answer.kind === 'failure' || answer.status < 200 || answer.status > 299)
        return false;
    return !looksLikeHtml(answer.body, answer.headers['content-type'] ?? '');
}
function findToken(issuer, body) {
    if (issuer !== 'aws')
        return findBearer(read_token_answer_MEMBERS[issuer] ?? OAUTH_MEMBERS, parseJson(body));
    const keys = readAwsAnswer(body);
    return keys === undefined ? undefined : { value: keys.value, claims: { instants: [keys.expiration] } };
}
function findBearer(members, body) {
    const token = readPath(body, members.token);
    const type = readPath(body, 'token_type');
    if (!isHeaderText(token) || !isBearer(type))
        return undefined;
    const refresh = readPath(body, 'refresh_token');
    return {
        value: { kind: 'secret', secret: new Secret(token) },
        claims: {
            ...(members.lifetime === undefined ? {} : { lifetime: readPath(body, members.lifetime) }),
            instants: members.instants.map((name) => readPath(body, name)),
            token,
        },
        ...(isHeaderText(refresh) ? { nextRefreshToken: new Secret(refresh) } : {}),
    };
}
// A token that needs a signature for each request (DPoP, MAC) is useless in a header of its own.
function isBearer(type) {
    return type === undefined || type === null || (typeof type === 'string' && type.toLowerCase() === 'bearer');
}
/** Text that can stand in a header and is no longer than servers take. */
function isHeaderText(value) {
    return typeof value === 'string' && /^[\x21-\x7e]{1,16384}$/.test(value);
}

;// CONCATENATED MODULE: ./lib/core/credentials/read-step.js





/**
 * What the answer to a step means: the next step, the credential, or why there is none.
 * @param answer with its body as it came, not redacted: a redacted token is lost. `receipt.redact` is applied here to
 *   everything that may be quoted.
 */
function readStep(step, answer, receipt) {
    const { source } = step;
    if (step.issuer === 'github-oidc')
        return readAssertion(step, answer, receipt);
    const outcome = readTokenAnswer(step, answer, receipt);
    if (source.kind !== 'gcp' || step.issuer !== 'gcp' || source.serviceAccount === undefined)
        return outcome;
    return deriveImpersonation(step, source.serviceAccount, outcome);
}
function readAssertion(step, answer, receipt) {
    const isSuccess = answer.kind === 'answer' && answer.status >= 200 && answer.status <= 299;
    const assertion = isSuccess ? parseAssertion(answer.body) : undefined;
    if (assertion === undefined || !isFederated(step.source))
        return deriveIssuerFailure(step, answer, receipt.redact);
    return toReading(deriveExchangeStep(step.source, assertion));
}
// The federated token is used once, at once: its own expiry does not matter.
function deriveImpersonation(step, serviceAccount, outcome) {
    if (outcome.kind === 'failure' || outcome.credential.value.kind !== 'secret')
        return outcome;
    const request = deriveImpersonationRequest(serviceAccount, outcome.credential.value.secret);
    return { kind: 'next', step: { ...step, issuer: 'gcp-iam', request } };
}
function toReading(step) {
    return step.kind === 'step' ? { kind: 'next', step } : step;
}
function isFederated(source) {
    return source.kind !== 'oauth' && source.kind !== 'github-app';
}

;// CONCATENATED MODULE: ./lib/core/credentials/render-token-request.js

/**
 * Makes a request sendable: the only place where the secrets of a source become text. What it returns must go to the socket
 * and nowhere else.
 */
function renderTokenRequest(request) {
    const { method, upstream } = request;
    const headers = request.headers.map(([name, value]) => [name, renderHeader(value)]);
    const path = renderText(request.path);
    const body = renderBody(request.body);
    return body === undefined ? { method, upstream, path, headers } : { method, upstream, path, headers, body };
}
function renderHeader(value) {
    return typeof value === 'string' ? value : `${value.scheme} ${value.secret.reveal()}`;
}
function renderText(value) {
    return typeof value === 'string' ? value : value.reveal();
}
function renderBody(body) {
    switch (body.kind) {
        case 'none':
            return undefined;
        case 'form':
            return new URLSearchParams(body.fields.map(([name, value]) => [name, renderText(value)])).toString();
        case 'json':
            return JSON.stringify(Object.fromEntries(body.fields.map(renderField)));
    }
}
function renderField([name, value]) {
    return [name, value instanceof Secret ? value.reveal() : value];
}

;// CONCATENATED MODULE: ./lib/core/probes/find-nearest-models.js
/** Wanted names longer than this are cut before they are compared; no model has such a name. */
const find_nearest_models_LONGEST = 100;
const MOST_SUGGESTIONS = 3;
/** Below this likeness a name is no help: better no suggestion than a random one. */
const LEAST_LIKENESS = 0.35;
/**
 * Looks a wanted model up in a listing. Case, `models/` and vendor prefixes (`openai/…`, `publishers/google/models/…`) do not
 * count as a difference, because upstreams and clients disagree about them.
 * @returns undefined when the model is there, or when there is no listing to look in.
 */
function checkModel(wanted, models) {
    if (models.length === 0)
        return undefined;
    const name = normalizeName(wanted);
    if (models.some((model) => normalizeName(model) === name))
        return undefined;
    return { wanted, nearest: findNearestModels(wanted, models) };
}
/** Names of the listing that look most like the wanted one, by edit distance and by words in common. */
function findNearestModels(wanted, models) {
    const name = normalizeName(wanted);
    return models
        .map((model) => ({ model, likeness: deriveLikeness(name, normalizeName(model)) }))
        .filter(({ likeness }) => likeness >= LEAST_LIKENESS)
        .sort((one, other) => other.likeness - one.likeness || (one.model < other.model ? -1 : 1))
        .slice(0, MOST_SUGGESTIONS)
        .map(({ model }) => model);
}
function normalizeName(name) {
    const lower = name.slice(0, find_nearest_models_LONGEST).trim().toLowerCase();
    return lower.slice(lower.lastIndexOf('/') + 1);
}
function deriveLikeness(one, other) {
    const longest = Math.max(one.length, other.length);
    if (longest === 0)
        return 0;
    const closeness = 1 - deriveEditDistance(one, other) / longest;
    return (closeness + deriveOverlap(splitWords(one), splitWords(other))) / 2;
}
// `4.5` and `4-5` are the same words; `gpt5` and `gpt-5` should be too, so letters and digits part as well.
function splitWords(name) {
    return new Set(name.match(/[a-z]+|\d+/g) ?? []);
}
function deriveOverlap(one, other) {
    const common = [...one].filter((word) => other.has(word)).length;
    const all = one.size + other.size - common;
    return all === 0 ? 0 : common / all;
}
/** Insertions, deletions and replacements of single characters that lead from one text to the other. */
function deriveEditDistance(one, other) {
    let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
    for (let row = 1; row <= one.length; row += 1) {
        const current = [row];
        for (let column = 1; column <= other.length; column += 1) {
            const isSame = one[row - 1] === other[column - 1];
            const replaced = (previous[column - 1] ?? 0) + (isSame ? 0 : 1);
            current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
        }
        previous = current;
    }
    return previous[other.length] ?? 0;
}

;// CONCATENATED MODULE: ./lib/core/probes/causes/anthropic-causes.js
/** Anthropic's Messages API and gateways that speak it. */
const ANTHROPIC_CAUSES = [
    {
        code: 'anthropic-key-rejected',
        seen: '401 `authentication_error: invalid x-api-key`',
        when: {
            kinds: ['anthropic'],
            status: [401, 403],
            body: /invalid x-api-key|invalid api key|api key is (invalid|disabled)/i,
        },
        verdict: 'rejected',
        message: '{host} refused the key ({status}, invalid x-api-key).',
        fix: 'Create a key at https://platform.claude.com/settings/keys (or at your gateway) and store it in the secret behind {input}.',
    },
    {
        code: 'anthropic-no-credential',
        seen: '401 `x-api-key header is required`',
        when: {
            kinds: ['anthropic'],
            status: [401, 403],
            body: /x-api-key( header)? (is )?(required|missing)|missing[^.]{0,20}(x-api-key|api key)/i,
        },
        verdict: 'rejected',
        message: '{host} saw no credential in the request ({status}).',
        fix: 'Check that the secret behind {input} is not empty, and set provider-auth-header if the gateway reads another header.',
    },
    {
        code: 'anthropic-assertion-reused',
        seen: '401 `jti_reused`',
        when: { kinds: ['anthropic'], status: [400, 401], body: /jti_reused/i },
        verdict: 'rejected',
        message: '{host} says that one GitHub OIDC token was exchanged twice ({status}, jti_reused).',
        fix: 'Mint a fresh OIDC token for every exchange; do not share one between steps.',
    },
    {
        code: 'anthropic-token-expired',
        seen: '401 `OAuth token has expired`, `Invalid bearer token`',
        when: {
            kinds: ['anthropic'],
            status: [401, 403],
            body: /(oauth |bearer )?token (has )?(been )?(expired|revoked)|invalid bearer token/i,
        },
        verdict: 'rejected',
        message: '{host} refused the access token: it is expired, revoked or not one of Anthropic’s ({status}).',
        fix: 'Give a fresh token in {input}, or an API key, which does not expire.',
    },
    {
        code: 'anthropic-oauth-not-allowed',
        seen: '403 `OAuth authentication is currently not allowed for this organization`',
        when: {
            kinds: ['anthropic'],
            status: [401, 403],
            body: /oauth authentication is (currently )?not (allowed|supported)/i,
        },
        verdict: 'rejected',
        message: '{host} does not let this organization use OAuth tokens ({status}).',
        fix: 'Use an API key from https://platform.claude.com/settings/keys in {input}, or ask an owner to allow it.',
    },
    {
        code: 'anthropic-organization-disabled',
        seen: '400 or 403 `This organization has been disabled`',
        when: { kinds: ['anthropic'], status: [400, 401, 403], body: /organization has been disabled/i },
        verdict: 'rejected',
        message: '{host} says that the organization behind the key is disabled ({status}).',
        fix: 'Use a key of another organization, or ask Anthropic’s support.',
    },
    {
        code: 'anthropic-credit',
        seen: '400 or 402 `Your credit balance is too low to access the Anthropic API`',
        when: {
            kinds: ['anthropic'],
            status: [400, 402, 403, 429],
            body: /credit balance is too low|billing_error|spending limit/i,
        },
        verdict: 'rejected',
        message: '{host} accepts the key, but its account has no credit left ({status}).',
        fix: 'Add credit at https://platform.claude.com/settings/billing.',
    },
    {
        code: 'anthropic-region',
        seen: '403 `Request not allowed`',
        when: {
            kinds: ['anthropic'],
            status: [403],
            body: /request not allowed|not available in your (country|region)|unsupported (country|region)/i,
        },
        verdict: 'rejected',
        message: '{host} does not serve the region this runner’s address belongs to (403).',
        fix: 'Run the job on a runner in a supported region, or go out through one with upstream-proxy.',
    },
    {
        code: 'anthropic-permission',
        seen: '403 `permission_error`',
        when: { kinds: ['anthropic'], status: [403], body: /permission_error/i },
        verdict: 'rejected',
        message: '{host} knows the key, but it lacks the permission to be used here (403: {excerpt}).',
        fix: 'Check workspace and permissions of the key at https://platform.claude.com/settings/keys.',
    },
];

;// CONCATENATED MODULE: ./lib/core/probes/causes/bedrock-causes.js
/** Amazon Bedrock: errors of AWS, told apart by the name of the exception or its sentence. */
const BEDROCK_CAUSES = [
    {
        code: 'bedrock-clock-skewed',
        seen: '403 `Signature expired`, `Signature not yet current`',
        when: { kinds: ['bedrock'], status: [400, 403], body: /signature (expired|not yet current)|RequestExpired/i },
        verdict: 'rejected',
        message: '{host} refused the signature because of its time ({status}: {excerpt}).',
        fix: 'Set the clock of the runner.',
    },
    {
        code: 'bedrock-credential-expired',
        seen: '400 or 403 `ExpiredTokenException`, `The security token included in the request is expired`',
        when: { kinds: ['bedrock'], status: [400, 401, 403], body: /ExpiredToken|token[^.]{0,40} (is|has) expired/i },
        verdict: 'rejected',
        message: '{host} says that the credential has expired ({status}).',
        fix: 'Create a new Bedrock API key for {input}, or let aws-role-arn obtain keys that are renewed.',
    },
    {
        code: 'bedrock-credential-rejected',
        seen: '403 `UnrecognizedClientException`, `InvalidSignatureException`, `Authentication failed`, `Invalid API Key format`',
        when: {
            kinds: ['bedrock'],
            status: [400, 401, 403],
            body: /UnrecognizedClient|InvalidSignature|InvalidClientTokenId|MissingAuthenticationToken|security token[^.]{0,40} is invalid|signature we calculated|authentication failed|invalid api key/i,
        },
        verdict: 'rejected',
        message: '{host} refused the credential ({status}: {excerpt}).',
        fix: 'Check {input}, or aws-role-arn and aws-region, and that nothing between this runner and {host} changes requests.',
    },
    {
        code: 'bedrock-listing-denied',
        seen: '403 `AccessDeniedException: … is not authorized to perform: bedrock:ListFoundationModels`',
        when: { kinds: ['bedrock'], status: [403], body: /AccessDenied|not authorized to perform/i },
        verdict: 'inconclusive',
        message: '{host} knows the credential, but it may not list models ({status}); whether it may use one was not checked.',
        fix: 'Allow bedrock:ListFoundationModels too, so that this step can check the credential.',
    },
];

;// CONCATENATED MODULE: ./lib/core/probes/causes/copilot-refusal-causes.js
const TOKEN_PAGE = 'https://{issuer}/settings/personal-access-tokens/new';
/**
 * Copilot API (`GET /models`), rows told by the text of the answer. Statuses mean little here: a 400 is an authentication failure
 * in four ways, a 403 mostly a policy. Texts as reported in public threads of copilot-cli, gh-aw-firewall and gh-aw.
 */
const COPILOT_REFUSAL_CAUSES = [
    {
        code: 'copilot-classic-token',
        seen: 'Any refusal of a classic token (`ghp_`)',
        when: { kinds: ['copilot'], tokenKinds: ['classic'], status: [400, 401, 403] },
        verdict: 'rejected',
        message: '{host} refused a classic personal access token ({status}): Copilot never accepts these.',
        fix: `Create a fine-grained token with the account permission “Copilot Requests” at ${TOKEN_PAGE} and put it in {input}.`,
    },
    {
        code: 'copilot-header-malformed',
        seen: '400 `Authorization header is badly formatted`',
        when: { kinds: ['copilot'], status: [400], body: /authorization header is badly formatted/i },
        verdict: 'rejected',
        message: '{host} does not take the credential in the scheme it was sent with (400, Authorization header is badly formatted).',
        fix: 'Give {input} as the bare GitHub token, without “Bearer” or “token” in front; both schemes are tried by themselves.',
    },
    {
        code: 'copilot-integration-refused',
        seen: '400 `… Tokens are not supported for this endpoint` or an unknown Copilot-Integration-Id, with copilot-integration-id set',
        when: {
            kinds: ['copilot'],
            status: [400, 403],
            hasIntegrationId: true,
            body: /tokens are not supported for this endpoint|copilot-integration-id/i,
        },
        verdict: 'rejected',
        message: '{host} refuses this kind of token for the integration id “{integrationId}” ({status}).',
        fix: 'Remove copilot-integration-id: the default, copilot-developer-cli, takes every kind of token.',
    },
    {
        code: 'copilot-installation-refused',
        seen: '400 `GitHub App Server-To-Server Tokens are not supported for this endpoint`',
        when: { kinds: ['copilot'], status: [400, 401, 403], body: /server-to-server tokens are not supported/i },
        verdict: 'rejected',
        message: '{host} refuses this installation token (`ghs_`): it lacks the right to make Copilot requests.',
        fix: 'Add `permissions: copilot-requests: write` to the job (or to the App, installed on all repositories) and have the organization policy “Allow use of Copilot CLI billed to the organization” switched on.',
    },
    {
        code: 'copilot-pat-refused',
        seen: '400 `Personal Access Tokens are not supported for this endpoint`',
        when: { kinds: ['copilot'], status: [400, 401, 403], body: /personal access tokens are not supported/i },
        verdict: 'rejected',
        message: '{host} refuses personal access tokens ({status}).',
        fix: 'Remove copilot-api-target if it names no Copilot API host, else use the job’s GITHUB_TOKEN with `permissions: copilot-requests: write` as {input}.',
    },
    {
        code: 'copilot-permission-missing',
        seen: '401 `Personal Access Token does not have "Copilot Requests" permission`',
        when: { kinds: ['copilot'], status: [400, 401, 403], body: /does not have\W+copilot requests\W+permission/i },
        verdict: 'rejected',
        message: '{host} knows the token, but it was made without the permission “Copilot Requests” ({status}).',
        fix: 'Edit the token at https://{issuer}/settings/personal-access-tokens: owner is you, not an organization; Account permissions → Copilot Requests → Read-only.',
    },
    {
        code: 'copilot-policy',
        seen: '403 `… it requires an enterprise or organization policy to be enabled`, `not authorized to use this Copilot feature`',
        when: {
            kinds: ['copilot'],
            status: [401, 403],
            body: /requires an enterprise or organization policy|not authorized to use this copilot feature|denied by copilot policy/i,
        },
        verdict: 'rejected',
        message: '{host} accepts the token, but a Copilot policy of the organization or enterprise forbids its use ({status}).',
        fix: 'An owner must enable the policy “Copilot CLI” on {issuer} (organization or enterprise settings → Copilot → Policies); a new token does not help.',
    },
    {
        code: 'copilot-no-seat',
        seen: '403 `not licensed to use Copilot`, `copilot_license_required`, `subscription has ended`',
        when: {
            kinds: ['copilot', 'exchange'],
            status: [401, 402, 403],
            body: /not licensed to use copilot|copilot_license_required|subscription has ended|no copilot (access|seat|subscription)/i,
        },
        verdict: 'rejected',
        message: '{host} knows the account behind the token, but it has no Copilot seat ({status}).',
        fix: 'Assign a Copilot seat to the token’s owner; https://{issuer}/settings/copilot shows what that account has.',
    },
    {
        code: 'github-ip-allow-list',
        seen: '403 `… has an IP allow list enabled, and your IP address is not permitted …`',
        when: { kinds: ['copilot', 'exchange'], status: [401, 403], body: /ip allow list/i },
        verdict: 'rejected',
        message: '{host} accepts the token, but not from this runner’s address: an IP allow list is on ({status}).',
        fix: 'Have the runner’s outgoing address added to the IP allow list of the organization or enterprise on {issuer}.',
    },
    {
        code: 'github-sso-required',
        seen: '403 `Resource protected by organization SAML enforcement`',
        when: { kinds: ['copilot', 'exchange'], status: [401, 403], body: /saml (enforcement|sso)|single sign-on/i },
        verdict: 'rejected',
        message: '{host} wants the token to be authorized for single sign-on ({status}).',
        fix: 'Authorize the token for the organization: https://{issuer}/settings/tokens → Configure SSO.',
    },
    {
        code: 'copilot-quota',
        seen: '402 or 429 with `quota`, `premium requests`, `billing`',
        when: { kinds: ['copilot'], status: [402, 429], body: /quota|premium request|billing|budget|spending limit/i },
        verdict: 'rejected',
        message: '{host} accepts the token, but its Copilot quota or budget is used up ({status}).',
        fix: 'Raise the budget or wait for the reset: https://{issuer}/settings/billing shows premium requests.',
    },
    {
        code: 'copilot-model-unsupported',
        seen: '400 `The requested model is not supported`',
        when: { kinds: ['copilot'], status: [400], body: /model (is )?not supported|model_not_(supported|available)/i },
        verdict: 'inconclusive',
        message: '{host} answered that a model is not supported (400), which its catalogue does at times for models that exist.',
        fix: 'Run again; keep copilot-integration-id at its default, which sees the whole catalogue.',
    },
];

;// CONCATENATED MODULE: ./lib/core/probes/causes/copilot-token-causes.js
const copilot_token_causes_TOKEN_PAGE = 'https://{issuer}/settings/personal-access-tokens/new';
/**
 * Copilot API, rows for a token that is dead, belongs to another GitHub, or meets the host of another plan. They stand after the
 * rows that are told by a more telling text.
 */
const COPILOT_TOKEN_CAUSES = [
    {
        code: 'copilot-wrong-tenant',
        seen: '401, 403 or 421 from a Copilot host that does not belong to the job’s GitHub',
        when: { kinds: ['copilot'], host: 'foreign', status: [401, 403, 421] },
        verdict: 'rejected',
        message: '{host} refused the token ({status}), but this job runs on {web}, whose Copilot API is {copilotHost}.',
        fix: 'Remove copilot-api-target, or set github-server-url to the GitHub that issued the token in {input}.',
    },
    {
        code: 'copilot-token-unknown',
        seen: '401 `AuthenticateToken authentication failed`',
        when: { kinds: ['copilot'], status: [401], body: /authenticatetoken authentication failed/i },
        verdict: 'rejected',
        message: '{host} does not know this token (401): it is expired or revoked, or another GitHub than {issuer} issued it.',
        fix: `Make a token at ${copilot_token_causes_TOKEN_PAGE}; if it came from another GitHub, set github-server-url to that one.`,
    },
    {
        code: 'copilot-bad-credentials',
        seen: '401 `Bad credentials`',
        when: { kinds: ['copilot', 'exchange'], status: [401], body: /bad credentials/i },
        verdict: 'rejected',
        message: '{host} calls the token bad credentials (401): it is expired, revoked, or belongs to another GitHub than {issuer}.',
        fix: `Make a token at ${copilot_token_causes_TOKEN_PAGE}, or compare github-server-url with the GitHub that issued it.`,
    },
    {
        code: 'copilot-token-expired',
        seen: '401 `unauthorized: token expired`',
        when: { kinds: ['copilot'], status: [401, 403], body: /token (has )?expired|expired token/i },
        verdict: 'rejected',
        message: '{host} says that the token has expired ({status}).',
        fix: `Make a new token at ${copilot_token_causes_TOKEN_PAGE} and store it in the secret behind {input}.`,
    },
    {
        code: 'copilot-misdirected',
        seen: '421 `Misdirected Request`',
        when: { kinds: ['copilot'], status: [421] },
        verdict: 'rejected',
        message: '{host} does not serve the Copilot plan of this token (421); from {web} alone the host would be {copilotHost}.',
        fix: 'Set copilot-api-target to the host of the plan, e.g. https://api.business.githubcopilot.com or https://api.enterprise.githubcopilot.com, on a GHE.com tenant https://copilot-api.TENANT.ghe.com.',
    },
    {
        code: 'copilot-installation-unauthorized',
        seen: '401 or 403 for an installation token (`ghs_`) without a text we know',
        when: { kinds: ['copilot'], tokenKinds: ['installation'], status: [401, 403], shape: 'other' },
        verdict: 'rejected',
        message: '{host} refused the installation token ({status}: {excerpt}).',
        fix: 'Give the job `permissions: copilot-requests: write` and have the policy “Allow use of Copilot CLI billed to the organization” switched on at {issuer}.',
    },
    {
        code: 'copilot-unauthorized',
        seen: '401 without a text we know',
        when: { kinds: ['copilot'], status: [401], shape: 'other' },
        verdict: 'rejected',
        message: '{host} refused the token (401: {excerpt}).',
        fix: `Make a fine-grained token with the account permission “Copilot Requests” at ${copilot_token_causes_TOKEN_PAGE}.`,
    },
    {
        code: 'copilot-forbidden',
        seen: '403 of GitHub itself (with x-github-request-id) without a text we know',
        when: { kinds: ['copilot'], status: [403], header: 'x-github-request-id', shape: 'other' },
        verdict: 'rejected',
        message: '{host} refused the listing of models (403: {excerpt}), as it does for Business and Enterprise seats at another plan’s host.',
        fix: 'Check the policy “Copilot CLI” on {issuer}, and set copilot-api-target to the host of the seat’s plan if the account has one.',
    },
    {
        code: 'copilot-no-models',
        seen: '200 with an empty listing',
        when: { kinds: ['copilot'], status: { from: 200, to: 299 }, shape: 'empty-listing' },
        verdict: 'inconclusive',
        message: '{host} accepts the token but lists no model for it.',
        fix: 'Have models enabled for the account on {issuer} (organization settings → Copilot → Models).',
    },
];

;// CONCATENATED MODULE: ./lib/core/probes/causes/exchange-causes.js
/** `GET {REST}/copilot_internal/v2/token`: a 403 there proves nothing about the token. */
const EXCHANGE_CAUSES = [
    {
        code: 'exchange-not-allowed',
        seen: '403 or 404 `Resource not accessible by personal access token` (or `by integration`) from /copilot_internal/v2/token',
        when: { kinds: ['exchange'], status: [403, 404] },
        verdict: 'inconclusive',
        message: '{host} does not exchange this kind of token ({status}); that says nothing about the token itself.',
        fix: 'Use copilot-routing: inject, which sends the token as it is; only OAuth tokens of GitHub’s own editor apps can be exchanged.',
    },
    {
        code: 'exchange-malformed',
        seen: '200 from /copilot_internal/v2/token without `token` and `expires_at`',
        when: { kinds: ['exchange'], status: { from: 200, to: 299 } },
        verdict: 'inconclusive',
        message: '{host} answered the token exchange without a token and its expiry.',
        fix: 'Use copilot-routing: inject, and check that GITHUB_API_URL is the REST API of {issuer}.',
    },
];

;// CONCATENATED MODULE: ./lib/core/probes/causes/general-causes.js
const SUCCESS = { from: 200, to: 299 };
/**
 * Before the provider's own rows: answers that did not come from the provider's API at all. A web page with status 200 (captive
 * portal, single sign-on) must never pass as proof of a key.
 */
const FOREIGN_ANSWER_CAUSES = [
    {
        code: 'proxy-auth-required',
        seen: '407 as the answer itself',
        when: { status: [407] },
        verdict: 'inconclusive',
        message: 'A proxy on the way to {host} wants credentials (407); the answer is the proxy’s, not the provider’s.',
        fix: 'Give upstream-proxy (or HTTPS_PROXY) as http://user:password@host:port, with special characters percent-encoded.',
    },
    {
        code: 'captive-portal',
        seen: '511 (captive portal)',
        when: { status: [511] },
        verdict: 'inconclusive',
        message: 'The network wants a login before it lets this runner reach {host} (511).',
        fix: 'Log the runner in to its network, or go out through upstream-proxy.',
    },
    {
        code: 'captive-portal',
        seen: 'An HTML page with status 200 (captive portal, single sign-on page)',
        when: { status: SUCCESS, shape: 'html' },
        verdict: 'inconclusive',
        message: '{host} answered with a web page instead of a listing of models ({status}, “{excerpt}”): a login page or a web server.',
        fix: 'Check {urlInput}: it must be the base of the API; if a proxy or single sign-on page answers, let the runner past it.',
    },
    {
        code: 'redirected',
        seen: '301, 302, 303, 307, 308',
        when: { status: { from: 300, to: 399 } },
        verdict: 'inconclusive',
        message: '{host} redirects to {location} ({status}); a credential is never sent along a redirect.',
        fix: 'Put the address the redirect leads to into {urlInput}, if it is the API you mean.',
    },
];
/** After the provider's own rows: what a status alone allows to say. Unknown never becomes valid, and seldom rejected. */
const GENERAL_CAUSES = [
    {
        code: 'ok',
        seen: '2xx with a listing of models from an address of your own',
        when: { kinds: ['openai', 'azure', 'anthropic'], status: SUCCESS, shape: 'listing', isExplicit: true },
        verdict: 'valid',
        message: '{host} answered the credential with its models, which gateways that list them to everybody do for any key.',
        fix: '',
    },
    {
        code: 'ok',
        seen: '2xx with a listing of models',
        when: { status: SUCCESS, shape: 'listing' },
        verdict: 'valid',
        message: '{host} accepted the credential and listed its models.',
        fix: '',
    },
    {
        code: 'ok',
        seen: '2xx with an empty listing',
        when: { status: SUCCESS, shape: 'empty-listing' },
        verdict: 'valid',
        message: '{host} accepted the credential; its listing of models is empty.',
        fix: '',
    },
    {
        code: 'not-a-listing',
        seen: '2xx with something else than a listing of models',
        when: { status: SUCCESS },
        verdict: 'inconclusive',
        message: '{host} answered {status}, but not with a listing of models ({excerpt}), so {input} was not checked.',
        fix: 'Check {urlInput}: it must be the base of the API, with the path its documentation shows.',
    },
    {
        code: 'credential-missing',
        seen: '401 or 403 where no credential is configured',
        when: { status: [401, 403], isKeyless: true },
        verdict: 'rejected',
        message: '{host} wants a credential ({status}), and none is configured.',
        fix: 'Give one in {input}.',
    },
    {
        code: 'web-page',
        seen: 'An HTML page with an error status',
        when: { status: { from: 400, to: 599 }, shape: 'html' },
        verdict: 'inconclusive',
        message: 'A web page came from {host} instead of an answer of the API ({status}, “{excerpt}”): a proxy, a firewall or a web server.',
        fix: 'Check {urlInput}, and that nothing between this runner and {host} blocks the request.',
    },
    {
        code: 'unauthorized',
        seen: '401 without a text we know',
        when: { status: [401] },
        verdict: 'rejected',
        message: '{host} refused the credential (401: {excerpt}).',
        fix: 'Check that {input} belongs to {host}; a gateway may want it in another header (provider-auth-header).',
    },
    {
        code: 'payment-required',
        seen: '402 without a text we know',
        when: { status: [402] },
        verdict: 'rejected',
        message: '{host} wants a payment first (402: {excerpt}).',
        fix: 'Add credit to the account behind {input}.',
    },
    {
        code: 'forbidden',
        seen: '403 without a text we know; at a gateway it may mean an expired credential, a policy or a firewall',
        when: { status: [403] },
        verdict: 'inconclusive',
        message: '{host} forbids the listing of models (403: {excerpt}); whether because of {input} is not said.',
        fix: 'Check that the credential has not expired and may use this API; look for a firewall or policy in front of {host}.',
    },
    {
        code: 'no-listing',
        seen: '404, 405 or 501: no listing of models there, as at many gateways',
        when: { status: [404, 405, 410, 501] },
        verdict: 'inconclusive',
        message: '{host} has no listing of models at this path ({status}), so {input} was not checked.',
        fix: 'Check the path in {urlInput}; if the gateway simply has no listing, this notice can be ignored.',
    },
    {
        code: 'misdirected',
        seen: '421 from anything but Copilot',
        when: { status: [421] },
        verdict: 'inconclusive',
        message: '{host} says that it is not the server for this name (421).',
        fix: 'Check {urlInput}, and the proxy or DNS entry that leads to {host}.',
    },
    {
        code: 'rate-limited',
        seen: '429 without a text we know',
        when: { status: [429] },
        verdict: 'inconclusive',
        message: '{host} limits the rate of requests right now (429), so {input} was not checked.',
        fix: 'Run again later, or raise the limit of the account behind {input}.',
    },
    {
        code: 'upstream-error',
        seen: '5xx, also 529',
        when: { status: { from: 500, to: 599 } },
        verdict: 'inconclusive',
        message: '{host} has a failure of its own ({status}: {excerpt}), so {input} was not checked.',
        fix: 'Look at the provider’s status page and run again.',
    },
    {
        code: 'bad-request',
        seen: '400 without a text we know; never read as valid',
        when: { status: [400] },
        verdict: 'inconclusive',
        message: '{host} calls the request bad (400: {excerpt}); many upstreams say so of a malformed credential.',
        fix: 'Check that the secret behind {input} is the bare credential, and that {urlInput} is the base of the API.',
    },
    {
        code: 'unknown-answer',
        seen: 'Anything else',
        when: {},
        verdict: 'inconclusive',
        message: '{host} gave an answer we do not know ({status}: {excerpt}), so {input} was not checked.',
        fix: 'Check {urlInput}; if it is right, please report this answer as an issue.',
    },
];

;// CONCATENATED MODULE: ./lib/core/probes/causes/google-causes.js
const CREDENTIALS_PAGE = 'https://console.cloud.google.com/apis/credentials';
/** Gemini API and Vertex AI. A bad key is a 400 here; reasons are those of google.rpc.ErrorInfo. */
const GOOGLE_CAUSES = [
    {
        code: 'google-key-expired',
        seen: '400 `API key expired. Please renew the API key.`',
        when: { kinds: ['gemini', 'vertex'], status: [400, 401, 403], body: /api key expired|api_key_expired/i },
        verdict: 'rejected',
        message: '{host} says that the API key has expired ({status}).',
        fix: 'Create a new key at https://aistudio.google.com/apikey (Vertex AI: in the Cloud console) and store it behind {input}.',
    },
    {
        code: 'google-key-leaked',
        seen: '403 `Your API key was reported as leaked`',
        when: { kinds: ['gemini', 'vertex'], status: [400, 403], body: /reported as leaked/i },
        verdict: 'rejected',
        message: '{host} has blocked the API key because it was found published ({status}).',
        fix: 'Delete the key, create a new one at https://aistudio.google.com/apikey and keep it in a secret only.',
    },
    {
        code: 'google-key-rejected',
        seen: '400 `API_KEY_INVALID`, `API key not valid. Please pass a valid API key.`',
        when: { kinds: ['gemini', 'vertex'], status: [400, 401, 403], body: /api_key_invalid|api key not (valid|found)/i },
        verdict: 'rejected',
        message: '{host} refused the API key ({status}, API_KEY_INVALID).',
        fix: 'Create a key at https://aistudio.google.com/apikey (Vertex AI: express mode in the Cloud console) and store it behind {input}.',
    },
    {
        code: 'google-key-empty',
        seen: 'HTML page `Error 400 (Bad Request)!!1`',
        when: { kinds: ['gemini', 'vertex'], status: [400], body: /!!1/, shape: 'html' },
        verdict: 'rejected',
        message: '{host} answered with its HTML error page (400), as it does when the key header is empty or no valid header value.',
        fix: 'Check the secret behind {input}: it must be the key alone, without quotes, spaces or line breaks.',
    },
    {
        code: 'google-key-api-blocked',
        seen: '403 `API_KEY_SERVICE_BLOCKED`, `Requests to this API … are blocked`',
        when: {
            kinds: ['gemini', 'vertex'],
            status: [403],
            body: /api_key_service_blocked|requests to this api[^"]{0,120}are blocked/i,
        },
        verdict: 'rejected',
        message: '{host} knows the key, but the key is restricted to other Google APIs (403).',
        fix: `Edit the key at ${CREDENTIALS_PAGE} → API restrictions and add this API.`,
    },
    {
        code: 'google-key-caller-blocked',
        seen: '403 `API_KEY_IP_ADDRESS_BLOCKED`, `API_KEY_HTTP_REFERRER_BLOCKED` and the Android and iOS kinds',
        when: {
            kinds: ['gemini', 'vertex'],
            status: [403],
            body: /api_key_(ip_address|http_referrer|android_app|ios_app)_blocked/i,
        },
        verdict: 'rejected',
        message: '{host} knows the key, but its application restrictions shut this runner out (403).',
        fix: `Edit the key at ${CREDENTIALS_PAGE} → Application restrictions: none, or the runner’s address.`,
    },
    {
        code: 'google-service-disabled',
        seen: '403 `SERVICE_DISABLED`, `… API has not been used in project … before or it is disabled`',
        when: { kinds: ['gemini', 'vertex'], status: [403], body: /service_disabled|has not been used in project/i },
        verdict: 'rejected',
        message: '{host} knows the key, but the API is not enabled in its project (403).',
        fix: 'Enable the API in the key’s project at https://console.cloud.google.com/apis/library and wait some minutes.',
    },
    {
        code: 'google-project-blocked',
        seen: '403 `CONSUMER_SUSPENDED`, `BILLING_DISABLED`, `CONSUMER_INVALID`',
        when: {
            kinds: ['gemini', 'vertex'],
            status: [403],
            body: /consumer_suspended|billing_disabled|consumer_invalid|has been suspended/i,
        },
        verdict: 'rejected',
        message: '{host} knows the key, but its project is suspended or has no billing (403).',
        fix: 'Open the project in https://console.cloud.google.com/billing and settle what it shows, or use a key of another project.',
    },
    {
        code: 'google-region',
        seen: '400 `User location is not supported for the API use`',
        when: { kinds: ['gemini', 'vertex'], status: [400, 403], body: /user location is not supported/i },
        verdict: 'rejected',
        message: '{host} does not serve the region this runner’s address belongs to ({status}).',
        fix: 'Run the job on a runner in a supported region, or go out through one with upstream-proxy.',
    },
    {
        code: 'google-no-credential',
        seen: "403 `Method doesn't allow unregistered callers`",
        when: { kinds: ['gemini', 'vertex'], status: [401, 403], body: /unregistered callers/i },
        verdict: 'rejected',
        message: '{host} saw no API key in the request ({status}).',
        fix: 'Check that the secret behind {input} is not empty.',
    },
    {
        code: 'google-key-not-taken',
        seen: '401 `API keys are not supported by this API`',
        when: { kinds: ['gemini', 'vertex'], status: [401, 403], body: /api keys are not supported|credentials_missing/i },
        verdict: 'inconclusive',
        message: '{host} does not take API keys for its listing of models ({status}), so the key in {input} was not judged.',
        fix: 'If the agent’s calls fail as well, {input} holds no key of Vertex AI express mode; create one in the Cloud console for that mode.',
    },
    {
        code: 'google-token-refused',
        seen: '401 `Request had invalid authentication credentials`, `ACCESS_TOKEN_TYPE_UNSUPPORTED`, `ACCESS_TOKEN_EXPIRED`',
        when: { kinds: ['gemini', 'vertex'], status: [401], body: /invalid authentication credentials|access_token_/i },
        verdict: 'rejected',
        message: '{host} refused the credential: it is expired or no API key (401).',
        fix: 'Give an API key in {input}, not an OAuth token or a service account’s JSON.',
    },
];

;// CONCATENATED MODULE: ./lib/core/probes/causes/network-causes.js
/**
 * No answer of the upstream came back: the credential was not judged, so none of these is a rejection. A certificate that is not
 * trusted is never retried; a 407 is the proxy's word, not the provider's.
 */
const NETWORK_CAUSES = [
    {
        code: 'dns',
        seen: 'DNS failure (ENOTFOUND, EAI_AGAIN)',
        when: { failure: ['dns'] },
        verdict: 'inconclusive',
        message: 'The name {host} could not be resolved ({code}), so {input} was not checked.',
        fix: 'Check the spelling of {urlInput} and of github-server-url, and that this runner’s DNS or upstream-proxy knows {host}.',
    },
    {
        code: 'connection-refused',
        seen: 'Connection refused (ECONNREFUSED, EHOSTUNREACH)',
        when: { failure: ['refused'] },
        verdict: 'inconclusive',
        message: 'Nothing accepts connections at {host} ({code}), so {input} was not checked.',
        fix: 'Check host and port in {urlInput}; where the runner may only go out through a proxy, set upstream-proxy or HTTPS_PROXY.',
    },
    {
        code: 'connection-reset',
        seen: 'Connection reset (ECONNRESET, EPIPE)',
        when: { failure: ['reset'] },
        verdict: 'inconclusive',
        message: 'The connection to {host} was cut before an answer came ({code}), so {input} was not checked.',
        fix: 'Look for a firewall or an inspecting proxy between this runner and {host}; allow that host for the runner.',
    },
    {
        code: 'timeout',
        seen: 'No answer in time (ETIMEDOUT, header or connect timeout)',
        when: { failure: ['timeout'] },
        verdict: 'inconclusive',
        message: 'No answer came from {host} in time ({code}), so {input} was not checked.',
        fix: 'Check that this runner may reach {host}: firewalls that drop packets look like this; set upstream-proxy if there is one.',
    },
    {
        code: 'tls-untrusted',
        seen: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY, SELF_SIGNED_CERT_IN_CHAIN, UNABLE_TO_VERIFY_LEAF_SIGNATURE, DEPTH_ZERO_SELF_SIGNED_CERT',
        when: { failure: ['tls'], code: /ISSUER|SELF_SIGNED|VERIFY_LEAF|UNTRUSTED|INVALID_CA|INVALID_PURPOSE|CHAIN/ },
        verdict: 'inconclusive',
        message: 'The TLS certificate shown for {host} is signed by a CA this runner does not trust ({code}).',
        fix: 'If your network inspects TLS, give its CA certificate as ca-bundle (PEM) or in NODE_EXTRA_CA_CERTS; never switch verification off.',
    },
    {
        code: 'tls-wrong-name',
        seen: 'ERR_TLS_CERT_ALTNAME_INVALID',
        when: { failure: ['tls'], code: /ALTNAME|HOSTNAME_MISMATCH/ },
        verdict: 'inconclusive',
        message: 'The TLS certificate shown for {host} belongs to another name ({code}).',
        fix: 'Use in {urlInput} the name the certificate is made for, and check that DNS does not send {host} to another server.',
    },
    {
        code: 'tls-expired',
        seen: 'CERT_HAS_EXPIRED, CERT_NOT_YET_VALID',
        when: { failure: ['tls'], code: /EXPIRED|NOT_YET_VALID/ },
        verdict: 'inconclusive',
        message: 'The TLS certificate of {host} is outside its period of validity ({code}).',
        fix: 'Check the clock of this runner; if it is right, the owner of {host} must renew the certificate.',
    },
    {
        code: 'tls-failed',
        seen: 'Any other TLS failure, e.g. ERR_SSL_WRONG_VERSION_NUMBER (plain HTTP behind https://)',
        when: { failure: ['tls'] },
        verdict: 'inconclusive',
        message: 'No TLS connection to {host} could be made ({code}).',
        fix: 'Check scheme and port in {urlInput}: a plain HTTP server behind https:// fails like this.',
    },
    {
        code: 'proxy-auth-required',
        seen: '407 from the corporate proxy',
        when: { failure: ['proxy-auth'] },
        verdict: 'inconclusive',
        message: 'The corporate proxy, not {host}, wants credentials (407).',
        fix: 'Give upstream-proxy (or HTTPS_PROXY) as http://user:password@host:port, with special characters percent-encoded.',
    },
    {
        code: 'proxy-refused',
        seen: 'The corporate proxy refused the CONNECT (403, 502, 503)',
        when: { failure: ['proxy-refused'] },
        verdict: 'inconclusive',
        message: 'The corporate proxy refused to connect to {host} ({code}); the answer is the proxy’s, not the provider’s.',
        fix: 'Have {host} allowed on that proxy, or list it in NO_PROXY if it is reachable directly.',
    },
    {
        code: 'network-failure',
        seen: 'Any other failure without an answer',
        when: { failure: ['unknown'] },
        verdict: 'inconclusive',
        message: 'The request to {host} failed without an answer ({code}), so {input} was not checked.',
        fix: 'See the sidecar’s log in log-directory for the failure, and check that this runner may reach {host}.',
    },
];

;// CONCATENATED MODULE: ./lib/core/probes/causes/openai-causes.js
/** OpenAI and everything that answers in its error envelope; rows told by text hold at gateways too. */
const OPENAI_CAUSES = [
    {
        code: 'openai-key-rejected',
        seen: '401 `Incorrect API key provided`, `invalid_api_key`',
        when: {
            kinds: ['openai', 'azure'],
            status: [401, 403],
            body: /incorrect api key|invalid_api_key|invalid api key/i,
        },
        verdict: 'rejected',
        message: '{host} refused the key ({status}, incorrect API key).',
        fix: 'Create a key at https://platform.openai.com/api-keys (or at your gateway) and store it in the secret behind {input}.',
    },
    {
        code: 'openai-no-credential',
        seen: "401 `Missing bearer or basic authentication in header`, `You didn't provide an API key`",
        when: {
            kinds: ['openai', 'azure'],
            status: [401, 403],
            body: /missing bearer|didn.t provide an api key|no api key (provided|passed)|no auth credentials found|missing (the )?authorization/i,
        },
        verdict: 'rejected',
        message: '{host} saw no credential in the request ({status}).',
        fix: 'Check that the secret behind {input} is not empty, and set provider-auth-header if the gateway reads another header.',
    },
    {
        code: 'openai-key-restricted',
        seen: '403 `You have insufficient permissions for this operation. Missing scopes: api.model.read`',
        when: {
            kinds: ['openai', 'azure'],
            status: [401, 403],
            body: /missing scopes?:|insufficient permissions for this operation/i,
        },
        verdict: 'inconclusive',
        message: '{host} knows the key, but the key may not list models, so nothing more could be checked ({status}).',
        fix: 'If the agent’s calls fail too, give the restricted key “Model capabilities: Write”; “Models: Read” makes this check complete.',
    },
    {
        code: 'openai-region',
        seen: '403 `unsupported_country_region_territory`',
        when: {
            kinds: ['openai', 'azure'],
            status: [400, 401, 403],
            body: /unsupported_country_region_territory|country, region, or territory not supported/i,
        },
        verdict: 'rejected',
        message: '{host} does not serve the region this runner’s address belongs to ({status}).',
        fix: 'Run the job on a runner in a supported region, or go out through one with upstream-proxy.',
    },
    {
        code: 'openai-ip-allow-list',
        seen: '401 or 403 `Your IP address is not authorized`, `ip_not_authorized`',
        when: {
            kinds: ['openai', 'azure'],
            status: [401, 403],
            body: /ip_not_authorized|ip address[^.]{0,60}not (authorized|allowed)/i,
        },
        verdict: 'rejected',
        message: '{host} accepts the key only from listed addresses, and this runner’s is not among them ({status}).',
        fix: 'Add the runner’s outgoing address to the project’s IP allow list.',
    },
    {
        code: 'openai-account-deactivated',
        seen: '401 `account_deactivated`',
        when: {
            kinds: ['openai'],
            status: [401, 403],
            body: /account[_ ](has been |associated with this api key has been )?deactivated/i,
        },
        verdict: 'rejected',
        message: '{host} says that the account behind the key is deactivated ({status}).',
        fix: 'Use a key of another account; only OpenAI’s support can reactivate this one.',
    },
    {
        code: 'openai-organization',
        seen: '401 `mismatched_organization`, `no_organization`, `You must be a member of an organization`',
        when: {
            kinds: ['openai'],
            status: [401, 403],
            body: /mismatched_(organization|project)|no_organization|member of an organization|invalid_organization|no such organization/i,
        },
        verdict: 'rejected',
        message: '{host} refused the key because of its organization or project ({status}).',
        fix: 'Create a key in the right project; remove OpenAI-Organization and OpenAI-Project from provider-headers if they name another.',
    },
    {
        code: 'openai-token-expired',
        seen: '401 `token_expired`, `Your authentication token has expired`',
        when: {
            kinds: ['openai', 'azure'],
            status: [401, 403],
            body: /token[_ ](has |is )?expired|jwt[^.]{0,40}expired|expired[^.]{0,20}(jwt|token)/i,
        },
        verdict: 'rejected',
        message: '{host} says that the credential has expired ({status}).',
        fix: 'Give a fresh credential in {input}; a short-lived one must be obtained in this job, right before this step.',
    },
    {
        code: 'openai-quota',
        seen: '429 `insufficient_quota`, 402, `billing_hard_limit_reached`',
        when: {
            kinds: ['openai', 'azure'],
            status: [400, 402, 403, 429],
            body: /insufficient_quota|exceeded your current quota|billing_(hard_limit|not_active)|credit_balance|insufficient (credits|balance|funds)/i,
        },
        verdict: 'rejected',
        message: '{host} accepts the key, but its account has no credit left ({status}).',
        fix: 'Add credit or raise the limit: https://platform.openai.com/settings/organization/billing (or your gateway’s billing page).',
    },
    {
        code: 'azure-key-or-endpoint',
        seen: '401 `Access denied due to invalid subscription key or wrong API endpoint`',
        when: { kinds: ['azure', 'openai', 'anthropic'], status: [401], body: /invalid subscription key/i },
        verdict: 'rejected',
        message: '{host} refused the key: it is wrong, or it belongs to another Azure resource or region (401).',
        fix: 'Copy key and endpoint from the same resource (Keys and Endpoint) into {input} and {urlInput}.',
    },
    {
        code: 'azure-key-missing',
        seen: '401 `Access denied due to missing subscription key`',
        when: { kinds: ['azure', 'openai', 'anthropic'], status: [401], body: /missing subscription key/i },
        verdict: 'rejected',
        message: 'The API Management gateway at {host} found no key in the header it reads (401).',
        fix: 'Set provider-auth-header to the header the gateway wants: api-key or ocp-apim-subscription-key.',
    },
    {
        code: 'azure-network',
        seen: '403 `Public access is disabled`, `Access denied due to Virtual Network/Firewall rules`',
        when: {
            kinds: ['azure', 'openai', 'anthropic'],
            status: [403],
            body: /public access is disabled|virtual network|firewall rules/i,
        },
        verdict: 'rejected',
        message: 'The network rules of {host} shut this runner out (403); the key was not judged.',
        fix: 'Run the job where the private endpoint is reachable, or add the runner’s address to the resource’s network rules.',
    },
    {
        code: 'azure-role',
        seen: '401 or 403 `PermissionDenied`, `lacks the required data action`',
        when: {
            kinds: ['azure', 'openai'],
            status: [401, 403],
            body: /lacks the required data action|permissiondenied|does not have authorization/i,
        },
        verdict: 'rejected',
        message: '{host} knows the identity, but it has no role for inference ({status}).',
        fix: 'Assign the role “Cognitive Services OpenAI User” on the resource to that identity; it takes some minutes to be in force.',
    },
    {
        code: 'azure-not-found',
        seen: '404 `Resource not found`, or a version that is not supported',
        when: { kinds: ['azure'], status: [400, 404], body: /resource not found|api version|deploymentnotfound/i },
        verdict: 'inconclusive',
        message: '{host} has no listing at this address ({status}), so the key in {input} was not checked.',
        fix: 'Give {urlInput} as https://RESOURCE.openai.azure.com or with /openai/v1 behind it.',
    },
];

;// CONCATENATED MODULE: ./lib/core/probes/cause-table.js









const ROWS = [
    ...NETWORK_CAUSES,
    ...FOREIGN_ANSWER_CAUSES,
    ...COPILOT_REFUSAL_CAUSES,
    ...COPILOT_TOKEN_CAUSES,
    ...EXCHANGE_CAUSES,
    ...OPENAI_CAUSES,
    ...ANTHROPIC_CAUSES,
    ...GOOGLE_CAUSES,
    ...BEDROCK_CAUSES,
    ...GENERAL_CAUSES,
];
/** The error dictionary, in the order in which its rows are tried. Several rows may share a code when they say the same thing. */
const CAUSES = ROWS;

;// CONCATENATED MODULE: ./lib/core/probes/read-listing.js

/** Members of a listing that hold its entries; gateways that speak one dialect sometimes answer in another's shape. */
const LIST_MEMBERS = ['data', 'models', 'publisherModels', 'modelSummaries'];
const NAME_MEMBERS = ['id', 'name', 'model', 'slug', 'modelId'];
const read_listing_MODEL_NAME = /^[\x21-\x7e]{1,200}$/;
const read_listing_MAX_MODELS = 500;
/**
 * Reads a model listing: a JSON object (or array) whose entries are objects or names. A login page, a health answer, an error
 * with status 200 or a redirect page is not one; that is what keeps them from passing as proof of a working credential.
 * @returns model ids in the order of the listing, at most 500, without the `models/` prefixes of Google; undefined when the
 *   body is no listing. A listing that was cut at the size limit gives an empty array.
 */
function readListing(body) {
    const parsed = parseJson(body);
    if (parsed === undefined)
        return looksCut(body) ? [] : undefined;
    const entries = Array.isArray(parsed) ? parsed : findEntries(parsed);
    if (entries === undefined || !entries.every(isEntry))
        return undefined;
    if (Array.isArray(parsed) && entries.length === 0)
        return undefined;
    const names = entries.slice(0, 10 * read_listing_MAX_MODELS).map(readName);
    return [...new Set(names.filter((name) => name !== undefined))].slice(0, read_listing_MAX_MODELS);
}
function findEntries(parsed) {
    if (readPath(parsed, 'error') != null)
        return undefined;
    for (const member of LIST_MEMBERS) {
        const value = readPath(parsed, member);
        if (Array.isArray(value))
            return value;
    }
    return undefined;
}
function isEntry(entry) {
    return readName(entry) !== undefined;
}
function readName(entry) {
    if (typeof entry === 'string')
        return cleanName(entry);
    const values = NAME_MEMBERS.map((member) => readPath(entry, member));
    const name = values.find((value) => typeof value === 'string');
    return name === undefined ? undefined : cleanName(name);
}
function cleanName(name) {
    return read_listing_MODEL_NAME.test(name) ? name.replace(/^(publishers\/[^/]+\/)?models\//, '') : undefined;
}
// Some gateways list thousands of models with prose: the body limit cuts them, and a cut listing is still no login page.
function looksCut(body) {
    return (body.length > 64 * 1024 &&
        /^\s*\{[^<]{0,200}?"(data|models|publisherModels|modelSummaries)"\s*:\s*\[\s*\{/.test(body));
}

;// CONCATENATED MODULE: ./lib/core/probes/find-cause.js




/**
 * The first row of the dictionary that matches.
 * @throws RangeError when none does; the last row takes every answer, so that is a defect of the table.
 */
function findCause(situation) {
    const shape = deriveShape(situation.answer);
    const row = CAUSES.find((each) => find_cause_TESTS.every((test) => test(each.when, situation, shape)));
    if (row === undefined)
        throw new RangeError('Cannot read a probe: no row of the dictionary matches');
    return row;
}
const find_cause_TESTS = [
    (when, { answer }) => matchesOutcome(when, answer),
    (when, { answer }) => when.status === undefined || (answer.kind === 'answer' && matchesStatus(when.status, answer.status)),
    (when, { kind }) => includes(when.kinds, kind),
    (when, { answer }, shape) => matchesBody(when, answer, shape),
    (when, _situation, shape) => when.shape === undefined || when.shape === shape,
    (when, { answer }) => when.header === undefined || (answer.kind === 'answer' && Object.hasOwn(answer.headers, when.header)),
    (when, { tokenKind }) => includes(when.tokenKinds, tokenKind),
    (when, { isForeignHost }) => when.host === undefined || isForeignHost,
    (when, situation) => when.isExplicit === undefined || when.isExplicit === situation.isExplicit,
    (when, situation) => when.isKeyless === undefined || when.isKeyless === situation.isKeyless,
    (when, situation) => when.hasIntegrationId === undefined || when.hasIntegrationId === situation.hasIntegrationId,
];
function matchesBody(when, answer, shape) {
    if (when.body === undefined)
        return true;
    if (answer.kind !== 'answer' || (shape === 'html' && when.shape !== 'html'))
        return false;
    return when.body.test(answer.body.slice(0, BODY_HEAD));
}
function includes(wanted, found) {
    return wanted === undefined || (found !== undefined && wanted.includes(found));
}
function deriveShape(answer) {
    if (answer.kind === 'failure')
        return 'other';
    if (looksLikeHtml(answer.body, answer.headers['content-type'] ?? ''))
        return 'html';
    if (answer.status < 200 || answer.status > 299)
        return 'other';
    const models = readListing(answer.body);
    if (models === undefined)
        return 'other';
    return models.length === 0 ? 'empty-listing' : 'listing';
}

;// CONCATENATED MODULE: ./lib/core/probes/read-probe.js








/**
 * What the answer to a probe means. Status and text decide together: a 400 is never valid by itself, what is not known is
 * inconclusive, and only a real listing counts as proof. A gateway that lists its models to everybody proves nothing about its
 * key: one question cannot tell that, so the sentence for gateways says what was seen and no more.
 */
function readProbe(context, answer) {
    return readAnswer(context, answer, deriveProbeKind(context.provider));
}
/** The same for a given kind of endpoint; the token exchange is read through this. */
function readAnswer(context, answer, kind) {
    const { provider, topology } = context;
    const row = findCause({
        kind,
        answer,
        tokenKind: context.tokenKind,
        isForeignHost: isForeignCopilotHost(provider.upstream.hostname, topology),
        isExplicit: provider.upstreamIsExplicit,
        isKeyless: provider.credential.kind === 'none',
        hasIntegrationId: (provider.integrationId ?? DEFAULT_INTEGRATION_ID) !== DEFAULT_INTEGRATION_ID,
    });
    const facts = deriveFacts(context, answer, kind);
    return {
        verdict: row.verdict,
        cause: row.code,
        message: renderTemplate(row.message, facts),
        fix: renderTemplate(row.fix, facts),
        models: row.code === 'ok' && answer.kind === 'answer' ? (readListing(answer.body) ?? []) : [],
    };
}
/** True for a host that may be Copilot's API in this topology: its own suffixes or a name under them. */
function isCopilotHost(hostname, topology) {
    return topology.copilotSuffixes.some((suffix) => hostname === suffix || isSubdomainOf(hostname, suffix));
}
// A gateway of the user's own is no other tenant; only GitHub's own names can be.
const GITHUB_ZONES = ['githubcopilot.com', 'ghe.com', 'github.com'].map((name) => name);
function isForeignCopilotHost(hostname, topology) {
    return !isCopilotHost(hostname, topology) && GITHUB_ZONES.some((zone) => isSubdomainOf(hostname, zone));
}
function deriveFacts({ provider, topology }, answer, kind) {
    const row = PROVIDERS[provider.id];
    return {
        label: row.label,
        host: renderAuthority(provider.upstream),
        status: answer.kind === 'answer' ? String(answer.status) : 'no status',
        input: row.keyInput,
        urlInput: kind === 'exchange' ? 'github-api-url' : row.baseUrlInput,
        issuer: topology.copilotGhHost ?? topology.web,
        web: topology.web,
        copilotHost: renderAuthority(topology.copilot),
        integrationId: deriveExcerpt(provider.integrationId ?? DEFAULT_INTEGRATION_ID),
        code: answer.kind === 'failure' ? read_probe_cleanCode(answer.code) : 'no code',
        location: deriveLocation(answer, provider),
        excerpt: answer.kind === 'answer' ? deriveExcerpt(answer.body) : 'no text',
    };
}
function read_probe_cleanCode(code) {
    return /^[A-Za-z0-9_ -]{1,60}$/.test(code) ? code : 'no code';
}
// Only the host of a Location is shown: its path and query may carry session tokens.
function deriveLocation(answer, provider) {
    const header = answer.kind === 'answer' ? answer.headers.location : undefined;
    if (header === undefined)
        return 'nowhere';
    const base = `${provider.upstream.scheme}://${renderAuthority(provider.upstream)}`;
    if (!URL.canParse(header, base))
        return 'an address that is no URL';
    return parseHostname(new URL(header, base).hostname) ?? 'an address that is no URL';
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/validation/prober.js






/** Longest wait for one answer; all probes of a start together have {@link ValidationContext.remainingMs}. */
const ONE_PROBE_MS = 10_000;
const RETRY_PAUSE_MS = 500;
/** Probes a provider with a secret as the agent's requests will carry it; asks twice when the first answer proves nothing. */
async function probeProvider(context, check, subject) {
    const provider = { ...subject.probe.provider, upstream: check.upstream };
    const runtime = createRuntime(context, { ...check, config: provider });
    const headers = renderInjection(runtime.injection(subject.secret, 'api'));
    const request = await signProbe(withoutHeaders(deriveProbe(provider), headers), runtime, subject.secret);
    const answer = await sendTwice(context, request, { headers });
    return { answer, reading: readProbe({ ...subject.probe, provider }, answer) };
}
// A header that the user configures (provider-headers) stands in place of ours, not beside it.
function withoutHeaders(request, given) {
    const names = new Set(given.map(([name]) => name.toLowerCase()));
    return { ...request, headers: request.headers.filter(([name]) => !names.has(name)) };
}
/** Sends a request; a network failure or a 5xx is asked a second time. */
function sendTwice(context, request, how) {
    return tryTwice(context, () => sendOnce(context, request, how), isTransient);
}
/** Sends a request within what is left of the time for all. */
function sendOnce(context, request, how) {
    const deadlineMs = Math.max(1, Math.min(ONE_PROBE_MS, context.remainingMs()));
    return context.sender.send(request, { ...how, deadlineMs });
}
/** Does something a second time, after a pause, when its result says that this may help and there is time left. */
async function tryTwice(context, attempt, mayHelp) {
    const first = await attempt();
    if (!mayHelp(first) || context.remainingMs() <= RETRY_PAUSE_MS)
        return first;
    await context.pause(RETRY_PAUSE_MS);
    return attempt();
}
/**
 * A catalogue may flap: before a model is called absent, the listing is fetched once more. In Azure a client names a deployment, and the
 * listing has the models that deployments are made of: nothing is known of the name.
 */
async function findMissingModel(provider, outcome, again) {
    if (provider.model === undefined || provider.dialect === 'azure')
        return undefined;
    if (outcome.reading.verdict !== 'valid')
        return undefined;
    if (checkModel(provider.model, outcome.reading.models) === undefined)
        return undefined;
    const second = await again();
    return second.reading.verdict === 'valid' ? checkModel(provider.model, second.reading.models) : undefined;
}
// With keys of AWS the probe is signed as the agent's requests will be.
async function signProbe(request, runtime, secret) {
    const keys = runtime.isSigning ? findAwsKeys(secret) : undefined;
    if (keys === undefined)
        return request;
    const { method, upstream, path } = request;
    const target = upstream.basePath + path;
    const flat = request.headers.flat();
    const signed = await signRequest({
        method,
        upstream,
        target,
        headers: flat,
        body: null,
        keys,
        region: runtime.region,
    });
    const headers = signed.flatMap((name, index) => (index % 2 === 0 ? [[name, signed[index + 1] ?? '']] : []));
    return { ...request, headers };
}
function createRuntime(context, target) {
    return new ProviderRuntime({
        config: target.config,
        check: target,
        credential: null,
        restCredential: null,
        rest: context.config.topology.rest,
        extraHeaders: context.extraHeaders(target.config),
        replayBufferBytes: 0,
    });
}
function renderInjection(injection) {
    const headers = [...injection.extra];
    if (injection.beta !== undefined)
        headers.push(['anthropic-beta', injection.beta]);
    if (injection.credential !== undefined)
        headers.push(injection.credential);
    return headers;
}
/** True for answers that another attempt may turn into a better one. */
function isTransient(answer) {
    if (answer.kind === 'answer')
        return answer.status >= 500;
    return answer.failure === 'reset' || answer.failure === 'timeout' || answer.failure === 'refused';
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/credentials/mint-from-issuer.js





/**
 * Asks an issuer for a credential: as many requests as it takes. A second attempt begins from the start: the issuer may have
 * taken the assertion of the first although its answer was lost, and some take each only once.
 */
function mintFromIssuer(context, provider, source) {
    const attempt = () => attemptMint(context, provider, source);
    return tryTwice(context.validation, attempt, (result) => result.isTransient);
}
async function attemptMint(context, provider, source) {
    let reading = await deriveFirstStep(source, deriveInputs(context, provider));
    let last = { isSourceDown: false, isTransient: false };
    while (reading.kind === 'step') {
        const request = renderTokenRequest(reading.request);
        const answer = await sendOnce(context.validation, request, { headers: [], isRaw: true });
        last = { isSourceDown: answer.kind === 'failure' || answer.status >= 500, isTransient: isTransient(answer) };
        const next = readStep(reading, answer, { receivedAt: context.clock.now(), redact: context.redact });
        if (next.kind !== 'next')
            return { outcome: next, ...last };
        reading = next.step;
    }
    return { outcome: reading, ...last };
}
function deriveInputs(context, provider) {
    const { id } = provider;
    const clientSecret = context.findSecret(`${id}.oauth-client-secret`);
    const refreshToken = context.findSecret(`${id}.oauth-refresh-token`);
    const oidcUrl = context.findSecret('oidc.url');
    const oidcToken = context.findSecret('oidc.token');
    const key = context.findSecret(`${id}.github-app-private-key`);
    return {
        topology: context.validation.config.topology,
        now: context.clock.now(),
        secrets: {
            ...(clientSecret === undefined ? {} : { clientSecret }),
            ...(refreshToken === undefined ? {} : { refreshToken }),
            ...(oidcUrl === undefined ? {} : { oidcUrl }),
            ...(oidcToken === undefined ? {} : { oidcToken }),
        },
        ...(key === undefined ? {} : { sign: (text) => signRs256(key.reveal(), text) }),
    };
}
function signRs256(privateKey, text) {
    return (0,external_node_crypto_.sign)('RSA-SHA256', Buffer.from(text), (0,external_node_crypto_.createPrivateKey)(privateKey)).toString('base64url');
}

;// CONCATENATED MODULE: ./lib/core/credentials/causes/file-causes.js
/** Why a credential file gave nothing. Placeholders: {input}, {how}. */
const FILE_CAUSES = {
    missing: {
        code: 'file-missing',
        seen: 'ENOENT or ENOTDIR',
        isPermanent: false,
        message: 'The file of {input} is not there ({how}).',
        fix: 'Check the path, and that whatever writes the file runs before this action and keeps it in place.',
    },
    unreadable: {
        code: 'file-unreadable',
        seen: 'Any other error while opening or reading it',
        isPermanent: false,
        message: 'The file of {input} cannot be read ({how}).',
        fix: 'Make it a regular file that this user may read.',
    },
};

;// CONCATENATED MODULE: ./lib/core/credentials/causes/command-causes.js
/** How a command ended without a credential. Placeholders: {input}, {how}, {said}. */
const COMMAND_CAUSES = {
    notFound: {
        code: 'command-not-found',
        seen: 'Exit code 127, or ENOENT',
        isPermanent: true,
        message: 'The command of {input} was not found ({how}){said}.',
        fix: 'Install the tool in a step before this action, or write its absolute path; the PATH of that moment is what counts.',
    },
    notExecutable: {
        code: 'command-not-executable',
        seen: 'Exit code 126, or EACCES',
        isPermanent: true,
        message: 'The command of {input} cannot be executed ({how}){said}.',
        fix: 'Make the file executable for this user (chmod +x), and check that it is a program for this system.',
    },
    failed: {
        code: 'command-failed',
        seen: 'Another exit code than 0',
        isPermanent: false,
        message: 'The command of {input} failed with {how}{said}.',
        fix: 'Run it by hand in a step of the same job; it gets only a few variables of the environment, further ones must be listed.',
    },
    killed: {
        code: 'command-killed',
        seen: 'The command was ended by a signal',
        isPermanent: false,
        message: 'The command of {input} was ended by {how}{said}.',
        fix: 'Look for what ended it: SIGKILL often means that memory ran out.',
    },
    timedOut: {
        code: 'command-timeout',
        seen: 'The command ran longer than its time limit',
        isPermanent: false,
        message: 'The command of {input} was still running after {how} and was ended with everything it had started{said}.',
        fix: 'Check that it waits for nothing, such as a login or a terminal (its standard input is empty), or raise its time limit.',
    },
    flooded: {
        code: 'command-output-too-large',
        seen: 'More output than is read',
        isPermanent: false,
        message: 'The command of {input} printed more than {how} and was ended{said}.',
        fix: 'Have it print the credential alone on standard output.',
    },
    notUtf8: {
        code: 'command-output-not-utf8',
        seen: 'Output that is not UTF-8',
        isPermanent: false,
        message: 'The command of {input} printed bytes that are no UTF-8 text{said}.',
        fix: 'Have it print plain text: PowerShell writes UTF-16 unless its OutputEncoding is set, and keys in binary form must be encoded.',
    },
    notStarted: {
        code: 'command-not-started',
        seen: 'The operating system could not start the command',
        isPermanent: false,
        message: 'The command of {input} could not be started ({how}).',
        fix: 'Check how many processes and how much memory this runner has left.',
    },
};

;// CONCATENATED MODULE: ./lib/core/credentials/classify-command-exit.js



// 126 and 127 are the shells' words, 9009 is that of cmd.exe.
const EXIT_CAUSES = { 126: 'notExecutable', 127: 'notFound', 9009: 'notFound' };
const START_CAUSES = {
    ENOENT: 'notFound',
    ENOTDIR: 'notFound',
    EACCES: 'notExecutable',
    EPERM: 'notExecutable',
    ENOEXEC: 'notExecutable',
};
/**
 * Why a command gave no credential.
 * @param stderr its last bytes, decoded and with every known secret redacted; only its last line is quoted, cleaned and cut.
 * @returns undefined when it exited with 0, so that its output counts.
 */
function classifyCommandExit(exit, input, stderr) {
    if (exit.kind === 'exited' && exit.code === 0)
        return undefined;
    const said = deriveLastLine(stderr);
    return renderSourceFailure(COMMAND_CAUSES[decideCause(exit)], {
        input,
        how: describeExit(exit),
        said: said === '' ? '' : `; its last line on standard error: “${said}”`,
    });
}
function decideCause(exit) {
    switch (exit.kind) {
        case 'exited':
            return EXIT_CAUSES[exit.code] ?? 'failed';
        case 'killed':
            return 'killed';
        case 'timed-out':
            return 'timedOut';
        case 'flooded':
            return 'flooded';
        case 'not-utf8':
            return 'notUtf8';
        case 'not-started':
            return Object.hasOwn(START_CAUSES, exit.code) ? (START_CAUSES[exit.code] ?? 'notStarted') : 'notStarted';
    }
}
function describeExit(exit) {
    switch (exit.kind) {
        case 'exited':
            return `exit code ${exit.code}`;
        case 'killed':
            return /^SIG[A-Z0-9+]{1,12}$/.test(exit.signal) ? exit.signal : 'a signal';
        case 'timed-out':
            return `${exit.timeoutMs / 1000} seconds`;
        case 'flooded':
            return `${Math.floor(exit.limitBytes / 1024)} KiB`;
        case 'not-utf8':
            return '';
        case 'not-started':
            return /^[A-Z0-9_]{1,40}$/.test(exit.code) ? exit.code : 'no code';
    }
}
// Tools end in the line that says what went wrong. Colours would leave their codes behind when control characters go.
function deriveLastLine(stderr) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
    const plain = stderr.replace(/\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\)?)/g, '');
    const last = plain.split(/[\r\n]+/).findLast((line) => line.trim() !== '');
    if (last === undefined)
        return '';
    const excerpt = deriveExcerpt(last);
    return excerpt === 'no text' ? '' : excerpt;
}

;// CONCATENATED MODULE: ./lib/core/credentials/causes/output-causes.js
/** What a command printed or a file holds. Placeholders: {subject}, {found}. Never a part of the value itself. */
const OUTPUT_CAUSES = {
    empty: {
        code: 'output-empty',
        seen: 'Nothing, or white space only',
        isPermanent: false,
        message: '{subject} gave nothing.',
        fix: 'Have it give the credential itself: some tools write to standard error, or need a flag to print tokens.',
    },
    tooLong: {
        code: 'output-too-long',
        seen: 'More than 64 KiB of text, or 1 MiB of JSON',
        isPermanent: false,
        message: '{subject} gave {found}, which is no credential.',
        fix: 'Print the credential alone, without a log or a page around it.',
    },
    lines: {
        code: 'output-lines',
        seen: 'Two or more lines that are neither JSON nor git’s key=value',
        isPermanent: false,
        message: '{subject} gave {found}; which of them is the credential cannot be told.',
        fix: 'Print the credential alone: switch the tool’s messages off or send them to standard error.',
    },
    damaged: {
        code: 'output-damaged',
        seen: 'A text that cannot be a credential: spaces, control characters, quotes, a header, a sample from documentation',
        isPermanent: false,
        message: '{subject} gave a text that cannot be a credential: found {found}.',
        fix: 'Have it give the bare token and nothing else: no quotes, no name or scheme before it, no spaces or control characters.',
    },
    jsonBroken: {
        code: 'output-json-broken',
        seen: 'A text that begins like JSON and is none',
        isPermanent: false,
        message: '{subject} gave a text of {found} that begins like JSON and is none.',
        fix: 'Print one JSON object and nothing after it.',
    },
    jsonUnknown: {
        code: 'output-json-unknown',
        seen: 'JSON of no shape we know',
        isPermanent: false,
        message: '{subject} gave {found}, which is none of the shapes that are read.',
        fix: 'Print the token alone, or {"access_token": …, "expires_in": …}; the shapes that are read stand in docs/credentials.md.',
    },
    jsonMember: {
        code: 'output-json-member',
        seen: 'JSON of a known shape whose token is missing or no text',
        isPermanent: false,
        message: '{subject} gave {found}.',
        fix: 'Have the tool print a token of its own: version and members must be as it documents them, and texts that are not empty.',
    },
    reported: {
        code: 'output-error',
        seen: '`{"version": 1, "success": false, "code": …, "message": …}`',
        isPermanent: false,
        message: '{subject} reports that it has no credential ({found}).',
        fix: 'Look up that error in the tool’s documentation, and run it by hand in the same job.',
    },
    expired: {
        code: 'output-expired',
        seen: 'A credential whose expiry is not in the future',
        isPermanent: false,
        message: '{subject} gave {found} that has already expired.',
        fix: 'Have it renew the credential and not print a cached one; check the clock of this runner.',
    },
};

;// CONCATENATED MODULE: ./lib/core/credentials/credential-shapes.js

const has = (json, ...names) => names.every((name) => Object.hasOwn(json, name));
const instants = (...paths) => (json) => ({ instants: paths.map((path) => readPath(json, ...path)) });
/**
 * The shapes that are read, in the order in which they are tried: those that name themselves first. Rule: what the tools of
 * each kind document as their output.
 */
const CREDENTIAL_SHAPES = [
    {
        name: 'a Kubernetes ExecCredential',
        matches: (json) => readPath(json, 'kind') === 'ExecCredential',
        token: ['status', 'token'],
        claims: instants(['status', 'expirationTimestamp']),
    },
    {
        name: 'the keys of an AWS credential process',
        matches: (json) => has(json, 'AccessKeyId'),
        claims: instants(['Expiration']),
    },
    {
        name: 'an answer of a Google executable source',
        matches: (json) => has(json, 'version', 'success'),
        token: ['id_token'],
        claims: instants(['expiration_time']),
    },
    {
        name: 'an OAuth answer',
        matches: (json) => has(json, 'access_token'),
        token: ['access_token'],
        claims: (json) => ({
            lifetime: readPath(json, 'expires_in'),
            instants: [readPath(json, 'expires_at'), readPath(json, 'expires_on')],
        }),
    },
    {
        // `expiresOn` of az is local time without a zone, so it is no point in time.
        name: 'an answer of az account get-access-token',
        matches: (json) => has(json, 'accessToken'),
        token: ['accessToken'],
        claims: instants(['expires_on'], ['expireTime']),
    },
    {
        name: 'an answer of gcloud config config-helper',
        matches: (json) => typeof readPath(json, 'credential') === 'object',
        token: ['credential', 'access_token'],
        claims: instants(['credential', 'token_expiry']),
    },
    {
        name: 'a token with its expiry',
        matches: (json) => has(json, 'token'),
        token: ['token'],
        claims: instants(['expiresOnTimestamp'], ['expires_at']),
    },
    {
        name: 'an answer of a Docker credential helper',
        matches: (json) => has(json, 'ServerURL', 'Secret'),
        token: ['Secret'],
        claims: instants(),
    },
];
/** Undefined when the text is anything else; unknown keys are ignored, as git does. The first value of a key counts. */
function parseGitAnswer(text) {
    const lines = text.split(/\r?\n/).filter((line) => line !== '');
    if (!lines.every((line) => /^[a-z_]+(\[\])?=/.test(line)))
        return undefined;
    const read = (key) => lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
    const password = read('password');
    return password === undefined ? undefined : { password, expiry: read('password_expiry_utc') };
}

;// CONCATENATED MODULE: ./lib/core/describe-text.js
const MAX_SHOWN = 80;
const SECRET_PREFIX = /sk-|gh[pousr]_|github_pat_|aiza|ya29\.|eyj|akia|xox[a-z]-|bearer|begin [a-z ]*key/i;
// In capitals only: many regions and hosts are called asia.
const AWS_KEY_ID = /A[KS]IA[A-Z0-9]/;
const TOKEN_RUN = /(?=[A-Za-z0-9+/_=-]*\d)(?=[A-Za-z0-9+/_=-]*[A-Za-z])[A-Za-z0-9+/_=-]{20,}/;
const HIDDEN = [/[@?#]/, SECRET_PREFIX, AWS_KEY_ID, TOKEN_RUN];
/**
 * Says what was found in an input that should hold no secret. Any text that could be a secret in the wrong place (user info, a
 * query, a token-like run, a known prefix) is described by its shape only; so is one that could break out of a log line.
 * @returns a phrase that fits behind "found", e.g. `'acme.ghe.com'` or `a text of 40 characters`.
 */
function describeText(text) {
    if (text === '')
        return 'an empty text';
    const odd = [...text].findIndex((character) => !/^[\x20-\x7e]$/.test(character));
    if (odd >= 0)
        return `${describeLength(text)} with ${describeCharacter([...text][odd] ?? '')} at position ${odd + 1}`;
    // The length first: the patterns would take long over a long text.
    const isHidden = text.length > MAX_SHOWN || HIDDEN.some((pattern) => pattern.test(text));
    return isHidden ? describeLength(text) : `'${text}'`;
}
/** Names one character without printing it. */
function describeCharacter(character) {
    if (character === '\n' || character === '\r')
        return 'a line break';
    if (character === '\t')
        return 'a tab';
    if (character === ' ')
        return 'a space';
    const code = character.codePointAt(0) ?? 0;
    if (code === 0xfeff)
        return 'a byte order mark';
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const hex = code.toString(16).toUpperCase().padStart(4, '0');
    return isControl ? `a control character (U+${hex})` : `a character outside ASCII (U+${hex})`;
}
function describeLength(text) {
    const length = [...text].length;
    return length === 1 ? 'a text of 1 character' : `a text of ${length} characters`;
}

;// CONCATENATED MODULE: ./lib/core/credentials/placeholders.js

const PREFIX = /^(sk-ant-(api\d\d-|oat\d\d-)?|sk-(proj-|svcacct-|or-v1-)?|gh[pousr]_|github_pat_|aiza)/;
const WORDS = new Set([
    ...['changeme', 'replaceme', 'fixme', 'todo', 'tbd', 'test', 'dummy', 'example', 'sample', 'secret', 'password'],
    ...[
        'apikey',
        'key',
        'token',
        'null',
        'undefined',
        'nil',
        'none',
        'na',
        'true',
        'false',
        'empty',
        'redacted',
        'hidden',
    ],
]);
const PHRASE = /^(your|my|insert|enter|paste|add|the)(own|new|real)?(openai|anthropic|claude|gemini|google|github|copilot|azure|provider)?(api)?(key|token|secret|pat)?(goes)?(here)?$/;
/**
 * Recognises texts that stand where a secret should stand: documentation samples, what other tools write in a key's place, and the run token
 * of this very action, which must never be sent upstream.
 * @returns a phrase that fits behind "found", or undefined.
 */
function findPlaceholder(text) {
    if (looksLikeRunToken(text))
        return 'the token that setup-agent-proxy itself gives to agents, not a key';
    const lower = text.toLowerCase();
    if (/^<.*>$/.test(text) || lower.includes('placeholder') || lower.startsWith('dummy-'))
        return 'a placeholder';
    const rest = lower.replace(PREFIX, '');
    if (rest === '')
        return 'the beginning of a key without the rest';
    if (/^(.)\1{2,}$/.test(rest) || /^[.x_-]+$/.test(rest) || /\.{3}$|…/.test(rest))
        return 'a placeholder';
    const letters = rest.replace(/[-_. ]/g, '');
    return WORDS.has(letters) || PHRASE.test(letters) ? 'a placeholder' : undefined;
}

;// CONCATENATED MODULE: ./lib/core/credentials/secret-shape.js


/** Longer values cannot be sent as a header: servers stop at 8 to 16 KiB. */
const MAX_LENGTH = 8192;
const STORE_AGAIN = 'Store the secret again as the bare value (printf %s instead of echo, no editor’s line break, no quotes).';
const FROM_SOURCE = 'Copy the value from where it was issued and store it as the secret.';
const when = (pattern, found) => (text) => (pattern.test(text) ? found : undefined);
/** In the order in which they are tried: the most telling one first, so that one mistake gives one sentence. */
const RULES = [
    { find: when(/^\s+$/, 'nothing but white space'), fix: FROM_SOURCE },
    { find: (text) => (text.length > MAX_LENGTH ? `a text of ${text.length} characters` : undefined), fix: FROM_SOURCE },
    { find: when(/\*\*\*/, 'asterisks, as a log shows them in place of a secret'), fix: FROM_SOURCE },
    {
        find: when(/\$\{\{|\}\}/, 'an expression that was not evaluated'),
        fix: 'Expressions are evaluated in `with:` of a workflow step only, and need spaces or nothing inside the braces.',
    },
    {
        find: when(/^\$[({]?\w+[)}]?$|^%\w+%$|^(secrets|env|vars)\.\w+$/, 'the name of a variable instead of its value'),
        fix: 'Write it as an expression, for example ${' + '{ secrets.NAME }}.',
    },
    { find: when(/-----BEGIN /, 'a PEM block'), fix: 'Give an API key or token; private keys do not belong here.' },
    { find: when(/^\s*[{[][\s\S]*[}\]]\s*$/, 'a JSON document'), fix: 'Give the API key or token alone.' },
    {
        find: when(/^\s*(bearer|basic|token)\s/i, 'an authorization scheme before the value'),
        fix: 'Remove the word and the space; the scheme is added when the request is made.',
    },
    {
        find: when(/^\s*[A-Za-z][A-Za-z-]+:\s/, 'a header name before the value'),
        fix: 'Remove everything up to the value itself.',
    },
    {
        find: when(/^(export\s+)?[A-Z][A-Z0-9]*_[A-Z0-9_]*=[^=]/, 'an assignment to a variable'),
        fix: 'Remove the name and the equals sign.',
    },
    { find: when(/^["'`“”‘’]|["'`“”‘’]$/, 'quotation marks around the value'), fix: STORE_AGAIN },
    { find: findOddCharacter, fix: STORE_AGAIN },
    { find: findPlaceholder, fix: FROM_SOURCE },
];
/** First thing that keeps a text from being any provider's credential; undefined when its shape is plausible. */
function findShapeProblem(text) {
    for (const rule of RULES) {
        const found = rule.find(text);
        if (found !== undefined)
            return { found, fix: rule.fix };
    }
    return undefined;
}
/** First character that cannot stand in a token, with its position; never the text around it. */
function findOddCharacter(text) {
    const characters = [...text];
    const index = characters.findIndex((character) => !/^[\x21-\x7e]$/.test(character));
    if (index < 0)
        return undefined;
    return `${describeCharacter(characters[index] ?? '')} at character ${index + 1} of ${characters.length}`;
}

;// CONCATENATED MODULE: ./lib/core/credentials/parse-command-output.js









/** Most that is read of a command or file: a bare token, and a JSON document. Characters. */
const LONGEST_TEXT = 64 * 1024;
const LONGEST_JSON = 1024 * 1024;
/**
 * Reads what a credential command printed: a bare token, or one of the JSON documents and key=value lines that known tools
 * print. The shape is recognised, never configured.
 * @param text decoded; the caller has refused what is not UTF-8.
 */
function parseCommandOutput(text, context) {
    return parseOutput(text, { ...context, subject: `The command of ${context.input}` });
}
/** The same for a text from anywhere. */
function parseOutput(text, subject) {
    const trimmed = text.trim();
    if (trimmed === '')
        return fail('empty', subject);
    const isJson = /^[{[]/.test(trimmed);
    if (trimmed.length > (isJson ? LONGEST_JSON : LONGEST_TEXT)) {
        return fail('tooLong', subject, `${trimmed.length} characters`);
    }
    if (isJson)
        return parseJsonOutput(trimmed, subject);
    const git = parseGitAnswer(trimmed);
    if (git !== undefined)
        return deriveSecret(git.password, { instants: [git.expiry] }, { ...subject, shape: 'an answer of a git credential helper' });
    const lines = trimmed.split(/\r\n|\r|\n/).length;
    if (lines > 1)
        return fail('lines', subject, `${lines} lines`);
    return deriveSecret(trimmed, { instants: [], token: trimmed }, { ...subject, shape: 'a token' });
}
function parseJsonOutput(text, subject) {
    const json = parseJson(text);
    if (typeof json !== 'object' || json === null)
        return fail('jsonBroken', subject, `${text.length} characters`);
    if (Array.isArray(json))
        return fail('jsonUnknown', subject, 'a JSON array');
    const shape = CREDENTIAL_SHAPES.find((each) => each.matches(json));
    if (shape === undefined) {
        const count = Object.keys(json).length;
        return fail('jsonUnknown', subject, `a JSON object with ${count === 1 ? '1 member' : `${count} members`}`);
    }
    return readPath(json, 'success') === false ? deriveReported(json, subject) : parseShape(json, shape, subject);
}
function parseShape(json, shape, subject) {
    const problem = findVersionProblem(json, shape);
    if (problem !== undefined)
        return fail('jsonMember', subject, problem);
    if (shape.token === undefined)
        return parseAwsOutput(json, shape, subject);
    const token = readPath(json, ...shape.token);
    if (typeof token !== 'string' || token.trim() === '') {
        return fail('jsonMember', subject, `${shape.name} whose ${shape.token.join('.')} is ${describeMember(token)}`);
    }
    return deriveSecret(token, { ...shape.claims(json), token }, { ...subject, shape: shape.name });
}
function parseAwsOutput(json, shape, subject) {
    const keys = deriveAwsKeys({ ...json });
    if (keys !== undefined)
        return obtain(keys.value, shape.claims(json), { ...subject, shape: shape.name });
    return fail('jsonMember', subject, `${shape.name} without a usable AccessKeyId, SecretAccessKey or SessionToken`);
}
// Both documents are versioned, and a later version may mean another thing by the same member.
function findVersionProblem(json, shape) {
    const member = ['Version', 'version'].find((name) => Object.hasOwn(json, name));
    const isVersioned = shape.token === undefined || shape.token[0] === 'id_token';
    if (!isVersioned || (member !== undefined && readPath(json, member) === 1))
        return undefined;
    return `${shape.name} of another version than 1`;
}
function deriveReported(json, subject) {
    const parts = [readPath(json, 'code'), readPath(json, 'message')].filter((part) => typeof part === 'string');
    return fail('reported', subject, deriveExcerpt(subject.redact(parts.join(': '))));
}
function deriveSecret(token, claims, subject) {
    if (token === '')
        return fail('empty', subject);
    const problem = findShapeProblem(token);
    if (problem !== undefined)
        return fail('damaged', subject, problem.found);
    return obtain({ kind: 'secret', secret: new Secret(token) }, claims, subject);
}
function obtain(value, claims, subject) {
    const expiresAt = deriveExpiry(claims, { receivedAt: subject.receivedAt, skewMs: 0 });
    if (expiresAt === 'expired')
        return fail('expired', subject, subject.shape);
    return { kind: 'obtained', credential: { value, expiresAt } };
}
function describeMember(value) {
    if (value === undefined)
        return 'missing';
    if (value === null)
        return 'null';
    if (value === '')
        return 'empty';
    if (typeof value === 'string')
        return 'white space';
    return Array.isArray(value) ? 'an array' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}
function fail(cause, { subject }, found = '') {
    return renderSourceFailure(OUTPUT_CAUSES[cause], { subject, found });
}

;// CONCATENATED MODULE: ./lib/core/credentials/parse-file-value.js

const TORN = new Set(['output-empty', 'output-json-broken']);
/**
 * Reads a credential file: the same shapes as a command's output. A bare token that was cut cannot be told from a whole one;
 * the caller guards against that by reading only files that did not change meanwhile.
 * @param text decoded; the caller has refused what is not UTF-8.
 */
function parseFileValue(text, context) {
    const outcome = parseOutput(text, { ...context, subject: `The file of ${context.input}` });
    if (outcome.kind === 'failure' && TORN.has(outcome.cause))
        return { kind: 'torn', failure: outcome };
    return outcome;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/credentials/mint-from-process.js






/** A writer that truncates first is given this long to finish before an empty file counts. */
const TORN_READS = 10;
const TORN_PAUSE_MS = 100;
/** Has the command run, or the file read, and reads what came of it. */
async function mintFromProcess(context, minting) {
    const { provider, source, reason } = minting;
    const ask = () => context.sources.request({ provider: provider.id, reason });
    const keyInput = PROVIDERS[provider.id].keyInput;
    if (source.kind === 'file') {
        const output = { input: `${keyInput}-file`, receivedAt: context.clock.now(), redact: context.redact };
        return { outcome: await readFileSource(context, ask, output), isSourceDown: true };
    }
    const output = { input: `${keyInput}-command`, receivedAt: context.clock.now(), redact: context.redact };
    const outcome = readCommandResult(await ask(), output);
    return { outcome, isSourceDown: outcome.kind === 'failure' && !outcome.isPermanent };
}
async function readFileSource(context, ask, output) {
    let torn;
    for (let attempt = 0; attempt < TORN_READS; attempt += 1) {
        if (attempt > 0)
            await context.validation.pause(TORN_PAUSE_MS);
        const result = await ask();
        if (result.kind !== 'output')
            return fileFailure(result, output);
        const reading = parseFileValue(result.text, { ...output, receivedAt: context.clock.now() });
        if (reading.kind !== 'torn')
            return reading;
        torn = reading.failure;
    }
    return torn ?? fileFailure({ kind: 'not-started', code: 'EBUSY' }, output);
}
function fileFailure(result, { input }) {
    const how = result.kind === 'not-started' ? result.code : result.kind;
    const isMissing = how === 'ENOENT' || how === 'ENOTDIR';
    return renderSourceFailure(isMissing ? FILE_CAUSES.missing : FILE_CAUSES.unreadable, { input, how });
}
function readCommandResult(result, output) {
    if (result.kind === 'output')
        return parseCommandOutput(result.text, output);
    const stderr = 'stderr' in result ? output.redact(result.stderr) : '';
    const failure = classifyCommandExit(readExit(result), output.input, stderr);
    return failure ?? parseCommandOutput('', output);
}
function readExit(result) {
    switch (result.kind) {
        case 'exit':
            return result.signal === null
                ? { kind: 'exited', code: result.code ?? -1 }
                : { kind: 'killed', signal: result.signal };
        case 'timeout':
            return { kind: 'timed-out', timeoutMs: result.timeoutMs };
        case 'too-much-output':
            return { kind: 'flooded', limitBytes: LONGEST_JSON };
        case 'not-utf8':
            return { kind: 'not-utf8' };
        case 'not-started':
            return { kind: 'not-started', code: result.code };
    }
}

;// CONCATENATED MODULE: ./lib/core/credentials/refresh-window.js

/** Assumed when the issuer names no expiry, or one more than 30 days away. */
const UNKNOWN_LIFETIME_MS = 5 * 60_000;
const FLOOR_MS = 5000;
/** With L the life at receipt: soft = expiry − clamp(L/4, 30 s, 300 s), hard = expiry − min(30 s, L/10). */
function deriveRefreshWindow(receipt) {
    const { receivedAt } = receipt;
    const claimed = receipt.expiresAt === null ? Number.NaN : receipt.expiresAt - receivedAt;
    const isKnown = claimed <= LONGEST_BELIEVED_MS;
    const life = isKnown ? Math.max(0, claimed) : UNKNOWN_LIFETIME_MS;
    const expiresAt = receivedAt + life;
    const lead = Math.min(Math.max(life / 4, 30_000), 300_000);
    const softLife = Math.max(0, life - lead) * (1 - 0.1 * receipt.jitter);
    return {
        softAt: receivedAt + softLife,
        hardAt: expiresAt - Math.min(30_000, life / 10),
        expiresAt,
        notBefore: receivedAt + Math.max(FLOOR_MS, life / 10),
    };
}
const BACKOFF_SECONDS = [1, 2, 5, 15, 30, 60];
/** Pause before the next attempt after `failures` failures in a row, with full jitter (0 to 1); at least a fifth of it. */
function deriveBackoffMs(failures, jitter) {
    const seconds = BACKOFF_SECONDS[Math.min(Math.max(failures, 1), BACKOFF_SECONDS.length) - 1] ?? 60;
    return seconds * 1000 * (0.2 + 0.8 * jitter);
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/credentials/token-cycler.js


/** Tries after which a failure that will not heal by itself is no longer asked again. */
const PERMANENT_TRIES = 3;
/** While nothing valid is held, a source that is down is asked this often, so that its return is seen at once. */
const LONGEST_PAUSE_WITHOUT_CREDENTIAL_MS = 800;
/** Past the hard point a slow source is waited for as long as this, and no longer than half of what the old token has left. */
const token_cycler_LONGEST_WAIT_MS = 30_000;
/**
 * Renewals that refusals of the upstream may force within the window. Tokens of a second need one a second; an upstream that
 * refuses every token for a reason of its own must not turn each request into a mint.
 */
const MOST_FORCED = 10;
const FORCED_WINDOW_MS = 10_000;
/** A credential that is renewed: one renewal in flight, failures remembered with back-off, no timer of its own. */
function createTokenCycler(effects) {
    return new TokenCycler(effects);
}
class TokenCycler {
    #effects;
    #held;
    #isStale = false;
    /** When the last renewals were forced, in monotonic milliseconds. */
    #forcedAt = [];
    #inFlight;
    /** Ends the waiting of all callers for the renewal that is in flight. */
    #patience;
    #failures = 0;
    #permanentFailures = 0;
    #lastError;
    #retryAt = 0;
    constructor(effects) {
        this.#effects = effects;
    }
    current() {
        const held = this.#held;
        if (held === undefined)
            return this.#renew('initial');
        if (this.#isStale)
            return this.#renewOrServe(held);
        const now = this.#age(held);
        const { window } = held;
        // Below the floor even a token that came already expired is served: clocks differ, and the upstream's 401 renews it anyway.
        if (now < window.softAt || now < window.notBefore)
            return held.secret;
        if (now < window.hardAt) {
            this.#renewBehind();
            return held.secret;
        }
        return this.#renewOrServe(held);
    }
    async renewAfter(used) {
        const held = this.#held;
        // Somebody else renewed it meanwhile: the caller's credential is old news, not the current one.
        if (held !== undefined && !held.secret.equals(used))
            return true;
        if (!this.#mayForce())
            return false;
        const renewed = await this.#renew('unauthorized').catch(() => undefined);
        return renewed !== undefined && !renewed.equals(used);
    }
    #mayForce() {
        if (this.#inFlight !== undefined)
            return true;
        const now = this.#effects.monotonic();
        const recent = this.#forcedAt.filter((at) => now - at < FORCED_WINDOW_MS);
        if (recent.length >= MOST_FORCED)
            return false;
        this.#forcedAt = [...recent, now];
        return true;
    }
    expire() {
        this.#isStale = true;
        this.#retryAt = 0;
    }
    close() {
        this.#held = undefined;
    }
    // A paused machine moves the wall clock on, a corrected one may move it back: what says that more time has passed, counts.
    #age(held) {
        const byWall = this.#effects.now() - held.receivedAt;
        const byMonotonic = this.#effects.monotonic() - held.receivedMonotonic;
        return held.receivedAt + Math.max(byWall, byMonotonic);
    }
    // Past the hard point callers wait for the new token; while the old one still lives, an issuer that fails, or does not answer,
    // costs nobody a request.
    async #renewOrServe(held) {
        try {
            const renewal = this.#renew('scheduled');
            const leftMs = held.window.expiresAt - this.#age(held);
            if (leftMs <= 0 || this.#inFlight === undefined)
                return await renewal;
            this.#patience ??= this.#effects.wait(Math.min(leftMs / 2, token_cycler_LONGEST_WAIT_MS));
            return await Promise.race([renewal, this.#patience.then(() => held.secret)]);
        }
        catch (error) {
            if (this.#age(held) < held.window.expiresAt)
                return held.secret;
            throw error;
        }
    }
    #renewBehind() {
        if (this.#inFlight !== undefined || this.#effects.monotonic() < this.#retryAt)
            return;
        this.#renew('scheduled').catch(() => undefined);
    }
    #renew(reason) {
        if (this.#inFlight !== undefined)
            return this.#inFlight;
        const wait = this.#retryAt - this.#effects.monotonic();
        if (wait > 0)
            return Promise.reject(this.#unavailable(wait));
        this.#inFlight = this.#mint(reason).finally(() => {
            this.#inFlight = undefined;
            this.#patience = undefined;
        });
        return this.#inFlight;
    }
    async #mint(reason) {
        try {
            const minted = await this.#effects.mint(reason);
            const receivedAt = this.#effects.now();
            const receivedMonotonic = this.#effects.monotonic();
            const jitter = this.#effects.random();
            const window = deriveRefreshWindow({ receivedAt, expiresAt: minted.expiresAt, jitter });
            this.#held = { secret: minted.secret, window, receivedAt, receivedMonotonic };
            this.#isStale = false;
            this.#failures = 0;
            this.#permanentFailures = 0;
            this.#retryAt = 0;
            if (reason !== 'initial')
                this.#effects.onRenewed();
            return minted.secret;
        }
        catch (error) {
            this.#lastError = error;
            const pause = this.#derivePause(error);
            this.#retryAt = this.#effects.monotonic() + pause;
            this.#effects.onFailed(error);
            throw this.#unavailable(pause);
        }
    }
    #derivePause(error) {
        this.#failures += 1;
        const failed = error instanceof SourceFailedError ? error : undefined;
        this.#permanentFailures = failed?.failure.isPermanent === true ? this.#permanentFailures + 1 : 0;
        if (this.#permanentFailures >= PERMANENT_TRIES)
            return Number.POSITIVE_INFINITY;
        const pause = deriveBackoffMs(this.#failures, this.#effects.random());
        const held = this.#held;
        const isServing = held !== undefined && this.#age(held) < held.window.expiresAt;
        const isDown = failed === undefined || failed.isSourceDown;
        return isDown && !isServing ? Math.min(pause, LONGEST_PAUSE_WITHOUT_CREDENTIAL_MS) : pause;
    }
    #unavailable(retryAfterMs) {
        return new CredentialUnavailableError(retryAfterMs, { cause: this.#lastError });
    }
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/credentials/create-credential.js









/** The credential of a provider, whatever its source; null where the upstream wants none. */
function createCredential(context, provider) {
    const { credential } = provider;
    switch (credential.kind) {
        case 'none':
            return null;
        case 'static':
            return createStaticCredential(new Secret(context.readSecret(`${provider.id}.key`)));
        default:
            return createRenewed(context, provider, credential);
    }
}
function createRenewed(context, provider, source) {
    // Whoever asks for the same credential shares its one renewal in flight.
    const key = deriveSingleFlightKey(provider.id, source);
    const known = context.renewed.get(key);
    if (known !== undefined)
        return known;
    const cycler = createTokenCycler({
        now: context.clock.now,
        monotonic: context.clock.monotonic,
        random: Math.random,
        wait: context.validation.pause,
        ...context.events(provider),
        mint: (reason) => mint({ context, provider, source, reason }),
    });
    context.renewed.set(key, cycler);
    if (source.kind === 'file')
        context.sources.onChanged(provider.id, () => cycler.expire());
    return cycler;
}
async function mint({ context, provider, source, reason }) {
    const outcome = isProcessSource(source)
        ? await mintFromProcess(context, { provider, source, reason })
        : await mintFromIssuer(context, provider, source);
    const { credential } = readOutcome(outcome, provider);
    const secret = renderCredential(credential.value);
    context.remember(secret);
    const { nextRefreshToken } = credential;
    if (nextRefreshToken !== undefined)
        context.rotate(`${provider.id}.oauth-refresh-token`, nextRefreshToken);
    return { secret, expiresAt: credential.expiresAt };
}
function isProcessSource(source) {
    return source.kind === 'command' || source.kind === 'file';
}
function readOutcome({ outcome, isSourceDown }, provider) {
    if (outcome.kind === 'failure')
        throw new SourceFailedError(outcome, isSourceDown);
    if (outcome.credential.value.kind === 'aws' && provider.dialect !== 'bedrock') {
        throw new SourceFailedError(renderSourceFailure(USE_CAUSES.awsKeysElsewhere, {}), false);
    }
    return outcome;
}

;// CONCATENATED MODULE: ./lib/core/probes/copilot-discovery.js






const QUERY = JSON.stringify({ query: '{viewer{copilotEndpoints{api}}}' });
const HEADERS = [
    ['accept', 'application/json'],
    ['user-agent', PROBE_USER_AGENT],
];
/**
 * What to ask GitHub for the Copilot API host of a token's plan, in this order, until one answers `found`. The GraphQL object is
 * documented; the REST path is what Copilot CLI itself follows. Installation tokens have no viewer: none, as in the CLI.
 */
function deriveDiscoveryRequests(topology, tokenKind) {
    if (tokenKind === 'installation')
        return [];
    const { rest, graphql } = deriveLicenceApi(topology);
    return [
        {
            method: 'POST',
            upstream: graphql,
            path: '',
            headers: [...HEADERS, ['content-type', 'application/json']],
            body: QUERY,
        },
        { method: 'GET', upstream: rest, path: '/copilot_internal/user', headers: HEADERS },
    ];
}
/** Reads the answer to either request. */
function readDiscovery(answer, topology) {
    if (answer.kind === 'failure')
        return nothing(`no answer came (${answer.failure})`);
    if (answer.status !== 200)
        return nothing(`the answer was ${answer.status}: ${deriveExcerpt(answer.body)}`);
    const body = parseJson(answer.body);
    const api = readPath(body, 'data', 'viewer', 'copilotEndpoints', 'api') ?? readPath(body, 'endpoints', 'api');
    if (typeof api !== 'string' || api === '')
        return nothing('the answer names no Copilot endpoint');
    return readEndpoint(api, topology);
}
/**
 * Accepts an endpoint only as plain `https://host` under the topology's own suffixes: the answer decides where a credential goes,
 * so a forged or foreign one must not.
 */
function readEndpoint(text, topology) {
    const upstream = parseUpstream(text);
    if (typeof upstream === 'string')
        return refused(`the endpoint is no usable URL (${upstream})`);
    const host = renderAuthority(upstream);
    if (upstream.scheme !== 'https' || upstream.port !== 443 || upstream.basePath !== '') {
        return refused(`the endpoint at ${host} is not plain https without port and path`);
    }
    if (!isCopilotHost(upstream.hostname, topology)) {
        return refused(`${host} is not under ${listSuffixes(topology.copilotSuffixes)}`);
    }
    return { kind: 'found', upstream };
}
function listSuffixes(suffixes) {
    return suffixes.length === 0 ? 'any Copilot host of this topology' : suffixes.join(' or ');
}
function nothing(reason) {
    return { kind: 'nothing', reason };
}
function refused(reason) {
    return { kind: 'refused', reason };
}

;// CONCATENATED MODULE: ./lib/core/probes/copilot-exchange.js






/** Scheme of the Authorization header on this one endpoint; the Copilot API itself takes Bearer. */
const EXCHANGE_SCHEME = 'token';
/** `GET {REST}/copilot_internal/v2/token`: only OAuth tokens of GitHub's own editor apps are let through there. */
function deriveExchangeRequest(topology) {
    return {
        method: 'GET',
        upstream: deriveLicenceApi(topology).rest,
        path: '/copilot_internal/v2/token',
        headers: [
            ['accept', 'application/json'],
            ['user-agent', PROBE_USER_AGENT],
            ['editor-version', `${PROBE_USER_AGENT}/1`],
        ],
    };
}
/**
 * Reads `{token, expires_at, refresh_in?, endpoints: {api}}`, or why there is no token.
 * @param answer with its body as it came: a token that was redacted is lost. What is quoted of it goes through `redact` first.
 */
function readExchange(context, answer, redact) {
    const token = answer.kind === 'answer' && answer.status === 200 ? readToken(answer.body, context.topology) : undefined;
    if (token !== undefined)
        return token;
    const provider = { ...context.provider, upstream: deriveLicenceApi(context.topology).rest };
    const quotable = answer.kind === 'answer' ? { ...answer, body: redact(answer.body) } : answer;
    return { kind: 'cause', ...readAnswer({ ...context, provider }, quotable, 'exchange') };
}
function readToken(text, topology) {
    const body = parseJson(text);
    const token = readPath(body, 'token');
    const expiresAtMs = readEpochMs(readPath(body, 'expires_at'));
    if (typeof token !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(token) || expiresAtMs === undefined)
        return undefined;
    const refreshIn = readPath(body, 'refresh_in');
    return {
        kind: 'token',
        token: new Secret(token),
        expiresAtMs,
        ...(isPositive(refreshIn) ? { refreshInMs: refreshIn * 1000 } : {}),
        ...readNamedEndpoint(readPath(body, 'endpoints', 'api'), topology),
    };
}
function readNamedEndpoint(api, topology) {
    if (typeof api !== 'string' || api === '')
        return {};
    const endpoint = readEndpoint(api, topology);
    return endpoint.kind === 'found' ? { upstream: endpoint.upstream } : { endpointRefused: endpoint.reason };
}
// Seconds by GitHub's word; what is too large for seconds is taken as milliseconds, so that no token seems to live for ages.
function readEpochMs(value) {
    if (!isPositive(value))
        return undefined;
    return value > 1e11 ? value : value * 1000;
}
function isPositive(value) {
    return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/validation/exchange-credential.js




/** A Copilot token made from the GitHub token at the REST host and renewed by `expires_at`. */
function createExchangeCredential(context, subject) {
    const { validation } = context;
    let last;
    const credential = createTokenCycler({
        now: context.clock.now,
        monotonic: context.clock.monotonic,
        random: Math.random,
        wait: validation.pause,
        ...context.events(subject.probe.provider),
        mint: async () => {
            const github = await subject.github.current();
            const headers = [['authorization', `${EXCHANGE_SCHEME} ${github.reveal()}`]];
            const request = deriveExchangeRequest(validation.config.topology);
            const answer = await sendTwice(validation, request, { headers, isRaw: true });
            last = readExchange(subject.probe, answer, context.redact);
            if (last.kind === 'token') {
                context.remember(last.token);
                return { secret: last.token, expiresAt: last.expiresAtMs };
            }
            const failure = { ...last, kind: 'failure', isPermanent: false };
            throw new SourceFailedError(failure, answer.kind === 'failure' || answer.status >= 500);
        },
    });
    return { credential, last: () => last };
}

;// CONCATENATED MODULE: ./lib/core/credentials/github-token-kind.js
const PREFIXES = [
    ['github_pat_', 'fine-grained'],
    ['ghp_', 'classic'],
    ['gho_', 'oauth'],
    ['ghu_', 'app-user'],
    ['ghs_', 'installation'],
    ['ghr_', 'refresh'],
];
/** Tells the kind of a token from its prefix; `unknown` for everything that is not one of GitHub's spellings. */
function deriveGithubTokenKind(token) {
    return PREFIXES.find(([prefix]) => token.startsWith(prefix))?.[1] ?? 'unknown';
}

;// CONCATENATED MODULE: ./lib/core/probes/decide-routing.js
const KIND_NAMES = {
    'fine-grained': 'a fine-grained token (github_pat_)',
    classic: 'a classic token (ghp_)',
    oauth: 'an OAuth token (gho_)',
    'app-user': 'a GitHub App user token (ghu_)',
    installation: 'an installation token (ghs_)',
    refresh: 'a refresh token (ghr_)',
    unknown: 'a credential of unknown kind',
};
/** Kinds that may be exchanged at all; everything else gets 403 there, always. */
const EXCHANGEABLE = ['oauth', 'app-user'];
// Refusals of the way the token was presented. A dead token or a policy would be refused after an exchange as well.
const SOLVED_BY_EXCHANGE = [
    'copilot-header-malformed',
    'copilot-integration-refused',
    'copilot-unauthorized',
    'copilot-forbidden',
];
/**
 * How the Copilot port authenticates. `auto` does what Copilot CLI does on every host, which is to send the GitHub token itself,
 * and exchanges it only where the token may be exchanged and the direct way was refused for its form.
 */
function decideRouting({ configured, tokenKind, injectVerdict }) {
    if (configured !== 'auto')
        return { mode: configured, reason: `copilot-routing is set to ${configured}.` };
    if (tokenKind === undefined) {
        return { mode: 'passthrough', reason: 'No copilot-github-token is given, so the client keeps its own credential.' };
    }
    const name = KIND_NAMES[tokenKind];
    if (injectVerdict === undefined || injectVerdict.verdict === 'valid') {
        const proof = injectVerdict === undefined ? '' : ', and the probe confirmed it';
        return { mode: 'inject', reason: `Copilot takes ${name} as it is, the way Copilot CLI sends it${proof}.` };
    }
    const isFormRefused = injectVerdict.verdict === 'rejected' && SOLVED_BY_EXCHANGE.includes(injectVerdict.cause);
    if (isFormRefused && EXCHANGEABLE.includes(tokenKind)) {
        return {
            mode: 'exchange',
            reason: `Copilot refused ${name} as it is (${injectVerdict.cause}), and this kind may be exchanged.`,
        };
    }
    return { mode: 'inject', reason: deriveStayReason(name, injectVerdict.cause, EXCHANGEABLE.includes(tokenKind)) };
}
/**
 * Whether to try the scheme `token` once instead of `Bearer`: only on 400 with exactly this complaint. Everywhere else the scheme
 * is not the problem, and a second try would only hide the cause.
 */
function decideSchemeFallback(answer) {
    return (answer.kind === 'answer' && answer.status === 400 && /authorization header is badly formatted/i.test(answer.body));
}
function deriveStayReason(name, cause, isExchangeable) {
    const why = isExchangeable ? 'an exchange would not change that' : 'this kind cannot be exchanged';
    return `The probe with ${name} ended with ${cause}, and ${why}, so it is sent as it is.`;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/validation/discover-copilot.js


/** Asks GitHub which Copilot host serves the token's plan; the table's host when nobody names an acceptable one. */
async function discoverCopilot(context, secret, tokenKind) {
    const { topology } = context.config;
    const headers = [['authorization', `Bearer ${secret.reveal()}`]];
    let reason = 'installation tokens use the default host';
    for (const request of deriveDiscoveryRequests(topology, tokenKind)) {
        const answer = await sendTwice(context, request, { headers });
        const discovery = readDiscovery(answer, topology);
        if (discovery.kind === 'found')
            return { upstream: discovery.upstream, reason: 'GitHub named this host' };
        reason = discovery.reason;
    }
    return { upstream: topology.copilot, reason };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/validation/prepared.js
const MOST_MODELS = 500;
/** The check of a provider before anything was asked. */
function uncheckedCheck(provider, route) {
    return {
        provider: provider.id,
        verdict: 'unchecked',
        cause: 'unchecked',
        message: 'The credential was not checked.',
        fix: '',
        status: null,
        ms: 0,
        upstream: provider.upstream,
        ...route,
        scheme: 'bearer',
        models: [],
    };
}
/** The check of a provider whose source gave no credential: there is nothing that could be probed. */
function failedCheck(base, failure, ms) {
    return {
        ...base,
        verdict: 'rejected',
        cause: failure?.cause ?? 'credential-unavailable',
        message: failure?.message ?? 'The source gave no credential.',
        fix: failure?.fix ?? 'See the log of the sidecar for the cause.',
        ms: Math.round(ms),
    };
}
/** Fills in what a probe found. */
function checkOf(base, outcome, extra) {
    const { reading, answer } = outcome;
    return {
        ...base,
        verdict: reading.verdict,
        cause: reading.cause,
        message: reading.message,
        fix: reading.fix,
        status: answer.kind === 'answer' ? answer.status : null,
        ms: Math.round(extra.ms),
        models: reading.models.slice(0, MOST_MODELS),
        ...(extra.missingModel === undefined ? {} : { missingModel: extra.missingModel }),
    };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/validation/prepare-copilot.js






/** Finds host, scheme and routing mode for a Copilot token, and proves them with one free listing. */
async function prepareCopilot(sources, subject) {
    const { provider, secret, credential } = subject;
    const context = sources.validation;
    const tokenKind = deriveGithubTokenKind(secret.reveal());
    const probe = { provider, tokenKind, topology: context.config.topology };
    const copilot = { sources, context, provider, probe, credential, secret, startedAt: context.now() };
    const base = await findUpstream(copilot);
    if (provider.routing === 'exchange')
        return prepareExchange(copilot, base);
    const isProbed = context.config.validate !== 'off';
    const injected = isProbed ? await probeInject(copilot, base) : { check: base, outcome: undefined };
    const injectVerdict = injected.outcome?.reading;
    const decision = decideRouting({
        configured: provider.routing,
        tokenKind,
        ...(injectVerdict === undefined ? {} : { injectVerdict }),
    });
    if (decision.mode === 'exchange') {
        const exchanged = await prepareExchange(copilot, { ...base, routingReason: decision.reason });
        if (exchanged.check.verdict === 'valid')
            return exchanged;
        exchanged.credential?.close();
    }
    const routing = { routing: 'inject', routingReason: decision.reason };
    return { check: { ...injected.check, ...routing }, credential, restCredential: credential };
}
async function findUpstream({ context, provider, probe, secret }) {
    const base = uncheckedCheck(provider, { routing: 'inject', routingReason: '' });
    if (provider.upstreamIsExplicit)
        return base;
    const found = await discoverCopilot(context, secret, probe.tokenKind ?? 'unknown');
    return { ...base, upstream: found.upstream };
}
async function probeInject(copilot, base) {
    const ask = (check) => probeProvider(copilot.context, check, copilot);
    let check = base;
    let outcome = await ask(check);
    if (decideSchemeFallback(outcome.answer)) {
        const withToken = { ...check, scheme: 'token' };
        const second = await ask(withToken);
        if (second.reading.verdict === 'valid')
            [check, outcome] = [withToken, second];
    }
    if (isMisdirected(outcome) && !copilot.provider.upstreamIsExplicit) {
        const found = await discoverCopilot(copilot.context, copilot.secret, copilot.probe.tokenKind ?? 'unknown');
        if (found.upstream.hostname !== check.upstream.hostname) {
            check = { ...check, upstream: found.upstream };
            outcome = await ask(check);
        }
    }
    const missingModel = await findMissingModel(copilot.provider, outcome, () => ask(check));
    return { check: checkOf(check, outcome, { ms: copilot.context.now() - copilot.startedAt, missingModel }), outcome };
}
async function prepareExchange(copilot, base) {
    const { context, provider, credential: restCredential } = copilot;
    const exchange = createExchangeCredential(copilot.sources, { probe: copilot.probe, github: restCredential });
    const ms = () => context.now() - copilot.startedAt;
    const reason = base.routingReason === '' ? decideRouting({ configured: 'exchange' }).reason : base.routingReason;
    const check = { ...base, routing: 'exchange', routingReason: reason };
    const token = await Promise.resolve(exchange.credential.current()).catch(() => undefined);
    const last = exchange.last();
    if (token === undefined || last?.kind !== 'token') {
        const cause = last?.kind === 'cause' ? last : undefined;
        const refused = { ...check, verdict: cause?.verdict ?? 'inconclusive', cause: cause?.cause ?? 'no-answer' };
        const { message, fix } = { message: cause?.message ?? 'The token exchange gave no answer.', fix: cause?.fix ?? '' };
        return { check: { ...refused, message, fix, ms: ms() }, credential: exchange.credential, restCredential };
    }
    const named = provider.upstreamIsExplicit ? undefined : last.upstream;
    const target = { ...check, upstream: named ?? check.upstream };
    if (context.config.validate === 'off')
        return { check: target, credential: exchange.credential, restCredential };
    const ask = () => probeProvider(context, target, { probe: copilot.probe, secret: token });
    const outcome = await ask();
    const missingModel = await findMissingModel(provider, outcome, ask);
    return {
        check: checkOf(target, outcome, { ms: ms(), missingModel }),
        credential: exchange.credential,
        restCredential,
    };
}
function isMisdirected(outcome) {
    return outcome.answer.kind === 'answer' && outcome.answer.status === 421;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/validation/prepare-providers.js






/**
 * Obtains and proves the credential of every provider, in parallel.
 * @param known outcome of an earlier worker of this run: nothing is asked again then.
 * @throws when a credential that must be there is empty: the last guard before sockets are opened.
 */
async function prepareProviders(context, known) {
    return Promise.all(context.validation.config.providers.map((provider) => {
        const check = known?.find((each) => each.provider === provider.id);
        return check === undefined ? prepareProvider(context, provider) : resumeProvider(context, provider, check);
    }));
}
async function prepareProvider(context, provider) {
    const credential = createCredential(context, provider);
    if (credential === null)
        return prepareKeyless(provider);
    const startedAt = context.validation.now();
    const base = uncheckedCheck(provider, { routing: 'inject', routingReason: describeRouting(provider) });
    try {
        const secret = await credential.current();
        if (provider.dialect === 'copilot')
            return await prepareCopilot(context, { provider, credential, secret });
        return await proveProvider(context, { base, provider, credential, secret });
    }
    catch (error) {
        if (!(error instanceof CredentialUnavailableError))
            throw error;
        const check = failedCheck(base, error.failure, context.validation.now() - startedAt);
        const restCredential = provider.dialect === 'copilot' ? credential : null;
        return { check, credential, restCredential };
    }
}
async function proveProvider(context, proof) {
    const { base, provider, credential, secret } = proof;
    const { validation } = context;
    if (validation.config.validate === 'off')
        return { check: base, credential, restCredential: null };
    const startedAt = validation.now();
    const probe = { provider, topology: validation.config.topology };
    const ask = () => probeProvider(validation, base, { probe, secret });
    const outcome = await ask();
    const missingModel = await findMissingModel(provider, outcome, ask);
    const check = checkOf(base, outcome, { ms: validation.now() - startedAt, missingModel });
    return { check, credential, restCredential: null };
}
function describeRouting(provider) {
    const { kind } = provider.credential;
    return kind === 'static' ? 'The key is injected.' : `A credential from the source ${kind} is injected and renewed.`;
}
function prepareKeyless(provider) {
    const isPassthrough = provider.routing === 'passthrough';
    const routingReason = isPassthrough ? 'The client keeps its own credential.' : 'The upstream wants no key.';
    const check = uncheckedCheck(provider, { routing: isPassthrough ? 'passthrough' : 'inject', routingReason });
    return { check: { ...check, message: 'There is no credential to check.' }, credential: null, restCredential: null };
}
function resumeProvider(context, provider, check) {
    const credential = createCredential(context, provider);
    if (credential === null || provider.dialect !== 'copilot')
        return { check, credential, restCredential: null };
    if (check.routing !== 'exchange')
        return { check, credential, restCredential: credential };
    const probe = { provider, topology: context.validation.config.topology };
    const exchange = createExchangeCredential(context, { probe, github: credential });
    return { check, credential: exchange.credential, restCredential: credential };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/validation/rediscover.js


const running = new WeakMap();
/**
 * Asks GitHub again for the Copilot host, after a 421: the seat's plan and the host's plan differ. Parallel callers share one
 * question. True when another host was named and adopted.
 */
function rediscoverUpstream(context, runtime) {
    const pending = running.get(runtime);
    if (pending !== undefined)
        return pending;
    const asked = rediscover_ask(context, runtime).finally(() => running.delete(runtime));
    running.set(runtime, asked);
    return asked;
}
async function rediscover_ask(context, runtime) {
    const { config, check } = runtime;
    if (config.dialect !== 'copilot' || config.upstreamIsExplicit)
        return false;
    const secret = await runtime.credentialFor('rest')?.current();
    if (secret === undefined)
        return false;
    const found = await discoverCopilot(context, secret, deriveGithubTokenKind(secret.reveal()));
    if (found.upstream.hostname === check.upstream.hostname)
        return false;
    runtime.adopt({ ...check, upstream: found.upstream });
    return true;
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/wait-until.js
const POLL_MS = 20;
/** Resolves when the condition holds, or after the limit. */
function waitUntil(isDone, limitMs) {
    const end = performance.now() + limitMs;
    return new Promise((resolve) => {
        const look = () => {
            if (isDone() || performance.now() >= end)
                resolve();
            else
                setTimeout(look, POLL_MS);
        };
        look();
    });
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/service.js




















/** All probes of a start together: whoever waits for the step shall know within this. */
const ALL_PROBES_MS = 15_000;
/** Under load a worker's sudden death may lose the figures and budgets of one interval; otherwise nothing. */
const FIGURES = { burst: 16, everyMs: 50 };
/** Obtains and proves every credential, then builds the servers. No socket is accepted before this has resolved. */
async function createService(options) {
    const { config, secrets } = options.boot.launch;
    const client = createClient(options.boot.launch);
    const validation = createValidation(options, client);
    const sources = createSourceContext({ ...options, secrets, validation });
    const prepared = await prepareProviders(sources, options.boot.checks);
    const { replayBufferBytes } = config.refresh ?? DEFAULT_REFRESH_POLICY;
    const runtimes = prepared.map((part, index) => {
        const provider = config.providers[index];
        const extraHeaders = validation.extraHeaders(provider);
        return new ProviderRuntime({
            ...part,
            config: provider,
            rest: config.topology.rest,
            extraHeaders,
            replayBufferBytes,
        });
    });
    return buildService({ options, client, validation, runtimes });
}
function buildService(parts) {
    const { options, runtimes } = parts;
    const state = createState(options);
    const checks = () => runtimes.map((runtime) => runtime.check);
    const current = () => withLostLines(state.report, options.log);
    const { config } = options.boot.launch;
    const status = createStatusPage({ ...options, config, checks, report: current, redact: options.redactor.redact });
    const context = createRequestContext(parts, state, { checks, status });
    const servers = new Map(runtimes.map((runtime) => [runtime.config.id, createProviderServer(context, runtime)]));
    const management = createManagement(options, { checks, report: current, status });
    servers.set('management', (socket) => void management.emit('connection', socket));
    return {
        checks,
        accept: (listener, handle) => servers.get(listener)?.(handle),
        drain: async (drainMs) => {
            state.isStopping = true;
            await waitUntil(() => state.active === 0, drainMs);
        },
        onFirewallDigest: status.onFirewallDigest,
    };
}
function createState({ boot, log, onFigures }) {
    const report = boot.figures?.report ?? createReport();
    report.workerRestarts = boot.restarts;
    const used = boot.figures?.used ?? { requests: 0, tokens: 0 };
    const limits = createLimits({ ...boot.launch.config.limits, used });
    const onChange = createThrottle(FIGURES, () => {
        onFigures({ report: withLostLines(report, log), used: limits.used() });
    });
    return { report, limits, active: 0, isStopping: false, onChange };
}
function withLostLines(report, log) {
    report.lostLogLines = log.lost;
    return report;
}
function createRequestContext({ options, client, validation }, state, { checks, status }) {
    const { config, secrets } = options.boot.launch;
    const tokens = deriveRunTokens(readLaunchSecret(secrets, 'run-token'));
    return {
        client,
        limits: state.limits,
        guard: createClientGuard({ clientAuth: config.clientAuth, runnerUid: config.runnerUid, tokens }),
        nextId: createIds(config.runId, options.boot.restarts),
        rediscover: async (runtime) => {
            const isMoved = await rediscoverUpstream(validation, runtime);
            if (!isMoved)
                return false;
            options.onChecks(checks());
            options.onLifecycle('rediscovered', { provider: runtime.config.id, detail: runtime.check.upstream.hostname });
            return true;
        },
        onStart: () => {
            state.active += 1;
            // A request that a dying worker was busy with has been admitted: it must count in the next worker's budget.
            if (config.limits.maxRequests !== null)
                state.onChange();
        },
        onEvent: (event) => {
            state.active -= 1;
            state.onChange();
            const clean = cleanModel(event, options.redactor);
            addRequest(state.report, clean);
            status.push(options.log.append(clean));
        },
        isStopping: () => state.isStopping,
        refreshRules: (config.refresh ?? DEFAULT_REFRESH_POLICY).onStatus,
    };
}
function createManagement(options, views) {
    const { config, secrets } = options.boot.launch;
    return createManagementServer({
        ...views,
        runId: config.runId,
        controlToken: readLaunchSecret(secrets, 'control-token'),
        nodeVersion: options.nodeVersion.replace(/^v/, ''),
        ports: options.ports,
        stop: async (drainMs) => {
            await options.stop(drainMs);
            return views.report();
        },
        onStopped: options.onStopped,
    });
}
function createClient(launch) {
    const { config, secrets } = launch;
    return createUpstreamClient({
        proxyFor: createProxyChoice({
            https: secrets['proxy.https'],
            http: secrets['proxy.http'],
            noProxy: config.noProxy,
        }),
        extraCa: config.extraCa,
        idleTimeoutMs: config.streamIdleTimeoutMs,
        ...createLookup(config),
    });
}
function createLookup({ nameservers, hosts }) {
    if (nameservers === undefined)
        return {};
    return { lookup: createUpstreamLookup({ hosts: hosts ?? '', servers: createNameServers(nameservers) }) };
}
function createValidation(options, client) {
    const { config, secrets } = options.boot.launch;
    const started = performance.now();
    return {
        config,
        sender: createProbeSender(client, options.redactor.redact),
        extraHeaders: (provider) => provider.extraHeaderNames.map((name) => [name, readLaunchSecret(secrets, `header.${name}`)]),
        // After the start the same context serves re-discovery and renewals, each with a budget of its own.
        remainingMs: () => (options.ports() === undefined ? started + ALL_PROBES_MS - performance.now() : ALL_PROBES_MS),
        pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        now: () => performance.now(),
    };
}
function createIds(runId, restarts) {
    let count = 0;
    return () => {
        count += 1;
        return `${runId.slice(0, 8)}-${restarts}-${count}`;
    };
}

;// CONCATENATED MODULE: ./lib/sidecar/worker/run-worker.js






/** Starts a worker; everything it does is answered to messages of the supervisor. */
function runWorker(effects) {
    return new Worker(effects);
}
class Worker {
    #effects;
    #log;
    #sidecarLog;
    #sources;
    #service;
    #redactor;
    #ports;
    constructor(effects) {
        this.#effects = effects;
        this.#sidecarLog = createSidecarLog(effects.say);
        this.#log = createAccessLog(writeToDescriptor(effects.accessLogFd), {
            onFirstLoss: (code) => this.#sidecarLog.say('error', `access log: it could not be written (${code}); requests go on without their lines`),
        });
        this.#sources = createSourceClient((message) => effects.send(message));
    }
    onMessage(message, handle) {
        switch (message.kind) {
            case 'boot':
                this.#boot(message).catch((error) => this.#fail(error));
                return;
            case 'bound':
                this.#ports = message.ports;
                return;
            case 'connection':
                this.#effects.send({ kind: 'taken', id: message.id });
                this.#accept(message.listener, handle);
                return;
            case 'roll-call':
                this.#effects.send({ kind: 'present', upTo: message.upTo });
                return;
            case 'drain':
                this.#stop(1000).then(() => this.#leave(), () => this.#leave());
                return;
            case 'source-result':
            case 'source-changed':
                this.#sources.onMessage(message);
                return;
            case 'firewall-digest':
                this.#service?.onFirewallDigest(message.digest);
        }
    }
    /** Anything thrown outside of a request's own handling: said, and survived. */
    onDefect(error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.#sidecarLog.say('error', this.#redactor?.redact(`defect: ${text}`) ?? 'defect before the start');
    }
    async #boot(boot) {
        const { config, secrets } = boot.launch;
        const redactor = createLiveRedactor(Object.values(secrets).filter((value) => value !== undefined));
        this.#redactor = redactor;
        this.#sidecarLog.wanted = config.logLevel;
        const service = await createService({
            boot,
            redactor,
            sources: this.#sources,
            nodeVersion: this.#effects.nodeVersion,
            ports: () => this.#ports,
            log: this.#log,
            onLifecycle: (what, detail) => this.#note(what, detail),
            onFigures: (figures) => this.#effects.send({ kind: 'figures', figures }),
            onRotated: (name, value) => this.#effects.send({ kind: 'secret-rotated', name, value: value.reveal() }),
            onChecks: (checks) => this.#effects.send({ kind: 'checks', checks }),
            askFirewall: () => this.#effects.send({ kind: 'firewall-wanted' }),
            stop: (drainMs) => this.#stop(drainMs),
            onStopped: () => this.#leave(),
        });
        this.#service = service;
        const checks = service.checks();
        for (const check of checks)
            this.#sidecarLog.say('debug', redactor.redact(renderCheck(check)));
        if (boot.checks === null) {
            this.#effects.send({ kind: 'validated', checks });
            if (config.validate === 'strict' && checks.some(isBlockingCheck)) {
                this.#effects.send({ kind: 'failed', reason: renderRejected(checks) });
                return;
            }
        }
        this.#effects.send({ kind: 'serving' });
    }
    #accept(listener, handle) {
        if (handle === undefined || handle === null)
            return;
        this.#sidecarLog.say('debug', `connection to ${listener}`);
        this.#service?.accept(listener, handle);
    }
    async #stop(drainMs) {
        this.#effects.send({ kind: 'stopping' });
        this.#sidecarLog.say('debug', `drain begins, for ${drainMs} ms at most`);
        await this.#service?.drain(drainMs);
        await this.#log.flush();
        this.#sidecarLog.say('debug', 'drain is over');
    }
    #leave() {
        this.#effects.send({ kind: 'stopped' });
    }
    #note(what, detail) {
        const event = { kind: 'lifecycle', time: new Date().toISOString(), what, ...detail };
        this.#log.append(event);
        this.#sidecarLog.note(event);
    }
    #fail(error) {
        this.onDefect(error);
        this.#effects.send({ kind: 'failed', reason: 'The sidecar could not prepare its credentials' });
    }
}
function renderCheck({ provider, verdict, cause, routing, upstream }) {
    return `checked: ${provider}: ${verdict} (${cause}), ${routing} at ${upstream.hostname}`;
}
function renderRejected(checks) {
    const names = checks.filter(isBlockingCheck).map((check) => check.provider);
    return `Validation failed for ${names.join(', ')}`;
}

;// CONCATENATED MODULE: ./lib/sidecar/write-line.js

/** Writes a line of JSON to an inherited descriptor. A reader that went away, or a full disk, must not end the sidecar. */
function writeLine(fd, line) {
    writeText(fd, JSON.stringify(line));
}
/** Writes a line of text, as {@link writeLine} does. */
function writeText(fd, line) {
    try {
        (0,external_node_fs_.writeSync)(fd, `${line}\n`);
    }
    catch {
        // Nothing can be told through a channel that is broken.
    }
}

;// CONCATENATED MODULE: ./lib/entry/worker.js


const [ACCESS_LOG_FD, SIDECAR_LOG_FD] = [1, 2];
// The channel to the supervisor is the worker's life: without it nobody holds the sockets any more.
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGHUP', 'SIGPIPE', 'SIGTERM'])
    process.on(signal, () => undefined);
const worker = runWorker({
    accessLogFd: ACCESS_LOG_FD,
    // What cannot be sent has nobody left to hear it: 'disconnect' follows.
    send: (message) => void process.send?.(message, () => undefined),
    say: (line) => writeText(SIDECAR_LOG_FD, line),
    nodeVersion: process.version,
});
process.on('message', (message, handle) => worker.onMessage(message, handle));
// A fault in one request must not end the others; what is seen here is a defect, so it is said aloud.
process.on('uncaughtException', (error) => worker.onDefect(error));
process.on('unhandledRejection', (error) => worker.onDefect(error));

