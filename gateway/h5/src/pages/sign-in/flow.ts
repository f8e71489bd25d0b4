import { useRoute, useRouter } from 'vue-router'
import type { SignInAnswer } from '@/api/members'
import { useSession } from '@/stores/session'
import { newRequestId } from '@/lib/ids'
import { forThisTab } from '@/lib/storage'
import type { Settings } from '@/stores/county'

/** What all sign-in pages share: where to go after each answer, and the way to WeChat and back. */
const STATE_KEY = 'wechat-state'
const PHONE = /^1\d{10}$/

/** Only a path of our own may follow a sign-in: an address from outside in `next` is not followed. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/'
}

export function phoneError(phone: string): string {
  return PHONE.test(phone) ? '' : '请填写 11 位手机号'
}

export function useSignInFlow(): { next: () => string; goOn: (answer: SignInAnswer) => Promise<void> } {
  const route = useRoute()
  const router = useRouter()
  const session = useSession()
  const next = () => safeNext(route.query.next)

  async function goOn(answer: SignInAnswer): Promise<void> {
    const step = await session.take(answer)
    const query = { next: next() }
    if (step === 'second_factor') await router.push({ path: '/sign-in/code', query })
    else if (step === 'binding') await router.replace({ path: '/sign-in/bind', query })
    else await router.replace(next())
  }

  return { next, goOn }
}

/** Leaves for WeChat's own page; it comes back to /sign-in/wechat with a code and the state that is kept here. */
export function leaveForWeChat(settings: Settings, next: string): void {
  const state = newRequestId().replaceAll('-', '')
  forThisTab.set(STATE_KEY, state)
  const back = `${window.location.origin}/sign-in/wechat?next=${encodeURIComponent(next)}`
  const query = new URLSearchParams({
    appid: settings.wechat_app_id,
    redirect_uri: back,
    response_type: 'code',
    scope: 'snsapi_base',
    state,
  })
  window.location.assign(`${settings.wechat_authorize_url}?${query.toString()}#wechat_redirect`)
}

/** Whether this return belongs to a departure of this tab; used up by asking. */
export function isOurReturn(state: unknown): boolean {
  const kept = forThisTab.get(STATE_KEY)
  forThisTab.remove(STATE_KEY)
  return typeof state === 'string' && kept !== null && state === kept
}
