import { parseEndpoint, parseLocalEnd, parseTcpLine, type TcpLine } from '../../core/tcp-table.ts'
import { type ClientOrigin, UNKNOWN_ORIGIN } from './client.ts'
import type { ReadTcpTable } from './read-tcp-table.ts'

/** A connection whose client is looked for. Ends are written as the kernel prints them. */
export interface Wanted {
  readonly isV4: boolean
  readonly client: string
  /** The same end inside an IPv6 socket; null for a client that speaks IPv6. */
  readonly mappedClient: string | null
  /** Our own end. */
  readonly self: string
  readonly mappedSelf: string | null
  /** The port that it must have dialled to come in here; null where it may be any. */
  readonly port: number | null
  /** Nobody waits for it any more: it has been closed meanwhile. */
  readonly isGone: () => boolean
  /** What was found. */
  found: ClientOrigin
}

interface Search {
  readonly wanted: Wanted
  /** Living sockets with the client's end: several may share a port when they lead to different places. */
  readonly candidates: TcpLine[]
  /** The client dialled us and not something else: both ends are the same, and no other socket can have them. */
  exact: TcpLine | undefined
  /** State of our own end. */
  ownState: string | undefined
}

/** Established, and half-closed from either side: somebody still holds the socket. */
const LIVING: readonly string[] = ['01', '04', '05', '08']
/** States of a client's end beside a state of ours. A client that has closed for good has left its port to others. */
const OTHER_END: Readonly<Record<string, readonly string[]>> = {
  '01': ['01'],
  '04': ['01', '08'],
  '05': ['01', '08'],
  '08': ['04', '05'],
}

/** Looks for many clients in one reading of each table that is needed, and stops early where that is safe. */
export async function searchTables(batch: readonly Wanted[], readTable: ReadTcpTable): Promise<void> {
  const searches = batch.map((wanted): Search => ({ wanted, candidates: [], exact: undefined, ownState: undefined }))
  await searchTable(
    searches.filter(({ wanted }) => wanted.isV4),
    readTable(4),
  )
  await searchTable(
    searches.filter((search) => search.candidates.length === 0 && !isSettled(search)),
    readTable(6),
  )
  for (const search of searches) search.wanted.found = judge(search)
}

async function searchTable(searches: readonly Search[], pieces: AsyncIterable<string>): Promise<void> {
  if (searches.length === 0) return
  const index = indexSearches(searches)
  for await (const piece of pieces) {
    for (const line of piece.split('\n')) noteLine(index, line)
    if (searches.every(isSettled)) return
  }
}

const isSettled = ({ exact, wanted }: Search): boolean => exact !== undefined || wanted.isGone()

interface Index {
  readonly byClient: ReadonlyMap<string, readonly Search[]>
  /** Our own ends. */
  readonly selves: ReadonlySet<string>
}

function indexSearches(searches: readonly Search[]): Index {
  const ends = searches.flatMap((search) =>
    [search.wanted.client, search.wanted.mappedClient].map((end) => ({ end, search })),
  )
  const byEnd = Map.groupBy(ends, ({ end }) => end ?? '')
  byEnd.delete('')
  const byClient = new Map([...byEnd].map(([end, found]) => [end, found.map(({ search }) => search)]))
  const selves = new Set(searches.flatMap(({ wanted }) => [wanted.self, wanted.mappedSelf ?? wanted.self]))
  return { byClient, selves }
}

function noteLine({ byClient, selves }: Index, line: string): void {
  const local = parseLocalEnd(line)
  for (const search of byClient.get(local) ?? []) noteClient(search, parseTcpLine(line))
  if (selves.has(local)) noteOwn(byClient, parseTcpLine(line))
}

function noteClient(search: Search, line: TcpLine): void {
  if (!LIVING.includes(line.state) || line.inode === 0) return
  const { self, mappedSelf, port } = search.wanted
  if (line.remote === self || line.remote === mappedSelf) search.exact = line
  else if (port === null || parseEndpoint(line.remote).port === port) search.candidates.push(line)
}

function noteOwn(byClient: ReadonlyMap<string, readonly Search[]>, line: TcpLine): void {
  for (const search of byClient.get(line.remote) ?? []) {
    const { self, mappedSelf } = search.wanted
    if (line.local === self || line.local === mappedSelf) search.ownState = line.state
  }
}

/** Nobody, when it may be one or the other: a wrong name in the log, or a wrong way out, is worse than none. */
function judge({ candidates, exact, ownState = '' }: Search): ClientOrigin {
  if (exact !== undefined) return { ...UNKNOWN_ORIGIN, uid: exact.uid, inode: exact.inode }
  const [only, other] = candidates
  if (only === undefined || other !== undefined || OTHER_END[ownState]?.includes(only.state) !== true)
    return UNKNOWN_ORIGIN
  return { ...UNKNOWN_ORIGIN, original: parseEndpoint(only.remote), uid: only.uid, inode: only.inode }
}
