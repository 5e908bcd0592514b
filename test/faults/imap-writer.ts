// An IMAP client that changes what is its own, in every way there is.
import type { Random } from '@tandem/mailstore/testing'
import { letter } from '../support/mail.js'
import type { Home } from './home.js'
import { type Imap, literal, openImapSession, parseUids } from './imap.js'
import type { Stage } from './stage.js'
import { leave, type Message } from './world.js'
import { createTools, type Writer } from './writer.js'

const FLAGS = ['\\Seen', '\\Flagged', '\\Answered', '\\Draft', '$Forwarded', 'blue']
const SHARED = ['INBOX', 'Archive']
const BOXES = 3

export function createImapWriter(name: string, home: Home, stage: Stage, random: Random): Writer {
  const { tools, doubts, refused } = createTools(name, home, stage, random)
  const { world, some, change } = tools
  let imap: Imap | null = null
  let selected = ''
  let boxes = 0

  const command = (...parts: (string | Uint8Array)[]) => imap!.command(...parts)
  const pathOf = (box: string) => world.boxes.get(box) ?? [...home.boxes].find(([, id]) => id === box)![0]
  const targets = () => [...SHARED.map((path) => home.boxes.get(path)!), ...world.boxes.keys()]

  async function select(box: string): Promise<void> {
    if (selected === box) return
    selected = ''
    await command(`SELECT ${pathOf(box)}`)
    selected = box
  }

  /** Some messages of one mailbox, its UIDs in order; null where there is none. */
  function pickMessages(isFit: (place: { deleted: boolean }, message: Message) => boolean) {
    for (const box of some(targets(), 10)) {
      const fit = [...world.messages].filter(([, message]) => {
        const place = message.places.get(box)
        return place && place.uid !== null && isFit(place, message)
      })
      if (fit.length === 0) continue
      const chosen = some(fit, 5).sort(([, a], [, b]) => a.places.get(box)!.uid! - b.places.get(box)!.uid!)
      const uids = chosen.map(([, message]) => message.places.get(box)!.uid!)
      return { box, tokens: chosen.map(([token]) => token), set: uids.join(',') }
    }
    return null
  }

  async function append(): Promise<void> {
    const box = random.pick(targets())
    const tokens = Array.from({ length: random.between(1, 3) }, () => tools.token())
    const flags = some(FLAGS, 2)
    // A large one spans several of the chunks that the store keeps it in.
    const lines = random.chance(0.05) ? Array.from({ length: 9_000 }, () => 'x'.repeat(70)) : ['Hello.']
    const parts = tokens.flatMap((token) => [` (${flags.join(' ')}) `, ...literal(letter(token, lines))])
    const file = (places: () => Message['places']) => ({
      emailId: null,
      keywords: new Set(flags),
      places: places(),
    })
    await change(
      `APPEND of ${tokens} to ${pathOf(box)}`,
      {
        tokens,
        does: [
          (after) => {
            for (const token of tokens)
              after.messages.set(
                token,
                file(() => new Map([[box, { uid: null, deleted: false }]])),
              )
          },
        ],
      },
      () => command(`APPEND ${pathOf(box)}`, ...parts),
      ({ text }) => {
        const uids = parseUids(/^\[APPENDUID \d+ (\S+)\]/.exec(text)![1]!)
        for (const [i, token] of tokens.entries()) place(token, box, uids[i]!)
      },
    )
  }

  function place(token: string, box: string, uid: number): void {
    world.messages.get(token)!.places.get(box)!.uid = uid
    home.note(box, uid, token)
  }

  async function store(): Promise<void> {
    const picked = pickMessages(() => true)
    if (!picked) return append()
    const { box, tokens, set } = picked
    const flag = random.pick(FLAGS)
    const isSet = random.chance(0.6)
    await select(box)
    await change(
      `STORE of ${flag} on ${tokens}`,
      {
        tokens,
        does: [
          (after) => {
            for (const token of tokens) {
              const { keywords } = after.messages.get(token)!
              if (isSet) keywords.add(flag)
              else keywords.delete(flag)
            }
          },
        ],
      },
      () => command(`UID STORE ${set} ${isSet ? '+' : '-'}FLAGS (${flag})`),
    )
  }

  async function copyOrMove(verb: 'COPY' | 'MOVE'): Promise<void> {
    const to = random.pick(targets())
    const picked = pickMessages(({ deleted }, { places }) => !deleted && !places.has(to))
    if (!picked) return append()
    const { box, tokens, set } = picked
    await select(box)
    await change(
      `${verb} of ${tokens} from ${pathOf(box)} to ${pathOf(to)}`,
      {
        tokens,
        does: [
          (after) => {
            for (const token of tokens) {
              after.messages.get(token)!.places.set(to, { uid: null, deleted: false })
              if (verb === 'MOVE') leave(after, token, box)
            }
          },
        ],
      },
      () => command(`UID ${verb} ${set} ${pathOf(to)}`),
      ({ untagged, text }) => {
        const told = [text, ...untagged].map((line) => /\[COPYUID \d+ \S+ (\S+)\]/.exec(line)).find(Boolean)
        const uids = parseUids(told![1]!)
        for (const [i, token] of tokens.entries()) place(token, to, uids[i]!)
      },
    )
  }

  async function mark(): Promise<void> {
    const picked = pickMessages(({ deleted }) => !deleted)
    if (!picked) return append()
    const { box, tokens, set } = picked
    await select(box)
    await change(
      `STORE of \\Deleted on ${tokens} in ${pathOf(box)}`,
      {
        tokens,
        does: [
          (after) => {
            for (const token of tokens) after.messages.get(token)!.places.get(box)!.deleted = true
          },
        ],
      },
      () => command(`UID STORE ${set} +FLAGS.SILENT (\\Deleted)`),
    )
  }

  async function expunge(): Promise<void> {
    const picked = pickMessages(({ deleted }) => deleted)
    if (!picked) return mark()
    const { box, tokens, set } = picked
    await select(box)
    await change(
      `EXPUNGE of ${tokens} in ${pathOf(box)}`,
      {
        tokens,
        does: [
          (after) => {
            for (const token of tokens) leave(after, token, box)
          },
        ],
      },
      () => command(`UID EXPUNGE ${set}`),
    )
  }

  async function create(): Promise<void> {
    if (world.boxes.size >= BOXES) return remove()
    const path = `${name}-${++boxes}`
    const unknown = `?${path}`
    await change(
      `CREATE ${path}`,
      { tokens: [], boxes: [unknown], does: [(after) => void after.boxes.set(unknown, path)] },
      () => command(`CREATE ${path}`),
      ({ text }) => {
        world.boxes.delete(unknown)
        world.boxes.set(/\[MAILBOXID \((\S+)\)\]/.exec(text)![1]!, path)
      },
    )
  }

  async function rename(): Promise<void> {
    const [box] = some([...world.boxes.keys()], 1)
    if (!box) return create()
    const path = `${name}-${++boxes}`
    await change(
      `RENAME ${pathOf(box)} ${path}`,
      { tokens: [], boxes: [box], does: [(after) => void after.boxes.set(box, path)] },
      () => command(`RENAME ${pathOf(box)} ${path}`),
    )
  }

  async function remove(): Promise<void> {
    // Not one that holds what is in doubt: nobody could say what became of that.
    const [box] = some(
      [...world.boxes.keys()].filter((id) => !tools.holdsDoubt(id)),
      1,
    )
    if (!box) return append()
    const tokens = [...world.messages].filter(([, { places }]) => places.has(box)).map(([token]) => token)
    await select(home.boxes.get('INBOX')!)
    await change(
      `DELETE ${pathOf(box)} with ${tokens}`,
      {
        tokens,
        boxes: [box],
        does: [
          (after) => {
            after.boxes.delete(box)
            for (const token of tokens) leave(after, token, box)
          },
        ],
      },
      () => command(`DELETE ${pathOf(box)}`),
    )
  }

  const copy = () => copyOrMove('COPY')
  const move = () => copyOrMove('MOVE')
  const CHANGES = [
    append,
    append,
    append,
    store,
    store,
    store,
    copy,
    move,
    move,
    mark,
    expunge,
    create,
    rename,
    remove,
  ]

  function close(): void {
    imap?.close()
    imap = null
    selected = ''
  }
  return {
    name,
    home,
    world,
    doubts,
    refused,
    close,
    run: () =>
      stage.loop(async () => {
        imap ??= await openImapSession(await stage.server(), home.address)
        await tools.oneOf(CHANGES, expunge)
      }, close),
  }
}
