import { useCallback, useState } from 'react'

const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const KEY = 'winrate-theme'

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY)
    return themes.find((theme) => theme === stored) ?? 'system'
  } catch {
    return 'system'
  }
}

export function applyTheme(theme: Theme = storedTheme()): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

/** The theme, and how to go on to the next one. */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(storedTheme)
  const next = useCallback(() => {
    setTheme((now) => {
      const after = themes[(themes.indexOf(now) + 1) % themes.length] ?? 'system'
      applyTheme(after)
      try {
        localStorage.setItem(KEY, after)
      } catch {
        // Storage is switched off: the theme lives as long as the page.
      }
      return after
    })
  }, [])
  return [theme, next]
}
