// What our parser makes of a message, in the form that other parsers and the generator give it in.
import type { Part } from '../src/index.js'
import { decodeBody, decodeText, parseMessage, partName, presentedType, summarize } from '../src/index.js'
import type { Expected, Tree } from './generate.js'

export function understand(bytes: Buffer): Expected {
  const message = parseMessage(bytes)
  const { subject, from } = summarize(bytes, message)
  const texts: string[] = []
  const names: (string | null)[] = []
  const visit = (part: Part): Tree => {
    const type = presentedType(part)
    if (part.children.length === 0) names.push(partName(part))
    if (type.startsWith('text/')) texts.push(textOf(bytes, part))
    const inner = part.message ? [part.message] : part.children
    return [type, ...inner.map(visit)]
  }
  return { tree: visit(message.root), subject: subject ?? '', from: from ?? [], texts, names }
}

function textOf(bytes: Buffer, part: Part): string {
  return decodeText(decodeBody(bytes, part).bytes, part.params.charset ?? null).text
}
