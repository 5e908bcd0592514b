// Which command's id each step of a trace belongs to, and the step as a line. Pure.
import { formatId, type TraceEvent } from '@tandem/mailstore'

/** Commits remembered: a client that is told of an older one gets no id. */
const MAX_COMMITS = 1_000
/** Where JMAP's side begins. */
const RIGHT = 44
/** An id of a command, or that of a submission. */
const ID_WIDTH = 11

export interface Story {
  /** The ids of the commands that this is a step of, or follows from. Events as they come. */
  idsOf(event: TraceEvent): string[]
}

interface Commit {
  id: string
  moved: Readonly<Record<string, number>>
  heardBy: Set<number>
}

/** Two commits of an account never share a modseq, so that marks tell which of them somebody heard of. */
export function createStory(): Story {
  const commits: Commit[] = []

  function follows(isTold: (mark: string, modseq: number) => boolean, among: readonly Commit[]): Commit[] {
    return among.filter(({ moved }) => Object.entries(moved).some(([mark, modseq]) => isTold(mark, modseq)))
  }

  return {
    idsOf(event) {
      switch (event.kind) {
        case 'watching':
          return []
        case 'began':
        case 'ended':
          return [event.id]
        case 'committed':
          commits.push({ id: event.id, moved: event.moved, heardBy: new Set() })
          if (commits.length > MAX_COMMITS) commits.shift()
          return [event.id]
        case 'heard': {
          const unheard = commits.filter(({ heardBy }) => !heardBy.has(event.pid))
          const { before, now } = event
          // Who is new hears of the latest; it is not known since when he is there.
          const isTold = (mark: string, modseq: number) =>
            before ? modseq > (before[mark] ?? 0) && modseq <= (now[mark] ?? 0) : modseq === (now[mark] ?? 0)
          const heard = follows(isTold, unheard)
          for (const { heardBy } of heard) heardBy.add(event.pid)
          return unique(heard)
        }
        case 'pushed': {
          const isTold = (mark: string, modseq: number) => {
            const [before, now] = event.moved[mark] ?? [0, 0]
            return before < modseq && modseq <= now
          }
          return unique(follows(isTold, commits))
        }
        default:
          return event satisfies never
      }
    },
  }
}

const unique = (commits: readonly Commit[]) => [...new Set(commits.map(({ id }) => id))]

export const HEADING = row('time (UTC)', 'id', 'process', `${'IMAP, SMTP, LMTP'.padEnd(RIGHT)}JMAP`)

/** Null for what tells nothing new. */
export function lineOf(event: TraceEvent, ids: readonly string[]): string | null {
  if (event.kind === 'heard' && ids.length === 0) return null
  const isRight = 'protocol' in event && event.protocol === 'jmap'
  const missed = event.missed ? ` (${event.missed} steps before this were left out)` : ''
  const text = `${isRight ? ' '.repeat(RIGHT) : ''}${textOf(event)}${missed}`
  return row(new Date(event.at).toISOString().slice(11, 23), ids.join(' ') || '-', `${event.pid}`, text)
}

function row(time: string, id: string, pid: string, text: string): string {
  return [time.padEnd(12), id.padEnd(ID_WIDTH), pid.padEnd(7), text].join('  ')
}

function textOf(event: TraceEvent): string {
  switch (event.kind) {
    case 'watching':
      return 'this process tells'
    case 'began':
      return `${whoOf(event)} > ${event.text}`
    case 'ended':
      return `${whoOf(event)} < ${event.outcome}, ${event.ms} ms`
    case 'pushed':
      return `${whoOf(event)} ! ${event.text}`
    case 'committed':
      return `= commit, modseq ${event.modseqs[0]} to ${event.modseqs[1]}: ${marksOf(event.moved)}`
    case 'heard':
      return '= its sessions hear of it'
    default:
      return event satisfies never
  }
}

const whoOf = ({ protocol, session }: { protocol: string; session: string }) => `${protocol} ${session}`

function marksOf(moved: Readonly<Record<string, number>>): string {
  const names = Object.keys(moved).map((mark) => {
    const id = /^mailbox (\d+)$/.exec(mark)?.[1]
    return id === undefined ? mark : `in ${formatId('mailbox', Number(id))}`
  })
  return names.join(', ') || 'nothing that a client is shown'
}
