import { showToast } from 'vant/es/toast'

const SHOWN_MS = 2600

/** A short word at the screen's middle; heard by a screen reader through the page's live region. */
export function tell(message: string): void {
  showToast({ message, duration: SHOWN_MS, wordBreak: 'normal' })
  const region = document.getElementById('heard')
  if (region) region.textContent = message
}
