import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 321:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/consumers");

/***/ }),

/***/ 418:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  s: () => (/* binding */ startRelay)
});

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
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

;// CONCATENATED MODULE: ./lib/core/policy/ip-address.js

const BITS = { 4: 32, 6: 128 };
/** Parses an address literal without brackets, port or zone; undefined for anything else (also `127.1` and `0x7f.0.0.1`). */
function ip_address_parseIpAddress(text) {
    if (text.includes('%'))
        return undefined;
    const family = (0,external_node_net_namespaceObject.isIP)(text);
    if (family === 4)
        return { family, value: readIpv4(text) };
    return family === 6 ? { family, value: readIpv6(text) } : undefined;
}
/** Parses an address, or a network as `address/bits`; bits of the host part may be set. */
function parseIpNetwork(text) {
    const [address = '', bits, ...rest] = text.split('/');
    const parsed = ip_address_parseIpAddress(address);
    if (parsed === undefined || rest.length > 0)
        return undefined;
    const width = BITS[parsed.family];
    if (bits === undefined)
        return { ...parsed, prefix: width };
    const prefix = /^(0|[1-9]\d{0,2})$/.test(bits) ? Number(bits) : Number.NaN;
    return prefix <= width ? { ...parsed, prefix } : undefined;
}
/** For tables in the sources. Throws when the text is no network: a mistake of ours. */
function createNetwork(text) {
    const network = parseIpNetwork(text);
    if (network === undefined)
        throw new TypeError(`${text} is no network`);
    return network;
}
/** The network without the bits of the host part. */
function deriveNetwork({ family, value, prefix }) {
    const shift = BigInt(BITS[family] - prefix);
    return { family, value: (value >> shift) << shift, prefix };
}
/** True when the address lies in the network; never across families. */
function ip_address_containsAddress(network, address) {
    if (network.family !== address.family)
        return false;
    const shift = BigInt(BITS[network.family] - network.prefix);
    return network.value >> shift === address.value >> shift;
}
/** True when one of the two networks lies in the other. */
function ip_address_overlaps(left, right) {
    return left.prefix <= right.prefix ? ip_address_containsAddress(left, right) : ip_address_containsAddress(right, left);
}
/** True for a network of exactly one address. */
function isSingleAddress({ family, prefix }) {
    return prefix === BITS[family];
}
/** Canonical spelling: dotted decimals, or the shortest lower-case form of RFC 5952. */
function renderIpAddress({ family, value }) {
    if (family === 4)
        return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
    const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn);
    return new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]`).hostname.slice(1, -1);
}
/** Canonical spelling; a network of one address is written without its prefix. */
function renderIpNetwork(network) {
    const address = renderIpAddress(network);
    return isSingleAddress(network) ? address : `${address}/${network.prefix}`;
}
function readIpv4(text) {
    return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}
/** @param text is a valid IPv6 address: the end may be dotted decimals, `::` stands at most once. */
function readIpv6(text) {
    const dotted = /\d+\.\d+\.\d+\.\d+$/.exec(text)?.[0];
    const tail = dotted === undefined ? 0n : readIpv4(dotted);
    const plain = dotted === undefined
        ? text
        : `${text.slice(0, -dotted.length)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
    const [before = '', after] = plain.split('::');
    const head = splitGroups(before);
    const rest = after === undefined ? [] : splitGroups(after);
    const gap = Array.from({ length: 8 - head.length - rest.length }, () => '0');
    return [...head, ...gap, ...rest].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}
function splitGroups(text) {
    return text === '' ? [] : text.split(':');
}

;// CONCATENATED MODULE: ./lib/core/policy/address-classes.js

const range = (network, kind, name) => ({
    network: createNetwork(network),
    class: kind,
    name,
});
const METADATA = 'the metadata service of a cloud';
/**
 * The first row that holds an address decides. Networks for documentation (192.0.2.0/24, 2001:db8::/32 …) are not listed:
 * nothing answers there, and tests need addresses that count as the outside.
 */
const ADDRESS_RANGES = [
    range('0.0.0.0/8', 'closed', 'the unspecified address'),
    range('127.0.0.0/8', 'closed', 'loopback'),
    range('169.254.0.0/16', 'closed', 'link-local, with the metadata services of the clouds'),
    range('168.63.129.16', 'closed', 'the agent of the virtual machine (Azure)'),
    range('100.100.100.200', 'closed', METADATA),
    range('192.0.0.0/24', 'closed', 'reserved for protocols, with a metadata service in it'),
    range('192.88.99.0/24', 'closed', 'a 6to4 relay'),
    range('198.18.0.0/15', 'closed', 'the range from which the firewall answers look-ups'),
    range('224.0.0.0/4', 'closed', 'multicast'),
    range('240.0.0.0/4', 'closed', 'reserved or broadcast'),
    range('10.0.0.0/8', 'private', 'a private network'),
    range('100.64.0.0/10', 'private', 'a carrier’s or cluster’s network (CGNAT)'),
    range('172.16.0.0/12', 'private', 'a private network'),
    range('192.168.0.0/16', 'private', 'a private network'),
    range('::', 'closed', 'the unspecified address'),
    range('::1', 'closed', 'loopback'),
    // Another spelling of an IPv4 address: whoever means one can write it, and nobody can hide one.
    range('::ffff:0:0/96', 'closed', 'an IPv4 address in IPv6 form'),
    range('::/96', 'closed', 'an IPv4 address in IPv6 form'),
    range('64:ff9b:1::/48', 'closed', 'local NAT64, which hides an IPv4 address'),
    range('2001::/32', 'closed', 'Teredo, which hides an IPv4 address'),
    range('2002::/16', 'closed', '6to4, which hides an IPv4 address'),
    range('fd00:ec2::254', 'closed', METADATA),
    range('fd20:ce::254', 'closed', METADATA),
    range('2001:10::/28', 'closed', 'no address of a machine (ORCHID)'),
    range('2001:20::/28', 'closed', 'no address of a machine (ORCHID)'),
    range('fe80::/10', 'closed', 'link-local'),
    range('ff00::/8', 'closed', 'multicast'),
    range('fc00::/7', 'private', 'a private network (ULA)'),
    range('fec0::/10', 'private', 'a private network (site-local)'),
];
const NAT64 = createNetwork('64:ff9b::/96');
const GLOBAL_UNICAST = createNetwork('2000::/3');
const UNASSIGNED = 'outside of global unicast';
/**
 * Classifies an address. One of the well-known NAT64 prefix counts as the IPv4 address inside, since on an IPv6-only network
 * every IPv4 host is reached that way.
 */
function classifyAddress(address) {
    if (ip_address_containsAddress(NAT64, address))
        return classifyAddress({ family: 4, value: address.value & 0xffffffffn });
    const found = ADDRESS_RANGES.find((row) => ip_address_containsAddress(row.network, address));
    if (found !== undefined)
        return { class: found.class, name: found.name };
    const isGlobal = address.family === 4 || ip_address_containsAddress(GLOBAL_UNICAST, address);
    return isGlobal ? { class: 'public' } : { class: 'closed', name: UNASSIGNED };
}
/**
 * The closed range that a network touches, as a name; undefined when it touches none. A NAT64 network counts as closed: its
 * IPv4 form is what belongs in a rule.
 */
function findClosedRange(network) {
    if (overlaps(NAT64, network))
        return 'NAT64: an IPv4 address in IPv6 form';
    const found = ADDRESS_RANGES.find((row) => row.class === 'closed' && overlaps(row.network, network));
    if (found !== undefined)
        return found.name;
    const isPlaced = network.family === 4 || isPrivateNetwork(network) || overlaps(GLOBAL_UNICAST, network);
    return isPlaced ? undefined : UNASSIGNED;
}
/** True when the whole network lies in one private range. */
function isPrivateNetwork(network) {
    return ADDRESS_RANGES.some((row) => row.class === 'private' && row.network.prefix <= network.prefix && containsAddress(row.network, network));
}
/**
 * True for every address that a name on the internet must not lead to: private, loopback, link-local, CGNAT, metadata,
 * multicast, made up by our own DNS answers, IPv4 in disguise, one of this machine's own, or no address at all.
 * @param own addresses of this machine's interfaces.
 */
function isInternalAddress(address, own = []) {
    const parsed = parseIpAddress(address);
    if (parsed === undefined || classifyAddress(parsed).class !== 'public')
        return true;
    return isOwnAddress(parsed, own);
}
/** True when the address, or the IPv4 address inside it, is one of this machine's. */
function isOwnAddress(address, own) {
    const inner = ip_address_containsAddress(NAT64, address) ? { family: 4, value: address.value & 0xffffffffn } : address;
    return own.some((text) => {
        const parsed = ip_address_parseIpAddress(text.replace(/%.*$/, ''));
        return parsed !== undefined && parsed.family === inner.family && parsed.value === inner.value;
    });
}

;// CONCATENATED MODULE: ./lib/core/policy/policy-index.js


const indexes = new WeakMap();
/** The index of a policy; made at the first question and kept as long as the policy object lives. */
function indexPolicy(policy) {
    const known = indexes.get(policy);
    if (known !== undefined)
        return known;
    const index = createPolicyIndex(policy);
    indexes.set(policy, index);
    return index;
}
/** Makes the index of a policy. Throws when an address rule is not readable: it was not made by our parser. */
function createPolicyIndex(policy) {
    const hosts = groupByName(policy.hosts.filter((rule) => rule.kind === 'host'));
    const wildcards = groupByName(policy.hosts.filter((rule) => rule.kind === 'wildcard'));
    const deniedHosts = groupByName(policy.denied.filter((rule) => rule.kind === 'host'));
    const deniedZones = groupByName(policy.denied.filter((rule) => rule.kind === 'wildcard'));
    return {
        findHosts: (name) => hosts.get(name) ?? [],
        findWildcards: (name) => findInParents(wildcards, name),
        findDeny: (name) => deniedHosts.get(name)?.[0] ?? findInParents(deniedZones, name)[0],
        findAddresses: createAddressFinder(policy.addresses),
    };
}
function groupByName(rules) {
    return Map.groupBy(rules, (rule) => rule.name);
}
function findInParents(rules, name) {
    if (rules.size === 0)
        return [];
    const found = [];
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        const parent = rules.get(name.slice(dot + 1));
        if (parent !== undefined)
            found.push(...parent);
    }
    return found;
}
/** Rules by family and length of prefix, so that one question costs one look-up for each length that occurs. */
function createAddressFinder(rules) {
    const shapes = new Map();
    for (const rule of rules) {
        const network = readNetwork(rule);
        const key = `${network.family}/${network.prefix}`;
        const entry = shapes.get(key) ?? { shape: network, rules: new Map() };
        shapes.set(key, entry);
        const bits = shiftToPrefix(network, network);
        entry.rules.set(bits, [...(entry.rules.get(bits) ?? []), rule]);
    }
    const ordered = [...shapes.values()].sort((left, right) => right.shape.prefix - left.shape.prefix);
    return (address) => ordered
        .filter(({ shape }) => shape.family === address.family)
        .flatMap((entry) => entry.rules.get(shiftToPrefix(entry.shape, address)) ?? []);
}
function shiftToPrefix({ family, prefix }, { value }) {
    return value >> BigInt((family === 4 ? 32 : 128) - prefix);
}
function readNetwork({ network }) {
    const parsed = parseIpNetwork(network);
    if (parsed === undefined || !ip_address_containsAddress(parsed, parsed))
        throw new TypeError('an address rule holds no network');
    return parsed;
}
/** The nearest parent for which a rule is exact, where a wildcard would have been needed. */
function findExactParent(index, name) {
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        const rule = index.findHosts(name.slice(dot + 1))[0];
        if (rule !== undefined && isSubdomainOf(name, rule.name))
            return rule;
    }
    return undefined;
}

;// CONCATENATED MODULE: ./lib/core/policy/render-rule.js


/** The rule as it would stand in `allowed-domains`, in the shortest spelling that the parser reads back as the same rule. */
function renderRule(rule) {
    const name = renderName(rule);
    switch (rule.scheme) {
        case 'https':
            return rule.port === 443 ? name : `${name}:${rule.port}`;
        case 'http':
            return rule.port === 80 ? `http://${name}` : `http://${name}:${rule.port}`;
        case 'tcp':
            return `tcp://${name}:${rule.port}`;
    }
}
/** `!example.com` or `!*.example.com`. */
function renderDenyRule(rule) {
    return `!${renderName(rule)}`;
}
/** As it would stand in `allowed-ips`: `10.0.0.0/8`, `192.0.2.5:443`, `[2001:db8::1]:443`. */
function renderAddressRule({ network, port }) {
    if (port === null)
        return network;
    return network.includes(':') ? `[${network}]:${port}` : `${network}:${port}`;
}
/** A destination that no rule names, in the form of one: what a suggestion offers. */
function renderDestination(name, port, scheme) {
    const address = parseIpAddress(name);
    if (address !== undefined)
        return renderAddressRule({ network: name, port });
    return renderRule({ kind: 'host', name, scheme, port });
}
function renderName({ kind, name }) {
    return kind === 'wildcard' ? `*.${name}` : renderHost(name);
}
/** Every rule of a policy in its order: deny rules first, because they win. */
function listRules(policy) {
    const list = (verdict, rule, origin) => ({
        verdict,
        rule,
        origin: origin.kind,
        reason: renderOrigin(origin),
    });
    return [
        ...policy.denied.map((rule) => list('deny', renderDenyRule(rule), rule.origin)),
        ...policy.hosts.map((rule) => list('allow', renderRule(rule), rule.origin)),
        ...policy.addresses.map((rule) => list('allow', renderAddressRule(rule), rule.origin)),
    ];
}
/** Why a rule stands there, for logs and tables. */
function renderOrigin(origin) {
    switch (origin.kind) {
        case 'user':
            return `line ${origin.line} of the inputs`;
        case 'bundle':
            return `bundle ${origin.bundle}: ${origin.reason}`;
        case 'topology':
            return origin.reason;
        case 'runner':
            return `the runner itself: ${origin.reason}`;
    }
}
/**
 * The policy in AWF's form. There a plain name also allows every sub-name, so an exact rule becomes wider; `*.name` is a wildcard
 * as here. `http://` and `https://` limit a name to one protocol; a rule for both is written once, without.
 */
function renderAwfDomains(policy) {
    const schemes = new Map();
    const left = policy.addresses.map(renderAddressRule);
    for (const rule of policy.hosts) {
        const isUsual = (rule.scheme === 'https' && rule.port === 443) || (rule.scheme === 'http' && rule.port === 80);
        if (!isUsual)
            left.push(renderRule(rule));
        else
            schemes.set(renderName(rule), (schemes.get(renderName(rule)) ?? new Set()).add(rule.scheme));
    }
    const allow = [...schemes].map(([name, found]) => {
        const [only] = found;
        return found.size === 1 ? `${only}://${name}` : name;
    });
    return {
        allow: allow.sort(),
        block: [...new Set(policy.denied.map(renderName))].sort(),
        left: [...new Set(left)],
    };
}

;// CONCATENATED MODULE: ./lib/core/policy/decide.js





/**
 * Decides what may be reached by name. Deny rules win; a rule allows its own port only, with TLS or HTTP inside as it says (a `tcp`
 * rule whatever is inside). The decision is the same in both modes: `audit` lets a blocked connection pass and says so.
 * A blocked decision names the rule that denies it, or the nearest one that would have to be different.
 */
