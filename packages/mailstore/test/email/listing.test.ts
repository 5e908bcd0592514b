import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { listingPage } from '../../src/email/listing.js'
import { queryList } from '../../src/email/query.js'
import type { EmailFilter, EmailQuery, EmailSort } from '../../src/index.js'
import { bulkId, fillMailbox } from '../support/bulk.js'
import { explain } from '../support/explain.js'
import { ask, fileBytes } from '../support/queries.js'
import { openTestStore } from '../support/store.js'

const NEWEST: EmailSort = { property: 'receivedAt', isAscending: false }

t.test('a mailbox, newest first, is the same from its index as from its emails', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const { INBOX: inbox, Archive: archive } = mailboxes as { INBOX: number; Archive: number }
  const ids: number[] = []
  for (let i = 0; i < 12; i++) {
    const mailbox = i % 5 === 4 ? archive : i % 6 === 5 ? [inbox, archive] : inbox
    const bytes = `Message-ID: <${i}@x>\nIn-Reply-To: <${i - (i % 3)}@x>\nSubject: s\n\n${i}`
    // Some at the same second.
    ids.push(await fileBytes(account, mailbox, bytes, { minute: i >> 1, deleted: i === 3 }))
  }
  await account.transact((tx) => tx.membership.copy(inbox, [1], inbox))
  await account.expunge(inbox, [2], { onlyDeleted: false })

  // The second condition says nothing new, but is one more: the general statement answers.
  const slowly = (filter: EmailFilter): EmailFilter => ({
    operator: 'AND',
    conditions: [filter, { minSize: 0 }],
  })
  for (const mailbox of [inbox, archive, mailboxes.Trash!, 1]) {
    const filter = { inMailbox: mailbox }
    for (const collapseThreads of [false, true]) {
      const pages: Partial<EmailQuery>[] = [{}, { limit: 0 }, { limit: 3 }, { sort: [NEWEST] }]
      for (const position of [-100, -4, -1, 1, 5, 100]) pages.push({ position, limit: 3 })
      for (const id of [...ids, 1]) {
        for (const offset of [-50, -2, 1]) pages.push({ anchor: { id, offset }, limit: 2 })
      }
      for (const page of pages) {
        const answer = (filter: EmailFilter) =>
          ask(account, { ...page, filter, collapseThreads }).catch((error: { code: string }) => error.code)
        t.strictSame(
          await answer(filter),
          await answer(slowly(filter)),
          JSON.stringify({ ...page, collapseThreads }),
        )
      }
    }
  }
  const only = await ask(account, { filter: { operator: 'AND', conditions: [{ inMailbox: archive }] } })
  t.strictSame(only, await ask(account, { filter: slowly({ inMailbox: archive }) }))
  const none = await ask(account, { filter: { operator: 'NOT', conditions: [{ inMailbox: archive }] } })
  t.notOk(none.ids.some((id) => only.ids.includes(id)))
})

t.test('of 20,000 messages, a page costs a page', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  await fillMailbox(url, account.id, inbox, 20_000)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  // This table holds one mailbox; in one of many accounts nobody would read all of it.
  await sql`set enable_seqscan = off`
  const context = { sql, accountId: account.id }
  const query: EmailQuery = {
    filter: { inMailbox: inbox },
    sort: [NEWEST],
    collapseThreads: false,
    position: 0,
    limit: 50,
    calculateTotal: true,
  }

  const pages: [name: string, query: EmailQuery, first: number, index: string, bound: number][] = [
    ['first page', query, 20_000, 'membership_shown', 60],
    ['first page, collapsed', { ...query, collapseThreads: true }, 20_000, 'thread_mailbox_latest', 60],
    ['the next page', { ...query, position: 50 }, 19_950, 'membership_shown', 110],
    [
      'an anchor',
      { ...query, anchor: { id: bulkId(19_000), offset: -5 } },
      19_005,
      'membership_shown',
      // The rows before it, and those again where they are found by a bitmap.
      3_200,
    ],
  ]
  for (const [name, page, first, index, bound] of pages) {
    const { ids, total } = await ask(account, page)
    t.strictSame(
      [ids[0], ids.length, total],
      [bulkId(first), 50, page.collapseThreads ? 5_000 : 20_000],
      name,
    )
    const cost = await explain(sql, listingPage(context, inbox, page))
    t.ok(cost.indexes.includes(index), `${name}: ${cost.indexes}`)
    t.ok(cost.rowsRead <= bound, `${name} read ${cost.rowsRead} rows`)
  }

  const filters: [filter: EmailFilter, found: number, bound: number][] = [
    [{ text: { phrase: 'n12345' } }, 1, 20],
    [{ inMailbox: inbox, text: { phrase: 'n12345' } }, 1, 20],
    [{ body: 'n12345', from: 'person 45' }, 1, 20],
    [{ header: ['X-Number', '12345'] }, 1, 100],
  ]
  for (const [filter, found, bound] of filters) {
    const { list } = await queryList({ ...context, reading: account.reading }, { ...query, filter })
    const cost = await explain(sql, list)
    t.equal((await ask(account, { filter })).total, found, JSON.stringify(filter))
    t.ok(cost.rowsRead <= bound, `${JSON.stringify(filter)} read ${cost.rowsRead} rows`)
  }
})
