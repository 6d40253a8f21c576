// The composition root: the only place where routing, snapshots and outcomes meet.
import { isTaskType, uuidV7 } from '@winrate/shared-schema/contracts'
import { createSafeLogger, type Logger, silentLogger } from './logger.ts'
import { parseOptions, type RouterOptions, type RouterSettings } from './options.ts'
import { createDropCounter, type DropCounter } from './outcomes/record/drop-counter.ts'
import type { OutcomeOrigin } from './outcomes/record/outcome.ts'
import type { OutcomeMessageInput } from './outcomes/record/outcome-message.ts'
import { createOutcomeRecorder } from './outcomes/record/outcome-recorder.ts'
import { onExit } from './outcomes/send/exit-flush.ts'
import { type FlushResult, OutcomeSender } from './outcomes/send/outcome-sender.ts'
import { createOverlay, type Overlay } from './overlay/overlay.ts'
import type { Router, RouterEvents } from './router.ts'
import { createDecisionMemory, type DecisionMemory } from './routing/memory/decision-memory.ts'
import { createTableInUse, type TableInUse } from './routing/table/table-in-use.ts'
import { createTaskRouter } from './routing/task-router.ts'
import { type Clock, systemClock, withDeadline } from './runtime/clock.ts'
import { createEventHub, type EventHub } from './runtime/event-hub.ts'
import {
  createRateLimitedWarning,
  type RateLimitedWarning,
} from './runtime/rate-limited-warning.ts'
import { SDK_VERSION } from './sdk-version.ts'
import { SnapshotKeeper } from './snapshots/snapshot-keeper.ts'

const DEFAULT_TIMEOUT_MS = 5_000
const EXIT_FLUSH_MS = 2_000
const STOP_MS = 2_000

/** What every part is built from. */
interface Context {
  readonly options: RouterOptions
  readonly settings: RouterSettings
  readonly clock: Clock
  readonly logger: Logger
  readonly warn: RateLimitedWarning
  readonly events: EventHub<RouterEvents>
  readonly newId: () => string
  readonly memory: DecisionMemory
  readonly overlay: Overlay
  readonly table: TableInUse
  readonly state: { closed: boolean }
}

/**
 * Makes a router and starts it: snapshots are fetched in the background from here on.
 *
 * @throws RouterError with every mistake in the options; nothing else of the SDK throws.
 */
