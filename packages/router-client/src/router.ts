import type { TaskType } from '@winrate/shared-schema/contracts'
import type { WinRateEstimate } from '@winrate/shared-schema/scoring'
import type { UnavailableEvent } from './availability/availability.ts'
import type { Cooling } from './availability/cooling.ts'
import type { Attempt, CallOptions, CallResult, StreamCallOptions } from './calls/call-options.ts'
import type { Outcome } from './outcomes/record/outcome.ts'
import type { OutcomeStatus, RecordedEvent } from './outcomes/record/outcome-recorder.ts'
import type { DroppedEvent } from './outcomes/send/drop-counter.ts'
import type { FlushResult } from './outcomes/send/outcome-sender.ts'
import type { RankedModel } from './routing/choice/ranking.ts'
import type { Explanation } from './routing/explanation.ts'
import type { Decision } from './routing/memory/decision.ts'
import type { RouteOptions } from './routing/request/route-options.ts'
import type { DecisionCounts } from './routing/task-router.ts'
import type { NoticeEvent } from './snapshots/own-notices.ts'
import type { ReadyResult, SnapshotInUse, SnapshotStatus } from './snapshots/snapshot-status.ts'

/**
 * The prompt: a string, a message, or a list of messages in the shape of any common SDK. The router reads it for
 * limits only (tokens, images, tool calls), and hashes it when the outcome is recorded.
 */
export type Messages = string | object

/** The events of a router, by name. */
export interface RouterEvents {
  /** A new snapshot is in use. */
  readonly snapshot: SnapshotInUse
  /** No news from the source for `staleAfterMs`. Emitted once, until `recovered`. */
  readonly stale: { readonly ageMs: number; readonly version: number | undefined }
  /** Snapshots arrive again, or outcomes are sent again. */
  readonly recovered: { readonly part: 'snapshots' | 'outcomes' }
  /** The worker says something of this instance, by `kind` and in a `message`; with `over`, that it is over. */
  readonly notice: NoticeEvent
  /** Decisions avoid a model, or all of a provider, because it cannot be had; with `over`, that it answers again. */
  readonly unavailable: UnavailableEvent
  /** An outcome was recorded; its id serves to correct it later. */
  readonly recorded: RecordedEvent
  /** Outcomes were lost. */
  readonly dropped: DroppedEvent
  /** An attempt failed. The router continues by itself. */
  readonly error: { readonly part: 'snapshots' | 'outcomes'; readonly problem: string }
}

/** The state of a router. */
export interface RouterStatus extends SnapshotStatus {
  readonly instanceId: string
  readonly decisions: DecisionCounts
  readonly outcomes: OutcomeStatus
  /** The models, or whole providers, that decisions avoid now because calls of them fail. */
  readonly cooling: readonly Cooling[]
  readonly closed: boolean
}

/** How to rank without routing. */
export type RankOptions = Pick<
  RouteOptions,
  'prefer' | 'valueUsd' | 'candidates' | 'thinkingLevel' | 'context'
>

/** Decides in process which model does a task, by what the fleet has learned. */
export interface Router {
  /**
   * Waits for the first snapshot. Always settles and never rejects. A failing source settles it at once, because
   * the router then decides by the snapshot from disk or by defaults. Routing need not wait for it.
   *
   * @param options.timeoutMs Longest wait in milliseconds. Default 5000.
   */
  ready(options?: { readonly timeoutMs?: number | undefined }): Promise<ReadyResult>
  /**
   * Chooses the model for a request. Synchronous, without I/O, never throws: the decision's `reason` and
   * `problems` say what is wrong with the arguments.
   *
   * @param taskType A built-in kind of work or your own, `[a-z][a-z0-9_-]{0,62}`, or a path of up to three
   * segments, `coding/rust`: it begins with what is known of `coding`.
   */
  route(messages: Messages, taskType: TaskType, options?: RouteOptions): Decision
  /**
   * Calls the model of a decision and then, one after the other, its fallbacks, with `verify` in the order of its plan, until
   * one answers and its answer passes `verify`. Records each attempt once, with time and usage. Where an answer is a stream, another candidate is tried only
   * before its first output; the attempt is recorded when the stream ends, breaks or is cancelled by its reader.
   *
   * What an attempt throws decides who is tried next: after a timeout, a rate limit or a broken connection the next candidate; after a
   * refused key one of another provider; after an unknown model, or a request that is too long for one, another model. A
   * request that is wrong for every model is thrown at once, and so is an error of the callback itself.
   *
   * If every answer fails `verify`, the best of them by `qualityScore`, else the last, is returned with `verdict: false`.
   *
   * @param callback Calls one model with your SDK. Pass it the `signal`.
   * @throws What the last attempt threw, unchanged, where none answered; the reason of `signal`; a `TimeoutError` after
   * `timeoutMs`; RouterError `invalid-options` or, where no candidate may be called, `no-candidate`.
   */
  call<Answer>(
    taskType: TaskType,
    messages: Messages,
    callback: (attempt: Attempt) => Answer | PromiseLike<Answer>,
    options?: CallOptions<Answer>,
  ): Promise<CallResult<Answer>>
  /** The same with `streamOf`. */
  call<Answer, Chunk>(
    taskType: TaskType,
    messages: Messages,
    callback: (attempt: Attempt) => Answer | PromiseLike<Answer>,
    options: StreamCallOptions<Answer, Chunk>,
  ): Promise<CallResult<Answer>>
  /** Every candidate, best first. Constraints do not apply. */
  rankedForTask(taskType: TaskType, options?: RankOptions): readonly RankedModel[]
  /**
   * The win rate of a model at a task type, by the threshold rule.
   *
   * @param model Catalogue key or concrete id.
   * @param provider Default: the provider in the catalogue, else any.
   */
  getWinRate(taskType: TaskType, model: string, provider?: string): WinRateEstimate
  /**
   * Records how a call went. Late, repeated and corrected outcomes are allowed. Synchronous, never throws. An
   * outcome that is `dropped` is counted by reason, emitted as the event `dropped` and logged as a warning.
   */
  recordPreference(outcome: Outcome): 'queued' | 'dropped'
  /** Why a model was chosen, in words and numbers. Never throws. */
  explain(decision: Decision): Explanation
  status(): RouterStatus
  /**
   * Listens to an event until the returned function is called. An error that a listener throws is logged.
   */
  on<N extends keyof RouterEvents>(name: N, listener: (event: RouterEvents[N]) => void): () => void
  /** Sends the outcomes recorded so far. Always settles. Default timeout 5000 ms. */
  flush(options?: { readonly timeoutMs?: number | undefined }): Promise<FlushResult>
  /**
   * Flushes, then ends every timer and connection. Always settles; a second call returns the same promise.
   * Default timeout 5000 ms. Decisions can still be made afterwards, but outcomes are dropped.
   */
  close(options?: { readonly timeoutMs?: number | undefined }): Promise<FlushResult>
  [Symbol.asyncDispose](): Promise<void>
}
