import { decisionOutcomeId, type OutcomeMessage, uuidV7 } from '@winrate/shared-schema/contracts'
import type { Availability } from '../../availability/availability.ts'
import type { Pacer } from '../../budget/pacer.ts'
import type { Overlay } from '../../overlay/overlay.ts'
import type { Timer } from '../../runtime/clock.ts'
import { jittered } from '../../transport/backoff.ts'
import {
  createDropCounter,
  type DropCounter,
  type DroppedEvent,
  type DropReason,
} from '../send/drop-counter.ts'
import { BufferedOutcome } from '../send/outcome-buffer.ts'
import { type FlushResult, OutcomeSender, type OutcomeSenderInput } from '../send/outcome-sender.ts'
import type { OutcomeSink } from '../sinks/outcome-sink.ts'
import { type Mistake, parseOutcome, type RecordingContext } from './outcome-message.ts'
import { readCall } from './read-call.ts'

/** The event of an outcome that was recorded. */
export interface RecordedEvent {
  /** UUID to give as `corrects` later. */
  readonly outcomeId: string
  readonly decisionId: string | undefined
  readonly taskType: string
  readonly modelName: string
}

/** What `call()` knows of a call that it records. */
export interface KnownCall {
  /** Of a later attempt: that with which it was chosen. */
  readonly propensity?: number | undefined
  /** When it began, of what is recorded of it first. */
  readonly begunMs?: number | undefined
}

export interface OutcomeRecorderInput
  extends RecordingContext,
    Omit<OutcomeSenderInput, 'sink' | 'drops'> {
  /** Undefined when no sink was configured: then every outcome is dropped. */
  readonly sink: OutcomeSink | undefined
  readonly availability: Pick<Availability, 'note'>
  readonly overlay: Overlay
  readonly pacer?: Pick<Pacer, 'budget' | 'reported'> | undefined
  readonly events: OutcomeSenderInput['events'] & {
    emit(name: 'recorded', event: RecordedEvent): void
    emit(name: 'dropped', event: DroppedEvent): void
  }
}

/** `recorded + restored` is always `sent + buffered + spooled` and the sum of `dropped`. */
export interface OutcomeStatus {
  /** Calls of `recordPreference`. */
  readonly recorded: number
  /** Outcomes that are in the queue. */
  readonly sent: number
  /** Outcomes that wait or are being sent. */
  readonly buffered: number
  /** Outcomes of earlier processes, taken over from their spool files. */
  readonly restored: number
  /** Outcomes that `close()` left in the spool file. */
  readonly spooled: number
  /** Outcomes lost, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** Fields that could not be read, by name: their outcomes count without them. */
  readonly leftOut: Readonly<Record<string, number>>
  /** The last attempt to send has failed. */
  readonly failing: boolean
}

const EXIT_FLUSH_MS = 2_000
const TELL_DECIDED_MS = 60_000
/** The contract of `occurred_at` allows these years. */
const FIRST_TIME_MS = Date.UTC(1900, 0)
const LAST_TIME_MS = Date.UTC(2100, 0) - 1
const nothingSent = { sent: 0, buffered: 0, restored: 0, spooled: 0, failing: false }
const nothingHeld: FlushResult = { status: 'flushed', remaining: 0 }

/** Checks each outcome, counts it here at once and hands it to the sender. Nothing here throws. */
export class OutcomeRecorder {
  readonly #input: OutcomeRecorderInput
  readonly #drops: DropCounter
  readonly #sender: OutcomeSender | undefined
  readonly #stayOnExit: (() => void) | undefined
  readonly #leftOut: Record<string, number> = {}
  #recorded = 0
  #correctedAtMs = 0
  #closed = false
  #telling: Timer | undefined

