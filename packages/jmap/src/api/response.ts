// The Response object: RFC 8620 §3.4.
import { DeferredList } from './deferred.js'
import type { JsonObject } from './json.js'
import type { Invocation } from './references.js'

/** UTF-16 units. */
const PIECE = 65_536

/** Its JSON in pieces, which are made as they are asked for; `rest` is all but the methodResponses. */
export async function* writeResponse(
  methodResponses: readonly Invocation[],
  rest: JsonObject,
): AsyncGenerator<string> {
  let text = '{"methodResponses":['
  for (const [index, [name, args, callId]] of methodResponses.entries()) {
    text += `${index === 0 ? '' : ','}[${JSON.stringify(name)},{`
    let before = ''
    for (const [key, value] of Object.entries(args)) {
      // As JSON.stringify does.
      if (value === undefined) continue
      text += `${before}${JSON.stringify(key)}:`
      before = ','
      if (!Array.isArray(value) && !(value instanceof DeferredList)) {
        text += JSON.stringify(value)
        continue
      }
      text += '['
      let separator = ''
      for await (const items of value instanceof DeferredList ? value.pieces() : [value]) {
        for (const item of items) {
          text += separator + JSON.stringify(item)
          separator = ','
          if (text.length < PIECE) continue
          yield text
          text = ''
        }
      }
      text += ']'
    }
    text += `},${JSON.stringify(callId)}]`
  }
  yield `${text}],${JSON.stringify(rest).slice(1)}`
}
