import { fileURLToPath } from 'node:url'

const inDataFolder = (name: string) => fileURLToPath(new URL(`../../data/${name}`, import.meta.url))

/** The outcome files of the repository; data/README.md names their sources. */
export const bundledOutcomeFiles: readonly string[] = [
  inDataFolder('editbench.csv.gz'),
  inDataFolder('planbench-dev.csv.gz'),
  inDataFolder('zeroeval-dev.csv.gz'),
]

export const bundledTaskMapFile = inDataFolder('task-map.json')