export function createRouter(options: RouterOptions = {}): Router {
  const settings = parseOptions(options)
  const context = createContext(options, settings)
  const { clock, events, state, table, memory, newId } = context
  const routing = createTaskRouter({
    table: table.current,
    seed: settings.seed,
    memory,
    now: () => clock.now(),
    newId,
    isClosed: () => state.closed,
  })
  const outcomes = createOutcomes(context)
  const snapshots = createSnapshots(context)
  let closing: Promise<FlushResult> | undefined

  async function shut(timeoutMs: number): Promise<FlushResult> {
    state.closed = true
    table.stop()
    const deadline = { clock, timeoutMs: STOP_MS, late: undefined, keepAlive: true }
    const [result] = await Promise.all([
      outcomes.close(timeoutMs),
      withDeadline(snapshots.stop(), deadline),
    ])
    return result
  }

  function close(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<FlushResult> {
    closing ??= shut(timeoutMs)
    return closing
  }

  snapshots.start()
  return {
    ready: (waiting) => snapshots.ready(waiting?.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    route: routing.route,
    rankedForTask: routing.rank,
    getWinRate: (taskType, model, provider) =>
      table
        .current()
        .winRate(
          isTaskType(taskType) ? taskType : '',
          typeof model === 'string' ? model : '',
          typeof provider === 'string' ? provider : undefined,
        ),
    recordPreference: (outcome) => outcomes.recorder.record(outcome),
    explain: routing.explain,
    status: () => ({
      instanceId: settings.instanceId,
      ...snapshots.status(),
      decisions: routing.counts(),
      outcomes: outcomes.recorder.status(),
      closed: state.closed,
    }),
    on: (name, listener) => events.on(name, listener),
    flush: (waiting) => outcomes.recorder.flush(waiting?.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    close: (waiting) => close(waiting?.timeoutMs),
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
}

function createContext(options: RouterOptions, settings: RouterSettings): Context {
  const clock = options.clock ?? systemClock
  const logger = createSafeLogger(options.logger ?? silentLogger)
  const overlay = createOverlay({ clock })
  return {
    options,
    settings,
    clock,
    logger,
    warn: createRateLimitedWarning(logger, clock),
    events: createEventHub<RouterEvents>(logger),
    newId: () => uuidV7(clock.now()),
    memory: createDecisionMemory({ keepMessages: settings.prompts !== 'none' }),
    overlay,
    table: createTableInUse({ ...settings, clock, own: overlay }),
    state: { closed: false },
  }
}

function createSnapshots(context: Context): SnapshotKeeper {
  const { options, settings, clock, logger, warn, events, overlay, table } = context
  return new SnapshotKeeper({
    source: options.snapshots,
    cacheFile: options.cacheFile,
    staleAfterMs: settings.staleAfterMs,
    instanceId: settings.instanceId,
    clock,
    random: Math.random,
    logger,
    warn,
    apply(snapshot) {
      table.replace(snapshot)
      overlay.snapshotApplied(snapshot)
    },
    onApplied(applied, stale) {
      if (stale) table.widen(clock.now() - Date.parse(applied.createdAt))
      events.emit('snapshot', applied)
    },
    onStale(ageMs) {
      table.widen(ageMs)
      const version = table.current().snapshot?.version
      logger.warn('snapshot-stale', { ageMs, version })
      events.emit('stale', { ageMs, version })
    },
    onProblem: (problem) => events.emit('error', { part: 'snapshots', problem }),
    onRecovered() {
      table.restore()
      logger.info('snapshots-recovered')
      events.emit('recovered', { part: 'snapshots' })
    },
  })
}

function createOutcomes(context: Context) {
  const { events, warn, state } = context
  const drops = createDropCounter(warn, (event) => events.emit('dropped', event))
  const sender = createSender(context, drops)
  const message = messageInput(context)
  const recorder = createOutcomeRecorder({
    sender,
    drops,
    message,
    isClosed: () => state.closed,
    noteOwn: context.overlay.note,
    onRecorded: (event) => events.emit('recorded', event),
  })
  const stayOnExit = sender === undefined ? undefined : onExit(() => sender.flush(EXIT_FLUSH_MS))
  return {
    recorder,
    async close(timeoutMs: number): Promise<FlushResult> {
      stayOnExit?.()
      return sender === undefined
        ? { status: 'flushed', remaining: 0 }
        : await sender.close(timeoutMs)
    },
  }
}

function createSender(context: Context, drops: DropCounter) {
  const { options, settings, clock, logger, warn, events, newId } = context
  if (options.outcomes === undefined) return undefined
  return new OutcomeSender({
    sink: options.outcomes,
    limits: settings.buffer,
    sender: { instanceId: settings.instanceId, sessionId: newId(), sdk: SDK_VERSION },
    clock,
    random: Math.random,
    newId,
    dropTotals: drops.totals,
    onDropped: (reason, count, problem) => drops.drop(reason, count, problem),
    onProblem(problem) {
      warn('outcomes-not-sent', problem, { problem })
      events.emit('error', { part: 'outcomes', problem })
    },
    onRecovered() {
      logger.info('outcomes-recovered')
      events.emit('recovered', { part: 'outcomes' })
    },
  })
}

function messageInput({ settings, clock, memory, table }: Context) {
  const { prompts, instanceId } = settings
  const { takeMessages } = memory

  function findDecision(decisionId: string): OutcomeOrigin | undefined {
    const made = memory.find(decisionId)
    if (made === undefined) return undefined
    const { request, choice, propensity, snapshotVersion } = made
    const { candidate: chosen, fallbacks } = choice
    return { taskType: request.taskType, chosen, fallbacks, propensity, snapshotVersion }
  }

  const resolveModel: OutcomeMessageInput['resolveModel'] = (name, provider) =>
    table.current().resolve(name, provider)

  return (): OutcomeMessageInput => ({
    prompts,
    instanceId,
    nowMs: clock.now(),
    findDecision,
    takeMessages,
    resolveModel,
  })
}
