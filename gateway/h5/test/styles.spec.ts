import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

/**
 * A component's styles come with its own file and no earlier: a class that is drawn in another page's styles looks right only after that
 * page was open. What several pages use lives in `styles/`.
 */
const SOURCES = join(import.meta.dirname, '../src')

function sources(ending: string): Map<string, string> {
  const names = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending))
  return new Map(names.map((name) => [name, readFileSync(join(SOURCES, name), 'utf8')]))
}

const drawnIn = (css: string): Set<string> => new Set([...css.matchAll(/\.([a-z][\w-]*)(?=[\s,:{.[>+)])/g)].map((match) => match[1]!))
const part = (source: string, tag: string): string => source.match(new RegExp(`<${tag}[^>]*>([^]*)</${tag}>`))?.[1] ?? ''

/** The components that stand in one chunk with this one: itself and all it imports. */
function brought(name: string, files: ReadonlyMap<string, string>, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found
  found.add(name)
  for (const [, path = ''] of (files.get(name) ?? '').matchAll(/^import .* from '([^']+\.vue)'/gm)) {
    brought(path.startsWith('@/') ? path.slice(2) : relative('/', join('/', dirname(name), path)), files, found)
  }
  return found
}

/** `page: class` for each class of a page, or of what it brings, that only a page elsewhere draws. */
export function borrowed(files: ReadonlyMap<string, string>, shared: ReadonlySet<string>): string[] {
  const drawn = new Map([...files].map(([name, source]) => [name, drawnIn(part(source, 'style'))]))
  const anywhere = new Set([...drawn.values()].flatMap((one) => [...one]))
  return [...files.keys()]
    .filter((name) => /(Page|App)\.vue$/.test(name))
    .flatMap((page) => {
      const all = [...brought(page, files)]
      const own = new Set(all.flatMap((name) => [...(drawn.get(name) ?? [])]))
      const used = all.flatMap((name) => [...part(files.get(name) ?? '', 'template').matchAll(/(?<!:)\bclass="([^"]*)"/g)].flatMap((match) => match[1]!.split(/\s+/)))
      return [...new Set(used)].filter((one) => anywhere.has(one) && !own.has(one) && !shared.has(one)).map((one) => `${page}: ${one}`)
    })
}

/** Classes that are drawn by themselves in two places: whichever comes later changes how the other looks. */
export function drawnTwice(styles: ReadonlyMap<string, string>): string[] {
  const places = new Map<string, Set<string>>()
  for (const [name, css] of styles) {
    for (const [, one = ''] of css.matchAll(/^\.([a-z][\w-]*)(?=[,\s]*[,{])/gm)) places.set(one, (places.get(one) ?? new Set()).add(name))
  }
  return [...places].filter(([, where]) => where.size > 1).map(([one, where]) => `${one}: ${[...where].join(', ')}`)
}

describe('a page brings the styles that it uses', () => {
  const shared = new Set([...sources('.css').values()].flatMap((css) => [...drawnIn(css)]))
  it('borrows none from a page that may not be open yet', () => {
    expect(borrowed(sources('.vue'), shared)).toEqual([])
  })

  it('would notice one that is borrowed', () => {
    const files = new Map([
      ['pages/OnePage.vue', '<template><p class="seen table-card" /></template>'],
      ['pages/OtherPage.vue', '<template><p class="table-card" /></template><style>\n.table-card {\n}\n</style>'],
    ])
    expect(borrowed(files, new Set(['seen']))).toEqual(['pages/OnePage.vue: table-card'])
  })

  it('draws no class that another file draws', () => {
    const styles = new Map([...sources('.css'), ...[...sources('.vue')].map(([name, source]) => [name, part(source, 'style')] as const)])
    expect(drawnTwice(styles)).toEqual([])
    expect(drawnTwice(new Map([['frame.css', '.bar {\n}'], ['Rates.vue', '.bar {\n}']]))).toEqual(['bar: frame.css, Rates.vue'])
  })
})
