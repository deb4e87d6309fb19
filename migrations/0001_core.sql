-- Up Migration

-- Accounts, chats, members, messages, outbox, and the tables that media, premium and moderation fill later.
-- Counters: chats.last_seq numbers messages, chats.last_rev numbers durable changes, users.urev numbers
-- changes of a user's private state. Each is gap-free because it is taken under its row's lock.

create extension if not exists citext;

-- One row: the epoch tells clients whether the history they know is still the one that goes on.
create table cluster (
  one boolean primary key default true check (one),
  epoch bigint not null default (extract(epoch from clock_timestamp()) * 1000)::bigint
);
insert into cluster default values;

-- 52 random bits: an id says nothing about how many accounts there are, and counting upwards finds none.
-- The version and variant digits of the UUID are left out.
create function random_id() returns bigint
language sql volatile parallel safe as $$
  select ('x' || substr(u, 1, 12) || substr(u, 20, 1))::bit(52)::bigint + 1
  from replace(gen_random_uuid()::text, '-', '') as u
$$;

create table users (
  id bigint primary key default random_id(),
  username citext unique,
  name text not null,
  about text not null default '',
  avatar_id bigint,
  password_hash text,
  premium_until timestamptz,
  privacy jsonb not null default '{}',
  urev bigint not null default 0,
  last_seen_at timestamptz,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
) with (fillfactor = 80);

create table sessions (
  id bigint generated always as identity primary key,
  user_id bigint not null references users on delete cascade,
  refresh_hash bytea not null unique,
  previous_hash bytea,
  rotated_at timestamptz not null default now(),
  name text not null,
  platform text not null default '',
  ip text not null default '',
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_user on sessions (user_id, id) where revoked_at is null;
create index sessions_previous on sessions (previous_hash) where previous_hash is not null;

create table chats (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('direct', 'group', 'channel', 'saved')),
  title text,
  about text not null default '',
  username citext unique,
  avatar_id bigint,
  owner_id bigint references users,
  -- The two people of a direct chat, the smaller id first; of a saved chat, its owner twice.
  direct_a bigint references users,
  direct_b bigint references users,
  -- The creator's rid makes creation idempotent.
  create_rid bigint,
  last_seq bigint not null default 0,
  last_rev bigint not null default 0,
  -- The rev of the last change of this row itself (title, about, rights …).
  info_rev bigint not null default 0,
  last_at timestamptz not null default now(),
  member_count int not null default 0,
  default_rights int not null,
  slow_mode_s int not null default 0,
  auto_delete_s int not null default 0,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  check ((kind in ('direct', 'saved')) = (direct_a is not null and direct_b is not null)),
  check (direct_a <= direct_b),
  unique (direct_a, direct_b),
  unique (owner_id, create_rid)
) with (fillfactor = 70);

create table members (
  chat_id bigint not null references chats on delete cascade,
  user_id bigint not null references users,
  role text not null check (role in ('owner', 'admin', 'member', 'restricted', 'banned', 'left')),
  rights int not null default 0,
  read_seq bigint not null default 0,
  delivered_seq bigint not null default 0,
  muted_until timestamptz,
  pinned_at timestamptz,
  archived boolean not null default false,
  draft jsonb,
  joined_rev bigint not null default 0,
  joined_at timestamptz not null default now(),
  -- The chat's rev at the last public change of this row, and the user's urev at its last private one.
  rev bigint not null default 0,
  urev bigint not null default 0,
  until_at timestamptz,
  primary key (chat_id, user_id)
) with (fillfactor = 80);
create index members_user on members (user_id, chat_id) where role in ('owner', 'admin', 'member', 'restricted');
create index members_urev on members (user_id, urev);
create index members_rev on members (chat_id, rev);

