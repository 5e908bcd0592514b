// FETCH: RFC 3501 §6.4.5; with CHANGEDSINCE and VANISHED: RFC 7162 §3.1.4, §3.2.6.
//
// Flags, sizes, dates and ids are answered from the view; envelopes and structures from summaries, read some hundred
// at a time; octets from the blobs, some megabytes of them in one statement, outside any transaction.
import { setImmediate } from 'node:timers/promises'
import { type Email, FLAG } from '@tandem/mailstore'
import { ConnectionLost, no, type Refusal } from '../refusal.js'
import { isRecent } from '../selected/recent.js'
import { changedSince, type Row, rowOf } from '../selected/told.js'
import { becomeAware } from '../session/condstore.js'
import { type Command, ok, type SelectedContext } from './command.js'
import { groupsToRead, openAhead } from './fetch/ahead.js'
import { canDecode } from './fetch/binary.js'
import { type Fetched, type FetchItem, parseFetchItems, type SimpleItem, simpleItem } from './fetch/items.js'
import { parseFetchModifiers } from './fetch/modifiers.js'
import { type OpenMessage, openMessage, writeSection } from './fetch/sections.js'
import { resolveMessages } from './message-set.js'
import { tellVanished } from './vanished.js'

/** Messages whose summaries are read in one query. */
const BATCH = 500

export const fetch: Command = {
  name: 'FETCH',
  rfc: 'RFC 3501 §6.4.5',
  state: 'selected',
  hasUidForm: true,
  // What is due was told before the first response, so that they show the mailbox as it is now.
  announces: 'nothing',
  async run(context) {
    const { args, uid, session, user, mailbox, output } = context
    args.sp()
    const set = args.messageSet()
    args.sp()
    const asked = parseFetchItems(args)
    const { changedSince: since, vanished } = parseFetchModifiers(args, {
      uid,
      isQresyncEnabled: session.enabled.has('QRESYNC'),
    })
    const items = withImplied(asked, { uid, since })
    if (items.includes(simpleItem('MODSEQ'))) {
      becomeAware(context)
      mailbox.noteModseq()
    }
    const updates = await mailbox.refresh({ expunge: uid })
    output.text(mailbox.render(updates, { withUid: uid }))
    const named = resolveMessages(context, set)
    // Of what is saved nothing is gone: `$` is without it.
    if (vanished && set !== '$') {
      await tellVanished(user.account, mailbox.told, output, { known: set, since: since! })
    }
    const messages = since === null ? named : changedSince(mailbox.told, named, since)
    const left: LeftOut = { gone: [], undecodable: 0 }
    for (let at = 0; at < messages.length; at += BATCH) {
      await sendBatch(context, items, messages.slice(at, at + BATCH), left)
      // What the view answers awaits nothing; other sessions want their turn.
      await setImmediate()
    }
    // RFC 3516 §4.3: the others have been sent.
    if (left.undecodable > 0) throw no('A part has an encoding that is not known', 'UNKNOWN-CTE')
    if (left.gone.length === 0) return ok('FETCH completed')
    const why = await whyGone(context, left.gone)
    // As in STORE: what others expunged is no failure where there are others.
    if (why.code === 'EXPUNGEISSUED' && left.gone.length < messages.length) {
      return ok('FETCH completed', why.code)
    }
    throw why
  },
}

/** With the UID in UID FETCH (RFC 3501 §6.4.8), and with the modseq where CHANGEDSINCE is given (RFC 7162 §3.1.4.1). */
function withImplied(
  asked: readonly FetchItem[],
  { uid, since }: { uid: boolean; since: number | null },
): FetchItem[] {
  const missing = (name: string) => [simpleItem(name)].filter((item) => !asked.includes(item))
  return [...(uid ? missing('UID') : []), ...asked, ...(since === null ? [] : missing('MODSEQ'))]
}

interface Message extends Fetched {
  sequence: number
  /** This command has just set \Seen. */
  becameSeen: boolean
}

/** What was not sent: the UIDs of messages whose content is gone, and how many are in an encoding that nobody knows. */
interface LeftOut {
  gone: number[]
  undecodable: number
}

/** RFC 5530 §3: they were expunged meanwhile, or their content is lost, which the log has to know. */
async function whyGone(
  { session, user, mailbox }: SelectedContext,
  gone: readonly number[],
): Promise<Refusal> {
  const view = await user.account.view(mailbox.id)
  const uids = gone.filter((uid) => view.indexOf(uid) >= 0)
  if (uids.length === 0) return no('Some of the messages no longer exist', 'EXPUNGEISSUED')
  const { log } = session.settings
  log.error({ accountId: user.account.id, mailboxId: mailbox.id, uids }, 'imap: messages without content')
  return no('The content of some of the messages is missing', 'CORRUPTION')
}

