import type { SendResult } from '../sinks/outcome-sink.ts'

/** Hears what becomes of one outcome on its way to the queue. */
export interface Delivery {
  /** A send begins that may put it into the queue. */
  began(): void
  /** That send put it there: as part of the message of this id, where the sink knows it. */
  sent(messageId: number | undefined): void
  /** Nobody knows whether that send put it there; it is repeated. */
  uncertain(): void
  /** That send did not put it there. */
  returned(): void
  /** It was dropped: no send will put it there any more. */
  lost(): void
}

export function tellDeliveries(
  deliveries: readonly (Delivery | undefined)[],
  news: (delivery: Delivery) => void,
): void {
  for (const delivery of deliveries) if (delivery !== undefined) news(delivery)
}

export function tellResult(delivery: Delivery, result: SendResult): void {
  if (result.status === 'sent') delivery.sent(result.messageId)
  else if (result.status === 'retry') delivery.uncertain()
  else delivery.returned()
}
