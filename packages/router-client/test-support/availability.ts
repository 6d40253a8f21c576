import { Availability, type AvailabilityInput } from '../src/availability/availability.ts'
import { silentLogger } from '../src/runtime/logger.ts'
import { manualClock } from '../src/testing/manual-clock.ts'

/** As createRouter makes it, with a clock that stands still and pauses in the middle of their jitter. */
export function testAvailability(input: Partial<AvailabilityInput> = {}): Availability {
  return new Availability({
    clock: manualClock(),
    random: () => 0.5,
    logger: silentLogger,
    warn: () => undefined,
    events: { emit: () => undefined },
    ...input,
  })
}
