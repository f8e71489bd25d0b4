import { tell } from './toast'

function copyByHand(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.setAttribute('readonly', '')
  area.className = 'sr-only'
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}

/** Puts a text on the clipboard and says so. WeChat on old phones lacks the modern way, hence the second one. */
export async function copyText(text: string, said: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    tell(said)
  } catch {
    tell(copyByHand(text) ? said : '没能复制，请长按文字复制')
  }
}
