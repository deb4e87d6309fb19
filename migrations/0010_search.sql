-- Up Migration

-- Full text of messages. The index is filled by a job that follows each chat's revs, so a send costs nothing more; what
-- is searched is written there as the search reads texts, in spellings and stems that no locale decides.

create extension if not exists pg_trgm;
create extension if not exists btree_gin;

create table message_search (
  chat_id bigint not null,
  seq bigint not null,
  -- 0 for what the chat itself says: who wrote a channel's post cannot be searched for.
  sender_id bigint not null,
  -- ms since 1970, as clients page by it.
  at bigint not null,
  -- Bits: 1 text, 2 link, 4 media, 8 poll.
  kinds smallint not null,
  -- Stems of words, emoji, characters and pairs of characters of scripts without spaces.
  stems tsvector not null,
  -- All words in one spelling, with a space before and behind each.
  words text not null,
  primary key (chat_id, seq)
);

-- One scan looks for everything at once within a slice of a chat, 32768 numbers of messages. So a search reads histories
-- from their ends and stops when it has enough: a common word costs no more than a rare one. Without the list of pending
-- entries, which every one of these scans would read.
create index message_search_find on message_search using gin (
  (chat_id * 16777216 + seq / 32768), sender_id, stems
) with (fastupdate = off);

-- Every word of the index and in how many messages it is: parts and beginnings of words are looked up here, where there
-- are few rows, and not in the texts.
create table search_words (
  word text collate "C" primary key,
  messages bigint not null
) with (fillfactor = 50);
create index search_words_trigrams on search_words using gin (word gin_trgm_ops) with (fastupdate = off);

-- How far each chat is in the index.
create table search_cursors (
  chat_id bigint primary key,
  -- Changes up to this rev are in it.
  rev bigint not null,
  -- Older messages up to this seq are not in it yet; they follow from the newest to the oldest. 0: all are.
  back_seq bigint not null
) with (fillfactor = 70);
