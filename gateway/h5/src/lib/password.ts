/** The part of the password rule that the page can say at once; the server knows the whole of it (SEC-4). */
const MIN_LENGTH = 8
const MIN_KINDS = 2

export function passwordError(password: string): string {
  if (password.length < MIN_LENGTH) return `密码至少 ${MIN_LENGTH} 位`
  const kinds = [/\p{L}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(password)).length
  if (kinds < MIN_KINDS) return '字母、数字、符号里至少要有两种'
  return ''
}
