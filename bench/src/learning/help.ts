import { ordinary, quick } from './options.ts'
import { scenarioNames } from './simulation/scenario.ts'

export const help = `Shows what learning achieves: simulated fleets, and replays of published outcomes.

usage: npm run bench:learning -- [OPTION…]

  --seeds N          runs of each policy in each simulation (default ${ordinary.seeds})
  --replay-seeds N   runs of each policy on each file (default ${ordinary.replaySeeds})
  --scenarios LIST   only these, by comma: ${scenarioNames.join(', ')}
  --decisions N      decisions of one replay (default ${ordinary.decisions})
  --quick            ${quick.seeds} run of ${quick.scenarios.join(', ')}, ${quick.decisions} decisions:
                     a look within about a minute
  --data FILE        replay this file of outcomes instead of the bundled ones; may be repeated
  --task-map FILE    which category of which source is which task type, as JSON;
                     default: the bundled map, and for a file that it does not know
                     each category as a task type of its own
  --no-simulation    only replays
  --no-replay        only simulations
  --json             the last line of stdout is one JSON object with all figures
  --help             this text

The format of the files is described in demo/data/README.md.
`
