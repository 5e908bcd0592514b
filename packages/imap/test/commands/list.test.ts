import type { Account, Mailstore, Reader } from '@tandem/mailstore'
import t from 'tap'
import { message, openStore, startServer } from '../support/server.js'

t.test('LIST, extended (RFC 5258, RFC 9051 §6.3.9)', async (t) => {
  const server = await startServer(t)
  const client = await server.loggedIn()
  await client.ok('CREATE Fruit/Apple')
  await client.ok('CREATE Fruit/Banana')
  for (const line of await client.ok('LSUB "" *'))
    await client.ok(`UNSUBSCRIBE ${line.replace(/^.*"\/" /, '')}`)
  for (const name of ['Fruit/Banana', 'Fruit/Peach', 'Archive', 'gone/for/good'])
    await client.ok(`SUBSCRIBE ${name}`)

  await t.test('what is sent, and what is answered', async (t) => {
    const banana = 'LIST (\\HasNoChildren \\Subscribed) "/" Fruit/Banana'
    const peach = 'LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" Fruit/Peach'
    const archive = 'LIST (\\HasNoChildren \\Archive \\Subscribed) "/" Archive'
    const gone = 'LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" gone/for/good'
    const cases: [args: string, expected: string[]][] = [
      ['(SUBSCRIBED) "" *', [banana, archive, peach, gone]],
      ['(SUBSCRIBED SUBSCRIBED) "" * RETURN (SUBSCRIBED SUBSCRIBED)', [banana, archive, peach, gone]],
      ['(REMOTE SUBSCRIBED) "" %', [archive]],
      [
        '(subscribed recursivematch) "" %',
        [
          'LIST (\\HasChildren) "/" Fruit ("CHILDINFO" ("SUBSCRIBED"))',
          archive,
          'LIST (\\NonExistent \\HasNoChildren) "/" gone ("CHILDINFO" ("SUBSCRIBED"))',
        ],
      ],
      [
        '(RECURSIVEMATCH REMOTE SUBSCRIBED) "" gone/%',
        ['LIST (\\NonExistent \\HasNoChildren) "/" gone/for ("CHILDINFO" ("SUBSCRIBED"))'],
      ],
      ['(SUBSCRIBED SPECIAL-USE) "" *', [archive]],
      [
        '"" Fruit* RETURN (SUBSCRIBED CHILDREN)',
        ['LIST (\\HasChildren) "/" Fruit', 'LIST (\\HasNoChildren) "/" Fruit/Apple', banana],
      ],
      [
        '"" ("INBOX" "Fruit/A%" "Fruit/*" "")',
        [
          'LIST (\\HasNoChildren) "/" Fruit/Apple',
          'LIST (\\HasNoChildren) "/" Fruit/Banana',
          'LIST (\\HasNoChildren) "/" INBOX',
        ],
      ],
      [
        'Fruit/ (% Apple)',
        ['LIST (\\HasNoChildren) "/" Fruit/Apple', 'LIST (\\HasNoChildren) "/" Fruit/Banana'],
      ],
      ['"" ("")', []],
      // RFC 5258 §3: a pattern that can't be accepted is ignored.
      ['"" &*', []],
      ['"" ("a&b" &AOk* INBOX)', ['LIST (\\HasNoChildren) "/" INBOX']],
      ['() "" ""', []],
      ['"" "" RETURN (CHILDREN)', []],
      ['(REMOTE) "" gone/*', []],
    ]
    for (const [args, expected] of cases) t.same(await client.ok(`LIST ${args}`), expected, args)
  })

  await t.test('what is BAD, and what is too much', async (t) => {
    const wrong = [
      '(RECURSIVEMATCH) "" *',
      '(RECURSIVEMATCH REMOTE) "" *',
      '(RECURSIVEMATCH SPECIAL-USE) "" *',
      '(CHILDREN) "" *',
      '"" * RETURN (STATUS)',
      '"" * RETURN (STATUS ())',
      '"" * RETURN (STATUS (NOSUCH))',
      '"" * RETURN (REMOTE)',
      '(SUBSCRIBED)',
    ]
    for (const args of wrong) t.equal((await client.run(`LIST ${args}`)).status, 'BAD', args)
    const many = Array.from({ length: 101 }, () => '*').join(' ')
    t.match(await client.run(`LIST "" (${many})`), { status: 'NO', text: /^\[LIMIT\]/ })
  })

  await t.test(
    'RETURN (STATUS): each LIST response is followed by the STATUS of what was selected (RFC 5819)',
    async (t) => {
      await client.append('Fruit/Banana', message('one'), '(\\Seen \\Deleted)')
      await client.append('Fruit/Banana', message('two'))
      const size = message('one').length + message('two').length
      t.same(
        await client.ok(
          'LIST (SUBSCRIBED RECURSIVEMATCH) "" (% Fruit/%) RETURN (STATUS (MESSAGES SIZE DELETED RECENT))',
        ),
        [
          'LIST (\\HasNoChildren \\Subscribed) "/" Fruit/Banana',
          `STATUS Fruit/Banana (MESSAGES 2 SIZE ${size} DELETED 1 RECENT 2)`,
          'LIST (\\HasNoChildren \\Archive \\Subscribed) "/" Archive',
          'STATUS Archive (MESSAGES 0 SIZE 0 DELETED 0 RECENT 0)',
          'LIST (\\NonExistent \\HasNoChildren \\Subscribed) "/" Fruit/Peach',
          'LIST (\\NonExistent \\HasNoChildren) "/" gone ("CHILDINFO" ("SUBSCRIBED"))',
        ],
      )
      t.same(await client.ok('LIST (SUBSCRIBED RECURSIVEMATCH) "" Fruit RETURN (STATUS (MESSAGES))'), [
        'LIST (\\HasChildren) "/" Fruit ("CHILDINFO" ("SUBSCRIBED"))',
      ])
    },
  )

  await t.test(
    'STATUS of the selected mailbox, as it is and not as it was told (RFC 9051 §6.3.11)',
    async (t) => {
      const [first, second] = await server.two('Fruit/Banana')
      await second.ok('STORE 1 +FLAGS (\\Deleted)')
      await second.ok('EXPUNGE')
      t.same(await first.ok('STATUS Fruit/Banana (MESSAGES DELETED UNSEEN)'), [
        'STATUS Fruit/Banana (MESSAGES 1 DELETED 0 UNSEEN 1)',
        '1 EXPUNGE',
      ])
    },
  )

  await t.test('a path that no mailbox can have is not subscribed to', async (t) => {
    t.match(await client.run(`SUBSCRIBE "${'a/'.repeat(30)}b"`), { status: 'NO', text: /^\[CANNOT\]/ })
    t.match(await client.run('SUBSCRIBE "a//b"'), { status: 'NO', text: /^\[CANNOT\]/ })
  })
  t.same(server.errors, [])
})

