import type { Notice, Snapshot } from '@winrate/shared-schema/contracts'
import type { Logger } from '../runtime/logger.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'

/** A notice of the worker's to this instance begins, or is over. */
export interface NoticeEvent extends Notice {
  readonly over: boolean
}

export interface OwnNoticesInput {
  readonly instanceId: string
  readonly logger: Logger
  readonly warn: RateLimitedWarning
  readonly events: { emit(name: 'notice', event: NoticeEvent): void }
}

export type OwnNotices = ReturnType<typeof createOwnNotices>

/** What the worker says of this instance. Each notice is told when it begins and when it is over. */
export function createOwnNotices({ instanceId, logger, warn, events }: OwnNoticesInput) {
  let own: readonly Notice[] = []
  let read: Snapshot | undefined

  return {
    list: (): readonly Notice[] => own,
    /** A snapshot without notices, as earlier workers publish, changes nothing. */
    read(snapshot: Snapshot | undefined): void {
      if (snapshot === read || snapshot?.notices === undefined) return
      read = snapshot
      const before = own
      own = snapshot.notices.filter((notice) => notice.instanceId === instanceId)
      for (const notice of own) {
        if (has(before, notice)) continue
        const { message, ...facts } = notice
        warn('notice-received', notice.kind, { ...facts, problem: message })
        events.emit('notice', { ...notice, over: false })
      }
      for (const notice of before) {
        if (has(own, notice)) continue
        logger.info('notice-over', notice)
        events.emit('notice', { ...notice, over: true })
      }
    },
  }
}

/** A notice keeps its kind and beginning while its figures change. */
function has(notices: readonly Notice[], { kind, since }: Notice): boolean {
  return notices.some((each) => each.kind === kind && each.since === since)
}
