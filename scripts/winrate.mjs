#!/usr/bin/env node
// What `npx winrate COMMAND` runs in a clone: the command line of the worker, after what is missing was installed and
// built. A project that has the package, and the image, run it without this file.
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../packages/central-worker/dist/main.js', import.meta.url))
process.argv.splice(2, 0, 'node', main)
await import('./with-build.mjs')
