// Every maximum of the product, with its unit in its name. Read by the gateway, the api, the SDK and the docs.

/** Bounds that hold for everybody, whatever the plan. */
export const limits = {
  frameBytesMax: 64 * 1024,
  helloBytesMax: 16 * 1024,
  frameLevelsMax: 8,
  frameItemsMax: 4096,
  helloTimeoutMs: 5_000,
  inFlightRequestsMax: 32,
  /** Frames over the rate, less those within it, that are answered with an error before the socket is closed. */
  floodFramesMax: 20_000,
  /** Frames a connection may send: a full bucket, refilled at the rate. */
  burstFramesMax: 120,
  framesPerS: 40,
  /** Messages and other changes of chats a user may make through one process: a full bucket, refilled at the rate. */
  burstMessagesMax: 60,
  messagesPerS: 10,
  /** Chats and links a user may make through one process: a full bucket, refilled at the rate. */
  burstCreatesMax: 50,
  createsPerS: 0.2,
  helloPerS: 2_000,
  /** From the socket's begin to the end of the wait for a greeting. */
  greetingTimeoutMs: 15_000,
  /** Connections that wait to be greeted: about as many as a process greets in 3 s on a small machine. */
  helloQueueConnectionsMax: 4_096,
  /** Greeted together, with one read of each table. */
  helloBatchConnectionsMax: 32,
  helloBatchesMax: 2,
  /** Tokens whose signature is checked in one turn of the event loop: 0.15 ms each. */
  helloChecksPerTurn: 32,
  /** The longest access token that is looked at; ours have about 350. */
  tokenCharsMax: 2_048,
  /** Reads of chat lists under way for greetings; more would only wait for PostgreSQL. */
  chatListReadsMax: 3,
  /** Chats of one such read, of all who ask for them. */
  chatListReadChatsMax: 256,
  burstHandshakesPerIpMax: 60,
  handshakesPerIpPerS: 20,
  /** What a token that we never made takes of its address's bucket. */
  wrongTokenHandshakes: 10,
  connectionsPerUserMax: 32,
  connectionsPerNodeMax: 15_000,
  entitiesMax: 100,
  quoteCharsMax: 1_024,
  seqsPerDeleteMax: 100,
  pageMessagesMax: 100,
  pageChatsMax: 100,
  pageMembersMax: 200,
  usersPerRequestMax: 200,
  addMembersMax: 200,
  presenceUsersMax: 200,
  resumeChatsMax: 1_000,
  resumeOpenMax: 20,
  diffRowsMax: 200,
  diffBytesMax: 256 * 1024,
  diffBehindRevsMax: 1_000,
  softBufferBytes: 64 * 1024,
  hardBufferBytes: 512 * 1024,
  /** Events of a chat that leave in one message. */
  bundleBytesMax: 32 * 1024,
  /** Answers of one connection that wait for it to read. */
  heldAnswersBytesMax: 1024 * 1024,
  /** How long bytes may wait for a peer that reads none of them. */
  stuckReaderMs: 30_000,
  laneRowsMax: 512,
  laneBytesMax: 256 * 1024,
  laneQueueBytesMax: 16 * 1024 * 1024,
  fullFanOutMembersMax: 200,
  bumpEveryMs: 2_000,
  readMarksMembersMax: 100,
  typingMembersMax: 200,
  typingEveryMs: 5_000,
  typingShownMs: 6_000,
  gapHoldMs: 300,
  /**
   * How long a gateway waits for a missing event before it asks PostgreSQL and bumps the chat's clients. A lost
   * event is rare; 150 ms made a busy machine's late events look lost, and the diffs made it busier.
   */
  gatewayHoldMs: 500,
  positionsEveryMs: 30_000,
  positionsDegradedMs: 1_000,
  readMarkBatchMs: 250,
  presenceDebounceMs: 5_000,
  ringMs: 90_000,
  ringBytesMax: 64 * 1024 * 1024,
  invitesPerChatMax: 100,
  /** Of those who do not run the chat. */
  invitesPerMemberMax: 10,
  inviteUsesMax: 100_000,
  titleCharsMax: 128,
  nameCharsMax: 64,
  aboutCharsMax: 300,
  usernameCharsMin: 3,
  usernameCharsMax: 32,
  passwordCharsMin: 8,
  passwordBytesMax: 1_024,
  restBodyBytesMax: 256 * 1024,
  accessTokenS: 15 * 60,
  refreshTokenS: 60 * 24 * 3600,
  refreshGraceMs: 10_000,
  sessionsPerUserMax: 50,
} as const

/** Bounds that a paid plan raises. `null` means no bound. */
export const plans = {
  free: {
    messageCharsMax: 4_096,
    groupMembersMax: 200,
    channelMembersMax: null,
    groupsOwnedMax: 20,
    channelsOwnedMax: 20,
    pinnedChatsMax: 5,
    uploadBytesMax: 50 * 1024 * 1024,
  },
  premium: {
    messageCharsMax: 8_192,
    groupMembersMax: 1_000,
    channelMembersMax: null,
    groupsOwnedMax: 100,
    channelsOwnedMax: 100,
    pinnedChatsMax: 20,
    uploadBytesMax: 2 * 1024 * 1024 * 1024,
  },
} as const

export type Plan = keyof typeof plans

/** The plan of a user whose premium runs until `premiumUntil` (ms since 1970, or null for never). */
export function planOf(premiumUntil: number | null, nowMs: number): Plan {
  return premiumUntil !== null && premiumUntil > nowMs ? 'premium' : 'free'
}
