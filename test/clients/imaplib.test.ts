import { execFileSync } from 'node:child_process'
import path from 'node:path'
import t, { type Test } from 'tap'
import { openJmap } from '../support/jmap.js'
import { emailIds, letter, mailByJmap } from '../support/mail.js'
import { findProgram, makeHome, runProgram, startProgram } from '../support/program.js'
import { deliver } from '../support/smtp.js'
import { addAccount, PASSWORD, projectRoot, startTandem, type Tandem } from '../support/tandem.js'

const python = findProgram('python3', 'python3')
const idles = python.options.skip
  ? 'False'
  : execFileSync(python.path, ['-c', 'import imaplib; print(hasattr(imaplib.IMAP4, "idle"))'], {
      encoding: 'utf8',
    })
const script = (name: string) => path.join(projectRoot, 'test/clients', name)
const args = (tandem: Tandem, port: number) => [String(port), tandem.certificate, PASSWORD]

t.test('imaplib walks through its commands', python.options, async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  const home = await makeHome(t)
  const { port } = tandem.address('imap')
  const { stdout } = await runProgram(t, python, [script('imaplib_walk.py'), ...args(tandem, port)], { home })
  const met = JSON.parse(stdout)
  t.match(met, {
    'wrong password': /AUTHENTICATIONFAILED/,
    namespace: '(("" "/")) NIL NIL',
    lsub: ['() "/" Lists/Bonn'],
    quoted: 'OK',
    status: 'INBOX (MESSAGES 6 RECENT 6 UIDNEXT 7 UNSEEN 3)',
    select: '6',
    permanentflags: /^\(.*\bwork .*\\\*\)$/,
    recent: '6',
    search: '1 3 5',
    'search utf-8': '1 3 5',
    'uid search': '1 2 3 4 5 6',
    partial: 'ello',
    internaldate: '2026',
    flags: ['\\Recent', '\\Seen', 'work'],
    copyuid: '1:2 1:2',
    move: '3',
    expunge: ['3'],
    examine: '3',
    'read-only': 'NO',
    'no such mailbox': 'NO',
    xatom: 'OK',
    logout: 'BYE',
  })
  t.equal(met.list.length, 8)
  t.match(met.append[5], /^\[APPENDUID \d+ 6$/)
  t.match(met.fetch[0], [
    /^2 \(.*RFC822\.SIZE 61 BODY\[HEADER\.FIELDS \(SUBJECT\)\] \{21\}$/,
    'Subject: letter 2\r\n\r\n',
  ])
  t.match(met.store, [/^1 \(.*\\Flagged/])
  t.same(await mailByJmap(await openJmap(tandem, 'alice@example.org')), [
    'Archive: letter 1 [F]',
    'Archive: letter 2 [(work)S]',
    'INBOX: letter 2 [(work)S]',
    'INBOX: letter 5 []',
    'INBOX: letter 6 [(work)S]',
    'Junk: letter 3 []',
  ])
})

t.test('imaplib is told by NOOP what JMAP changed', python.options, async (t) => {
  const { bring, jmap, client } = await watch(t, 'noop')
  await bring('second')
  const email = await emailIds(jmap)
  await jmap.call(['Email/set', { update: { [email('first')]: { 'keywords/$flagged': true } } }])
  client.write('\n')
  await client.said(/"EXISTS": \["1", "2"\], "FETCH": \["1 \(FLAGS \(.*Flagged/)
  await jmap.call(['Email/set', { destroy: [email('first')] }])
  client.write('\n')
  await client.said(/\{"EXPUNGE": \["1"\]/)
})

const needsIdle = idles.startsWith('True')
  ? {}
  : { skip: 'install python3, 3.14 or newer: imaplib has no IDLE before' }

t.test('imaplib is told while it idles', needsIdle, async (t) => {
  const { bring, jmap, client } = await watch(t, 'idle')
  await bring('second')
  await client.said(/\["EXISTS", "2"\]/)
  const email = await emailIds(jmap)
  await jmap.call(['Email/set', { update: { [email('first')]: { 'keywords/$flagged': true } } }])
  await client.said(/\["FETCH", "1 \(FLAGS \(.*Flagged/)
  await jmap.call(['Email/set', { destroy: [email('first')] }])
  await client.said(/\["EXPUNGE", "1"\]/)
})

/** A client with one message in its inbox, that is ready to hear of more. */
async function watch(t: Test, how: 'noop' | 'idle') {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  const home = await makeHome(t)
  const bring = (subject: string) => deliver(tandem, letter(subject), 'alice@example.org')
  await bring('first')
  const { port } = tandem.address('imaps')
  const client = startProgram(t, python, [script('imaplib_watch.py'), ...args(tandem, port), how], {
    home,
    input: 'open',
  })
  await client.said(/"ready"/)
  return { bring, jmap: await openJmap(tandem, 'alice@example.org'), client }
}
