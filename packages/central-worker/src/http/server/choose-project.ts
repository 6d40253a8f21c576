// Several projects behind one address: hands each request to what serves the project of its token.
import type { RequestListener } from 'node:http'
import { DEFAULT_PROJECT } from '../../projects/project-names.ts'
import type { TokenBook } from '../../tokens/token-book.ts'
import { isTokenText } from '../../tokens/token-text.ts'
import { bearerToken } from './bearer-auth.ts'

/** What serves a project; undefined while it does not run here. */
export type HandlerOf = (project: string) => RequestListener | undefined

/**
 * Requests without a token of the database, and those of which nobody can tell, go to `own`: it serves `default`, and refuses
 * the tokens of other projects. Each checks the token by itself.
 */
export function chooseProject(
  own: RequestListener,
  handlerOf: HandlerOf,
  { find }: Pick<TokenBook, 'find'>,
): RequestListener {
  return (request, response) => {
    const text = bearerToken(request.headers.authorization)
    if (!isTokenText(text)) return own(request, response)
    void find(text).then((found) => {
      const project = found.status === 'valid' ? found.token.project : DEFAULT_PROJECT
      const handle = project === DEFAULT_PROJECT ? own : (handlerOf(project) ?? own)
      handle(request, response)
    })
  }
}
