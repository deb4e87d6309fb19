// Every maximum of the product, with its unit in its name. Read by the gateway, the api, the SDK and the docs.

/** Bounds that hold for everybody, whatever the plan. */
export const limits = {
  frameBytesMax: 64 * 1024,
  helloBytesMax: 16 * 1024,
  frameLevelsMax: 8,
  frameItemsMax: 4096,
  helloTimeoutMs: 5_000,
  inFlightRequestsMax: 32,
  inFlightRequestsPerUserMax: 128,
  /** Frames over the rate, less those within it, that are answered with an error before the socket is closed. */
  floodFramesMax: 20_000,
  /** Frames a connection may send: a full bucket, refilled at the rate. */
  burstFramesMax: 120,
  framesPerS: 40,
  /** So many connections of one user may use all of that at once; more of them share it. */
  fullRateConnectionsMax: 4,
  /** Messages and other changes of chats a user may make through one process: a full bucket, refilled at the rate. */
  burstMessagesMax: 60,
  messagesPerS: 10,
  /** Of a text that costs as much as a message: what is long fills storage and the index of the search. */
  charsPerMessage: 1_024,
  /** Chats and links a user may make through one process: a full bucket, refilled at the rate. */
  burstCreatesMax: 50,
  createsPerS: 0.2,
  /** Groups and channels a user may join by link or name through one process: a full bucket, refilled at the rate. */
  burstJoinsMax: 50,
  joinsPerS: 0.1,
  /** Changes of who may know what of a user, each of which everybody who watches them looks at: likewise. */
  burstPrivacyMax: 20,
  privacyPerS: 0.2,
  /** People added by one request that cost as much as a message. */
  addedPerMessage: 20,
  /** What deleting all that somebody wrote costs of the bucket of messages. */
  deleteHistoryMessages: 20,
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
  seqsPerForwardMax: 100,
  /** In one chat at once. */
  pinnedMessagesMax: 200,
  /** People whom one message calls by name; it says nothing to those beyond. */
  calledByMessageMax: 50,
  /** Messages of direct chats and groups may be edited for so long; posts of channels and saved messages for ever. */
  editWindowS: 48 * 3600,
  /** Expired messages of one chat that are deleted under one lock. */
  expiredPerChangeMax: 100,
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
  /** Others' read marks of a chat: at most one frame in so long a time. */
  readsEveryMs: 500,
  /** Who read a message when is known for so long. */
  readTimesKeptMs: 7 * 24 * 3600 * 1000,
  mentionsCountedMax: 100,
  pageMentionsMax: 100,
  draftsPerUserMax: 200,
  foldersMax: 20,
  folderChatsMax: 100,
  folderTitleCharsMax: 32,
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
  /** A changed profile is told at most once in so long a time to who has it on screen. */
  profilesEveryMs: 2_000,
  ringMs: 90_000,
  ringBytesMax: 64 * 1024 * 1024,
  /** Different emojis at one message. */
  reactionEmojisMax: 20,
  reactionsAllowedMax: 100,
  emojiCharsMax: 32,
  /** Changes of one person's reactions and votes at one message through one process: a full bucket, refilled at the rate. */
  burstChoicesMax: 20,
  choicesPerS: 0.5,
  /** People whose reactions or votes at one message wait for PostgreSQL in one process. */
  choicesWaitingMax: 5_000,
  /** How often the sums of a message's reactions and votes are told at most. */
  choicesToldEveryMs: 500,
  pageReactorsMax: 100,
  pageVotersMax: 100,
  pollQuestionCharsMax: 300,
  pollOptionsMin: 2,
  pollOptionsMax: 12,
  pollOptionCharsMax: 100,
  pollExplanationCharsMax: 200,
  pollOpenSMin: 5,
  pollOpenSMax: 90 * 24 * 3600,
  contactsMax: 5_000,
  blocksMax: 5_000,
  pagePeopleMax: 200,
  /** People always allowed, and people never allowed, in one privacy rule. */
  privacyExceptionsMax: 100,
  /** What a stranger may write before the other one answers. */
  requestMessagesMax: 5,
  /** Searches for people by one user through one process: a full bucket, refilled at the rate. */
  burstSearchesMax: 40,
  searchesPerS: 0.25,
  /** Of a username, to find those whom one does not know. */
  searchCharsMin: 3,
  searchUsersMax: 50,
  /** Those among them whom one does not know. */
  searchStrangersMax: 10,
  searchQueryCharsMax: 256,
  pageHitsMax: 50,
  /** Parts of one message that are marked as found. */
  searchMarksMax: 32,
  snippetCharsMax: 200,
  /** Of one process: each holds a connection to PostgreSQL. */
  searchesAtOnceMax: 3,
  searchesWaitingMax: 64,
  /** Words that are looked for where only a part of one is known; those that stand in the most messages. */
  searchWordsMax: 128,
  /** After so long a search answers with what it has, and says where to go on. */
  searchMs: 300,
  searchStatementMs: 1_000,
  reportSeqsMax: 20,
  reportTextCharsMax: 1_000,
  /** By one user, in 24 hours. */
  reportsPerDayMax: 20,
  pageReportsMax: 50,
  invitesPerChatMax: 100,
  /** Of those who do not run the chat. */
  invitesPerMemberMax: 10,
  inviteUsesMax: 100_000,
  /** Owner and admins of a chat together. */
  adminsPerChatMax: 50,
  /** In larger groups nobody's coming and going is told by a message of its own. */
  membershipMessagesMembersMax: 200,
  joinRequestsPerChatMax: 5_000,
  /** Up to so many waiting requests each one is told to those who run the chat, then each hundredth. */
  joinRequestsToldMax: 99,
  /** How long somebody who was declined waits before they may ask again. */
  joinAgainMs: 3_600_000,
  /** Requests that one answer to all of them takes. */
  joinAnswersMax: 200,
  pageRequestsMax: 100,
  /** Of somebody banned, with `deleteHistory`. */
  deleteHistoryMessagesMax: 10_000,
  /** How late a restriction or a ban may end. */
  restrictionsEveryMs: 1_000,
  pageActsMax: 100,
  /** Acts in a chat's log are deleted after 30 days. */
  actsKeptMs: 30 * 24 * 3600 * 1000,
  /** Posts that one request says were seen. */
  seqsPerViewMax: 100,
  /** How long views are gathered before they are counted. */
  viewBatchMs: 2_000,
  /** Views of one person in one channel that wait to be counted in one process. */
  viewsWaitingPerUserMax: 1_000,
  /** Counts of a channel's posts: at most one frame in so long a time. */
  viewsEveryMs: 5_000,
  /** Posts whose counts one frame tells; the newest. */
  countsPerFrameMax: 200,
  commentersShownMax: 3,
  /** Posts of a public channel that are shown to who has not joined. */
  previewMessagesMax: 20,
  statsDaysMax: 90,
  /** How far ahead a message may be scheduled. */
  scheduledAheadMs: 365 * 24 * 3600 * 1000,
  pageScheduledMax: 50,
  /** Scheduled messages that one transaction sends. */
  scheduledPerBatchMax: 200,
  previewTitleCharsMax: 200,
  previewTextCharsMax: 400,
  previewSiteCharsMax: 80,
  /** Links that the server looks at: of one user and of everybody, through one process; full buckets, refilled at the rates. */
  burstPreviewsPerUserMax: 20,
  previewsPerUserPerS: 0.2,
  burstPreviewsMax: 100,
  previewsPerS: 5,
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
  /** Longer than a client waits for an answer and tries again: who never got the new token must still get it. */
  refreshGraceMs: 60_000,
  sessionsPerUserMax: 50,
  /** Browsers of one user that are told of messages while their page is closed; the oldest goes. */
  pushSubscriptionsPerUserMax: 10,
  pushEndpointCharsMax: 1_024,
  /** Of a message's text, in a push. */
  pushTextCharsMax: 200,
} as const

