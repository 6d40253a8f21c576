// The composition root: the only place where routing, snapshots and outcomes meet.
import { isTaskType, limits } from '@winrate/shared-schema/contracts'
import { Availability } from './availability/availability.ts'
import { Pacer } from './budget/pacer.ts'
import { loadCall } from './calls/load-call.ts'
import { countOpenRouter } from './open-routers.ts'
import { parseOptions, type RouterOptions } from './options.ts'
import { OutcomeRecorder } from './outcomes/record/outcome-recorder.ts'
import { createDecidedHours } from './outcomes/send/decided-hours.ts'
import type { FlushResult } from './outcomes/send/outcome-sender.ts'
import { Overlay } from './overlay/overlay.ts'
import type { Router, RouterEvents } from './router.ts'
import { createDecisionMemory } from './routing/memory/decision-memory.ts'
import { createRefer } from './routing/memory/decision-reference.ts'
import { TableInUse } from './routing/table/table-in-use.ts'
import { createTaskRouter } from './routing/task-router.ts'
import { systemClock, withDeadline } from './runtime/clock.ts'
import { createEventHub } from './runtime/event-hub.ts'
import { createSafeLogger, silentLogger, standardErrorLogger } from './runtime/logger.ts'
import { createRateLimitedWarning } from './runtime/rate-limited-warning.ts'
import { SDK_VERSION } from './sdk-version.ts'
import { SnapshotKeeper } from './snapshots/snapshot-keeper.ts'

const DEFAULT_TIMEOUT_MS = 5_000
const STOP_MS = 2_000

/**
 * Creates a router and starts to fetch snapshots in the background.
 *
 * @throws RouterError with every mistake in the options.
 */
export function createRouter(options: RouterOptions = {}): Router {
  const settings = parseOptions(options)
  const { clock = systemClock, cacheFile, fleet, logger: given = standardErrorLogger } = options
  const logger = createSafeLogger(given === false ? silentLogger : given)
  const events = createEventHub<RouterEvents>(logger)
  const overlay = new Overlay(clock)
  const warn = createRateLimitedWarning(logger, clock)
  const availability = new Availability({ clock, random: Math.random, logger, warn, events })
  const pacer = new Pacer()
  const table = new TableInUse({ ...settings, clock, warn, own: overlay, pacer })
  const decided = createDecidedHours()
  const memory = createDecisionMemory({
    keepMessages: settings.prompts !== 'none',
    refer: createRefer({ ...settings, table }),
    onSettled: (request, candidate, decidedMs, added) =>
      decided.count(candidate, table.current.countedAt(request.taskType), decidedMs, added),
  })
  const state = { closed: false }
  const shared = {
    ...settings,
    ...{ clock, random: Math.random, logger, warn, events },
    ...{ overlay, table, availability, pacer },
    planner: { current: undefined },
  }
  const routing = createTaskRouter({ ...shared, memory, state })
  const outcomes = new OutcomeRecorder({
    ...shared,
    memory,
    sink: options.outcomes,
    decided,
    sdk: SDK_VERSION,
  })
  const snapshots = new SnapshotKeeper({ ...shared, source: options.snapshots, cacheFile, fleet })
  const call = loadCall({
    ...shared,
    ...routing,
    record: (outcome, known) => outcomes.record(outcome, known),
    memory,
  })
  // The source holds the table for as long as it has a timer or a connection.
  const forget = countOpenRouter(table, options)
  let closing: Promise<FlushResult> | undefined

  async function shut(timeoutMs: number): Promise<FlushResult> {
    state.closed = true
    forget()
    table.stop()
    const [result] = await Promise.all([
      outcomes.close(timeoutMs),
      withDeadline(snapshots.stop(), { clock, timeoutMs: STOP_MS }),
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
    route: (messages, taskType, options) => routing.route(messages, taskType, options),
    call,
    rankedForTask: routing.rank,
    getWinRate: (taskType, model, provider) =>
      table.current.winRate(
        isTaskType(taskType) ? taskType : '',
        isShort(model, limits.modelNameChars) ? model : '',
        isShort(provider, limits.providerChars) ? provider : undefined,
      ),
    recordPreference: (outcome) => outcomes.record(outcome),
    explain: routing.explain,
    status: () => ({
      instanceId: settings.instanceId,
      ...snapshots.status(),
      decisions: routing.counts(),
      outcomes: outcomes.status(),
      cooling: availability.cooling(),
      closed: state.closed,
    }),
    on: (name, listener) => events.on(name, listener),
    flush: (waiting) => outcomes.flush(waiting?.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    close: (waiting) => close(waiting?.timeoutMs),
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
}

function isShort(name: unknown, maxChars: number): name is string {
  return typeof name === 'string' && name.length <= maxChars
}
