import type { CashReturn, ReturnSource } from '@/api/refunds'
import type { useSession } from '@/stores/session'

/** Who does what with cash that goes back. A courtesy to the person: the server decides again on each call. */
type Session = ReturnType<typeof useSession>

/** Out of which money this person hands back. */
export function sourcesOf(session: Session): ReturnSource[] {
  return [...(session.holds('branch_admin') ? (['box'] as const) : []), ...(session.holds('finance') ? (['bank'] as const) : [])]
}

export function mayConfirm(session: Session, item: CashReturn): boolean {
  if (item.state !== 'recorded' || item.own || item.to_me) return false
  return item.source === 'box' ? session.holds('branch_admin', 'committee_admin') : session.holds('finance', 'county_admin')
}

export function mayRecord(session: Session, item: CashReturn): boolean {
  return item.state === 'waiting' && !item.to_me && sourcesOf(session).length > 0
}
