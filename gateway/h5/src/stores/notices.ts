import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { notices } from '@/api/members'
import { useSession } from './session'

/** How many notices this person has not read: for the bell, wherever it stands. The notices themselves belong to their page. */
export const useNotices = defineStore('notices', () => {
  const session = useSession()
  const unread = ref(0)

  // Another person at the same phone must not meet the figure of the one before.
  watch(
    () => session.me?.member?.id,
    () => (unread.value = 0),
    { flush: 'sync' },
  )

  /** Asked when a page with a bell opens. Rejects when the server can't be asked; the figure then stays as it was. */
  async function ask(): Promise<void> {
    unread.value = session.isMember ? await notices.unread() : 0
  }

  /** Marks everything up to this notice as read. */
  async function read(upToId: string): Promise<void> {
    unread.value = (await notices.read(upToId)).unread
  }

  return { unread, ask, read }
})
