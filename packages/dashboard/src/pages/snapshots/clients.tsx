import type { SnapshotsBody } from '@winrate/shared-schema/http'
import { formatCount } from '../../format/numbers.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { Empty } from '../../parts/states.tsx'

/** Who decided by which version. */
export function Clients({ body: { clients } }: { readonly body: SnapshotsBody }) {
  const most = Math.max(1, ...clients.map(({ instances }) => instances))
  return (
    <FigureFrame
      title="Who decides by which version"
      note="As the outcomes that arrived lately tell."
      numbers={{
        columns: ['version', 'instances'],
        rows: clients.map(({ version, instances }) => [version ?? 'none', instances]),
      }}
      isTable
    >
      {clients.length === 0 ? (
        <Empty title="No outcome arrived lately" />
      ) : (
        <table className="table">
          <thead className="sr-only">
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Share</th>
              <th scope="col">Instances</th>
            </tr>
          </thead>
          <tbody>
            {clients.map(({ version, instances }) => (
              <tr key={version ?? 'none'}>
                <td className="whitespace-nowrap">{version ?? 'no snapshot'}</td>
                <td className="w-full" aria-hidden="true">
                  <span
                    className="block h-2 rounded-sm bg-accent"
                    style={{ width: `${(instances / most) * 100}%` }}
                  />
                </td>
                <td className="number">{formatCount(instances)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </FigureFrame>
  )
}
