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

export function useKeyboard({ showKeys, togglePause, nextTheme }: KeyActions): void {
  useEffect(() => {
    // Whether the key before was `g`.
    let isGoing = false
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const page = isGoing && navigation.find(({ key }) => key === event.key)
      isGoing = event.key === 'g'
      if (page) {
        location.hash = hashOf(page.path === '' ? [] : [page.path])
        return
      }
      if (event.key === '?') showKeys()
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
  return (
    target instanceof HTMLElement &&
    target.closest('input, select, textarea, dialog[open]') !== null
  )
}
