// Who had the focus before something was opened gets it back: a dialog that is taken out of the page does not see to that.

/** @returns gives it back, or to the messages where that part of the page is gone, once the dialog has let go of it */
export function openerNow(): () => void {
  const opener = document.activeElement
  return () => {
    requestAnimationFrame(() => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
      else document.querySelector<HTMLElement>('.log')?.focus()
    })
  }
}