async function sendBatch(
  context: SelectedContext,
  items: readonly FetchItem[],
  sequences: readonly number[],
  left: LeftOut,
): Promise<void> {
  const { session, mailbox, user, output } = context
  const sections = items.filter((item) => item.type === 'section')
  const needsEmail =
    sections.length > 0 || items.some((item) => item.type === 'simple' && item.needs === 'email')
  const emails = needsEmail ? await readEmails(context, sequences) : null
  // What can't be sent doesn't become \Seen.
  const sendable = sequences.filter((sequence) => {
    const email = emails?.get(rowOf(mailbox.told, sequence).emailId)
    return !email || sections.every((item) => canDecode(email, item))
  })
  left.undecodable += sequences.length - sendable.length
  const becameSeen = await setSeen(context, items, sendable)

  const messages = sendable.map((sequence): Message => {
    const row = rowOf(mailbox.told, sequence)
    return {
      sequence,
      row,
      recent: isRecent(mailbox.recent ?? [], row.uid),
      email: emails?.get(row.emailId) ?? null,
      becameSeen: becameSeen.has(row.uid),
    }
  })
  const there = emails ? messages.filter((message) => message.email) : messages
  if (emails) left.gone.push(...messages.flatMap(({ email, row }) => (email ? [] : [row.uid])))

  for (const group of sections.length > 0 ? groupsToRead(there, sections) : [there]) {
    const blobs = sections.length > 0 ? await openAhead(user.account.blobs, group, sections) : null
    const opened =
      blobs &&
      (await Promise.all(
        group.map(({ email }) => openMessage(blobs, user.account.reading, email!, sections)),
      ))
    for (const [index, message] of group.entries()) {
      const open = opened ? opened[index]! : null
      if (sections.length > 0 && !open) left.gone.push(message.row.uid)
      else await sendMessage(context, items, message, open)
      await output.relieve()
      session.checkEnded()
    }
  }
}

async function sendMessage(
  { session, mailbox, output }: SelectedContext,
  items: readonly FetchItem[],
  message: Message,
  open: OpenMessage | null,
): Promise<void> {
  // RFC 3501 §6.4.5: flags that changed by this belong into the response; RFC 7162 §3.2.4: UID and modseq with them.
  const isAware = session.enabled.has('CONDSTORE')
  const extra = message.becameSeen ? (isAware ? ['UID', 'FLAGS', 'MODSEQ'] : ['FLAGS']) : []
  if (message.becameSeen && isAware) mailbox.noteModseq()
  const all = [...items, ...extra.map(simpleItem).filter((item) => !items.includes(item))]
  // Rendered before the response begins: what fails until then is answered, what fails in it ends the connection.
  const values = all.map((item) =>
    item.type === 'section' ? item.label : renderSimple(item, message, session.isRev2),
  )
  try {
    for (const [index, item] of all.entries()) {
      output.text(index === 0 ? `* ${message.sequence} FETCH (` : ' ')
      output.text(values[index]!)
      if (item.type === 'section') {
        output.text(' ')
        await writeSection(output, open!, item)
      }
    }
    output.text(')\r\n')
  } catch (cause) {
    if (cause instanceof ConnectionLost) throw cause
    throw new ConnectionLost('a response broke off', { cause })
  }
}

function renderSimple(item: SimpleItem, message: Message, rev2: boolean): string {
  return `${item.name} ${item.needs === 'row' ? item.render(message) : item.render(message.email!, rev2)}`
}

/**
 * Sets \Seen where an item does that, and tells all changes but those of the messages that are about to be sent, whose
 * UIDs it gives.
 */
async function setSeen(
  { mailbox, user, output, uid }: SelectedContext,
  items: readonly FetchItem[],
  sequences: readonly number[],
): Promise<ReadonlySet<number>> {
  const setsSeen = items.some((item) => item.type === 'section' && item.setsSeen)
  if (!setsSeen || mailbox.readOnly) return new Set()
  const unseen = sequences.map((sequence) => rowOf(mailbox.told, sequence)).filter(isUnseen)
  if (unseen.length === 0) return new Set()
  const uids = unseen.map((row) => row.uid)
  await user.account.store(mailbox.id, uids, { mode: 'add', keywords: ['$seen'], deleted: false })

  const updates = await mailbox.refresh({ expunge: false })
  const { told } = mailbox
  const batch = new Set(sequences.map((sequence) => told.uids[sequence - 1]!))
  const own = updates.flatMap((update) =>
    update.type === 'flags' && batch.has(update.uid) ? [update.uid] : [],
  )
  const others = updates.filter((update) => update.type !== 'flags' || !batch.has(update.uid))
  output.text(mailbox.render(others, { withUid: uid }))
  return new Set(own)
}

function isUnseen(row: Row): boolean {
  return (row.flags & FLAG.seen) === 0
}

async function readEmails(
  { user, mailbox }: SelectedContext,
  sequences: readonly number[],
): Promise<Map<number, Email>> {
  const ids = [...new Set(sequences.map((sequence) => rowOf(mailbox.told, sequence).emailId))]
  const emails = await user.account.read((r) => r.email.get(ids))
  return new Map(emails.map((email) => [email.id, email]))
}
