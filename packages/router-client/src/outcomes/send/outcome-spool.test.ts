import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRouter } from '../../create-router.ts'
import type { RouterOptions } from '../../options.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { recordingSink } from '../../testing/recording-sink.ts'
import { SpoolFile } from './spool-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'winrate-spool-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function aRouter(options: RouterOptions = {}) {
  const clock = manualClock()
  const sink = recordingSink()
  const told: string[] = []
  const logger = {
    debug() {},
    info() {},
    error() {},
    warn: (message: string) => told.push(message),
  }
  const router = createRouter({ clock, outcomes: sink, logger, ...options })
  const record = (times: number) => {
    for (let at = 0; at < times; at += 1) {
      router.recordPreference({ taskType: 'coding', model: 'codex', success: true })
    }
  }
  return { clock, sink, router, record, told }
}

const lines = () =>
  readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter(Boolean)

test('a second after it was recorded an outcome is on disk, and once it is sent it is not', async () => {
  const { clock, router, record } = aRouter({ spoolFile: join(folder, 'deep/unsent') })
  folder = join(folder, 'deep')
  record(2)
  clock.advance(1_000)
  expect(lines()).toHaveLength(2)
  record(1)
  clock.advance(1_000)
  expect(lines()).toHaveLength(3)
  await router.flush()
  clock.advance(1_000)
  expect(readdirSync(folder)).toEqual([])
  await router.close()
})

test('files stand beside the cache file, unless none are wanted', async () => {
  const cacheFile = join(folder, 'snapshot.json')
  for (const [options, files] of [
    [{ cacheFile }, 1],
    [{ cacheFile, spoolFile: false }, 0],
    [{}, 0],
  ] as const) {
    const { clock, router, record } = aRouter(options)
    record(1)
    clock.advance(1_000)
    const names = readdirSync(folder).filter((name) => name.startsWith('snapshot.json.unsent.'))
    expect(names).toHaveLength(files)
    await router.close()
  }
})

test('a file with more sent outcomes than waiting ones is replaced', async () => {
  const { clock, sink, router } = aRouter({
    spoolFile: join(folder, 'unsent'),
    buffer: { batchSize: 10, maxInFlight: 1 },
  })
  const feedbackText = 'x'.repeat(16_000)
  const record = () =>
    router.recordPreference({ taskType: 'coding', model: 'codex', success: true, feedbackText })
  for (let round = 0; round < 30; round += 1) {
    for (let at = 0; at < 10; at += 1) record()
    await router.flush()
    record()
    clock.advance(1_000)
    const bytes = lines().join('').length
    expect(bytes).toBeLessThan(1_500_000)
  }
  expect(sink.outcomes().length).toBeGreaterThan(200)
  await router.close()
})

test('a write that fails is told, and the next one writes all', () => {
  const told: string[] = []
  const path = join(folder, 'gone', 'unsent')
  const file = new SpoolFile(path, (message) => told.push(message))
  expect([file.add(['1']), file.replace(['1']), file.add(['2'])]).toEqual([false, true, true])
  rmSync(join(folder, 'gone'), { recursive: true })
  writeFileSync(join(folder, 'gone'), '')
  expect([file.add(['3']), file.replace(['1', '2', '3'])]).toEqual([false, false])
  expect(told).toEqual(['outcome-spool-not-written', 'outcome-spool-not-written'])
  rmSync(join(folder, 'gone'))
  expect([file.add(['3']), file.replace(['1', '2', '3'])]).toEqual([false, true])
  folder = join(folder, 'gone')
  expect(lines()).toEqual(['1', '2', '3'])
  file.remove()
  expect(existsSync(folder)).toBe(true)
  expect(readdirSync(folder)).toEqual([])
})

test('a spool that is no path is a mistake', () => {
  expect(() => createRouter({ spoolFile: '' })).toThrow('spoolFile must be a path or false')
})
