/** `base` with `path` under it, whether or not `base` ends in a slash. */
export function joinUrl(base: string, path: string): URL {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`
  return url
}
