// Every step there is. One more is one file and one row.
import fc from 'fast-check'
import type { Step, StepKind } from '../step.js'
import { append } from './append.js'
import { ask, believe, cut, follow, idle, sync, wander } from './clients.js'
import { deliver } from './deliver.js'
import { destroy, setKeywords, setMailboxes } from './email-set.js'
import { draft, importEmail, redraft } from './filing.js'
import { close, expunge, store } from './flags.js'
import { half } from './half.js'
import { forgotten, housekeeping, undelete } from './keeping.js'
import { mailboxCreate, mailboxDestroy, mailboxReplace, mailboxSwap, mailboxUpdate } from './mailbox-set.js'
import { byNumber } from './sequence.js'
import { submit, unsend } from './submission.js'
import { copy, move } from './transfer.js'
import { create, deleteMailbox, rename, subscribe } from './tree.js'

export const STEPS: Readonly<Record<string, StepKind>> = {
  append,
  deliver,
  store,
  expunge,
  close,
  copy,
  move,
  keywords: setKeywords,
  mailboxIds: setMailboxes,
  destroy,
  byNumber,
  import: importEmail,
  draft,
  redraft,
  submit,
  unsend,
  undelete,
  keep: housekeeping,
  forgotten,
  half,
  create,
  rename,
  delete: deleteMailbox,
  subscribe,
  mailboxCreate,
  mailboxUpdate,
  mailboxSwap,
  mailboxDestroy,
  mailboxReplace,
  cut,
  idle,
  believe,
  sync,
  follow,
  ask,
  wander,
}

export const step: fc.Arbitrary<Step> = fc.oneof(
  ...Object.values(STEPS).map((kind) => ({ arbitrary: kind.step, weight: kind.weight })),
)

/** Those that may be done at once. */
export const stepAtOnce: fc.Arbitrary<Step> = fc.oneof(
  ...Object.values(STEPS)
    .filter(({ atOnce }) => atOnce)
    .map((kind) => ({ arbitrary: kind.step, weight: kind.weight })),
)
