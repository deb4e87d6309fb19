// Schemas compile their checks with `new Function` unless told not to; the page's policy forbids that.
// Loaded before any module that builds a schema.

import * as z from 'zod'

z.config({ jitless: true })
