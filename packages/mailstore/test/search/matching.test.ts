import t from 'tap'
import { connect } from '../../src/db/connect.js'
import type { TextSearch } from '../../src/index.js'
import { violations } from '../support/invariants.js'
import { ask, fileBytes } from '../support/queries.js'
import { openTestStore, type TestStore } from '../support/store.js'

/** Three messages in INBOX, one in Archive. */
async function fileSome({ account, mailboxes }: TestStore) {
  const { INBOX: inbox, Archive: archive } = mailboxes as { INBOX: number; Archive: number }
  const german = await fileBytes(
    account,
    inbox,
    'From: =?utf-8?q?J=C3=B6rg?= "von Berg" <joerg@Example.org>\nTo: A <a@x.test>, "B, C" <b@x.test>\n' +
      'Subject: =?iso-8859-1?q?Gr=FC=DFe?= aus Köln\nX-Note: 100% _sure_\nContent-Type: multipart/mixed; boundary=b\n\n' +
      '--b\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n' +
      'Stra=DFenbahn f=E4hrt=\n los.\nZweite Zeile\n' +
      '--b\nContent-Type: message/rfc822\n\nSubject: =?utf-8?b?xIxlc2vDvQ==?=\n\nInnen\n' +
      '--b\nContent-Type: image/png; name="Foto.png"\nContent-Transfer-Encoding: base64\n\nSGlkZGVu\n--b--\n',
  )
  const deleted = await fileBytes(
    account,
    inbox,
    'Subject: strasse\nCc: c@x.test\n\nMA\u0308RZ und ma\u0308rz\n',
    {
      deleted: true,
    },
  )
  const bare = await fileBytes(account, inbox, 'X-Empty:\n\nab\n')
  const elsewhere = await fileBytes(account, archive, 'Subject: Straßenbahn\n\nab\n')
  return { inbox, german, deleted, bare, elsewhere }
}

type Filed = Awaited<ReturnType<typeof fileSome>>

const CASES: [search: TextSearch, expected: (filed: Filed) => number[]][] = [
  [{ field: 'body', value: 'aßenB' }, ({ german }) => [german]],
  [{ field: 'body', value: 'fährt los' }, ({ german }) => [german]],
  [{ field: 'body', value: 'los.\r\nzweite' }, ({ german }) => [german]],
  [{ field: 'body', value: 'subject: český' }, ({ german }) => [german]],
  [{ field: 'body', value: 'Innen' }, ({ german }) => [german]],
  [{ field: 'body', value: 'fahrt' }, () => []],
  [{ field: 'body', value: 'hidden' }, () => []],
  [{ field: 'body', value: 'SGlkZGVu' }, () => []],
  [{ field: 'body', value: 'Grüße' }, () => []],
  [{ field: 'body', value: 'märz' }, ({ deleted }) => [deleted]],
  [{ field: 'body', value: 'b' }, ({ german, bare }) => [german, bare]],
  [{ field: 'text', value: 'grüße AUS' }, ({ german }) => [german]],
  [{ field: 'text', value: 'stra' }, ({ german, deleted }) => [german, deleted]],
  [{ field: 'text', value: 'x-note: 100' }, ({ german }) => [german]],
  [{ field: 'text', value: 'foto.png' }, ({ german }) => [german]],
  [{ field: 'text', value: '' }, ({ german, deleted, bare }) => [german, deleted, bare]],
  [{ field: 'from', value: 'örg von Berg <joerg@ex' }, ({ german }) => [german]],
  [{ field: 'from', value: 'EXAMPLE.ORG' }, ({ german }) => [german]],
  [{ field: 'from', value: 'from' }, () => []],
  [{ field: 'from', value: '' }, ({ german, deleted, bare }) => [german, deleted, bare]],
  [{ field: 'to', value: 'b, c <b@x' }, ({ german }) => [german]],
  [{ field: 'to', value: 'a@x.test>, b' }, () => []],
  [{ field: 'to', value: 'c@x.test' }, () => []],
  [{ field: 'cc', value: 'c@x' }, ({ deleted }) => [deleted]],
  [{ field: 'bcc', value: 'c@x' }, () => []],
  [{ field: 'subject', value: 'rüß' }, ({ german }) => [german]],
  [{ field: 'subject', value: 'stra' }, ({ deleted }) => [deleted]],
  [{ field: 'subject', value: 'český' }, () => []],
  [{ field: 'header', name: 'x-note', value: '0% _s' }, ({ german }) => [german]],
  [{ field: 'header', name: 'X-NOTE', value: '0_' }, () => []],
  [{ field: 'header', name: 'X-Note', value: '' }, ({ german }) => [german]],
  [{ field: 'header', name: 'X-Empty', value: '' }, ({ bare }) => [bare]],
  [{ field: 'header', name: 'X-Empty', value: 'a' }, () => []],
  [{ field: 'header', name: 'Content-Type', value: 'png' }, () => []],
  [{ field: 'header', name: 'Content-Type', value: 'mixed' }, ({ german }) => [german]],
  [{ field: 'header', name: 'Subject: strasse', value: '' }, () => []],
  [{ field: 'header', name: 'From', value: 'köln' }, () => []],
]

