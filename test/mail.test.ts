import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { openImap } from './support/imap.js'
import { openJmap } from './support/jmap.js'
import { deliver } from './support/smtp.js'
import { addAccount, projectRoot, startTandem } from './support/tandem.js'

// Real messages that nobody here wrote. They are no part of this project: outsiders may not have them.
const folder = path.resolve(projectRoot, '../shared/mail')

interface Sample {
  name: string
  bytes: Buffer
}

/** As SMTP carries it: CRLF line ends, one at the very end. */
function toWire(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n')
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1')
}

/** The messages of a file: an mbox is split at its `From ` lines (RFC 4155). */
function samplesOf(file: string): Sample[] {
  const bytes = readFileSync(path.join(folder, file))
  if (!file.endsWith('.mbox')) return [{ name: file, bytes: toWire(bytes) }]
  const parts = bytes
    .toString('latin1')
    .split(/^From .*\r?\n/m)
    .slice(1)
  return parts.map((part, i) => ({ name: `${file}#${i + 1}`, bytes: toWire(Buffer.from(part, 'latin1')) }))
}

const samples = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(eml|mbox)$/.test(file))
      .sort()
      .flatMap(samplesOf)
  : []

t.test(
  'every real message comes back by IMAP and JMAP as the bytes that were delivered',
  samples.length > 0 ? {} : { skip: 'no folder of real messages beside this checkout' },
  async (t) => {
    const tandem = await startTandem(t)
    await addAccount(tandem, 'alice@example.org')
    for (const sample of samples)
      await deliver(tandem, sample.bytes, 'alice@example.org', 'sender@example.net')

    const imap = await openImap(t, tandem, 'alice@example.org')
    const jmap = await openJmap(tandem, 'alice@example.org')
    await imap.mailboxOpen('INBOX')
    const fetched = await imap.fetchAll('1:*', {
      uid: true,
      source: true,
      threadId: true,
      envelope: true,
      bodyStructure: true,
    })
    t.equal(fetched.length, samples.length, `${samples.length} messages`)
    const [got] = await jmap.call([
      'Email/get',
      { ids: fetched.map((each) => each.emailId), properties: ['blobId', 'size'] },
    ])
    const blobs = new Map<string, { blobId: string; size: number }>(
      got!.list.map((email: { id: string }) => [email.id, email]),
    )

    for (const [i, message] of fetched.entries()) {
      const { name, bytes } = samples[i]!
      const email = blobs.get(message.emailId!)
      if (!email) {
        t.fail(`${name}: JMAP has no ${message.emailId}`)
        continue
      }
      const source = message.source!
      // RFC 5321 §4.4: what LMTP put on top, and below it what was sent.
      const sent = bytes.includes(0) ? Buffer.from(bytes.map((octet) => (octet === 0 ? 0x80 : octet))) : bytes
      const top = source.subarray(0, source.length - sent.length).toString('latin1')
      const download = await jmap.download(email.blobId)
      t.ok(
        source.equals(download) && source.length === email.size && source.subarray(top.length).equals(sent),
        `${name}: the same ${source.length} bytes`,
      )
      t.match(
        top,
        /^Return-Path: <sender@example\.net>\r\nDelivered-To: \S+\r\nReceived: (?:.+\r\n[ \t]+)*.+\r\n$/,
        `${name}: what is on top`,
      )
    }
  },
)
