import { defineConfig } from 'vitest/config'

// Workspace packages are tested from their sources (the `source` condition); processes that tests
// spawn run what `tsc --build` made of them.
const fromSource = {
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
}

export default defineConfig({
  test: {
    projects: [
      {
        ...fromSource,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['{packages/*,demo,bench}/src/**/*.test.ts', 'scripts/**/*.test.ts'],
        },
      },
      {
        ...fromSource,
        test: {
          name: 'integration',
          // After the unit tests: both want all cores.
          sequence: { groupOrder: 1 },
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
