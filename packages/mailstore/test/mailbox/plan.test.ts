import t from 'tap'
import { type Node, planUpdates } from '../../src/mailbox/plan.js'
import type { MailboxPatch } from '../../src/mailbox/types.js'

const node = (id: number, name: string, rest: Partial<Node> = {}): Node => ({
  id,
  name,
  parentId: null,
  role: null,
  sortOrder: 0,
  ...rest,
})

// 1 INBOX, 2 a, 3 a/b, 4 a/b/c, 5 Sent
const TREE = [
  node(1, 'Inbox', { role: 'inbox' }),
  node(2, 'a'),
  node(3, 'b', { parentId: 2 }),
  node(4, 'c', { parentId: 3 }),
  node(5, 'Sent', { role: 'sent' }),
]

const CASES: [string, [number, MailboxPatch][], Record<number, string>][] = [
  ['a rename', [[2, { name: 'z' }]], {}],
  [
    'a swap of names',
    [
      [2, { name: 'Sent' }],
      [5, { name: 'a' }],
    ],
    {},
  ],
  [
    'a swap of roles',
    [
      [2, { role: 'sent' }],
      [5, { role: null }],
    ],
    {},
  ],
  ['a name that is taken', [[2, { name: 'Sent' }]], { 2: 'mailboxExists' }],
  [
    'half a swap',
    [
      [2, { name: 'Sent' }],
      [5, { name: 'x/y' }],
    ],
    { 2: 'mailboxExists', 5: 'invalidMailboxName' },
  ],
  ['a role that is taken', [[2, { role: 'sent' }]], { 2: 'mailboxRoleTaken' }],
  ['below itself', [[2, { parentId: 4 }]], { 2: 'invalidMailboxParent' }],
  [
    'a cycle of two',
    [
      [2, { parentId: 5 }],
      [5, { parentId: 2 }],
    ],
    { 2: 'invalidMailboxParent' },
  ],
  ['a missing parent', [[2, { parentId: 99 }]], { 2: 'invalidMailboxParent' }],
  ['INBOX under a name', [[1, { name: 'Posteingang' }]], {}],
  ['INBOX moved', [[1, { parentId: 2 }]], { 1: 'mailboxProtected' }],
  ['INBOX without its role', [[1, { role: null }]], { 1: 'mailboxProtected' }],
  ['a second INBOX', [[2, { name: 'inbox' }]], { 2: 'invalidMailboxName' }],
  [
    'a name that INBOX has for JMAP',
    [
      [1, { name: 'Mail' }],
      [2, { name: 'Mail' }],
    ],
    { 2: 'mailboxExists' },
  ],
  [
    'a name that one has already, and says again',
    [
      [2, { name: 'a' }],
      [5, { name: 'a' }],
    ],
    { 5: 'mailboxExists' },
  ],
  [
    'a name that one cannot give up after all',
    [
      [2, { name: 'Sent' }],
      [5, { name: 'Inbox' }],
    ],
    { 2: 'mailboxExists', 5: 'invalidMailboxName' },
  ],
  [
    'a name that one gave in to who had to give in himself',
    [
      [2, { name: 'x', role: 'sent' }],
      [3, { name: 'x', parentId: null }],
    ],
    { 2: 'mailboxRoleTaken' },
  ],
  ['INBOX below the top is a name like others', [[3, { name: 'inbox' }]], {}],
  ['an empty name', [[2, { name: '' }]], { 2: 'invalidMailboxName' }],
  ['a lone surrogate', [[2, { name: '\ud800' }]], { 2: 'invalidMailboxName' }],
  ['a mailbox that is not there', [[77, { name: 'x' }]], { 77: 'mailboxNotFound' }],
]

t.test('patches are judged by how all of them end up (RFC 8621 §2)', (t) => {
  for (const [name, patches, expected] of CASES) {
    const { tree, refused } = planUpdates(TREE, new Map(patches))
    t.same(Object.fromEntries([...refused].map(([id, error]) => [id, error.code])), expected, name)
    for (const [id, patch] of patches) {
      if (!refused.has(id)) t.match(tree.get(id), patch, `${name}: done`)
      else if (tree.has(id))
        t.same(
          tree.get(id),
          TREE.find((each) => each.id === id),
          `${name}: as it was`,
        )
    }
  }
  t.end()
})

t.test('names are kept in NFC, so that one name is one mailbox (RFC 5198)', (t) => {
  const { tree } = planUpdates(TREE, new Map([[2, { name: 'e\u0301' }]]))
  t.equal(tree.get(2)!.name, '\u00e9')
  t.end()
})

t.test('mailboxes go 20 levels deep and no further', (t) => {
  const chain = Array.from({ length: 20 }, (_, i) =>
    node(i + 10, `n${i}`, { parentId: i === 0 ? null : i + 9 }),
  )
  const { refused } = planUpdates([...chain, node(99, 'deep')], new Map([[99, { parentId: 29 }]]))
  t.equal(refused.get(99)?.code, 'invalidMailboxParent')
  t.end()
})
