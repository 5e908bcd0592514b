// IDLE: RFC 2177 §3. Valid without a selected mailbox, too; then there is nothing to tell.
import { bad, ConnectionLost } from '../refusal.js'
import { highestModseqResponse } from '../session/condstore.js'
import { tracePush } from '../session/traced.js'
import type { Line } from '../wire/input.js'
import { type Command, ok, type UserContext } from './command.js'

export const idle: Command = {
  name: 'IDLE',
  rfc: 'RFC 2177 §3',
  state: 'authenticated',
  async run(context) {
    const { args, session, user, output } = context
    args.end()
    const edge = createEdge()
    // Subscribed before the first look, so that no change falls between the two.
    const unsubscribe = user.account.subscribe(new Set(['membership']), edge.raise)
    try {
      output.text('+ idling\r\n')
      const line = await session.awaitClient(async () => {
        const done = session.connection.input.line(session.settings.limits.lineBeforeLogin)
        return tellUntil(done, edge, context)
      })
      if (line.type === 'end') throw new ConnectionLost('the client is gone')
      if (line.type === 'tooLong' || line.text.trim().toUpperCase() !== 'DONE') {
        if (line.type === 'tooLong') await session.connection.input.skipLine(session.settings.limits.skip)
        throw bad('DONE expected')
      }
      return ok('IDLE completed')
    } finally {
      unsubscribe()
    }
  },
}

/** Tells what is new, at first and after each edge, until the client has sent a line. */
async function tellUntil(
  done: Promise<Line>,
  edge: Edge,
  { session, user, output }: UserContext,
): Promise<Line> {
  // Not a race per edge: each would stay with `done` as long as IDLE lasts.
  const sent: { line?: Line } = {}
  void done.then((line) => {
    sent.line = line
    edge.raise()
  })
  for (;;) {
    edge.clear()
    const { state } = session
    if (state.name === 'selected') {
      const before = state.mailbox.told.view.highestModseq
      const updates = await state.mailbox.refresh({ expunge: true })
      if (updates.length > 0) tracePush(session, user, state.mailbox, before)
      output.text(state.mailbox.render(updates, { withUid: false }))
      const highest = state.mailbox.takeHighestModseq()
      if (highest !== null) output.text(`* ${highestModseqResponse(highest)}\r\n`)
    }
    await output.flush()
    await edge.raised()
    if (sent.line) return sent.line
  }
}

interface Edge {
  raise(): void
  clear(): void
  /** Resolves once it was raised since it was cleared last. */
  raised(): Promise<void>
}

function createEdge(): Edge {
  let isRaised = false
  let wake: () => void = () => {}
  return {
    raise() {
      isRaised = true
      wake()
    },
    clear() {
      isRaised = false
    },
    raised() {
      return new Promise((resolve) => {
        wake = () => resolve()
        if (isRaised) wake()
      })
    },
  }
}
