import type { NamedModel } from '../format/names.ts'
import { modelText } from '../format/names.ts'

/** A model: its name first, whose it is and how much it thinks beside it. Names are whatever clients sent. */
export function ModelName({
  model,
  isShort = false,
}: {
  readonly model: NamedModel
  /** Whether the provider is left to the title. */
  readonly isShort?: boolean
}) {
  return (
    <span className="inline-flex max-w-72 items-baseline gap-1.5" title={modelText(model)}>
      <bdi className="truncate font-medium">{model.modelName}</bdi>
      {model.thinkingLevel !== null && (
        <bdi className="max-w-24 shrink-0 truncate rounded-sm bg-sunken px-1 text-xs text-muted">
          {model.thinkingLevel}
        </bdi>
      )}
      {!isShort && (
        <bdi className="max-w-28 shrink-0 truncate text-xs text-faint">{model.provider}</bdi>
      )}
    </span>
  )
}
