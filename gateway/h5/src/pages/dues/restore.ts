import { beneficiaries, mine, type BeneficiaryGroup } from '@/api/dues'
import { personOf, selfOf, type useBasket } from '@/stores/basket'
import type { useSession } from '@/stores/session'

/** After a reload or a refusal: asks anew what each chosen person owes. Whoever is on no list any more leaves the choice. */
const GROUPS: readonly BeneficiaryGroup[] = ['household', 'favourites', 'village']

export async function restoreBasket(basket: ReturnType<typeof useBasket>, session: ReturnType<typeof useSession>): Promise<number> {
  const wanted = new Set(Object.keys(basket.months))
  const member = session.me?.member
  if (member && wanted.has(member.id)) {
    basket.meet(selfOf(member.id, member.name, await mine.get()))
    wanted.delete(member.id)
  }
  for (const group of GROUPS) {
    if (wanted.size === 0) break
    const page = await beneficiaries.list(group)
    for (const one of page.items) {
      if (!wanted.delete(one.member_id)) continue
      basket.meet(personOf(one))
    }
  }
  const lost = [...wanted].filter((id) => !basket.people.has(id))
  lost.forEach((id) => basket.drop(id))
  return lost.length
}
