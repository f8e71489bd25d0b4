import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Beneficiary, MyDues, OwedMonth, WishedLine } from '@/api/dues'
import { firstOffer, refit, tapMonth } from '@/lib/selection'
import { parseYuan } from '@/lib/money'
import { monthOfInstant, type MonthText } from '@/lib/months'
import { isPayable, openFen } from '@/lib/owed'
import { forThisTab, readJson, whenTabIsCleared } from '@/lib/storage'

/**
 * Whom the person wants to pay for and which months. Kept in the tab so that "back" loses nothing; only ids and months are
 * written down, never names. Amounts here are what the server said; the server works the total out anew (PAY-10).
 */
export interface Person {
  id: string
  name: string
  branchName: string
  own: boolean
  open: OwedMonth[]
}

export interface Chosen extends Person {
  months: MonthText[]
  amountFen: number
}

const KEPT = 'basket'
const MAX_PEOPLE = 50
/** A hundred thousand yuan in one payment, as the contract says. */
const MAX_EXTRA_FEN = 10_000_000

function payable(months: readonly OwedMonth[], ahead: readonly OwedMonth[]): OwedMonth[] {
  return [...months, ...ahead]
    .filter((month) => isPayable(month.state) && openFen(month) > 0)
    .sort((a, b) => (a.month < b.month ? -1 : 1))
}

export function personOf(beneficiary: Beneficiary): Person {
  return {
    id: beneficiary.member_id,
    name: beneficiary.name,
    branchName: beneficiary.branch_name,
    own: false,
    open: payable(beneficiary.months, beneficiary.ahead),
  }
}

export function selfOf(memberId: string, name: string, dues: MyDues): Person {
  return { id: memberId, name, branchName: dues.branch_name ?? '', own: true, open: payable(dues.months, dues.ahead) }
}

export const useBasket = defineStore('basket', () => {
  const people = ref(new Map<string, Person>())
  /** What the person gives beyond his own dues, as typed. */
  const extraText = ref('')
  const months = ref<Record<string, MonthText[]>>(readJson<Record<string, MonthText[]>>(forThisTab, KEPT) ?? {})

  function save(): void {
    forThisTab.set(KEPT, JSON.stringify(months.value))
  }

  /** A list was loaded: what was chosen before a reload gets its person and amounts back. */
  function meet(person: Person): void {
    people.value.set(person.id, person)
    const taken = months.value[person.id]
    if (!taken) return
    const fitting = refit(person.open.map((month) => month.month), taken)
    if (fitting.length > 0) months.value[person.id] = fitting
    else delete months.value[person.id]
    save()
  }

  function has(id: string): boolean {
    return id in months.value
  }

  function add(person: Person, now: Date = new Date()): boolean {
    if (person.open.length === 0 || Object.keys(months.value).length >= MAX_PEOPLE) return false
    people.value.set(person.id, person)
    months.value[person.id] = firstOffer(person.open.map((month) => month.month), monthOfInstant(now))
    save()
    return true
  }

  function drop(id: string): void {
    delete months.value[id]
    save()
  }

  function tap(id: string, month: MonthText): void {
    const person = people.value.get(id)
    if (!person) return
    months.value[id] = tapMonth(person.open.map((open) => open.month), months.value[id] ?? [], month)
    save()
  }

  function clear(): void {
    months.value = {}
    extraText.value = ''
    save()
  }

  whenTabIsCleared(() => {
    people.value.clear()
    months.value = {}
    extraText.value = ''
  })

  const chosen = computed<Chosen[]>(() =>
    Object.entries(months.value).flatMap(([id, taken]) => {
      const person = people.value.get(id)
      if (!person) return []
      const amounts = person.open.filter((month) => taken.includes(month.month)).map(openFen)
      return [{ ...person, months: taken, amountFen: amounts.reduce((sum, fen) => sum + fen, 0) }]
    }),
  )
  const paying = computed(() => chosen.value.filter((person) => person.months.length > 0))
  /** An extra goes with a month of one's own (PAY-6). */
  const mayGive = computed(() => paying.value.some((person) => person.own))
  /** Null when what was typed is no amount. */
  const extraFen = computed<number | null>(() => {
    if (!mayGive.value || !extraText.value.trim()) return 0
    const fen = parseYuan(extraText.value)
    return fen !== null && fen <= MAX_EXTRA_FEN ? fen : null
  })
  const totalFen = computed(() => paying.value.reduce((sum, person) => sum + person.amountFen, extraFen.value ?? 0))
  const lines = computed<WishedLine[]>(() =>
    paying.value.flatMap((person) => person.months.map((month) => ({ member_id: person.id, month }))),
  )

  return { people, months, chosen, paying, extraText, extraFen, mayGive, totalFen, lines, meet, has, add, drop, tap, clear }
})
