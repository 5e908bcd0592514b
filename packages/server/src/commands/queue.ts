// What waits to be sent, from the command line: envelopes and reasons, never a message.
import { formatId, parseId, type QueueEntry } from '@tandem/mailstore'
import { STORE_SETTINGS, withMailstore } from '../database.js'
import { EXIT, Stop } from '../stop.js'
import { confirmed } from './confirm.js'
import { say } from './say.js'
import type { Command } from './types.js'

/** The last word about a recipient that an administrator gave up. */
const REMOVED = '554 5.0.0 removed from the queue by an administrator'

export const queueList: Command = {
  name: 'queue list',
  summary: 'list the messages that wait to be sent, and why',
  operands: [],
  description: [
    'Lists every message that somebody has not got yet: its id, its sender, its size, since when it',
    'waits, and what happens next; below that, the recipients that wait and the last word about each. A',
    'message is',
    '  held       until the time that its sender chose,',
    '  sending    being sent right now,',
    '  next …     tried again at that time, for five days; TANDEM_RELAY_URL says how mail leaves,',
    '  set aside  tried no more: attempts broke down, one after the other. The log tells of what;',
    '             tandem queue retry has it tried again.',
  ],
  examples: ['tandem queue list'],
  options: {},
  settings: STORE_SETTINGS,
  async run({ inForce: { settings } }) {
    const count = await withMailstore(settings, async ({ queue }) => {
      let listed = 0
      for await (const entry of queue.list()) {
        for (const line of [headline(entry), ...recipientLines(entry, 3)]) say(line)
        listed++
      }
      return listed
    })
    process.stderr.write(count === 0 ? 'nothing waits\n' : '')
    return 0
  },
}

export const queueShow: Command = {
  name: 'queue show',
  summary: 'show one message that waits, with every recipient',
  operands: ['ID'],
  description: ['Shows what tandem queue list shows of one message, with all recipients that wait.'],
  examples: ['tandem queue show s2k7'],
  options: {},
  settings: STORE_SETTINGS,
  async run({ operands: [id = ''], inForce: { settings } }) {
    const entry = await withMailstore(settings, ({ queue }) => queue.get(submissionId(id)))
    if (!entry) throw nothing(id)
    for (const line of [headline(entry), ...recipientLines(entry, Number.POSITIVE_INFINITY)]) say(line)
    return 0
  },
}

export const queueRetry: Command = {
  name: 'queue retry',
  summary: 'try to send a message now',
  operands: ['ID'],
  description: [
    'Has a message tried at once: a running server sees it within five seconds. ID may be all:',
    'everything that waits, as after the relay was away. What was set aside is tried again too; what',
    'its sender wants held stays.',
  ],
  examples: ['tandem queue retry s2k7', 'tandem queue retry all'],
  options: {},
  settings: STORE_SETTINGS,
  async run({ operands: [id = ''], inForce: { settings } }) {
    const one = id === 'all' ? null : submissionId(id)
    await withMailstore(settings, async ({ queue }) => {
      const count = await queue.retry(one)
      if (one !== null && count === 0) throw (await queue.get(one)) ? busy(id) : nothing(id)
      say(
        one === null
          ? `${count} ${count === 1 ? 'message is' : 'messages are'} tried now`
          : `${id} is tried now`,
      )
    })
    return 0
  },
}

export const queueRemove: Command = {
  name: 'queue remove',
  summary: 'give a message up',
  operands: ['ID'],
  description: [
    'Gives up the recipients that do not have a message yet. Its sender gets no report by mail; JMAP',
    'shows him that an administrator removed it. At a terminal it asks first; elsewhere it wants --yes.',
  ],
  examples: ['tandem queue remove s2k7', 'tandem queue remove s2k7 --yes'],
  options: { yes: { help: 'remove without asking' } },
  settings: STORE_SETTINGS,
  async run({ operands: [id = ''], switches, inForce: { settings } }) {
    const number = submissionId(id)
    if (!switches.has('yes') && !(await confirmed('queue remove', `Give up ${id}, for good?`)))
      throw new Stop(`${id} still waits`)
    const end = await withMailstore(settings, ({ queue }) => queue.remove(number, REMOVED))
    if (end !== 'removed') throw end === 'missing' ? nothing(id) : busy(id)
    say(`${id} is removed`)
    return 0
  },
}

function submissionId(text: string): number {
  const id = parseId('submission', text)
  if (id === null) throw new Stop(`${text} is no id of a message; tandem queue list shows them`, EXIT.usage)
  return id
}

function nothing(id: string): Stop {
  return new Stop(`${id} does not wait: it is sent, or failed, or never was`)
}

function busy(id: string): Stop {
  return new Stop(`${id} is being sent right now, or held by its sender; tandem queue show ${id} says which`)
}

function headline(entry: QueueEntry): string {
  const { id, mailFrom, size, createdAt } = entry
  const sender = mailFrom === '' ? '<> (a report)' : mailFrom
  const kib = `${Math.max(1, Math.round(size / 1024))} KiB`
  return `${formatId('submission', id)}  ${sender}  ${kib}  since ${time(createdAt)}  ${fate(entry)}`
}

function fate({ nextAttemptAt, isRunning, crashes, sendAt }: QueueEntry): string {
  if (isRunning) return 'sending'
  if (nextAttemptAt === null) return `set aside: ${crashes} attempts in a row broke down`
  if (sendAt.getTime() > Date.now()) return `held until ${time(sendAt)}`
  return nextAttemptAt.getTime() <= Date.now() ? 'next now' : `next ${time(nextAttemptAt)}`
}

function recipientLines({ waiting }: QueueEntry, most: number): string[] {
  const lines = waiting.slice(0, most).map(({ address, attempts, reply }) => {
    const tries = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`
    return `    ${address}  ${tries}${reply === null ? '' : `: ${reply}`}`
  })
  return waiting.length > most ? [...lines, `    and ${waiting.length - most} more`] : lines
}

/** UTC, to the minute. */
function time(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')}Z`
}
