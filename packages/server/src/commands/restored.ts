// What an administrator runs once after a backup was restored, before anybody is served from it.
import { restored as beginAgain } from '@tandem/mailstore'
import { STORE_SETTINGS, withDatabase } from '../database.js'
import { Stop } from '../stop.js'
import { confirmed } from './confirm.js'
import { say } from './say.js'
import type { Command } from './types.js'

export const restored: Command = {
  name: 'restored',
  summary: 'after a restore from a backup: let clients begin again',
  operands: [],
  description: [
    'Run it once after the database was restored from a backup (pg_restore, a snapshot, recovery to a',
    'point in time, a copy of TANDEM_DATA), and before `tandem serve` starts on it. Clients saw changes',
    'that the backup does not have; without this, ids, UIDs and states that they keep from then would',
    'be given again, and mean something else: a client would show one message as another, or flag or',
    'delete the wrong one.',
    'Ids go on from a higher epoch, every mailbox gets a higher UIDVALIDITY, and all states of before',
    'are forgotten. Ids of what is there stay. So IMAP clients fetch their mailboxes anew, JMAP clients',
    'compare.',
    'Mail that waited to be sent when the backup was taken may have been sent since: look at `tandem',
    'queue list` before the outbox does. To run this twice does no harm. At a terminal it asks first;',
    'elsewhere it wants --yes.',
  ],
  examples: ['tandem restored', 'tandem restored --yes'],
  options: { yes: { help: 'do it without asking' } },
  settings: STORE_SETTINGS,
  async run({ switches, inForce: { settings } }) {
    const question = 'Was this database restored from a backup? Every client will fetch all of its mail anew.'
    if (!switches.has('yes') && !(await confirmed('restored', question)))
      throw new Stop('nothing was changed')
    const done = await withDatabase(settings, (url) => beginAgain({ url }))
    if (done === null) throw new Stop('nothing was changed: the database is in use; stop every tandem first')
    const { accounts, mailboxes, queued } = done
    say(`${count(accounts, 'account')}, ${count(mailboxes, 'mailbox', 'mailboxes')}: clients begin again`)
    if (queued > 0) say(`${count(queued, 'message')} in the queue, perhaps sent already: tandem queue list`)
    return 0
  },
}

const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`
