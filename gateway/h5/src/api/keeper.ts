import { newRequestId } from '@/lib/ids'
import { lasting, readJson, type KeyValue } from '@/lib/storage'

/**
 * Keeps the request id of every write on the phone BEFORE it is sent, and gives the same id again for the same intent until
 * a final answer came. So a lost answer, a reload or a closed browser never makes two orders out of one.
 *
 * What is stored holds no personal data: the action's name, a salted fingerprint of the content, the id, the time. Content
 * that is secret or personal (passwords, names) is marked `discreet` and leaves no fingerprint at all.
 */
export interface Intent {
  /** What is done to what: `orders.place`, `orders.pay:<id>`. */
  action: string
  content?: unknown
  discreet?: boolean
}

interface Entry {
  id: string
  at: number
}

interface Shelf {
  salt: string
  entries: Record<string, Entry>
}

const SHELF_KEY = 'requests-awaiting-an-answer'
/** The server remembers a request id for at least a day; an older one would be taken for a new request there. */
const MAX_AGE_MS = 24 * 3_600_000
const MAX_ENTRIES = 40

/** 53 bits of a text (two mixed 32-bit lanes). Tells contents apart; it is not meant to hide them, the salt does that. */
export function fingerprint(text: string): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    a = Math.imul(a ^ unit, 2654435761)
    b = Math.imul(b ^ unit, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36)
}

export class RequestKeeper {
  constructor(
    private readonly store: KeyValue = lasting,
    private readonly now: () => number = () => Date.now(),
  ) {}

  /** The id to send with; stored before this returns. */
  idFor(intent: Intent): string {
    const shelf = this.read()
    const key = this.keyOf(intent, shelf.salt)
    const known = shelf.entries[key]
    if (known) return known.id
    const entry = { id: newRequestId(), at: this.now() }
    shelf.entries[key] = entry
    this.write(shelf)
    return entry.id
  }

  /** A final answer came: the next request with this intent is a new one. */
  settle(intent: Intent): void {
    const shelf = this.read()
    delete shelf.entries[this.keyOf(intent, shelf.salt)]
    this.write(shelf)
  }

  get waiting(): number {
    return Object.keys(this.read().entries).length
  }

  private keyOf(intent: Intent, salt: string): string {
    if (intent.discreet || intent.content === undefined) return intent.action
    return `${intent.action}#${fingerprint(salt + JSON.stringify(intent.content))}`
  }

  private read(): Shelf {
    const shelf = readJson<Shelf>(this.store, SHELF_KEY) ?? { salt: newRequestId(), entries: {} }
    const oldest = this.now() - MAX_AGE_MS
    const fresh = Object.entries(shelf.entries).filter(([, entry]) => entry.at > oldest)
    return { salt: shelf.salt, entries: Object.fromEntries(fresh) }
  }

  private write(shelf: Shelf): void {
    const newestFirst = Object.entries(shelf.entries).sort(([, a], [, b]) => b.at - a.at)
    const entries = Object.fromEntries(newestFirst.slice(0, MAX_ENTRIES))
    this.store.set(SHELF_KEY, JSON.stringify({ salt: shelf.salt, entries }))
  }
}

export const keeper = new RequestKeeper()
