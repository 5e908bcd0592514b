// Counters and gauges in the Prometheus text format (version 0.0.4). Each worker keeps its own; /metrics shows the
// sum over the workers, so a worker's numbers travel as a plain array.

/** What is counted: a metric that nothing adds to has no place here. */
export const METRICS = {
  tandem_workers: { type: 'gauge', help: 'Worker processes that answered.' },
  tandem_database_up: { type: 'gauge', help: 'Workers whose database answers.' },
  tandem_resident_memory_bytes: { type: 'gauge', help: 'Memory held, by worker.' },
  tandem_connections: { type: 'gauge', help: 'Open connections, by listener.' },
  tandem_connections_total: { type: 'counter', help: 'Connections accepted, by listener.' },
  tandem_http_requests_total: { type: 'counter', help: 'HTTP requests answered, by route and status.' },
  tandem_imap_commands_total: { type: 'counter', help: 'IMAP commands, by name and status.' },
  tandem_imap_command_seconds_total: { type: 'counter', help: 'Time that IMAP commands took, by name.' },
  tandem_logins_total: { type: 'counter', help: 'Logins, by service and result; deferred: not judged.' },
  tandem_login_guesses_total: { type: 'counter', help: 'Wrong passwords, repeated ones included.' },
  tandem_login_bans_total: {
    type: 'counter',
    help: 'Bans for wrong passwords: of an address, an account, or both.',
  },
  tandem_logins_deferred_total: {
    type: 'counter',
    help: 'Logins put off without being judged: banned, or too many at once.',
  },
  tandem_connections_turned_away_total: { type: 'counter', help: 'Connections refused by a limit or a ban.' },
  tandem_logins_waiting: { type: 'gauge', help: 'Logins whose password waits to be hashed.' },
  tandem_reads_total: { type: 'counter', help: 'Snapshots read from the store, by service.' },
  tandem_writes_total: { type: 'counter', help: 'Commands that write to the store, by service and result.' },
  tandem_messages_filed_total: {
    type: 'counter',
    help: 'Messages filed: appended, delivered, imported, by service.',
  },
  tandem_messages_incomplete_total: {
    type: 'counter',
    help: 'Messages that could not be read within the bounds, and were taken by their beginning, by service.',
  },
  tandem_submissions_total: { type: 'counter', help: 'Messages accepted for sending, by service.' },
  tandem_recipients_total: { type: 'counter', help: 'Outcomes of sending attempts, by state.' },
  tandem_possible_doubles_total: {
    type: 'counter',
    help: 'Recipients sent to again though nobody knows whether they have the message: a process or a connection died.',
  },
  tandem_pushes_total: { type: 'counter', help: 'Pushes to JMAP clients, by the status that came, or none.' },
  tandem_errors_total: { type: 'counter', help: 'Log lines of level error, by service.' },
} as const satisfies Record<string, { type: 'gauge' | 'counter'; help: string }>

export type MetricName = keyof typeof METRICS
export type Labels = Readonly<Record<string, string>>
export type Sample = { name: MetricName; labels: Labels; value: number }

export interface Metrics {
  add(name: MetricName, labels?: Labels, by?: number): void
  set(name: MetricName, labels: Labels, value: number): void
  snapshot(): Sample[]
}

export function createMetrics(): Metrics {
  const samples = new Map<string, Sample>()
  const sample = (name: MetricName, labels: Labels) => {
    const key = keyOf(name, labels)
    let found = samples.get(key)
    if (found === undefined) {
      found = { name, labels, value: 0 }
      samples.set(key, found)
    }
    return found
  }
  return {
    add(name, labels = {}, by = 1) {
      sample(name, labels).value += by
    },
    set(name, labels, value) {
      sample(name, labels).value = value
    },
    snapshot: () => [...samples.values()].map((one) => ({ ...one })),
  }
}

/** Samples of the same name and labels become one. */
export function sum(snapshots: readonly (readonly Sample[])[]): Sample[] {
  const total = createMetrics()
  for (const { name, labels, value } of snapshots.flat()) total.add(name, labels, value)
  return total.snapshot()
}

export function render(samples: readonly Sample[]): string {
  const lines = (Object.keys(METRICS) as MetricName[]).flatMap((name) => {
    const mine = samples.filter((sample) => sample.name === name)
    if (mine.length === 0) return []
    const rows = mine.map(({ labels, value }) => `${name}${renderLabels(labels)} ${value}`).sort()
    return [`# HELP ${name} ${METRICS[name].help}`, `# TYPE ${name} ${METRICS[name].type}`, ...rows]
  })
  return `${lines.join('\n')}\n`
}

function keyOf(name: string, labels: Labels): string {
  return name + renderLabels(labels)
}

function renderLabels(labels: Labels): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((name) => `${name}="${escapeLabel(labels[name]!)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
