import { expect, test } from 'vitest'
import { findPassingIds } from './instance-ids.ts'

const drawnId = (at: number) => `7d9f8b6${at % 10}5d-x${String.fromCharCode(98 + (at % 20))}x4z`

test.each([
  ['agent-*-*', (at: number) => `agent-${drawnId(at)}`],
  ['*', (at: number) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`],
  ['host.eu-*-*', (at: number) => `host.eu-${4_000 + at}-1c2d${1_000 + at}`],
])('ids as %s come and go', (form, idOf) => {
  const lives = Array.from({ length: 70 }, (_, at) => ({ instanceId: idOf(at), isLive: at < 10 }))
  expect(findPassingIds(lives)).toEqual([{ form, ids: 70, gone: 60 }])
})

test('ids that stay, a few that are gone, and ids of different forms are no such ids', () => {
  const lives = (count: number, live: number, idOf: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => ({ instanceId: idOf(at), isLive: at < live }))
  expect(findPassingIds(lives(200, 150, (at) => `agent-${at}`))).toEqual([])
  expect(findPassingIds(lives(12, 0, (at) => `agent-${at}`))).toEqual([])
  const named = (at: number) =>
    'abcdefghij'
      .split('')
      .map((letter) => letter.repeat(1 + at))
      .join('')
  expect(findPassingIds(lives(60, 0, named))).toEqual([])
})
