// Thread/get: RFC 8621 §3.1, RFC 8620 §5.1.
import { formatId, type Thread } from '@tandem/mailstore'
import { formatState } from '../../objects/state.js'
import { allEmails } from '../all-emails.js'
import { accountMethod } from '../method.js'
import { GET_ARGUMENTS, wantedIds, wantedProperties } from '../standard.js'

const PROPERTIES = ['id', 'emailIds']

export const threadGet = accountMethod(GET_ARGUMENTS, async ({ account, limits }, args) => {
  const properties = wantedProperties('Thread', PROPERTIES, args.properties)
  const wanted = wantedIds('thread', args.ids, limits)
  const { marks, threads } = await account.read(async (r) => {
    const ids =
      wanted?.ids ?? (await allEmails(r, limits, { collapseThreads: true })).map(({ threadId }) => threadId)
    return { marks: r.marks, threads: await r.thread.get(ids) }
  })
  return {
    state: formatState(marks.thread),
    list: threads.map((thread) => render(thread, properties)),
    notFound: wanted?.notFound(threads.map(({ id }) => id)) ?? [],
  }
})

function render(thread: Thread, properties: ReadonlySet<string>): Record<string, unknown> {
  const id = formatId('thread', thread.id)
  if (!properties.has('emailIds')) return { id }
  return { id, emailIds: thread.emailIds.map((emailId) => formatId('email', emailId)) }
}
