import { pause } from '../../runtime/clock.ts'
import { plainAddress } from '../../runtime/fleet-origin.ts'
import {
  agentProblems,
  durationProblems,
  type HttpAgent,
  isHttpUrl,
  unknownProblems,
} from '../../runtime/option-problems.ts'
import { describeCause } from '../../runtime/unknown-value.ts'
import { type Token, tokenProblems } from '../../transport/authorization.ts'
import { createBackoff } from '../../transport/backoff.ts'
import type { HttpRun } from './http-run.ts'
import type { SnapshotReceiver, SnapshotSource } from './snapshot-source.ts'

export interface HttpSnapshotsOptions {
  /** Address of central-worker, for example `http://winrate.internal:8080`. */
  readonly url: string
  /** Bearer token of scope `read`, where the worker asks for one; a function for one that is replaced in time. */
  readonly token?: Token | undefined
  /** The name of this instance for the worker. Default: the router's. */
  readonly instanceId?: string | undefined
  /** How often to poll while there is no stream, in milliseconds, ± 20 %. Default 60000. */
  readonly pollIntervalMs?: number | undefined
  /**
   * Polling begins when the stream has been down for this long, in milliseconds. A wait before reconnecting to a
   * stream that worked does not count. Default 3000.
   */
  readonly streamGraceMs?: number | undefined
  /** A stream without a byte for this long is broken; without an event, polling begins. Default 45000 ms. */
  readonly silenceMs?: number | undefined
  /** Upper end of the first wait before reconnecting, in milliseconds; doubles up to 60 s. Default 5000. */
  readonly reconnectMs?: number | undefined
  /** Wait before a stream that was rejected is tried again, in milliseconds, ± 20 %. Default 300000. */
  readonly rejectedRetryMs?: number | undefined
  /** Longest wait for an answer to a poll once there is a connection, in milliseconds. Default 10000. */
  readonly requestTimeoutMs?: number | undefined
  /**
   * How to connect: an agent of node:http(s), or of a package for proxies. It stays yours to destroy. Default: directly, or through
   * the proxy that HTTPS_PROXY or HTTP_PROXY names, unless NO_PROXY exempts the worker.
   */
  readonly agent?: HttpAgent | undefined
}

const optionNames = {
  url: true,
  token: true,
  instanceId: true,
  pollIntervalMs: true,
  streamGraceMs: true,
  silenceMs: true,
  reconnectMs: true,
  rejectedRetryMs: true,
  requestTimeoutMs: true,
  agent: true,
} as const

/**
 * Snapshots from central-worker: over one stream, and by polling with ETag while there is none. The
 * source reopens the stream for ever, with full jitter, so polling is only a stopgap. That a stream which
 * worked is cut, as load balancers do, is no failure. There is never more than one stream: one loop opens,
 * reads and reopens it.
 */
export function httpSnapshots(options: HttpSnapshotsOptions): SnapshotSource {
  let run: HttpRun | undefined
  let starting: Promise<void> | undefined
  let state: 'idle' | 'connecting' | 'failing' = 'idle'
  const stopping = new AbortController()
  const { url, token, pollIntervalMs, streamGraceMs, silenceMs } = options
  const { reconnectMs, rejectedRetryMs, requestTimeoutMs, agent } = options
  const problems = [
    ...(isHttpUrl(url) ? [] : ['httpSnapshots: url must be an http or https address']),
    ...tokenProblems('httpSnapshots', token),
    ...durationProblems('httpSnapshots', {
      ...{ pollIntervalMs, streamGraceMs, silenceMs, reconnectMs, rejectedRetryMs },
      requestTimeoutMs,
    }),
    ...agentProblems('httpSnapshots', agent),
    ...unknownProblems('httpSnapshots', options, optionNames),
  ]

  /** Loads what connects: a decision does not wait for it. Its file may be away while the package is replaced. */
  async function begin(receiver: SnapshotReceiver): Promise<void> {
    const { clock, random } = receiver
    const backoff = createBackoff({ baseMs: reconnectMs ?? 5_000, capMs: 60_000, random })
    while (!stopping.signal.aborted && run === undefined) {
      try {
        const { HttpRun } = await import('./http-run.ts')
        if (!stopping.signal.aborted) run = new HttpRun(options, receiver)
      } catch (cause) {
        state = 'failing'
        receiver.fail(`cannot load what connects: ${describeCause(cause)}`)
        await pause(clock, backoff.retryDelayMs(), stopping.signal)
      }
    }
  }

  return {
    expectsUpdates: true,
    address: plainAddress(url),
    problems,
    start(receiver) {
      if (state !== 'idle' || stopping.signal.aborted || problems.length > 0) return
      state = 'connecting'
      starting = begin(receiver)
    },
    async stop() {
      stopping.abort()
      await starting
      await run?.stop()
    },
    status: () => ({
      kind: 'http',
      state: stopping.signal.aborted ? 'stopped' : (run?.state() ?? state),
    }),
  }
}