  constructor(input: OutcomeRecorderInput) {
    const { sink } = input
    const drops = createDropCounter(input.warn, input.events)
    this.#input = input
    this.#drops = drops
    this.#sender = sink && new OutcomeSender({ ...input, sink, drops })
    this.#stayOnExit =
      this.#sender &&
      onExit(
        () => this.flush(EXIT_FLUSH_MS),
        () => this.#sender?.leave(),
      )
  }

  record(outcome: unknown, known: KnownCall = {}): 'queued' | 'dropped' {
    this.#recorded += 1
    try {
      return this.#record(outcome, known)
    } catch {
      return this.#drop('invalid', 'the outcome could not be read')
    }
  }

  status(): OutcomeStatus {
    const sent = this.#sender?.status() ?? nothingSent
    const counts = { dropped: this.#drops.totals(), leftOut: { ...this.#leftOut } }
    return { recorded: this.#recorded, ...sent, ...counts }
  }

  /** Sends what was recorded so far. Always settles. */
  async flush(timeoutMs: number): Promise<FlushResult> {
    return (await this.#sender?.flush(timeoutMs)) ?? nothingHeld
  }

  /** Flushes, then drops what is left and whatever is recorded from now on. Always settles. */
  async close(timeoutMs: number): Promise<FlushResult> {
    this.#closed = true
    this.#stayOnExit?.()
    this.#telling?.cancel()
    this.#input.memory.giveUpOpen()
    return (await this.#sender?.close(timeoutMs)) ?? nothingHeld
  }

  #record(outcome: unknown, known: KnownCall): 'queued' | 'dropped' {
    const { clock, overlay, events } = this.#input
    if (this.#closed) return this.#drop('closed')
    const nowMs = clock.now()
    if (this.#sender === undefined) {
      const parsed = parseOutcome(outcome, this.#input)
      if (parsed.status === 'valid') {
        this.#noteCall(parsed.message, outcome, known)
        this.#noteCost(parsed.message)
      }
      return this.#drop('no-sink', 'createRouter was given no outcomes sink')
    }
    if (!(nowMs >= FIRST_TIME_MS && nowMs <= LAST_TIME_MS)) {
      return this.#drop('invalid', 'the clock tells no time between 1900 and 2099')
    }
    const parsed = parseOutcome(outcome, this.#input, known.propensity)
    if (parsed.status !== 'valid') return this.#drop(parsed.status, parsed.problem)
    const { message, prompt, mistakes } = parsed
    for (const mistake of mistakes) this.#tell(mistake)
    const { outcomeId, isNew } = this.#identify(message, nowMs)
    message.outcome_id = outcomeId
    // A later word is no other call, unless its caller knows better.
    if (known.begunMs !== undefined || message.corrects === undefined) {
      this.#noteCall(message, outcome, known)
    }
    if (message.corrects === undefined) this.#noteCost(message)
    const own = isNew
      ? overlay.recordNew(outcomeId, message, nowMs)
      : overlay.record(outcomeId, message, nowMs)
    const result = this.#sender.add(
      new BufferedOutcome(own, { message, prompt, recordedAtMs: nowMs }),
    )
    if (result === 'queued') {
      this.#input.memory.answer(message.decision_id)
      this.#tellDecidedSoon()
      events.emit('recorded', {
        outcomeId,
        decisionId: message.decision_id,
        taskType: message.task_type,
        modelName: message.model_name,
      })
    }
    return result
  }

  #noteCall(message: OutcomeMessage, given: unknown, { begunMs }: KnownCall): void {
    const call = readCall(message, given, this.#input.clock.now(), begunMs)
    if (call !== undefined) this.#input.availability.note(call)
  }

  #noteCost(message: OutcomeMessage): void {
    const { pacer, table } = this.#input
    const { cost_usd: costUsd, provider, model_name, thinking_level, task_type, after } = message
    if (pacer?.budget === undefined || costUsd === undefined || provider === undefined) return
    const model = { modelName: model_name, provider, thinkingLevel: thinking_level }
    const { costUsd: expectedUsd } = table.current.callNumbers(
      { taskType: task_type, options: {} },
      { ...model, api: provider, model: model_name },
    )
    const isDecided = message.decision_id !== undefined && message.would_choose === undefined
    // Later attempts were not counted when their decision was made.
    const isFirst = after === undefined && (message.attempt ?? 1) === 1
    const countedUsd = isFirst ? expectedUsd : 0
    pacer.reported(model, costUsd, expectedUsd, isDecided ? countedUsd : undefined)
  }

  /** The worker compares models by which outcomes are missing, so it also needs the decisions that have none. */
  #tellDecidedSoon(): void {
    const { clock, random, memory } = this.#input
    this.#telling ??= clock.setTimer(jittered(TELL_DECIDED_MS, random), () => {
      this.#telling = undefined
      memory.giveUpOpen(clock.now())
      this.#sender?.tellDecided()
      // Also where none is open: later decisions do not start this again.
      this.#tellDecidedSoon()
    })
  }

  /**
   * Names an outcome: as its caller does, else by its decision and model. What was recorded before under that name is
   * corrected under a new id, because the last word counts; so a correction of a correction corrects the first one.
   */
  #identify(message: OutcomeMessage, nowMs: number) {
    const { overlay } = this.#input
    const { outcome_id: given, decision_id, corrects } = message
    const decided = corrects === undefined && decision_id !== undefined
    const named = given ?? (decided ? decisionOutcomeId({ ...message, decision_id }) : undefined)
    message.corrects = overlay.firstIdOf(corrects ?? named) ?? corrects
    if (named !== undefined && overlay.firstIdOf(named) === undefined) {
      return { outcomeId: named, isNew: false }
    }
    if (message.corrects === undefined) return { outcomeId: uuidV7(nowMs), isNew: true }
    // Of several corrections that with the greatest id counts, and within a millisecond ids are not in order.
    this.#correctedAtMs = Math.max(nowMs, this.#correctedAtMs + 1)
    return { outcomeId: uuidV7(this.#correctedAtMs), isNew: true }
  }

  #tell({ kind, name, problem }: Mistake): void {
    if (kind === 'field-left-out') this.#leftOut[name] = (this.#leftOut[name] ?? 0) + 1
    this.#input.warn(`outcome-${kind}`, name, { problem })
  }

  #drop(reason: DropReason, problem?: string): 'dropped' {
    this.#drops.drop(reason, 1, problem)
    return 'dropped'
  }
}

