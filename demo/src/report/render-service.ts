/** The URLs to look at while the worker stays up. */
export function renderService(url: string): string[] {
  const paths = [
    '/ui/',
    '/v1/metrics',
    '/v1/instances',
    '/v1/snapshot',
    '/metrics',
    '/openapi.json',
  ]
  return [`  The worker stays up until Ctrl-C: ${url}`, ...paths.map((path) => `    ${url}${path}`)]
}
