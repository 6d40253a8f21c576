import type { LiveState } from './live-state.ts'
import { renderLive, renderProgressLine } from './render-live.ts'
import { createTextStyle, type TextStyle } from './text-style.ts'

/** The output for people: redraws a terminal in place, and writes plain lines to anything else. */
export interface Screen {
  readonly style: TextStyle
  /** Writes lines that stay. */
  say(...lines: string[]): void
  /** Shows the progress of the replay in place of what was shown before. */
  show(state: LiveState): void
  /** Keeps what was shown last, and restores the cursor. */
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

/** A terminal narrower than 80 columns gets plain lines: wrapped lines cannot be redrawn. */
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
      // In one write, so that the terminal never shows half of it.
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
