#!/usr/bin/env node
import { outliveReaders } from './command-line/outlive-readers.ts'
import { runCommandLine } from './command-line/run-command-line.ts'
import { commands } from './command-table.ts'

let isLost = false
outliveReaders((error) => {
  if (isLost) return
  isLost = true
  process.exitCode = 1
  process.stderr.write(`winrate: the output was lost: ${error.message}\n`)
})
const exitCode = await runCommandLine(commands, process.argv.slice(2), process.env)
process.exitCode = isLost ? 1 : exitCode
