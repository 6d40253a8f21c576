import type { Referred as Reference } from '@winrate/shared-schema/http'
import { formatShare } from '../../format/numbers.ts'
import { formatMoment } from '../../format/times.ts'
import { Facts } from '../../parts/facts.tsx'
import { ModelName } from '../../parts/model-name.tsx'

/** What a reference says of its call. */
export function Referred({ reference }: { readonly reference: Reference }) {
  return (
    <section aria-labelledby="referred" className="card px-4 py-3">
      <h2 id="referred" className="mb-2 font-semibold">
        What the reference says
      </h2>
      <Facts
        facts={[
          ['Model', <ModelName key="model" model={reference} />],
          ['Task type', reference.taskType],
          ['Decided', reference.decidedAt === null ? '–' : formatMoment(reference.decidedAt)],
          ['Instance', reference.instanceId],
          ['Chance then', formatShare(reference.propensity, 1)],
          ['Attempt', String(reference.attempt)],
          [
            'Snapshot',
            reference.snapshotVersion === null ? 'none' : String(reference.snapshotVersion),
          ],
          ['Decision', reference.decisionId],
        ]}
      />
    </section>
  )
}
