import t from 'tap'
import { message, startServer } from '../support/server.js'

t.test('CREATE, DELETE, RENAME (RFC 3501 §6.3.3 to §6.3.5)', async (t) => {
  const server = await startServer(t)
  const client = await server.loggedIn()
  const names = async () => (await client.ok('LIST "" *')).map((line) => line.replace(/^.* /, ''))
  const idOf = async (name: string) =>
    /MAILBOXID \((\w+)\)/.exec((await client.ok(`STATUS ${name} (MAILBOXID)`))[0]!)?.[1]

  await t.test('CREATE makes what is above it, and tells the id (RFC 8474 §4.1)', async (t) => {
    const { status, text } = await client.run('CREATE Work/2026/Invoices')
    t.equal(status, 'OK')
    t.equal(/^\[MAILBOXID \((m[0-9a-z]+)\)\]/.exec(text)?.[1], await idOf('Work/2026/Invoices'))
    t.ok((await names()).includes('Work/2026'))
    t.match(await client.run('CREATE Trailing/'), { status: 'OK' })
    t.ok((await names()).includes('Trailing'))
  })

  await t.test('INBOX can have mailboxes below it, in any case of its name', async (t) => {
    await client.ok('CREATE inbox/Child')
    t.same(await client.ok('LIST "" INBOX/%'), ['LIST (\\HasNoChildren) "/" INBOX/Child'])
    t.same(await client.ok('LIST "" Inbox'), ['LIST (\\HasChildren) "/" INBOX'])
    t.equal((await client.run('SELECT InBox/Child')).status, 'OK')
    await client.ok('UNSELECT')
    await client.ok('DELETE INBOX/Child')
  })

  await t.test('CREATE refuses', async (t) => {
    const cases: [name: string, status: string, code: string][] = [
      ['INBOX', 'NO', '[ALREADYEXISTS]'],
      ['inbox', 'NO', '[ALREADYEXISTS]'],
      ['Work', 'NO', '[ALREADYEXISTS]'],
      ['Work/', 'NO', '[ALREADYEXISTS]'],
      ['""', 'NO', '[CANNOT]'],
      ['/', 'NO', '[CANNOT]'],
      ['a//b', 'NO', '[CANNOT]'],
      ['/a', 'NO', '[CANNOT]'],
      ['&Jjo!', 'NO', '[CANNOT]'],
      ['"Entw\xfcrfe"', 'BAD', ''],
      ['a b', 'BAD', ''],
    ]
    for (const [name, status, code] of cases) {
      const result = await client.run(`CREATE ${name}`)
      t.equal(result.status, status, name)
      t.ok(result.text.startsWith(code), `${name}: ${result.text}`)
    }
  })

  await t.test(
    'names that cannot be here are mapped, and the client is told (RFC 9051 §7.3.1, OLDNAME)',
    async (t) => {
      const list = (kept: string, old: string) =>
        `LIST (\\HasNoChildren) "/" ${kept} ("OLDNAME" (${old.replace('"tab&AAk-in"', 'tab&AAk-in')}))`
      const cases: [asked: string, made: string][] = [
        ['"Space "', 'Space'],
        ['" Front"', 'Front'],
        ['"tab&AAk-in"', '"tab in"'],
        ['"Nested /Deep "', 'Nested/Deep'],
        ['" "', '_'],
      ]
      for (const [asked, made] of cases) {
        t.same(await client.ok(`CREATE ${asked}`), [list(made, asked)], asked)
        t.match(await client.run(`CREATE ${asked}`), { status: 'NO', text: /^\[ALREADYEXISTS\]/ }, asked)
        t.ok((await client.ok('LIST "" *')).some((line) => line.endsWith(` ${made}`)))
        t.match(await client.run(`APPEND ${asked} `, Buffer.from(message('x'))), { status: 'OK' }, asked)
        t.same(await client.ok(`STATUS ${asked} (MESSAGES)`), [`STATUS ${made} (MESSAGES 1)`])
        t.same(await client.ok(`LIST "" ${asked}`), [`LIST (\\HasNoChildren) "/" ${made}`])
        await client.ok(`SUBSCRIBE ${asked}`)
        t.same(await client.ok(`LSUB "" ${asked}`), [`LSUB () "/" ${made}`])
        await client.ok(`UNSUBSCRIBE ${asked}`)
        await client.ok(`EXAMINE ${asked}`)
        await client.ok('UNSELECT')
      }
      t.same(await client.ok('RENAME "Space " "Moved "'), [
        'LIST (\\HasNoChildren) "/" Moved ("OLDNAME" ("Space "))',
      ])
      for (const name of ['"Moved "', '" Front"', '"tab&AAk-in"', '"Nested /Deep "', '"Nested "', '" "'])
        await client.ok(`DELETE ${name}`)
      t.same(await client.ok('CREATE Plain/'), [], 'nothing is told where it is the name')
      await client.ok('DELETE Plain')
    },
  )

  await t.test('names beyond US-ASCII are modified UTF-7 on the wire', async (t) => {
    await client.ok('CREATE "Entw&APw-rfe &- mehr"')
    t.ok((await client.ok('LIST "" "Entw*"'))[0]?.endsWith(' "Entw&APw-rfe &- mehr"'))
    await client.ok('SELECT "Entw&APw-rfe &- mehr"')
    await client.ok('UNSELECT')
    await client.ok('DELETE "Entw&APw-rfe &- mehr"')
  })

  await t.test('DELETE', async (t) => {
    t.match(await client.run('DELETE Work'), { status: 'NO', text: /^\[HASCHILDREN\]/ })
    t.match(await client.run('DELETE INBOX'), { status: 'NO', text: /^\[CANNOT\]/ })
    t.match(await client.run('DELETE nowhere'), { status: 'NO', text: /^\[NONEXISTENT\]/ })
    await client.append('Work/2026/Invoices', message('one'))
    await client.ok('DELETE Work/2026/Invoices')
    t.notOk((await names()).includes('Work/2026/Invoices'))
  })

  await t.test('made again, a mailbox has another UIDVALIDITY (RFC 3501 §6.3.3)', async (t) => {
    const validity = async () => (await client.ok('STATUS Again (UIDVALIDITY)'))[0]!
    await client.ok('CREATE Again')
    const [id, before] = [await idOf('Again'), await validity()]
    await client.ok('DELETE Again')
    await client.ok('CREATE Again')
    t.not(await validity(), before)
    t.not(await idOf('Again'), id)
  })

  await t.test('RENAME keeps ids, UIDs and what is below', async (t) => {
    await client.append('Work/2026', message('kept'))
    const before = (await client.ok('STATUS Work/2026 (UIDVALIDITY UIDNEXT MESSAGES MAILBOXID)'))[0]!
    await client.ok('RENAME Work Archive/Old/Work')
    const after = (
      await client.ok('STATUS Archive/Old/Work/2026 (UIDVALIDITY UIDNEXT MESSAGES MAILBOXID)')
    )[0]!
    t.equal(after, before.replace('Work/2026', 'Archive/Old/Work/2026'))
    t.notOk((await names()).includes('Work'))
    t.ok((await names()).includes('Archive/Old'))
    t.match(await client.run('RENAME nowhere there'), { status: 'NO', text: /^\[NONEXISTENT\]/ })
    t.match(await client.run('RENAME Again Sent'), { status: 'NO', text: /^\[ALREADYEXISTS\]/ })
    t.match(await client.run('RENAME Again INBOX'), { status: 'NO', text: /^\[ALREADYEXISTS\]/ })
    t.match(await client.run('RENAME Archive Archive/Below'), { status: 'NO', text: /^\[CANNOT\]/ })
    t.equal((await client.run('RENAME Again')).status, 'BAD')
  })

  await t.test(
    'RENAME of INBOX moves its messages and keeps it; those who have it selected are told',
    async (t) => {
      await client.append('INBOX', message('moved'))
      const [first, second] = await server.two()
      const id = await idOf('INBOX')
      t.same(await first.ok('RENAME INBOX old-mail'), ['1 EXPUNGE'])
      t.same(await second.ok('NOOP'), ['1 EXPUNGE'])
      t.equal(await idOf('INBOX'), id)
      t.match((await client.ok('STATUS old-mail (MESSAGES)'))[0], '(MESSAGES 1)')
      t.match((await client.ok('STATUS INBOX (MESSAGES)'))[0], '(MESSAGES 0)')
    },
  )

  await t.test(
    'DELETE of a selected mailbox: its own session goes on, others get a BYE (RFC 2180 §3.3)',
    async (t) => {
      await client.ok('CREATE Gone')
      const [own, other] = await server.two('Gone')
      const idling = await server.loggedIn()
      await idling.ok('SELECT Gone')
      idling.send('i IDLE\r\n')
      t.match(await idling.response(), /^\+ /)
      await own.ok('DELETE Gone')
      t.equal((await own.run('CHECK')).status, 'BAD')
      t.equal((await own.run('SELECT INBOX')).status, 'OK')
      other.send('n NOOP\r\n')
      t.match(await other.rest(), [/^n OK /, /^\* BYE /])
      t.match(await idling.rest(), [/^\* BYE /])
    },
  )

  await t.test('DELETE and RENAME take what is too full for one transaction', async (t) => {
    const { accountId } = (await server.mailstore.directory.resolve('alice@example.org'))!
    const account = server.mailstore.account(accountId)
    const mailboxIds = [(await account.read((r) => r.mailbox.byRole('inbox')))!.id]
    const full = { message: await account.ingest(Buffer.from(message('x')), { nul: 'refuse' }), mailboxIds }
    await account.transact((tx) => tx.email.create(new Array(1_001).fill(full)))
    const watcher = await server.loggedIn()
    await watcher.ok('SELECT INBOX')
    await client.ok('RENAME INBOX Full')
    const told = await watcher.ok('NOOP')
    t.equal(told.filter((line) => line.endsWith(' EXPUNGE')).length, 1_001)
    t.match((await client.ok('STATUS Full (MESSAGES UIDNEXT)'))[0], '(MESSAGES 1001 UIDNEXT 1002)')
    await watcher.ok('SELECT Full')
    await client.ok('DELETE Full')
    t.match(await client.run('STATUS Full (MESSAGES)'), { status: 'NO', text: /^\[NONEXISTENT\]/ })
    watcher.send('n NOOP\r\n')
    t.match(await watcher.rest(), [/^n OK /, /^\* BYE /])
  })
  t.same(server.errors, [])
})

