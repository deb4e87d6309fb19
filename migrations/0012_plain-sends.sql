-- Up Migration

-- Most batches answer nobody, call nobody and lie in chats without slow mode or quarantine. They take a statement of their own,
-- without the parts that they never reach: an executor prepares those all the same, which made a call of one message
-- half as dear again. What both statements share must stay alike; the tests of rights run both.
create or replace function send_messages(
  p_chat bigint[], p_sender bigint[], p_rid bigint[], p_text text[], p_entities text[],
  p_reply bigint[], p_silent boolean[], p_extra text[], p_need int[], p_mentions text[]
) returns table (
  ord int, status smallint, seq bigint, rev bigint, at timestamptz, outbox_id bigint,
  as_chat boolean, thread bigint, expires_at timestamptz, called bigint[], wait_ms int
)
language plpgsql as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_ruled boolean;
begin
  -- A statement of its own: the next one takes a new snapshot and so sees what another
  -- gateway committed while this one waited.
  select bool_or(c.slow_mode_s > 0 or c.quarantine_s > 0) into v_ruled
  from (select slow_mode_s, quarantine_s from chats where id = any (p_chat) order by id for no key update) c;
  v_now := clock_timestamp();

  if not coalesce(v_ruled, false) and array_remove(p_reply, null) = '{}' and array_remove(p_mentions, null) = '{}' then
    return query
    with input as (
      select i.ord::int as ord, i.chat, i.sender, i.rid, i.text, i.entities, i.silent, i.extra, i.need
      from unnest(p_chat, p_sender, p_rid, p_text, p_entities, p_silent, p_extra, p_need)
        with ordinality as i (chat, sender, rid, text, entities, silent, extra, need, ord)
    ),
    judged as materialized (
      select i.*,
        (select m.seq from messages m
         where (m.sender_id, m.rid, m.chat_id) >= (i.sender, i.rid, i.chat)
           and (m.sender_id, m.rid, m.chat_id) <= (i.sender, i.rid, i.chat)
         limit 1) as dup,
        (select effective_rights(m.role, m.rights, c.default_rights)
                + case when m.role in ('owner', 'admin', 'member', 'restricted') then 65536 else 0 end
           from members m where m.chat_id = i.chat and m.user_id = i.sender) as may,
        c.kind, c.signatures, c.auto_delete_s, c.last_seq, c.last_rev
      from input i
      left join lateral (
        select kind, signatures, auto_delete_s, default_rights, last_seq, last_rev
        from chats where id = i.chat and deleted_at is null offset 0
      ) c on true
    ),
    stated as (
      select j.*, case
          when j.dup is not null then 1
          when coalesce(j.may, 0) < 65536 or j.last_seq is null then 2
          when j.may & j.need <> j.need then 3
          else 0
        end::smallint as status
      from judged j
    ),
    placed as materialized (
      select s.*, row_number() over (partition by s.chat, s.status order by s.ord) as n,
        s.kind = 'channel' and not s.signatures as as_chat,
        case when s.auto_delete_s > 0 then v_now + make_interval(secs => s.auto_delete_s) end as expires_at
      from stated s
    ),
    written as (
      insert into messages (
        chat_id, seq, rev, sender_id, rid, text, entities, silent, extra, as_chat, expires_at, created_at)
      select p.chat, p.last_seq + p.n, p.last_rev + p.n, p.sender, p.rid, p.text, p.entities::jsonb, p.silent,
        p.extra::jsonb, p.as_chat, p.expires_at, v_now
      from placed p where p.status = 0
    ),
    heads as materialized (
      select p.chat, max(p.n) as n, max(p.last_rev) as rev from placed p where p.status = 0 group by p.chat
    ),
    moved as (
      update chats c set last_seq = c.last_seq + h.n, last_rev = c.last_rev + h.n, last_at = v_now
      from heads h where c.id = h.chat
    ),
    noted as (
      insert into outbox (chats, revs)
      select array_agg(h.chat), array_agg(h.rev + h.n) from heads h having count(*) > 0
      returning id
    )
    select p.ord, p.status,
      case p.status when 0 then p.last_seq + p.n when 1 then p.dup end,
      case p.status when 0 then p.last_rev + p.n
        when 1 then (select m.rev from messages m where m.chat_id = p.chat and m.seq = p.dup) end,
      case p.status when 0 then v_now
        when 1 then (select m.created_at from messages m where m.chat_id = p.chat and m.seq = p.dup) end,
      (select id from noted),
      p.as_chat, null::bigint, p.expires_at, null::bigint[], null::int
    from placed p;
    return;
  end if;

  return query
  with input as (
    select i.ord::int as ord, i.chat, i.sender, i.rid, i.text, i.entities, i.reply, i.silent, i.extra, i.need, i.mentions
    from unnest(p_chat, p_sender, p_rid, p_text, p_entities, p_reply, p_silent, p_extra, p_need, p_mentions)
      with ordinality as i (chat, sender, rid, text, entities, reply, silent, extra, need, mentions, ord)
  ),
  judged as materialized (
    select i.*,
      -- As a row comparison: messages_rid is the only index that fits, and one probe of it finds the row.
      (select m.seq from messages m
       where (m.sender_id, m.rid, m.chat_id) >= (i.sender, i.rid, i.chat)
         and (m.sender_id, m.rid, m.chat_id) <= (i.sender, i.rid, i.chat)
       limit 1) as dup,
      (select effective_rights(m.role, m.rights, c.default_rights)
              -- 14: media, polls, links.
              & case when c.quarantine_s > 0 and m.role in ('member', 'restricted')
                  and m.joined_at > v_now - make_interval(secs => c.quarantine_s) then ~14 else -1 end
              -- 65536 marks a member, so that "no rights" and "no member" differ.
              | case when m.role in ('owner', 'admin', 'member', 'restricted') then 65536 else 0 end
         from members m where m.chat_id = i.chat and m.user_id = i.sender) as may,
      case when c.slow_mode_s > 0 then
        (select coalesce(m.next_post_at, '-infinity') from members m
         where m.chat_id = i.chat and m.user_id = i.sender and m.role in ('member', 'restricted'))
      end as next_post_at,
      case when i.reply is not null and c.kind = 'group' then
        (select m.sender_id from messages m where m.chat_id = i.chat and m.seq = i.reply and m.deleted_at is null)
      end as replied,
      case when i.reply is not null and c.kind = 'group' and c.linked_id is not null then
        (select coalesce(m.thread, case when m.kind = 3 then m.seq end) from messages m
         where m.chat_id = i.chat and m.seq = i.reply)
      end as thread,
      c.kind, c.signatures, c.slow_mode_s, c.auto_delete_s, c.last_seq, c.last_rev
    from input i
    left join lateral (
      -- `offset 0`: one probe a row, never a join over all chats.
      select kind, signatures, linked_id, slow_mode_s, auto_delete_s, quarantine_s, default_rights, last_seq, last_rev
      from chats where id = i.chat and deleted_at is null offset 0
    ) c on true
  ),
  stated as (
    select j.*, case
        -- First: whoever was removed before the answer arrived still learns that the message is stored.
        when j.dup is not null then 1
        when coalesce(j.may, 0) < 65536 or j.last_seq is null then 2
        when j.may & j.need <> j.need then 3
        when j.reply is not null and (j.reply < 1 or j.reply > j.last_seq) then 4
        when j.next_post_at is not null
          and (j.next_post_at > v_now or row_number() over (partition by j.chat, j.sender order by j.ord) > 1) then 5
        else 0
      end::smallint as status
    from judged j
  ),
  placed as materialized (
    select s.*, row_number() over (partition by s.chat, s.status order by s.ord) as n,
      s.kind = 'channel' and not s.signatures as as_chat,
      case when s.auto_delete_s > 0 then v_now + make_interval(secs => s.auto_delete_s) end as expires_at,
      case when s.kind = 'group' and (s.mentions is not null or s.replied is not null) then
        array_remove(array_append(s.mentions::bigint[], s.replied), s.sender)
      end as called
    from stated s
  ),
  written as (
    insert into messages (
      chat_id, seq, rev, sender_id, rid, text, entities, reply_to, silent, extra, thread, as_chat, expires_at, created_at)
    select p.chat, p.last_seq + p.n, p.last_rev + p.n, p.sender, p.rid, p.text, p.entities::jsonb, p.reply, p.silent,
      p.extra::jsonb, p.thread, p.as_chat, p.expires_at, v_now
    from placed p where p.status = 0
  ),
  heads as materialized (
    select p.chat, max(p.n) as n, max(p.last_rev) as rev from placed p where p.status = 0 group by p.chat
  ),
  moved as (
    update chats c set last_seq = c.last_seq + h.n, last_rev = c.last_rev + h.n, last_at = v_now
    from heads h where c.id = h.chat
  ),
  slowed as (
    update members m set next_post_at = v_now + make_interval(secs => p.slow_mode_s)
    from placed p where p.status = 0 and p.next_post_at is not null and m.chat_id = p.chat and m.user_id = p.sender
  ),
  mentioned as (
    insert into mentions (user_id, chat_id, seq)
    select distinct u, p.chat, p.last_seq + p.n
    from placed p cross join lateral unnest(p.called) as u
    where p.status = 0 and p.called is not null and exists (
      select from members m
      where m.chat_id = p.chat and m.user_id = u and m.role in ('owner', 'admin', 'member', 'restricted')
    )
  ),
  noted as (
    insert into outbox (chats, revs)
    select array_agg(h.chat), array_agg(h.rev + h.n) from heads h having count(*) > 0
    returning id
  )
  select p.ord, p.status,
    case p.status when 0 then p.last_seq + p.n when 1 then p.dup end,
    case p.status when 0 then p.last_rev + p.n
      when 1 then (select m.rev from messages m where m.chat_id = p.chat and m.seq = p.dup) end,
    case p.status when 0 then v_now
      when 1 then (select m.created_at from messages m where m.chat_id = p.chat and m.seq = p.dup) end,
    (select id from noted),
    p.as_chat, p.thread, p.expires_at, p.called,
    -- Another message of the same batch may be what it waits for.
    case p.status when 5 then
      (extract(epoch from greatest(p.next_post_at - v_now, make_interval(secs => least(p.slow_mode_s, 1)))) * 1000)::int end
  from placed p;
end
$$;
