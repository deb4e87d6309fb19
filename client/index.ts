// The SDK's only door: what an application, a test or a load harness may use.

export { AppError, type ErrorCode } from '#shared/protocol/codes.ts'
export type { LoginInput, RegisterInput, SessionPage } from './account.ts'
export { isMuted } from './chat-state.ts'
export { chatsIn, type FolderContext } from './folders.ts'
export { type FieldError, fieldErrors } from './http.ts'
export { type Formatted, fromMarkdown, toMarkdown, withDetected } from './markdown.ts'
export { PetrelClient } from './petrel-client.ts'
export { memoryStorage, type StorageArea, webStorage } from './storage.ts'
export { webSocketTransport } from './transport.ts'
export type * from './types.ts'
