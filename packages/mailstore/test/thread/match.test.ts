import { parseMessage, summarize } from '@tandem/mime'
import t from 'tap'
import { threadKeys } from '../../src/thread/match.js'
import { violations } from '../support/invariants.js'
import { fileBytes } from '../support/queries.js'
import { openTestStore } from '../support/store.js'

const keysOf = (text: string) => {
  const bytes = Buffer.from(text)
  return threadKeys(summarize(bytes, parseMessage(bytes)))
}

t.test('an id without its brackets, and the last of several fields, are what threads go by', async (t) => {
  const [key] = keysOf('Message-ID: <a@x>\n\n')
  const same = (text: string, name: string) => t.same(keysOf(text), [key], name)
  same('Message-ID: a@x\n\n', 'Message-ID')
  same('Message-ID: <a@x\n\n', 'one bracket')
  same('In-Reply-To: a@x\n\n', 'In-Reply-To')
  same('In-Reply-To: your message, a@x of Monday\n\n', 'among words')
  same('References: a@x\n\n', 'References')
  same('References: z@x\nReferences: <a@x>\n\n', 'the last References')
  same('Message-ID: <z@x>\nMessage-ID: <a@x>\n\n', 'the last Message-ID')
  t.equal(keysOf('References: a@x,\n\tb@x c@x\n\n').length, 3)
  t.same(keysOf('Message-ID: 4711\nIn-Reply-To: <4711>\n\n').length, 1, 'without an @ too')
  t.same(keysOf('In-Reply-To: your message of Monday\n\n'), [])
  t.same(keysOf('Message-ID:\nReferences: <>\n\n'), [])
})

t.test('replies join their thread, whatever the program calls a reply', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const file = async (text: string) => {
    const id = await fileBytes(account, mailboxes.INBOX!, text)
    const [email] = await account.read((r) => r.email.get([id]))
    return email!.threadId
  }
  const thread = await file('Message-ID: <root@x>\nSubject: Lunch\n\n')
  const prefixes = [
    'Re',
    'AW',
    'SV',
    'Antw',
    'WG',
    'TR ',
    'RIF',
    '回复',
    '回复：',
    'Automatic reply',
    'Accepted',
    'AW: SV',
  ]
  for (const [i, prefix] of prefixes.entries()) {
    const subject = Buffer.from(`${prefix}: Lunch`.replace('：:', '：')).toString('base64')
    const reply = `Message-ID: <${i}@x>\nReferences: <root@x>\nSubject: =?utf-8?b?${subject}?=\n\n`
    t.equal(await file(reply), thread, prefix)
  }
  t.equal(await file('In-Reply-To: root@x\nSubject: [list] EXTERNAL: Lunch [#12]\n\n'), thread, 'tags')
  t.not(await file('In-Reply-To: <root@x>\nSubject: AW: Dinner\n\n'), thread, 'another subject')
  t.not(await file('Message-ID: <other@x>\nSubject: AW: Lunch\n\n'), thread, 'no id in common')
  t.same(await violations(url), [])
})
