// One's own account: what others see, the password, the way out for ever.

import { DeleteAccount } from './delete-account.tsx'
import { PasswordForm } from './password-form.tsx'
import { ProfileForm } from './profile-form.tsx'

export function AccountPage() {
  return (
    <>
      <ProfileForm />
      <PasswordForm />
      <DeleteAccount />
    </>
  )
}
