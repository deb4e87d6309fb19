// Runs in a worker thread. Plain JavaScript, so that a worker needs no TypeScript loader: 25 MB less each.

import { compareSync, hashSync } from 'bcryptjs'

/**
 * @param {{ text: string, hash: string } | { text: string, cost: number }} task
 * @returns {boolean | string} whether the text matches, or its hash
 */
export function run(task) {
  return 'hash' in task ? compareSync(task.text, task.hash) : hashSync(task.text, task.cost)
}
