// Speaks to bench/peers/ws-server.ts, which is told and says the same as the raw uWebSockets.js server.

import { rawUws } from './raw-uws.ts'

export const ws = rawUws
