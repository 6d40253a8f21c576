import { useState } from 'react'
import { copyText } from './copy-text.ts'

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => setCopied(await copyText(text))
  return (
    <button
      type="button"
      className="quiet text-xs"
      title={text}
      onClick={() => void copy()}
      onBlur={() => setCopied(false)}
    >
      {copied ? 'Copied' : label}
    </button>
  )
}
