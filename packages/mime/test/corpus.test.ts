// Real messages: invariants of the tree, and what another parser makes of them.
import { simpleParser } from 'mailparser'
import t from 'tap'
import type { Part } from '../src/index.js'
import { decodeBody, parseMessage, presentedType, summarize } from '../src/index.js'
import { corpus } from './corpus.js'
import { checkTree } from './tree.js'

const samples = corpus()
const skip = samples.length === 0 && 'no messages beside the project'

// mailparser differs from us by design here.
const attachmentsDiffer: Record<string, string> = {
  'content-length.mbox#1': 'it merges messages with disposition inline into the text',
  'content-length.mbox#27': 'it takes message/delivery-status for text',
  'messages/bounce.eml': 'the same',
  'messages/delivery-status.eml': 'the same',
  'messages/delivery-status-multiple-blank-lines.eml': 'the same',
  'messages/delivery-status-no-blank-line.eml': 'the same',
  'messages/delivery-status2.eml': 'the same',
  'messages/feedback-report.eml': 'it merges the message with disposition inline into the text',
  'messages/missing-subtype.eml': 'an invalid type is text/plain: RFC 2045 §5.2',
  'startrek.eml': 'the same',
}
const fromDiffers: Record<string, string> = {
  'messages/feedback-report.eml': 'it takes the byte order mark in front for part of the name From',
  'startrek.eml': 'it takes the local name nsb for a display name, with an empty address',
}

const leaves = (part: Part): Part[] => (part.children.length > 0 ? part.children.flatMap(leaves) : [part])
const isText = (part: Part) =>
  /^text\/(plain|html)$/.test(presentedType(part)) && part.disposition !== 'attachment'

t.test('what mailparser makes of them', { skip }, async (t) => {
  for (const { name, bytes } of samples) {
    const message = parseMessage(bytes)
    const ours = summarize(bytes, message)
    const theirs = await simpleParser(bytes, { skipTextToHtml: true })
    t.equal(ours.subject ?? '', theirs.subject ?? '', `${name}: subject`)
    const from = (ours.from ?? []).map((address) => address.email)
    const isSameFrom = from.join() === (theirs.from?.value ?? []).map((address) => address.address).join()
    t.equal(isSameFrom, !(name in fromDiffers), `${name}: from ${from}`)
    const attachments = leaves(message.root).filter((part) => !isText(part))
    const isSameCount = attachments.length === theirs.attachments.length
    t.equal(isSameCount, !(name in attachmentsDiffer), `${name}: ${attachments.length} attachments`)
  }
})

t.test('the tree holds together', { skip }, (t) => {
  for (const { name, bytes } of samples) {
    for (const form of [bytes, Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')]) {
      t.equal(checkTree(form, parseMessage(form)), null, name)
    }
  }
  t.end()
})

t.test('CRLF and LF give the same tree and summary', { skip }, (t) => {
  const withoutOffsets = (_: string, value: unknown) => (typeof value === 'number' ? undefined : value)
  const digest = (bytes: Buffer) => JSON.stringify(summarize(bytes, parseMessage(bytes)), withoutOffsets)
  for (const { name, bytes } of samples) {
    const lf = Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
    t.equal(digest(bytes), digest(lf), name)
  }
  t.end()
})

t.test('an attachment comes out whole', { skip }, async (t) => {
  const sample = samples.find(({ name }) => name === 'messages/related.eml')!
  const image = parseMessage(sample.bytes).root.children[1]!
  const theirs = await simpleParser(sample.bytes)
  t.ok(theirs.attachments[0]!.content.equals(decodeBody(sample.bytes, image).bytes))
})
