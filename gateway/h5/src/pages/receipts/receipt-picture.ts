import { encode } from 'uqr'
import type { Receipt } from '@/api/dues'
import { exactTime } from '@/lib/dates'
import { formatFen } from '@/lib/money'
import { monthsName } from '@/lib/months'

/**
 * The receipt as a picture. WeChat's browser saves no files, but everybody there knows how to keep a picture with a long press.
 * Drawn from the receipt's data on a canvas; the PDF from the server stays the document of record.
 */
const WIDTH = 750
const MARGIN = 48
const HEAD_HEIGHT = 200
const LINE_HEIGHT = 72
const VALUE_X = 210
const QR_SIZE = 200
const SANS = '"PingFang SC", "HarmonyOS Sans SC", "Noto Sans CJK SC", sans-serif'
const SERIF = '"Songti SC", "Noto Serif CJK SC", serif'
const DEEP = '#8F1015'
const GOLD = '#F0C87A'
const INK = '#211C17'
const SECOND = '#655D54'

function lines(receipt: Receipt): [string, string][] {
  const paid: [string, string][] = [
    ['缴纳人', receipt.member_name],
    ['所在支部', receipt.branch_name],
    ['缴纳月份', `${monthsName(receipt.months.map((month) => month.month))}，共${receipt.months.length}个月`],
    ['金额', formatFen(receipt.amount_fen)],
    ['大写', receipt.amount_capitals],
  ]
  if (receipt.extra_fen) paid.push(['其中', `党费 ${formatFen(receipt.amount_fen - receipt.extra_fen)}，自愿多交 ${formatFen(receipt.extra_fen)}`])
  if (receipt.payer_name !== receipt.member_name) paid.push(['代缴人', receipt.payer_name])
  if (receipt.collector_name) paid.push(['经手人', receipt.collector_name])
  return [...paid, ['收缴单位', receipt.branch_name], ['日期', exactTime(receipt.issued_at)]]
}

/** A text broken where it no longer fits; Chinese may break between any two characters. */
function wrap(pen: CanvasRenderingContext2D, text: string, width: number): string[] {
  const rows = ['']
  for (const character of text) {
    const row = rows[rows.length - 1]!
    if (row && pen.measureText(row + character).width > width) rows.push(character)
    else rows[rows.length - 1] = row + character
  }
  return rows
}

function drawHead(pen: CanvasRenderingContext2D, receipt: Receipt): void {
  pen.fillStyle = DEEP
  pen.fillRect(0, 0, WIDTH, HEAD_HEIGHT)
  pen.fillStyle = GOLD
  pen.fillRect(0, HEAD_HEIGHT - 6, WIDTH, 2)
  pen.textAlign = 'center'
  pen.fillStyle = '#fff'
  pen.font = `28px ${SANS}`
  pen.fillText(receipt.county_name, WIDTH / 2, 56)
  pen.fillText(`编号 ${receipt.number}`, WIDTH / 2, 164)
  pen.fillStyle = GOLD
  pen.font = `bold 48px ${SERIF}`
  pen.fillText('党费收缴票据', WIDTH / 2, 116)
  pen.textAlign = 'left'
}

function drawQr(pen: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  const code = encode(text, { ecc: 'M', border: 1 })
  const dot = Math.floor(QR_SIZE / code.size)
  pen.fillStyle = INK
  code.data.forEach((row, down) => row.forEach((dark, right) => dark && pen.fillRect(x + right * dot, y + down * dot, dot, dot)))
}

function rowsOf(pen: CanvasRenderingContext2D, receipt: Receipt): { name: string; rows: string[] }[] {
  pen.font = `32px ${SANS}`
  return lines(receipt).map(([name, value]) => ({ name, rows: wrap(pen, value, WIDTH - VALUE_X - MARGIN) }))
}

function note(receipt: Receipt): string {
  if (receipt.void) return '已作废'
  return receipt.simulated ? '模拟环境开出，不作凭证' : ''
}

/** A PNG of the receipt. Rejects where the browser can't draw. */
export function drawReceipt(receipt: Receipt, checkUrl: string): Promise<Blob> {
  const canvas = document.createElement('canvas')
  const pen = canvas.getContext('2d')
  if (!pen) return Promise.reject(new Error('no canvas'))
  const body = rowsOf(pen, receipt)
  const rowCount = body.reduce((sum, line) => sum + line.rows.length, 0)
  canvas.width = WIDTH
  canvas.height = HEAD_HEIGHT + 80 + rowCount * LINE_HEIGHT + QR_SIZE + 96
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  drawHead(pen, receipt)
  pen.font = `bold 28px ${SANS}`
  pen.fillStyle = '#5F430A'
  pen.fillText(note(receipt), MARGIN, HEAD_HEIGHT + 48)
  let y = HEAD_HEIGHT + 110
  pen.font = `32px ${SANS}`
  for (const { name, rows } of body) {
    pen.fillStyle = SECOND
    pen.fillText(name, MARGIN, y)
    pen.fillStyle = INK
    for (const row of rows) {
      pen.fillText(row, VALUE_X, y)
      y += LINE_HEIGHT
    }
  }
  drawQr(pen, checkUrl, MARGIN, y)
  pen.font = `26px ${SANS}`
  pen.fillText('扫码查验真伪', MARGIN + QR_SIZE + 32, y + 60)
  pen.fillStyle = SECOND
  pen.fillText(`查验码 ${receipt.check_code}`, MARGIN + QR_SIZE + 32, y + 108)
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'))
}
