// Every step there is. One more is one file and one row.
import fc from 'fast-check'
import type { Step, StepKind } from '../step.js'
import { append } from './append.js'
import { deliver } from './deliver.js'
import { destroy, setKeywords, setMailboxes } from './email-set.js'
import { expunge, store } from './flags.js'
import { copy, move } from './transfer.js'

export const STEPS: Readonly<Record<string, StepKind>> = {
  append,
  deliver,
  store,
  expunge,
  copy,
  move,
  keywords: setKeywords,
  mailboxIds: setMailboxes,
  destroy,
}

export const step: fc.Arbitrary<Step> = fc.oneof(
  ...Object.values(STEPS).map((kind) => ({ arbitrary: kind.step, weight: kind.weight })),
)
