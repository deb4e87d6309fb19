// Puts words into the clipboard, also where a browser gives no clipboard: over plain HTTP from another machine.

/** By a press of a person only. @throws when the browser refuses */
export async function copyText(words: string): Promise<void> {
  const { clipboard } = navigator as { clipboard?: Clipboard }
  if (clipboard) return clipboard.writeText(words)
  const give = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', words)
    event.preventDefault()
  }
  document.addEventListener('copy', give)
  const isDone = document.execCommand('copy')
  document.removeEventListener('copy', give)
  if (!isDone) throw new Error('nothing was copied')
}
