// Groups and channels (rooms): making them, joining public ones, their rules, and what a channel has beside its posts.
// Who is in a room is in members.ts; links into it are in invites.ts.

import { type ChatId, randomRid, type Seq, type UserId } from '#shared/protocol/ids.ts'
import type { Chat } from '#shared/protocol/models.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import type { Requests } from './requests.ts'

/** Every method throws AppError. */
export class Rooms {
  readonly #requests: Requests

  constructor(requests: Requests) {
    this.#requests = requests
  }

  /** @returns `refused`: who does not let the user add them; an invite link can be offered to them */
  async createGroup(
    title: string,
    users: UserId[],
    about?: string,
  ): Promise<{ chat: Chat; refused: UserId[] }> {
    const body = { rid: randomRid(), title, users, ...(about !== undefined && { about }) }
    const { chat, refused = [] } = await this.#requests.enter('createGroup', body)
    return { chat, refused }
  }

  async createChannel(title: string, about?: string): Promise<Chat> {
    const body = { rid: randomRid(), title, ...(about !== undefined && { about }) }
    return (await this.#requests.enter('createChannel', body)).chat
  }

  /** Whose public name it is, a person's or a room's; of a channel also its last posts, joined or not. */
  resolve(username: string): Promise<OpOut<'resolve'>> {
    return this.#requests.read('resolve', { username })
  }

  /** Joins a public room by its name. */
  async joinPublic(username: string): Promise<Chat> {
    return (await this.#requests.enter('joinPublic', { username })).chat
  }

  /** Joins the discussion group of a channel, to comment there. */
  async joinDiscussion(channel: ChatId): Promise<Chat> {
    return (await this.#requests.enter('joinPublic', { discussion: channel })).chat
  }

  async leave(chat: ChatId): Promise<void> {
    await this.#requests.call('leave', { chat })
    this.#requests.left(chat)
  }

  async edit(chat: ChatId, change: { title?: string; about?: string }): Promise<void> {
    await this.#requests.change('editChat', chat, { chat, ...change })
  }

  /** Makes a room public under a name, or private again with null. */
  async setUsername(chat: ChatId, username: string | null): Promise<void> {
    await this.#requests.change('setUsername', chat, { chat, username })
  }

  /** What plain members of a group may do. @param rights bits of `right` */
  async setDefaultRights(chat: ChatId, rights: number): Promise<void> {
    await this.#requests.change('setDefaultRights', chat, { chat, rights })
  }

  /** Slow mode and quarantine in seconds, and how many may join in a minute; 0 switches one off, those left out stay. */
  async setRules(chat: ChatId, rules: Omit<OpIn<'setRules'>, 'chat'>): Promise<void> {
    await this.#requests.change('setRules', chat, { chat, ...rules })
  }

  /** Says which emojis may be chosen at messages: the standard ones, these, or none. */
  async setReactions(chat: ChatId, allowed: 'all' | string[]): Promise<void> {
    await this.#requests.change('setReactions', chat, { chat, allowed })
  }

  /** Whether new posts of a channel name their authors. */
  async setSignatures(channel: ChatId, on: boolean): Promise<void> {
    await this.#requests.change('setSignatures', channel, { chat: channel, on })
  }

  /** Makes a group the place where posts of a channel are commented on; null ends it. */
  async linkDiscussion(channel: ChatId, group: ChatId | null): Promise<void> {
    await this.#requests.change('linkDiscussion', channel, { channel, group })
  }

  /** A page of the comments of a post. @param at seqs of the group; none for the newest */
  comments(
    channel: ChatId,
    seq: Seq,
    at: { before?: Seq; after?: Seq } = {},
  ): Promise<OpOut<'comments'>> {
    return this.#requests.read('comments', { chat: channel, seq, ...at })
  }

  /** Figures of a channel for those who run it, one row a day (UTC), the oldest first. @param days up to today */
  stats(channel: ChatId, days: number): Promise<OpOut<'stats'>> {
    return this.#requests.call('stats', { chat: channel, days })
  }

  /** What those who run the room did, newest first. @param page.before id of the last act of the page before */
  adminLog(chat: ChatId, page: Omit<OpIn<'adminLog'>, 'chat'> = {}): Promise<OpOut<'adminLog'>> {
    return this.#requests.read('adminLog', { chat, ...page })
  }
}
