import type { VerdictChange } from '@winrate/shared-schema/http'
import { useState } from 'react'
import { useChange } from '../../api/queries.ts'
import { formatCount } from '../../format/numbers.ts'
import { Confirm } from '../../parts/confirm.tsx'
import type { InstanceRow } from './instance-row.ts'
import { stateOfInstance } from './instance-row.ts'

/** Leaves an instance out, or counts it again; says beforehand what that does. */
export function VerdictDialog({
  row,
  onClose,
}: {
  readonly row: InstanceRow
  readonly onClose: () => void
}) {
  const change = useChange()
  const [reason, setReason] = useState('')
  // As it was when the dialog opened: the page goes on below it.
  const [isRelease] = useState(() => stateOfInstance(row) === 'left out')
  const { instanceId } = row
  const send = async () => {
    const given = { instanceId, ...(reason.trim() !== '' && { reason: reason.trim() }) }
    const path = isRelease ? 'v1/admin/release' : 'v1/admin/quarantine'
    return (await change<VerdictChange>(path, given)).message
  }
  return (
    <Confirm
      title={isRelease ? 'Release this instance?' : 'Leave this instance out?'}
      action={isRelease ? 'Release' : 'Quarantine'}
      canConfirm={isRelease || reason.trim() !== ''}
      onConfirm={send}
      onClose={onClose}
    >
      <p className="wrap-anywhere">
        <bdi className="font-medium">{instanceId}</bdi>
      </p>
      <p className="mt-2 text-muted">{isRelease ? releaseEffect(row) : quarantineEffect(row)}</p>
      <label className="mt-4 block">
        <span className="text-xs text-muted">Reason{isRelease ? ' (may be left out)' : ''}</span>
        <input
          className="field mt-1 w-full"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          maxLength={200}
        />
      </label>
    </Confirm>
  )
}

function quarantineEffect({ instance, compared }: InstanceRow): string {
  const outcomes = formatCount(instance?.outcomes ?? 0)
  const cells = compared === undefined ? '' : `, in ${formatCount(compared.cells)} cells,`
  return `From the next tick on, its ${outcomes} outcomes in the window${cells} no longer count: not in win rates, not in what models are chosen by. They stay stored, and a release counts them again.`
}

function releaseEffect({ quarantine }: InstanceRow): string {
  const samples = formatCount(quarantine?.samples ?? 0)
  return quarantine?.verdict?.verdict === 'quarantined'
    ? `The operator’s quarantine ends with the next tick, and the instance is judged by its numbers again. The last tick left out ${samples} of its outcomes.`
    : `Its numbers led to this quarantine. Released, it is trusted: from the next tick on its ${samples} left-out outcomes count, whatever they say.`
}
