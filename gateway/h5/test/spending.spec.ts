import { afterEach, describe, expect, it, vi } from 'vitest'
import { dropAccessToken } from '@/api/access'
import { Problem } from '@/api/problem'
import { router } from '@/app/router'
import { wordsFor } from '@/words/errors'
import { reasonWords } from '@/words/reasons'
import { id } from './mocks/county'
import { PATIENCE_MS, type Walk, walkAs } from './support'

/** The pages of spending, walked through over the made-up server. */
let walk: Walk | null = null
const COUNTY = '13800000003'
const BRANCH = '13800000002'
const posts = (ending: string) => walk!.sent.filter((call) => call.method === 'POST' && call.path.endsWith(ending))

afterEach(async () => {
  walk?.app.unmount()
  walk = null
  await router.replace('/nowhere')
  dropAccessToken()
  vi.unstubAllGlobals()
})

describe('spending', () => {
  it('tells what is available and each class with its sum, and that the county has set no share', async () => {
    walk = await walkAs(COUNTY)
    await walk.go(`/desk/spending/${id(1)}`)
    await walk.see('¥6,200.00')
    await walk.see('没有设定')
    for (const words of ['培训党员', '党员教育报刊、资料和设备', '表彰先进', '补助困难、受灾党员', '修缮受损的党员教育设施', '还有 2 笔待审批']) await walk.see(words)
  }, 15_000)

  it('is approved once, under a request id, after a question that names money, payee and voucher', async () => {
    walk = await walkAs(COUNTY)
    await walk.go(`/desk/spending/${id(1)}`)
    await walk.see('这笔是您登记的，要由另一位经办人审批。')
    await walk.press('通过')
    await walk.see('通过这笔支出？')
    await walk.see('培训党员，¥1,200.00，收款 县委党校，凭证号 记-0001。')
    await walk.press('通过并记账')
    await vi.waitFor(() => expect(posts('/approval')).toHaveLength(1), { timeout: PATIENCE_MS })
    expect(posts('/approval')[0]!.key).toMatch(/^[0-9a-f-]{36}$/)
  }, 15_000)

  it('is refused and reversed with words alone', async () => {
    walk = await walkAs(COUNTY)
    await walk.go(`/desk/spending/${id(1)}?show=all`)
    await walk.press('冲销')
    await walk.see('原来的记账保留')
    await walk.type('冲销的原因', '金额写错')
    await walk.press('重复登记')
    await walk.press('冲销')
    await vi.waitFor(() => expect(posts('/reversal')).toHaveLength(1), { timeout: PATIENCE_MS })
  }, 15_000)

  it('keeps the filters in the address', async () => {
    walk = await walkAs(COUNTY)
    await walk.go(`/desk/spending/${id(1)}?show=all&class=commendation`)
    await walk.see('凭证号 记-0003')
    expect(document.body.textContent).not.toContain('凭证号 记-0001')
  }, 15_000)

  it('is recorded from a form that knows the five classes and what is available', async () => {
    walk = await walkAs(COUNTY)
    await walk.go(`/desk/spending/${id(1)}/record`)
    await walk.see('¥6,200.00')
    expect([...document.querySelectorAll('select option')].map((one) => one.textContent)).toHaveLength(6)
    await walk.type('支出多少', '6200.01')
    await walk.see('超过了现在可用的党费')
    await walk.type('支出多少', '88.50')
    for (const [label, words] of [['收款单位或个人', '新华书店'], ['具体用途', '党员学习读本'], ['凭证号', '记-0012'], ['由谁研究决定', '县委组织部部务会']] as const) await walk.type(label, words)
    const kind = document.querySelector('select')!
    kind.value = 'education_materials'
    kind.dispatchEvent(new Event('change'))
    await walk.press('提交审批')
    await vi.waitFor(() => expect(posts('/spending')).toHaveLength(1), { timeout: PATIENCE_MS })
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe(`/desk/spending/${id(1)}`))
  }, 15_000)

  it('says to a branch that it has nothing to spend, and offers no form', async () => {
    walk = await walkAs(BRANCH)
    await walk.go(`/desk/spending/${id(3)}`)
    await walk.see('党支部的党费全额上缴')
    await walk.see('没有待审批的支出')
    expect(document.body.textContent).not.toContain('登记支出')
  }, 15_000)
})

describe('a refusal of spending', () => {
  it('says how much is available', () => {
    expect(wordsFor(new Problem({ status: 409, code: 'dues.spending_exceeds_held', detail: { available_fen: 2_050 } })).what).toBe('现在可用的党费只有 ¥20.50。')
  })

  it.each(['keeps_nothing', 'spent_in_future', 'spent_too_long_ago', 'decided_in_future'])('has a sentence for %s', (reason) => {
    expect(reasonWords('dues.spending_refused', reason)).toMatch(/。$/)
  })
})
