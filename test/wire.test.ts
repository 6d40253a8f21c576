// Holds docs/wire.md to the code: each of its examples is sent to a real worker, in order, and answered as the page says.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createRouter } from '@winrate/router-client'
import { staticSource } from '@winrate/router-client/testing'
import {
  createReferenceSigner,
  limits,
  outcomeMessageSchema,
  uuidV7,
  writeSnapshotText,
} from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { createTestDatabase } from './support/test-database.ts'
import { waitUntil } from './support/wait-until.ts'
import { startWorkerProcess } from './support/worker-process.ts'

const page = await readFile(fileURLToPath(new URL('../docs/wire.md', import.meta.url)), 'utf8')
const database = await createTestDatabase()
const SECRET = 'a secret of more than thirty-two characters'
const UUID_V7 = /019ad5a[0-9a-f]-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g

function blocks(language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms')
  return [...page.matchAll(fence)].map(([, text = '']) => text)
}

interface Message {
  readonly line: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function readMessage(text: string): Message {
  const [head = '', ...body] = text.split('\n\n')
  const [line = '', ...fields] = head.trim().split('\n')
  const headers = fields.map((field) => {
    const [name = '', value = ''] = field.split(/: (.*)/)
    return [name.toLowerCase(), value] as const
  })
  return { line, headers: Object.fromEntries(headers), body: body.join('\n\n').trim() }
}

const ids = new Map<string, string>()
const signer = createReferenceSigner([SECRET])

/** The example as if it were written now: ids and times of long ago are stored at other times than they state. */
function asOfNow(text: string): string {
  return text
    .replace(UUID_V7, (id) => {
      const known = ids.get(id) ?? uuidV7(Date.now())
      ids.set(id, known)
      return known
    })
    .replace(/2026-11-30T[\d:.]+Z/g, () => new Date().toISOString())
    .replace(/"([^"]+)~SIGNATURE"/g, (_, reference) => `"${signer.sign(reference)}"`)
}

/** An answer in which any id and number of a message stands for what the worker makes anew. */
function loosely(value: unknown): unknown {
  if (typeof value === 'string' && value.match(UUID_V7))
    return expect.stringMatching(/^[0-9a-f-]{36}$/)
  if (Array.isArray(value)) return value.map(loosely)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (name === 'messageId') return [name, expect.any(Number)]
      return [name, loosely(field)]
    }),
  )
}

