import { expect, test } from 'vitest'
import { hidePasswords } from './create-logger.ts'

test.each([
  ['postgres://agent:secret@host/db', 'postgres://agent:…@host/db'],
  ['postgres://agent:se@cret@host/db', 'postgres://agent:…@host/db'],
  ['cannot reach redis://:secret@host:6379 now', 'cannot reach redis://:…@host:6379 now'],
  ['http://127.0.0.1:8787 answers', 'http://127.0.0.1:8787 answers'],
])('of %j the log shows %j', (text, shown) => {
  expect(hidePasswords(text)).toBe(shown)
})
