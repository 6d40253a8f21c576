// Asks the registry about known vulnerabilities of what the lockfile names, and judges the answer by the policy in
// docs/security.md.
//   node scripts/audit.mjs                 asks
//   node scripts/audit.mjs --report FILE   judges what "pnpm audit --prod --json" printed
// Exits with 0 where nothing must be done, 1 where something was found that must be, and 2 where nobody could be asked:
// that is not the same as nothing found.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const MUST_BE_MENDED = ['high', 'critical']
const TIME_LIMIT_MS = 120_000

const [option, file] = process.argv.slice(2)
process.exitCode = judge(option === '--report' ? readFileSync(file, 'utf8') : ask())

function ask() {
  const { stdout, stderr, error } = spawnSync(
    'npx',
    ['-y', 'pnpm@12', 'audit', '--prod', '--json'],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
      timeout: TIME_LIMIT_MS,
    },
  )
  return stdout?.trim() || String(error ?? stderr)
}

function judge(text) {
  const advisories = readAdvisories(text)
  if (advisories === undefined) {
    console.error(
      `Could not ask for known vulnerabilities; nothing is known of them: ${text.trim().slice(0, 500)}`,
    )
    return 2
  }
  const urgent = advisories.filter(({ severity }) => MUST_BE_MENDED.includes(severity))
  for (const { severity, module_name, title, url } of advisories) {
    console.error(`${severity}: ${module_name}: ${title} ${url}`)
  }
  console.error(
    `${advisories.length} known vulnerabilities in what users install, ${urgent.length} of them high or critical.`,
  )
  return urgent.length > 0 ? 1 : 0
}

/** Undefined where the text is no report. */
function readAdvisories(text) {
  try {
    const { advisories, metadata } = JSON.parse(text)
    if (typeof metadata?.vulnerabilities !== 'object' || typeof advisories !== 'object')
      return undefined
    return Object.values(advisories)
  } catch {
    return undefined
  }
}
