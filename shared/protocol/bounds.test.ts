// Every bound of what clients send: found by walking the schemas of operations and REST bodies, named in the table
// below with the limit that it is, and tried at the limit and one above it.

import t from 'tap'
import * as z from 'zod'
import { actNames } from './acts.ts'
import { entities, langCharsMax } from './entities.ts'
import * as http from './http.ts'
import { choices, limits, mutedForEver, plans } from './limits.ts'
import { chatKind, folder, folderRule, quote, reactor, searchKind } from './models.ts'
import { ops } from './ops.ts'
import { privacyRule } from './privacy.ts'

/** ms since 1970 of the last moment that a Date can name. */
const lastTime = 8.64e15
const charsMax = plans.premium.messageCharsMax

/** Where → least and most: characters of a text, items of a list (`[]` is one of them), the number itself. */
const bounds: Record<string, [min: number, max: number]> = {
  'addMembers.users': [1, limits.addMembersMax],
  'adminLog.actions': [1, actNames.length],
  'adminLog.limit': [1, limits.pageActsMax],
  'blocks.limit': [1, limits.pagePeopleMax],
  'changeScheduled.text': [0, charsMax],
  'chats.limit': [1, limits.pageChatsMax],
  'comments.limit': [1, limits.pageMessagesMax],
  'contacts.limit': [1, limits.pagePeopleMax],
  'createChannel.about': [0, limits.aboutCharsMax],
  'createChannel.title': [1, limits.titleCharsMax],
  'createGroup.about': [0, limits.aboutCharsMax],
  'createGroup.title': [1, limits.titleCharsMax],
  'createGroup.users': [0, limits.addMembersMax],
  'createInvite.name': [0, limits.nameCharsMax],
  'createInvite.usesMax': [1, limits.inviteUsesMax],
  'createPoll.closesInS': [limits.pollOpenSMin, limits.pollOpenSMax],
  'createPoll.options': [limits.pollOptionsMin, limits.pollOptionsMax],
  'createPoll.options[]': [1, limits.pollOptionCharsMax],
  'createPoll.question': [1, limits.pollQuestionCharsMax],
  'createPoll.quiz.correct': [0, limits.pollOptionsMax - 1],
  'createPoll.quiz.explanation': [1, limits.pollExplanationCharsMax],
  'delete.seqs': [1, limits.seqsPerDeleteMax],
  'draft.text': [0, charsMax],
  'edit.text': [0, charsMax],
  'editChat.about': [0, limits.aboutCharsMax],
  'editChat.title': [1, limits.titleCharsMax],
  'forward.rids': [1, limits.seqsPerForwardMax],
  'forward.seqs': [1, limits.seqsPerForwardMax],
  'hello.resume.chats': [0, limits.resumeChatsMax],
  'hello.resume.open': [0, limits.resumeOpenMax],
  'hello.token': [0, limits.tokenCharsMax],
  'hide.seqs': [1, limits.seqsPerDeleteMax],
  'history.limit': [1, limits.pageMessagesMax],
  'join.token': [0, 64],
  'joinRequests.limit': [1, limits.pageRequestsMax],
  'members.limit': [1, limits.pageMembersMax],
  'members.query': [0, limits.nameCharsMax],
  'members.roles': [1, 5],
  'mentions.limit': [1, limits.pageMentionsMax],
  'pins.limit': [1, limits.pageMessagesMax],
  'presence.users': [0, limits.presenceUsersMax],
  'previewInvite.token': [0, 64],
  'react.emojis': [0, plans.premium.reactionsPerMessageMax],
  'reactors.emoji': [0, limits.emojiCharsMax],
  'reactors.limit': [1, limits.pageReactorsMax],
  'report.seqs': [1, limits.reportSeqsMax],
  'report.text': [0, limits.reportTextCharsMax],
  'schedule.text': [0, charsMax],
  'scheduled.limit': [1, limits.pageScheduledMax],
  'search.kinds': [1, searchKind.options.length],
  'search.limit': [1, limits.pageHitsMax],
  'search.query': [1, limits.searchQueryCharsMax],
  'searchUsers.limit': [1, limits.searchUsersMax],
  'searchUsers.query': [1, limits.nameCharsMax],
  'send.text': [0, charsMax],
  'setContact.name': [0, limits.nameCharsMax],
  'setFolders.folders': [0, limits.foldersMax],
  'setPlace.mutedUntil': [0, mutedForEver],
  'setReactions.allowed': [0, limits.reactionsAllowedMax],
  'stats.days': [1, limits.statsDaysMax],
  'users.users': [0, limits.usersPerRequestMax],
  'view.seqs': [1, limits.seqsPerViewMax],
  'vote.options': [0, limits.pollOptionsMax],
  'vote.options[]': [0, limits.pollOptionsMax - 1],
  'voters.limit': [1, limits.pageVotersMax],
  'voters.option': [0, limits.pollOptionsMax - 1],
  'watch.chats': [0, limits.resumeOpenMax],

  entities: [0, limits.entitiesMax],
  'entities[].lang': [0, langCharsMax],
  'entities[].url': [0, 2_048],
  'folder.exclude': [0, limits.folderChatsMax],
  'folder.id': [1, 2 ** 31 - 1],
  'folder.include': [0, limits.folderChatsMax],
  'folder.title': [1, limits.folderTitleCharsMax],
  'folderRule.kinds': [0, chatKind.options.length],
  'privacyRule.always': [0, limits.privacyExceptionsMax],
  'privacyRule.never': [0, limits.privacyExceptionsMax],
  'quote.text': [1, limits.quoteCharsMax],
  'reactor.e': [0, limits.emojiCharsMax],

  'deleteAccountIn.password': [0, limits.passwordBytesMax],
  'loginIn.device': [1, limits.nameCharsMax],
  'loginIn.password': [0, limits.passwordBytesMax],
  'loginIn.username': [0, 64],
  'meIn.about': [0, limits.aboutCharsMax],
  'meIn.name': [1, limits.nameCharsMax],
  'ownerIn.password': [0, limits.passwordBytesMax],
  'passwordIn.current': [0, limits.passwordBytesMax],
  'passwordIn.next': [0, limits.passwordBytesMax],
  'refreshIn.refreshToken': [1, 256],
  'registerIn.device': [1, limits.nameCharsMax],
  'registerIn.name': [1, limits.nameCharsMax],
  'registerIn.password': [0, limits.passwordBytesMax],
  'reportDecision.note': [0, limits.reportTextCharsMax],
}