test('every example is answered as the page says, and stored as it says', async () => {
  const tokens = { READ_TOKEN: 'a-token-for-reading', PUBLISH_TOKEN: 'a-token-for-publishing' }
  const worker = await startWorkerProcess({
    ...{ DATABASE_URL: database.url, WINRATE_REFERENCE_SECRET: SECRET },
    WINRATE_READ_TOKEN: tokens.READ_TOKEN,
    WINRATE_PUBLISH_TOKEN: tokens.PUBLISH_TOKEN,
  })
  const authorization = `Bearer ${tokens.READ_TOKEN}`
  const snapshot = () => fetch(`${worker.url}/v1/snapshot`, { headers: { authorization } })
  await waitUntil(async () => (await snapshot()).ok, { describe: 'a snapshot' })
  const examples = blocks('http').map(readMessage)
  expect(examples).toHaveLength(20)
  let etag = ''
  let sent = 0
  for (let at = 0; at < examples.length; at += 2) {
    const [asked, said] = [examples[at], examples[at + 1]]
    const [method = '', path = ''] = asked?.line.split(' ') ?? []
    const headers = Object.entries(asked?.headers ?? {}).map(([name, value]): [string, string] => [
      name,
      value
        .replace(/READ_TOKEN|PUBLISH_TOKEN/, (role) =>
          role === 'READ_TOKEN' ? tokens.READ_TOKEN : tokens.PUBLISH_TOKEN,
        )
        .replace('ETAG', etag),
    ])
    const body = asked?.body === '' ? {} : { body: asOfNow(asked?.body ?? '') }
    const answer = await fetch(worker.url + path, { method, headers, ...body })
    const text = await answer.text()
    const example = `${asked?.line}\n${asked?.body}`
    expect(`HTTP/1.1 ${answer.status}`, `${example}\n${text}`).toBe(said?.line)
    for (const [name, value] of Object.entries(said?.headers ?? {})) {
      expect(answer.headers.get(name), `${name} of ${example}`).toBe(value)
    }
    if (said?.body) expect(JSON.parse(text), example).toEqual(loosely(JSON.parse(said.body)))
    etag = answer.headers.get('etag') ?? etag
    if (path === '/v1/outcomes' && answer.status === 202) sent += JSON.parse(text).outcomes
  }
  expect(sent).toBe(6)

  const [pull = '', send = ''] = blocks('sql')
  expect(await database.rows(pull)).toMatchObject([{ kind: 'full', body: expect.any(Buffer) }])
  await database.pool.query(asOfNow(send))
  const counted = () =>
    database.rows<{ task_type: string; success: boolean }>(`
      select task_type, model_name, success, failure_kind, propensity, instance_id
      from winrate.task_preferences where counted and decision_id is not null order by task_type collate "C"`)
  const isJudged = async () => {
    const rows = await counted()
    const research = rows.find((row) => row.task_type === 'research')
    return rows.length === 4 && research?.success === false
  }
  await waitUntil(isJudged, { describe: 'every example is stored, and judged by the feedback' })
  const shared = { instance_id: 'agent-7', failure_kind: null }
  expect(await counted()).toEqual([
    {
      ...{ ...shared, task_type: 'chat', model_name: 'gpt-4o-mini', success: false },
      ...{ failure_kind: 'transport', propensity: null },
    },
    {
      ...{ ...shared, task_type: 'coding', model_name: 'claude-sonnet', success: true },
      propensity: 0.85,
    },
    { ...shared, task_type: 'planning', model_name: 'claude-opus', success: true, propensity: 0.5 },
    { ...shared, task_type: 'research', model_name: 'my-model', success: false, propensity: 0.5 },
  ])
  expect(await database.rows('select reason from winrate.rejected_outcomes')).toEqual([
    { reason: 'success_invalid' },
  ])
})

test('the chances of its cells are those of the router', async () => {
  const [content = '', chances = ''] = blocks('json')
  const text = writeSnapshotText({
    ...JSON.parse(content),
    epoch: '00000000-0000-4000-8000-000000000001',
    version: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    windowDays: 7,
  })
  const router = createRouter({ logger: false, snapshots: staticSource(text) })
  await router.ready({ timeoutMs: 10_000 })
  const candidates = ['small', 'large'].map((model) => ({ provider: 'acme', model }))
  const ranked = router.rankedForTask('sql-review', { candidates })
  await router.close()
  const rounded = ranked.map(({ modelName, chance }) => [modelName, Number(chance.toFixed(6))])
  expect(Object.fromEntries(rounded)).toEqual(JSON.parse(chances))
})

test('it lists the fields of an outcome with their limits', () => {
  const [, table = ''] = /\n\| field +\| limit[^\n]*\n[^\n]*\n(.*?)\n\n/s.exec(page) ?? []
  const rows = table.split('\n').map((row) => row.split('|').map((cell) => cell.trim()))
  const shape = Object.entries(outcomeMessageSchema.shape)
  expect(rows.map(([, field]) => field)).toEqual(shape.map(([name]) => `\`${name}\``))
  for (const [at, [name, schema]] of shape.entries()) {
    const { minLength, maxLength, minimum, maximum } = { ...schema.rules } as Record<string, number>
    const least = minLength ?? minimum
    const most = maxLength ?? maximum
    if (least === undefined || most === undefined || most === Number.MAX_SAFE_INTEGER) continue
    expect(rows[at]?.[2], name).toBe(`${least} to ${most}`)
  }
  expect(page).toContain(`over ${limits.outcomesPerBatch.toLocaleString('en')} outcomes`)
  expect(page).toContain(`or ${limits.batchBytes.toLocaleString('en')} bytes`)
  expect(page).toContain(`${limits.referenceChars.toLocaleString('en')} characters`)
})
