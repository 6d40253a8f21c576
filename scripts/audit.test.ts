import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const script = fileURLToPath(new URL('audit.mjs', import.meta.url))
const reportOf = (...severities: string[]) =>
  JSON.stringify({
    advisories: Object.fromEntries(
      severities.map((severity, at) => [at, { severity, module_name: 'm', title: 't', url: 'u' }]),
    ),
    metadata: { vulnerabilities: {} },
  })

it.each([
  ['nothing was found', reportOf(), 0, '0 known vulnerabilities'],
  ['what was found can wait', reportOf('low', 'moderate'), 0, '2 known vulnerabilities'],
  ['something must be mended', reportOf('low', 'critical'), 1, '1 of them high or critical'],
  ['the registry refuses', '{"error":{"code":"ERR_PNPM_AUDIT_BAD_RESPONSE"}}', 2, 'Could not ask'],
  ['the answer is a page', '<html>', 2, 'Could not ask'],
  ['there is no answer', '', 2, 'Could not ask'],
])('the exit code says that %s', (_, report, exitCode, said) => {
  const folder = mkdtempSync(join(tmpdir(), 'winrate-audit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'report.json')
  writeFileSync(file, report)
  const { status, stderr } = spawnSync(process.execPath, [script, '--report', file], {
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([exitCode, expect.stringContaining(said)])
})
