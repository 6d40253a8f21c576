import { policyKinds } from '@winrate/shared-schema/scoring'

export const help = `Usage: npm run demo [-- OPTION…]

Replays published outcomes of real models through the whole loop: every instance routes every query
to one of the models that have an outcome for it, and records that outcome.

  --data FILE.csv.gz[,FILE…]  outcomes to replay instead of the bundled ones
  --task-map FILE.json        task type of each source's categories (both: demo/data/README.md)
  --instances N               instances, each in a process of its own (8)
  --interval-ms MS            aggregation interval; the replay takes 40 of them (1000)
  --limit N                   queries that each instance replays at most (all)
  --policy KIND[:SHARE]       ${policyKinds.join(' or ')}; SHARE of the decisions explore (the worker's default)
  --seed N                    order of the queries and draws of the routers (1)
  --json                      the last line of stdout is the result as one JSON object
  --serve                     keep the worker and its HTTP up afterwards, until Ctrl-C
  --help                      this text

Exit codes: 0 when every published outcome is stored, 1 when not or when the run failed,
2 for a mistake in the options or in the data.
`
