// A part of the user's own state that is loaded whole (contacts, blocks, folders): asked for once, then kept up to date.

import { useEffect } from 'react'
import type { SectionView } from '#client/sections.ts'
import { useSnapshot } from '../state/client-context.ts'
import { notifyUnlessOffline } from '../state/notices.ts'

/** @returns undefined before the first answer */
export function useSection<Value>(section: SectionView<Value>): Value | undefined {
  useEffect(() => {
    section.load().catch(notifyUnlessOffline)
  }, [section])
  return useSnapshot(() => section.get())
}