function decideDestination(policy, destination) {
    const { name, port } = destination;
    if (isIpLiteral(name))
        return decideAddress(policy, name, port);
    const index = indexPolicy(policy);
    const deny = index.findDeny(name);
    if (deny !== undefined)
        return { verdict: 'blocked', reason: 'denied', rule: renderDenyRule(deny) };
    const named = [...index.findHosts(name), ...index.findWildcards(name)];
    const matching = named.filter((rule) => matchesEnd(rule, destination));
    const [first] = matching;
    if (first !== undefined) {
        const mayBePrivate = matching.some((rule) => rule.mayBePrivate);
        return { verdict: 'allowed', rule: renderRule(first), mayBePrivate };
    }
    const [other] = named;
    if (other !== undefined)
        return { verdict: 'blocked', reason: 'port-not-allowed', rule: renderRule(other) };
    const near = findNearMiss(index, name);
    return { verdict: 'blocked', reason: 'not-allowed', ...(near === undefined ? {} : { rule: renderRule(near) }) };
}
function matchesEnd(rule, { port, scheme }) {
    return rule.port === port && (rule.scheme === scheme || rule.scheme === 'tcp');
}
/**
 * The rule that its author may have thought covers this name: one for a parent, which is exact, or a wildcard below the name,
 * which leaves the name itself out.
 */
function findNearMiss(index, name) {
    const below = index.findWildcards(`x.${name}`).find((rule) => rule.name === name);
    return below ?? findExactParent(index, name);
}
/**
 * Decides what may be reached by address alone, without a name: only what `allowed-ips` lists. A text that is no address is
 * refused like one that is not listed.
 */
function decideAddress(policy, address, port) {
    const parsed = ip_address_parseIpAddress(address);
    const rules = parsed === undefined ? [] : indexPolicy(policy).findAddresses(parsed);
    const rule = rules.find((row) => row.port === null || row.port === port);
    if (rule !== undefined)
        return { verdict: 'allowed', rule: renderAddressRule(rule), mayBePrivate: true };
    const [other] = rules;
    if (other !== undefined)
        return { verdict: 'blocked', reason: 'port-not-allowed', rule: renderAddressRule(other) };
    return { verdict: 'blocked', reason: 'address-literal' };
}
/**
 * Decides whether an allowed name may be followed to this address: against names that lead inside (rebinding). Public addresses
 * may; private ones only for a server of the customer's own or where `allowed-ips` lists them; this machine, its
 * hypervisor and its metadata service never.
 */
function decideResolvedAddress(policy, resolved) {
    const address = ip_address_parseIpAddress(resolved.address);
    if (address === undefined || isOwnAddress(address, resolved.own ?? []))
        return 'internal-address';
    switch (classifyAddress(address).class) {
        case 'public':
            return 'allowed';
        case 'closed':
            return 'internal-address';
        case 'private':
            if (resolved.mayBePrivate)
                return 'allowed';
            return decideAddress(policy, resolved.address, resolved.port).verdict === 'allowed'
                ? 'allowed'
                : 'internal-address';
    }
}

;// CONCATENATED MODULE: ./lib/egress/relay/create-relay-policy.js

/** An agent that makes up names must not make us remember them all. */
const MOST_KNOWN = 1024;
/** The rules of core, bound to one policy. What was decided is remembered: agents come back to few hosts again and again. */
function createRelayPolicy(policy) {
    const ports = new Set([
        ...policy.hosts.filter(({ scheme }) => scheme === 'tcp').map(({ port }) => port),
        ...policy.addresses.map(({ port }) => port),
    ]);
    return {
        mode: policy.mode,
        decideName: remember(({ name, port, scheme }) => `${scheme} ${port} ${name}`, (destination) => decideDestination(policy, destination)),
        decideAddress: (address, port) => decideAddress(policy, address, port),
        needsOrigin: (port) => ports.has(port) || ports.has(null),
        mayFollow: createFollow(policy),
    };
}
/** Remembers for one state of the machine's interfaces. */
function createFollow(policy) {
    const create = () => remember(({ address, port, mayBePrivate }) => `${mayBePrivate} ${port} ${address}`, (resolved) => decideResolvedAddress(policy, resolved) === 'allowed');
    let known = [];
    let follow = create();
    return (resolved) => {
        if (resolved.own !== known) {
            known = resolved.own;
            follow = create();
        }
        return follow(resolved);
    };
}
function remember(key, decide) {
    const known = new Map();
    return (question) => {
        const name = key(question);
        const before = known.get(name);
        if (before !== undefined)
            return before;
        if (known.size === MOST_KNOWN)
            known.clear();
        const answer = decide(question);
        known.set(name, answer);
        return answer;
    };
}

;// CONCATENATED MODULE: ./lib/egress/relay/descriptor-limit.js
/** Kept for name servers, listeners, the log and whatever the runtime needs. */
const RESERVED = 96;
const MOST_CLIENTS = 20_000;
const UNKNOWN_LIMIT = 1024;
/**
 * How many clients fit: each takes two descriptors, its own and that of the far side.
 * @param limits text of /proc/self/limits; empty where there is none
 */
function deriveMostClients(limits) {
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
    const descriptors = soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft ?? UNKNOWN_LIMIT);
    return Math.max(8, Math.min(MOST_CLIENTS, Math.floor((descriptors - RESERVED) / 2)));
}

;// CONCATENATED MODULE: ./lib/egress/relay/dial-error.js
/** An allowed connection that could not be made: by a rule about addresses, or by what the network said. */
class DialError extends Error {
    reason;
    /** An error code such as ECONNREFUSED. */
    failure;
    constructor(cause) {
        super(`Could not connect: ${cause.reason ?? cause.failure}`);
        this.name = 'DialError';
        this.reason = cause.reason;
        this.failure = cause.failure;
    }
}
/** Whatever went wrong, as a DialError: the code of a system error, and no text of it, which may hold an address or a name. */
function toDialError(error) {
    return error instanceof DialError ? error : new DialError({ failure: readErrorCode(error) ?? 'EFAIL' });
}
/** The code of a system error, read by its shape: errors of another realm are no instances of our class. */
function readErrorCode(error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    return typeof code === 'string' ? code : undefined;
}

;// CONCATENATED MODULE: external "node:readline"
const external_node_readline_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:readline");
;// CONCATENATED MODULE: ./lib/egress/relay/reply-channel.js

/** What may wait for a slow reader; beyond it events are counted and dropped, because traffic must not wait for the log. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** How long a line may wait for others, so that many of them cost one write. */
const COLLECT_MS = 10;
/** Writes to a stream that may be slow or break: neither stops the relay, and lost lines are said once there is room. */
function createReplyChannel(stream) {
    let isBroken = false;
    let lost = 0;
    stream.on('error', () => {
        isBroken = true;
    });
    let collected = '';
    let timer;
    const flush = () => {
        if (collected !== '')
            stream.write(collected);
        collected = '';
    };
    // The first line goes out at once; those that follow within the moment go out together at its end.
    const onMoment = () => {
        timer = collected === '' ? undefined : setTimeout(onMoment, COLLECT_MS).unref();
        flush();
    };
    const write = (reply) => {
        collected += `${JSON.stringify(reply)}\n`;
        if (timer !== undefined && reply.kind === 'event')
            return;
        flush();
        timer ??= setTimeout(onMoment, COLLECT_MS).unref();
    };
    const tellLost = () => {
        if (lost === 0)
            return;
        const event = { kind: 'lifecycle', time: new Date().toISOString(), what: 'log-incomplete', lines: lost };
        lost = 0;
        write({ kind: 'event', event, inode: null });
    };
    stream.on('drain', tellLost);
    return {
        send(reply) {
            if (isBroken || stream.destroyed)
                return;
            if (reply.kind === 'event' && stream.writableLength + collected.length > MAX_WAITING_BYTES)
                lost += 1;
            else
                write(reply);
        },
        listen(onLine) {
            if (!('readable' in stream) || !stream.readable)
                return false;
            (0,external_node_readline_namespaceObject.createInterface)({ input: stream }).on('line', onLine);
            return true;
        },
        close() {
            tellLost();
            clearTimeout(timer);
            flush();
            return new Promise((resolve) => {
                if (isBroken || stream.destroyed)
                    return resolve();
                stream.once('error', () => resolve());
                stream.end(() => resolve());
            });
        },
    };
}

;// CONCATENATED MODULE: ./lib/core/egress-wire/parse-hosts.js

/** Names of a hosts file with their addresses, in its order; names in lower case. Lines that say nothing usable are left out. */
function parseHosts(text) {
    const hosts = new Map();
    for (const line of text.split('\n')) {
        const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
        if ((0,external_node_net_namespaceObject.isIP)(address) === 0)
            continue;
        for (const name of names.map((each) => each.toLowerCase().replace(/\.$/, ''))) {
            const known = hosts.get(name);
            if (known === undefined)
                hosts.set(name, [address]);
            else if (!known.includes(address))
                known.push(address);
        }
    }
    return hosts;
}

;// CONCATENATED MODULE: ./lib/egress/relay/join-sides.js

/**
 * Joins a client and the far side both ways until both are gone: each end's half-close is passed on, a side that cannot take
 * more slows the other down, and a broken side breaks the other.
 * @param onClose called once.
 */
function joinSides(client, far, onClose) {
    passUp(client, far.socket);
    passDown(far, client);
    let open = 2;
    const closed = () => {
        open -= 1;
        if (open === 0)
            onClose();
    };
    for (const [one, other] of [
        [client, far.socket],
        [far.socket, client],
    ]) {
        one.once('error', () => resetSocket(other));
        // A side that was closed by force never ends the other one: a paused socket would wait for ever.
        onClosed(one, () => {
            if (!other.destroyed)
                other.destroySoon();
            closed();
        });
    }
}
/** Calls back when the socket is closed, or soon when it is already. */
function onClosed(socket, callback) {
    if (socket.closed)
        setImmediate(callback);
    else
        socket.once('close', callback);
}
function passUp(client, far) {
    client.on('data', (bytes) => {
        if (!far.write(bytes))
            client.pause();
    });
    far.on('drain', () => client.resume());
    if (client.readableEnded)
        far.end();
    else
        client.once('end', () => far.end());
    client.resume();
}
/**
 * Gives the client what the far side sends. The read buffer may be used again as soon as the kernel has its bytes, which the
 * socket's empty queue tells.
 */