/** Sends what is left when the process has nothing else to do. */
type ExitFlush = () => Promise<Pick<FlushResult, 'status'>>

const exitFlushes = new Set<ExitFlush>()
const exitSaves = new Set<() => void>()

/**
 * Registers a flush for `beforeExit` and returns a function that removes it. One listener serves all
 * routers of the process; it goes with the last flush. A flush that sent everything runs again at the next
 * `beforeExit`, because the process may have recorded more. One that could not is removed: an outage
 * must not delay the exit again and again.
 *
 * @param save Synchronous, for a process that ends at once: by `process.exit()` or an error that nothing catches.
 */
export function onExit(flush: ExitFlush, save: () => void = () => undefined): () => void {
  if (exitFlushes.size === 0) process.on('beforeExit', flushAll)
  if (exitSaves.size === 0) process.on('exit', saveAll)
  exitFlushes.add(flush)
  exitSaves.add(save)
  return () => {
    removeFlush(flush)
    exitSaves.delete(save)
    if (exitSaves.size === 0) process.off('exit', saveAll)
  }
}

function saveAll(): void {
  for (const save of exitSaves) save()
}

function removeFlush(flush: ExitFlush): void {
  exitFlushes.delete(flush)
  if (exitFlushes.size === 0) process.off('beforeExit', flushAll)
}

function flushAll(): void {
  for (const flush of exitFlushes) {
    flush().then(
      ({ status }) => status === 'flushed' || removeFlush(flush),
      () => removeFlush(flush),
    )
  }
}
