import type { InstancesBody, PatternsBody, QuarantinesBody } from '@winrate/shared-schema/http'
import { useInstances, usePatterns, useQuarantines } from '../../api/queries.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { Answer, Empty } from '../../parts/states.tsx'
import { FunnelPlot } from './funnel-plot.tsx'
import type { InstanceRow } from './instance-row.ts'
import { InstanceTable } from './instance-table.tsx'

/** Who reports something else than the others, and whose outcomes are left out? */
export function InstancesPage() {
  const instances = useInstances()
  const patterns = usePatterns()
  const quarantines = useQuarantines()
  return (
    <>
      <PageHead title="Instances">
        Who sends outcomes, who reports something else than the others, and whose outcomes are left
        out.
      </PageHead>
      <Answer query={instances}>
        {(body) =>
          body.instances.length === 0 && (quarantines.data?.quarantines.length ?? 0) === 0 ? (
            <div className="card">
              <Empty title="No instance has sent an outcome yet" />
            </div>
          ) : (
            <Instances rows={rowsOf(body, patterns.data, quarantines.data)} more={body.more} />
          )
        }
      </Answer>
    </>
  )
}

function Instances({
  rows,
  more,
}: {
  readonly rows: readonly InstanceRow[]
  readonly more: number | undefined
}) {
  return (
    <div className="grid gap-4">
      <FunnelPlot rows={rows} />
      <InstanceTable rows={rows} more={more} />
    </div>
  )
}

function rowsOf(
  { instances }: InstancesBody,
  patterns: PatternsBody | undefined,
  quarantines: QuarantinesBody | undefined,
): InstanceRow[] {
  const compared = new Map(patterns?.instances.map((one) => [one.instanceId, one]))
  const held = new Map(quarantines?.quarantines.map((one) => [one.instanceId, one]))
  const known = new Set(instances.map(({ instanceId }) => instanceId))
  const silent = [...held.keys()].filter((instanceId) => !known.has(instanceId))
  return [
    ...instances.map((instance) => ({
      instanceId: instance.instanceId,
      // The newer answer counts.
      instance: quarantines === undefined ? instance : { ...instance, quarantined: null },
      compared: compared.get(instance.instanceId),
      quarantine: held.get(instance.instanceId),
    })),
    ...silent.map((instanceId) => ({
      ...{ instanceId, instance: undefined },
      compared: compared.get(instanceId),
      quarantine: held.get(instanceId),
    })),
  ]
}
