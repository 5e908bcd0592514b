// Mail that nobody on this project wrote: what FETCH says of it is well-formed and true.
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import type { Client } from './support/client.js'
import { parseValue, type Value } from './support/response.js'
import { startServer } from './support/server.js'

const FOLDER = path.resolve(import.meta.dirname, '../../../../../shared/mail')

t.test('real messages', { skip: existsSync(FOLDER) ? false : 'no messages here' }, async (t) => {
  const server = await startServer(t, { appendLimit: 10_000_000 })
  const client = await server.loggedIn()
  // Some have 8-bit characters in their headers.
  await client.ok('ENABLE UTF8=ACCEPT')
  const names = [
    ...(await readdir(path.join(FOLDER, 'messages'))).map((name) => path.join('messages', name)),
    'startrek.eml',
  ]
  await client.ok('SELECT INBOX')
  for (const [index, name] of names.entries()) {
    const original = await readFile(path.join(FOLDER, name))
    for (const [form, bytes] of [
      ['as it is', original],
      ['with CRLF', Buffer.from(original.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')],
    ] as const) {
      if (bytes.includes(0)) continue
      await t.test(`${name}, ${form}`, async (t) => {
        t.match(await client.append('INBOX', bytes), { status: 'OK' })
        await check(t, client, bytes)
      })
    }
    if (index % 8 === 7) await client.ok('NOOP')
  }
  t.same(server.errors, [])
})

async function check(t: Tap, client: Client, bytes: Buffer): Promise<void> {
  const item = async (name: string, answered = name.replace('.PEEK', '')) => {
    const lines = (await client.ok(`FETCH * (${name})`)).filter((line) => line.includes(' FETCH ('))
    const line = lines.at(-1)!
    const start = line.indexOf('(')
    t.ok(line.slice(start + 1).startsWith(`${answered} `), name)
    return line.slice(start + answered.length + 2, -1)
  }
  const section = async (name: string) =>
    parseValue(await item(`BODY.PEEK[${name}]`)) as { string: string } | null

  t.equal(await item('RFC822.SIZE'), String(bytes.length))
  t.equal((await section(''))?.string, bytes.toString('latin1'))
  const [header, text] = [await section('HEADER'), await section('TEXT')]
  t.equal(header!.string + text!.string, bytes.toString('latin1'), 'HEADER and TEXT are the message')
  const none = await section('HEADER.FIELDS.NOT (X-Not-There)')
  t.equal(none!.string, header!.string)

  const envelope = parseValue(await item('ENVELOPE')) as Value[]
  t.equal(envelope.length, 10)
  for (const addresses of envelope.slice(2, 8)) {
    for (const address of (addresses as Value[][] | null) ?? []) t.equal(address.length, 4)
  }

  const structure = parseValue(await item('BODYSTRUCTURE')) as Value[]
  parseValue(await item('BODY'))
  for (const part of partsOf(structure, '')) {
    const content = (await section(part.section))?.string ?? ''
    t.equal(content.length, part.octets, `octets of ${part.section}`)
    if (part.lines !== null) {
      const lines = content === '' ? 0 : content.split('\n').length - (content.endsWith('\n') ? 1 : 0)
      t.equal(lines, part.lines, `lines of ${part.section}`)
    }
    t.ok(await section(`${part.section}.MIME`), `MIME of ${part.section}`)
  }
}

type Tap = Pick<typeof t, 'equal' | 'ok'>

interface Leaf {
  section: string
  octets: number
  lines: number | null
}

/** The parts of a BODYSTRUCTURE that aren't multiparts, with their numbers. */
function partsOf(body: Value[], section: string): Leaf[] {
  if (Array.isArray(body[0])) {
    const children = body.filter(
      (value, index): value is Value[] => Array.isArray(value) && isBody(body, index),
    )
    return children.flatMap((child, index) =>
      partsOf(child, section ? `${section}.${index + 1}` : `${index + 1}`),
    )
  }
  const own = section || '1'
  const isMessage = stringOf(body[0]) === 'MESSAGE' && stringOf(body[1]) === 'RFC822'
  const isText = stringOf(body[0]) === 'TEXT'
  const lines = isText ? numberOf(body[7]) : isMessage ? numberOf(body[9]) : null
  const leaf: Leaf = { section: own, octets: numberOf(body[6]), lines }
  if (!isMessage) return [leaf]
  const inner = body[8] as Value[]
  // A message's own root is addressed as its part 1 unless it is a multipart.
  return [leaf, ...(Array.isArray(inner[0]) ? partsOf(inner, own) : partsOf(inner, `${own}.1`))]
}

/** The bodies of a multipart come first, before its subtype. */
function isBody(body: Value[], index: number): boolean {
  return body.slice(0, index + 1).every((value) => Array.isArray(value))
}

function numberOf(value: Value | undefined): number {
  if (!value || Array.isArray(value) || !('atom' in value)) throw new Error('a number expected')
  return Number(value.atom)
}

function stringOf(value: Value | undefined): string {
  if (!value || Array.isArray(value) || !('string' in value)) throw new Error('a string expected')
  return value.string
}