/** Numbers of which there are a few to choose from. */
const chosen: Record<string, readonly number[]> = {
  'setAutoDelete.s': choices.autoDeleteS,
  'setRules.joinsPerMinute': choices.joinsPerMinute,
  'setRules.quarantineS': choices.quarantineS,
  'setRules.slowModeS': choices.slowModeS,
}

/** Shapes that stand in several bodies; each is walked once. */
const shared = { entities, quote, folder, folderRule, privacyRule, reactor }
const { registerIn, loginIn, refreshIn, passwordIn, deleteAccountIn } = http
const { ownerIn, meIn, demoIn, reportDecision } = http
const accounts = { registerIn, loginIn, refreshIn, passwordIn, deleteAccountIn }
const rest = { ...accounts, ownerIn, meIn, demoIn, reportDecision }
const roots: Record<string, z.ZodType> = {
  ...Object.fromEntries(Object.entries(ops).map(([name, op]) => [name, op.in])),
  ...shared,
  ...rest,
}

type Step = string | typeof item
const item = Symbol('one of the list')

interface Place {
  root: z.ZodType
  steps: Step[]
  schema: z.ZodType
}

interface Parts {
  type: string
  shape?: Record<string, z.ZodType>
  element?: z.ZodType
  items?: readonly z.ZodType[]
  innerType?: z.ZodType
  options?: readonly z.ZodType[]
  values?: readonly unknown[]
}

const partsOf = (schema: z.ZodType) => schema._zod.def as unknown as Parts

/** The schema without what allows it to be left out or null. */
function bare(schema: z.ZodType): z.ZodType {
  const { innerType } = partsOf(schema)
  return innerType ? bare(innerType) : schema
}

/** Everything that a body holds, with the way there. Shared shapes are left to their own walk. */
function placesIn(root: z.ZodType, schema = root, steps: Step[] = []): Place[] {
  const own = bare(schema)
  if (steps.length > 0 && Object.values<z.ZodType>(shared).includes(own)) return []
  const { shape = {}, element, items = [], options = [] } = partsOf(own)
  return [
    { root, steps, schema: own },
    ...Object.entries(shape).flatMap(([key, part]) => placesIn(root, part, [...steps, key])),
    ...(element ? placesIn(root, element, [...steps, item]) : []),
    ...items.flatMap((part, at) => placesIn(root, part, [...steps, String(at)])),
    ...options.flatMap(part => placesIn(root, part, steps)),
  ]
}

function nameOf(root: string, steps: readonly Step[]): string {
  return root + steps.map(step => (step === item ? '[]' : `.${step}`)).join('')
}

/** Least and most of a text, list or number; null for everything else. */
function boundsOf(schema: z.ZodType): [min: number | undefined, max: number | undefined] | null {
  const { type } = partsOf(schema)
  if (type !== 'string' && type !== 'array' && type !== 'number') return null
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  if (type === 'array') return [json.minItems, json.maxItems]
  if (type === 'string') return [json.minLength, json.maxLength]
  return [json.minimum, json.maximum]
}

/** Ids, counters, other whole numbers and times, whose bounds are those of the world. */
function isWorldly(schema: z.ZodType): boolean {
  const [min, max] = boundsOf(schema) ?? []
  if (partsOf(schema).type !== 'number') return false
  return max === Number.MAX_SAFE_INTEGER || (min === 0 && max === lastTime)
}

/** A text of a fixed form (a name, one emoji) whose length needs no bound of its own. */
function hasForm(schema: z.ZodType): boolean {
  return partsOf(schema).type === 'string' && !schema.safeParse('no form!').success
}

