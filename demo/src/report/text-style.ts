/** Wraps text in terminal escapes, or leaves it unchanged without colours. */
export interface TextStyle {
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
  red(text: string): string
  cyan(text: string): string
}

export function createTextStyle(colours: boolean): TextStyle {
  const wrap = (open: number, close: number) => (text: string) =>
    colours ? `\u001b[${open}m${text}\u001b[${close}m` : text
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    green: wrap(32, 39),
    red: wrap(31, 39),
    cyan: wrap(36, 39),
  }
}
