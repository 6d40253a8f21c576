/** A model as win rates name it. */
export interface NamedModel {
  readonly provider: string
  readonly modelName: string
  readonly thinkingLevel: string | null
}

export function modelKey({ provider, modelName, thinkingLevel }: NamedModel): string {
  return JSON.stringify([provider, modelName, thinkingLevel])
}

export function modelText({ provider, modelName, thinkingLevel }: NamedModel): string {
  return `${modelName}${thinkingLevel === null ? '' : ` · ${thinkingLevel}`} (${provider})`
}

/** A value for a shell: quoted where it holds anything but plain letters. */
export function shellQuoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
