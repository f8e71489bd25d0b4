import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Problem } from '@/api/problem'
import { errorWords, wordsFor } from '@/words/errors'
import { reasonWords } from '@/words/reasons'
import { fileFaults, rowReason } from '@/words/roster'

/** Reads the codes where they are declared, so that a new refusal without a sentence fails here and not in a person's hand. */
const ROOT = join(import.meta.dirname, '../../..')

function pythonFiles(folder: string, name: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: folder !== 'gateway', encoding: 'utf8' })
    .filter((file) => name.test(file))
    .map((file) => readFileSync(join(ROOT, folder, file), 'utf8'))
}

/** `code, title = "a.b", "Words"`, `kind, status, code, title = …` and `code: ClassVar[str] = "internal"`. */
export function declaredCodes(source: string): string[] {
  return [...source.matchAll(/^\s+((?:\w+, )*code(?:, \w+)*)(?::[^=\n]+)? = (.+)$/gm)].flatMap(([, names = '', values = '']) => {
    const at = names.split(', ').indexOf('code')
    const literal = [...values.matchAll(/"([^"]*)"|(\d+)/g)][at]?.[1]
    return literal ? [literal] : []
  })
}

/** Members of the string enums of one class in a Python source. */
function enumValues(source: string, name: string): string[] {
  const body = source.split(`class ${name}(StrEnum):`)[1]?.split(/\n(?:class|@|def) ?/)[0] ?? ''
  return [...body.matchAll(/^ {4}[A-Z_]+ = "([^"]+)"/gm)].map((match) => match[1]!)
}

