import { Problem } from '@/api/problem'
import type { PaymentParameters } from '@/api/dues'
import { inWeChat } from '@/app/surroundings'
import type { Settings } from '@/stores/county'

/**
 * The way to WeChat's pay sheet. What the bridge says is only the person's last touch ("ok", "cancel"): whether money moved
 * is known from the server alone.
 */
export type BridgeWord = 'ok' | 'cancelled' | 'failed'

interface Bridge {
  invoke(name: string, parameters: Record<string, string>, done: (result: { err_msg?: string }) => void): void
}

declare global {
  interface Window {
    WeixinJSBridge?: Bridge
  }
}

const READY_WAIT_MS = 5_000

function waitForReady(): Promise<void> {
  return new Promise((resolve, reject) => {
    if (window.WeixinJSBridge) return resolve()
    const timer = setTimeout(() => reject(new Problem({ status: -1, code: 'pay.no_bridge' })), READY_WAIT_MS)
    document.addEventListener(
      'WeixinJSBridgeReady',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}

/** Only with simulated money: the simulator brings a bridge of its own, from the address that the settings name. */
function loadSimulatedBridge(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = address
    script.addEventListener('load', () => resolve())
    script.addEventListener('error', () => {
      script.remove()
      reject(new Problem({ status: -1, code: 'pay.no_bridge' }))
    })
    document.head.append(script)
  })
}

async function bridge(settings: Settings): Promise<Bridge> {
  if (!window.WeixinJSBridge && settings.simulated_money && settings.wechat_bridge_url) {
    await loadSimulatedBridge(settings.wechat_bridge_url)
  }
  if (!window.WeixinJSBridge && (inWeChat || settings.simulated_money)) await waitForReady()
  if (!window.WeixinJSBridge) throw new Problem({ status: -1, code: 'pay.no_bridge' })
  return window.WeixinJSBridge
}

export async function payThroughWeChat(parameters: PaymentParameters, settings: Settings): Promise<BridgeWord> {
  const weixin = await bridge(settings)
  return new Promise((resolve) => {
    weixin.invoke(
      'getBrandWCPayRequest',
      {
        appId: parameters.app_id,
        timeStamp: parameters.time_stamp,
        nonceStr: parameters.nonce_str,
        package: parameters.package,
        signType: parameters.sign_type,
        paySign: parameters.pay_sign,
      },
      (result) => {
        const word = result.err_msg ?? ''
        resolve(word.endsWith(':ok') ? 'ok' : word.endsWith(':cancel') ? 'cancelled' : 'failed')
      },
    )
  })
}
