import { useEffect } from 'react'
import { hashOf } from './location.ts'
import { navigation } from './pages.ts'

/** Other keys than those that lead to pages. */
export interface KeyActions {
  readonly showKeys: () => void
  readonly togglePause: () => void
  readonly nextTheme: () => void
}

export const keys = [
  ...navigation.map(({ key, title }) => ({ keys: `g ${key}`, effect: title })),
  { keys: '/', effect: 'Search in this page’s list' },
  { keys: '.', effect: 'Pause, or go on' },
  { keys: 'd', effect: 'Light, dark or as the system has it' },
  { keys: '?', effect: 'This list' },
]

/** How long after `g` the next key still names a page. */
const SEQUENCE_MS = 1_500

export function useKeyboard({ showKeys, togglePause, nextTheme }: KeyActions): void {
  useEffect(() => {
    let wentAt = Number.NEGATIVE_INFINITY
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const page = navigation.find(({ key }) => key === event.key)
      if (event.timeStamp - wentAt < SEQUENCE_MS && page !== undefined) {
        wentAt = Number.NEGATIVE_INFINITY
        location.hash = hashOf(page.path === '' ? [] : [page.path])
        return
      }
      if (event.key === 'g') wentAt = event.timeStamp
      else if (event.key === '?') showKeys()
      else if (event.key === '.') togglePause()
      else if (event.key === 'd') nextTheme()
      else if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('main input[type="search"]')
        if (search === null) return
        event.preventDefault()
        search.focus()
      }
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [showKeys, togglePause, nextTheme])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, select, textarea, dialog') !== null
}
