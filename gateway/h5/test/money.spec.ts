import { describe, expect, it } from 'vitest'
import { capitalFen, formatFen, formatRate, parseYuan, plainYuan, spokenFen } from '@/lib/money'

describe('amounts are shown by integer arithmetic', () => {
  it.each([
    [0, '¥0.00'],
    [5, '¥0.05'],
    [20, '¥0.20'],
    [2400, '¥24.00'],
    [120050, '¥1,200.50'],
    [123456789, '¥1,234,567.89'],
    [-800, '-¥8.00'],
  ])('%d fen is %s', (fen, shown) => {
    expect(formatFen(fen)).toBe(shown)
  })

  it('loses no fen where floating point would', () => {
    for (let fen = 0; fen < 20_000; fen += 1) {
      const [yuan, rest] = plainYuan(fen).replace(',', '').split('.')
      expect(Number(yuan) * 100 + Number(rest)).toBe(fen)
    }
  })

  it('refuses what is not an amount in fen', () => {
    expect(() => formatFen(0.5)).toThrow(RangeError)
    expect(() => formatFen(Number.NaN)).toThrow(RangeError)
  })
})

describe('a typed amount becomes fen', () => {
  it.each([
    ['8', 800],
    ['8.5', 850],
    ['8.05', 805],
    ['1,200.5', 120050],
    ['０', null],
    ['8.555', null],
    ['', null],
    ['-3', null],
    ['abc', null],
    ['0.1', 10],
    ['0.29', 29],
    ['1.13', 113],
  ])('%s', (text, fen) => {
    expect(parseYuan(text)).toBe(fen)
  })
})

describe('an amount is heard and written out', () => {
  it.each([
    [0, '0元'],
    [20, '2角'],
    [2400, '24元'],
    [2425, '24元2角5分'],
    [105, '1元5分'],
  ])('%d fen is heard as %s', (fen, words) => {
    expect(spokenFen(fen)).toBe(words)
  })

  it.each([
    [0, '零元整'],
    [20, '贰角整'],
    [5, '伍分'],
    [2400, '贰拾肆元整'],
    [105, '壹元零伍分'],
    [1005000, '壹万零伍拾元整'],
    [100000000, '壹佰万元整'],
    [1000010000, '壹仟万零壹佰元整'],
    [10010, '壹佰元壹角整'],
    [20002, '贰佰元零贰分'],
  ])('%d fen is written as %s', (fen, words) => {
    expect(capitalFen(fen)).toBe(words)
  })

  it.each([
    [50, '0.5%'],
    [100, '1%'],
    [150, '1.5%'],
    [125, '1.25%'],
  ])('%d basis points are %s', (points, words) => {
    expect(formatRate(points)).toBe(words)
  })
})
