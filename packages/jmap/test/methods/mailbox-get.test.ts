import t from 'tap'
import { createServer, message, states } from '../server.js'

t.test('Mailbox/get', async (t) => {
  const server = await createServer(t)
  const { call, fails, deliver, mailboxId } = server
  const inbox = await mailboxId('inbox')

  await t.test('RFC 8621 §2.1: all of them with ids null', async (t) => {
    const { list, notFound, state } = await call('Mailbox/get', { ids: null })
    t.strictSame(notFound, [])
    t.match(state, /^\d+$/)
    t.strictSame(list.map((mailbox: { role: string }) => mailbox.role).sort(), [
      ...['archive', 'drafts', 'inbox', 'junk', 'sent', 'trash'],
    ])
    t.strictSame(
      list.find((mailbox: { role: string }) => mailbox.role === 'inbox'),
      {
        id: inbox,
        name: 'Inbox',
        parentId: null,
        role: 'inbox',
        sortOrder: 1,
        totalEmails: 0,
        unreadEmails: 0,
        totalThreads: 0,
        unreadThreads: 0,
        myRights: {
          mayReadItems: true,
          mayAddItems: true,
          mayRemoveItems: true,
          maySetSeen: true,
          maySetKeywords: true,
          mayCreateChild: true,
          mayRename: true,
          mayDelete: false,
          maySubmit: true,
        },
        isSubscribed: true,
      },
    )
  })

  await t.test('RFC 8620 §5.1: ids and properties; each id once, found or not', async (t) => {
    const { list, notFound } = await call('Mailbox/get', {
      ids: [inbox, 'm9', inbox, 'no such id', 'm9', 'e100000001'],
      properties: ['name', 'totalEmails'],
    })
    t.strictSame(list, [{ id: inbox, name: 'Inbox', totalEmails: 0 }])
    t.strictSame(notFound.sort(), ['e100000001', 'm9', 'no such id'])
    t.strictSame((await call('Mailbox/get', { ids: [] })).list, [])
    t.strictSame((await call('Mailbox/get', { ids: [inbox], properties: [] })).list, [{ id: inbox }])
  })

  await t.test('counts follow the mail', async (t) => {
    const before = await states(server)
    await deliver(message({ Subject: 'a', 'Message-ID': '<1@x>' }))
    await deliver(message({ Subject: 'Re: a', References: '<1@x>' }), { keywords: ['$seen'] })
    const after = await states(server)
    for (const type of ['Mailbox', 'Thread', 'Email'] as const) t.not(after[type], before[type], type)
    const { list } = await call('Mailbox/get', { ids: [inbox] })
    t.match(list, [{ totalEmails: 2, unreadEmails: 1, totalThreads: 1, unreadThreads: 1 }])
  })

  await t.test('what is asked wrongly', async (t) => {
    const cases: [args: Record<string, unknown>, type: string][] = [
      [{ properties: ['nothing'] }, 'invalidArguments'],
      [{ properties: ['constructor'] }, 'invalidArguments'],
      [{ properties: 'name' }, 'invalidArguments'],
      [{ ids: inbox }, 'invalidArguments'],
      [{ ids: [1] }, 'invalidArguments'],
      [{ accountId: null }, 'invalidArguments'],
      [{ accountId: undefined }, 'invalidArguments'],
      [{ accountId: 'a9' }, 'accountNotFound'],
      [{ unknown: true }, 'invalidArguments'],
      [{ ids: new Array(501).fill('m1') }, 'requestTooLarge'],
    ]
    for (const [args, type] of cases)
      t.match(await fails('Mailbox/get', args), { type }, JSON.stringify(args).slice(0, 60))
  })
})
