-- Up Migration

-- Who runs a group and how: restrictions with an end, requests to join, a brake for raids, search in the member list, the
-- log of administrative acts.

create extension if not exists pg_trgm;

alter table chats
  -- More joins by link within a minute become requests; 0 for no bound.
  add column joins_per_minute int not null default 0,
  -- Requests to join that wait for an answer.
  add column requests int not null default 0;

alter table members
  -- Of somebody who left while restricted: they come back with the same rights, until the same time.
  add column restricted boolean not null default false;

-- Restrictions and bans that end by themselves; who left with one is judged when they come back.
create index members_until on members (until_at)
  where until_at is not null and role in ('restricted', 'banned');
-- The few who are neither plain members nor gone: admins, restricted, banned.
create index members_special on members (chat_id, user_id) where role <> 'member' and role <> 'left';

create table join_requests (
  id bigint generated always as identity primary key,
  chat_id bigint not null references chats on delete cascade,
  user_id bigint not null references users on delete cascade,
  invite_id bigint not null references invites on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  -- Kept for a while, so that nobody asks again at once.
  declined_at timestamptz,
  unique (chat_id, user_id)
);
create index join_requests_waiting on join_requests (chat_id, id) where declined_at is null;
create index join_requests_invite on join_requests (invite_id);
create index join_requests_user on join_requests (user_id);
create index join_requests_declined on join_requests (declined_at) where declined_at is not null;

-- Joins by link since the begin of the minute under way; rows of chats with such a bound only.
create table join_counts (
  chat_id bigint primary key references chats on delete cascade,
  since timestamptz not null,
  joins int not null
);

-- Search by the beginning of a name, of one of its words, or of a username.
create index users_name_trigrams on users using gin (lower(name) gin_trgm_ops);
create index users_username_trigrams on users using gin (lower(username::text) gin_trgm_ops);

create index audit_log_actor on audit_log (chat_id, actor_id, id) where chat_id is not null;
create index audit_log_at on audit_log (at) where chat_id is not null;
