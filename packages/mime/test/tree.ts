import type { Message, Part } from '../src/index.js'
import { decodeBody } from '../src/index.js'

function countLines(bytes: Buffer): number {
  const ends = bytes.toString('latin1').split('\n')
  return ends.length - (ends.at(-1) === '' ? 1 : 0)
}

/** The first thing that is wrong with the offsets, lines or sizes of a tree, or null. */
export function checkTree(bytes: Buffer, message: Message): string | null {
  const wrongs: string[] = []
  const check = (ok: boolean, what: string, part: Part) => {
    if (!ok) wrongs.push(`${what} of ${part.section || 'the root'} ${part.type}`)
  }
  const visit = (part: Part, start: number, end: number) => {
    check(part.headerStart >= start && part.bodyEnd <= end, 'place', part)
    check(part.headerStart <= part.headerEnd && part.headerEnd === part.bodyStart, 'header', part)
    check(part.bodyStart <= part.bodyEnd, 'body', part)
    let last = part.headerStart
    for (const header of part.headers) {
      check(
        header.start >= last && header.end > header.start && header.end <= part.headerEnd,
        'a field',
        part,
      )
      check(bytes.toString('latin1', header.start, header.end).startsWith(header.name), 'a name', part)
      last = header.end
    }
    check(part.lines === countLines(bytes.subarray(part.bodyStart, part.bodyEnd)), 'lines', part)
    if (part.children.length === 0 && !part.message) {
      check(part.decodedSize === decodeBody(bytes, part).bytes.length, 'decodedSize', part)
    }
    let from = part.bodyStart
    for (const [i, child] of part.children.entries()) {
      check(child.section === `${part.section ? `${part.section}.` : ''}${i + 1}`, 'a child number', part)
      visit(child, from, part.bodyEnd)
      from = child.bodyEnd
    }
    if (part.message) {
      check(
        part.message.headerStart === part.bodyStart && part.message.bodyEnd === part.bodyEnd,
        'message',
        part,
      )
      visit(part.message, part.bodyStart, part.bodyEnd)
    }
  }
  const { root } = message
  check(
    root.headerStart === 0 && root.bodyEnd === bytes.length && message.size === bytes.length,
    'ends',
    root,
  )
  visit(root, 0, bytes.length)
  return wrongs[0] ?? null
}
