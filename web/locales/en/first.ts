// Of the first page: signing in and the demo.

export const first = {
  demoTitle: 'Look around',
  demoHint: 'Enter as one of the demo people. Open two windows and let them chat.',
  enterAs: (name: string) => `Enter as ${name}`,
  secondWindow: (name: string) => `Open ${name} in a second window`,
  signIn: 'Sign in',
  register: 'Create an account',
  noAccount: 'New here?',
  haveAccount: 'Already have an account?',
  username: 'Username',
  usernameHint: 'Letters, digits and _, starting with a letter; 3 to 32 characters.',
  badUsername:
    'This username is not possible: use letters, digits and _, starting with a letter; 3 to 32 characters.',
  badName: 'Please tell your name.',
  name: 'Your name',
  password: 'Password',
  passwordHint: 'At least 8 characters; 15 or more are better.',
}
