// Holds the dashboard, as it is built, to what a page may weigh, and to what a strict policy allows.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../packages/central-worker/dist/ui', import.meta.url))
const FIRST_LOAD_BYTES = 160_000
const WHOLE_BYTES = 200_000

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

it('weighs at most 160 kB at first load, and 200 kB in all, gzipped', () => {
  const sizes = readdirSync(join(folder, 'assets'))
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => ({ name, bytes: gzipSync(read(`assets/${name}`), { level: 9 }).length }))
  const sum = (of: typeof sizes) => of.reduce((total, { bytes }) => total + bytes, 0)
  expect(sizes).not.toEqual([])
  const html = read('index.html')
  expect(sum(sizes.filter(({ name }) => html.includes(name)))).toBeLessThan(FIRST_LOAD_BYTES)
  expect(sum(sizes)).toBeLessThan(WHOLE_BYTES)
})

it('has no code or style in the page itself, and no address but relative ones', () => {
  const html = read('index.html')
  expect(html).not.toMatch(/<style|style=|onload=|<script(?![^>]* src=)/)
  const addresses = [...html.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(
    ([, address = '']) => address,
  )
  expect(addresses).not.toEqual([])
  expect(addresses.filter((address) => !address.startsWith('./'))).toEqual([])
  expect(addresses.filter((address) => !existsSync(join(folder, address)))).toEqual([])
})
