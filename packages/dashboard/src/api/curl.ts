import { shellQuoted } from '../format/names.ts'
import { apiUrl } from './request.ts'

/** A command that asks the worker for the same. The token is left to the reader's shell. */
export function curlOf(path: string, token: string | undefined, body?: unknown): string {
  const header = token === undefined ? '' : '-H "authorization: Bearer $WINRATE_READ_TOKEN" '
  const data = body === undefined ? '' : `--json ${shellQuoted(JSON.stringify(body))} `
  return `curl ${header}${data}${shellQuoted(apiUrl(path, location.href.split('#')[0] ?? ''))}`
}
