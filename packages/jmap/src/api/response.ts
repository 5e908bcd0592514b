// The Response object: RFC 8620 §3.4.
import { DeferredList } from './deferred.js'
import { isObject, type JsonObject } from './json.js'
import type { Invocation } from './references.js'
import { createTurns } from './turns.js'

/** UTF-16 units. */
const PIECE = 65_536
/** Of a response's arguments: a list, an object in it, and that object's properties are written one by one. */
const LEVELS = 3

/** Its JSON in pieces, which are made as they are asked for; `rest` is all but the methodResponses. */
export async function* writeResponse(
  methodResponses: readonly Invocation[],
  rest: JsonObject,
): AsyncGenerator<string> {
  const turn = createTurns()
  let text = '{"methodResponses":['
  let before = ''
  for (const [name, args, callId] of methodResponses) {
    text += `${before}[${JSON.stringify(name)},{`
    before = ','
    yield* gathered(writeArguments(args))
    text += `},${JSON.stringify(callId)}]`
  }
  yield `${text}],${JSON.stringify(rest).slice(1)}`

  /** What is written, in pieces of a size that is worth sending; the rest waits in `text`. */
  async function* gathered(source: Iterable<string | DeferredList>): AsyncGenerator<string> {
    for (const each of source) {
      if (each instanceof DeferredList) yield* gatheredList(each)
      else text += each
      if (text.length < PIECE) continue
      yield text
      text = ''
      await turn()
    }
  }

  async function* gatheredList(list: DeferredList): AsyncGenerator<string> {
    let separator = '['
    for await (const items of list.pieces()) {
      for (const item of items) {
        text += separator
        separator = ','
        yield* gathered(writeValue(item, LEVELS - 1))
      }
    }
    text += separator === '[' ? '[]' : ']'
  }
}

function* writeArguments(args: JsonObject): Generator<string | DeferredList> {
  let before = ''
  for (const [name, value] of Object.entries(args)) {
    // As JSON.stringify does.
    if (value === undefined) continue
    yield `${before}${JSON.stringify(name)}:`
    before = ','
    if (value instanceof DeferredList) yield value
    else yield* writeValue(value, LEVELS)
  }
}

function* writeValue(value: unknown, levels: number): Generator<string> {
  if (levels > 0 && Array.isArray(value)) {
    let before = '['
    for (const item of value) {
      yield before
      before = ','
      yield* writeValue(item ?? null, levels - 1)
    }
    yield before === '[' ? '[]' : ']'
  } else if (levels > 0 && isObject(value)) {
    let before = '{'
    for (const [name, item] of Object.entries(value)) {
      if (item === undefined) continue
      yield `${before}${JSON.stringify(name)}:`
      before = ','
      yield* writeValue(item, levels - 1)
    }
    yield before === '{' ? '{}' : '}'
  } else yield JSON.stringify(value)
}
