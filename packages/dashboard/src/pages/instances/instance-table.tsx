import { useState } from 'react'
import { useIsAdmin } from '../../api/queries.ts'
import { DifferenceAxis, DifferenceBar, differenceScale } from '../../charts/difference.tsx'
import { formatCount, formatShare, signed } from '../../format/numbers.ts'
import { formatAgo, formatMoment } from '../../format/times.ts'
import { useQueryValue } from '../../navigation/location.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { useNow } from '../../shell/live-state.tsx'
import type { InstanceRow, InstanceState } from './instance-row.ts'
import { stateOfInstance } from './instance-row.ts'
import { VerdictDialog } from './verdict-dialog.tsx'

const LEAST_OUTCOMES = 20

export function InstanceTable({
  rows,
  more,
}: {
  readonly rows: readonly InstanceRow[]
  readonly more: number | undefined
}) {
  const [search, setSearch] = useQueryValue('search')
  const [changed, setChanged] = useState<InstanceRow>()
  const isAdmin = useIsAdmin()
  const now = useNow()
  const shown = rows.filter(({ instanceId }) =>
    instanceId.toLowerCase().includes(search.toLowerCase()),
  )
  const scale = differenceScale(
    shown.flatMap(({ compared }) => (compared === undefined ? [] : [differenceOf(compared)])),
  )
  return (
    <FigureFrame
      title={`${formatCount(shown.length)} of ${formatCount(rows.length + (more ?? 0))} instances`}
      numbers={numbersOf(shown)}
      command="npx winrate quarantines"
      isTable
      actions={
        <input
          type="search"
          aria-label="Search instances"
          placeholder="Search"
          className="field w-36"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      }
    >
      <Scroll label="Instances">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Instance</th>
              <th scope="col">Last outcome</th>
              <th scope="col" className="number">
                Outcomes
              </th>
              <th scope="col" className="number">
                Win rate
              </th>
              <th scope="col" className="plot w-[28%] min-w-36">
                <DifferenceAxis scale={scale} format={(value) => `${signed(value, 0)} pp`} />
              </th>
              <th scope="col" className="number">
                Dropped
              </th>
              <th scope="col">State</th>
              <th scope="col">
                <span className="sr-only">Change</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => {
              const { instanceId, instance, compared } = row
              const state = stateOfInstance(row)
              return (
                <tr key={instanceId}>
                  <td>
                    <bdi
                      className="inline-block max-w-56 truncate align-bottom font-medium"
                      title={`${instanceId}${instance?.sdk == null ? '' : ` · ${instance.sdk}`}`}
                    >
                      {instanceId}
                    </bdi>
                  </td>
                  <td
                    className="whitespace-nowrap"
                    title={instance === undefined ? undefined : formatMoment(instance.lastSeenAt)}
                  >
                    {instance === undefined
                      ? 'not in the window'
                      : formatAgo(instance.lastSeenAt, now)}
                  </td>
                  <td className="number">{formatCount(instance?.outcomes)}</td>
                  <td className="number">
                    {(instance?.outcomes ?? 0) < LEAST_OUTCOMES
                      ? 'too few'
                      : formatShare(instance?.winRate)}
                  </td>
                  <td className="plot">
                    {compared !== undefined && (
                      <DifferenceBar
                        difference={differenceOf(compared)}
                        scale={scale}
                        isClear={compared.clear}
                      />
                    )}
                  </td>
                  <td className="number" title={droppedText(row)}>
                    {formatCount(droppedOf(row))}
                  </td>
                  <td>
                    <State state={state} row={row} />
                  </td>
                  <td className="number">
                    <button
                      type="button"
                      className="button"
                      disabled={!isAdmin}
                      title={isAdmin ? undefined : 'Needs a token for admin'}
                      onClick={() => setChanged(row)}
                    >
                      {state === 'left out' ? 'Release…' : 'Quarantine…'}
                    </button>
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </Scroll>
      {changed !== undefined && (
        <VerdictDialog row={changed} onClose={() => setChanged(undefined)} />
      )}
    </FigureFrame>
  )
}

function State({ state, row }: { readonly state: InstanceState; readonly row: InstanceRow }) {
  const reason = row.quarantine?.verdict?.reason ?? row.instance?.quarantined?.reason
  const samples = row.quarantine?.samples ?? row.instance?.quarantined?.samples ?? 0
  const isOut = state === 'left out'
  return (
    <span title={reason} className="whitespace-nowrap">
      <span
        className={`mr-1.5 ${isOut ? 'text-bad' : state === 'trusted' ? 'text-accent' : 'text-good'}`}
        aria-hidden="true"
      >
        {isOut ? '✕' : '●'}
      </span>
      {state}
      {isOut && (
        <span className="block text-xs text-faint">
          {row.quarantine?.verdict == null ? 'by its numbers' : 'by an operator'}
          {samples > 0 && `, ${formatCount(samples)} outcomes`}
        </span>
      )}
    </span>
  )
}

function differenceOf({
  points,
  lowPoints,
  highPoints,
}: {
  readonly points: number
  readonly lowPoints: number
  readonly highPoints: number
}) {
  return { low: lowPoints, mean: points, high: highPoints }
}

function droppedOf({ instance }: InstanceRow): number {
  return Object.values(instance?.dropped ?? {}).reduce((sum, count) => sum + count, 0)
}

function droppedText({ instance }: InstanceRow): string {
  return Object.entries(instance?.dropped ?? {})
    .map(([reason, count]) => `${reason}: ${count}`)
    .join(', ')
}

function numbersOf(rows: readonly InstanceRow[]) {
  return {
    columns: [
      'instance',
      'last outcome',
      'outcomes',
      'win rate',
      'difference in points',
      'low 95 %',
      'high 95 %',
      'dropped',
      'state',
      'outcomes left out',
    ],
    rows: rows.map((row) => [
      ...[row.instanceId, row.instance?.lastSeenAt ?? null, row.instance?.outcomes ?? null],
      ...[row.instance?.winRate ?? null, row.compared?.points ?? null],
      ...[row.compared?.lowPoints ?? null, row.compared?.highPoints ?? null],
      ...[droppedOf(row), stateOfInstance(row), row.quarantine?.samples ?? 0],
    ]),
  }
}
