import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SDK_VERSION } from './sdk-version.ts'

test('the SDK tells the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  expect(SDK_VERSION).toBe(`${manifest.name}/${manifest.version}`)
})
