// The table of commands, in the order of help and docs/cli.md.
import { evaluate } from './analysis/commands/evaluate-command.ts'
import { observed } from './analysis/commands/observed-command.ts'
import { patterns } from './analysis/commands/patterns-command.ts'
import { budget } from './budget/commands/budget-command.ts'
import { defineCompletion } from './command-line/completion-command.ts'
import type { Command } from './commands/command.ts'
import { doctor } from './commands/doctor-command.ts'
import { events } from './commands/events-command.ts'
import { explain } from './commands/explain-command.ts'
import { fleet, newFleet } from './commands/fleet-commands.ts'
import { quarantine, quarantines, release } from './commands/instance-commands.ts'
import { deadLetters, migrate, rebuildRollups, requeue } from './commands/repair-commands.ts'
import { canary, newEpoch, pin, unpin } from './commands/snapshot-commands.ts'
import { start } from './commands/start-command.ts'
import { status } from './commands/status-command.ts'
import { experiment } from './experiment/commands/experiment-command.ts'
import { holdout } from './experiment/commands/holdout-command.ts'
import { forget } from './forget/commands/forget-command.ts'
import { importCommand } from './imports/commands/import-command.ts'
import { catalogue } from './prices/commands/catalogue-command.ts'
import { project } from './projects/commands/project-command.ts'
import { sharing } from './sharing/commands/sharing-command.ts'
import { token } from './tokens/commands/token-command.ts'

export const commands: readonly Command[] = [
  start,
  status,
  doctor,
  fleet,
  patterns,
  experiment,
  events,
  explain,
  observed,
  quarantines,
  deadLetters,
  evaluate,
  pin,
  unpin,
  canary,
  holdout,
  budget,
  newEpoch,
  catalogue,
  importCommand,
  quarantine,
  release,
  sharing,
  project,
  token,
  migrate,
  requeue,
  rebuildRollups,
  forget,
  newFleet,
  defineCompletion(() => commands),
]
