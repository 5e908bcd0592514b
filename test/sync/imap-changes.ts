// Random changes by an IMAP client, of every kind that it can make.
import type { Random } from '@tandem/mailstore/testing'
import type { ImapFlow } from 'imapflow'

const FLAGS = ['\\Seen', '\\Flagged', '\\Answered', '\\Draft', '$Forwarded', 'blue', '\\Deleted']
const ROLES = ['INBOX', 'Archive', 'Trash', 'Sent']

export interface Changer {
  change(): Promise<void>
}

export function createChanger(imap: ImapFlow, r: Random): Changer {
  const made: string[] = []
  let number = 0

  const compose = (): string => {
    const topic = r.below(8)
    number++
    return [
      'From: Bob <bob@example.net>',
      `Subject: ${r.below(2) ? 'Re: ' : ''}Topic ${topic}`,
      `Message-ID: <n${number}@example.net>`,
      ...(r.below(2) ? [`References: <topic${topic}@example.net>`] : []),
      '',
      'x'.repeat(r.below(200)),
      '',
    ].join('\r\n')
  }
  const anyMailbox = () => r.pick([...ROLES, ...made])
  const received = () => new Date(Date.UTC(2026, 0, 1 + r.below(300)))

  /** With a mailbox selected and one to five of its messages; nothing where it is empty. */
  async function withSome(work: (range: string) => Promise<unknown>): Promise<void> {
    const { exists } = await imap.mailboxOpen(anyMailbox())
    if (exists === 0) return
    const from = 1 + r.below(exists)
    await work(`${from}:${Math.min(exists, from + r.below(5))}`)
  }

  const CHANGES: readonly (() => Promise<unknown>)[] = [
    () => imap.append(anyMailbox(), compose(), r.below(2) ? [r.pick(FLAGS)] : [], received()),
    () => imap.append(anyMailbox(), compose(), [], received()),
    () => withSome((range) => imap.messageFlagsAdd(range, [r.pick(FLAGS)])),
    () => withSome((range) => imap.messageFlagsRemove(range, [r.pick(FLAGS)])),
    () => withSome((range) => imap.messageFlagsSet(range, [r.pick(FLAGS), r.pick(FLAGS)])),
    () => withSome((range) => imap.messageMove(range, anyMailbox())),
    () => withSome((range) => imap.messageCopy(range, anyMailbox())),
    () => withSome((range) => imap.messageDelete(range)),
    async () => {
      const path = `Box ${++number}`
      await imap.mailboxCreate(path)
      made.push(path)
    },
    async () => {
      if (made.length === 0) return
      const index = r.below(made.length)
      const path = `Named ${++number}`
      await imap.mailboxRename(made[index]!, path)
      made[index] = path
    },
    async () => {
      if (made.length < 3) return
      const [path] = made.splice(r.below(made.length), 1)
      await imap.mailboxOpen('INBOX')
      await imap.mailboxDelete(path!)
    },
  ]
  return {
    async change() {
      await r.pick(CHANGES)()
    },
  }
}