create table messages (
  chat_id bigint not null,
  seq bigint not null,
  rev bigint not null,
  sender_id bigint not null,
  rid bigint not null,
  kind smallint not null default 0,
  text text not null,
  entities jsonb,
  media jsonb,
  reply_to bigint,
  forward jsonb,
  silent boolean not null default false,
  edited_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null,
  primary key (chat_id, seq),
  unique (chat_id, sender_id, rid)
);
create index messages_rev on messages (chat_id, rev);

-- One row per committed batch: what was changed and may not have reached the bus yet.
create table outbox (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default clock_timestamp(),
  chats bigint[] not null,
  revs bigint[] not null,
  users bigint[] not null default '{}',
  urevs bigint[] not null default '{}'
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

create table invites (
  id bigint generated always as identity primary key,
  chat_id bigint not null references chats on delete cascade,
  created_by bigint not null references users,
  rid bigint not null,
  -- SHA-256 of the 128-bit token; the token itself is shown once and not kept.
  token_hash bytea not null unique,
  name text,
  role text not null default 'member',
  approval boolean not null default false,
  expires_at timestamptz,
  uses_max int,
  uses int not null default 0,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  unique (chat_id, created_by, rid)
);

create table contacts (
  user_id bigint not null references users on delete cascade,
  contact_id bigint not null references users on delete cascade,
  name text,
  urev bigint not null default 0,
  created_at timestamptz not null default now(),
  primary key (user_id, contact_id)
);

create table blocks (
  user_id bigint not null references users on delete cascade,
  blocked_id bigint not null references users on delete cascade,
  urev bigint not null default 0,
  created_at timestamptz not null default now(),
  primary key (user_id, blocked_id)
);
create index blocks_blocked on blocks (blocked_id, user_id);

create table media (
  id bigint generated always as identity primary key,
  owner_id bigint not null references users,
  sha256 bytea not null,
  bytes bigint not null,
  mime text not null,
  name text not null default '',
  meta jsonb not null default '{}',
  state text not null default 'pending' check (state in ('pending', 'ready', 'failed')),
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index media_owner on media (owner_id, id);

create table message_media (
  chat_id bigint not null,
  seq bigint not null,
  position smallint not null,
  media_id bigint not null references media,
  primary key (chat_id, seq, position)
);
create index message_media_media on message_media (media_id);

create table payment_logs (
  id bigint generated always as identity primary key,
  user_id bigint not null references users,
  idempotency_key text not null,
  plan text not null,
  amount_minor bigint not null,
  currency text not null,
  state text not null,
  provider_ref text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (user_id, idempotency_key)
);

create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor_id bigint,
  chat_id bigint,
  action text not null,
  detail jsonb not null default '{}'
);
create index audit_log_chat on audit_log (chat_id, id) where chat_id is not null;

-- Mirrors effectiveRights() of the protocol's permissions; a test compares the two over every combination.
create function effective_rights(p_role text, p_rights int, p_default int) returns int
language sql immutable parallel safe as $$
  select case p_role
    when 'owner' then 1023
    when 'admin' then p_rights | p_default
    when 'member' then p_default
    when 'restricted' then p_default & p_rights
    else 0
  end
$$;

-- Writes a batch of messages in one call. Arrays run in parallel, one element a message; each gets its own
-- status, so a bad row never fails its neighbours: 0 written, 1 duplicate (answered with the first result),
-- 2 not a member or no such chat, 3 no right to post, 4 the message replied to does not exist.
-- The caller never puts the same (chat, sender, rid) twice into one batch.
-- p_done: outbox rows that reached the bus, deleted on the way.
create function send_messages(
  p_chat bigint[], p_sender bigint[], p_rid bigint[], p_text text[], p_entities text[],
  p_reply bigint[], p_silent boolean[], p_done bigint[]
) returns table (ord int, status smallint, seq bigint, rev bigint, at timestamptz, outbox_id bigint)
language plpgsql as $$
#variable_conflict use_column
declare
  v_now timestamptz;
begin
  -- A statement of its own: the next one takes a new snapshot and so sees what another
  -- gateway committed while this one waited.
  perform 1 from chats where id = any (p_chat) order by id for no key update;
  v_now := clock_timestamp();

  if cardinality(p_done) > 0 then
    -- Rows that a sweeper holds while it waits for Redis are its own to delete: a send never waits for them.
    delete from outbox
    where id = any (array(select id from outbox where id = any (p_done) for update skip locked));
  end if;

  return query
  with input as (
    select i.ord::int as ord, i.chat, i.sender, i.rid, i.text, i.entities, i.reply, i.silent
    from unnest(p_chat, p_sender, p_rid, p_text, p_entities, p_reply, p_silent)
      with ordinality as i (chat, sender, rid, text, entities, reply, silent, ord)
  ),
  judged as materialized (
    select i.*,
      (select m.seq from messages m where m.chat_id = i.chat and m.sender_id = i.sender and m.rid = i.rid) as dup,
      (select effective_rights(m.role, m.rights, c.default_rights)
              -- 65536 marks a member, so that "no rights" and "no member" differ.
              + case when m.role in ('owner', 'admin', 'member', 'restricted') then 65536 else 0 end
         from members m where m.chat_id = i.chat and m.user_id = i.sender) as may,
      c.last_seq, c.last_rev
    from input i
    left join lateral (
      select default_rights, last_seq, last_rev from chats where id = i.chat and deleted_at is null
    ) c on true
  ),
  stated as (
    select j.*, case
        -- First: whoever was removed before the answer arrived still learns that the message is stored.
        when j.dup is not null then 1
        when coalesce(j.may, 0) < 65536 or j.last_seq is null then 2
        when j.may & 1 = 0 then 3
        when j.reply is not null and (j.reply < 1 or j.reply > j.last_seq) then 4
        else 0
      end::smallint as status
    from judged j
  ),
  placed as materialized (
    select s.*, row_number() over (partition by s.chat, s.status order by s.ord) as n from stated s
  ),
  written as (
    insert into messages (chat_id, seq, rev, sender_id, rid, text, entities, reply_to, silent, created_at)
    select p.chat, p.last_seq + p.n, p.last_rev + p.n, p.sender, p.rid, p.text, p.entities::jsonb, p.reply, p.silent, v_now
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
    (select id from noted)
  from placed p;
end
$$;

-- Moves read marks forward, never back and never behind the last message. The caller never passes the same
-- (user, chat) twice. Each mark that moved takes a urev of its user; one outbox row notes them all.
create function mark_read(p_user bigint[], p_chat bigint[], p_seq bigint[])
returns table ("user" bigint, chat bigint, seq bigint, urev bigint, outbox_id bigint)
language plpgsql as $$
#variable_conflict use_column
begin
  perform 1 from users where id = any (p_user) order by id for no key update;

  return query
  with input as (
    select i.u, i.c, least(i.s, (select last_seq from chats where id = i.c)) as s
    from unnest(p_user, p_chat, p_seq) as i (u, c, s)
  ),
  forward as materialized (
    select i.u, i.c, i.s,
      (select x.urev from users x where x.id = i.u) + row_number() over (partition by i.u order by i.c) as n
    from input i
    where exists (
      select from members m
      where m.chat_id = i.c and m.user_id = i.u and m.read_seq < i.s
        and m.role in ('owner', 'admin', 'member', 'restricted')
    )
  ),
  marked as (
    update members m set read_seq = f.s, urev = f.n from forward f where m.chat_id = f.c and m.user_id = f.u
  ),
  counted as materialized (
    select f.u, max(f.n) as n from forward f group by f.u
  ),
  moved as (
    update users x set urev = k.n from counted k where x.id = k.u
  ),
  noted as (
    insert into outbox (chats, revs, users, urevs)
    select '{}', '{}', array_agg(k.u), array_agg(k.n) from counted k having count(*) > 0
    returning id
  )
  select f.u, f.c, f.s, f.n, (select id from noted) from forward f;
end
$$;
