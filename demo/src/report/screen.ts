import type { LiveState } from './live-state.ts'
import { renderLive, renderProgressLine } from './render-live.ts'
import { createTextStyle, type TextStyle } from './text-style.ts'

/** Where people read: a terminal is redrawn in place, anything else gets plain lines. */
export interface Screen {
  readonly style: TextStyle
  /** Writes lines that stay. */
  say(...lines: string[]): void
  /** Shows how far the replay is; replaces what was shown before. */
  show(state: LiveState): void
  /** Leaves what was shown last where it is, and gives the cursor back. */
  settle(): void
}

export interface ScreenOutput {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

const COLUMNS = 80
const PLAIN_STEPS = 10

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const CLEAR_BELOW = '\u001b[J'

/** A terminal narrower than 80 columns is treated as none: wrapped lines cannot be redrawn. */
export function createScreen(output: ScreenOutput, { colours }: { colours: boolean }): Screen {
  const isTerminal = output.isTTY === true && (output.columns ?? COLUMNS) >= COLUMNS
  return isTerminal ? terminalScreen(output, colours) : plainScreen(output)
}

function terminalScreen(output: ScreenOutput, colours: boolean): Screen {
  const style = createTextStyle(colours)
  let shown: readonly string[] = []
  const erase = () => (shown.length === 0 ? '' : `\u001b[${shown.length}F${CLEAR_BELOW}`)
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
  return {
    style,
    say: (...lines) => output.write(erase() + text(lines) + text(shown)),
    show(state) {
      const lines = renderLive(state, style)
      // In one write, so that no half of it is ever seen.
      output.write(HIDE_CURSOR + erase() + text(lines))
      shown = lines
    },
    settle() {
      if (shown.length > 0) output.write(SHOW_CURSOR)
      shown = []
    },
  }
}

function plainScreen(output: ScreenOutput): Screen {
  let lastStep = -1
  return {
    style: createTextStyle(false),
    say: (...lines) => output.write(lines.map((line) => `${line}\n`).join('')),
    show(state) {
      const step = Math.floor((PLAIN_STEPS * state.decisions) / state.totalDecisions)
      if (step === lastStep) return
      lastStep = step
      output.write(`${renderProgressLine(state)}\n`)
    },
    settle() {},
  }
}
