// A network namespace with links to this machine's own, each of which can be cut: packets then vanish, and neither end hears of
// it. Needs root and `ip`.
import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'

export interface NetworkNamespace {
  readonly name: string
  readonly links: readonly NetworkLink[]
  remove(): void
}

export interface NetworkLink {
  /** Address of this machine's end. */
  readonly here: string
  /** Address of the namespace's end. */
  readonly there: string
  /** What this machine sends vanishes on the way. */
  cutFromHere(): void
  /** What the namespace sends vanishes on the way. */
  cutFromThere(): void
  mend(): void
}

export function hasNetworkNamespaces(): boolean {
  try {
    createNetworkNamespace(1).remove()
    return true
  } catch {
    return false
  }
}

export function createNetworkNamespace(linkCount: number): NetworkNamespace {
  const id = randomInt(0x1_00_00_00)
  const name = `winrate-${id.toString(16)}`
  ip('netns', 'add', name)
  const remove = () => ip('netns', 'del', name)
  try {
    ip('-n', name, 'link', 'set', 'lo', 'up')
    const links = Array.from({ length: linkCount }, (_, at) => createLink(name, `wr${id}`, at))
    return { name, links, remove }
  } catch (error) {
    remove()
    throw error
  }
}

function createLink(namespace: string, prefix: string, at: number): NetworkLink {
  const [near, far] = [`${prefix}h${at}`, `${prefix}t${at}`]
  // Of 198.18.0.0/15, which is for tests of networks, some four addresses.
  const first = randomInt(0x8000) * 4
  const address = (host: number) =>
    `198.${18 + (first >> 16)}.${(first >> 8) & 255}.${(first & 255) + host}`
  const [here, there] = [address(1), address(2)]
  const nearSide = (...args: string[]) => ip(...args)
  const farSide = (...args: string[]) => ip('-n', namespace, ...args)
  ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', namespace)
  const mend = () => {
    for (const [side, device] of [[nearSide, near] as const, [farSide, far] as const]) {
      side('link', 'set', device, 'up')
    }
    // Known for good, so that a sender does not hear that nobody answers to the address.
    for (const [side, device, peer, mac] of [
      [nearSide, near, there, macOf(farSide, far)] as const,
      [farSide, far, here, macOf(nearSide, near)] as const,
    ]) {
      side('neigh', 'replace', peer, 'lladdr', mac, 'dev', device, 'nud', 'permanent')
    }
  }
  nearSide('address', 'add', `${here}/30`, 'dev', near)
  farSide('address', 'add', `${there}/30`, 'dev', far)
  mend()
  return {
    here,
    there,
    cutFromHere: () => farSide('link', 'set', far, 'down'),
    cutFromThere: () => nearSide('link', 'set', near, 'down'),
    mend,
  }
}

function macOf(side: (...args: string[]) => string, device: string): string {
  const mac = /link\/ether (\S+)/.exec(side('-o', 'link', 'show', device))?.[1]
  if (mac === undefined) throw new Error(`${device} has no address`)
  return mac
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
