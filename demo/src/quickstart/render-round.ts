import type { TextStyle } from '../report/text-style.ts'
import type { Round } from './rounds.ts'

/** What is known of one model when a round begins. */
export interface KnownWinRate {
  readonly winRate: number
  /** 0 where it is a default. */
  readonly samples: number
}

/** The names, the one that succeeds more often first. */
export type ModelPair = readonly [good: string, bad: string]

const VERSION = 10
const WIN_RATE = 14

/** The two lines above the rounds; with them, a round of 20 tasks fits into 80 columns. */
export function renderHeading([good, bad]: ModelPair, tasks: number, style: TextStyle): string[] {
  const winRates = `${good.padEnd(WIN_RATE)}${bad.padEnd(WIN_RATE)}`
  const decisions = `${tasks} decisions`.padEnd(tasks)
  return [
    `  ${' '.repeat(VERSION)}win rate of`,
    style.bold(`  ${'snapshot'.padEnd(VERSION)}${winRates}${decisions} good bad correct`),
  ]
}

/** One line: the snapshot, the win rates in it, and what was decided by it. */
export function renderRound(
  { version, tasks, correct }: Round,
  known: readonly KnownWinRate[],
  [good, bad]: ModelPair,
  style: TextStyle,
): string {
  const [toGood, toBad] = [tasks.get(good) ?? 0, tasks.get(bad) ?? 0]
  const winRates = known.map((each) => renderWinRate(each).padEnd(WIN_RATE)).join('')
  const bar = style.green('━'.repeat(toGood)) + style.red('─'.repeat(toBad))
  const counts = `${String(toGood).padStart(4)}${String(toBad).padStart(4)}${String(correct).padStart(8)}`
  return `  ${String(version ?? 'none').padEnd(VERSION)}${winRates}${bar} ${counts}`
}

function renderWinRate({ winRate, samples }: KnownWinRate): string {
  const share = `${Math.round(winRate * 100)} %`.padStart(4)
  return samples === 0 ? `${share} assumed` : `${share} of ${samples}`
}