t.test('LIST, LSUB, SUBSCRIBE, STATUS', async (t) => {
  const server = await startServer(t)
  const client = await server.loggedIn()
  await client.ok('CREATE Archive/2025/Q4')
  await client.ok('CREATE "With space"')

  await t.test('LIST: attributes, delimiter, names (RFC 3501 §6.3.8, RFC 3348, RFC 6154 §2)', async (t) => {
    const all = await client.ok('LIST "" *')
    const expected = [
      'LIST (\\HasNoChildren) "/" INBOX',
      'LIST (\\HasNoChildren \\Drafts) "/" Drafts',
      'LIST (\\HasNoChildren \\Sent) "/" Sent',
      'LIST (\\HasChildren \\Archive) "/" Archive',
      'LIST (\\HasChildren) "/" Archive/2025',
      'LIST (\\HasNoChildren) "/" Archive/2025/Q4',
      'LIST (\\HasNoChildren \\Junk) "/" Junk',
      'LIST (\\HasNoChildren \\Trash) "/" Trash',
      'LIST (\\HasNoChildren) "/" "With space"',
    ]
    t.same([...all].sort(), [...expected].sort())
    const cases: [args: string, names: string[]][] = [
      ['"" %', ['INBOX', 'Drafts', 'Sent', 'Archive', 'Junk', 'Trash', '"With space"']],
      ['"" Archive/%', ['Archive/2025']],
      ['Archive/ *', ['Archive/2025', 'Archive/2025/Q4']],
      ['"" inbox', ['INBOX']],
      ['"" "with*"', []],
      ['"" nowhere', []],
    ]
    for (const [args, names] of cases) {
      const lines = await client.ok(`LIST ${args}`)
      t.same(lines.map((line) => /"\/" (.*)$/.exec(line)![1]).sort(), [...names].sort(), args)
    }
    t.same(await client.ok('LIST "" ""'), ['LIST (\\Noselect) "/" ""'])
    t.same(await client.ok('LIST Archive ""'), ['LIST (\\Noselect) "/" ""'])
  })

  await t.test('LIST with the options of SPECIAL-USE (RFC 6154 §2, RFC 5258 §3)', async (t) => {
    const special = await client.ok('LIST (SPECIAL-USE) "" *')
    t.same(special.map((line) => line.replace(/^.* /, '')).sort(), [
      'Archive',
      'Drafts',
      'Junk',
      'Sent',
      'Trash',
    ])
    t.same(await client.ok('LIST (SPECIAL-USE) "" % RETURN (SPECIAL-USE)'), special)
    t.same(await client.ok('LIST "" * RETURN (SPECIAL-USE)'), await client.ok('LIST "" *'))
    t.same(await client.ok('LIST () "" * RETURN ()'), await client.ok('LIST "" *'))
    t.same(await client.ok('LIST (SPECIAL-USE) "" ""'), [], 'an extended LIST does not ask for the delimiter')
    const wrong = [
      'LIST (FOO) "" *',
      'LIST "" * RETURN (FOO)',
      'LIST "" * RETURN',
      'LIST "" * FOO (SPECIAL-USE)',
      'LIST ""',
      'LIST',
    ]
    for (const text of wrong) t.equal((await client.run(text)).status, 'BAD', text)
  })

  await t.test('subscriptions are names, of mailboxes or not (RFC 3501 §6.3.6, §6.3.9)', async (t) => {
    for (const line of await client.ok('LSUB "" *'))
      await client.ok(`UNSUBSCRIBE ${line.replace(/^.*"\/" /, '')}`)
    t.same(await client.ok('LSUB "" *'), [])
    for (const name of ['inbox', 'Archive/2025', 'no/such/name', '"Entw&APw-rfe"'])
      await client.ok(`SUBSCRIBE ${name}`)
    await client.ok('SUBSCRIBE INBOX')
    const sorted = async (args: string) => [...(await client.ok(`LSUB ${args}`))].sort()
    t.same(await sorted('"" *'), [
      'LSUB () "/" Archive/2025',
      'LSUB () "/" Entw&APw-rfe',
      'LSUB () "/" INBOX',
      'LSUB () "/" no/such/name',
    ])
    t.same(await sorted('"" %'), [
      'LSUB () "/" Entw&APw-rfe',
      'LSUB () "/" INBOX',
      'LSUB (\\Noselect) "/" Archive',
      'LSUB (\\Noselect) "/" no',
    ])
    t.same(await sorted('no/ %'), ['LSUB (\\Noselect) "/" no/such'])
    await client.ok('CREATE no/such/name')
    await client.ok('DELETE no/such/name')
    t.ok((await sorted('"" *')).includes('LSUB () "/" no/such/name'), 'outlives the mailbox')
    await client.ok('UNSUBSCRIBE no/such/name')
    t.notOk((await sorted('"" *')).includes('LSUB () "/" no/such/name'))
    t.equal((await client.run('UNSUBSCRIBE never/was')).status, 'OK')
    t.equal((await client.run('SUBSCRIBE')).status, 'BAD')
  })

  await t.test('STATUS (RFC 3501 §6.3.10, RFC 8474 §4.3, RFC 7889 §3.1)', async (t) => {
    await client.append('Drafts', message('a'), '(\\Seen)')
    await client.append('Drafts', message('b'))
    const line = (
      await client.ok('STATUS Drafts (messages RECENT UIDNEXT UIDVALIDITY UNSEEN MAILBOXID APPENDLIMIT)')
    )[0]!
    t.match(
      line,
      /^STATUS Drafts \(MESSAGES 2 RECENT 2 UIDNEXT 3 UIDVALIDITY \d+ UNSEEN 1 MAILBOXID \(m\w+\) APPENDLIMIT 1048576\)$/,
    )
    t.same(await client.ok('STATUS Drafts (RECENT)'), ['STATUS Drafts (RECENT 2)'], 'STATUS takes none away')
    await client.ok('SELECT Drafts')
    t.same(await client.ok('STATUS Drafts (RECENT)'), ['STATUS Drafts (RECENT 0)'])
    t.same(await client.ok('STATUS "With space" (MESSAGES)'), ['STATUS "With space" (MESSAGES 0)'])
    t.match(await client.run('STATUS nowhere (MESSAGES)'), { status: 'NO', text: /^\[NONEXISTENT\]/ })
    const wrong = [
      'STATUS Drafts ()',
      'STATUS Drafts MESSAGES UNSEEN',
      'STATUS Drafts (FOO)',
      'STATUS Drafts (toString)',
      'STATUS Drafts',
    ]
    for (const text of wrong) t.equal((await client.run(text)).status, 'BAD', text)
  })
  t.same(server.errors, [])
})
