-- Up Migration

-- Reactions, polls and votes. What members choose is stored row by row at once; the message's own row tells the sums
-- and follows later, once for all who chose meanwhile: `dirty_messages` says which messages are behind.

alter table chats
  -- Emojis that members may react with; null: the standard ones.
  add column reactions text[];

-- No foreign keys, as with messages: a reaction costs no probe of the tables that it was checked against.
create table reactions (
  chat_id bigint not null,
  seq bigint not null,
  user_id bigint not null,
  emoji text collate "C" not null,
  -- Whole milliseconds, so that clients can page by it.
  at timestamptz not null,
  primary key (chat_id, seq, user_id, emoji)
);
-- Sums of a message, which emojis it has, and who chose one of them, newest first.
create index reactions_emoji on reactions (chat_id, seq, emoji, at, user_id);
-- Who reacted with whatever, newest first.
create index reactions_recent on reactions (chat_id, seq, at, user_id, emoji);

-- What a poll's message (kind 2) does not tell everybody. Its question and options stand in the message.
create table polls (
  chat_id bigint not null,
  seq bigint not null,
  options smallint not null,
  multiple boolean not null,
  public boolean not null,
  -- Of a quiz: the number of the right option, from 0.
  correct smallint,
  explanation text,
  closes_at timestamptz,
  closed_at timestamptz,
  primary key (chat_id, seq)
);
create index polls_closing on polls (closes_at) where closed_at is null and closes_at is not null;

create table votes (
  chat_id bigint not null,
  seq bigint not null,
  user_id bigint not null,
  option smallint not null,
  at timestamptz not null,
  primary key (chat_id, seq, user_id, option)
);
create index votes_option on votes (chat_id, seq, option, at, user_id);

-- Messages whose sums may be behind. Whoever changes choices at a message holds its row here, so that changes of one
-- message come one after another and none falls between a count and its end. The row stays for a while after the
-- sums were told, since it knows when that was.
create table dirty_messages (
  chat_id bigint not null,
  seq bigint not null,
  -- Tell the sums at this time; null: they are told.
  due_at timestamptz,
  told_at timestamptz,
  primary key (chat_id, seq)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index dirty_messages_due on dirty_messages (due_at) where due_at is not null;
create index dirty_messages_told on dirty_messages (told_at) where due_at is null;
