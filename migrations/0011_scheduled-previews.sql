-- Up Migration

-- Messages that are sent later, and what links lead to.

create table scheduled_messages (
  id bigint generated always as identity primary key,
  user_id bigint not null references users (id) on delete cascade,
  chat_id bigint not null references chats (id) on delete cascade,
  -- That of the message to come: whoever sends it, however often, it is one message.
  rid bigint not null,
  text text not null,
  entities jsonb,
  reply_to bigint,
  silent boolean not null default false,
  -- As in messages.
  extra jsonb,
  at timestamptz not null,
  -- When it is tried next: `at`, or later in slow mode. Null when it was refused for good.
  due_at timestamptz,
  -- Code of the refusal.
  failed text,
  created_at timestamptz not null default clock_timestamp(),
  unique (user_id, chat_id, rid),
  check ((due_at is null) = (failed is not null))
);
create index scheduled_due on scheduled_messages (due_at, id) where due_at is not null;
create index scheduled_of on scheduled_messages (user_id, id);

-- What was found behind a link, so that it is asked for once a day. Only a cache: may be emptied at any time.
create table link_previews (
  -- SHA-256 of the url.
  hash bytea primary key,
  -- Null: there is nothing to show.
  preview jsonb,
  fetched_at timestamptz not null default clock_timestamp()
);
create index link_previews_age on link_previews (fetched_at);
