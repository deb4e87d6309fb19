-- Up Migration

-- How members keep their chats, who read what when, delivered marks, folders.

alter table members
  drop column archived,
  -- The chat's last message when it was archived; null: it is not.
  add column archived_seq bigint,
  -- Marked unread by hand.
  add column unread boolean not null default false,
  add column mentions_muted boolean not null default false;

-- What each read mark passed and when, in small chats, for as long as senders are told. Without foreign keys: a row
-- is written with every mark, and the rows live for a week.
create table read_times (
  chat_id bigint not null,
  user_id bigint not null,
  seq bigint not null,
  at timestamptz not null,
  primary key (chat_id, user_id, seq)
);
-- For the job that deletes old rows: they lie in the order of time, and this index costs next to nothing to keep.
create index read_times_at on read_times using brin (at) with (pages_per_range = 16, autosummarize = on);

create table folders (
  user_id bigint not null references users (id) on delete cascade,
  -- Order in the list, from 0.
  position smallint not null,
  id int not null,
  title text not null,
  -- Keys of the protocol's FolderRule; null: only what is listed by hand.
  rule jsonb,
  include bigint[] not null default '{}',
  exclude bigint[] not null default '{}',
  primary key (user_id, position),
  unique (user_id, id)
);

drop function mark_read(bigint[], bigint[], bigint[]);

-- As in 0001, and: a mark ends "marked unread" even where it does not move, deletes the mentions that it passes, tells
-- how many are left up to the chat's last message (`top`), and in chats of at most p_times_members_max members notes
-- the time. Which chats have mentions or times is decided by the chat's own row, so the others cost no probe.
create function mark_read(
  p_user bigint[], p_chat bigint[], p_seq bigint[], p_times_members_max int, p_mentions_max int
) returns table (
  "user" bigint, chat bigint, seq bigint, urev bigint, top bigint, mentions int, moved boolean, outbox_id bigint
)
language plpgsql as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
begin
  perform 1 from users where id = any (p_user) order by id for no key update;

  return query
  with forward as materialized (
    select i.u, i.c, greatest(m.read_seq, least(i.s, c.last_seq)) as s, m.read_seq < least(i.s, c.last_seq) as moved,
      c.last_seq as top, c.kind = 'group' as calls,
      c.kind in ('group', 'direct') and c.member_count <= p_times_members_max as timed,
      (select x.urev from users x where x.id = i.u) + row_number() over (partition by i.u order by i.c) as n
    from unnest(p_user, p_chat, p_seq) as i (u, c, s)
    -- `offset 0`: one probe a row, never a join over whole tables.
    cross join lateral (select last_seq, kind, member_count from chats where id = i.c offset 0) c
    cross join lateral (
      select read_seq, unread from members
      where chat_id = i.c and user_id = i.u and role in ('owner', 'admin', 'member', 'restricted') offset 0
    ) m
    where m.read_seq < least(i.s, c.last_seq) or m.unread
  ),
  marked as (
    update members m set read_seq = f.s, unread = false, urev = f.n
    from forward f where m.chat_id = f.c and m.user_id = f.u
  ),
  timed as (
    insert into read_times (chat_id, user_id, seq, at)
    select f.c, f.u, f.s, v_now from forward f where f.moved and f.timed
    on conflict do nothing
  ),
  passed as (
    delete from mentions where ctid = any (array(
      select x.ctid from forward f
      cross join lateral (
        select ctid from mentions where user_id = f.u and chat_id = f.c and seq <= f.s offset 0
      ) x
      where f.calls
    ))
  ),
  counted as materialized (
    select f.u, max(f.n) as n from forward f group by f.u
  ),
  raised as (
    update users x set urev = k.n from counted k where x.id = k.u
  ),
  noted as (
    insert into outbox (chats, revs, users, urevs)
    select '{}', '{}', array_agg(k.u), array_agg(k.n) from counted k having count(*) > 0
    returning id
  )
  select f.u, f.c, f.s, f.n, f.top,
    case when f.calls and f.s < f.top then (
      select count(*)::int from (
        select from mentions x
        where x.user_id = f.u and x.chat_id = f.c and x.seq > f.s
          and exists (select from messages m where m.chat_id = x.chat_id and m.seq = x.seq and m.deleted_at is null)
        limit p_mentions_max
      ) left_over
    ) else 0 end,
    f.moved,
    (select id from noted)
  from forward f;
end
$$;

-- Moves delivered marks of direct chats forward; answers those that moved. No urev: one's own devices need not know. The
-- users' locks come first, as everywhere, so that two batches never wait for each other's rows.
create function mark_delivered(p_user bigint[], p_chat bigint[], p_seq bigint[])
returns table ("user" bigint, chat bigint, seq bigint)
language plpgsql as $$
#variable_conflict use_column
begin
  perform 1 from users where id = any (p_user) order by id for no key update;

  return query
  with forward as materialized (
    select i.u, i.c, least(i.s, c.last_seq) as s
    from unnest(p_user, p_chat, p_seq) as i (u, c, s)
    cross join lateral (select last_seq from chats where id = i.c and kind = 'direct' offset 0) c
    cross join lateral (
      select greatest(delivered_seq, read_seq) as known from members
      where chat_id = i.c and user_id = i.u and role in ('owner', 'admin', 'member', 'restricted') offset 0
    ) m
    where m.known < least(i.s, c.last_seq)
  )
  update members m set delivered_seq = f.s
  from forward f where m.chat_id = f.c and m.user_id = f.u
  returning f.u, f.c, f.s;
end
$$;
