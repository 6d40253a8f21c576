// The dashboard, at /ui/. Its files hold no secret, so they need no token: what they show comes from the API, which does.
import { type HttpApp, sendReady } from '../server/http-app.ts'
import { refusal } from '../server/http-error.ts'
import { acceptsBrotli, acceptsGzip, matchesEntityTag } from '../server/request-headers.ts'
import type { PageFile, PageFiles } from './page-files.ts'

/**
 * Nothing from elsewhere, no inline code and no inline styles, no frames around it. The page only ever asks the worker
 * that served it.
 */
const headers = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

/** Names of these files change with their content. */
const unchanging = /^assets\//

const config = { scope: 'open' } as const
const route = { config, exposeHeadRoute: true, schema: { hide: true } }

/** Relative addresses everywhere, so that it works behind any prefix that a proxy adds. */
export function addPageRoutes(app: HttpApp, files: PageFiles): void {
  app.get('/ui', route, async (_request, reply) => reply.redirect('ui/', 302))
  app.get<{ Params: { readonly '*': string } }>('/ui/*', route, async (request, reply) => {
    const name = request.params['*'] === '' ? 'index.html' : request.params['*']
    const file = files.get(name)
    reply.headers(headers)
    if (file === undefined && files.size === 0) {
      const message = 'The dashboard was not built into this worker: run npm run build.\n'
      return sendReady(reply.code(404).type('text/plain; charset=utf-8'), message)
    }
    if (file === undefined) throw refusal(404)
    reply.headers({
      etag: file.entityTag,
      vary: 'accept-encoding',
      'cache-control': unchanging.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
    if (matchesEntityTag(request.headers['if-none-match'], file.entityTag)) {
      return reply.code(304).send()
    }
    const { coding, bytes } = packedFor(file, request.headers['accept-encoding'])
    if (coding !== undefined) reply.header('content-encoding', coding)
    return sendReady(reply.type(file.type), bytes)
  })
}

function packedFor({ plain, br, gzip }: PageFile, accepted: string | undefined) {
  if (br !== undefined && acceptsBrotli(accepted)) return { coding: 'br', bytes: br }
  if (gzip !== undefined && acceptsGzip(accepted)) return { coding: 'gzip', bytes: gzip }
  return { coding: undefined, bytes: plain }
}
