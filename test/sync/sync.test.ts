// Whoever follows /changes and /queryChanges is where a fresh read is, whatever an IMAP client did meanwhile.
import { createRandom } from '@tandem/mailstore/testing'
import t from 'tap'
import { openImap } from '../support/imap.js'
import { openJmap } from '../support/jmap.js'
import { addAccount, startTandem } from '../support/tandem.js'
import { createChanger } from './imap-changes.js'
import { createOfflineClient, readAll } from './offline-client.js'

const CHANGES = Number(process.env.TANDEM_SYNC_CHANGES ?? 1_000)
const SEED = Number(process.env.TANDEM_SEED ?? Date.now() % 2 ** 32)
const MAX_CHANGES = 7

t.test(
  `${CHANGES} changes over IMAP reach an offline JMAP client, ${MAX_CHANGES} at a time`,
  { timeout: 240_000 },
  async (t) => {
    t.comment(`TANDEM_SEED=${SEED}`)
    const tandem = await startTandem(t)
    await addAccount(tandem, 'alice@example.org')
    const imap = await openImap(t, tandem, 'alice@example.org')
    const jmap = await openJmap(tandem, 'alice@example.org')
    const r = createRandom(SEED)
    const changer = createChanger(imap, r)
    const client = await createOfflineClient(jmap)

    let batches = 0
    for (let done = 0; done < CHANGES; batches++) {
      for (let left = Math.min(1 + r.below(40), CHANGES - done); left > 0; left--, done++)
        await changer.change()
      await client.sync(MAX_CHANGES)
      const { objects, lists } = await readAll(jmap)
      const known = client.known()
      for (const type of Object.keys(objects)) {
        if (!t.strictSame(known.objects[type], objects[type], `${type}: after ${done} changes`)) return
      }
      if (!t.strictSame(known.lists, lists, `the lists after ${done} changes`)) return
    }
    t.comment(
      `${batches} batches, ${client.requests} requests to follow, ${client.restarts} lists begun anew`,
    )
    t.equal(client.restarts, 0, 'every list was followed by its changes')
  },
)
