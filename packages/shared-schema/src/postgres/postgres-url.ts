// What the URL of a Postgres means, to the worker and to the SDK.
import {
  ENCODE,
  parseServerUrl,
  serverUrlProblem,
  splitServers,
  withServersOf,
} from './server-url.ts'

/** The variables of libpq that complete a URL: PGSSLMODE stands for `sslmode=`, and so on. */
export type TlsEnvironment = Readonly<Record<string, string | undefined>>

const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']
const sslFiles = ['sslrootcert', 'sslcert', 'sslkey']
/** Of several servers, Winrate needs the one that takes writes. */
const writable = ['read-write', 'primary']

/**
 * The URL for `pg` that means what the text means to psql and the other programs on libpq. `pg` alone takes
 * `sslmode=require` for `verify-full`. Where the text names several servers, so does the URL: see `chooseServer`.
 *
 * @returns the problem instead, if there is one.
 */
export function readPostgresUrl(
  text: string,
  environment: TlsEnvironment,
):
  | { readonly url: string; readonly problem?: never }
  | { readonly url?: never; readonly problem: string } {
  const [first, ...others] = splitServers(text)
  const problem = serverUrlProblem(text)
  const url = parseServerUrl(first)
  if (problem !== undefined || url === undefined) return { problem: problem ?? ENCODE }
  if (others.length > 0 && !writable.includes(url.searchParams.get('target_session_attrs') ?? '')) {
    return { problem: 'names several hosts: add target_session_attrs=read-write' }
  }
  const given = (name: string) =>
    url.searchParams.get(name) || environment[`PG${name.toUpperCase()}`] || undefined
  const asRead = () => ({ url: withServersOf(url.href, text) })
  const mode = given('sslmode')
  if (mode === undefined) return asRead()
  if (!sslModes.includes(mode)) {
    return { problem: 'has an unknown sslmode: use disable, require, verify-ca or verify-full' }
  }
  const parameters = new Map<string, string>([['sslmode', mode]])
  if (mode === 'disable') {
    for (const name of sslFiles) url.searchParams.delete(name)
  } else {
    for (const name of sslFiles) parameters.set(name, given(name) ?? '')
  }
  const rootCertificate = parameters.get('sslrootcert')
  if (rootCertificate === 'system') {
    parameters.set('sslmode', 'verify-full').set('sslrootcert', '')
  } else if (mode === 'verify-ca' && !rootCertificate) {
    return {
      problem: 'has sslmode=verify-ca: add sslrootcert=FILE',
    }
  } else if (mode === 'allow') {
    parameters.set('sslmode', 'prefer')
  }
  // The mode no-verify is an invention of pg.
  if (mode !== 'no-verify') parameters.set('uselibpqcompat', 'true')
  for (const [name, value] of parameters) {
    if (value === '') url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  return asRead()
}
