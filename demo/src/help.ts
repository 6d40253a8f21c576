import { policyKinds } from '@winrate/shared-schema/scoring'

export const help = `Usage: npm run demo [-- OPTION…]

Replays published outcomes of real models through the whole loop: every instance routes every query
to one of the models that have an outcome for it, and records that outcome.

  --data FILE.csv.gz[,FILE…]  outcomes to replay instead of the bundled ones
  --task-map FILE.json        task type of each source's categories (see demo/data/README.md)
  --instances N               number of instances, each in its own process (8)
  --interval-ms MS            aggregation interval; the replay takes 40 of them (1000)
  --limit N                   maximum number of queries that each instance replays (all)
  --policy KIND[:SHARE]       ${policyKinds.join(' or ')}, with SHARE of uniform exploration (the worker's default)
  --holdout SHARE             share that gpt-4o answers, to compare with (0.1 with --serve, else 0)
  --seed N                    seed of the query order and of the routers' draws (1)
  --json                      print the result as one JSON object in the last line of stdout
  --serve                     keep the worker and its HTTP server running until Ctrl-C
  --help                      print this text

Exit codes: 0 if every published outcome is stored, 1 if not or if the run failed,
2 for a mistake in the options or in the data.
`
