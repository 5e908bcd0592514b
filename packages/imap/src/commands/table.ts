// Every command there is, by its file. Dispatch looks here and nowhere else.
import { append } from './append.js'
import { authenticate } from './authenticate.js'
import { capability } from './capability.js'
import { close, unselect } from './close.js'
import type { Command } from './command.js'
import { compress } from './compress.js'
import { copy } from './copy.js'
import { create } from './create.js'
import { deleteMailbox } from './delete.js'
import { enable } from './enable.js'
import { expunge } from './expunge.js'
import { fetch } from './fetch.js'
import { id } from './id.js'
import { idle } from './idle.js'
import { list } from './list.js'
import { login } from './login.js'
import { logout } from './logout.js'
import { lsub } from './lsub.js'
import { move } from './move.js'
import { namespace } from './namespace.js'
import { check, noop } from './noop.js'
import { rename } from './rename.js'
import { search } from './search.js'
import { examine, select } from './select.js'
import { starttls } from './starttls.js'
import { status } from './status.js'
import { store } from './store.js'
import { subscribe, unsubscribe } from './subscribe.js'

export const COMMANDS: readonly Command[] = [
  // Any state
  capability,
  id,
  logout,
  noop,
  // Not authenticated
  authenticate,
  login,
  starttls,
  // Authenticated
  append,
  compress,
  create,
  deleteMailbox,
  enable,
  examine,
  idle,
  list,
  lsub,
  namespace,
  rename,
  select,
  status,
  subscribe,
  unsubscribe,
  // Selected
  check,
  close,
  copy,
  expunge,
  fetch,
  move,
  search,
  store,
  unselect,
]

const BY_NAME: ReadonlyMap<string, { command: Command; uid: boolean }> = new Map(
  COMMANDS.flatMap((command): [string, { command: Command; uid: boolean }][] => [
    [command.name, { command, uid: false }],
    ...(command.state === 'selected' && command.hasUidForm
      ? [[`UID ${command.name}`, { command, uid: true }] as [string, { command: Command; uid: boolean }]]
      : []),
  ]),
)

/** By name in upper case: `FETCH`, `UID FETCH`. */
export function findCommand(name: string): { command: Command; uid: boolean } | null {
  return BY_NAME.get(name) ?? null
}
