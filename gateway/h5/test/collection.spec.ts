import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { channels, className, percentText } from '@/words/collection'
import { reasonWords } from '@/words/reasons'

const ROOT = join(import.meta.dirname, '../../..')

describe('the words of the reports', () => {
  it.each([
    [0, '0.00%'],
    [8667, '86.67%'],
    [10_000, '100.00%'],
    [5, '0.05%'],
    [-150, '-1.50%'],
  ])('writes %i basis points as %s', (basisPoints, text) => {
    expect(percentText(basisPoints)).toBe(text)
  })

  it('names each channel of the contract, and income that pays nobody’s month', () => {
    const contract = readFileSync(join(ROOT, 'services/contracts/dues/messages/reports.py'), 'utf8')
    const body = contract.split('class Channel(StrEnum):')[1]?.split('\n\n')[0] ?? ''
    const declared = [...body.matchAll(/= "(\w+)"/g)].map((match) => match[1]!)
    expect(Object.keys(channels).sort()).toEqual(declared.sort())
    expect(className('none')).toBe('其他收入')
  })

  it('has a sentence for each reason why no slip can be made', () => {
    const told = readFileSync(join(ROOT, 'services/contracts/dues/errors.py'), 'utf8').split('class RemittanceRefused')[1]?.split('code, title')[0] ?? ''
    const reasons = ['month_not_ended', 'nothing_to_remit', 'cash_not_deposited', 'lower_not_arrived', 'earlier_month_open', 'already_made', 'no_upper_level']
    for (const reason of reasons) {
      expect(told, reason).toContain(reason)
      expect(reasonWords('dues.remittance_refused', reason), reason).not.toBe('')
    }
  })
})
