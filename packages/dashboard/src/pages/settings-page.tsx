import type { StatusBody } from '@winrate/shared-schema/http'
import type { ReactNode } from 'react'
import { useStatus } from '../api/queries.ts'
import { formatCount, formatSeconds, formatUsd } from '../format/numbers.ts'
import { Facts } from '../parts/facts.tsx'
import { FigureFrame } from '../parts/figure-frame.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { Answer } from '../parts/states.tsx'

/** What is in force, and whether all parts are well. */
export function SettingsPage() {
  const status = useStatus()
  return (
    <>
      <PageHead title="Settings">
        What is in force: set by variables of the worker, see docs/operations.md.
      </PageHead>
      <Answer query={status}>{(body) => <Settings status={body} />}</Answer>
    </>
  )
}

function Settings({ status }: { readonly status: StatusBody }) {
  const { settings, fleet, policy } = status
  return (
    <div className="grid gap-4">
      <Card title="Deployment">
        <Facts
          facts={[
            ['Version of the worker', status.version],
            ['Fleet', fleet.name ?? 'without a name'],
            ['Fleet id', fleet.id ?? '–'],
            ['A tick every', formatSeconds(status.aggregationIntervalMs / 1_000)],
            ['Window', `${status.windowDays} days`],
            ['Outcomes are kept for', `${settings.retentionDays} days`],
            ['Cells that a tick counts', formatCount(settings.maxCells)],
            [
              'Feedback is taken for',
              settings.feedbackDays === null
                ? 'not taken: no secret'
                : `${settings.feedbackDays} days`,
            ],
          ]}
        />
      </Card>
      <Card title="Policy">
        <Scroll label="The policy as JSON">
          <pre className="rounded bg-sunken p-3 font-mono text-xs">
            {JSON.stringify(policy, null, 2)}
          </pre>
        </Scroll>
        <div className="mt-3">
          <Facts
            facts={[
              ['Share of a reported quality', String(settings.qualityWeight)],
              ['Baseline of savings', settings.baselineModel ?? 'none'],
              [
                'Confidence',
                `slope ${settings.confidence.slope}, midpoint ${settings.confidence.midpoint}, floor ${settings.confidence.floor}`,
              ],
              ['Task types with own defaults', formatCount(settings.defaults)],
            ]}
          />
        </div>
      </Card>
      <Budget budget={status.budget} />
      <Card title="Prices">
        <Facts
          facts={[
            ['Built-in models', formatCount(settings.catalogue.builtIn)],
            ['As of', `${settings.catalogue.asOf}${ageOf(settings.catalogue.asOf, status.now)}`],
            ['Source', settings.catalogue.source],
            ['Own models', formatCount(settings.catalogue.own)],
            ['Oldest own price', settings.catalogue.oldestPrice ?? '–'],
          ]}
        />
      </Card>
      <FigureFrame
        title="Checks"
        note="Those of doctor."
        numbers={{
          columns: ['check', 'result', 'detail'],
          rows: status.checks.map((check) => [check.name, resultOf(check), check.detail]),
        }}
        command="npx winrate doctor"
        isTable
      >
        <table className="table">
          <tbody>
            {status.checks.map((check) => (
              <tr key={check.name}>
                <td className="font-medium whitespace-nowrap">{check.name}</td>
                <td className="whitespace-nowrap">
                  <span
                    className={`mr-1.5 ${check.ok ? (check.warns === true ? 'text-warn' : 'text-good') : 'text-bad'}`}
                    aria-hidden="true"
                  >
                    {check.ok ? (check.warns === true ? '!' : '✓') : '✕'}
                  </span>
                  {resultOf(check)}
                </td>
                <td className="wrap-anywhere text-muted">
                  <bdi>{check.detail}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </FigureFrame>
    </div>
  )
}

/** What calls may cost, and what they did today. */
function Budget({ budget }: Pick<StatusBody, 'budget'>) {
  if (budget === null || budget.until !== null) {
    return (
      <Card title="Budget">
        <p className="text-muted">None: set one with npx winrate budget USD.</p>
      </Card>
    )
  }
  const { per, usd, since, today, problem } = budget
  return (
    <Card title="Budget">
      {problem !== null && <p className="mb-2 text-warn">{problem}</p>}
      <Facts
        facts={[
          ['Ceiling', `${formatUsd(usd)} ${per === 'call' ? 'a call on average' : 'a day'}`],
          ['Since', since],
          ['Spent today', today === null ? '–' : formatUsd(today.spentUsd)],
          ['Calls today', today === null ? '–' : formatCount(Math.round(today.calls))],
          ['A call may cost now', today === null ? '–' : formatUsd(today.targetUsd)],
          [
            'A dollar must bring',
            today === null
              ? '–'
              : today.usdPrice === 0
                ? 'anything: the choice is free'
                : `${Number(today.usdPrice.toPrecision(3))} successes`,
          ],
        ]}
      />
    </Card>
  )
}

function Card({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className="card px-4 py-3">
      <h2 className="mb-2 font-semibold">{title}</h2>
      {children}
    </section>
  )
}

function resultOf({ ok, warns }: StatusBody['checks'][number]): string {
  if (!ok) return 'wrong'
  return warns === true ? 'remark' : 'well'
}

const OLD_DAYS = 90

function ageOf(day: string, now: string): string {
  const days = Math.floor((Date.parse(now) - Date.parse(day)) / 86_400_000)
  return days > OLD_DAYS ? `: ${days} days old` : ''
}
