// How this window reaches the gateway.

import { webSocketTransport } from '#client/index.ts'
import { lossyTransport } from './lossy-transport.ts'

export const transport = lossyTransport(webSocketTransport())
