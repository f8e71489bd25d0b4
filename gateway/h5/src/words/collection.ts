import type { Channel, Remittance, TotalsDifference } from '@/api/collection'
import { memberClasses, type StateWords } from './terms'

/** The words of reports and remittance. */
export const channels: Record<Channel, string> = { wechat: '微信支付', cash: '现金', other: '其他' }

export const remittanceStates: Record<Remittance['state'], StateWords> = {
  made: { word: '待上级确认', sign: 'clock', tone: 'soon', more: '上缴单已经开出，等上级另一位经办人确认到账。' },
  arrived: { word: '已到账', sign: 'check', tone: 'done', more: '上级已确认到账，账目已记。' },
}

export const differenceKinds: Record<TotalsDifference['kind'], string> = { collection: '收款汇总', owed: '应缴汇总' }
/** What is counted beside the amount: payments, or members who owe. */
export const countUnits: Record<TotalsDifference['kind'], string> = { collection: '笔', owed: '人' }

export function className(code: string): string {
  return code in memberClasses ? memberClasses[code as keyof typeof memberClasses] : '其他收入'
}

/** `8667` basis points are `86.67%`. */
export function percentText(basisPoints: number): string {
  const size = Math.abs(basisPoints)
  const part = size % 100
  return `${basisPoints < 0 ? '-' : ''}${(size - part) / 100}.${String(part).padStart(2, '0')}%`
}

const PERCENT_TEXT = /^(\d{1,3})(?:\.(\d{1,2}))?$/
const WHOLE = 10_000

/** What a person typed, in basis points: `12.5` is 1250. Null when it is no part of the whole with at most two decimals. */
export function parsePercent(text: string): number | null {
  const match = PERCENT_TEXT.exec(text.trim().replace(/[%％]$/, ''))
  if (!match) return null
  const points = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))
  return points <= WHOLE ? points : null
}