t.test('LIST RETURN (STATUS …) asks the store as often for 50 mailboxes as for a few', async (t) => {
  const store = await openStore(t)
  const calls: string[] = []
  const counted = { ...store, mailstore: counting(store.mailstore, calls) }
  const server = await startServer(t, {}, counted)
  const client = await server.loggedIn()
  const ask = async () => {
    calls.length = 0
    const lines = await client.ok(
      'LIST "" * RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN SIZE DELETED RECENT))',
    )
    return { lines: lines.length, calls: [...calls] }
  }
  await client.append('Sent', message('one'))
  const few = await ask()
  for (let i = 0; i < 50; i++) {
    await client.ok(`CREATE box${i}`)
    await client.append(`box${i}`, message(`in ${i}`))
  }
  const many = await ask()
  t.equal(many.lines, few.lines + 100)
  t.same(few.calls, ['read', 'list', 'countRecent'])
  t.same(many.calls, few.calls)
})

/** The store, noting which of its account's functions are called. */
function counting(mailstore: Mailstore, calls: string[]): Mailstore {
  const noting = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, key: keyof T & string) {
        const value = object[key]
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          calls.push(key)
          return value.apply(object, args)
        }
      },
    })
  return {
    ...mailstore,
    account(id) {
      const account = mailstore.account(id)
      const read: Account['read'] = (work) =>
        account.read((r: Reader) => work({ ...r, mailbox: noting(r.mailbox), email: noting(r.email) }))
      return noting({ ...account, read })
    },
  }
}
