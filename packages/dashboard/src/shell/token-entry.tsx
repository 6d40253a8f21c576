import { type FormEvent, useState } from 'react'
import { setToken } from '../api/session.ts'

/** Asks for the token that the worker wants. What was entered is only ever sent to the worker. */
export function TokenEntry({ problem }: { readonly problem: string }) {
  const [value, setValue] = useState('')
  const [keep, setKeep] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (value.trim() !== '') setToken(value.trim(), { keep })
  }
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <form onSubmit={submit} className="card w-full max-w-sm p-6">
        <h1 className="text-base font-semibold">Winrate</h1>
        <p className="mt-1 text-muted">
          This worker asks for a token. One for read shows everything; one for admin can also change
          it.
        </p>
        <label className="mt-5 block font-medium" htmlFor="token">
          Token
        </label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          className="field mt-1 w-full font-mono"
          value={value}
          onChange={(event) => setValue(event.target.value)}
          aria-describedby="token-problem"
        />
        <p id="token-problem" className="mt-1 min-h-5 text-sm text-muted" role="status">
          {problem}
        </p>
        <label className="mt-2 flex items-center gap-2">
          <input
            type="checkbox"
            checked={keep}
            onChange={(event) => setKeep(event.target.checked)}
          />
          Keep it until this tab closes
        </label>
        <button type="submit" className="button button-main mt-5 w-full">
          Open
        </button>
      </form>
    </main>
  )
}
