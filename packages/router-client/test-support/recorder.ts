// What records outcomes in a router, wired as createRouter does, for tests that look at its parts.
import type { RouterOptions } from '../src/options.ts'
import { parseOptions } from '../src/options.ts'
import { OutcomeRecorder } from '../src/outcomes/record/outcome-recorder.ts'
import { createDecidedHours } from '../src/outcomes/send/decided-hours.ts'
import type { OutcomeSink } from '../src/outcomes/sinks/outcome-sink.ts'
import { Overlay } from '../src/overlay/overlay.ts'
import type { RouterEvents } from '../src/router.ts'
import { createDecisionMemory } from '../src/routing/memory/decision-memory.ts'
import { TableInUse } from '../src/routing/table/table-in-use.ts'
import type { Clock } from '../src/runtime/clock.ts'
import { createEventHub } from '../src/runtime/event-hub.ts'
import { silentLogger } from '../src/runtime/logger.ts'
import { createRateLimitedWarning } from '../src/runtime/rate-limited-warning.ts'

export function createTestRecorder(
  clock: Clock,
  sink: OutcomeSink,
  options: Pick<RouterOptions, 'buffer' | 'instanceId'> = {},
) {
  const settings = parseOptions({ instanceId: 'i', prompts: 'none', ...options })
  const overlay = new Overlay(clock)
  const events = createEventHub<RouterEvents>(silentLogger)
  const warn = createRateLimitedWarning(silentLogger, clock)
  const recorder = new OutcomeRecorder({
    ...settings,
    sink,
    sdk: 'test/1',
    clock,
    random: () => 0.5,
    logger: silentLogger,
    warn,
    events,
    memory: createDecisionMemory({
      keepMessages: false,
      refer: () => '',
      onSettled: () => undefined,
    }),
    decided: createDecidedHours(),
    table: new TableInUse({ ...settings, clock, warn, own: overlay }),
    overlay,
    availability: { note: () => undefined },
  })
  return { overlay, events, recorder }
}
