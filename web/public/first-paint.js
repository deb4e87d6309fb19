// Sets the chosen look before anything is painted: a module would come too late, and the page would flash.
// The names are those of state/settings.ts, which sets them again and knows what they may be.
;(() => {
  try {
    const kept = JSON.parse(localStorage.getItem('petrel-page:settings') ?? '{}')
    for (const name of ['theme', 'accent', 'size', 'motion']) {
      if (typeof kept[name] === 'string') document.documentElement.dataset[name] = kept[name]
    }
  } catch {
    // Nothing was chosen, or nothing may be kept.
  }
})()
