import { SEALED_BATCH_FORMAT, type SealedBatch } from '@winrate/shared-schema/contracts'
import type { SealedBatchText } from '../sinks/outcome-sink.ts'
import type { BatchContents } from './batch-contents.ts'

/** What every batch of one router says of its sender. */
export interface BatchSender {
  readonly instanceId: string
  /** UUID v7 of this life of the instance: drops count from its start. */
  readonly sessionId: string
  /** Name and version of the SDK. */
  readonly sdk: string
}

export interface SealInput {
  readonly sender: BatchSender
  readonly batchId: string
  readonly sealedAtMs: number
  readonly dropped: Readonly<Record<string, number>>
  readonly contents: BatchContents
}

/** A sealed batch that can be taken apart again when it turns out to be too large. */
export interface SplittableBatch extends SealedBatchText {
  readonly contents: BatchContents
}

/** Makes the bytes that are sent from now on; nothing is added or changed afterwards. */
export function sealBatch(input: SealInput): SplittableBatch {
  const { sender, batchId, sealedAtMs, dropped, contents } = input
  const envelope: Omit<SealedBatch, 'outcomes'> = {
    format: SEALED_BATCH_FORMAT,
    batch_id: batchId,
    instance_id: sender.instanceId,
    session_id: sender.sessionId,
    sdk: sender.sdk,
    sealed_at: new Date(sealedAtMs).toISOString(),
    dropped: { ...dropped },
  }
  const head = JSON.stringify(envelope).slice(0, -1)
  const text = `${head},"outcomes":[${contents.text}]}`
  return { batchId, text, outcomes: contents.outcomes, contents }
}
