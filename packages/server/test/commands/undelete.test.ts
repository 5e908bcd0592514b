import { type Account, formatId, openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { tandem } from '../tandem.js'

async function file(account: Account, path: string, subject: string) {
  const bytes = Buffer.from(`From: Bob <bob@example.net>\r\nSubject: ${subject}\r\n\r\nx\r\n`)
  const message = await account.ingest(bytes, { nul: 'refuse' })
  const mailbox = (await account.read((r) => r.mailbox.byPath(path)))!
  const [filed] = await account.transact((tx) => tx.email.create([{ message, mailboxIds: [mailbox.id] }]))
  return {
    id: filed!.id,
    expunge: () => account.expunge(mailbox.id, [filed!.uids.get(mailbox.id)!], { onlyDeleted: false }),
  }
}

t.test('undelete lists what was deleted, and brings it back where it is told to', async (t) => {
  const { url } = await createTestDatabase(t)
  const env = { DATABASE_URL: url }
  const mailstore = await openMailstore({ url, poolSize: 2 })
  t.teardown(() => mailstore.close())
  const { accountId } = await mailstore.directory.createAccount('carol@example.org', 'open sesame')
  const account = mailstore.account(accountId)
  const run = (...args: string[]) => tandem(['undelete', 'carol@example.org', ...args], { env })
  const where = async (id: number) => {
    const [email] = await account.read((r) => r.email.get([id]))
    const list = await account.read((r) => r.mailbox.list())
    return email!.mailboxIds.map((each) => list.find((mailbox) => mailbox.id === each)!.path)
  }

  t.strictSame(await run(), { code: 0, stdout: '', stderr: 'nothing that was deleted is still kept\n' })
  const first = await file(account, 'Archive', 'Budget\u001b[2J')
  const second = await file(account, 'Sent', 'Party')
  await first.expunge()
  await second.expunge()
  const listed = (await run()).stdout.split('\n')
  t.match(listed[0], /^e\w+ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}Sent {5}bob@example\.net {2}Party$/)
  t.match(
    listed[1],
    new RegExp(`^${formatId('email', first.id)} {2}.* Archive {2}bob@example.net {2}Budget \\[2J$`),
  )

  t.match(await run('--id', formatId('email', first.id)), {
    code: 0,
    stdout: '1 email is back\n',
    stderr: '',
  })
  t.strictSame(await where(first.id), ['Archive'])
  t.match(await run('--id', formatId('email', first.id)), {
    code: 1,
    stdout: '0 emails are back\n',
    stderr: `tandem: ${formatId('email', first.id)} is not among the deleted mail\n`,
  })
  await account.transact((tx) => tx.email.destroy([first.id]))
  t.match(await run('--all', '--since', '2999-01-01'), { code: 0, stdout: '0 emails are back\n' })
  t.match(await run('--all', '--since', '1h', '--into', 'inbox'), { code: 0, stdout: '2 emails are back\n' })
  t.strictSame([await where(first.id), await where(second.id)], [['INBOX'], ['INBOX']])

  const wrong: [string[], number, RegExp][] = [
    [['--all', '--into', 'Nowhere'], 1, /^tandem: there is no mailbox Nowhere\n$/],
    [['--id', 'm1'], 2, /^tandem: --id m1: expected an id such as undelete lists them\n$/],
    [['--all', '--id', 'e1'], 2, /one or the other/],
    [['--into', 'INBOX'], 2, /needs --id or --all/],
    [['--since', 'yesterday'], 2, /^tandem: --since yesterday: expected 2026/],
  ]
  for (const [args, code, stderr] of wrong) t.match(await run(...args), { code, stderr }, args.join(' '))
  const nobody = await tandem(['undelete', 'dave@example.org'], { env })
  t.match(nobody, { code: 1, stderr: 'tandem: there is no login dave@example.org\n' })
})
