// What one person may do how often through this process. Handlers take from a budget before they call an action;
// gateway.ts makes them from the configuration and the protocol's limits.

import { limits } from '#shared/protocol/limits.ts'
import type { Config, Rate } from '#shared/runtime/config.ts'
import { Budget } from './budget.ts'

export interface Budgets {
  /** Messages, and other changes of chats. */
  sendBudget: Budget
  /** New chats and invite links. */
  createBudget: Budget
  /** Joining by link or name: coming and going is told in the chat, so it must not be cheaper than speaking. */
  joinBudget: Budget
  privacyBudget: Budget
  /** Changes of one person's choice at one message, by `user:chat:seq`. */
  choiceBudget: Budget<string>
  /** People whom the user writes to or adds without a chat in common: else ids could be counted through. */
  strangerBudget: Budget
  /** Searches for people, everywhere or among a chat's members. */
  searchBudget: Budget
  messageSearchBudget: Budget
}

/** @returns the budgets of handlers, and `userFrames`, of which each frame of any connection of a user takes one */
export function budgetsOf(
  config: Config<'gateway'>,
  nowMs: () => number,
): Budgets & { userFrames: Budget } {
  const of = (burst: number, perS: number) => new Budget({ burst, perS, nowMs })
  const ofRate = ({ points, perS }: Rate) => of(points, points / perS)
  const { burstChoicesMax: burst, choicesPerS: perS, fullRateConnectionsMax: full } = limits
  return {
    userFrames: of(config.frameBurst * full, config.framesPerS * full),
    sendBudget: of(config.messageBurst, config.messagesPerS),
    createBudget: of(limits.burstCreatesMax, limits.createsPerS),
    joinBudget: of(limits.burstJoinsMax, limits.joinsPerS),
    privacyBudget: of(limits.burstPrivacyMax, limits.privacyPerS),
    choiceBudget: new Budget({ burst, perS, nowMs }),
    strangerBudget: ofRate(config.strangersPerUser),
    searchBudget: of(limits.burstSearchesMax, limits.searchesPerS),
    messageSearchBudget: ofRate(config.searchesPerUser),
  }
}
