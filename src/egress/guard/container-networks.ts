import { runTool } from './run-tool.ts'

/** Bridges that docker, podman and alike make for containers of this machine. */
const BRIDGE_NAME = /^(docker0|br-[0-9a-f]{12}|podman\d+|cni-podman\d+)$/

export interface NetworkListings {
  /** Answers of `ip -j -d link show` and of `ip -j route show proto kernel` for both families. */
  readonly links: string
  readonly routes: readonly string[]
}

/** Networks of container bridges, for the rules. Where `ip` cannot tell, none: then service containers are out of reach. */
export async function readContainerNetworks(): Promise<readonly string[]> {
  const questions = [
    ['ip', '-j', '-d', 'link', 'show'],
    ['ip', '-4', '-j', 'route', 'show', 'proto', 'kernel'],
    ['ip', '-6', '-j', 'route', 'show', 'proto', 'kernel'],
  ]
  const [links = '', ...routes] = (await Promise.all(questions.map((words) => runTool(words)))).map(
    ({ stdout }) => stdout,
  )
  return deriveContainerNetworks({ links, routes })
}

/**
 * CIDR networks behind the bridges that lead to containers only. A bridge with any other interface in it leads outside by itself,
 * and what is reachable over it is not of this machine.
 */
export function deriveContainerNetworks({ links, routes }: NetworkListings): readonly string[] {
  const all = parseList(links)
  const bridges = all
    .filter((link) => BRIDGE_NAME.test(String(link.ifname)) && kindOf(link) === 'bridge')
    .filter((bridge) => all.every((link) => link.master !== bridge.ifname || kindOf(link) === 'veth'))
    .map((bridge) => bridge.ifname)
  const networks = routes
    .flatMap(parseList)
    .filter((route) => bridges.includes(route.dev))
    .map((route) => String(route.dst))
  return [...new Set(networks)].filter((network) => network.includes('/') && !network.startsWith('fe80:'))
}

type Fields = Readonly<Record<string, unknown>>

function kindOf(link: Fields): unknown {
  return (link.linkinfo as Fields | undefined)?.info_kind
}

function parseList(text: string): readonly Fields[] {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}
