/** Names one snapshot: `version` orders within an epoch, epochs are unordered. */
export interface SnapshotVersion {
  readonly epoch: string
  readonly version: number
}

/** The form used as SSE event id and, quoted, as ETag. */
export function formatSnapshotVersion({ epoch, version }: SnapshotVersion): string {
  return `${epoch}:${version}`
}

/** Reads `epoch:version`, with or without an ETag's quotes; undefined when it is something else. */
export function parseSnapshotVersion(text: string | null | undefined): SnapshotVersion | undefined {
  const match = /^(?:W\/)?"?([0-9a-f-]{36}):([1-9]\d{0,15})"?$/.exec(text ?? '')
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  const version = Number(match[2])
  return Number.isSafeInteger(version) ? { epoch: match[1], version } : undefined
}

/**
 * Whether a client that has `current` should take `next`: within an epoch only a newer version, from
 * another epoch always.
 */
export function supersedes(next: SnapshotVersion, current: SnapshotVersion | undefined): boolean {
  return current === undefined || next.epoch !== current.epoch || next.version > current.version
}
