// The states of a session: RFC 3501 §3.
//
// notAuthenticated  from the greeting on; LOGIN or AUTHENTICATE leads on, STARTTLS stays here.
// authenticated     somebody is logged in. There is no way back.
// selected          SELECT or EXAMINE succeeded. A further one first leaves the mailbox, whether or not it succeeds;
//                   CLOSE, UNSELECT and the DELETE of the mailbox itself lead back to authenticated.
// logout            the last word is said: after LOGOUT, or a BYE.
import type { Account, Principal } from '@tandem/mailstore'
import type { SelectedMailbox } from './selected-mailbox.js'

export interface User {
  principal: Principal
  account: Account
}

export type State =
  | { name: 'notAuthenticated' }
  | { name: 'authenticated'; user: User }
  | { name: 'selected'; user: User; mailbox: SelectedMailbox }
  | { name: 'logout' }
