import { simpleParser } from 'mailparser'
import t from 'tap'
import { DEMO_NAMES } from '../../src/demo/accounts.js'
import { demoMessages } from '../../src/demo/messages.js'

const NOW = new Date('2026-11-20T12:00:00Z')

t.test('each account begins with a little mail, in the mailboxes where it belongs', async (t) => {
  const roles = DEMO_NAMES.map((name) => demoMessages(name, NOW).map(({ role }) => role))
  t.strictSame(roles, [
    ['inbox', 'sent', 'inbox', 'sent', 'inbox', 'drafts', 'inbox'],
    ['sent', 'inbox', 'sent', 'inbox', 'inbox', 'inbox'],
  ])
})

t.test('another parser reads each message as it was meant', async (t) => {
  const parsed = await Promise.all(
    demoMessages('bob@example.org', NOW).map(({ bytes }) => simpleParser(bytes)),
  )
  for (const { date } of parsed) t.ok(date !== undefined && date <= NOW)
  const [question, answer, thanks, plan, hike] = parsed
  t.strictSame(thanks?.references, [question?.messageId, answer?.messageId], 'three of one thread')
  t.equal(thanks?.inReplyTo, answer?.messageId)
  t.match(plan?.attachments, [{ filename: 'plan.csv', contentType: 'text/csv' }])
  t.match(plan?.html, '<b>attached</b>')
  t.equal(hike?.subject, '週末のハイキング 🥾')
  t.match(hike?.text, '朝八時に駅で会いましょう')
})

t.test('the bytes are clean: CRLF only, lines within 998 octets, ASCII', async (t) => {
  for (const { bytes } of DEMO_NAMES.flatMap((name) => demoMessages(name, NOW))) {
    const text = bytes.toString('latin1')
    t.notMatch(text.replaceAll('\r\n', ''), /[\r\n\u0080-\uffff]/)
    t.notOk(text.split('\r\n').some((line) => line.length > 998))
  }
})
