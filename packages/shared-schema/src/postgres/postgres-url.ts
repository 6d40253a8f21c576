// What the URL of a server means, to the worker and to the SDK. Problems are sentences without the URL, because it holds a password.

/** The variables of libpq that complete a URL: PGSSLMODE stands for `sslmode=`, and so on. */
export type TlsEnvironment = Readonly<Record<string, string | undefined>>

const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']
const sslFiles = ['sslrootcert', 'sslcert', 'sslkey']

const ENCODE =
  'percent-encode special characters in the user name and the password, such as # as %23, / as %2F, ? as %3F and @ as %40'

/** Why the text is not the URL of a server, or undefined. */
export function serverUrlProblem(text: string): string | undefined {
  const url = parse(text)
  if (url === undefined) {
    return /@[^/?#]*,/.test(text)
      ? 'names several hosts: name one of them, or a proxy in front of them'
      : `is not a URL: ${ENCODE}`
  }
  const { pathname, searchParams, username, password } = url
  // Redis has passwords without a user.
  const hasNoUser = `${username}${password}` === '' && !searchParams.has('user')
  if ((hasNoUser && text.includes('@')) || pathname.includes('@') || url.hash !== '')
    return `has a password that ends too early: ${ENCODE}`
  try {
    for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part)
  } catch {
    return `has a % that encodes no character: ${ENCODE}, and % as %25`
  }
  return undefined
}

/**
 * The URL for `pg` that means what the text means to psql and the other programs on libpq. `pg` alone takes
 * `sslmode=require` for `verify-full`.
 *
 * @returns the problem instead, if there is one.
 */
export function readPostgresUrl(
  text: string,
  environment: TlsEnvironment,
):
  | { readonly url: string; readonly problem?: never }
  | { readonly url?: never; readonly problem: string } {
  const problem = serverUrlProblem(text)
  const url = parse(text)
  if (problem !== undefined || url === undefined) return { problem: problem ?? ENCODE }
  const given = (name: string) =>
    url.searchParams.get(name) || environment[`PG${name.toUpperCase()}`] || undefined
  const mode = given('sslmode')
  if (mode === undefined) return { url: url.href }
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
      problem: 'has sslmode=verify-ca, which needs the certificate of the CA: add sslrootcert=FILE',
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
  return { url: url.href }
}

function parse(text: string): URL | undefined {
  // A lone % is meant as such. A host may be missing: the server is then on this machine, or in `host=`.
  const written = text.replace(/%(?![0-9a-f]{2})/gi, '%25').replace('@/', '@localhost/')
  return URL.canParse(written) ? new URL(written) : undefined
}
