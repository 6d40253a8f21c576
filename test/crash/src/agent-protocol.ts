// The lines of JSON between a run and its agents: the job is an argument, commands go to stdin, reports come from
// stdout.

export interface AgentJob {
  readonly instanceId: string
  readonly outcomes: number
  readonly rate: number
  readonly seed: number
  /** Address of a worker. */
  readonly url: string
  /** Given to agents that use Postgres instead of HTTP. */
  readonly connectionString?: string
  /** Most outcomes in the buffer. A small one makes the agent drop outcomes while it cannot send. */
  readonly capacity: number
  readonly ledgerFile: string
  /** Whether the agent is killed: it then writes what was acknowledged, not what it recorded, as stored. */
  readonly isKilled: boolean
}

/** `flush` sends everything; `close` ends the router, after which the process must end by itself. */
export type AgentCommand = 'flush' | 'close'

export interface AgentReport {
  readonly recorded: number
  readonly buffered: number
  readonly dropped: Readonly<Record<string, number>>
  readonly epoch: string | undefined
  readonly version: number | undefined
  /** Snapshots in use that were older than the one before, in the same epoch. */
  readonly stepsBack: number
  /** Whether everything up to the last `flush` is in the queue. */
  readonly flushed: boolean
}
