import { ordinary, quick } from './options.ts'
import { simulationPolicies } from './policies.ts'
import { scenarioNames } from './simulation/scenario-names.ts'

export const help = `Shows what learning achieves: simulated fleets, and replays of published outcomes.

usage: npm run bench:learning -- [OPTION…]

  --seeds N          runs of each policy in each simulation (default ${ordinary.seeds})
  --replay-seeds N   runs of each policy on each file (default ${ordinary.replaySeeds})
  --scenarios LIST   run only these, separated by commas: ${scenarioNames.join(', ')}
  --policies LIST    simulate only these: ${simulationPolicies.join(', ')}
  --days N           simulate only the first days of each scenario
  --decisions N      decisions per replay (default ${ordinary.decisions})
  --quick            ${quick.seeds} run of ${quick.scenarios.join(', ')}, ${quick.decisions} decisions:
                     takes about two minutes
  --data FILE        replay this file of outcomes instead of the bundled ones; may be repeated
  --task-map FILE    JSON file that maps categories of each source to task types;
                     default: the bundled map. In a file that the map does not know,
                     each category is its own task type
  --no-simulation    run only replays
  --no-replay        run only simulations
  --json             print one JSON object with all figures as the last line of stdout
  --help             print this text

demo/data/README.md describes the format of the files.
`
