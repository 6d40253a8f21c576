import { fileURLToPath } from 'node:url'

const inDataFolder = (name: string) => fileURLToPath(new URL(`../../data/${name}`, import.meta.url))

/** The outcome files that the repository brings along; data/README.md says where they are from. */
export const bundledOutcomeFiles: readonly string[] = [
  inDataFolder('editbench.csv.gz'),
  inDataFolder('planbench-dev.csv.gz'),
  inDataFolder('zeroeval-dev.csv.gz'),
]

export const bundledTaskMapFile = inDataFolder('task-map.json')
