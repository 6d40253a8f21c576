// What surrounds every page: navigation, whether what is shown is current, and the keyboard.
import { type ReactNode, useCallback, useState } from 'react'
import { setPaused, usePaused } from '../api/live.ts'
import { useStatus, useWhoami } from '../api/queries.ts'
import { setToken, useToken } from '../api/session.ts'
import { keys, useKeyboard } from '../navigation/keyboard.ts'
import { hashOf, type Place } from '../navigation/location.ts'
import { navigation } from '../navigation/pages.ts'
import { Dialog } from '../parts/dialog.tsx'
import { LiveState, StaleBanner } from './live-state.tsx'
import { type Theme, useTheme } from './theme.ts'

export function Shell({
  place,
  children,
}: {
  readonly place: Place
  readonly children: ReactNode
}) {
  const [showsKeys, setShowsKeys] = useState(false)
  const [theme, nextTheme] = useTheme()
  const paused = usePaused()
  const showKeys = useCallback(() => setShowsKeys(true), [])
  const togglePause = useCallback(() => setPaused(!paused), [paused])
  useKeyboard({ showKeys, togglePause, nextTheme })
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[13rem_minmax(0,1fr)]">
      <button
        type="button"
        className="button sr-only focus:not-sr-only focus:absolute focus:z-20"
        onClick={() => document.getElementById('main')?.focus()}
      >
        To the content
      </button>
      <header className="border-line max-md:border-b md:sticky md:top-0 md:flex md:h-dvh md:flex-col md:border-r">
        <Brand />
        <Navigation place={place} />
        <Footer theme={theme} nextTheme={nextTheme} showKeys={showKeys} />
      </header>
      <div className="min-w-0">
        <main
          id="main"
          tabIndex={-1}
          className="mx-auto max-w-6xl px-4 pt-5 pb-16 outline-none md:px-8 md:pt-7"
        >
          <StaleBanner />
          {children}
        </main>
      </div>
      {showsKeys && (
        <Dialog title="Keyboard" onClose={() => setShowsKeys(false)}>
          <table className="w-full">
            <tbody>
              {keys.map(({ keys: text, effect }) => (
                <tr key={text}>
                  <td className="w-20 py-1">
                    <kbd className="rounded border border-strong-line bg-sunken px-1.5 font-mono text-xs">
                      {text}
                    </kbd>
                  </td>
                  <td>{effect}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <form method="dialog" className="mt-4 text-right">
            <button type="submit" className="button">
              Close
            </button>
          </form>
        </Dialog>
      )}
    </div>
  )
}

function Brand() {
  const { data } = useStatus()
  return (
    <div className="flex items-center justify-between gap-3 px-4 pt-4 pb-2 md:block md:px-5 md:pt-6 md:pb-5">
      <div className="flex min-w-0 items-center gap-2.5">
        <img src="./icon.svg" alt="" width="22" height="22" />
        <div className="min-w-0 leading-tight">
          <p className="font-semibold tracking-tight">Winrate</p>
          {data?.fleet.name !== undefined && (
            <p className="truncate text-xs text-muted" title={data.fleet.name}>
              <bdi>{data.fleet.name}</bdi>
            </p>
          )}
        </div>
      </div>
      <div className="md:mt-4">
        <LiveState />
      </div>
    </div>
  )
}

function Navigation({ place }: { readonly place: Place }) {
  const current = place.segments[0] ?? ''
  return (
    <nav aria-label="Pages" className="overflow-x-auto px-2 pb-2 md:px-3">
      <ul className="flex gap-0.5 md:flex-col">
        {navigation.map(({ path, title }) => (
          <li key={path}>
            <a
              href={hashOf(path === '' ? [] : [path])}
              aria-current={path === current ? 'page' : undefined}
              className="block rounded-md px-2.5 py-1 whitespace-nowrap text-muted no-underline hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent"
            >
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Footer({
  theme,
  nextTheme,
  showKeys,
}: {
  readonly theme: Theme
  readonly nextTheme: () => void
  readonly showKeys: () => void
}) {
  const token = useToken()
  const { data: status } = useStatus()
  const { data: whoami } = useWhoami()
  const may = whoami?.scopes.includes('admin') === true ? 'Read and change' : 'Read only'
  return (
    <div className="flex flex-wrap items-center gap-x-1 px-2.5 pb-2 text-xs text-muted md:mt-auto md:block md:px-3.5 md:pb-5">
      <button type="button" className="quiet md:block" onClick={nextTheme}>
        Theme: {theme}
      </button>
      <button type="button" className="quiet max-md:hidden md:block" onClick={showKeys}>
        Keyboard <kbd className="font-mono">?</kbd>
      </button>
      {token !== undefined && (
        <button
          type="button"
          className="quiet md:block"
          onClick={() => setToken(undefined, { keep: false })}
        >
          Forget the token
        </button>
      )}
      <p className="px-1.5 pt-1 text-faint max-md:pt-0">
        {whoami !== undefined && may}
        {status !== undefined && ` · ${status.version}`}
      </p>
    </div>
  )
}
