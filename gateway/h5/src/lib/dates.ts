/** Instants as people say them, always in the county's clock (Asia/Shanghai, eight hours ahead of UTC). */

const SHANGHAI_OFFSET_MS = 8 * 3_600_000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

interface Wall {
  day: string
  year: number
  month: number
  date: number
  time: string
}

function wall(instant: Date): Wall {
  const shifted = new Date(instant.getTime() + SHANGHAI_OFFSET_MS).toISOString()
  return {
    day: shifted.slice(0, 10),
    year: Number(shifted.slice(0, 4)),
    month: Number(shifted.slice(5, 7)),
    date: Number(shifted.slice(8, 10)),
    time: shifted.slice(11, 16),
  }
}

/** 今天 14:03, 昨天 09:12, 11月3日 08:00, 2025年12月1日 08:00. */
export function sayTime(at: string, now: Date = new Date()): string {
  const then = wall(new Date(at))
  const today = wall(now)
  if (then.day === today.day) return `今天 ${then.time}`
  if (then.day === wall(new Date(now.getTime() - DAY_MS)).day) return `昨天 ${then.time}`
  const year = then.year === today.year ? '' : `${then.year}年`
  return `${year}${then.month}月${then.date}日 ${then.time}`
}

/** The exact instant: 2026年11月3日 08:00. */
export function exactTime(at: string): string {
  const then = wall(new Date(at))
  return `${then.year}年${then.month}月${then.date}日 ${then.time}`
}

/** A date or an instant as a day: 2026年11月3日. */
export function sayDay(text: string): string {
  const day = text.length === 10 ? text : wall(new Date(text)).day
  return `${Number(day.slice(0, 4))}年${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日`
}

/** Today's date in the county's clock, `2026-11-03`. */
export function today(now: Date = new Date()): string {
  return wall(now).day
}

export function partOfDay(now: Date = new Date()): string {
  const hour = Number(wall(now).time.slice(0, 2))
  if (hour < 5) return '夜深了'
  if (hour < 9) return '早上好'
  if (hour < 12) return '上午好'
  if (hour < 14) return '中午好'
  if (hour < 18) return '下午好'
  return '晚上好'
}

/** Whole minutes left until an instant, never negative. */
export function minutesLeft(until: string, now: Date = new Date()): number {
  return Math.max(0, Math.ceil((new Date(until).getTime() - now.getTime()) / MINUTE_MS))
}
