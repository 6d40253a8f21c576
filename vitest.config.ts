import { defineConfig } from 'vitest/config'

// Tests import workspace packages from their sources (the `@winrate/source` condition). Processes that tests spawn run
// the output of `tsc --build` and `scripts/bundle.mjs`.
const fromSource = {
  resolve: { conditions: ['@winrate/source'] },
  ssr: { resolve: { conditions: ['@winrate/source'] } },
}

export default defineConfig({
  test: {
    // What the default logger of routers says: tests give most of them bad values.
    onConsoleLog: (text) => !text.startsWith('winrate: '),
    projects: [
      {
        ...fromSource,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['{packages/*,demo,bench}/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          // Files share the modules that a process has loaded, because half of the time went into loading them again.
          isolate: false,
          // Far more than a test takes, also with every core busy: single tests set none of their own.
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...fromSource,
        test: {
          name: 'integration',
          // Runs after the unit tests, because both use all cores.
          sequence: { groupOrder: 1 },
          include: ['test/**/*.test.ts'],
          globalSetup: ['scripts/bundle.mjs', 'test/support/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          // More than cores: half of the time a test waits for a process to start or for a tick.
          maxWorkers: 4,
        },
      },
    ],
  },
})
