/*
 * Stands in for the JavaScript bridge that WeChat puts into its own browser: the pay sheet, and nothing else.
 *
 * Does nothing where a bridge exists already. Owns one overlay in a shadow root, so that the page's styles and its own
 * do not touch. Believes no amount of the page: what is shown comes from the simulator, which checks the merchant's
 * signature first.
 */
(function () {
  'use strict'

  if (window.WeixinJSBridge) return

  const base = new URL('.', document.currentScript.src)
  const METHOD = 'getBrandWCPayRequest'
  const TIMEOUT_MS = 10000
  const SHOW_SUCCESS_MS = 900

  const STYLE = `
    :host { all: initial; }
    * { box-sizing: border-box; }
    .veil { position: fixed; inset: 0; z-index: 2147483000; display: flex; align-items: flex-end; justify-content: center;
      background: rgba(0, 0, 0, .55); }
    .sheet { width: 100%; max-width: 480px; max-height: 100%; overflow-y: auto; border-radius: 16px 16px 0 0; background: #fff;
      color: #1a1a1a; padding-bottom: env(safe-area-inset-bottom);
      font: max(17px, 1.0625rem)/1.5 "PingFang SC", "HarmonyOS Sans SC", "Noto Sans SC", "Noto Sans CJK SC", sans-serif;
      animation: rise .22s ease-out; outline: none; }
    @keyframes rise { from { transform: translateY(40%); opacity: 0; } }
    @media (prefers-reduced-motion: reduce) { .sheet { animation: none; } }
    .band { margin: 0; padding: 10px 16px; border-radius: 16px 16px 0 0; background: #fff3d6; color: #6b4500; text-align: center;
      font-size: .9em; font-weight: 600; }
    .body { padding: 20px 20px 24px; }
    h2 { margin: 0; font-size: 1em; font-weight: 500; text-align: center; }
    .amount { margin: 4px 0 16px; font-size: 2.3em; font-weight: 600; line-height: 1.3; text-align: center;
      font-variant-numeric: tabular-nums; }
    dl { margin: 0 0 8px; border-top: 1px solid #e3e3e3; }
    .line { display: flex; gap: 16px; justify-content: space-between; padding: 10px 0; border-bottom: 1px solid #e3e3e3; }
    dt { flex: none; color: #595959; }
    dd { margin: 0; min-width: 0; overflow-wrap: anywhere; text-align: right; }
    dd[data-field="order_no"] { font-size: .82em; font-variant-numeric: tabular-nums; }
    dd[data-field="order_no"] span { display: inline-block; }
    .status { min-height: 1.5em; margin: 12px 0; text-align: center; }
    .status[data-tone="bad"] { color: #a1260d; }
    .status[data-tone="good"] { color: #07683a; font-weight: 600; }
    button { display: block; width: 100%; min-height: 60px; padding: 10px 16px; border-radius: 10px; border: 1px solid transparent;
      font: inherit; font-size: 1.1em; cursor: pointer; }
    button + button { margin-top: 12px; }
    .pay { background: #07683a; color: #fff; font-weight: 600; }
    .pay[aria-disabled="true"] { background: #4f6d5d; cursor: default; }
    .cancel { background: #fff; border-color: #767676; color: #1a1a1a; }
    button:focus-visible { outline: 3px solid #245a9c; outline-offset: 2px; }
    [hidden] { display: none !important; }
  `

  const MARKUP = `
    <div class="veil">
      <div class="sheet" role="dialog" aria-modal="true" aria-labelledby="title" aria-describedby="band" tabindex="-1">
        <p class="band" id="band">模拟支付环境，不会真的扣款</p>
        <div class="body">
          <h2 id="title">微信支付</h2>
          <p class="amount" hidden></p>
          <dl hidden>
            <div class="line"><dt>收款方</dt><dd data-field="merchant"></dd></div>
            <div class="line"><dt>内容</dt><dd data-field="description"></dd></div>
            <div class="line"><dt>付款人</dt><dd data-field="payer"></dd></div>
            <div class="line"><dt>订单号</dt><dd data-field="order_no"></dd></div>
          </dl>
          <p class="status" role="status" aria-live="polite"></p>
          <button type="button" class="pay" hidden></button>
          <button type="button" class="cancel">取消</button>
        </div>
      </div>
    </div>
  `

  /** 2400 becomes ¥24.00, by whole numbers only. */
  function yuan(fen) {
    return `¥${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`
  }

  /** A long number in parts: where the line is too short it breaks between two of them, never inside one. */
  function groups(number) {
    return (number.match(/.{1,8}/g) || []).map((text) => {
      const part = document.createElement('span')
      part.textContent = text
      return part
    })
  }

  /** Answers {ok, value}; throws when nothing believable came back. */
  async function ask(path, parameters) {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(), TIMEOUT_MS)
    try {
      const response = await fetch(new URL(path, base), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(parameters),
        credentials: 'omit',
        signal: stop.signal,
      })
      return { ok: response.ok, value: await response.json() }
    } finally {
      clearTimeout(timer)
    }
  }

  /** One opened sheet: settles once, gives the focus back to where it was. */
  class Sheet {
    constructor(parameters, settle) {
      this.parameters = parameters
      this.settle = settle
      this.isPaying = false
      this.mayBePaid = false
      this.failure = null
      this.opener = document.activeElement
      this.host = document.createElement('div')
      this.host.setAttribute('data-wechat-simulator', 'pay-sheet')
      this.root = this.host.attachShadow({ mode: 'open' })
      this.root.innerHTML = MARKUP
      dress(this.root)
      this.sheet = this.root.querySelector('.sheet')
      this.payButton = this.root.querySelector('.pay')
      this.cancelButton = this.root.querySelector('.cancel')
      this.payButton.addEventListener('click', () => this.pay())
      this.cancelButton.addEventListener('click', () => this.leave())
      this.onKey = (event) => this.key(event)
      this.onFocus = (event) => this.keepFocus(event)
    }

    async open() {
      this.quieted = [...document.body.children].filter((child) => !child.inert)
      for (const child of this.quieted) child.inert = true
      document.body.append(this.host)
      document.addEventListener('keydown', this.onKey, true)
      document.addEventListener('focusin', this.onFocus, true)
      this.sheet.focus()
      this.say('正在读取订单…')
      try {
        const { ok, value } = await ask('cashier/sheets', this.parameters)
        if (!ok) return this.fail(value.message || '无法打开支付')
        if (value.state !== 'NOTPAY') return this.fail('这笔订单已支付或已关闭，请返回查看')
        this.show(value)
      } catch {
        this.fail('网络不通，支付没有打开，没有扣款')
      }
    }

    show(order) {
      const amount = this.root.querySelector('.amount')
      amount.textContent = yuan(order.amount_fen)
      amount.hidden = false
      for (const field of this.root.querySelectorAll('[data-field]')) field.textContent = order[field.dataset.field]
      this.root.querySelector('[data-field=order_no]').replaceChildren(...groups(order.order_no))
      this.root.querySelector('dl').hidden = false
      this.payButton.textContent = `支付 ${yuan(order.amount_fen)}`
      this.payButton.hidden = false
      this.say('')
      this.payButton.focus()
    }

    async pay() {
      if (this.isPaying) return
      this.setPaying(true)
      this.say('正在支付…')
      try {
        const { ok, value } = await ask('cashier/payments', this.parameters)
        // A try whose answer was lost may have paid: then the second is told so, and that is a success.
        if (ok || (this.mayBePaid && value.code === 'ORDERPAID')) return this.succeed()
        this.setPaying(false)
        this.payButton.hidden = true
        this.fail(value.message || '支付失败')
      } catch {
        this.mayBePaid = true
        this.setPaying(false)
        this.say('网络不通，还不知道是否支付成功。请再点一次“支付”，不会重复扣款。', 'bad')
      }
    }

    setPaying(isPaying) {
      this.isPaying = isPaying
      // Not `disabled`: that would drop the focus out of the dialog.
      this.payButton.setAttribute('aria-disabled', String(isPaying))
    }

    succeed() {
      this.payButton.hidden = true
      this.cancelButton.hidden = true
      this.sheet.focus()
      this.say('支付成功', 'good')
      setTimeout(() => this.close('ok'), SHOW_SUCCESS_MS)
    }

    fail(reason) {
      this.failure = reason
      this.say(reason, 'bad')
      this.cancelButton.textContent = '返回'
      this.cancelButton.focus()
    }

    leave() {
      if (this.isPaying || this.cancelButton.hidden) return
      this.close(this.failure ? 'fail' : 'cancel', this.failure)
    }

    close(result, reason) {
      document.removeEventListener('keydown', this.onKey, true)
      document.removeEventListener('focusin', this.onFocus, true)
      this.host.remove()
      for (const child of this.quieted) child.inert = false
      if (this.opener && this.opener.focus) this.opener.focus()
      this.settle(result, reason)
    }

    say(text, tone) {
      const status = this.root.querySelector('.status')
      status.textContent = text
      status.dataset.tone = tone || ''
    }

    key(event) {
      if (event.key === 'Escape') {
        event.preventDefault()
        event.stopPropagation()
        this.leave()
      } else if (event.key === 'Tab') {
        this.turn(event)
      }
    }

    /** Tab goes round inside the sheet. */
    turn(event) {
      const stops = [this.payButton, this.cancelButton].filter((button) => !button.hidden)
      event.preventDefault()
      if (stops.length === 0) return this.sheet.focus()
      const at = stops.indexOf(this.root.activeElement)
      const step = event.shiftKey ? -1 : 1
      const start = at < 0 && event.shiftKey ? 0 : at
      stops[(start + step + stops.length) % stops.length].focus()
    }

    keepFocus(event) {
      if (event.target !== this.host) this.sheet.focus()
    }
  }

  /** Constructed style sheets are allowed where a page's policy forbids inline styles. */
  function dress(root) {
    if ('adoptedStyleSheets' in root && window.CSSStyleSheet && CSSStyleSheet.prototype.replaceSync) {
      const style = new CSSStyleSheet()
      style.replaceSync(STYLE)
      root.adoptedStyleSheets = [style]
      return
    }
    const style = document.createElement('style')
    style.textContent = STYLE
    root.prepend(style)
  }

  let isOpen = false

  function invoke(name, parameters, callback) {
    const answer = (result, reason) => {
      if (typeof callback !== 'function') return
      const message = { err_msg: `get_brand_wcpay_request:${result}` }
      if (reason) message.err_desc = reason
      callback(message)
    }
    if (name !== METHOD) {
      if (typeof callback === 'function') callback({ err_msg: 'system:function_not_exist' })
      return
    }
    if (isOpen) return answer('fail', '另一笔支付正在进行')
    isOpen = true
    new Sheet(parameters || {}, (result, reason) => {
      isOpen = false
      answer(result, reason)
    }).open()
  }

  window.WeixinJSBridge = { invoke, call() {}, on() {} }

  function announce() {
    document.dispatchEvent(new Event('WeixinJSBridgeReady'))
  }
  // The real one comes a moment after the page; so does this one.
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => setTimeout(announce, 0))
  else setTimeout(announce, 0)
})()
