-- Up Migration

-- Browsers that want to be told of messages while their page is closed: one for each session, gone with it. The endpoint is
-- a secret of the browser's push service: whoever has it and both keys may take it over, nobody else.
create table push_subscriptions (
  id bigint generated always as identity primary key,
  user_id bigint not null references users (id) on delete cascade,
  session_id bigint not null unique references sessions (id) on delete cascade,
  endpoint text not null unique,
  p256dh bytea not null,
  auth bytea not null,
  -- Whether texts may be shown.
  previews boolean not null,
  -- Pushes in a row that were refused.
  failures int not null default 0,
  created_at timestamptz not null default clock_timestamp()
);

create index push_subscriptions_user on push_subscriptions (user_id, id);

-- However a session ends, nothing is pushed for it any more.
create function end_push() returns trigger language plpgsql as $$
begin
  delete from push_subscriptions where session_id = new.id;
  return null;
end
$$;

create trigger sessions_end_push after update of revoked_at on sessions
for each row when (new.revoked_at is not null) execute function end_push();

-- What a browser has been told of each chat, and what it may have to be told: written by the job that pushes, never by a send.
-- No foreign key to chats: its lock on the chat's row would meet those of the sends.
create table pushes (
  subscription_id bigint not null references push_subscriptions (id) on delete cascade,
  chat_id bigint not null,
  -- Everything up to here needs no push any more.
  told_seq bigint not null default 0,
  told_at timestamptz,
  -- When somebody looks at it; null when there is nothing to tell.
  due_at timestamptz,
  tries smallint not null default 0,
  primary key (subscription_id, chat_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

create index pushes_due on pushes (due_at) where due_at is not null;
