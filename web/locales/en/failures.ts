// Of a refusal that says more than its code: how long to wait, which field is wrong.

export const failures = {
  wait: (time: string) => `That was too fast. You can go on ${time}.`,
  fields: (names: string) => `This cannot be stored as it is: ${names}. Please check it.`,
  field: {
    name: 'name',
    username: 'username',
    about: 'about text',
    password: 'password',
    current: 'current password',
    next: 'new password',
  },
}