function passDown(far, client) {
    let isPaused = false;
    const onWritten = () => {
        if (!isPaused || client.writableLength > 0)
            return;
        isPaused = false;
        far.resume();
    };
    far.readWith((bytes) => {
        client.write(bytes, onWritten);
        isPaused = client.writableLength > 0;
        return !isPaused;
    });
    if (far.socket.readableEnded)
        client.end();
    else
        far.socket.once('end', () => client.end());
}
/** Closes so that the peer sees a reset; where that is not possible (a unix socket), at once. */
function resetSocket(socket) {
    if (socket.destroyed)
        return;
    if (socket.remoteFamily === undefined || !(socket instanceof external_node_net_namespaceObject.Socket))
        socket.destroy();
    else
        socket.resetAndDestroy();
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

;// CONCATENATED MODULE: ./lib/egress/relay/admission.js


function ignore() { }
/**
 * Counts connections, so that a flood of them ends at our limit and not at the kernel's, where nothing could be opened any more,
 * and keeps the name behind each client's made-up address.
 */
function createAdmission(names, mostClients) {
    const live = new SlotList();
    return {
        admit({ socket, findOrigin, foreignBytes = 0 }) {
            // Whatever happens to it: a reset in the wrong moment must not end the relay.
            socket.on('error', ignore);
            if (live.size >= mostClients) {
                socket.destroy();
                return undefined;
            }
            const one = { socket, slot: -1 };
            live.add(one);
            socket.on('close', () => live.delete(one));
            const origin = findOrigin(socket);
            void origin.then(({ original }) => {
                if (original !== null)
                    onClosed(socket, names.hold(original.address));
            });
            return { socket, origin, foreignBytes, startedAt: performance.now() };
        },
        count: () => live.size,
        closeAll() {
            for (const { socket } of live.list())
                socket.destroy();
        },
    };
}

;// CONCATENATED MODULE: ./lib/core/egress-wire/decide-dns-answer.js


const DNS_TYPES = { a: 1, aaaa: 28 };
/** Top-level names that no public name server has; resolvers and daemons ask for them all the time. */
const LOCAL_ZONES = new Set([
    'internal',
    'local',
    'localdomain',
    'invalid',
    'onion',
    'arpa',
    'lan',
]);
const FAMILIES = { [DNS_TYPES.a]: 4, [DNS_TYPES.aaaa]: 6 };
/**
 * @param question name in lower case without the root's dot, type by its number.
 */
function decideDnsAnswer(question, facts) {
    const family = FAMILIES[question.type];
    const known = facts.hosts.get(question.name) ?? readLoopback(question.name);
    if (known !== undefined) {
        const addresses = known.filter((address) => (0,external_node_net_namespaceObject.isIP)(address) === family);
        return addresses.length > 0 ? { kind: 'addresses', addresses } : { kind: 'no-data' };
    }
    if (question.name === '')
        return { kind: 'no-data' };
    const name = parseHostname(question.name);
    if (name === undefined || isIpLiteral(name))
        return { kind: 'no-such-name' };
    if (isLocal(name) && !facts.isNamed(name))
        return { kind: 'no-such-name' };
    return family === 4 ? { kind: 'made-up', name } : { kind: 'no-data' };
}
function isLocal(name) {
    return !name.includes('.') || LOCAL_ZONES.has(name.slice(name.lastIndexOf('.') + 1));
}
// RFC 6761 §6.3: everything below localhost is this machine.
function readLoopback(name) {
    return name === 'localhost' || name.endsWith('.localhost') ? ['127.0.0.1', '::1'] : undefined;
}

;// CONCATENATED MODULE: ./lib/core/egress-wire/byte-cursor.js
/** The bytes are not what their own lengths say. Thrown and caught inside this room only; each parser turns it into a refusal. */
class MalformedError extends Error {
}
/** Reads big-endian numbers and length-prefixed vectors off foreign bytes, never beyond their end. */
class ByteCursor {
    #bytes;
    #at = 0;
    constructor(bytes) {
        this.#bytes = bytes;
    }
    get isAtEnd() {
        return this.#at === this.#bytes.length;
    }
    get position() {
        return this.#at;
    }
    take(length) {
        if (length > this.#bytes.length - this.#at)
            throw new MalformedError('a length points behind the end');
        this.#at += length;
        return this.#bytes.subarray(this.#at - length, this.#at);
    }
    takeNumber(width) {
        return this.take(width).readUIntBE(0, width);
    }
    /** A vector behind `width` bytes of its length, between `least` and `most` bytes long. */
    takeVector(width, least, most) {
        const length = this.takeNumber(width);
        if (length < least || length > most)
            throw new MalformedError('a vector has a forbidden length');
        return this.take(length);
    }
}

;// CONCATENATED MODULE: ./lib/core/egress-wire/dns-query.js

const DNS_CODES = { ok: 0, malformed: 1, failed: 2, noSuchName: 3, notImplemented: 4, refused: 5 };
const HEADER_BYTES = 12;
const MAX_NAME = 255;
const CLASS_INTERNET = 1;
const TYPE_OPT = 41;
/** @param message one datagram, or one message of a TCP stream without its length. */
function parseDnsQuery(message) {
    if (message.length < HEADER_BYTES)
        return { kind: 'ignored' };
    const id = message.readUInt16BE(0);
    const flags = message.readUInt16BE(2);
    if ((flags & 0x8000) !== 0)
        return { kind: 'ignored' };
    if ((flags & 0x7800) !== 0)
        return { kind: 'refused', id, code: DNS_CODES.notImplemented };
    try {
        return readQuery(message, id, flags);
    }
    catch (error) {
        if (error instanceof MalformedError)
            return { kind: 'refused', id, code: DNS_CODES.malformed };
        throw error;
    }
}
function readQuery(message, id, flags) {
    const counts = [4, 6, 8, 10].map((at) => message.readUInt16BE(at));
    const [questions, answers, authorities, additional = 0] = counts;
    if (questions !== 1 || answers !== 0 || authorities !== 0 || additional > 1)
        throw new MalformedError('counts');
    const cursor = new ByteCursor(message);
    cursor.take(HEADER_BYTES);
    const name = readName(cursor);
    const type = cursor.takeNumber(2);
    const isInternet = cursor.takeNumber(2) === CLASS_INTERNET;
    const question = Buffer.from(message.subarray(HEADER_BYTES, cursor.position));
    if (additional === 1)
        skipEdns(cursor);
    if (!cursor.isAtEnd)
        throw new MalformedError('bytes behind the message');
    if (!isInternet)
        return { kind: 'refused', id, code: DNS_CODES.refused };
    const isRecursionDesired = (flags & 0x0100) !== 0;
    return { kind: 'query', query: { id, isRecursionDesired, question, name, type, hasEdns: additional === 1 } };
}
// A pointer has nothing to point at in a question, and a loop of them is an old trick.
function readName(cursor) {
    const labels = [];
    let total = 1;
    for (let length = cursor.takeNumber(1); length !== 0; length = cursor.takeNumber(1)) {
        total += length + 1;
        if (length > 63 || total > MAX_NAME)
            throw new MalformedError('a label is too long');
        labels.push(cursor
            .take(length)
            .toString('latin1')
            .replace(/[^A-Za-z0-9_-]/g, '?'));
    }
    return labels.join('.').toLowerCase();
}
function skipEdns(cursor) {
    if (cursor.takeNumber(1) !== 0 || cursor.takeNumber(2) !== TYPE_OPT)
        throw new MalformedError('not EDNS');
    cursor.take(2 + 4);
    cursor.takeVector(2, 0, 0xffff);
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
function renderAddressBytes(bytes) {
    if (bytes.length === 4)
        return bytes.join('.');
    const groups = Array.from({ length: 8 }, (_, index) => (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16));
    return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

;// CONCATENATED MODULE: ./lib/core/egress-wire/render-dns-answer.js



/** Short, so that a client asks again soon after the relay was restarted and its names have other addresses. */
const TTL_SECONDS = 30;
const OUR_PAYLOAD = 1232;
/** The answer's bytes: question copied, addresses behind it, EDNS only for those who sent it. */
function renderDnsAnswer(query, { code, addresses }) {
    const records = addresses.map(renderAddress);
    const head = renderHead(query.id, 0x8080 | (query.isRecursionDesired ? 0x0100 : 0) | code, {
        questions: 1,
        answers: records.length,
        additional: query.hasEdns ? 1 : 0,
    });
    return Buffer.concat([head, query.question, ...records, ...(query.hasEdns ? [renderEdns()] : [])]);
}
/** For a message that could not be read: its id and a code, nothing of what it said. */
function renderDnsRefusal(id, code) {
    return renderHead(id, 0x8080 | code, { questions: 0, answers: 0, additional: 0 });
}
function renderHead(id, flags, counts) {
    const head = Buffer.alloc(12);
    head.writeUInt16BE(id, 0);
    head.writeUInt16BE(flags, 2);
    head.writeUInt16BE(counts.questions, 4);
    head.writeUInt16BE(counts.answers, 6);
    head.writeUInt16BE(counts.additional, 10);
    return head;
}
function renderAddress(address) {
    const data = Buffer.from(parseAddressBytes(address));
    const record = Buffer.alloc(12);
    // The name: a pointer to the question.
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE((0,external_node_net_namespaceObject.isIP)(address) === 6 ? DNS_TYPES.aaaa : DNS_TYPES.a, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(TTL_SECONDS, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
}
function renderEdns() {
    const record = Buffer.alloc(11);
    record.writeUInt16BE(41, 1);
    record.writeUInt16BE(OUR_PAYLOAD, 3);
    return record;
}

;// CONCATENATED MODULE: ./lib/egress/relay/answer-dns.js



/** More would not fit into a datagram that every client takes. */
const MOST_ADDRESSES = 8;
/** Answers from what is known here. No question, nor a part of one, is ever passed on. */
function createDnsAnswerer(facts, names) {
    return (message) => {
        const reading = parseDnsQuery(message);
        switch (reading.kind) {
            case 'ignored':
                return undefined;
            case 'refused':
                return renderDnsRefusal(reading.id, reading.code);
            case 'query':
                return renderDnsAnswer(reading.query, toAnswer(decideDnsAnswer(reading.query, facts), names));
        }
    };
}
function toAnswer(decision, names) {
    switch (decision.kind) {
        case 'addresses':
            return { code: DNS_CODES.ok, addresses: decision.addresses.slice(0, MOST_ADDRESSES) };
        case 'made-up': {
            const address = names.addressFor(decision.name);
            return address === undefined
                ? { code: DNS_CODES.failed, addresses: [] }
                : { code: DNS_CODES.ok, addresses: [address] };
        }
        case 'no-data':
            return { code: DNS_CODES.ok, addresses: [] };
        case 'no-such-name':
            return { code: DNS_CODES.noSuchName, addresses: [] };
    }
}

;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");
;// CONCATENATED MODULE: external "node:tls"
const external_node_tls_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:tls");
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
    const bytes = parseAddressBytes(address);
    const bits = prefix === undefined ? bytes.length * 8 : Number(prefix);
    return Number.isInteger(bits) && bits >= 0 && bits <= bytes.length * 8 ? { bytes, bits } : undefined;
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

;// CONCATENATED MODULE: ./lib/egress/relay/read-buffers.js
const SMALL_BYTES = 4 * 1024;
const LARGE_BYTES = 64 * 1024;
const MOST_SPARE = 32;
const MOST_SPARE_SMALL = 256;
const spare = [];
const spareSmall = [];
const NOTHING = Buffer.alloc(0);
/**
 * Buffers for one connection's reads, used again instead of made anew: a small one while little comes, so that a thousand idle
 * connections cost little, and a large one out of a shared stock while much comes.
 */
class ReadBuffers {
    #wantsLarge = false;
    #isLent = false;
    #current = this.#make();
    /** Called after each read: how much there was, and whether its bytes are still being written somewhere. */
    note(length, isLent) {
        this.#wantsLarge = length >= SMALL_BYTES;
        this.#isLent = isLent;
    }
    /** The buffer for the next read; never one whose bytes are still being written. */
    next() {
        if (this.#isLent) {
            this.#isLent = false;
            // Given up: the collector takes it when the write is done. It happens once per stall, not once per read.
            this.#current = this.#make();
        }
        else if ((this.#current.length === LARGE_BYTES) !== this.#wantsLarge) {
            this.release();
            this.#current = this.#make();
        }
        return this.#current;
    }
    /** After the last read. */
    release() {
        const [stock, most] = this.#current.length === LARGE_BYTES ? [spare, MOST_SPARE] : [spareSmall, MOST_SPARE_SMALL];
        if (this.#current !== NOTHING && !this.#isLent && stock.length < most)
            stock.push(this.#current);
        this.#current = NOTHING;
    }
    #make() {
        return this.#wantsLarge
            ? (spare.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES))
            : (spareSmall.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES));
    }
}

;// CONCATENATED MODULE: ./lib/egress/relay/far-side.js


/** What came before anybody wanted it is kept up to this. */
const MAX_EARLY = 64 * 1024;
const KEEP_ALIVE_MS = 60_000;
class EarlyBytes {
    #parts = [];
    #length = 0;
    read = (bytes) => {
        this.#parts.push(Buffer.from(bytes));
        this.#length += bytes.length;
        return this.#length < MAX_EARLY;
    };
    take() {
        const bytes = this.#parts.length === 0 ? undefined : Buffer.concat(this.#parts);
        this.#parts = [];
        return bytes;
    }
}
/** Starts a TCP connection to an address; `connect` and `error` are the socket's own events. */
function createFarSide(address, port) {
    const buffers = new ReadBuffers();
    const early = new EarlyBytes();
    let reader = early.read;
    const callback = (length, bytes) => {
        const isDone = reader(Buffer.from(bytes.buffer, bytes.byteOffset, length));
        buffers.note(length, !isDone);
        return isDone;
    };
    const onread = { buffer: () => buffers.next(), callback };
    const socket = (0,external_node_net_namespaceObject.connect)({ host: address, port, onread, noDelay: true, allowHalfOpen: true });
    socket.on('close', () => buffers.release());
    let isWanted = false;
    return {
        socket,
        readWith(next) {
            // Not before somebody wants its bytes: what is refused or given up until then lives for seconds.
            if (!isWanted)
                socket.setKeepAlive(true, KEEP_ALIVE_MS);
            isWanted = true;
            reader = next;
            const bytes = early.take();
            if (bytes === undefined || next(bytes))
                socket.resume();
        },
        resume: () => socket.resume(),
    };
}
/** The same for a caller that wants a stream, such as an HTTP parser. */
function createFarStream(address, port) {
    const socket = (0,external_node_net_namespaceObject.connect)({ host: address, port, noDelay: true, allowHalfOpen: true });
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return wrapFarSide(socket);
}
/** The same over a connection that is there already, such as TLS to a proxy, which reads in buffers of its own. */
function wrapFarSide(socket) {
    let reader;
    return {
        socket,
        readWith(next) {
            if (reader === undefined) {
                socket.on('data', (bytes) => {
                    if (reader?.(bytes) === false)
                        socket.pause();
                });
            }
            reader = next;
            socket.resume();
        },
        resume: () => socket.resume(),
    };
}

;// CONCATENATED MODULE: ./lib/egress/relay/dial-addresses.js


/** How long one address may keep the next one waiting (RFC 8305 §5). */
const ATTEMPT_DELAY_MS = 250;
const TOTAL_MS = 20_000;
/**
 * Connects to the first of some addresses that answers: each starts when the one before has failed or has taken its time.
 * @param settle is called once; with a DialError that holds the code of the first that failed, or ETIMEDOUT, when none answers
 */
function dialAddresses(addresses, dial, settle) {
    if (addresses.length === 0)
        settle(new DialError({ reason: 'unresolvable' }));
    else
        new Race(addresses, dial, settle).start();
}
/** Events only, no promises and no signal: most races have one runner, and a dial is most of what a tunnel costs. */
class Race {
    #addresses;
    #dial;
    #settle;
    #running = [];
    #startedCount = 0;
    #isOver = false;
    #failure;
    #deadline;
    #pause;
    constructor(addresses, dial, settle) {
        this.#addresses = addresses;
        this.#dial = dial;
        this.#settle = settle;
    }
    start() {
        if (this.#dial.client.destroyed) {
            this.#abandon();
            return;
        }
        this.#deadline = setTimeout(this.#abandon, TOTAL_MS);
        this.#dial.client.on('close', this.#abandon);
        this.#startNext();
    }
    #abandon = () => this.#end(undefined);
    #startNext = () => {
        clearTimeout(this.#pause);
        const address = this.#addresses[this.#startedCount];
        if (address === undefined) {
            if (this.#running.length === 0)
                this.#end(undefined);
            return;
        }
        this.#startedCount += 1;
        const { port, isStream } = this.#dial;
        const far = isStream ? createFarStream(address, port) : createFarSide(address, port);
        this.#running.push(far);
        // For the whole life of a loser too: its end is nobody's business.
        far.socket.on('error', (error) => this.#lose(far, error));
        far.socket.on('connect', () => this.#end(far));
        if (this.#startedCount < this.#addresses.length)
            this.#pause = setTimeout(this.#startNext, ATTEMPT_DELAY_MS);
    };
    #lose(far, error) {
        if (this.#isOver)
            return;
        this.#running = this.#running.filter((other) => other !== far);
        this.#failure ??= toDialError(error);
        this.#startNext();
    }
    #end(won) {
        if (this.#isOver)
            return;
        this.#isOver = true;
        clearTimeout(this.#deadline);
        clearTimeout(this.#pause);
        this.#dial.client.off('close', this.#abandon);
        for (const other of this.#running)
            if (other !== won)
                other.socket.destroy();
        this.#running = [];
        this.#settle(won ?? this.#failure ?? new DialError({ failure: 'ETIMEDOUT' }));
    }
}

;// CONCATENATED MODULE: external "node:events"
const external_node_events_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");
;// CONCATENATED MODULE: ./lib/egress/relay/read-answer-head.js

const MAX_HEAD = 32 * 1024;
const STATUS_LINE = /^HTTP\/1\.[01] ([1-9]\d\d)[ \r]/;
/**
 * Reads the head of one HTTP answer and leaves the far side paused.
 * @throws DialError ECONNRESET, ETIMEDOUT, or EPROTO when it is none
 */
function readAnswerHead(far, signal) {
    const { promise, resolve, reject } = Promise.withResolvers();
    let bytes = Buffer.alloc(0);
    const fail = (failure) => () => reject(new DialError({ failure }));
    const onGone = fail('ECONNRESET');
    far.socket.once('close', onGone);
    far.socket.once('end', onGone);
    signal.addEventListener('abort', fail('ETIMEDOUT'), { once: true });
    far.readWith((more) => {
        bytes = Buffer.concat([bytes, more]);
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0 && bytes.length <= MAX_HEAD)
            return true;
        far.socket.off('close', onGone);
        far.socket.off('end', onGone);
        const status = STATUS_LINE.exec(bytes.toString('latin1', 0, 64))?.[1];
        if (end < 0 || status === undefined)
            fail('EPROTO')();
        else
            resolve({ status: Number(status), head: bytes.subarray(0, end + 4), rest: bytes.subarray(end + 4) });
        // Nothing more is taken until whoever waits for the head reads on.
        return false;
    });
    return promise;
}
/** The far side with bytes put back before what comes next. */
function giveBack(far, bytes) {
    if (bytes.length === 0)
        return far;
    return {
        ...far,
        readWith(reader) {
            const wantsMore = reader(bytes);
            far.readWith(reader);
            if (!wantsMore)
                far.socket.pause();
        },
    };
}

;// CONCATENATED MODULE: ./lib/egress/relay/proxy-tunnel.js






const ANSWER_MS = 30_000;
/** Speaks TLS to the proxy where its URL says so; the proxy's certificate must be its own. */
async function openProxyConnection(far, { proxy, secureContext }) {
    if (proxy.protocol !== 'https:')
        return far;
    const host = proxy.hostname.replace(/^\[|\]$/g, '');
    const servername = (0,external_node_net_namespaceObject.isIP)(host) === 0 ? host : '';
    const socket = (0,external_node_tls_namespaceObject.connect)({
        ...{ socket: far.socket, host, servername, ALPNProtocols: ['http/1.1'] },
        ...(secureContext === undefined ? {} : { secureContext }),
    });
    socket.allowHalfOpen = true;
    try {
        await (0,external_node_events_namespaceObject.once)(socket, 'secureConnect', { signal: AbortSignal.timeout(ANSWER_MS) });
    }
    catch (error) {
        far.socket.destroy();
        throw toDialError(error);
    }
    socket.on('error', () => undefined);
    return wrapFarSide(socket);
}
/**
 * Asks the proxy for a tunnel.
 * @param client for whom: when it closes, nobody waits any more
 * @throws DialError `PROXY_AUTH`, `PROXY_REFUSED`, or why no answer came
 */
async function openProxyTunnel(far, target, client) {
    const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
    const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...renderProxyAuthorization(target.proxy)];
    far.socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    const gone = new AbortController();
    const onGone = () => gone.abort();
    client.once('close', onGone);
    try {
        const { status, rest } = await readAnswerHead(far, AbortSignal.any([gone.signal, AbortSignal.timeout(ANSWER_MS)]));
        if (status === 407)
            throw new DialError({ failure: 'PROXY_AUTH' });
        if (status !== 200)
            throw new DialError({ failure: 'PROXY_REFUSED' });
        return giveBack(far, rest);
    }
    catch (error) {
        far.socket.destroy();
        throw toDialError(error);
    }
    finally {
        client.off('close', onGone);
    }
}
/** Field line with user and password of the proxy's URL, or none. */
function renderProxyAuthorization(proxy) {
    if (proxy.username === '' && proxy.password === '')
        return [];
    const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    return [`Proxy-Authorization: Basic ${Buffer.from(pair).toString('base64')}`];
}

;// CONCATENATED MODULE: ./lib/egress/relay/dialer.js







const OWN_ADDRESSES_MS = 1000;
/** Dials as the settings say: directly to resolved and checked addresses, or through the upstream proxy. */
function createDialer(given) {
    const settings = { ...given, readOwnAddresses: given.readOwnAddresses ?? createOwnAddressReader() };
    const proxy = settings.upstreamProxy === null ? undefined : new URL(settings.upstreamProxy.url);
    const secureContext = createTrust(settings.extraCa ?? []);
    const isBypassed = parseNoProxy(settings.upstreamProxy?.noProxy ?? '');
    const resolve = (host) => (0,external_node_net_namespaceObject.isIP)(host) === 0 ? settings.resolver.resolve(host) : Promise.resolve([host]);
    const proxyFor = (host, port) => (isBypassed(host, port) ? undefined : proxy);
    const dialProxy = async (url, { client, isStream = false }) => {
        const host = url.hostname.replace(/^\[|\]$/g, '');
        const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
        const far = await dialFirst(await resolve(host), { port, client, isStream });
        return openProxyConnection(far, { proxy: url, secureContext });
    };
    const dialDirect = (found, { target, wish }, settle) => {
        const addresses = filterAddresses(found, target, settings);
        if (addresses instanceof DialError)
            settle(addresses);
        else
            dialAddresses(addresses, { port: target.port, client: wish.client, isStream: wish.isStream ?? false }, settle);
    };
    const dialChain = async (chain, { target, wish }) => {
        const { host, port } = target;
        // The proxy resolves names; what can be judged here is an address that is written out.
        const judged = (0,external_node_net_namespaceObject.isIP)(host) === 0 ? [] : filterAddresses([host], target, settings);
        if (judged instanceof DialError)
            throw judged;
        return openProxyTunnel(await dialProxy(chain, wish), { proxy: chain, host, port }, wish.client);
    };
    return {
        proxyFor,
        dialProxy,
        dial(target, wish, settle) {
            const { host, port } = target;
            const fail = (error) => settle(toDialError(error));
            const chain = proxyFor(host, port);
            if (chain !== undefined) {
                dialChain(chain, { target, wish }).then(settle, fail);
                return;
            }
            const known = (0,external_node_net_namespaceObject.isIP)(host) === 0 ? settings.resolver.recall(host) : [host];
            if (known !== undefined)
                dialDirect(known, { target, wish }, settle);
            else
                resolve(host)
                    .then((found) => dialDirect(found, { target, wish }, settle))
                    .catch(fail);
        },
    };
}
function dialFirst(addresses, options) {
    return new Promise((resolve, reject) => {
        dialAddresses(addresses, options, (dialled) => (dialled instanceof DialError ? reject(dialled) : resolve(dialled)));
    });
}
function createTrust(extraCa) {
    return extraCa.length === 0 ? undefined : (0,external_node_tls_namespaceObject.createSecureContext)({ ca: [...external_node_tls_namespaceObject.rootCertificates, ...extraCa] });
}
/** What of a name's addresses may be dialled; resolved and dialled are the same list, so an answer that changes changes nothing. */
function filterAddresses(addresses, { port, reach }, settings) {
    if (reach === 'any')
        return addresses;
    const own = settings.readOwnAddresses();
    const mayBePrivate = reach === 'private';
    const passing = addresses.filter((address) => settings.mayFollow({ address, port, mayBePrivate, own }));
    if (passing.length === 0 && addresses.length > 0)
        return new DialError({ reason: 'internal-address' });
    return passing;
}
/** Asking the kernel for them takes a tenth of all that a new connection costs; interfaces come and go slowly. */
function createOwnAddressReader() {
    let known = [];
    let until = 0;
    return () => {
        if (performance.now() < until)
            return known;
        until = performance.now() + OWN_ADDRESSES_MS;
        known = Object.values((0,external_node_os_namespaceObject.networkInterfaces)()).flatMap((entries) => (entries ?? []).map(({ address }) => address));
        return known;
    };
}

;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");
;// CONCATENATED MODULE: ./lib/core/policy/reasons.js
/** Why something did not pass. One code everywhere: log field, header of the 403, summary, docs. */
const BLOCK_REASONS = {
    'not-allowed': {
        sentence: 'No rule of the firewall allows this host.',
        fix: 'If the agent needs it, add it to allowed-domains; the job summary has the line.',
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
        fix: 'Use the name of the host, or add the address to allowed-ips.',
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

;// CONCATENATED MODULE: ./lib/core/egress-wire/explain-block.js


/** Reasons that a line in allowed-domains would remove. */
const CURABLE = new Set(['not-allowed', 'port-not-allowed']);
/** Plain text of a few lines, ended by LF. */
function explainBlock({ host, port, scheme, reason }) {
    const where = host === null ? 'The connection' : `${host}${port === null ? '' : `:${port}`}`;
    const lines = [`setup-agent-proxy: ${where} was blocked (${reason}). ${BLOCK_REASONS[reason].sentence}`];
    if (CURABLE.has(reason) && host !== null && port !== null) {
        const rule = renderRule({ kind: 'host', name: host, scheme, port });
        lines.push(`If the step needs it, add this line to the input allowed-domains: ${rule}`);
    }
    return `${lines.join('\n')}\n`;
}

;// CONCATENATED MODULE: ./lib/core/name-hash.js
/** FNV-1a over the characters' codes, 32 bits: spreads names over a range; no secret depends on it. */
function deriveNameHash(name) {
    let hash = 0x811c9dc5;
    for (let index = 0; index < name.length; index += 1) {
        hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    }
    return hash >>> 0;
}

;// CONCATENATED MODULE: ./lib/egress/relay/name-pool.js

const PLACES = 2 ** 17;
const FIRST = 198 * 2 ** 24 + 18 * 2 ** 16;
/** A quarter of the range: a free place is near every name's own one, and a flood of lookups costs a bounded amount of memory. */
const MOST_NAMES = 2 ** 15;
/** True for an address out of 198.18.0.0/15 (RFC 2544), which no host on the internet has. */
function isMadeUp(address) {
    return /^198\.1[89]\.\d{1,3}\.\d{1,3}$/.test(address);
}
/** An empty pool. @param most names it remembers at once; those looked up longest ago give way. */
function createNamePool(most = MOST_NAMES) {
    // In the order of their last lookup.
    const byName = new Map();
    const byPlace = new Map();
    const find = (address) => byPlace.get(parsePlace(address));
    const makeRoom = () => {
        if (byName.size < most)
            return true;
        for (const entry of byName.values()) {
            if (entry.holders > 0)
                continue;
            byName.delete(entry.name);
            byPlace.delete(entry.place);
            return true;
        }
        return false;
    };
    return {
        addressFor(name) {
            const known = byName.get(name);
            if (known === undefined && !makeRoom())
                return undefined;
            const entry = known ?? { name, place: findPlace(name, byPlace), holders: 0 };
            byName.delete(name);
            byName.set(name, entry);
            byPlace.set(entry.place, entry);
            return renderPlace(entry.place);
        },
        nameOf: (address) => find(address)?.name,
        hold(address) {
            const entry = find(address);
            if (entry === undefined)
                return () => undefined;
            entry.holders += 1;
            let isHeld = true;
            return () => {
                if (isHeld)
                    entry.holders -= 1;
                isHeld = false;
            };
        },
    };
}
// The first and last addresses of the range look like a network and a broadcast to some programs.
function findPlace(name, taken) {
    const usable = PLACES - 2;
    const start = deriveNameHash(name) % usable;
    for (let step = 0; step < usable; step += 1) {
        const place = 1 + ((start + step) % usable);
        if (!taken.has(place))
            return place;
    }
    throw new Error('There are more names than addresses');
}
function renderPlace(place) {
    const value = FIRST + place;
    return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}
function parsePlace(address) {
    if (!isMadeUp(address))
        return -1;
    return address.split('.').reduce((value, part) => value * 256 + Number(part), 0) - FIRST;
}

;// CONCATENATED MODULE: ./lib/egress/relay/attempt.js

/** Begins the record of a connection, or of one request on it; `give` gets its line once, when the client's origin is known too. */
function createAttempt(facts, give) {
    const { socket, origin, foreignBytes, startedAt } = facts.client;
    const begin = facts.isRequest
        ? { at: performance.now(), out: socket.bytesRead, in: socket.bytesWritten }
        : { at: startedAt, out: foreignBytes, in: 0 };
    let isOver = false;
    const attempt = {
        host: null,
        port: null,
        hasEncryptedHello: false,
        end(outcome) {
            if (isOver)
                return;
            isOver = true;
            const event = {
                ...renderWhat(facts, attempt, outcome),
                bytesOut: socket.bytesRead - begin.out,
                bytesIn: socket.bytesWritten - begin.in,
                ms: Math.round(performance.now() - begin.at),
            };
            void origin.then((who) => give({ event: { ...event, ...renderWho(who) }, inode: who.inode }));
        },
    };
    return attempt;
}
function renderWhat({ protocol }, attempt, outcome) {
    return {
        kind: 'egress',
        time: new Date().toISOString(),
        ...outcome,
        protocol,
        host: attempt.host,
        port: attempt.port,
        ...(attempt.hasEncryptedHello ? { encryptedHello: true } : {}),
    };
}
function renderWho({ original, uid, pid, program }) {
    const address = original === null || isMadeUp(original.address) ? null : original.address;
    return { address, uid, pid, program };
}
/** How a decision stands in the log, once nothing more can go wrong. */
function deriveOutcome(decision, mode) {
    const rule = decision.rule === undefined ? {} : { rule: decision.rule };
    if (decision.verdict === 'allowed')
        return { verdict: 'allowed', ...rule };
    return { verdict: mode === 'audit' ? 'would-block' : 'blocked', reason: decision.reason, ...rule };
}
/** The same after the far side could not be reached. */
function deriveFailure(outcome, error) {
    const { reason, failure } = error;
    if (outcome.verdict === 'would-block')
        return failure === undefined ? outcome : { ...outcome, failure };
    const cause = { ...(reason === undefined ? {} : { reason }), ...(failure === undefined ? {} : { failure }) };
    return { ...outcome, verdict: 'failed', ...cause };
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

;// CONCATENATED MODULE: ./lib/egress/relay/close-politely.js
const LINGER_MS = 2000;
/**
 * Writes last bytes and closes. What the client is still sending is read and dropped for a moment: closing over unread bytes is
 * a reset, which would take our last bytes from it.
 */
function closePolitely(socket, bytes) {
    if (socket.destroyed)
        return;
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
    socket.once('end', () => socket.destroySoon());
    socket.end(bytes);
    socket.resume();
}
/** A fatal TLS alert in the clear, before any key: the client reads «unrecognized name» (RFC 6066 §3). */
const UNRECOGNIZED_NAME = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 112]);

;// CONCATENATED MODULE: ./lib/core/egress-wire/http-request.js

const HOP_BY_HOP = new Set([
    'connection',
    'host',
    'keep-alive',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
]);
/** Naming these in Connection would make the next hop drop what frames or routes the request. */
const NEVER_DROPPED = new Set([
    'host',
    'content-length',
    'content-type',
    'authorization',
    'cookie',
]);
const TARGET = /^[\x21\x22\x24-\x7e\x80-\xff]+$/;
const HOST = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([1-9]\d{0,4}))?$/;
const METHOD = /^[A-Z][A-Z-]{0,31}$/;
/** Reads a request head as strictly as it must be to be sent on as one request to one name; what can be read in two ways is refused. */
function readHttpRequest(request, expected) {
    const fields = readFields(request);
    const target = splitTarget(request);
    const host = fields === undefined ? undefined : parseHost(fields.host);
    if (fields === undefined || target === undefined || host === undefined)
        return refuse('not-http', host?.name);
    const authority = target.authority === null ? host : parseHost(target.authority);
    if (authority === undefined)
        return refuse('not-http', host.name);
    const port = expected.port ?? authority.port;
    if (target.authority === null && expected.port === null)
        return refuse('not-http', host.name);
    const agrees = authority.name === host.name &&
        authority.port === host.port &&
        authority.port === port &&
        (expected.name === null || expected.name === authority.name);
    if (!agrees)
        return refuse('name-mismatch', host.name);
    return {
        kind: 'request',
        name: host.name,
        port,
        path: target.path,
        ...renderFields(fields, host),
        hasBody: fields.hasBody,
    };
}
function readFields({ method, version, rawHeaders }) {
    const hosts = readAll(rawHeaders, 'host');
    const lengths = readAll(rawHeaders, 'content-length');
    const encodings = readAll(rawHeaders, 'transfer-encoding');
    const connection = readAll(rawHeaders, 'connection').flatMap((value) => value.toLowerCase().split(/[ \t,]+/));
    const isFramed = lengths.length + encodings.length <= 1 &&
        lengths.every((value) => /^\d{1,15}$/.test(value)) &&
        encodings.every((value) => value.toLowerCase() === 'chunked' && version === '1.1');
    if (!METHOD.test(method) || method === 'CONNECT' || !/^1\.[01]$/.test(version))
        return undefined;
    if (hosts.length !== 1 || !isFramed || connection.some((name) => NEVER_DROPPED.has(name)))
        return undefined;
    const upgrades = readAll(rawHeaders, 'upgrade');
    if (upgrades.length > 1)
        return undefined;
    return {
        host: hosts[0] ?? '',
        connection,
        upgrade: connection.includes('upgrade') ? upgrades[0] : undefined,
        isChunked: encodings.length === 1,
        hasBody: encodings.length === 1 || Number(lengths[0] ?? 0) !== 0,
        rawHeaders,
    };
}
function readAll(rawHeaders, name) {
    return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}
/** Origin form, absolute form (its authority beside it), or `*` of OPTIONS. */
function splitTarget({ method, target }) {
    if (!TARGET.test(target))
        return undefined;
    if (target.startsWith('/') || (target === '*' && method === 'OPTIONS'))
        return { authority: null, path: target };
    const match = /^http:\/\/([^/?]+)(.*)$/i.exec(target);
    if (match === null)
        return undefined;
    const rest = match[2] ?? '';
    return { authority: match[1] ?? '', path: rest.startsWith('/') ? rest : `/${rest}` };
}
function parseHost(text) {
    const match = HOST.exec(text);
    const name = parseHostname(match?.[1] ?? '');
    const port = Number(match?.[2] ?? 80);
    return name === undefined || port > 65_535 ? undefined : { name, port };
}
function renderFields(fields, host) {
    const dropped = new Set([...HOP_BY_HOP, ...fields.connection]);
    const authority = renderHost(host.name) + (host.port === 80 ? '' : `:${host.port}`);
    const headers = ['Host', authority];
    for (let at = 0; at + 1 < fields.rawHeaders.length; at += 2) {
        const [name = '', value = ''] = fields.rawHeaders.slice(at, at + 2);
        if (!dropped.has(name.toLowerCase()))
            headers.push(name, value);
    }
    if (fields.isChunked)
        headers.push('Transfer-Encoding', 'chunked');
    const isUpgrade = isWebSocketUpgrade(fields);
    if (isUpgrade)
        headers.push('Connection', 'Upgrade', 'Upgrade', fields.upgrade ?? '');
    else
        headers.push('Connection', 'close');
    return { headers, isUpgrade };
}
// Only to WebSocket: what else HTTP can turn into (h2c) carries further requests that nobody would decide. An upgrade with a
// body is two things at once: where it ends and the tunnel begins, readers disagree.
function isWebSocketUpgrade({ upgrade, hasBody }) {
    return upgrade?.toLowerCase() === 'websocket' && !hasBody;
}
function refuse(reason, name) {
    return { kind: 'refused', reason, name: name ?? null };
}

;// CONCATENATED MODULE: ./lib/egress/relay/pass-through.js




/** Connects and joins both sides; the line is written when both are closed. */
function passThrough(context, passage) {
    const dial = (settle) => context.dialer.dial(passage.target, passage, settle);
    reach({ ...passage, dial }, (far) => {
        if (passage.first.length > 0)
            far.socket.write(passage.first);
        joinSides(passage.client, far, () => passage.attempt.end(passage.outcome));
    });
}
/** @param onReached gets the far side; when it could not be reached, everything has been said and written instead */
function reach(reaching, onReached) {
    const { client, attempt, outcome, dial, onFailure } = reaching;
    const settle = (dialled) => {
        if (!(dialled instanceof DialError || client.destroyed)) {
            onReached(dialled);
            return;
        }
        if (!(dialled instanceof DialError))
            dialled.socket.destroy();
        const failure = dialled instanceof DialError ? dialled : new DialError({ failure: 'ECANCELED' });
        attempt.end(deriveFailure(outcome, failure));
        if (onFailure === undefined)
            resetSocket(client);
        else
            onFailure(failure);
    };
    const settleOnce = guarded(client, settle);
    try {
        dial(settleOnce);
    }
    catch (error) {
        settleOnce(toDialError(error));
    }
}
/** One connection that we have no answer to is cut; the others go on. */
function guarded(socket, callback) {
    return (given) => {
        try {
            callback(given);
        }
        catch {
            resetSocket(socket);
        }
    };
}
/**
 * Where audit mode sends what no rule allows: where the client wanted to go. Undefined when that is not known: an address that we made up
 * is nobody's, and dialling it would only keep the client waiting.
 */
function deriveWanted(context, attempt, { origin, port }) {
    const { original } = origin;
    const name = original === null ? undefined : context.names.nameOf(original.address);
    if (original !== null && (name !== undefined || !isMadeUp(original.address))) {
        return { host: name ?? original.address, port: original.port, reach: 'any' };
    }
    return attempt.host === null ? undefined : { host: attempt.host, port: original?.port ?? port, reach: 'any' };
}

;// CONCATENATED MODULE: ./lib/egress/relay/decide-request.js




/** Decides about one plain HTTP request, by the name that it carries. What is refused has its line in the log already. */
function decideRequest(context, connection, message) {
    const { client, expected } = connection;
    const attempt = createAttempt({ client, protocol: 'http', isRequest: true }, context.report);
    const reading = readHttpRequest({
        method: message.method ?? '',
        target: message.url ?? '',
        version: message.httpVersion,
        rawHeaders: message.rawHeaders,
    }, expected);
    attempt.host = reading.name;
    if (reading.kind === 'refused') {
        // Also in audit mode: what can be read in two ways cannot be sent on as one.
        const { reason } = reading;
        attempt.end({ verdict: 'blocked', reason });
        return decide_request_refuse(attempt, reason);
    }
    const { name, port } = reading;
    attempt.port = port;
    const decision = context.policy.decideName({ name, port, scheme: 'http' });
    const outcome = deriveOutcome(decision, context.policy.mode);
    if (outcome.verdict !== 'blocked') {
        const findTarget = () => findTargetOf(context, { client, decision, name, port });
        return { kind: 'allowed', allowed: { reading, attempt, findTarget, outcome } };
    }
    attempt.end(outcome);
    return decide_request_refuse(attempt, outcome.reason ?? 'not-allowed');
}
function decide_request_refuse(attempt, reason) {
    const { host, port } = attempt;
    return { kind: 'refused', text: explainBlock({ host, port, scheme: 'http', reason }) };
}
async function findTargetOf(context, { client, decision, name, port }) {
    if (decision.verdict === 'allowed')
        return { host: name, port, reach: decision.mayBePrivate ? 'private' : 'public' };
    const wanted = deriveWanted(context, { host: name }, { origin: await client.origin, port });
    return wanted ?? { host: name, port, reach: 'any' };
}

;// CONCATENATED MODULE: external "node:stream"
const external_node_stream_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream");
;// CONCATENATED MODULE: ./lib/egress/relay/forward-request.js







/** Of the answer, as of the request: what belongs to one hop only. */
const forward_request_HOP_BY_HOP = new Set([
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-connection',
    'trailer',
    'transfer-encoding',
    'upgrade',
]);
/** Sends a request over a connection made for it alone and streams both bodies. */
async function forwardRequest(context, allowed, exchange) {
    const { attempt, outcome } = allowed;
    const { response } = exchange;
    const target = await allowed.findTarget();
    const proxy = context.dialer.proxyFor(target.host, target.port);
    const wish = { client: exchange.request.socket, isStream: true };
    const dial = (settle) => {
        if (proxy === undefined)
            context.dialer.dial(target, wish, settle);
        else
            context.dialer.dialProxy(proxy, wish).then(settle, (error) => settle(toDialError(error)));
    };
    const onFailure = (error) => sendFailure(response, error);
    reach({ client: wish.client, attempt, outcome, onFailure, dial }, (far) => sendRequest(allowed, exchange, { target, socket: far.socket, proxy, method: exchange.request.method ?? '' }));
}
function sendRequest(allowed, { request, response }, via) {
    const { attempt, outcome } = allowed;
    const upstream = createUpstreamRequest(allowed, via);
    response.once('close', () => {
        via.socket.destroy();
        attempt.end(outcome);
    });
    upstream.on('error', (error) => {
        attempt.end(deriveFailure(outcome, toDialError(error)));
        sendFailure(response, toDialError(error));
    });
    upstream.on('continue', () => response.writeContinue());
    upstream.on('response', (answer) => relayAnswer(answer, response));
    sendBody(allowed, request, upstream);
}
/** Plain HTTP goes through a corporate proxy in absolute form: many refuse CONNECT to any port but 443. */
function createUpstreamRequest({ reading }, { target, socket, proxy, method }) {
    const headers = [...reading.headers];
    if (proxy !== undefined) {
        headers.push(...renderProxyAuthorization(proxy).flatMap((line) => ['Proxy-Authorization', line.slice(21)]));
    }
    const port = reading.port === 80 ? '' : `:${reading.port}`;
    const path = proxy === undefined ? reading.path : `http://${renderHost(reading.name)}${port}${reading.path}`;
    return (0,external_node_http_namespaceObject.request)({
        method,
        path,
        headers,
        host: target.host,
        setHost: false,
        insecureHTTPParser: false,
        createConnection: () => socket,
    });
}
function sendBody({ reading }, request, upstream) {
    if (!reading.hasBody) {
        upstream.end();
        return;
    }
    // A client that waits for «100 Continue» sends its body only after our head has gone out.
    upstream.flushHeaders();
    (0,external_node_stream_namespaceObject.pipeline)(request, upstream, () => undefined);
}
function relayAnswer(answer, response) {
    const dropped = new Set([...forward_request_HOP_BY_HOP, ...(answer.headers.connection ?? '').toLowerCase().split(/[\s,]+/)]);
    const isChunked = answer.headers['transfer-encoding'] !== undefined;
    if (isChunked)
        dropped.add('content-length');
    const headers = [];
    for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
        const [name = '', value = ''] = answer.rawHeaders.slice(at, at + 2);
        if (!dropped.has(name.toLowerCase()))
            headers.push(name, value);
    }
    response.sendDate = false;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers);
    response.flushHeaders();
    (0,external_node_stream_namespaceObject.pipeline)(answer, response, () => undefined);
}
function sendFailure(response, { reason, failure }) {
    if (response.destroyed)
        return;
    if (response.headersSent) {
        // A cut stays a cut.
        response.destroy();
        return;
    }
    response.shouldKeepAlive = false;
    response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(`setup-agent-proxy: the host is allowed and could not be reached (${reason ?? failure}).\n`);
}

;// CONCATENATED MODULE: ./lib/egress/relay/render-plain-answer.js
const REASONS = { 400: 'Bad Request', 403: 'Forbidden', 502: 'Bad Gateway' };
/** A whole answer in plain text, after which the connection is closed. */
function renderPlainAnswer(status, text) {
    const lines = [
        `HTTP/1.1 ${status} ${REASONS[status]}`,
        'Content-Type: text/plain; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(text)}`,
        'Connection: close',
    ];
    return `${lines.join('\r\n')}\r\n\r\n${text}`;
}

;// CONCATENATED MODULE: ./lib/egress/relay/forward-upgrade.js







const forward_upgrade_ANSWER_MS = 60_000;
/** Sends the request for a WebSocket on; only when the far side agrees to it do both become a tunnel. */
async function forwardUpgrade(context, allowed, exchange) {
    const { attempt, outcome } = allowed;
    const { client } = exchange;
    const onFailure = ({ reason, failure }) => {
        const text = `setup-agent-proxy: the host is allowed and could not be reached (${reason ?? failure}).\n`;
        closePolitely(client, renderPlainAnswer(502, text));
    };
    const target = await allowed.findTarget();
    const dial = (settle) => context.dialer.dial(target, { client }, settle);
    reach({ client, attempt, outcome, onFailure, dial }, (far) => void sendUpgrade(far, { allowed, exchange, onFailure }));
}
async function sendUpgrade(far, { allowed, exchange, onFailure }) {
    const { attempt, outcome } = allowed;
    const { client } = exchange;
    const onGone = () => void far.socket.destroy();
    client.once('close', onGone);
    far.socket.write(forward_upgrade_renderHead(allowed, exchange.request), 'latin1');
    try {
        const answer = await readAnswerHead(far, AbortSignal.timeout(forward_upgrade_ANSWER_MS));
        client.off('close', onGone);
        finish({ far, answer, exchange, onClose: () => attempt.end(outcome) });
    }
    catch (error) {
        far.socket.destroy();
        attempt.end(deriveFailure(outcome, toDialError(error)));
        onFailure(toDialError(error));
    }
}
function forward_upgrade_renderHead({ reading }, request) {
    const lines = [`${request.method} ${reading.path} HTTP/1.1`];
    for (let at = 0; at + 1 < reading.headers.length; at += 2) {
        lines.push(`${reading.headers[at]}: ${reading.headers[at + 1]}`);
    }
    return `${lines.join('\r\n')}\r\n\r\n`;
}
function finish({ far, answer, exchange, onClose }) {
    const { client, head } = exchange;
    client.write(answer.head);
    const whole = giveBack(far, answer.rest);
    if (answer.status === 101) {
        if (head.length > 0)
            far.socket.write(head);
        joinSides(client, whole, onClose);
        return;
    }
    // No tunnel: the answer passes, and what the client says next would be a request that nobody has decided.
    client.once('data', () => client.destroy());
    client.once('close', () => {
        far.socket.destroy();
        onClose();
    });
    client.resume();
    far.socket.once('close', () => client.destroySoon());
    passDown(whole, client);
}

;// CONCATENATED MODULE: ./lib/egress/relay/http-entrance.js










const http_entrance_MAX_HEAD = 32 * 1024;
const isWebSocket = (message) => message.headers.upgrade?.toLowerCase() === 'websocket';
/**
 * Node's own parser in its strict form, for requests only: it refuses bare line feeds, folded lines, two lengths, a length beside
 * chunks and malformed chunks. Each request is decided by itself and sent on over a connection of its own.
 */
function createHttpEntrance(context) {
    const connections = new WeakMap();
    const server = (0,external_node_http_namespaceObject.createServer)({
        insecureHTTPParser: false,
        maxHeaderSize: http_entrance_MAX_HEAD,
        requireHostHeader: false,
        shouldUpgradeCallback: isWebSocket,
    });
    // Silence is judged here: an answer may take its time, a request may not. A client that has said everything may close its
    // half and wait for the answer.
    Object.assign(server, {
        timeout: 0,
        keepAliveTimeout: 0,
        headersTimeout: 0,
        requestTimeout: 0,
        httpAllowHalfOpen: true,
    });
    listen(context, server, (socket) => connections.get(socket));
    return {
        serve(client, { first, ...expected }) {
            const { socket } = client;
            if (socket.destroyed)
                return;
            const connection = { client, expected, timer: undefined, running: 0, isClosing: false };
            connections.set(socket, connection);
            socket.once('close', () => clearTimeout(connection.timer));
            arm(connection, context.limits.firstBytesMs);
            if (first.length > 0)
                socket.unshift(first);
            server.emit('connection', socket);
            socket.resume();
        },
    };
}
function arm(connection, ms) {
    clearTimeout(connection.timer);
    connection.timer = setTimeout(() => connection.client.socket.destroy(), ms).unref();
}
function listen(context, server, find) {
    const onRequest = (request, response) => {
        const connection = find(request.socket);
        if (connection === undefined)
            request.socket.destroy();
        else
            answerRequest(context, connection, { request, response });
    };
    server.on('request', onRequest);
    // With a listener Node leaves the answer to us: the far side itself says whether it wants the body.
    server.on('checkContinue', onRequest);
    server.on('upgrade', (request, socket, head) => {
        const connection = find(socket);
        if (connection === undefined)
            socket.destroy();
        else
            answerUpgrade(context, connection, { request, head });
    });
    // Without a listener Node would close without a word and without a line in the log.
    server.on('connect', (_request, socket) => void refuseBroken(context, find(socket)));
    server.on('clientError', (error, socket) => {
        if (readErrorCode(error)?.startsWith('HPE_') === true)
            void refuseBroken(context, find(socket));
        else
            socket.destroy();
    });
}
function answerRequest(context, connection, { request, response }) {
    if (connection.isClosing) {
        request.resume();
        return;
    }
    clearTimeout(connection.timer);
    connection.running += 1;
    response.once('close', () => {
        connection.running -= 1;
        if (connection.running === 0)
            arm(connection, context.limits.idleRequestMs);
    });
    const decided = decideRequest(context, connection, request);
    if (decided.kind === 'allowed') {
        void forwardRequest(context, decided.allowed, { request, response });
        return;
    }
    connection.isClosing = true;
    request.resume();
    void awaitAttribution(connection.client).then(() => sendRefusal(response, decided.text));
}
function sendRefusal(response, text) {
    response.shouldKeepAlive = false;
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(text);
}
function answerUpgrade(context, connection, { request, head }) {
    clearTimeout(connection.timer);
    const { socket } = connection.client;
    const decided = decideRequest(context, connection, request);
    if (decided.kind === 'refused') {
        const answer = renderPlainAnswer(403, decided.text);
        void awaitAttribution(connection.client).then(() => closePolitely(socket, answer));
    }
    else
        void forwardUpgrade(context, decided.allowed, { request, client: socket, head });
}
async function refuseBroken(context, connection) {
    if (connection === undefined || connection.isClosing)
        return;
    connection.isClosing = true;
    const { client, expected } = connection;
    const attempt = createAttempt({ client, protocol: 'http', isRequest: true }, context.report);
    const { original } = await awaitAttribution(client);
    attempt.host = context.names.nameOf(original?.address ?? '') ?? expected.name;
    attempt.end({ verdict: 'blocked', reason: 'not-http' });
    const text = explainBlock({ host: null, port: null, scheme: 'http', reason: 'not-http' });
    // In the middle of another answer, ours would be taken for a part of it.
    if (connection.running > 0)
        client.socket.destroy();
    else
        closePolitely(client.socket, renderPlainAnswer(400, text));
}

;// CONCATENATED MODULE: ./lib/egress/relay/serve-dns.js
const IDLE_MS = 30_000;
/** A question with EDNS and all its options is far shorter. */
const MAX_QUERY = 4096;
/** DNS over TCP: each message behind two bytes of length (RFC 1035 §4.2.2), any number on a connection (RFC 7766). */
function serveDnsStream(socket, answer) {
    let bytes = Buffer.alloc(0);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.once('end', () => socket.end());
    socket.on('drain', () => socket.resume());
    socket.on('data', (more) => {
        bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more]);
        while (bytes.length >= 2) {
            const length = bytes.readUInt16BE(0);
            if (length > MAX_QUERY) {
                socket.destroy();
                return;
            }
            if (bytes.length < 2 + length)
                break;
            const reply = answer(bytes.subarray(2, 2 + length));
            bytes = bytes.subarray(2 + length);
            // A client that asks and never reads is made to wait.
            if (reply !== undefined && !socket.write(serve_dns_frame(reply)))
                socket.pause();
        }
    });
    socket.resume();
}
function serve_dns_frame(message) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    return Buffer.concat([length, message]);
}
/** DNS over UDP: one answer for each datagram, to whoever sent it. */
function serveDnsDatagrams(socket, answer) {
    socket.on('message', (message, from) => {
        const reply = answer(message);
        if (reply !== undefined)
            socket.send(reply, from.port, from.address, () => undefined);
    });
}

;// CONCATENATED MODULE: ./lib/egress/relay/read-first.js
const read_first_NOTHING = Buffer.alloc(0);
/** Collects what a client sends until `parse` can say something about it, and leaves the socket paused with nothing lost. */
function readFirst(socket, parse, deadlineMs) {
    return new Promise((resolve) => collectFirst(socket, { parse, deadlineMs }, resolve));
}
/** The same for whoever has thousands of clients a second: without a promise, and `onFirst` is called while the bytes come. */
function collectFirst(socket, { parse, deadlineMs }, onFirst) {
    let bytes = read_first_NOTHING;
    const end = (reading) => {
        clearTimeout(timer);
        socket.off('data', onData);
        socket.off('end', onEnd);
        socket.off('close', onEnd);
        socket.pause();
        onFirst({ bytes, reading });
    };
    const onEnd = () => end({ kind: 'ended' });
    const onData = (more) => {
        bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more]);
        const reading = parse(bytes);
        if (reading.kind !== 'more')
            end(reading);
    };
    const timer = setTimeout(onEnd, deadlineMs);
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
    socket.resume();
}

;// CONCATENATED MODULE: ./lib/egress/relay/uninspected.js


/** The rule of allowed-ips for an address that the client dialled itself; undefined for one that we made up. */
function decideOriginal(context, { original }, port) {
    const address = original?.address;
    if (address === undefined || isMadeUp(address))
        return undefined;
    return { address, decision: context.policy.decideAddress(address, port) };
}
/**
 * What may pass without a look inside, also on the ports of TLS and HTTP: a `tcp://` rule for the name that was looked up (SSH
 * on port 443), or an address rule. Undefined when there is none.
 */
function deriveUninspected(context, attempt, { origin, port }) {
    const byAddress = decideOriginal(context, origin, port);
    if (byAddress?.decision.verdict === 'allowed') {
        const outcome = deriveOutcome(byAddress.decision, context.policy.mode);
        return { target: { host: byAddress.address, port, reach: 'any' }, outcome };
    }
    const name = context.names.nameOf(origin.original?.address ?? '');
    if (name === undefined)
        return undefined;
    attempt.host = name;
    const decision = context.policy.decideName({ name, port, scheme: 'tcp' });
    if (decision.verdict === 'blocked')
        return undefined;
    const target = { host: name, port, reach: decision.mayBePrivate ? 'private' : 'public' };
    return { target, outcome: deriveOutcome(decision, context.policy.mode) };
}

;// CONCATENATED MODULE: ./lib/egress/relay/serve-http.js




const serve_http_NOTHING = Buffer.alloc(0);
/** A connection to a port for plain HTTP. */
async function serveHttp(context, client, { port, http }) {
    const attempt = createAttempt({ client, protocol: 'http' }, context.report);
    attempt.port = port;
    if (context.policy.needsOrigin(port)) {
        const free = deriveUninspected(context, attempt, { origin: await client.origin, port });
        if (free !== undefined)
            return passThrough(context, { client: client.socket, attempt, ...free, first: serve_http_NOTHING });
    }
    if (context.policy.mode === 'block') {
        http.serve(client, { port, name: null, first: serve_http_NOTHING });
        return;
    }
    const { bytes, reading } = await readFirst(client.socket, parseMethod, context.limits.firstBytesMs);
    const isOther = reading.kind === 'other';
    const target = isOther ? deriveWanted(context, attempt, { origin: await client.origin, port }) : undefined;
    if (target !== undefined) {
        const outcome = deriveOutcome({ verdict: 'blocked', reason: 'not-http' }, 'audit');
        return passThrough(context, { client: client.socket, attempt, target, outcome, first: bytes });
    }
    http.serve(client, { port, name: null, first: bytes });
}
const MAX_METHOD = 33;
/** Whether it begins as a request does. */
function parseMethod(bytes) {
    const start = bytes.toString('latin1', 0, MAX_METHOD);
    if (/^(\r\n)*[A-Z][A-Z-]* /.test(start))
        return { kind: 'http' };
    return start.length < MAX_METHOD && /^(\r\n?)*[A-Z]?[A-Z-]*$/.test(start) ? { kind: 'more' } : { kind: 'other' };
}

;// CONCATENATED MODULE: ./lib/core/egress-wire/client-hello.js


/** Most bytes that a ClientHello may take with all its records: clients with post-quantum keys send about 2 KiB. */
const MAX_CLIENT_HELLO = 48 * 1024;
const MAX_HANDSHAKE = 32 * 1024;
const MAX_RECORDS = 128;
const MAX_RECORD = 16_384;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const EXTENSION_SERVER_NAME = 0;
const EXTENSION_ENCRYPTED_HELLO = 0xfe0d;
/**
 * @param bytes everything that has come since the connection began.
 */
function parseClientHello(bytes) {
    try {
        const hello = joinRecords(bytes);
        return hello === undefined ? { kind: 'more' } : readHello(new ByteCursor(hello));
    }
    catch (error) {
        if (error instanceof MalformedError)
            return { kind: 'refused', reason: 'not-tls' };
        throw error;
    }
}
/** The body of the one handshake message, or undefined while it is not whole. A record may hold any part of it. */
function joinRecords(bytes) {
    let message = Buffer.alloc(0);
    let [at, needed] = [0, 4];
    for (let records = 0; message.length < needed; records += 1) {
        if (records === MAX_RECORDS || at > MAX_CLIENT_HELLO)
            throw new MalformedError('too many records');
        const length = readRecordHead(bytes.subarray(at, at + 5));
        if (length === undefined)
            return undefined;
        const part = bytes.subarray(at + 5, at + 5 + length);
        message = message.length === 0 ? part : Buffer.concat([message, part]);
        needed = readNeeded(message);
        // Another message behind it in the same record would stand before a change of keys, which no client may do.
        if (message.length + length - part.length > needed && message.length >= 4) {
            throw new MalformedError('bytes behind the ClientHello');
        }
        if (part.length < length)
            return undefined;
        at += 5 + length;
    }
    return message.subarray(4);
}
function readRecordHead(head) {
    const [type, major, minor] = head;
    if (type !== undefined && type !== HANDSHAKE)
        throw new MalformedError('no handshake record');
    if (major !== undefined && major !== 3)
        throw new MalformedError('no TLS version');
    if (minor !== undefined && minor > 4)
        throw new MalformedError('no TLS version');
    if (head.length < 5)
        return undefined;
    const length = head.readUInt16BE(3);
    if (length === 0 || length > MAX_RECORD)
        throw new MalformedError('a record has a forbidden length');
    return length;
}
/** Length of the message with its four bytes of head, or those four while they are not all there. */
function readNeeded(message) {
    if (message.length > 0 && message[0] !== CLIENT_HELLO)
        throw new MalformedError('no ClientHello');
    if (message.length < 4)
        return 4;
    const needed = 4 + message.readUIntBE(1, 3);
    if (needed > MAX_HANDSHAKE)
        throw new MalformedError('a ClientHello is too long');
    return needed;
}
function readHello(cursor) {
    if (cursor.takeNumber(1) !== 3)
        throw new MalformedError('no TLS version');
    cursor.take(1 + 32);
    cursor.takeVector(1, 0, 32);
    if (cursor.takeVector(2, 2, 0xfffe).length % 2 !== 0)
        throw new MalformedError('half a cipher suite');
    cursor.takeVector(1, 1, 255);
    if (cursor.isAtEnd)
        return { kind: 'refused', reason: 'no-server-name' };
    const extensions = readExtensions(new ByteCursor(cursor.takeVector(2, 0, 0xffff)));
    if (!cursor.isAtEnd)
        throw new MalformedError('bytes behind the extensions');
    const list = extensions.get(EXTENSION_SERVER_NAME);
    if (list === undefined)
        return { kind: 'refused', reason: 'no-server-name' };
    return decideName(readServerName(new ByteCursor(list)), extensions.has(EXTENSION_ENCRYPTED_HELLO));
}
function readExtensions(cursor) {
    const extensions = new Map();
    while (!cursor.isAtEnd) {
        const type = cursor.takeNumber(2);
        // Twice the same: one reader takes the first, another the last.
        if (extensions.has(type))
            throw new MalformedError('an extension is given twice');
        extensions.set(type, cursor.takeVector(2, 0, 0xffff));
    }
    return extensions;
}
/** Exactly one entry, of the one type there is. */
function readServerName(extension) {
    const list = new ByteCursor(extension.takeVector(2, 4, 0xffff));
    if (!extension.isAtEnd || list.takeNumber(1) !== 0)
        throw new MalformedError('no host name in the list of names');
    const name = list.takeVector(2, 1, 0xffff);
    if (!list.isAtEnd)
        throw new MalformedError('more than one name');
    return name.toString('latin1');
}
function decideName(text, hasEncryptedHello) {
    const name = parseHostname(text);
    if (name === undefined)
        return { kind: 'refused', reason: 'no-server-name' };
    return isIpLiteral(name) ? { kind: 'refused', reason: 'address-literal' } : { kind: 'hello', name, hasEncryptedHello };
}

;// CONCATENATED MODULE: ./lib/core/egress-wire/proxy-head.js

/** Bytes of the longest head, its end not counted. */
const MAX_PROXY_HEAD = 16 * 1024;
const proxy_head_METHOD = 'CONNECT ';
const REQUEST_LINE = /^CONNECT (\S+) HTTP\/1\.[01]$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/;
const CONTROL = /[^\t\x20-\x7e\x80-\xff]/;
// A CONNECT has no body: with one announced, we and the next reader would disagree where the tunnel begins.
const FORBIDDEN_HEADERS = new Set(['transfer-encoding', 'content-length', 'upgrade']);
const NOT_HTTP = { kind: 'refused', reason: 'not-http' };
/** @param bytes everything that has come since the connection began. */
function parseProxyHead(bytes) {
    const start = bytes.toString('latin1', 0, proxy_head_METHOD.length);
    if (!proxy_head_METHOD.startsWith(start))
        return { kind: 'request' };
    const end = bytes.indexOf('\r\n\r\n');
    // All but the last byte of the end may be there already: where the bytes are cut must not decide.
    if (end < 0)
        return bytes.length > MAX_PROXY_HEAD + 3 ? NOT_HTTP : { kind: 'more' };
    if (end > MAX_PROXY_HEAD)
        return NOT_HTTP;
    const [requestLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
    const target = REQUEST_LINE.exec(requestLine)?.[1] ?? '';
    const authority = parseAuthority(target);
    const hosts = readHosts(lines);
    if (authority === undefined || hosts === undefined || hosts.length > 1)
        return NOT_HTTP;
    const [host = target] = hosts;
    if (host !== target && readHostName(host) !== authority.name) {
        return { kind: 'refused', reason: 'name-mismatch' };
    }
    return { kind: 'connect', ...authority, headBytes: end + 4 };
}
/** `name:port`, `1.2.3.4:port` or `[v6]:port`; the port always stands there. */
function parseAuthority(text) {
    const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):([1-9]\d{0,4})$/.exec(text);
    const name = parseHostname(match?.[1] ?? '');
    const port = Number(match?.[2]);
    return name === undefined || port > 65_535 ? undefined : { name, port };
}
/** Values of Host, or undefined when a line is malformed or announces a body. */
function readHosts(lines) {
    const hosts = [];
    for (const line of lines) {
        const match = CONTROL.test(line) ? null : HEADER_LINE.exec(line);
        const name = match?.[1]?.toLowerCase();
        if (name === undefined || isBodyHeader(name, match?.[2] ?? ''))
            return undefined;
        if (name === 'host')
            hosts.push(match?.[2] ?? '');
    }
    return hosts;
}
const isBodyHeader = (name, value) => FORBIDDEN_HEADERS.has(name) && !(name === 'content-length' && value === '0');
function readHostName(host) {
    return parseHostname(host.replace(/:\d{1,5}$/, ''));
}

;// CONCATENATED MODULE: ./lib/egress/relay/serve-proxy.js











const ESTABLISHED = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n');
/** How long a server may take to close its end of a tunnel that nobody used. */
const UNUSED_MS = 2000;
/** Connections at once that are many. */
const CROWD = 3;
/** From the widest: a `tcp` rule lets anything pass inside. */
const SCHEMES = ['tcp', 'https', 'http'];
/** Agents say the same few heads again and again; a longer one is read each time. */
const readHead = rememberHeads({ most: 64, longest: 512 });
function rememberHeads({ most, longest }) {
    const known = new Map();
    return (bytes) => {
        if (bytes.length > longest)
            return parseProxyHead(bytes);
        const text = bytes.toString('latin1');
        const before = known.get(text);
        if (before !== undefined)
            return before;
        const reading = parseProxyHead(bytes);
        if (known.size === most)
            known.clear();
        known.set(text, reading);
        return reading;
    };
}
/** A client that knows it speaks to a proxy: CONNECT here, requests in absolute form in the HTTP parser. Never 407. */
function serveProxy(context, client, http) {
    const onHead = ({ bytes, reading }) => {
        switch (reading.kind) {
            case 'request':
                http.serve(client, { port: null, name: null, first: bytes });
                return;
            case 'connect':
                serveConnect(context, { client, head: reading, rest: bytes.subarray(reading.headBytes), http });
                return;
            case 'refused':
                void refuseHead(context, client, reading.reason);
                return;
            case 'ended':
                client.socket.destroy();
        }
    };
    collectFirst(client.socket, { parse: readHead, deadlineMs: context.limits.firstBytesMs }, guarded(client.socket, onHead));
}
async function refuseHead(context, client, reason) {
    const attempt = createAttempt({ client, protocol: 'http' }, context.report);
    attempt.end({ verdict: 'blocked', reason });
    await awaitAttribution(client);
    const text = explainBlock({ host: null, port: null, scheme: 'http', reason });
    closePolitely(client.socket, renderPlainAnswer(400, text));
}
function serveConnect(context, connect) {
    const { client, head, rest, http } = connect;
    const { scheme, decision } = decideConnect(context, head);
    if (scheme === 'http' && decision.verdict === 'allowed') {
        client.socket.write(ESTABLISHED);
        http.serve(client, { port: head.port, name: head.name, first: rest });
        return;
    }
    const attempt = createAttempt({ client, protocol: scheme === 'tcp' ? 'tcp' : 'tls' }, context.report);
    // The address behind a connection to a proxy is the proxy.
    attempt.host = head.name;
    attempt.port = head.port;
    const outcome = deriveOutcome(decision, context.policy.mode);
    if (outcome.verdict === 'blocked') {
        attempt.end(outcome);
        void refuseConnect(client, { head, scheme, reason: outcome.reason ?? 'not-allowed' });
        return;
    }
    const isInspected = scheme === 'https' && outcome.verdict === 'allowed';
    const target = deriveTarget(head, decision);
    const onFailure = () => closePolitely(client.socket, renderPlainAnswer(502, explainFailure(head)));
    const dial = (settle) => context.dialer.dial(target, { client: client.socket }, settle);
    reach({ client: client.socket, attempt, outcome, onFailure, dial }, (far) => {
        client.socket.write(ESTABLISHED);
        if (isInspected)
            inspect(context, { ...connect, attempt, far, outcome });
        else
            join(client, far, { first: rest, onClose: () => attempt.end(outcome) });
    });
}
function decideConnect({ policy }, { name, port }) {
    for (const scheme of SCHEMES) {
        const decision = policy.decideName({ name, port, scheme });
        if (decision.verdict === 'allowed')
            return { scheme, decision };
    }
    return { scheme: 'https', decision: policy.decideName({ name, port, scheme: 'https' }) };
}
function deriveTarget({ name, port }, decision) {
    // An address that is written out is allowed by a rule for just that address.
    if (decision.verdict === 'blocked' || isIpLiteral(name))
        return { host: name, port, reach: 'any' };
    return { host: name, port, reach: decision.mayBePrivate ? 'private' : 'public' };
}
async function refuseConnect(client, { head, scheme, reason }) {
    await awaitAttribution(client);
    const text = explainBlock({ host: head.name, port: head.port, scheme, reason });
    closePolitely(client.socket, renderPlainAnswer(403, text));
}
function explainFailure({ name, port }) {
    return `setup-agent-proxy: ${name}:${port} is allowed and could not be reached; the firewall log says why.\n`;
}
/** Nothing goes to the far side before the name inside the tunnel is known to be the tunnel's. */
function inspect(context, inspected) {
    const { client, rest, far } = inspected;
    far.socket.on('close', () => closeWritten(client.socket));
    // A server that ends before it was asked anything has given the tunnel up.
    const onFarEnd = () => void far.socket.destroy();
    far.socket.on('end', onFarEnd);
    if (rest.length > 0)
        client.socket.unshift(rest);
    const onHello = (first) => {
        far.socket.off('end', onFarEnd);
        openInspected(context, inspected, first);
    };
    const wish = { parse: parseClientHello, deadlineMs: context.limits.firstBytesMs };
    collectFirst(client.socket, wish, guarded(client.socket, onHello));
}
function openInspected(context, inspected, first) {
    const { client, head, far, attempt, outcome } = inspected;
    const { bytes, reading } = first;
    if (bytes.length === 0 && isClosedBy(client)) {
        // Opened ahead and not needed, as clients do: nothing has gone either way, so nothing is refused.
        closeUnused(far.socket, { isCrowded: context.countClients() >= CROWD, onClose: () => attempt.end(outcome) });
        return;
    }
    attempt.hasEncryptedHello = reading.kind === 'hello' && reading.hasEncryptedHello;
    const reason = decideTunnelled(reading, head.name);
    if (reason === undefined || context.policy.mode === 'audit') {
        const verdict = reason === undefined ? outcome : { ...outcome, verdict: 'would-block', reason };
        join(client, far, { first: bytes, onClose: () => attempt.end(verdict) });
        return;
    }
    far.socket.destroy();
    if (reading.kind === 'hello')
        attempt.host = reading.name;
    attempt.end({ ...outcome, verdict: 'blocked', reason });
    void refuseHello(client, reason);
}
async function refuseHello(client, reason) {
    await awaitAttribution(client);
    if (reason === 'not-tls')
        resetSocket(client.socket);
    else
        closePolitely(client.socket, UNRECOGNIZED_NAME);
}
/**
 * The client's end goes with the far side's. While few are here that happens in turn, as the far side answers, and who waits to be
 * accepted is served in between: a fifth more tunnels one after another. While many are, all at once, which costs a tenth less.
 */
function closeUnused(far, { isCrowded, onClose }) {
    const timer = far.destroyed ? undefined : setTimeout(() => far.destroy(), UNUSED_MS);
    onClosed(far, () => {
        clearTimeout(timer);
        onClose();
    });
    if (isCrowded)
        far.destroy();
    else if (!far.destroyed)
        far.end();
}
/** Closes when what has been written has gone out; when it has already, without the detour of a half-close. */
function closeWritten(socket) {
    if (socket.writableLength > 0)
        socket.destroySoon();
    else
        socket.destroy();
}
const isClosedBy = ({ socket }) => socket.readableEnded || socket.destroyed;
function join(client, far, { first, onClose }) {
    if (first.length > 0)
        far.socket.write(first);
    joinSides(client.socket, far, onClose);
}
/**
 * Whether a tunnel that was allowed for a name carries TLS for just that name: the server behind it may serve others too.
 */
function decideTunnelled(reading, name) {
    if (reading.kind === 'hello')
        return reading.name === name ? undefined : 'name-mismatch';
    return reading.kind === 'refused' ? reading.reason : 'not-tls';
}

;// CONCATENATED MODULE: ./lib/egress/relay/serve-tls.js








const serve_tls_NOTHING = Buffer.alloc(0);
/** A connection that must be TLS: the name in its ClientHello decides, and that name is dialled, whatever was dialled to us. */
async function serveTls(context, client, port) {
    const attempt = createAttempt({ client, protocol: 'tls' }, context.report);
    attempt.port = port;
    if (context.policy.needsOrigin(port)) {
        const free = deriveUninspected(context, attempt, { origin: await client.origin, port });
        if (free !== undefined)
            return passThrough(context, { client: client.socket, attempt, ...free, first: serve_tls_NOTHING });
    }
    const { bytes, reading } = await readFirst(client.socket, parseClientHello, context.limits.firstBytesMs);
    noteHello(attempt, reading);
    const decision = decideHello(context, reading, port);
    if (decision.verdict === 'allowed' && reading.kind === 'hello') {
        const target = { host: reading.name, port, reach: decision.mayBePrivate ? 'private' : 'public' };
        const outcome = deriveOutcome(decision, context.policy.mode);
        const onFailure = (error) => refuseFailed(client, error);
        await passThrough(context, { client: client.socket, attempt, target, outcome, first: bytes, onFailure });
    }
    else
        await refuseTls(context, { client, attempt, port, decision, first: bytes });
}
function noteHello(attempt, reading) {
    attempt.host = reading.kind === 'hello' ? reading.name : null;
    attempt.hasEncryptedHello = reading.kind === 'hello' && reading.hasEncryptedHello;
}
function decideHello({ policy }, reading, port) {
    if (reading.kind === 'hello')
        return policy.decideName({ name: reading.name, port, scheme: 'https' });
    return { verdict: 'blocked', reason: reading.kind === 'refused' ? reading.reason : 'not-tls' };
}
/** Waits for the look-up: once it is refused a client closes, and nobody could say any more which program it was. */
async function refuseTls(context, refused) {
    const { client, attempt, port, decision, first } = refused;
    const outcome = deriveOutcome(decision, context.policy.mode);
    const origin = await awaitAttribution(client);
    attempt.host ??= findLookedUp(context, origin);
    const target = outcome.verdict === 'would-block' ? deriveWanted(context, attempt, { origin, port }) : undefined;
    if (target !== undefined)
        return passThrough(context, { client: client.socket, attempt, target, outcome, first });
    attempt.end(outcome);
    serve_tls_sendRefusal(client, outcome.reason);
}
function findLookedUp({ names }, { original }) {
    return original === null ? null : (names.nameOf(original.address) ?? null);
}
// Who does not speak TLS could not read an alert.
function serve_tls_sendRefusal({ socket }, reason) {
    if (reason === 'not-tls')
        resetSocket(socket);
    else
        closePolitely(socket, UNRECOGNIZED_NAME);
}
function refuseFailed({ socket }, error) {
    if (error.reason === undefined)
        resetSocket(socket);
    else
        closePolitely(socket, UNRECOGNIZED_NAME);
}

;// CONCATENATED MODULE: ./lib/egress/relay/serve-tcp.js






const serve_tcp_NOTHING = Buffer.alloc(0);
/**
 * Everything that is neither port 443 nor 80. The address that was dialled tells the name: a `tcp://` rule lets it pass as it is,
 * an `https` or `http` rule for that port has it inspected, and an address needs a rule of its own.
 */
async function serveTcp(context, client, inspectHttp) {
    const origin = await client.origin;
    const attempt = createAttempt({ client, protocol: 'tcp' }, context.report);
    const { original } = origin;
    if (original === null) {
        await awaitAttribution(client);
        attempt.end({ verdict: 'blocked', reason: 'not-allowed' });
        resetSocket(client.socket);
        return;
    }
    const { port } = original;
    attempt.port = port;
    const name = context.names.nameOf(original.address);
    attempt.host = name ?? null;
    const decision = name === undefined ? decideLiteral(context, origin, port) : decide(context, name, port);
    if (decision.scheme === 'https')
        return serveTls(context, client, port);
    if (decision.scheme === 'http')
        return inspectHttp(client, port);
    const outcome = deriveOutcome(decision.decision, context.policy.mode);
    const host = name ?? original.address;
    const target = serve_tcp_deriveTarget(context, attempt, { origin, host, port, decision: decision.decision });
    if (target !== undefined)
        return passThrough(context, { client: client.socket, attempt, target, outcome, first: serve_tcp_NOTHING });
    await awaitAttribution(client);
    attempt.end(outcome);
    resetSocket(client.socket);
}
function decide({ policy }, name, port) {
    const schemes = ['tcp', 'https', 'http'].map((scheme) => ({
        scheme,
        decision: policy.decideName({ name, port, scheme }),
    }));
    // When none allows it, the most telling refusal: a rule that denies, or one that names the host with another port.
    const ranks = ['denied', 'port-not-allowed'];
    const refusal = ranks.flatMap((reason) => schemes.filter(({ decision }) => decision.verdict === 'blocked' && decision.reason === reason))[0]?.decision;
    const allowed = schemes.find(({ decision }) => decision.verdict === 'allowed');
    return allowed ?? { scheme: 'tcp', decision: refusal ?? { verdict: 'blocked', reason: 'not-allowed' } };
}
function decideLiteral(context, origin, port) {
    const found = decideOriginal(context, origin, port)?.decision;
    // An address that we made up and no longer know: its name was asked for before the relay was started again.
    return { scheme: 'tcp', decision: found ?? { verdict: 'blocked', reason: 'not-allowed' } };
}
function serve_tcp_deriveTarget(context, attempt, wanted) {
    const { origin, host, port, decision } = wanted;
    if (decision.verdict === 'blocked') {
        return context.policy.mode === 'audit' ? deriveWanted(context, attempt, { origin, port }) : undefined;
    }
    if (attempt.host === null)
        return { host, port, reach: 'any' };
    return { host, port, reach: decision.mayBePrivate ? 'private' : 'public' };
}

;// CONCATENATED MODULE: ./lib/egress/relay/entrances.js







/** One way in for each door of the relay. Throws nothing: a connection that cannot be served is cut. */
function createEntrances({ context, admission, answerDns, inspectedPorts }) {
    const http = createHttpEntrance(context);
    const serveAs = (serve) => (arrival) => {
        const client = admission.admit(arrival);
        if (client === undefined)
            return;
        // One connection that we have no answer to is cut; the others go on.
        serve(client).catch(() => resetSocket(arrival.socket));
    };
    const inspectHttp = (client, port) => serveHttp(context, client, { port, http });
    return {
        tls: serveAs((client) => serveTls(context, client, inspectedPorts.tls)),
        http: serveAs((client) => inspectHttp(client, inspectedPorts.http)),
        tcp: serveAs((client) => serveTcp(context, client, inspectHttp)),
        proxy(arrival) {
            const client = admission.admit(arrival);
            if (client !== undefined)
                serveProxy(context, client, http);
        },
        dns(socket) {
            const unknown = Promise.withResolvers();
            if (admission.admit({ socket, findOrigin: () => unknown.promise }) !== undefined)
                serveDnsStream(socket, answerDns);
        },
        answerDns,
    };
}

;// CONCATENATED MODULE: ./lib/egress/relay/event-tally.js
const MOMENT_MS = 1000;
/** A client that makes up a new name each time must not make us remember them all. */
const MOST_KEYS = 1024;
/**
 * Passes events on; when the same refusal repeats within a moment, the first goes out at once and the others as one line with
 * their number. Programs retry a refused host hundreds of times a second.
 * @param now in milliseconds
 */
function createEventTally(give, now) {
    const repeated = new Map();
    let timer;
    const sweep = (isEverything) => {
        for (const [key, entry] of repeated) {
            if (!isEverything && now() - entry.startedAt < MOMENT_MS)
                continue;
            repeated.delete(key);
            if (entry.last !== undefined)
                give(withCount(entry.last, entry.count));
        }
        if (repeated.size > 0)
            return;
        clearInterval(timer);
        timer = undefined;
    };
    return {
        add(tallied) {
            const key = deriveKey(tallied.event);
            const entry = key === undefined ? undefined : repeated.get(key);
            if (entry !== undefined) {
                entry.last = tallied;
                entry.count += tallied.event.count ?? 1;
                return;
            }
            give(tallied);
            if (key === undefined || repeated.size >= MOST_KEYS)
                return;
            repeated.set(key, { startedAt: now(), last: undefined, count: 0 });
            timer ??= setInterval(() => sweep(false), MOMENT_MS).unref();
        },
        flush: () => sweep(true),
    };
}
/** What makes two refusals the same; undefined for what is always a line of its own. */
function deriveKey(event) {
    if (event.verdict === 'allowed' || event.verdict === 'would-block')
        return undefined;
    const { verdict, protocol, host, port, address, reason, failure, uid, program } = event;
    return JSON.stringify([verdict, protocol, host, port, address, reason, failure, uid, program]);
}
function withCount({ event, inode }, count) {
    return { event: count === 1 ? event : { ...event, count }, inode };
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

;// CONCATENATED MODULE: external "node:dgram"
const external_node_dgram_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:dgram");
;// CONCATENATED MODULE: ./lib/egress/relay/listeners.js




const BACKLOG = 4096;
const ATTEMPTS = 20;
/** The machine has no IPv6, or it is switched off. */
const NO_SUCH_FAMILY = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'];
/**
 * Listens on 127.0.0.1 and, where there is one, ::1.
 * @param preferred 0 for any free port; another one is taken or nothing is
 * @throws Error with the code of the system
 */
function bindTcp(preferred, onConnection) {
    return bindBoth(preferred, async (host, port) => {
        const server = (0,external_node_net_namespaceObject.createServer)({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, onConnection);
        server.listen({ host, port, backlog: BACKLOG, exclusive: true });
        await (0,external_node_events_namespaceObject.once)(server, 'listening');
        keepAccepting(server);
        return { port: readPort(server.address()), close: () => void server.close() };
    });
}
/** The same for datagrams. */
function bindUdp(preferred, onSocket) {
    return bindBoth(preferred, async (host, port) => {
        const socket = (0,external_node_dgram_namespaceObject.createSocket)(host === '::1' ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' });
        socket.bind({ address: host, port, exclusive: true });
        await (0,external_node_events_namespaceObject.once)(socket, 'listening');
        socket.on('error', () => undefined);
        onSocket(socket);
        return { port: readPort(socket.address()), close: () => void socket.close() };
    });
}
// Out of descriptors, or a client that was gone before it was accepted: neither ends the listener.
function keepAccepting(server) {
    server.on('error', () => undefined);
}
async function bindBoth(preferred, bindOne) {
    for (let attempt = 1;; attempt += 1) {
        const v4 = await bindOne('127.0.0.1', preferred);
        try {
            const v6 = await bindOne('::1', v4.port);
            return { port: v4.port, close: () => [v4, v6].forEach((one) => void one.close()) };
        }
        catch (error) {
            if (NO_SUCH_FAMILY.includes(readErrorCode(error) ?? ''))
                return v4;
            v4.close();
            // Somebody else has this number on ::1 only.
            if (preferred !== 0 || attempt === ATTEMPTS || readErrorCode(error) !== 'EADDRINUSE')
                throw error;
        }
    }
}
function readPort(address) {
    return typeof address === 'object' && address !== null ? address.port : 0;
}

;// CONCATENATED MODULE: ./lib/core/bridge-opening.js

const MAX_BRIDGE_LINE = 8192;
const ENTRANCES = ['tls', 'http', 'tcp', 'dns', 'proxy', 'local'];
const WITH_DESTINATION = ['tls', 'http', 'tcp'];
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
    const address = typeof fields.address === 'string' && (0,external_node_net_namespaceObject.isIP)(fields.address) !== 0 ? fields.address : null;
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

;// CONCATENATED MODULE: ./lib/egress/relay/serve-bridge.js






/**
 * Reads the opening line. The other end is the wrapper's bridge or, if the agent has taken its place, the agent: what the line
 * says decides nothing that the agent could not have asked for anyway.
 */
async function serveBridge(socket, doors) {
    socket.on('error', () => undefined);
    const { bytes, reading } = await readFirst(socket, parseLine, doors.firstBytesMs);
    if (reading.kind !== 'opening') {
        socket.destroy();
        return;
    }
    const { opening, used } = reading;
    if (used < bytes.length)
        socket.unshift(bytes.subarray(used));
    if (opening.entrance === 'local')
        serveLocal(socket, opening.port ?? 0, doors.forwardedPorts);
    else
        doors.open({ socket, findOrigin: () => Promise.resolve(deriveOrigin(opening)), foreignBytes: used }, opening);
}
function parseLine(bytes) {
    const end = bytes.indexOf(0x0a);
    if (end < 0)
        return bytes.length > MAX_BRIDGE_LINE ? { kind: 'refused' } : { kind: 'more' };
    const opening = end > MAX_BRIDGE_LINE ? undefined : parseBridgeOpening(bytes.toString('utf8', 0, end));
    return opening === undefined ? { kind: 'refused' } : { kind: 'opening', opening, used: end + 1 };
}
function deriveOrigin({ address, port, uid, pid, program }) {
    const original = address === null || port === null ? null : { address, port };
    return { ...UNKNOWN_ORIGIN, original, uid, pid, program };
}
/** A port outside that belongs to the run, such as the sidecar's; every other one stays out of reach. */
function serveLocal(client, port, forwardedPorts) {
    if (!forwardedPorts.includes(port)) {
        client.destroy();
        return;
    }
    const socket = (0,external_node_net_namespaceObject.connect)({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
    joinSides(client, wrapFarSide(socket), () => undefined);
}

;// CONCATENATED MODULE: ./lib/egress/relay/open-entrance.js






const NO_PORTS = { tls: 0, http: 0, tcp: 0, dnsUdp: 0, dnsTcp: 0, proxy: 0 };
/** Opens the way in that the configuration names. @throws Error with a system code */
function openEntrance(config, means) {
    const { entrance } = config;
    const preferred = config.ports ?? NO_PORTS;
    switch (entrance.kind) {
        case 'redirect':
            return openRedirect(preferred, means);
        case 'proxy-only':
            return openProxy(preferred, means);
        case 'bridge':
            return openBridge(entrance, means);
    }
}
async function openRedirect(preferred, { entrances, findOrigin }) {
    const bound = [];
    const keep = async (binding) => {
        const one = await binding;
        bound.push(one);
        return one.port;
    };
    const close = () => bound.forEach((one) => void one.close());
    const listen = (name) => keep(bindTcp(preferred[name], (socket) => entrances[name]({ socket, findOrigin: (one) => findOrigin(one, name) })));
    try {
        const ports = {
            tls: await listen('tls'),
            http: await listen('http'),
            tcp: await listen('tcp'),
            dnsUdp: await keep(bindUdp(preferred.dnsUdp, (socket) => serveDnsDatagrams(socket, entrances.answerDns))),
            dnsTcp: await keep(bindTcp(preferred.dnsTcp, (socket) => entrances.dns(socket))),
            proxy: await keep(bindProxy(preferred.proxy, { entrances, findOrigin })),
        };
        return { ports, close };
    }
    catch (error) {
        close();
        throw error;
    }
}
async function openProxy(preferred, means) {
    const bound = await bindProxy(preferred.proxy, means);
    return { ports: { ...NO_PORTS, proxy: bound.port }, close: () => bound.close() };
}
function bindProxy(preferred, { entrances, findOrigin }) {
    const find = (socket) => findOrigin(socket, 'proxy').then(dropOriginal);
    return bindTcp(preferred, (socket) => entrances.proxy({ socket, findOrigin: find }));
}
// What the client dialled is the proxy itself.
const dropOriginal = (origin) => origin.original === null ? origin : { ...origin, original: null };
async function openBridge(entrance, { entrances, limits }) {
    const { socketPath, forwardedPorts } = entrance;
    const doors = {
        forwardedPorts,
        firstBytesMs: limits.firstBytesMs,
        open: (arrival, opening) => pass(entrances, arrival, opening),
    };
    // A relay before this one may have left it behind.
    (0,external_node_fs_namespaceObject.rmSync)(socketPath, { force: true });
    const server = (0,external_node_net_namespaceObject.createServer)({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => void serveBridge(socket, doors));
    server.listen(socketPath);
    await (0,external_node_events_namespaceObject.once)(server, 'listening');
    server.on('error', () => undefined);
    (0,external_node_fs_namespaceObject.chmodSync)(socketPath, 0o600);
    return { ports: NO_PORTS, close: () => void server.close() };
}
function pass(entrances, arrival, opening) {
    switch (opening.entrance) {
        case 'tls':
        case 'http':
        case 'tcp':
        case 'proxy':
            entrances[opening.entrance](arrival);
            return;
        case 'dns':
            entrances.dns(arrival.socket);
            return;
        case 'local':
            return;
    }
}

;// CONCATENATED MODULE: external "node:dns/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:dns/promises");
;// CONCATENATED MODULE: ./lib/egress/relay/resolver.js




const resolver_MOST_KNOWN = 2048;
const MAX_SECONDS = 30;
/** A name that is not there is asked for again and again by programs that wait for it. */
const NEGATIVE_SECONDS = 2;
/** How long the answer for IPv4 waits for the one for IPv6 (RFC 8305 §3). */
const RESOLUTION_DELAY_MS = 50;
const QUERY = { timeout: 2500, tries: 3, maxTimeout: 5000 };
const NO_SUCH_NAME = ['ENOTFOUND', 'ENODATA', 'NOTFOUND', 'NODATA'];
/** Asks the real name servers, never the machine's stub: that would give back the addresses we made up. */
function createResolver(settings) {
    const client = new promises_namespaceObject.Resolver(QUERY);
    if (settings.nameservers.length > 0)
        client.setServers(settings.nameservers);
    const hosts = parseHosts(settings.hosts);
    const known = new Map();
    const ask = (name) => {
        const question = askBoth(client, name);
        const answer = question.then(({ addresses }) => {
            entry.addresses = addresses;
            return addresses;
        });
        const entry = { answer, addresses: undefined, until: Number.POSITIVE_INFINITY };
        const keep = (seconds) => () => {
            entry.until = performance.now() + seconds * 1000;
        };
        question.then(({ seconds }) => keep(seconds)(), keep(NEGATIVE_SECONDS));
        return entry;
    };
    return {
        recall(name) {
            const entry = known.get(name);
            return hosts.get(name) ?? (entry !== undefined && entry.until > performance.now() ? entry.addresses : undefined);
        },
        resolve(name) {
            const local = hosts.get(name);
            if (local !== undefined)
                return Promise.resolve(local);
            if (settings.nameservers.length === 0)
                return Promise.reject(new DialError({ failure: 'NO_NAME_SERVER' }));
            const entry = known.get(name);
            if (entry !== undefined && entry.until > performance.now())
                return entry.answer;
            const fresh = ask(name);
            known.delete(name);
            known.set(name, fresh);
            if (known.size > resolver_MOST_KNOWN)
                known.delete(known.keys().next().value ?? name);
            return fresh.answer;
        },
    };
}
async function askBoth(client, name) {
    const questions = [client.resolve4(name, { ttl: true }), client.resolve6(name, { ttl: true })];
    const [v4, v6] = questions.map(settle);
    const found4 = (await v4) ?? [];
    // The other one may be a server that never answers questions for IPv6.
    const found6 = (await (found4.length > 0 ? Promise.race([v6, delay(RESOLUTION_DELAY_MS)]) : v6)) ?? [];
    if (found4.length + found6.length === 0)
        throw await resolver_deriveFailure(questions);
    const records = interleave(found6, found4).filter(({ address }) => (0,external_node_net_namespaceObject.isIP)(address) !== 0);
    const seconds = Math.min(MAX_SECONDS, ...records.map(({ ttl }) => ttl));
    return { addresses: records.map(({ address }) => address), seconds: Math.max(1, seconds) };
}
const settle = (question) => question.catch(() => undefined);
function delay(ms) {
    return new Promise((resolve) => void setTimeout(resolve, ms, undefined).unref());
}
function interleave(first, second) {
    return Array.from({ length: Math.max(first.length, second.length) }, (_, at) => [first[at], second[at]])
        .flat()
        .filter((each) => each !== undefined);
}
/** Both failed: what the IPv4 one says counts, for the other one fails on many networks. */
async function resolver_deriveFailure(questions) {
    const results = await Promise.allSettled(questions);
    const codes = results.map((result) => result.status === 'rejected' ? (readErrorCode(result.reason) ?? 'EFAIL') : 'ENODATA');
    const isUnknown = codes.some((code) => NO_SUCH_NAME.includes(code));
    return new DialError(isUnknown ? { reason: 'unresolvable' } : { failure: codes[0] ?? 'EFAIL' });
}

;// CONCATENATED MODULE: ./lib/egress/relay/witness.js
/** A refusal is for somebody who waits; a witness that is busy costs it no more than this. */
const LONGEST_WAIT_MS = 250;
/** Beyond it the oldest are taken as seen: a witness that never answers costs no memory. */
const MOST_WAITING = 4096;
/** A witness at the other end of the channel; over one that goes one way it is told, and nobody waits for it. */
function createWitness(replies) {
    const waiting = new Map();
    const onSeen = (inode) => {
        if (inode === undefined)
            return;
        waiting.get(inode)?.resolve();
        waiting.delete(inode);
    };
    const isAnswered = replies.listen((line) => onSeen(Number(line)));
    return {
        tell(inode) {
            replies.send({ kind: 'opened', inode });
            if (!isAnswered)
                return () => Promise.resolve();
            if (waiting.size >= MOST_WAITING)
                onSeen(waiting.keys().next().value);
            const seen = Promise.withResolvers();
            waiting.set(inode, seen);
            return () => limit(seen.promise);
        },
    };
}
async function limit(seen) {
    const { promise, resolve } = Promise.withResolvers();
    const timer = setTimeout(resolve, LONGEST_WAIT_MS);
    await Promise.race([seen, promise]);
    clearTimeout(timer);
}

;// CONCATENATED MODULE: ./lib/egress/relay/run-relay.js











const CLOSING_TURNS = 4;
/**
 * Starts the relay and says `ready`.
 * @throws Error with a system code when it cannot listen
 */
async function runRelay(config, surroundings) {
    const { policy, replies, limits } = surroundings;
    const tally = createEventTally((tallied) => replies.send({ kind: 'event', ...tallied }), () => performance.now());
    const names = createNamePool();
    const admission = createAdmission(names, limits.mostClients);
    const resolver = createResolver(config);
    const context = {
        policy,
        names,
        limits,
        dialer: createDialer({
            ...{ resolver, upstreamProxy: config.upstreamProxy, mayFollow: policy.mayFollow },
            extraCa: config.extraCa ?? [],
        }),
        countClients: () => admission.count(),
        report: (tallied) => tally.add(tallied),
    };
    const isNamed = (name) => isNamedBy(policy, name);
    const answerDns = createDnsAnswerer({ hosts: parseHosts(config.hosts), isNamed }, names);
    const inspectedPorts = surroundings.inspectedPorts ?? { tls: 443, http: 80 };
    const entrances = createEntrances({ context, admission, answerDns, inspectedPorts });
    const finder = surroundings.originFinder ?? createOriginFinder();
    const find = createDoorFinder(finder, { policy, inspectedPorts });
    const findOrigin = config.entrance.kind === 'redirect' ? tellOpened(find, replies) : find;
    const opened = await openEntrance(config, { entrances, findOrigin, limits });
    replies.send({ kind: 'ready', ports: opened.ports });
    return {
        async close() {
            opened.close();
            admission.closeAll();
            finder.close();
            // Closed connections write their lines in their own events: those of the client's end, then of the far side's.
            for (let turn = 0; turn < CLOSING_TURNS; turn += 1)
                await new Promise((resolve) => setImmediate(resolve));
            tally.flush();
            await replies.close();
        },
    };
}
/** Only where what was dialled decides does the connection wait for the look-up. */
function createDoorFinder(finder, { policy, inspectedPorts }) {
    const ports = { ...inspectedPorts, tcp: null, proxy: null };
    const isUrgent = {
        tls: policy.needsOrigin(inspectedPorts.tls),
        http: policy.needsOrigin(inspectedPorts.http),
        tcp: true,
        proxy: false,
    };
    return (socket, door) => finder.find(socket, { port: ports[door], isUrgent: isUrgent[door] });
}
/** Tells the guard of each client while it still holds its socket: at the end of a connection its program may be gone. */
function tellOpened(find, replies) {
    const witness = createWitness(replies);
    return async (socket, door) => {
        const origin = await find(socket, door);
        return origin.inode === null ? origin : { ...origin, awaitSeen: witness.tell(origin.inode) };
    };
}
/** True when some rule is about this name, be it for another port. */
function isNamedBy(policy, name) {
    const decision = policy.decideName({ name, port: 443, scheme: 'https' });
    return decision.verdict === 'allowed' || decision.reason === 'port-not-allowed';
}

;// CONCATENATED MODULE: ./lib/egress/relay/start-relay.js







const REPLY_FD = 3;
const FIRST_BYTES_MS = 30_000;
const IDLE_REQUEST_MS = 60_000;
/**
 * Starts the relay from its one message. What goes wrong is said in a `failed` reply, without anything of the message: the
 * corporate proxy's URL may hold a password.
 * @returns undefined when it could not be started
 */
async function startRelay(message) {
    const replies = createReplyChannel(openReplyStream());
    try {
        const config = parseConfig(message);
        return await runRelay(config, {
            policy: createRelayPolicy(config.policy),
            replies,
            limits: { firstBytesMs: FIRST_BYTES_MS, idleRequestMs: IDLE_REQUEST_MS, mostClients: readMostClients() },
        });
    }
    catch (error) {
        replies.send({ kind: 'failed', reason: start_relay_describe(error) });
        await replies.close();
        return undefined;
    }
}
function parseConfig(message) {
    const value = JSON.parse(message);
    const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
    if (version !== 1)
        throw new TypeError('unknown version');
    return value;
}
function start_relay_describe(error) {
    const code = readErrorCode(error);
    if (code !== undefined)
        return `The relay could not listen (${code})`;
    return 'The relay could not read its configuration: one JSON object with version 1 is needed on stdin';
}
// A pipe is written without ever waiting for its reader; anything else (a file) through the thread pool. Where it is a socket,
// as Node's own pipes to children are, something may come back.
function openReplyStream() {
    const fd = hasDescriptor(REPLY_FD) ? REPLY_FD : 1;
    try {
        return new external_node_net_namespaceObject.Socket({ fd, readable: (0,external_node_fs_namespaceObject.fstatSync)(fd).isSocket(), writable: true });
    }
    catch {
        return (0,external_node_fs_namespaceObject.createWriteStream)('', { fd });
    }
}
function hasDescriptor(fd) {
    try {
        return (0,external_node_fs_namespaceObject.fstatSync)(fd).isFIFO() || (0,external_node_fs_namespaceObject.fstatSync)(fd).isSocket() || (0,external_node_fs_namespaceObject.fstatSync)(fd).isFile();
    }
    catch {
        return false;
    }
}
function readMostClients() {
    try {
        return deriveMostClients((0,external_node_fs_namespaceObject.readFileSync)('/proc/self/limits', 'latin1'));
    }
    catch {
        return deriveMostClients('');
    }
}


/***/ }),

/***/ 609:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(321);
/* harmony import */ var _egress_relay_start_relay_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(418);


// One connection that goes wrong in a way nobody thought of must not open or close the way for all others.
process.on('uncaughtException', (error) => void process.stderr.write(`relay: ${error.stack ?? error.message}\n`));
for (const signal of ['SIGINT', 'SIGHUP', 'SIGPIPE'])
    process.on(signal, () => undefined);
const relay = await (0,_egress_relay_start_relay_js__WEBPACK_IMPORTED_MODULE_1__/* .startRelay */ .s)(await (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__.text)(process.stdin));
if (relay === undefined)
    process.exit(1);
process.once('SIGTERM', () => {
    relay.close().then(() => process.exit(0), () => process.exit(1));
});

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
/******/ var __webpack_exports__ = __nccwpck_require__(609);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
