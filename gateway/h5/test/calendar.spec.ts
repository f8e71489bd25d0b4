import { describe, expect, it } from 'vitest'
import { minutesLeft, partOfDay, sayDay, sayTime, today } from '@/lib/dates'
import { monthOfInstant, monthsBetween, monthsName, plusMonths, runName } from '@/lib/months'
import { quarterBefore } from '@/lib/pay-draft'

describe('months', () => {
  it('are counted over the end of a year', () => {
    expect(plusMonths('2026-11', 3)).toBe('2027-02')
    expect(plusMonths('2027-01', -1)).toBe('2026-12')
    expect(monthsBetween('2026-11', '2027-02')).toBe(3)
  })

  it('begin at midnight in Shanghai, not in Greenwich', () => {
    expect(monthOfInstant(new Date('2026-10-31T15:59:59Z'))).toBe('2026-10')
    expect(monthOfInstant(new Date('2026-10-31T16:00:00Z'))).toBe('2026-11')
  })

  it('are said in as few words as they need', () => {
    expect(monthsName(['2026-11', '2026-09', '2026-10'])).toBe('2026年9月至11月')
    expect(monthsName(['2026-12', '2027-01'])).toBe('2026年12月至2027年1月')
    expect(monthsName(['2026-09', '2026-11'])).toBe('2026年9月、2026年11月')
    expect(monthsName([])).toBe('')
    expect(runName('2026-09', '2026-09')).toBe('2026年9月')
  })

  it('of the quarter before are three whole months (DUE-7)', () => {
    expect(quarterBefore('2026-11')).toEqual(['2026-07', '2026-08', '2026-09'])
    expect(quarterBefore('2026-01')).toEqual(['2025-10', '2025-11', '2025-12'])
    expect(quarterBefore('2026-03')).toEqual(['2025-10', '2025-11', '2025-12'])
  })

  it('refuse what is none', () => {
    expect(() => plusMonths('2026-13', 1)).toThrow(RangeError)
  })
})

describe('instants are said as people say them', () => {
  const now = new Date('2026-11-24T06:00:00Z')

  it.each([
    ['2026-11-24T06:03:00Z', '今天 14:03'],
    ['2026-11-23T15:59:00Z', '昨天 23:59'],
    ['2026-11-23T16:00:00Z', '今天 00:00'],
    ['2026-11-03T00:00:00Z', '11月3日 08:00'],
    ['2025-12-01T00:00:00Z', '2025年12月1日 08:00'],
  ])('%s is %s', (at, words) => {
    expect(sayTime(at, now)).toBe(words)
  })

  it('days, greeting, minutes left', () => {
    expect(today(new Date('2026-11-23T16:30:00Z'))).toBe('2026-11-24')
    expect(sayDay('2026-07-01')).toBe('2026年7月1日')
    expect(partOfDay(new Date('2026-11-24T01:00:00Z'))).toBe('上午好')
    expect(minutesLeft('2026-11-24T06:00:01Z', now)).toBe(1)
    expect(minutesLeft('2026-11-24T05:00:00Z', now)).toBe(0)
  })
})