t.test('substrings of decoded text, in any case, within one mailbox (RFC 9051 §6.4.4)', async (t) => {
  const store = await openTestStore(t)
  const filed = await fileSome(store)
  for (const [search, expected] of CASES) {
    const found = await store.account.read((r) => r.email.matching(filed.inbox, search))
    t.same(found, expected(filed), JSON.stringify(search))
  }
  const { inbox, german, deleted, bare } = filed
  t.same(
    await store.account.read((r) =>
      r.email.matching(inbox, { field: 'text', value: 'stra' }, [bare, deleted]),
    ),
    [deleted],
    'among some alone',
  )
  t.same(await store.account.read((r) => r.email.matching(inbox, { field: 'text', value: 'stra' }, [])), [])
  t.same([...(await store.account.read((r) => r.email.sentOn([german, bare])))], [], 'none has a Date')
  t.same(
    await store.account.read((r) => r.email.matching(1, { field: 'text', value: '' })),
    [],
    'no such mailbox',
  )
  t.same(await violations(store.url), [])
})

t.test(
  'messages that were filed before there was a search table are found too, then taken into it',
  async (t) => {
    const store = await openTestStore(t)
    const { account, mailstore, url } = store
    const filed = await fileSome(store)
    const sql = connect(url, { max: 1 })
    t.teardown(() => sql.end())
    await sql`
    with older as (
      delete from search x using email e
      where e.digest = x.digest and e.email_id <> ${filed.bare} returning x.account_id, x.digest)
    insert into search_pending select * from older`
    const check = async (when: string) => {
      for (const [search, expected] of CASES) {
        const found = await account.read((r) => r.email.matching(filed.inbox, search))
        t.same(found, expected(filed), `${when}: ${JSON.stringify(search)}`)
      }
      for (const text of ['strassenbahn', 'straßenbahn']) {
        t.same((await ask(account, { filter: { text } })).ids.sort(), [filed.german, filed.elsewhere], text)
      }
      const filter = {
        operator: 'NOT' as const,
        conditions: [{ text: 'ab' }, { header: ['X-Note'] as const }],
      }
      t.same((await ask(account, { filter })).ids, [])
    }
    await check('pending')
    t.same(await violations(url), [])
    await mailstore.housekeeping.run()
    t.same([...(await sql`select from search_pending`)], [])
    await check('taken in')
    t.same(await violations(url), [])
  },
)

t.test('what is searched of a message goes with its bytes', async (t) => {
  const { account, mailstore, mailboxes, url } = await openTestStore(t)
  await fileBytes(account, mailboxes.INBOX!, 'Subject: a\n\nb')
  await account.expunge(mailboxes.INBOX!, [1], { onlyDeleted: false })
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  await sql`update email_state set expunged_at = now() - interval '8 days'`
  await sql`update blob set touched_at = now() - interval '8 days'`
  await mailstore.housekeeping.run()
  t.same([...(await sql`select from search`)], [])
})

t.test('the day a message was sent is the one written, whatever the zone (RFC 9051 §6.4.4)', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const late = await fileBytes(account, inbox, 'Date: Sat, 31 Jan 2026 23:30:00 -0800\n\nb')
  const early = await fileBytes(account, inbox, 'Date: Sun, 1 Feb 2026 00:30:00 +0900\n\nb')
  const none = await fileBytes(account, inbox, 'Date: yesterday\n\nb')
  t.same(
    await account.read((r) => r.email.sentOn([late, early, none])),
    new Map([
      [late, '2026-01-31'],
      [early, '2026-02-01'],
    ]),
  )
})
