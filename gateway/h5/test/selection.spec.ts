import { describe, expect, it } from 'vitest'
import { firstOffer, isRunFromOldest, refit, tapMonth } from '@/lib/selection'

const open = ['2026-08', '2026-09', '2026-11', '2026-12', '2027-01']

describe('months are a run from the oldest unpaid one', () => {
  it('takes everything up to the tapped month', () => {
    expect(tapMonth(open, [], '2026-11')).toEqual(['2026-08', '2026-09', '2026-11'])
  })

  it('gives the last month back on a second tap', () => {
    expect(tapMonth(open, ['2026-08', '2026-09'], '2026-09')).toEqual(['2026-08'])
    expect(tapMonth(open, ['2026-08'], '2026-08')).toEqual([])
  })

  it('shortens to the tapped month inside the choice', () => {
    expect(tapMonth(open, open, '2026-09')).toEqual(['2026-08', '2026-09'])
  })

  it('leaves the choice alone for a month that is not open', () => {
    expect(tapMonth(open, ['2026-08'], '2026-10')).toEqual(['2026-08'])
  })

  it('whatever is tapped, the choice stays such a run', () => {
    let taken: string[] = []
    const taps = ['2027-01', '2026-09', '2026-12', '2026-08', '2026-11', '2026-11', '2027-01', '2027-01']
    for (const tap of taps) {
      taken = tapMonth(open, taken, tap)
      expect(taken.length === 0 || isRunFromOldest(open, taken)).toBe(true)
    }
  })

  it('knows a gap and a late start', () => {
    expect(isRunFromOldest(open, ['2026-09'])).toBe(false)
    expect(isRunFromOldest(open, ['2026-08', '2026-11'])).toBe(false)
    expect(isRunFromOldest(open, ['2026-08', '2026-09'])).toBe(true)
    expect(isRunFromOldest(open, [])).toBe(false)
  })
})

describe('what is offered first', () => {
  it('is everything owed up to this month', () => {
    expect(firstOffer(open, '2026-11')).toEqual(['2026-08', '2026-09', '2026-11'])
  })

  it('is the next open month when nothing is owed', () => {
    expect(firstOffer(['2026-12', '2027-01'], '2026-11')).toEqual(['2026-12'])
    expect(firstOffer([], '2026-11')).toEqual([])
  })
})

describe('a kept choice meets a newer list', () => {
  it('drops what was paid meanwhile without leaving a gap', () => {
    expect(refit(['2026-09', '2026-11'], ['2026-08', '2026-09', '2026-11'])).toEqual(['2026-09', '2026-11'])
    expect(refit(['2026-08', '2026-09', '2026-11'], ['2026-09', '2026-11'])).toEqual([])
    expect(refit(open, ['2026-08', '2026-11'])).toEqual(['2026-08'])
  })
})
