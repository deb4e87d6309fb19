// What happened in a chat in ways that this page has a sentence for (state/service-text.ts). Apart from the sentences, so that
// the rows of a list need no language.

export const serviceKinds: ReadonlySet<string> = new Set([
  'created',
  'title',
  'about',
  'pinned',
  'autoDelete',
  'added',
  'joined',
  'accepted',
  'left',
  'removed',
  'owner',
  'warning',
])
