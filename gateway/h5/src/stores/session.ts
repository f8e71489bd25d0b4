import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { dropAccessToken, keepAccessToken, renewAccess, whenSessionEnds } from '@/api/access'
import { me as meCalls, sessions, type Me, type RoleName, type SignInAnswer } from '@/api/members'
import { clearTab, forThisTab } from '@/lib/storage'

/** Who is signed in on this phone, and which offices he holds. Knows nothing about how a sign-in page looks. */
export interface Office {
  role: RoleName
  orgId: string
  orgName: string
  path: string
}

const OWNER = 'owner'
const TREE_ROLES: readonly RoleName[] = ['branch_admin', 'committee_admin', 'county_admin']

export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null)
  const started = ref(false)
  /** The steps of a sign-in that need a second page. Kept in memory only. */
  const challenge = ref<string | null>(null)
  const bindingToken = ref<string | null>(null)
  const ended = ref(false)
  let starting: Promise<void> | null = null

  const signedIn = computed(() => me.value !== null)
  const isMember = computed(() => me.value?.member != null)
  const offices = computed<Office[]>(() =>
    (me.value?.grants ?? []).map((grant, index) => ({
      role: grant.role,
      orgId: grant.org_id,
      orgName: me.value?.grant_org_names[index] ?? '',
      path: grant.path,
    })),
  )
  const treeOffices = computed(() => offices.value.filter((office) => TREE_ROLES.includes(office.role)))

  function holds(...wanted: readonly RoleName[]): boolean {
    return offices.value.some((office) => wanted.includes(office.role))
  }

  function officeOf(...wanted: readonly RoleName[]): Office | undefined {
    return offices.value.find((office) => wanted.includes(office.role))
  }

  async function loadMe(): Promise<void> {
    const fresh = await meCalls.get()
    const owner = fresh.member?.id ?? fresh.grants.map((grant) => grant.org_id).join()
    // What the tab keeps belongs to who made it: it waits for the same person, and never meets another.
    const before = forThisTab.get(OWNER)
    if (before !== null && before !== owner) clearTab()
    forThisTab.set(OWNER, owner)
    me.value = fresh
    ended.value = false
  }

  /** Once per page load: is there a session from before? A dead line counts as "not known yet" and is asked again later. */
  function start(): Promise<void> {
    if (started.value) return Promise.resolve()
    starting ??= (async () => {
      if (await renewAccess()) await loadMe()
      started.value = true
    })().finally(() => {
      starting = null
    })
    return starting
  }

  /** Takes the answer of any sign-in step and says where to go on. */
  async function take(answer: SignInAnswer): Promise<SignInAnswer['step']> {
    challenge.value = answer.challenge ?? null
    bindingToken.value = answer.binding_token ?? null
    if (answer.step === 'signed_in' && answer.access_token) {
      keepAccessToken(answer.access_token)
      await loadMe()
      started.value = true
    }
    return answer.step
  }

  function forget(): void {
    dropAccessToken()
    me.value = null
    challenge.value = null
    bindingToken.value = null
  }

  async function signOut(everywhere = false): Promise<void> {
    await (everywhere ? sessions.endAll() : sessions.endCurrent())
    forget()
    clearTab()
  }

  whenSessionEnds(() => {
    forget()
    ended.value = true
  })

  return {
    me, started, challenge, bindingToken, ended,
    signedIn, isMember, offices, treeOffices,
    holds, officeOf, start, loadMe, take, forget, signOut,
  }
})
