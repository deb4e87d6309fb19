// What the bench reads inside the page (scenarios/web.ts). Put there before the page's own scripts, as it stands here.
// All times in ms.

/** When all that this task and the jobs behind it do is done. */
const afterTask = () =>
  new Promise(resolve => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => resolve(performance.now())
    port2.postMessage(null)
  })

/** The next frame: when the page began with it and when it was drawn. */
const frame = () =>
  new Promise(resolve => {
    requestAnimationFrame(async () => {
      const fromMs = performance.now()
      resolve({ fromMs, toMs: await afterTask() })
    })
  })

/** Resolves when what is in the document now has been drawn. @returns since the page began */
const painted = async () => (await frame()).toMs

const log = () => document.querySelector('[role=log]')

globalThis.probe = {
  /** When the first chat of the list was on the screen, since the page began. */
  listed: new Promise(resolve => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('[data-testid=chat-row]')) return
      observer.disconnect()
      resolve(painted())
    }).observe(document, { childList: true, subtree: true })
  }),
  /** For each key: what the page did for it, and how long until it was on the screen. */
  keys: { work: [], painted: [] },
  /** When Enter was pressed last, by the machine's clock. */
  sentAt: 0,
  /** What watch() waits for: when it was on the screen, by the machine's clock. */
  awaited: undefined,

  /** Bytes of JavaScript that came so far, as they went over the line. */
  scriptBytes: () =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),

  /** Looks for a chat in the list and presses it. @returns how long from then until its messages were on the screen */
  async open(chat) {
    const find = () => document.querySelector(`[data-testid=chat-row][data-chat="${chat}"]`)
    const list = document.querySelector('nav.chats')
    for (list.scrollTop = 0; !find(); list.scrollTop += list.clientHeight) await painted()
    const row = find()
    const title = row.querySelector('.chat-title').textContent
    const fromMs = performance.now()
    row.click()
    const isThere = () =>
      log()?.getAttribute('aria-label').endsWith(title) && log().querySelector('[data-seq]')
    while (!isThere()) await afterTask()
    return (await painted()) - fromMs
  },

  /** Scrolls the list of chats until it has so many. */
  async fillList(count) {
    const list = document.querySelector('nav.chats')
    while (Number(list.dataset.rows) < count) {
      list.scrollTop = list.scrollHeight
      await painted()
    }
    list.scrollTop = 0
    await painted()
  },

  /** Scrolls the messages up until so many older ones went by. @returns the longest frame on the way */
  async scrollUp(count) {
    const top = () => Number(log().querySelector('[data-seq]').dataset.seq)
    const wanted = top() - count
    let last = performance.now()
    let longest = 0
    while (top() > wanted) {
      log().scrollTop -= 400
      const now = await painted()
      longest = Math.max(longest, now - last)
      last = now
    }
    return longest
  },

  /** Counts frames for so long. */
  async frames(ms) {
    const fromMs = performance.now()
    let [count, last, longestMs] = [0, fromMs, 0]
    while (last - fromMs < ms) {
      const now = await painted()
      longestMs = Math.max(longestMs, now - last)
      last = now
      count++
    }
    return { perS: (count / (last - fromMs)) * 1000, longestMs }
  },

  /** Looks out for a message with this text; `awaited` is when it was on the screen. */
  watch(text) {
    const isThere = () =>
      [...document.querySelectorAll('[data-testid=message]')].some(({ textContent }) =>
        textContent.includes(text),
      )
    globalThis.probe.awaited = new Promise(resolve => {
      const observer = new MutationObserver(async () => {
        if (!isThere()) return
        observer.disconnect()
        await painted()
        resolve(Date.now())
      })
      observer.observe(document, { childList: true, subtree: true, characterData: true })
    })
  },
}

addEventListener(
  'keydown',
  async ({ key, timeStamp }) => {
    const { probe } = globalThis
    if (key === 'Enter') probe.sentAt = Date.now()
    if (key.length !== 1) return
    const fromMs = performance.now()
    const next = frame()
    // Behind the page's own listeners and what they had rendered. A task of its own would wait for the next frame: after a key the
    // browser puts that first.
    const handledMs = await new Promise(resolve => {
      addEventListener('input', () => resolve(performance.now()), { once: true })
    })
    const drawn = await next
    probe.keys.work.push(handledMs - fromMs + drawn.toMs - drawn.fromMs)
    probe.keys.painted.push(drawn.toMs - timeStamp)
  },
  { capture: true },
)