/** Class and reason of each refusal whose reason stands where it is raised: `Refused(reason="a" if late else "b")`. */
export function sentReasons(source: string): [string, string][] {
  return [...source.matchAll(/\b([A-Z]\w*)\(\s*reason="(\w+)"(?: if [^"]+? else "(\w+)")?/g)].flatMap(([, name, one, other]) =>
    [one, other].filter((reason) => reason !== undefined).map((reason): [string, string] => [name!, reason!]),
  )
}

/** Each error class with its code and the reasons that its sentence lists. */
export function declaredRefusals(source: string): [string, { code: string; reasons: string[] }][] {
  return source.split(/^class /m).slice(1).flatMap((block): [string, { code: string; reasons: string[] }][] => {
    const name = /^\w+/.exec(block)![0]
    const code = /code, title = "([^"]+)"/.exec(block)?.[1]
    if (!code) return []
    const plain = block.replace(/\([^)]*\)/g, '')
    const list = /``detail\['reason'\]``(?: is a stable code)?: ([^]*?)(?:;|\.\s|\."""|""")/.exec(plain)?.[1] ?? ''
    const words = list.replace(/`/g, '').split(/,| and |\s+for /).map((word) => word.trim())
    return [[name, { code, reasons: words.filter((word) => /^[a-z_]+$/.test(word)) }]]
  })
}

/** The table of refusals in the gateway's OpenAPI document. */
function documentedCodes(): string[] {
  const table = readFileSync(join(ROOT, 'gateway/openapi.yaml'), 'utf8').split(/^x-problems:\n/m)[1]?.split(/^\S/m)[0] ?? ''
  return [...table.matchAll(/^ {2}([\w.]+):$/gm)].map((match) => match[1]!)
}

describe('every refusal has its sentences', () => {
  const sources = [...pythonFiles('services/contracts', /errors\.py$/), ...pythonFiles('gateway', /^problems\.py$/)]
  const codes = [...new Set([...sources.flatMap(declaredCodes), ...documentedCodes()])]

  it('reads the three ways in which a code is declared', () => {
    expect(declaredCodes('    code, title = "a.b", "T"\n    kind, status, code, title = "K", 400, "c.d", "T"\n    code: ClassVar[str] = "e"\n')).toEqual(['a.b', 'c.d', 'e'])
    expect(sources.flatMap(declaredCodes).length).toBeGreaterThan(40)
    expect(documentedCodes().length).toBeGreaterThan(40)
    expect(codes).toEqual(expect.arrayContaining(['dues.month_reserved', 'request.in_flight', 'internal']))
  })

  it.each(codes)('%s', (code) => {
    const words = errorWords[code]
    expect(words, `words/errors.ts has no sentences for ${code}`).toBeDefined()
    for (const sentence of [words!.what, words!.means, words!.todo]) expect(sentence).toMatch(/[。；]$/)
  })

  it('falls back by status for a code of a newer server', () => {
    expect(wordsFor(new Problem({ status: 409, code: 'dues.from_tomorrow' }))).toBe(errorWords.conflict)
    expect(wordsFor(new Problem({ status: 500, code: 'whatever' }))).toBe(errorWords.internal)
  })
})

describe('every reason beside a code has its sentence', () => {
  const refusals = join(ROOT, 'services/dues/domain/refusal.py')
  const table = existsSync(refusals) ? readFileSync(refusals, 'utf8') : ''
  const section = (from: string, to: string) => [...table.slice(table.indexOf(from), table.indexOf(to)).matchAll(/"dues\.(\w+)":/g)].map((match) => match[1]!)

  it('of a calculation', () => {
    const reasons = section('DUE-1 to DUE-15', 'What an order may hold')
    expect(reasons.length).toBeGreaterThan(15)
    for (const reason of reasons) expect(reasonWords('dues.calculation_refused', reason), reason).not.toBe('')
  })

  it('of an order', () => {
    const own = new Set(['month_already_paid', 'month_reserved', 'total_changed', 'order_state_forbids'])
    const reasons = section('What an order may hold', 'What the books').filter((reason) => !own.has(reason))
    expect(reasons.length).toBeGreaterThan(8)
    for (const reason of reasons) expect(reasonWords('dues.order_refused', `dues.${reason}`), reason).not.toBe('')
  })

  it('of a password, a roster file and its rows', () => {
    const read = (file: string) => readFileSync(join(ROOT, 'services/members', file), 'utf8')
    const passwords = enumValues(read('domain/sign_in.py'), 'PasswordFault')
    const files = enumValues(read('spreadsheets/refusal.py'), 'FileFault')
    const rows = [...enumValues(read('domain/roster/rows.py'), 'ProblemCode'), ...enumValues(read('domain/identity_number.py'), 'IdentityNumberFault')]
    expect([passwords.length > 5, files.length > 15, rows.length > 30]).toEqual([true, true, true])
    for (const reason of passwords) expect(reasonWords('members.password_too_weak', reason), reason).not.toBe('')
    for (const reason of files) expect(fileFaults[reason], reason).toBeDefined()
    for (const reason of rows) expect(rowReason(`${reason}:姓名`), reason).not.toContain(reason)
  })

  it('of a role that can not be given', () => {
    const read = (file: string) => readFileSync(join(ROOT, 'services', file), 'utf8')
    const used = [...read('members/commands/roles.py').matchAll(/reason="(\w+)"/g)].map((match) => match[1]!)
    const reasons = [...enumValues(read('members/domain/authority.py'), 'GrantFault'), ...used]
    const told = read('contracts/members/errors.py').split('class GrantRefused')[1]?.split('code, title')[0] ?? ''
    expect(reasons).toContain('too_many_roles')
    expect(reasons.length).toBeGreaterThan(6)
    for (const reason of reasons) {
      expect(reasonWords('members.grant_refused', reason), reason).not.toBe('')
      expect(told, reason).toContain(`\`\`${reason}\`\``)
    }
  })

  describe('whatever a service sends', () => {
    const declared = new Map(pythonFiles('services/contracts', /errors\.py$/).flatMap(declaredRefusals))
    /** Of an error of a service's own; the eight kinds have no reasons for people. */
    const sent = pythonFiles('services', /^(?!contracts).*\.py$/).flatMap(sentReasons).filter(([name]) => declared.get(name)?.code.includes('.') ?? true)
    const refusalCodes = [...table.matchAll(/^ {8}"dues\.(\w+)":/gm)].map((match) => match[1]!)

    it('is read where it is written', () => {
      const source = 'raise e.CashRefused(reason="a")\nraise X(\n    reason="b" if late else "c", month=1)\nraise Y(reason=str(fault))'
      expect(sentReasons(source)).toEqual([['CashRefused', 'a'], ['X', 'b'], ['X', 'c']])
      expect(declaredRefusals('class A(B):\n    """``detail[\'reason\']``: a_b (PAY-1), c and d (``month``). Else."""\n\n    code, title = "x.y", "T"\n')).toEqual([['A', { code: 'x.y', reasons: ['a_b', 'c', 'd'] }]])
      expect(sent.length).toBeGreaterThan(40)
      expect(declared.get('MonthNotToOpen')?.code).toBe('dues.month_not_to_open')
    })

    it.each(sent)('%s: %s', (name, reason) => {
      const code = declared.get(name)?.code
      expect(code, `${name} is declared in services/contracts`).toBeDefined()
      expect(reasonWords(code!, reason), `words/reasons.ts has no sentence for ${reason} beside ${code}`).not.toBe('')
    })

    it.each([...declared].flatMap(([name, { reasons }]) => reasons.map((reason) => [name, reason] as const)))('%s says: %s', (name, reason) => {
      expect(reasonWords(declared.get(name)!.code, reason), `words/reasons.ts has no sentence for ${reason}`).not.toBe('')
    })

    /** Refusals that have an error and words of their own, or that no person is ever told. */
    const own = new Set(['month_already_paid', 'month_reserved', 'total_changed', 'order_state_forbids', 'cash_decided', 'deposit_decided', 'extra_state', 'same_person', 'more_than_held', 'spending_same_person', 'spending_decided'])
    const untold = new Set(['posting_unknown', 'posting_already_reversed', 'posting_is_reversal', 'receipt_number_malformed', 'check_code_malformed'])
    it.each(refusalCodes.filter((code) => !own.has(code) && !untold.has(code)))('the rule says no: %s', (reason) => {
      const told = [...new Set([...declared.values()].map((one) => one.code))].filter((code) => reasonWords(code, reason) !== '')
      expect(told, `words/reasons.ts has no sentence for ${reason}`).not.toEqual([])
    })
  })

  it('of a month in which nothing is owed', () => {
    const reasons = enumValues(readFileSync(join(ROOT, 'services/dues/domain/obligation.py'), 'utf8'), 'NotOwedReason')
    const page = readFileSync(join(import.meta.dirname, '../src/parts/BillView.vue'), 'utf8')
    expect(reasons.length).toBeGreaterThan(4)
    for (const reason of reasons) expect(page, reason).toContain(`  ${reason}: '`)
  })

  it('says a row of a sheet as a person would', () => {
    expect(rowReason('identity_number_repeated:公民身份号码:17')).toBe('公民身份号码：身份证号码重复（与第17行）')
    expect(rowReason('手机号码')).toBe('手机号码有变化')
  })
})

describe('the detail of a refusal is told', () => {
  it('names the month and until when it is held, never by whom', () => {
    const problem = new Problem({ status: 409, code: 'dues.month_reserved', detail: { month: '2026-09', held_until: '2020-01-01T00:00:00Z' } })
    expect(wordsFor(problem).what).toBe('2026年9月的党费正有人在缴，最晚到2020年1月1日 08:00会有结果。')
  })

  it('says the new total', () => {
    expect(wordsFor(new Problem({ status: 409, code: 'dues.total_changed', detail: { total_fen: 2420 } })).what).toContain('¥24.20')
  })
})
