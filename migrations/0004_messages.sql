-- Up Migration

-- What a member deleted for themself alone, and histories that were cleared.

alter table members
  -- Everything up to this seq is deleted for this member alone.
  add column hidden_up_to bigint not null default 0;

-- Single messages that a user deleted for themself alone. No foreign keys: rows of messages never go away.
create table hidden_messages (
  user_id bigint not null,
  chat_id bigint not null,
  seq bigint not null,
  urev bigint not null,
  primary key (user_id, chat_id, seq)
);

-- Histories that nobody can see any more (cleared for both people of a chat), until a job has emptied the messages.
create table erasures (
  chat_id bigint primary key references chats (id) on delete cascade,
  up_to bigint not null,
  -- Emptied up to here.
  done bigint not null default 0
);
