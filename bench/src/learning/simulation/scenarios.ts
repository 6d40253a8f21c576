import { fleetScenarios } from './fleet-scenarios.ts'
import type { Scenario } from './scenario.ts'
import type { ScenarioName } from './scenario-names.ts'
import { DAY_MS } from './setting.ts'
import { usualScenarios } from './usual-scenarios.ts'

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  ...usualScenarios,
  ...fleetScenarios,
}

/** The beginning of a scenario. */
export function ofDays(scenario: Scenario, days: number): Scenario {
  const requests = Math.floor((days * DAY_MS) / scenario.gapMs)
  return requests < scenario.requests ? { ...scenario, requests } : scenario
}
