/** What is wrong with text that is not storable. */
export const UNSTORABLE = 'holds a NUL character or half a surrogate pair'

/** Whether Postgres can store the text and clients can read it back as it was. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text)
}

/** The same text with a replacement character for each of these. */
export function storableText(text: string): string {
  return isStorableText(text)
    ? text
    : text.replaceAll('\0', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd')
}
