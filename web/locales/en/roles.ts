// Names of roles.

import type { Role } from '#shared/protocol/permissions.ts'

export const roles: Record<Role, string> = {
  owner: 'Owner',
  admin: 'Admin',
  member: 'Member',
  restricted: 'Restricted',
  banned: 'Banned',
  left: 'Left',
}
