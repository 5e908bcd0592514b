import t from 'tap'
import type { EmailFilter } from '../../src/index.js'
import { ask, fileBytes } from '../support/queries.js'
import { openTestStore } from '../support/store.js'

t.test('filters by the keywords of a thread (RFC 8621 §4.4.1)', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const { INBOX: inbox, Archive: archive } = mailboxes as { INBOX: number; Archive: number }
  let minute = 0
  const add = (thread: string, keywords: string[], mailbox = inbox, deleted = false) =>
    fileBytes(account, mailbox, `Message-ID: <${thread}@x>\nSubject: ${thread}\n\n${minute}`, {
      minute: minute++,
      keywords,
      deleted,
    })
  const a1 = await add('a', ['$flagged', 'Work'])
  const a2 = await add('a', ['$flagged'], archive)
  const b1 = await add('b', ['$flagged'])
  const b2 = await add('b', [])
  const c = await add('c', [])
  // \Deleted: JMAP doesn't see it, nor does its thread.
  await add('c', ['$flagged'], inbox, true)

  const cases: [name: string, filter: EmailFilter, expected: number[]][] = [
    ['all', { allInThreadHaveKeyword: '$flagged' }, [a2, a1]],
    ['some', { someInThreadHaveKeyword: '$flagged' }, [b2, b1, a2, a1]],
    ['none', { noneInThreadHaveKeyword: '$flagged' }, [c]],
    ['some, another keyword, any case', { someInThreadHaveKeyword: 'WORK' }, [a2, a1]],
    ['all, another keyword', { allInThreadHaveKeyword: 'work' }, []],
    ['none, a keyword nobody has', { noneInThreadHaveKeyword: 'nobody' }, [c, b2, b1, a2, a1]],
    ['the thread goes beyond the mailbox', { inMailbox: archive, someInThreadHaveKeyword: 'work' }, [a2]],
    ['in NOT', { operator: 'NOT', conditions: [{ allInThreadHaveKeyword: '$flagged' }] }, [c, b2, b1]],
    [
      'in OR',
      {
        operator: 'OR',
        conditions: [{ someInThreadHaveKeyword: 'work' }, { noneInThreadHaveKeyword: '$flagged' }],
      },
      [c, a2, a1],
    ],
  ]
  for (const [name, filter, expected] of cases) t.same((await ask(account, { filter })).ids, expected, name)
  t.same((await ask(account, { filter: { noneInThreadHaveKeyword: 'x' }, collapseThreads: true })).ids, [
    c,
    b2,
    a2,
  ])
})

t.test('a filter of many conditions is answered, and soon', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const id = await fileBytes(account, mailboxes.INBOX!, 'Subject: w1\n\nx', { keywords: ['w1'] })
  // As joins, the first of these took longer than anybody waits.
  const kinds: [name: string, condition: (n: number) => EmailFilter][] = [
    ['keywords of threads', (n) => ({ someInThreadHaveKeyword: `w${n}` })],
    ['mailboxes', (n) => ({ inMailbox: mailboxes.INBOX! + n - 1 })],
    ['words', (n) => ({ text: { phrase: `w${n}` } })],
  ]
  for (const [name, condition] of kinds) {
    const conditions = Array.from({ length: 200 }, (_, i) => condition(i + 1))
    t.same((await ask(account, { filter: { operator: 'AND', conditions } })).ids, [], `AND, ${name}`)
    t.same((await ask(account, { filter: { operator: 'OR', conditions } })).ids, [id], `OR, ${name}`)
    t.same((await ask(account, { filter: { operator: 'NOT', conditions } })).ids, [], `NOT, ${name}`)
  }
})