/** A chat muted until then is muted for ever: the last second of the year 9999, ms since 1970. */
export const mutedForEver = 253_402_300_799_000

/** Rules of a chat that have a few values to choose from; 0 is off. */
export const choices = {
  autoDeleteS: [0, 86_400, 604_800, 2_592_000],
  slowModeS: [0, 10, 30, 60, 300, 900, 3_600],
  quarantineS: [0, 300, 3_600, 86_400, 604_800],
  joinsPerMinute: [0, 5, 10, 20, 50, 100],
} as const

/** Bounds that a paid plan raises. `null` means no bound. */
export const plans = {
  free: {
    messageCharsMax: 4_096,
    groupMembersMax: 200,
    channelMembersMax: null,
    groupsOwnedMax: 20,
    channelsOwnedMax: 20,
    reactionsPerMessageMax: 1,
    pinnedChatsMax: 5,
    scheduledMessagesMax: 200,
    scheduledPerChatMax: 100,
    uploadBytesMax: 50 * 1024 * 1024,
  },
  premium: {
    messageCharsMax: 8_192,
    groupMembersMax: 1_000,
    channelMembersMax: null,
    groupsOwnedMax: 100,
    channelsOwnedMax: 100,
    reactionsPerMessageMax: 3,
    pinnedChatsMax: 20,
    scheduledMessagesMax: 1_000,
    scheduledPerChatMax: 100,
    uploadBytesMax: 2 * 1024 * 1024 * 1024,
  },
} as const

export type Plan = keyof typeof plans

/** The plan of a user whose premium runs until `premiumUntil` (ms since 1970, or null for never). */
export function planOf(premiumUntil: number | null, nowMs: number): Plan {
  return premiumUntil !== null && premiumUntil > nowMs ? 'premium' : 'free'
}
