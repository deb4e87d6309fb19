import t from 'tap'
import { frameType } from '#shared/protocol/codec.ts'
import { limits } from '#shared/protocol/limits.ts'
import { isMessage, RawClient } from '#test/helpers/raw-client.ts'
import { isGapFree, RawView, storedTexts } from '#test/helpers/raw-view.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

t.test('whoever comes back misses nothing', async t => {
  const stack = await startStack(t)
  const [alice, bob, carol] = await Promise.all(
    ['Alice', 'Bob', 'Carol'].map(name => stack.newUser(name)),
  )
  if (!alice || !bob || !carol) return
  const join = (token: string, resume?: Parameters<RawClient['hello']>[1]) =>
    RawClient.join(t, stack.wsUrl, token, resume)
  const a = await join(alice.accessToken)
  const epoch = a.welcome?.epoch ?? 0
  let lastRid = 1_000
  const group = async (title: string) => {
    const users = [bob.user.id, carol.user.id]
    return (await a.call('createGroup', { rid: ++lastRid, title, users })).chat
  }
  /** Somebody's present urev, from a HELLO without resume. */
  const urevOf = async (token: string) => {
    const client = await join(token)
    client.cut()
    return client.welcome?.urev ?? 0
  }

  t.test('a short absence is replayed from memory: events, no diff', async t => {
    const chat = await group('replayed')
    const b = await join(bob.accessToken)
    const view = new RawView(chat.id, chat.rev)
    view.follow(b)
    await a.send(chat.id, 'before')
    await b.waitFor(isMessage(chat.id, 'before'))
    view.update()
    b.cut()
    await b.untilClosed()
    for (let i = 0; i < 50; i++) await a.send(chat.id, `missed ${i}`)
    const again = await join(bob.accessToken, {
      epoch,
      urev: b.welcome?.urev ?? 0,
      chats: [[chat.id, view.at]],
    })
    t.equal(again.welcome?.resumed, true)
    view.follow(again)
    t.equal(view.complete, true)
    t.equal(again.events(chat.id).length, 50)
    t.same(
      again.controls('sync')[0]?.chats.filter(each => each.id === chat.id),
      [],
    )
    t.same(view.texts, new Map([...(await storedTexts(stack.databaseUrl, chat.id))]))
  })

  t.test('what others read meanwhile is known of the chats on screen', async t => {
    const chat = await group('read meanwhile')
    const { seq, rev } = await a.send(chat.id, 'seen?')
    const b = await join(bob.accessToken)
    await b.call('read', { chat: chat.id, seq })
    const urev = await urevOf(alice.accessToken)
    const resume = { epoch, urev, chats: [[chat.id, rev]] as [number, number][] }
    const back = await join(alice.accessToken, { ...resume, open: [chat.id] })
    const heads = (client: RawClient) =>
      client.controls('sync').flatMap(page => page.chats.filter(each => each.id === chat.id))
    t.match(heads(back), [{ peerRead: seq }])
    t.same(heads(await join(alice.accessToken, resume)), [], 'and only of those')
  })

  t.test('also when the replay is far larger than what a socket may have waiting', async t => {
    const chat = await group('large replay')
    const text = 'x'.repeat(4_000)
    const urev = await urevOf(bob.accessToken)
    await Promise.all(Array.from({ length: 30 }, () => a.send(chat.id, text)))
    const back = await join(bob.accessToken, { epoch, urev, chats: [[chat.id, chat.rev]] })
    const view = new RawView(chat.id, chat.rev)
    view.follow(back)
    t.equal(view.complete, true, 'the sync ends, and all is there')
    t.equal(view.texts.size, 30)
  })

  t.test(
    'a chat whose events memory no longer has comes as its head; an open one as a diff',
    async t => {
      const [open, closed, quiet] = [
        await group('open'),
        await group('closed'),
        await group('quiet'),
      ]
      if (!open || !closed || !quiet) return
      const urev = await urevOf(carol.accessToken)
      for (const chat of [open, closed]) {
        for (let i = 0; i < 5; i++) await a.send(chat.id, `missed ${i}`)
        await a.call('edit', { chat: chat.id, seq: 3, text: 'edited' })
        await a.call('delete', { chat: chat.id, seqs: [5] })
      }
      // Memory goes with the process.
      await stack.gateways[0]?.kill()
      await stack.gateways[0]?.start()
      const back = await join(carol.accessToken, {
        epoch,
        urev,
        chats: [open, closed, quiet].map(chat => [chat.id, chat.rev]),
        open: [open.id, quiet.id],
      })
      t.equal(back.welcome?.resumed, true)
      const pages = back.controls('sync')
      // Groups that the resume did not name come too.
      const heads = pages.flatMap(page => page.chats).filter(each => each.id >= open.id)
      t.same(
        new Map(heads.map(each => [each.id, each.seq])),
        new Map([
          // Of these one says that the group was made.
          [open.id, 6],
          [closed.id, 6],
          [quiet.id, 1],
        ]),
        'those that changed, and those on screen',
      )
      const diffs = pages.flatMap(page => page.diffs)
      t.same(
        diffs.map(diff => diff.chat),
        [open.id],
      )
      const view = new RawView(open.id, open.rev)
      view.follow(back)
      t.equal(view.complete, true)
      t.same(view.texts, await storedTexts(stack.databaseUrl, open.id))
      t.equal(view.texts.get(3), 'edited')
      t.equal(view.texts.get(5), '')
      const other = new RawView(closed.id, closed.rev)
      other.follow(back)
      t.equal(other.complete, false)
      await other.catchUp(back)
      t.same(other.texts, await storedTexts(stack.databaseUrl, closed.id))
    },
  )

  t.test('positions that cannot be: another epoch, ahead of the server', async t => {
    const again = await join(alice.accessToken)
    const { chat } = await again.call('saved', {})
    const urev = again.welcome?.urev ?? 0
    const cases: [string, Parameters<RawClient['hello']>[1]][] = [
      ['another epoch', { epoch: epoch + 1, urev, chats: [[chat.id, chat.rev]] }],
      ['a chat ahead', { epoch, urev, chats: [[chat.id, chat.rev + 1]] }],
      ['the user ahead', { epoch, urev: urev + 100, chats: [] }],
    ]
    for (const [what, resume] of cases) {
      const client = await join(alice.accessToken, resume)
      t.equal(client.welcome?.resumed, false, what)
      t.equal(client.welcome?.epoch, epoch)
      const ids = client.controls('sync').flatMap(page => page.chats.map(each => each.id))
      t.ok(ids.includes(chat.id), 'the sync is a full one')
    }
  })

  t.test('chats left meanwhile are gone, chats joined meanwhile are there', async t => {
    const again = await join(alice.accessToken)
    const make = (title: string, users: number[]) =>
      again.call('createGroup', { rid: Math.ceil(Math.random() * 1e9), title, users })
    const left = (await make('left', [bob.user.id])).chat
    const urev = await urevOf(bob.accessToken)
    await again.call('removeMember', { chat: left.id, user: bob.user.id })
    const joined = (await make('joined', [bob.user.id])).chat
    const chats: [number, number][] = [
      [left.id, left.rev],
      [999_999, 5],
    ]
    const back = await join(bob.accessToken, { epoch, urev, chats, open: [left.id] })
    t.equal(back.welcome?.resumed, true)
    const [first] = back.controls('sync')
    t.same(first?.gone.sort(), [left.id, 999_999].sort())
    t.same(first?.diffs, [])
    const ids = back.controls('sync').flatMap(page => page.chats.map(each => each.id))
    t.ok(ids.includes(joined.id))
    t.notOk(ids.includes(left.id))
    await again.send(left.id, 'not for bob')
    await again.send(joined.id, 'for bob')
    await back.waitFor(isMessage(joined.id, 'for bob'))
    t.same(back.events(left.id), [])
  })

  t.test('the frames of a sync stay small enough for a slow network', async t => {
    const rich = await stack.newUser('Rich')
    const client = await join(rich.accessToken)
    const text = 'ы'.repeat(4_096)
    for (let i = 1; i <= 18; i++) {
      const { chat } = await client.call('createChannel', { rid: i, title: `chat ${i}` })
      await client.send(chat.id, text)
    }
    const sizes: number[] = []
    const fresh = await RawClient.open(t, stack.wsUrl)
    fresh.socket.on('message', (data: Buffer) => sizes.push(data.length))
    await fresh.hello(rich.accessToken)
    const ids = fresh.controls('sync').flatMap(page => page.chats.map(each => each.id))
    t.equal(new Set(ids).size, 18)
    t.equal(ids.length, 18)
    t.ok(Math.max(...sizes) < limits.softBufferBytes * 2, `largest ${Math.max(...sizes)}`)

    const open = ids
    const all = fresh.controls('sync').flatMap(page => page.chats)
    for (const id of ids) {
      await Promise.all(Array.from({ length: 10 }, (_, i) => client.send(id, text, 100 + i)))
    }
    await stack.gateways[0]?.kill()
    await stack.gateways[0]?.start()
    sizes.length = 0
    const back = await RawClient.open(t, stack.wsUrl)
    back.socket.on('message', (data: Buffer) => sizes.push(data.length))
    const urev = fresh.welcome?.urev ?? 0
    await back.hello(rich.accessToken, { epoch, urev, chats: all.map(c => [c.id, c.rev]), open })
    const diffs = back.controls('sync').flatMap(page => page.diffs)
    t.same(
      diffs.map(diff => diff.messages.length),
      Array(18).fill(10),
    )
    t.ok(Math.max(...sizes) < limits.hardBufferBytes, `largest ${Math.max(...sizes)}`)
  })

  t.test('events of any moment during HELLO are neither lost nor missing', async t => {
    const again = await join(alice.accessToken)
    const { chat } = await again.call('createGroup', {
      rid: 77,
      title: 'never still',
      users: [bob.user.id],
    })
    let sending = true
    const talk = (async () => {
      for (let i = 1; sending; i++) {
        await Promise.all([again.send(chat.id, `${i}a`), again.send(chat.id, `${i}b`)])
      }
    })()
    const view = new RawView(chat.id, chat.rev)
    let urev = await urevOf(bob.accessToken)
    let resumes = 0
    for (let round = 0; round < 60; round++) {
      const client = await join(bob.accessToken, { epoch, urev, chats: [[chat.id, view.at]] })
      if (client.welcome?.resumed) resumes++
      urev = client.welcome?.urev ?? 0
      view.follow(client)
      const { length } = client.frames
      // Half of them go on for a few events, the others are cut as soon as the sync has ended.
      if (round % 2 === 0) await until(() => client.frames.length > length + 5)
      await view.catchUp(client)
      client.cut()
      await client.untilClosed()
      const events = client.frames.filter(([type]) => type === frameType.chatEvent)
      const revs = events.map(frame => frame[3] as number)
      const first = Math.min(...revs)
      if (!revs.every((rev, i) => rev === first + i)) t.fail(`round ${round}: ${revs.join(' ')}`)
    }
    sending = false
    await talk
    t.equal(resumes, 60)
    t.equal(view.diffs, 0, 'memory and backlog had it all')
    const last = await join(bob.accessToken, { epoch, urev, chats: [[chat.id, view.at]] })
    view.follow(last)
    await view.catchUp(last)
    const stored = await storedTexts(stack.databaseUrl, chat.id)
    t.ok(isGapFree(stored))
    t.same(
      [...view.texts].sort(([x], [y]) => x - y),
      [...stored],
    )
  })

  t.test('nothing was called an error', async t => {
    t.same(stack.trouble, [])
  })
})