const found = new Map<string, Place>()
for (const [name, root] of Object.entries(roots)) {
  for (const place of placesIn(root)) {
    const { schema } = place
    if (boundsOf(schema) && !isWorldly(schema) && !hasForm(schema))
      found.set(nameOf(name, place.steps), place)
  }
}

/** The shortest value that fits. */
function sample(schema: z.ZodType): unknown {
  const own = bare(schema)
  const { type, shape = {}, items = [], options = [] } = partsOf(own)
  if (type === 'object') {
    const needed = Object.entries(shape).filter(([, part]) => part._zod.optin !== 'optional')
    return Object.fromEntries(needed.map(([key, part]) => [key, sample(part)]))
  }
  if (type === 'array') return many(own, boundsOf(own)?.[0] ?? 0)
  if (type === 'tuple') return items.map(sample)
  if (type === 'union') return sample(options[0] as z.ZodType)
  const json = z.toJSONSchema(own, { io: 'input', unrepresentable: 'any' })
  const tried = [1, 5, 0, true, 'x', 'abc', '👍', json.const, ...(json.enum ?? [])]
  const fitting = tried.find(value => own.safeParse(value).success)
  if (fitting === undefined) throw new Error(`no sample of a ${type}`)
  return fitting
}

function many(list: z.ZodType, count: number): unknown[] {
  return count === 0 ? [] : Array(count).fill(sample(partsOf(list).element as z.ZodType))
}

/** A body that is the shortest but for what stands at the end of the way. */
function bodyWith(schema: z.ZodType, [step, ...more]: readonly Step[], value: unknown): unknown {
  const own = bare(schema)
  if (step === undefined) return value
  const { type, shape = {}, element, options = [] } = partsOf(own)
  if (type === 'union') {
    const list = options.find(option => partsOf(option).type === 'array') as z.ZodType
    return bodyWith(list, [step, ...more], value)
  }
  if (step === item) {
    const others = many(own, Math.max(0, (boundsOf(own)?.[0] ?? 0) - 1))
    return [bodyWith(element as z.ZodType, more, value), ...others]
  }
  return {
    ...(sample(own) as object),
    [step]: bodyWith(shape[step] as z.ZodType, more, value),
  }
}

/** A value of that size at the place. */
function sized(schema: z.ZodType, size: number): unknown {
  const { type } = partsOf(schema)
  if (type === 'number') return size
  return type === 'array' ? many(schema, size) : 'x'.repeat(size)
}

/** Whether a body with a value of that size passes, or is refused for it. */
function passes({ root, steps, schema }: Place, size: number): boolean {
  const result = root.safeParse(bodyWith(root, steps, sized(schema, size)))
  if (result.success) return true
  const where = result.error.issues.map(issue => nameOf('', issue.path.map(stepOf)))
  if (!where.every(each => nameOf('', steps).startsWith(each)))
    throw new Error(`refused for ${where}`)
  return false
}

function stepOf(key: PropertyKey): Step {
  return typeof key === 'number' ? item : String(key)
}

t.test(
  'every text, list and number that a client sends has a bound, and it stands in the table',
  async t => {
    t.ok(found.size > 80)
    t.same([...found.keys()].sort(), Object.keys(bounds).sort())
  },
)

t.test('each is the limit that the table names, and holds at it and one above', async t => {
  for (const [name, [min, max]] of Object.entries(bounds)) {
    const place = found.get(name)
    if (!place) continue
    const [least = 0, most] = boundsOf(place.schema) ?? []
    t.same([least, most], [min, max], name)
    t.ok(passes(place, min), `${name} ${min}`)
    t.ok(passes(place, max), `${name} ${max}`)
    t.notOk(passes(place, max + 1), `${name} above ${max}`)
    if (min > 0 || partsOf(place.schema).type === 'number')
      t.notOk(passes(place, min - 1), `${name} below ${min}`)
  }
})

t.test('of a few numbers to choose from each passes, and nothing between or beyond', async t => {
  const places = Object.entries(roots).flatMap(([name, root]) =>
    placesIn(root).flatMap(place => {
      const { values = [] } = partsOf(place.schema)
      return values.length > 1 ? [[nameOf(name, place.steps), place] as const] : []
    }),
  )
  t.same(places.map(([name]) => name).sort(), Object.keys(chosen).sort())
  for (const [name, { root, steps }] of places) {
    const values = chosen[name] ?? []
    const fits = (value: unknown) => root.safeParse(bodyWith(root, steps, value)).success
    for (const value of values) t.ok(fits(value), `${name} ${value}`)
    const others = values.flatMap(value => [value - 1, value + 1, value + 0.5, `${value}`])
    for (const value of [...others, null, Number.NaN]) t.notOk(fits(value), `${name} ${value}`)
  }
})

t.test('what is blank is nothing', async t => {
  t.notOk(ops.createGroup.in.safeParse({ rid: 1, title: ' \n ' }).success)
  t.equal(ops.createGroup.in.parse({ rid: 1, title: ' Birds ' }).title, 'Birds')
})
