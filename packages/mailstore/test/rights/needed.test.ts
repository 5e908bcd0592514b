import t from 'tap'
import {
  ALL_RIGHTS,
  type GuardedAction,
  may,
  NEEDED,
  permittedFlags,
  placesFor,
  type Rights,
  requireOnEmail,
} from '../../src/index.js'

t.test('each action needs the letters of RFC 4314 §4 and RFC 8621 §2, and no others', async (t) => {
  const table: Record<GuardedAction, string> = {
    look: 'l',
    read: 'lr',
    add: 'i',
    remove: 'te',
    expunge: 'e',
    setDeleted: 't',
    setSeen: 's',
    setKeywords: 'w',
    createChild: 'k',
    rename: 'x',
    destroy: 'x',
    administer: 'a',
    submit: 'p',
  }
  t.same(new Set(Object.keys(NEEDED)), new Set(Object.keys(table)))
  for (const [action, letters] of Object.entries(table) as [GuardedAction, string][]) {
    t.ok(may(letters, action), action)
    t.ok(may(ALL_RIGHTS, action))
    for (const letter of letters)
      t.notOk(may(ALL_RIGHTS.replace(letter, ''), action), `${action} without ${letter}`)
  }
})

t.test(
  'flags that the rights do not allow are left out, and the others stay: RFC 4314 §4, APPEND',
  async (t) => {
    const flags = { keywords: ['$Seen', '$flagged', 'work'], deleted: true }
    t.same(permittedFlags('lrswit', flags), flags)
    t.same(permittedFlags('lrs', flags), { keywords: ['$Seen'], deleted: false })
    t.same(permittedFlags('lrw', flags), { keywords: ['$flagged', 'work'], deleted: false })
    t.same(permittedFlags('lrt', flags), { keywords: [], deleted: true })
    t.same(permittedFlags('lr', flags), { keywords: [], deleted: false })
  },
)

const rights = (byMailbox: Record<number, string>): Rights => ({
  isOwner: false,
  epoch: 1,
  byMailbox: new Map(Object.entries(byMailbox).map(([id, letters]) => [Number(id), letters])),
})

t.test(
  'an email is changed with the right in all of its mailboxes that one may read: RFC 8621 §2',
  async (t) => {
    const guest = rights({ 1: 'lrw', 2: 'lrsw', 3: 'w' })
    requireOnEmail(guest, [1, 2], 'setKeywords')
    requireOnEmail(guest, [2], 'setSeen')
    requireOnEmail(guest, [2, 3, 4], 'setSeen')
    t.throws(() => requireOnEmail(guest, [1, 2], 'setSeen'), { code: 'forbidden' })
    t.throws(() => requireOnEmail(guest, [3, 4], 'setKeywords'), { code: 'emailNotFound' }, 'RFC 8621 §9.5')
  },
)

t.test(
  'a guest moves an email among the mailboxes he knows, and it stays in those he does not',
  async (t) => {
    const guest = rights({ 1: 'lrte', 2: 'lri', 3: 'lr' })
    t.same(placesFor(guest, [1, 9], [2]), [2, 9], 'moved')
    t.same(placesFor(guest, [1, 9], [1, 2]), [1, 2, 9], 'added')
    t.same(placesFor(guest, [1, 9], []), [9], 'destroyed, as he sees it')
    t.same(placesFor(guest, [1], []), [], 'destroyed')
    t.throws(() => placesFor(guest, [2], [1]), { code: 'forbidden' }, 'neither i there nor te here')
    t.throws(() => placesFor(guest, [1], [3]), { code: 'forbidden' })
    t.throws(() => placesFor(guest, [1, 9], [9]), { code: 'mailboxNotFound' })
    t.throws(() => placesFor(guest, [9], [2]), { code: 'emailNotFound' })
  },
)
