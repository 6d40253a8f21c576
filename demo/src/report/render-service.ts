/** The URLs to look at while the worker stays up. */
export function renderService(url: string): string[] {
  const paths = ['/v1/metrics', '/v1/instances', '/v1/snapshot', '/metrics', '/openapi.json']
  return [
    `  The worker stays up until Ctrl-C. Its dashboard: ${url}/ui/`,
    ...paths.map((path) => `    ${url}${path}`),
  ]
}
