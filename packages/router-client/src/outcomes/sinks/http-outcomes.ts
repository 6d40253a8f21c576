import {
  agentProblems,
  durationProblems,
  type HttpAgent,
  isHttpUrl,
  unknownProblems,
} from '../../runtime/option-problems.ts'
import { type Token, tokenProblems } from '../../transport/authorization.ts'
import type { OutcomeSink } from './outcome-sink.ts'

export interface HttpOutcomesOptions {
  /** Address of central-worker, for example `http://winrate.internal:8080`. */
  readonly url: string
  /** Bearer token of scope `publish`, where the worker asks for one; a function for one that is replaced in time. */
  readonly token?: Token | undefined
  /** Longest wait for an answer once there is a connection, in milliseconds. Default 10000. */
  readonly requestTimeoutMs?: number | undefined
  /**
   * How to connect: an agent of node:http(s), or of a package for proxies. It stays yours to destroy. Default: directly, or through
   * the proxy that HTTPS_PROXY or HTTP_PROXY names, unless NO_PROXY exempts the worker.
   */
  readonly agent?: HttpAgent | undefined
}

const optionNames = { url: true, token: true, requestTimeoutMs: true, agent: true } as const

/** Sends batches to central-worker, which puts them into the queue. */
export function httpOutcomes(options: HttpOutcomesOptions): OutcomeSink {
  const { url, token, requestTimeoutMs, agent } = options
  let sender: Promise<OutcomeSink> | undefined

  /** Loads what connects, with the first batch: a decision does not wait for it. */
  async function load(): Promise<OutcomeSink> {
    const { createHttpSender } = await import('./http-sender.ts')
    return createHttpSender(options)
  }

  return {
    problems: [
      ...(isHttpUrl(url) ? [] : ['httpOutcomes: url must be an http or https address']),
      ...tokenProblems('httpOutcomes', token),
      ...durationProblems('httpOutcomes', { requestTimeoutMs }),
      ...agentProblems('httpOutcomes', agent),
      ...unknownProblems('httpOutcomes', options, optionNames),
    ],
    async send(batch, context) {
      sender ??= load().catch((cause: unknown) => {
        sender = undefined
        throw cause
      })
      return (await sender).send(batch, context)
    },
    async close() {
      await (await sender)?.close()
    },
  }
}
