-- Up Migration

-- People: direct chats in which nothing may be said yet or any more, the search for people, reports to the operators.

alter table users
  -- Works off reports; set by `npm run operator`.
  add column operator boolean not null default false,
  -- The operators closed the account: nobody signs in to it.
  add column banned_at timestamptz;

alter table members
  -- In a quiet direct chat: how far its other member is told that this one has read. Null: as far as read_seq says.
  add column shown_seq bigint;

-- Direct chats that somebody began who is no contact of the other one, until that one answers. Such a chat is quiet like
-- one between people of whom one blocks the other: its default_rights are 0, so that a send needs no further look.
create table message_requests (
  chat_id bigint primary key references chats (id) on delete cascade,
  from_id bigint not null references users (id) on delete cascade,
  to_id bigint not null references users (id) on delete cascade,
  -- `new`: nothing was written yet, and `to_id` does not see the chat. `declined`: does not see it any more.
  state text not null default 'new' check (state in ('new', 'pending', 'declined')),
  created_at timestamptz not null default now()
);

-- By bytes: usernames are ASCII, and those with one beginning lie side by side.
create index users_username_prefix on users ((lower(username::text) collate "C")) where username is not null;

create table reports (
  id bigint generated always as identity primary key,
  reporter_id bigint not null references users (id),
  chat_id bigint not null,
  -- Whom it is about: the reported person, or the author of all reported messages.
  user_id bigint references users (id),
  seqs bigint[] not null default '{}',
  reason text not null,
  text text not null default '',
  -- What was reported, as it was then: {messages: [{seq, from, at, text, …}], user: {…}, chat: {…}}.
  evidence jsonb not null,
  state text not null default 'open' check (state in ('open', 'closed')),
  created_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  closed_by bigint references users (id),
  action text,
  note text not null default ''
);
create index reports_state on reports (state, id);
create index reports_reporter on reports (reporter_id, created_at);

-- As in 0006, and: in a quiet direct chat nothing is noted, so that nothing of it is told later either.
create or replace function mark_delivered(p_user bigint[], p_chat bigint[], p_seq bigint[])
returns table ("user" bigint, chat bigint, seq bigint)
language plpgsql as $$
#variable_conflict use_column
begin
  perform 1 from users where id = any (p_user) order by id for no key update;

  return query
  with forward as materialized (
    select i.u, i.c, least(i.s, c.last_seq) as s
    from unnest(p_user, p_chat, p_seq) as i (u, c, s)
    cross join lateral (
      select last_seq from chats where id = i.c and kind = 'direct' and default_rights <> 0 offset 0
    ) c
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
