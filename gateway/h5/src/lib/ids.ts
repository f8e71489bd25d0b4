/** Request ids: UUIDs from the phone's own random source. `crypto.randomUUID` needs https, so the bytes are laid out here. */
export function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** A `traceparent` for one request, so that a page's error can be followed to the database. */
export function newTraceparent(): string {
  const hex = newRequestId().replaceAll('-', '') + newRequestId().replaceAll('-', '')
  return `00-${hex.slice(0, 32)}-${hex.slice(32, 48)}-01`
}
