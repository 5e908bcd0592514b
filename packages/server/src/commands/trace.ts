// What happens to an account, live, from every process.
import { MailstoreError } from '@tandem/mailstore'
import { STORE_SETTINGS, withMailstore } from '../database.js'
import { say } from './say.js'
import { createStory, HEADING, lineOf } from './trace/story.js'
import type { Command } from './types.js'

export const trace: Command = {
  name: 'trace',
  summary: 'show live what becomes of changes to an account',
  operands: ['NAME@DOMAIN'],
  description: [
    'Prints each command on the account as it begins (>) and ends (<), what it commits (=), which',
    'processes hear of it (=) and whom they tell (!): IMAP, SMTP and LMTP on the left, JMAP on the',
    'right. One id goes with a change all the way; what is told of several changes at once has several',
    'ids. What the queue does has the id of the submission, in the trace of each local recipient too. A',
    'change without a command is one of housekeeping or of the command line. Each process first says',
    'that it tells.',
    'Passwords, messages, searches and the values of JMAP properties are not shown, and LOGIN is not',
    'either.',
    'Nothing is written down, and nothing waits for it. Ctrl-C ends it.',
  ],
  examples: [
    'tandem trace carol@example.org',
    'tandem trace carol@example.org --json | jq \'select(.kind == "pushed")\'',
  ],
  options: {
    json: { help: 'one JSON object a line: kind, ids, pid, at (milliseconds), and what the kind has' },
  },
  settings: STORE_SETTINGS,
  async run({ operands: [name = ''], switches, inForce }) {
    return withMailstore(inForce.settings, async ({ directory, trace }) => {
      const principal = await directory.find(name)
      if (!principal) throw new MailstoreError('loginNotFound', `there is no login ${name}`)
      const ended = untilEnded()
      const isJson = switches.has('json')
      const story = createStory()
      if (!isJson) say(HEADING)
      const watch = await trace.watch(principal.accountId, (event) => {
        const ids = story.idsOf(event)
        const line = isJson ? JSON.stringify({ ids, ...event }) : lineOf(event, ids)
        if (line !== null) say(line)
      })
      await ended
      await watch.stop()
      return 0
    })
  },
}

/** Ctrl-C, or nobody reads any more (`| head`). */
function untilEnded(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve())
    process.stdout.once('error', () => resolve())
  })
}
