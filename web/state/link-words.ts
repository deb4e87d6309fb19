// Whether the words of a link pretend to be the address of another place than the one it leads to. Pure.

const scheme = /^[a-z][a-z\d+.-]*:\/\//i
/** `bank.example/login`, also with a name in front and in any script. */
const bare = /^(?:[^\s/?#@]*@)?((?:[\p{L}\p{N}_-]+[.。])+(?:\p{L}{2,}|xn--[a-z\d-]+))(?=[:/?#]|$)/iu
/** Names that end so are of files: no domain does. */
const files = /\.(?:js|ts|jsx|tsx|json|html?|css|txt|pdf|docx?|xlsx?|csv|png|jpe?g|gif|xml|ya?ml)$/i
/** What stands around an address in a sentence. */
const edges = /^[\p{P}\p{S}]+|[^\p{L}\p{N}/]+$/gu

/**
 * @param words what the link says
 * @param href where it leads; only pages of the web are compared, what opens a mail or a call says so itself
 */
export function namesOtherHost(words: string, href: string): boolean {
  const target = new URL(href)
  if (!/^https?:$/.test(target.protocol)) return false
  const named = words
    .normalize('NFKC')
    // Characters that nobody sees must not hide an address.
    .replace(/\p{Cf}/gu, '')
    .split(/\s+/)
    .map(word => hostOf(word.replace(edges, '')))
  return named.some(host => host !== null && host !== plain(target.hostname))
}

/** @returns null for what is no address; what no host can be for one that is made to be misread */
function hostOf(word: string): string | null {
  if (scheme.test(word)) {
    if (!URL.canParse(word)) return null
    const { hostname, username } = new URL(word)
    return username === '' ? plain(hostname) : '@'
  }
  const host = bare.exec(word)?.[1]
  if (host === undefined || files.test(host) || !URL.canParse(`https://${host}`)) return null
  return plain(new URL(`https://${host}`).hostname)
}

function plain(host: string): string {
  return host.replace(/^www\./, '').replace(/\.$/, '')
}
