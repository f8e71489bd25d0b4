import { ref } from 'vue'

/** Reading aloud with the phone's own voice. Where the phone has none, `canSpeak` is false and no button is shown. */
const MAX_CHARACTERS = 1500
/** Some engines stop silently in a long utterance, so it is given sentence by sentence, in pieces of about this length. */
const PIECE_CHARACTERS = 90
const SKIPPED = '[aria-hidden="true"], details:not([open]) > :not(summary), [data-quiet], script, style, select, .sr-skip'

export const canSpeak = typeof window !== 'undefined' && 'speechSynthesis' in window
export const speaking = ref(false)

/** The words of an element as a screen reader would meet them: hidden parts and closed folds left out. */
export function readableText(element: Element): string {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  const words: string[] = []
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent?.trim()
    if (text && !node.parentElement?.closest(SKIPPED)) words.push(text)
  }
  return words.join('，').replace(/，+([。，；：！？、])/g, '$1').slice(0, MAX_CHARACTERS)
}

function pieces(text: string): string[] {
  const sentences = text.match(/[^。！？；]+[。！？；]?/g) ?? []
  const joined: string[] = []
  for (const sentence of sentences) {
    const last = joined[joined.length - 1]
    if (last !== undefined && last.length + sentence.length <= PIECE_CHARACTERS) joined[joined.length - 1] = last + sentence
    else joined.push(sentence)
  }
  return joined
}

export function hush(): void {
  if (canSpeak) window.speechSynthesis.cancel()
  speaking.value = false
}

export function speak(text: string): void {
  if (!canSpeak) return
  hush()
  const parts = pieces(text)
  if (parts.length === 0) return
  speaking.value = true
  for (const [index, part] of parts.entries()) {
    const utterance = new SpeechSynthesisUtterance(part)
    utterance.lang = 'zh-CN'
    utterance.rate = 0.9
    if (index === parts.length - 1) utterance.onend = () => (speaking.value = false)
    utterance.onerror = () => (speaking.value = false)
    window.speechSynthesis.speak(utterance)
  }
}
