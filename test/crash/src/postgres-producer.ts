// A foreign producer that calls pgmq.send itself: bare outcomes, batches of its own and poison. Each turn is one
// statement that also writes the turn's number into a table, so after a lost connection the producer can repeat
// it: if it was stored already, the repeat fails on the number, and nothing is sent twice.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '@winrate/demo/random/seeded-random'
import { uuidV7 } from '@winrate/shared-schema/contracts'
import pg from 'pg'
import { makeForeignOutcome } from './foreign-outcome.ts'
import type { Ledger } from './ledger.ts'
import { pick } from './plan.ts'
import { blankMessages, poisonMessages, poisonOutcomes } from './poison.ts'
import { makeSteadily, type Producer } from './producer.ts'

export interface ForeignOptions {
  readonly outcomes: number
  readonly rate: number
  /** Share of the outcomes that is poison. */
  readonly poison: number
  readonly random: Random
  readonly ledger: Ledger
}

interface Message {
  readonly text: string | null
  /** About as many as it holds. */
  readonly outcomes: number
  /** How often it is sent. */
  readonly copies: number
}

const MOST_PER_TURN = 100
const PER_BATCH = 20
const RETRY_MS = 100
const UNIQUE_VIOLATION = '23505'

const SEND = `
  with this_turn as (insert into public.crash_turns (turn) values ($1) returning turn)
  select pgmq.send('task_preferences', message)
  from this_turn cross join unnest($2::jsonb[]) as message`

export async function createTurns(pool: pg.Pool): Promise<void> {
  await pool.query('create table public.crash_turns (turn integer primary key)')
}

export function startPostgresProducer(
  connectionString: string,
  options: ForeignOptions,
): Producer & { blanks(): number } {
  const { random, ledger } = options
  let recorded = 0
  let poisoned = 0
  let blanks = 0
  let turn = 0

  function nextMessage(): Message {
    if (random() < options.poison) return nextPoison()
    if (random() < 0.05) return nextBatch()
    const { id, outcome } = makeForeignOutcome(random, 'foreign-postgres')
    ledger.write(id, 'stored')
    return { text: JSON.stringify(outcome), outcomes: 1, copies: 1 }
  }

  function nextPoison(): Message {
    poisoned += 1
    if (poisoned % 8 === 0) {
      blanks += 1
      return { text: pick(blankMessages, blanks), outcomes: 1, copies: 1 }
    }
    const id = uuidV7(Date.now())
    ledger.write(id, 'rejected')
    return { text: pick(poisonMessages, poisoned)(id), outcomes: 1, copies: 1 }
  }

  /** Some outcomes of a batch may be poison; the others are stored. Every fourth batch is sent twice. */
  function nextBatch(): Message {
    const copies = random() < 0.25 ? 2 : 1
    const contents = Array.from({ length: PER_BATCH }, () => {
      const isPoison = random() < options.poison
      if (!isPoison) {
        const { id, outcome } = makeForeignOutcome(random, 'foreign-postgres')
        ledger.write(id, 'stored', copies)
        return JSON.stringify(outcome)
      }
      poisoned += 1
      const id = uuidV7(Date.now())
      ledger.write(id, 'rejected', copies)
      return pick(poisonOutcomes, poisoned)(id)
    })
    const envelope = JSON.stringify({
      ...{ format: 1, batch_id: uuidV7(Date.now()), instance_id: 'foreign-postgres' },
      ...{ session_id: uuidV7(0), sdk: 'foreign/1', sealed_at: new Date().toISOString() },
    })
    const text = `${envelope.slice(0, -1)},"dropped":{},"outcomes":[${contents.join(',')}]}`
    return { text, outcomes: PER_BATCH, copies }
  }

  async function run(): Promise<void> {
    const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: 5_000 })
    pool.on('error', () => {})
    await makeSteadily(options, async (due) => {
      const goal = Math.min(recorded + due, options.outcomes)
      while (recorded < goal) {
        const messages: (string | null)[] = []
        let outcomes = 0
        while (outcomes < Math.min(MOST_PER_TURN, goal - recorded)) {
          const message = nextMessage()
          for (let copy = 0; copy < message.copies; copy += 1) messages.push(message.text)
          outcomes += message.outcomes
        }
        turn += 1
        await sendTurn(pool, turn, messages)
        recorded += outcomes
      }
    })
    await pool.end()
  }

  return {
    name: 'foreign, by SQL',
    recorded: () => recorded,
    blanks: () => blanks,
    done: run(),
  }
}

async function sendTurn(
  pool: pg.Pool,
  turn: number,
  messages: readonly (string | null)[],
): Promise<void> {
  for (;;) {
    try {
      await pool.query(SEND, [turn, messages])
      return
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (code === UNIQUE_VIOLATION) return
      // Anything but a lost or refused connection is a mistake of this file.
      if (/^(22|42)/.test(code)) throw error
      await sleep(RETRY_MS)
    }
  }
}
