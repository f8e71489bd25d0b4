import { problemFrom } from './problem'
import { transport } from './transport'

/** Files behind the sign-in (receipts as PDF, rosters as Excel): fetched with the token, then handed to the phone. */
const RELEASE_AFTER_MS = 60_000

export async function downloadFile(path: string, name: string): Promise<void> {
  const answer = await transport(new Request(new URL(path, window.location.origin), { headers: { Accept: '*/*' } }))
  if (!answer.ok) throw problemFrom(answer.status, await answer.json().catch(() => null), answer.headers)
  const address = URL.createObjectURL(await answer.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
  // The browser reads the file after the click; it is released when that is surely over.
  setTimeout(() => URL.revokeObjectURL(address), RELEASE_AFTER_MS)
}
