-- Up Migration

-- What channels have beside their posts: public names, view counts, a discussion group with comments, statistics.
-- Nothing here is written when somebody posts.

-- Every public name, of a user or a chat: the one place where it is taken. The two triggers below keep it, so that
-- whoever writes a username claims the name too and none can forget.
create table names (
  name citext primary key,
  user_id bigint unique references users (id) on delete cascade,
  chat_id bigint unique references chats (id) on delete cascade,
  check (num_nonnulls(user_id, chat_id) = 1)
);
insert into names (name, user_id) select username, id from users where username is not null;
insert into names (name, chat_id) select username, id from chats where username is not null and deleted_at is null;

-- A conflict on the name itself is an error: names_pkey says that it is taken.
create function claim_user_name() returns trigger
language plpgsql as $$
begin
  if new.username is null then
    delete from names where user_id = new.id;
  else
    insert into names (name, user_id) values (new.username, new.id)
    on conflict (user_id) do update set name = excluded.name;
  end if;
  return null;
end
$$;
create trigger users_name_made after insert on users
  for each row when (new.username is not null) execute function claim_user_name();
create trigger users_name_changed after update of username on users
  for each row when (old.username::text is distinct from new.username::text) execute function claim_user_name();

create function claim_chat_name() returns trigger
language plpgsql as $$
begin
  if new.username is null or new.deleted_at is not null then
    delete from names where chat_id = new.id;
  else
    insert into names (name, chat_id) values (new.username, new.id)
    on conflict (chat_id) do update set name = excluded.name;
  end if;
  return null;
end
$$;
create trigger chats_name_made after insert on chats
  for each row when (new.username is not null) execute function claim_chat_name();
-- A send sets neither column, so it does not even ask.
create trigger chats_name_changed after update of username, deleted_at on chats
  for each row when (
    old.username::text is distinct from new.username::text
    or (new.username is not null and old.deleted_at is distinct from new.deleted_at)
  ) execute function claim_chat_name();

-- A deleted chat keeps its username in its row, for the record; the name is free again.
alter table chats drop constraint chats_username_key;

-- How many people have seen a post.
create table message_views (
  chat_id bigint not null,
  seq bigint not null,
  views bigint not null,
  primary key (chat_id, seq)
) with (fillfactor = 70);

-- Which posts of a channel somebody has seen, so that each counts once. People read on from where they stopped: the
-- set is one range, or a few.
create table viewers (
  chat_id bigint not null,
  user_id bigint not null,
  seqs int8multirange not null default '{}',
  primary key (chat_id, user_id)
) with (fillfactor = 80);
-- For whoever deletes their account.
create index viewers_user on viewers (user_id);

-- A channel's figures of one day (UTC).
create table chat_days (
  chat_id bigint not null references chats (id) on delete cascade,
  day date not null,
  joined int not null default 0,
  "left" int not null default 0,
  views bigint not null default 0,
  primary key (chat_id, day)
) with (fillfactor = 70);

-- A channel and its discussion group, now or earlier: a pair that is linked again goes on where it stopped.
create table discussions (
  channel_id bigint not null references chats (id) on delete cascade,
  group_id bigint not null references chats (id) on delete cascade,
  active boolean not null,
  -- Posts after this one are mirrored.
  from_seq bigint not null,
  -- Changes of the channel up to here are in the group; moved under the group's lock.
  mirrored_rev bigint not null,
  -- Changes of the group up to here are counted as comments.
  counted_rev bigint not null,
  primary key (channel_id, group_id)
) with (fillfactor = 50);
create unique index discussions_channel on discussions (channel_id) where active;
create unique index discussions_group on discussions (group_id) where active;

-- A post's mirror in the discussion group, the root of its comments.
create table mirrors (
  channel_id bigint not null references chats (id) on delete cascade,
  seq bigint not null,
  group_id bigint not null,
  -- The mirror's seq, which is the `thread` of the comments.
  thread bigint not null,
  comments int not null default 0,
  -- Who commented last, the latest first.
  commenters bigint[] not null default '{}',
  -- Comments up to this seq of the group are counted.
  counted_seq bigint not null default 0,
  -- The mirror was deleted: the post has no comments any more.
  closed boolean not null default false,
  primary key (channel_id, seq),
  unique (group_id, thread)
) with (fillfactor = 80);

-- Counts what people saw; each post of theirs once, however often it is told, so a call may be repeated. The caller
-- never passes the same (chat, user) twice. p_seqs: multiranges as text.
create function count_views(p_chat bigint[], p_user bigint[], p_seqs text[])
returns table (chat bigint, seq bigint, views bigint)
language plpgsql as $$
#variable_conflict use_column
begin
  -- Everywhere in the same order, so that two gateways wait for each other but never both.
  insert into viewers (chat_id, user_id)
  select i.chat, i.person from unnest(p_chat, p_user) as i (chat, person) order by i.chat, i.person
  on conflict do nothing;
  perform 1 from viewers v join unnest(p_chat, p_user) as i (chat, person) on v.chat_id = i.chat and v.user_id = i.person
  order by v.chat_id, v.user_id for no key update of v;

  return query
  with news as materialized (
    select v.chat_id, v.user_id, v.seqs + i.seqs::int8multirange as seen, i.seqs::int8multirange - v.seqs as fresh
    from unnest(p_chat, p_user, p_seqs) as i (chat, person, seqs)
    join viewers v on v.chat_id = i.chat and v.user_id = i.person
    where not i.seqs::int8multirange <@ v.seqs
  ),
  marked as (
    -- Somebody who jumps about in a long channel: past so many holes they count as seen, unseen as they are.
    update viewers v
    set seqs = case when (select count(*) from unnest(n.seen)) > 64 then int8multirange(range_merge(n.seen)) else n.seen end
    from news n where v.chat_id = n.chat_id and v.user_id = n.user_id
  ),
  counted as materialized (
    select n.chat_id, s.seq, count(*) as people
    from news n cross join lateral unnest(n.fresh) as r cross join lateral generate_series(lower(r), upper(r) - 1) as s (seq)
    group by n.chat_id, s.seq
  ),
  dated as (
    insert into chat_days as d (chat_id, day, views)
    select c.chat_id, (clock_timestamp() at time zone 'utc')::date, sum(c.people)
    from counted c where exists (select from chats where id = c.chat_id) group by c.chat_id order by c.chat_id
    on conflict (chat_id, day) do update set views = d.views + excluded.views
  ),
  stored as (
    insert into message_views as m (chat_id, seq, views)
    select c.chat_id, c.seq, c.people from counted c order by c.chat_id, c.seq
    on conflict (chat_id, seq) do update set views = m.views + excluded.views
    returning m.chat_id, m.seq, m.views
  )
  select s.chat_id, s.seq, s.views from stored s;
end
$$;

-- The first message of a chat that is not older than p_at: messages are stamped in the order of their numbers, so a
-- few probes find it, whatever the length of the history.
create function first_seq_since(p_chat bigint, p_at timestamptz) returns bigint
language plpgsql stable as $$
declare
  v_low bigint := 1;
  v_high bigint := (select last_seq + 1 from chats where id = p_chat);
  v_middle bigint;
  v_at timestamptz;
begin
  while v_low < v_high loop
    v_middle := (v_low + v_high) / 2;
    v_at := (select created_at from messages where chat_id = p_chat and seq >= v_middle order by seq limit 1);
    if v_at < p_at then
      v_low := v_middle + 1;
    else
      v_high := v_middle;
    end if;
  end loop;
  return v_low;
end
$$;
