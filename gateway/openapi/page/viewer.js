// Shows /openapi.json. Text is set as text, never as markup; nothing is loaded from another site.

const UUID_LENGTH = 36
const METHODS = ['get', 'post', 'put', 'delete', 'patch']

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag)
  if (text !== undefined && text !== null) element.textContent = text
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  return element
}

function put(parent, ...children) {
  parent.append(...children.filter(Boolean))
  return parent
}

function nameOf(reference) {
  return reference.slice(reference.lastIndexOf('/') + 1)
}

function bounds(schema) {
  const words = []
  if (schema.minLength === UUID_LENGTH && schema.maxLength === UUID_LENGTH) return ' (uuid)'
  if (schema.format) words.push(schema.format)
  if (schema.minimum !== undefined || schema.maximum !== undefined) words.push(`${schema.minimum ?? ''} … ${schema.maximum ?? ''}`)
  if (schema.maxLength !== undefined) words.push(`${schema.minLength ?? 0} … ${schema.maxLength} characters`)
  if (schema.maxItems !== undefined) words.push(`${schema.minItems ?? 0} … ${schema.maxItems} entries`)
  if (schema.pattern) words.push(schema.pattern)
  return words.length ? ` (${words.join(', ')})` : ''
}

function typeOf(schema) {
  if (schema.$ref) return nameOf(schema.$ref)
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.enum) return schema.enum.map((one) => `"${one}"`).join(' | ')
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}${bounds(schema)}`
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : schema.type ?? 'anything'
  return type + bounds(schema)
}

function linked(schema) {
  const cell = make('td')
  const inner = schema.$ref ? schema : schema.items?.$ref ? schema.items : schema.anyOf?.find((one) => one.$ref)
  if (!inner) return put(cell, make('code', typeOf(schema)))
  return put(cell, put(make('a', undefined, { href: `#schema-${nameOf(inner.$ref)}` }), make('code', typeOf(schema))))
}

function fields(schema) {
  const table = make('table')
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    const needed = (schema.required ?? []).includes(name) ? '' : ' (may be left out)'
    put(table, put(make('tr'), put(make('th'), make('code', name), needed), linked(one)))
  }
  return table
}

function parameters(operation) {
  const table = make('table')
  for (const one of operation.parameters ?? []) {
    const where = `${one.in}${one.required ? '' : ', may be left out'}`
    put(table, put(make('tr'), put(make('th'), make('code', one.name)), make('td', where, { class: 'short' }), linked(one.schema), make('td', one.description ?? '')))
  }
  return table
}

function content(described) {
  const list = make('div')
  for (const [type, one] of Object.entries(described?.content ?? {})) {
    const line = make('p', `${type}: `, { class: 'quiet' })
    if (one.schema.$ref) put(line, make('a', nameOf(one.schema.$ref), { href: `#schema-${nameOf(one.schema.$ref)}` }))
    else put(line, make('code', typeOf(one.schema)))
    put(list, line)
  }
  return list
}

let whole = null

function resolved(described) {
  return described.$ref ? whole.components.responses[nameOf(described.$ref)] : described
}

// The codes of a refusal beside its status, so that they can be found without opening it.
function summaryOf(status, description) {
  const codes = description.split('\n').map((line) => line.match(/^- `([^`]+)`/)?.[1]).filter(Boolean)
  return codes.length ? `${status}  ${codes.join(', ')}` : status
}

function article(path, method, operation) {
  const box = make('article', undefined, { id: operation.operationId })
  put(box, put(make('h3'), make('span', `${method.toUpperCase()} `, { class: 'method' }), make('code', path)))
  put(box, make('p', operation.summary), make('p', operation.description, { class: 'quiet' }))
  if (operation.parameters?.length) put(box, make('h4', 'Parameters'), parameters(operation))
  if (operation.requestBody) put(box, make('h4', 'Body'), content(operation.requestBody))
  for (const [status, given] of Object.entries(operation.responses)) {
    const one = resolved(given)
    const fold = make('details')
    if (status.startsWith('2')) fold.open = true
    put(fold, make('summary', summaryOf(status, one.description)), make('p', one.description, { class: 'words quiet' }), content(one))
    put(box, fold)
  }
  return box
}

function schemaArticle(name, schema) {
  const box = make('article', undefined, { id: `schema-${name}` })
  return put(box, make('h3', name), schema.description && make('p', schema.description, { class: 'quiet' }), fields(schema))
}

function problemsArticle(problems) {
  const table = make('table')
  for (const [code, one] of Object.entries(problems)) {
    const row = make('tr', undefined, { id: code })
    put(table, put(row, put(make('th'), make('code', code)), make('td', one.status, { class: 'short' }), make('td', `${one.title}. ${one.description}`)))
  }
  return put(make('article', undefined, { id: 'problems' }), make('h3', 'Codes of problems'), table)
}

function operationsByTag(document_) {
  const groups = new Map()
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const method of METHODS) {
      const operation = item[method]
      if (!operation) continue
      const tag = operation.tags?.[0] ?? 'other'
      if (!groups.has(tag)) groups.set(tag, [])
      groups.get(tag).push({ path, method, operation })
    }
  }
  return groups
}

function show(document_) {
  whole = document_
  const main = document.getElementById('main')
  const contents = document.getElementById('contents')
  document.getElementById('title').textContent = `${document_.info.title}, version ${document_.info.version}`
  main.replaceChildren(put(make('article'), make('p', document_.info.description, { class: 'words' })))
  for (const [tag, entries] of operationsByTag(document_)) {
    put(contents, make('h2', tag))
    for (const { path, method, operation } of entries) {
      const link = make('a', `${method.toUpperCase()} ${path}`, { href: `#${operation.operationId}` })
      const box = article(path, method, operation)
      box.dataset.words = link.dataset.words = JSON.stringify([path, operation]).toLowerCase()
      put(contents, link)
      put(main, box)
    }
  }
  put(contents, make('h2', 'more'), make('a', 'Codes of problems', { href: '#problems' }), make('a', 'openapi.json', { href: '/openapi.json' }))
  put(main, problemsArticle(document_['x-problems'] ?? {}))
  for (const [name, schema] of Object.entries(document_.components.schemas)) put(main, schemaArticle(name, schema))
}

function search(words) {
  for (const element of document.querySelectorAll('[data-words]')) element.hidden = !element.dataset.words.includes(words)
}

async function start() {
  const answer = await fetch('/openapi.json')
  if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}`)
  show(await answer.json())
  document.getElementById('search').addEventListener('input', (event) => search(event.target.value.trim().toLowerCase()))
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView()
}

start().catch((fault) => {
  document.getElementById('main').textContent = `The document can't be shown: ${fault.message}`
})
