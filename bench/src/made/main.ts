// Writes a file of made outcomes with costs, in the format of demo/data/README.md: for tests, and to try plans in worlds of
// any kind. Nothing in it was ever called.
//
//   npm run build && node bench/dist/made/main.js FILE.csv.gz [DEPENDENCE] [CORRELATION] [SEED]
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { makeOutcomes } from './make-outcomes.ts'

const [file, dependence = '2.3', correlation = '0.6', seed = '1'] = process.argv.slice(2)
if (file === undefined) throw new Error('name the file to write')
const shape = {
  dependence: Number(dependence),
  correlation: Number(correlation),
  seed: Number(seed),
}
writeFileSync(file, gzipSync(makeOutcomes(shape)))
