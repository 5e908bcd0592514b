// An account read afresh, by each protocol.
import type { JmapClient } from '../support/jmap.js'
import type { Imap } from './imap.js'
import type { Message } from './world.js'

export interface Box {
  path: string
  uidValidity: number
  uidNext: number
  highestModseq: number
  messages: Map<number, Row>
}

/** What FETCH says of a message, without \Recent. */
export interface Row {
  flags: string[]
  modseq: number
  emailId: string
  /** Its subject. */
  token: string
}

/** By the mailbox's id. */
export type Boxes = Map<string, Box>

export async function readBoxes(imap: Imap): Promise<Boxes> {
  const { untagged } = await imap.command(
    'LIST "" * RETURN (STATUS (MAILBOXID UIDVALIDITY UIDNEXT HIGHESTMODSEQ MESSAGES))',
  )
  const boxes: Boxes = new Map()
  for (const line of untagged) {
    const status = /^STATUS (\S+) \((.*)\)$/.exec(line)
    if (!status) continue
    const [, path, items] = status as unknown as [string, string, string]
    const item = (name: string) => new RegExp(`${name} \\(?([^ )]+)`).exec(items)![1]!
    const messages = Number(item('MESSAGES')) > 0 ? await readMessages(imap, path) : new Map()
    boxes.set(item('MAILBOXID'), {
      path,
      uidValidity: Number(item('UIDVALIDITY')),
      uidNext: Number(item('UIDNEXT')),
      highestModseq: Number(item('HIGHESTMODSEQ')),
      messages,
    })
  }
  return boxes
}

async function readMessages(imap: Imap, path: string): Promise<Map<number, Row>> {
  await imap.command(`EXAMINE ${path}`)
  const { untagged } = await imap.command('UID FETCH 1:* (UID FLAGS MODSEQ EMAILID ENVELOPE)')
  const rows = new Map<number, Row>()
  for (const line of untagged) {
    const emailId = /EMAILID \((\S+)\)/.exec(line)?.[1]
    const token = /ENVELOPE \("[^"]*" "([^"]*)"/.exec(line)?.[1]
    const row = parseFetch(line)
    // Others arrive meanwhile: EXISTS.
    if (!row) continue
    if (!emailId || token === undefined) throw new Error(`not understood: ${line}`)
    rows.set(row.uid, { flags: row.flags, modseq: row.modseq, emailId, token })
  }
  return rows
}

/** UID, FLAGS and MODSEQ of a FETCH response; null for another line. */
export function parseFetch(line: string): { uid: number; flags: string[]; modseq: number } | null {
  if (!/^\d+ FETCH /.test(line)) return null
  const uid = Number(/UID (\d+)/.exec(line)?.[1])
  const flags = /FLAGS \(([^)]*)\)/.exec(line)?.[1]
  const modseq = Number(/MODSEQ \((\d+)\)/.exec(line)?.[1])
  if (!uid || flags === undefined || !modseq) throw new Error(`not understood: ${line}`)
  return {
    uid,
    flags: flags
      .split(' ')
      .filter((flag) => flag && flag !== '\\Recent')
      .sort(),
    modseq,
  }
}

/** The emails that these rows make, by their token. Errors: where the rows of one contradict each other. */
export function emailsOf(boxes: Boxes): Map<string, Message[]> {
  const byId = new Map<string, { token: string; message: Message }>()
  for (const [box, { messages }] of boxes) {
    for (const [uid, { flags, emailId, token }] of messages) {
      const keywords = new Set(flags.filter((flag) => flag !== '\\Deleted'))
      const known = byId.get(emailId) ?? { token, message: { emailId, keywords, places: new Map() } }
      byId.set(emailId, known)
      const { places } = known.message
      const isSame = [...keywords].sort().join() === [...known.message.keywords].sort().join()
      if (known.token !== token || !isSame)
        throw new Error(`${emailId} is two in ${box}: ${token} [${flags}]`)
      if (places.has(box)) throw new Error(`${token} is twice in ${box}: ${places.get(box)!.uid} and ${uid}`)
      places.set(box, { uid, deleted: flags.includes('\\Deleted') })
    }
  }
  const found = new Map<string, Message[]>()
  for (const { token, message } of byId.values()) found.set(token, [...(found.get(token) ?? []), message])
  return found
}

/** What JMAP says of each email, as text: its mailboxes and keywords. */
export async function readByJmap(jmap: JmapClient): Promise<Map<string, string>> {
  const [, emails] = await jmap.call(
    ['Email/query', {}],
    [
      'Email/get',
      {
        '#ids': { resultOf: 'c0', name: 'Email/query', path: '/ids' },
        properties: ['subject', 'mailboxIds', 'keywords'],
      },
    ],
  )
  return new Map(
    emails!.list.map(({ id, subject, mailboxIds, keywords }: Record<string, string | object>) => [
      id,
      inWords(subject as string, Object.keys(mailboxIds as object), Object.keys(keywords as object)),
    ]),
  )
}

/** The same of what IMAP has: who is \Deleted everywhere is no email. */
export function asJmap(emails: ReadonlyMap<string, readonly Message[]>): Map<string, string> {
  const found = new Map<string, string>()
  for (const [token, messages] of emails) {
    for (const { emailId, keywords, places } of messages) {
      const boxes = [...places].filter(([, { deleted }]) => !deleted).map(([box]) => box)
      const names = [...keywords].map((flag) => flag.replace(/^\\/, '$').toLowerCase())
      if (boxes.length > 0) found.set(emailId!, inWords(token, boxes, names))
    }
  }
  return found
}

const inWords = (token: string, boxes: string[], keywords: string[]) =>
  `${token} in ${boxes.sort()} [${keywords.sort().join(' ')}]`
