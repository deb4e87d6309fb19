// What a platform gives so that the clients of one person in several tabs share one connection: messages between tabs, and
// who leads them. A browser makes it of BroadcastChannel and Web Locks; tests of an object in memory.

export interface TabHost {
  /** Names this tab; no other tab ever has this name. */
  readonly id: string
  /** Joins the tabs that use the same name: each hears what the others tell, in the order of telling. */
  join(name: string, hear: (message: unknown) => void): TabChannel
  /**
   * Waits until this tab leads those of that name; one leads at a time.
   * @param force takes the lead from a tab that does not answer
   * @returns a function that gives the lead up, or ends the waiting; nothing is told after it
   */
  lead(name: string, events: LeadEvents, force: boolean): () => void
  /** Whether the tab with this id is still there. */
  isAlive(tab: string): Promise<boolean>
  /** Tells once when the tab is gone. @returns a function that ends the waiting */
  whenGone(tab: string, then: () => void): () => void
  /** Runs something that no two tabs of this name may do at once. */
  alone<Result>(name: string, run: () => Promise<Result>): Promise<Result>
}

export interface TabChannel {
  tell(message: unknown): void
  leave(): void
}

export interface LeadEvents {
  led(): void
  /** Another tab took the lead. */
  lost(): void
}
