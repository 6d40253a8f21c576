import type { ReactNode } from 'react'

/** What is wider or higher than its place. It takes the focus, so that the keyboard scrolls it. */
export function Scroll({
  label,
  className = '',
  children,
}: {
  readonly label: string
  readonly className?: string
  readonly children: ReactNode
}) {
  const name = `Table: ${label}`
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: WCAG wants scrolling by keyboard
    <section aria-label={name} tabIndex={0} className={`relative overflow-auto ${className}`}>
      {children}
    </section>
  )
}
