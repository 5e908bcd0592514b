import type { Mailbox } from '@tandem/mailstore'
import t from 'tap'
import {
  filterMailboxes,
  readMailboxFilter,
  readMailboxSort,
  sortMailboxes,
} from '../../src/objects/mailbox-query.js'
import { windowOf } from '../../src/objects/query.js'
import { caught } from '../caught.js'

const BASE = 2 ** 40
const mailbox = (id: number, name: string, parent: number | null, more: Partial<Mailbox> = {}) =>
  ({
    id: BASE + id,
    name,
    parentId: parent && BASE + parent,
    role: null,
    sortOrder: 0,
    isSubscribed: true,
    ...more,
  }) as Mailbox

// As the store lists them: parents before children.
const ALL = [
  mailbox(1, 'Inbox', null, { role: 'inbox', sortOrder: 1 }),
  mailbox(2, 'älpha', null),
  mailbox(3, 'Beta', 2, { sortOrder: 5 }),
  mailbox(4, 'alpha 2', 3, { isSubscribed: false }),
  mailbox(5, 'Zeta', 2, { role: 'junk' }),
  mailbox(6, 'beta', null),
]
const numbers = (mailboxes: Mailbox[]) => mailboxes.map(({ id }) => id - BASE)

t.test('RFC 8621 §2.3: filters', async (t) => {
  const cases: [filter: unknown, found: number[], asTree?: boolean][] = [
    [null, [1, 2, 3, 4, 5, 6]],
    [{}, [1, 2, 3, 4, 5, 6]],
    [{ parentId: null }, [1, 2, 6]],
    [{ parentId: 'm100000002' }, [3, 5]],
    [{ parentId: 'x' }, []],
    [{ name: 'BETA' }, [3, 6]],
    [{ role: null }, [2, 3, 4, 6]],
    [{ role: 'inbox' }, [1]],
    [{ hasAnyRole: true }, [1, 5]],
    [{ hasAnyRole: false }, [2, 3, 4, 6]],
    [{ isSubscribed: false }, [4]],
    [{ name: 'beta', parentId: null }, [6]],
    [{ operator: 'AND', conditions: [] }, [1, 2, 3, 4, 5, 6]],
    [{ operator: 'OR', conditions: [] }, []],
    [{ operator: 'NOT', conditions: [] }, [1, 2, 3, 4, 5, 6]],
    [{ operator: 'NOT', conditions: [{ role: 'inbox' }, { parentId: 'm100000002' }] }, [2, 4, 6]],
    [{ operator: 'OR', conditions: [{ role: 'inbox' }, { name: 'zeta' }] }, [1, 5]],
    // Only with all ancestors.
    [{ name: 'alpha' }, [4]],
    [{ name: 'alpha' }, [], true],
    [{ operator: 'NOT', conditions: [{ name: 'beta' }] }, [1, 2, 5], true],
  ]
  for (const [filter, found, asTree = false] of cases) {
    t.strictSame(
      numbers(filterMailboxes(ALL, readMailboxFilter(filter), asTree)),
      found,
      JSON.stringify(filter),
    )
  }
})

t.test('what is no filter or sort', async (t) => {
  const filters: [unknown, string][] = [
    ...[{ parentId: 1 }, { name: null }, { role: 1 }, { hasAnyRole: null }, { isSubscribed: 'x' }, 'x'].map(
      (filter): [unknown, string] => [filter, 'invalidArguments'],
    ),
    [{ totalEmails: 1 }, 'unsupportedFilter'],
  ]
  for (const [filter, type] of filters) {
    t.match(
      caught(() => readMailboxFilter(filter)),
      { type },
      JSON.stringify(filter),
    )
  }
  t.match(
    caught(() => readMailboxSort([{ property: 'role' }])),
    { type: 'unsupportedSort' },
  )
  t.match(
    caught(() => readMailboxSort([{ property: 'name', collation: 'i;basic' }])),
    { type: 'unsupportedSort' },
  )
})

t.test('RFC 8621 §2.3: sorts', async (t) => {
  const name = { property: 'name' }
  const cases: [sort: unknown, order: number[], asTree?: boolean][] = [
    [null, [1, 2, 3, 4, 5, 6]],
    [[{ property: 'sortOrder' }], [2, 4, 5, 6, 1, 3]],
    [[{ property: 'name', collation: 'i;octet' }], [3, 1, 5, 4, 6, 2]],
    [[{ property: 'name', collation: 'i;ascii-casemap' }], [4, 3, 6, 1, 5, 2]],
    [[{ property: 'name', collation: 'i;unicode-casemap' }], [4, 2, 3, 6, 1, 5]],
    [[{ property: 'name', collation: 'i;ascii-numeric' }], [1, 2, 3, 4, 5, 6]],
    [
      [{ property: 'sortOrder', isAscending: false }, name],
      [3, 1, 2, 4, 6, 5],
    ],
    // Blind to case; what is equal keeps the store's order.
    [[name], [2, 4, 3, 6, 1, 5]],
    [[name], [2, 3, 4, 5, 6, 1], true],
    [[{ property: 'name', isAscending: false }], [1, 6, 2, 5, 3, 4], true],
  ]
  for (const [sort, order, asTree = false] of cases) {
    t.strictSame(numbers(sortMailboxes(ALL, readMailboxSort(sort), asTree)), order, JSON.stringify(sort))
  }
})

t.test('RFC 8620 §5.5: the window that is asked for', async (t) => {
  const all = ['a', 'b', 'c', 'd']
  const window = (query: Partial<Parameters<typeof windowOf<string>>[1]>) =>
    windowOf(all, { position: 0, anchor: null, anchorOffset: 0, limit: 2, ...query })
  t.strictSame(window({}), { position: 0, items: ['a', 'b'] })
  t.strictSame(window({ position: 3 }), { position: 3, items: ['d'] })
  t.strictSame(window({ position: 9 }), { position: 9, items: [] })
  t.strictSame(window({ position: -1 }), { position: 3, items: ['d'] })
  t.strictSame(window({ position: -9 }), { position: 0, items: ['a', 'b'] })
  t.strictSame(window({ anchor: 'c', position: 9 }), { position: 2, items: ['c', 'd'] })
  t.strictSame(window({ anchor: 'c', anchorOffset: -1 }), { position: 1, items: ['b', 'c'] })
  t.strictSame(window({ anchor: 'b', anchorOffset: -9 }), { position: 0, items: ['a', 'b'] })
  t.strictSame(window({ limit: 0 }), { position: 0, items: [] })
  t.match(
    caught(() => window({ anchor: 'x' })),
    { type: 'anchorNotFound' },
  )
})
