/**
 * Which rights each thing needs that can be done to a mailbox: RFC 4314 §4, and the same letters of RFC 8621 §2,
 * myRights. What is done to two mailboxes needs something in each:
 * - COPY `read` there and `add` here; MOVE `read` and `remove` there (RFC 6851 §4.2), `add` here.
 * - RENAME `rename`, and `createChild` of the new parent where that is another. Only the owner has a top level.
 */
export const NEEDED = {
  /** LIST, SUBSCRIBE. */
  look: 'l',
  /** SELECT, STATUS, FETCH; mayReadItems. */
  read: 'lr',
  /** mayAddItems. */
  add: 'i',
  /** Out of the mailbox for good; mayRemoveItems. */
  remove: 'te',
  expunge: 'e',
  setDeleted: 't',
  setSeen: 's',
  /** Any keyword but $seen; maySetKeywords. */
  setKeywords: 'w',
  createChild: 'k',
  rename: 'x',
  /** With all that is in it; mayDelete. */
  destroy: 'x',
  /** SETACL, GETACL. */
  administer: 'a',
  submit: 'p',
} as const satisfies Record<string, string>

export type GuardedAction = keyof typeof NEEDED

/** Whether these letters are enough. */
export const may = (letters: string, action: GuardedAction): boolean =>
  [...NEEDED[action]].every((letter) => letters.includes(letter))

interface Flags {
  keywords: readonly string[]
  deleted: boolean
}

/**
 * Of flags to be set, changed or taken along into a mailbox, those that these letters there allow. RFC 4314 §4: APPEND
 * and COPY leave out the others, and STORE does not fail while one is left.
 */
export function permittedFlags(letters: string, { keywords, deleted }: Flags): Flags {
  return {
    keywords: keywords.filter((keyword) =>
      may(letters, keyword.toLowerCase() === '$seen' ? 'setSeen' : 'setKeywords'),
    ),
    deleted: deleted && may(letters, 'setDeleted'),
  }
}
