import { createDelivery } from '../fleet/delivery.ts'
import type { Observation } from '../fleet/fleet.ts'
import { HOUR_MS, snapshotTime, WINDOW_HOURS } from '../fleet/rhythm.ts'

/** Plain sums over the window per (task type, model), as of the newest snapshot. */
export interface FleetTable {
  advance(nowMs: number): void
  record(observation: Observation): void
  samples(taskType: number, model: number): number
  successes(taskType: number, model: number): number
}

interface Hour {
  readonly hour: number
  readonly samples: Map<number, number>
  readonly successes: Map<number, number>
}

/** Each hour leaves as a whole when it reaches the age of the window, as in the worker. */
export function createFleetTable(taskTypes: number, models: number): FleetTable {
  const delivery = createDelivery<Observation>()
  const samples = new Float64Array(taskTypes * models)
  const successes = new Float64Array(taskTypes * models)
  const hours: Hour[] = []
  const cellOf = (taskType: number, model: number) => taskType * models + model

  function hourAt(atMs: number): Hour {
    const hour = Math.floor(atMs / HOUR_MS)
    const last = hours.at(-1)
    if (last?.hour === hour) return last
    const begun = { hour, samples: new Map(), successes: new Map() }
    hours.push(begun)
    return begun
  }

  function count({ atMs, taskType, model, success }: Observation): void {
    const cell = cellOf(taskType, model)
    const hour = hourAt(atMs)
    add(hour.samples, samples, cell, 1)
    if (success) add(hour.successes, successes, cell, 1)
  }

  function forget(nowMs: number): void {
    const first = Math.floor(snapshotTime(nowMs) / HOUR_MS) - WINDOW_HOURS + 1
    while (hours[0] !== undefined && hours[0].hour < first) {
      const gone = hours.shift()
      for (const [cell, value] of gone?.samples ?? []) samples[cell] = (samples[cell] ?? 0) - value
      for (const [cell, value] of gone?.successes ?? []) {
        successes[cell] = (successes[cell] ?? 0) - value
      }
    }
  }

  return {
    advance(nowMs) {
      delivery.deliver(nowMs, count)
      forget(nowMs)
    },
    record: delivery.send,
    samples: (taskType, model) => samples[cellOf(taskType, model)] ?? 0,
    successes: (taskType, model) => successes[cellOf(taskType, model)] ?? 0,
  }
}

function add(hour: Map<number, number>, sums: Float64Array, cell: number, value: number): void {
  hour.set(cell, (hour.get(cell) ?? 0) + value)
  sums[cell] = (sums[cell] ?? 0) + value
}
