// Reactions: what counts as one emoji, and the emojis that a chat allows unless it says otherwise.

import * as z from 'zod'
import { limits } from './limits.ts'

/** Allowed everywhere unless the chat has a list of its own; in the order in which a picker shows them. */
export const standardReactions: readonly string[] = `
  👍 👎 ❤️ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩
  🙏 👌 🕊️ 🤡 🥱 🥴 😍 🐳 ❤️‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆
  💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈
  😇 😨 🤝 ✍️ 🤗 🫡 🎅 🎄 ☃️ 💅 🤪 🗿 🆒 💘 🙉 🦄
  😘 💊 🙊 😎 👾 🤷 😡 ✅ ❌ 🚀 👋 💪 😮 😂 ➕ ➖
`
  .trim()
  .split(/\s+/)

const oneEmojiSource = '^\\p{RGI_Emoji}$'
let oneEmoji: RegExp | undefined

/**
 * Whether the text is exactly one emoji in its full form, as Unicode recommends it for interchange (UTS #51, the
 * property RGI_Emoji): one picture, whatever number of code points it takes. A heart without its variation selector
 * is none, so the same picture is never counted twice.
 */
export function isEmoji(text: string): boolean {
  // Made at the first call: an old browser that cannot read the flag never asks.
  oneEmoji ??= new RegExp(oneEmojiSource, 'v')
  return text.length <= limits.emojiCharsMax && oneEmoji.test(text)
}

/** One emoji, as a client sends it. */
export const emoji = z
  .string()
  .max(limits.emojiCharsMax)
  .refine(isEmoji, { error: 'This is not one emoji.' })

/** Emojis that members of a chat may react with. */
export function allowedReactions(own: readonly string[] | null | undefined): readonly string[] {
  return own ?? standardReactions
}
