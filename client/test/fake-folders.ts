// Folders as the reference server keeps them.

import type { UserId } from '#shared/protocol/ids.ts'
import type { Folder } from '#shared/protocol/models.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'

export class FakeFolders {
  readonly #folders = new Map<UserId, Folder[]>()
  readonly #urevs = new Map<UserId, number>()
  readonly #touch: (user: UserId) => number

  /** @param touch tells the user's devices and answers the urev of it */
  constructor(touch: (user: UserId) => number) {
    this.#touch = touch
  }

  changedSince(user: UserId, since: number): string[] {
    return (this.#urevs.get(user) ?? 0) > since ? ['folders'] : []
  }

  readonly handlers = {
    folders: (_connection: unknown, user: UserId): OpOut<'folders'> => ({
      folders: this.#folders.get(user) ?? [],
    }),
    setFolders: (
      _connection: unknown,
      user: UserId,
      { folders }: OpIn<'setFolders'>,
    ): OpOut<'setFolders'> => {
      this.#folders.set(user, folders)
      this.#urevs.set(user, this.#touch(user))
      return {}
    },
  }
}
