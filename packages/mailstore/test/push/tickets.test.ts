import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { openTestStore } from '../support/store.js'

t.test('a ticket tells whose it is, while it lasts and its credential stands', async (t) => {
  const { mailstore, principal, url } = await openTestStore(t)
  const { tickets, directory } = mailstore
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const credential = (await directory.credentialVersion(principal.name))!
  const ticket = (await tickets.issue(principal, credential, 60))!
  const login = { name: principal.name, generation: 0 }
  const whose = { principal: { ...principal, credentialId: Number, login }, credential }
  t.match(await tickets.open(ticket), whose)
  t.match(await tickets.open(ticket), whose, 'again: an event source reconnects')
  t.not(await tickets.issue(principal, credential, 60), ticket)
  const stored = await sql`select encode(digest, 'escape') as digest from push_ticket`
  t.notOk(
    stored.some(({ digest }) => String(digest).includes(ticket.split('.')[1]!)),
    'no secret is stored',
  )

  for (const strange of [
    '',
    'x',
    `${ticket}x`,
    ticket.slice(1),
    `${'9'.repeat(17)}.${ticket.split('.')[1]}`,
  ]) {
    t.equal(await tickets.open(strange), null, strange)
  }
  t.equal(await tickets.issue(principal, '1', 60), null, 'no such credential')

  for (let n = 0; n < 105; n++) await tickets.issue(principal, credential, 600)
  const [row] = await sql`select count(*)::int as tickets from push_ticket`
  t.equal(row!.tickets, 100)
  t.equal(await tickets.open(ticket), null, 'the one that ends first went')

  const short = (await tickets.issue(principal, credential, 60))!
  await sql`update push_ticket set expires_at = now() - interval '1 second'`
  t.equal(await tickets.open(short), null)
  const last = (await tickets.issue(principal, credential, 60))!
  await directory.setPassword(principal.name, 'another password')
  t.equal(await tickets.open(last), null, 'it goes with the credential')
})