t.test('filters by text, right after filing (RFC 8621 §4.4.1)', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  let minute = 0
  const add = (bytes: string) => fileBytes(account, inbox, bytes, { minute: minute++ })
  const plain = await add(
    'From: "Carol O\'Neil" <carol.oneil@example.com>\nTo: Dave <dave@example.net>\nSubject: Budget meeting 2026\n' +
      'X-Spam-Score: 4.5 (****)\nX-Tag: a\nX-Tag: b\n\nPlease bring the quarterly report. 100% sure \u{1f389}\n',
  )
  const encoded = await add(
    'From: =?iso-8859-1?q?J=F6rg_M=FCller?= <jm@example.org>\nCc: Dave <dave@example.com>\n' +
      'Subject: =?utf-8?b?0J7RgtGH0ZHRgiDQt9CwINC80LDQuQ==?=\nContent-Type: text/plain; charset=koi8-r\n' +
      'Content-Transfer-Encoding: base64\n\n8NLJ18XUINPP09XE\n', // Привет сосуд
  )
  const html = await add(
    'From: news@example.org\nBcc: secret@example.org\nSubject: Newsletter\nContent-Type: text/html; charset=utf-8\n' +
      'Content-Transfer-Encoding: quoted-printable\n\n<style>.quarterly {}</style><p class=3D"meeting">' +
      'Caf=C3=A9 con <b>l</b>eche, Se=C3=B1or re=\nport</p>\n',
  )
  const japanese = await add(
    'Subject: =?iso-2022-jp?B?GyRCRWw1fiRHMnE1RBsoQg==?=\nContent-Type: multipart/mixed; boundary=b\n\n' + // 東京で会議
      '--b\nContent-Type: text/plain; charset=shift_jis\nContent-Transfer-Encoding: base64\n\n' +
      'lniUTo6WjYAukL2M0A==\n' +
      '--b\nContent-Type: application/pdf; name="Agenda_final.pdf"\n\nxyzzy\n--b--\n',
  )

  const cases: [name: string, filter: EmailFilter, expected: number[]][] = [
    ['text: subject', { text: 'budget' }, [plain]],
    ['text: from name', { text: 'carol' }, [plain]],
    ['text: to, cc', { text: 'DAVE' }, [encoded, plain]],
    ['text: bcc', { text: 'secret' }, [html]],
    ['text: body', { text: 'quarterly' }, [plain]],
    ['text: attachment name', { text: 'agenda' }, [japanese]],
    ['text: not in the bytes of attachments', { text: 'xyzzy' }, []],
    ['text: no markup', { text: 'style' }, []],
    ['text: other headers are not text', { text: 'spam' }, []],
    ['text: empty finds all', { text: '' }, [japanese, html, encoded, plain]],
    ['body', { body: 'report' }, [html, plain]],
    ['body is not subject', { body: 'budget' }, []],
    ['body: KOI8-R in base64', { body: 'привет' }, [encoded]],
    ['body: QP, soft line break, UTF-8', { body: 'señor report' }, [html]],
    ['body: without accents', { body: 'CAFE' }, [html]],
    ['body: a word cut by markup is one', { body: 'leche' }, [html]],
    ['body: Shift_JIS', { body: '事項' }, [japanese]],
    ['subject: encoded word', { subject: 'отчет' }, [encoded]],
    ['subject: Japanese, within a run without spaces', { subject: '会議' }, [japanese]],
    ['subject: Japanese, in this order', { subject: '議会' }, []],
    ['from: encoded name', { from: 'jörg müller' }, [encoded]],
    ['from: encoded name without accents', { from: 'Muller' }, [encoded]],
    ['from: whole address', { from: 'carol.oneil@example.com' }, [plain]],
    ['from: a part of the address', { from: 'example.org' }, [html, encoded]],
    ['from: name with an apostrophe', { from: "o'neil" }, [plain]],
    ['to', { to: 'dave' }, [plain]],
    ['cc', { cc: 'dave@example.com' }, [encoded]],
    ['bcc', { bcc: 'secret@example.org' }, [html]],
    ['words, not substrings', { text: 'udget' }, []],
    ['the beginning of the last word', { text: 'budget meet' }, [plain]],
    ['but not of the others', { text: 'bud meeting' }, []],
    ['nor in a phrase', { text: { phrase: 'budget meet' } }, []],
    ['a phrase', { text: { phrase: 'Budget Meeting' } }, [plain]],
    ['a phrase in this order', { text: { phrase: 'meeting budget' } }, []],
    ['no phrase across two fields', { text: { phrase: '2026 please' } }, []],
    ['a term without words is a substring', { body: '\u{1f389}' }, [plain]],
    ['and not found elsewhere', { subject: '\u{1f389}' }, []],
    ['punctuation around words does not count', { body: '(100%)' }, [plain]],
    ['header is there', { header: ['x-spam-score'] }, [plain]],
    ['header is not', { header: ['X-Nothing'] }, []],
    ['header of a part is not one of the message', { header: ['Content-Type', 'pdf'] }, []],
    ['header holds, any case', { header: ['X-SPAM-score', '5 (*'] }, [plain]],
    ['the second of two fields', { header: ['x-tag', 'B'] }, [plain]],
    ['header holds not: text is in another', { header: ['X-Tag', '4.5'] }, []],
    ['header: decoded', { header: ['Subject', 'отчёт за'] }, [encoded]],
    ['header: its name is no pattern', { header: ['x_tag'] }, []],
    ['header: nor its value', { header: ['x-tag', '%'] }, []],
    ['header: no field is called so', { header: ['x tag'] }, []],
    ['AND', { text: 'dave', body: 'привет' }, [encoded]],
    ['OR', { operator: 'OR', conditions: [{ text: 'carol' }, { body: 'cafe' }] }, [html, plain]],
    ['NOT', { operator: 'NOT', conditions: [{ text: 'dave' }] }, [japanese, html]],
    ['with others', { inMailbox: inbox, text: 'dave', notKeyword: '$seen' }, [encoded, plain]],
    ['NUL', { header: ['x-tag', '\0'] }, []],
    ['NUL in words', { text: 'a\0b' }, []],
  ]
  for (const [name, filter, expected] of cases) t.same((await ask(account, { filter })).ids, expected, name)
  await t.rejects(
    ask(account, { filter: { operator: 'NOT', conditions: [{ constructor: 'x' } as never] } }),
    {
      code: 'unsupportedFilter',
    },
  )
})
