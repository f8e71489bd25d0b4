import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** The build lowers syntax for old phones but adds no missing functions: what Chromium 86 and iOS 14.5 lack must not be called. */
const MISSING = [/\.at\(/, /structuredClone\(/, /\.findLast(Index)?\(/, /Object\.hasOwn\(/, /\.toSorted\(/, /\.toReversed\(/, /Object\.groupBy\(/, /crypto\.randomUUID\(/, /AbortSignal\.timeout\(/, /\.replaceChildren\(/, /Promise\.withResolvers\(/]
/** The rules of the house for this folder that a reader can't see at once. */
const FORBIDDEN = [/\bparseFloat\(/, /\.toFixed\(/, /v-html/, /\beval\(/, /new Function\(/, / style="/]

function sources(): [string, string][] {
  const root = join(import.meta.dirname, '../src')
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|vue)$/.test(file) && !file.endsWith('.gen.ts'))
    .map((file) => [file, readFileSync(join(root, file), 'utf8').replace(/\/\*\*[\s\S]*?\*\/|\/\/.*$/gm, '')])
}

function offenders(patterns: readonly RegExp[], files: [string, string][]): string[] {
  return files.flatMap(([file, text]) => patterns.filter((pattern) => pattern.test(text)).map((pattern) => `${file}: ${pattern.source}`))
}

describe('the sources', () => {
  it('call nothing that an old phone lacks', () => {
    expect(offenders(MISSING, sources())).toEqual([])
  })

  it('keep floats away from money, and scripts and styles out of the markup', () => {
    expect(offenders(FORBIDDEN, sources())).toEqual([])
  })

  it('would be caught', () => {
    const planted: [string, string][] = [['a.vue', '<p style="x">'], ['b.ts', 'list.at(-1)']]
    expect(offenders([...MISSING, ...FORBIDDEN], planted)).toHaveLength(2)
    expect(sources().length).toBeGreaterThan(80)
  })

  it('stay short enough to read', () => {
    expect(sources().filter(([, text]) => text.split('\n').length > 400).map(([file]) => file)).toEqual([])
  })
})
