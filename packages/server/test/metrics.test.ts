import t from 'tap'
import { createMetrics, METRICS, render, sum } from '../src/metrics.js'

t.test('the text has help, type and one line per set of labels, in a fixed order', async (t) => {
  const metrics = createMetrics()
  metrics.add('tandem_logins_total', { service: 'imap', result: 'refused' })
  metrics.add('tandem_logins_total', { result: 'accepted', service: 'imap' }, 2)
  metrics.add('tandem_logins_total', { service: 'imap', result: 'accepted' })
  metrics.set('tandem_workers', {}, 1)
  metrics.set('tandem_workers', {}, 1)
  t.equal(
    render(metrics.snapshot()),
    `# HELP tandem_workers ${METRICS.tandem_workers.help}
# TYPE tandem_workers gauge
tandem_workers 1
# HELP tandem_logins_total ${METRICS.tandem_logins_total.help}
# TYPE tandem_logins_total counter
tandem_logins_total{result="accepted",service="imap"} 3
tandem_logins_total{result="refused",service="imap"} 1
`,
  )
})

t.test('the sum over workers adds equal labels and keeps different ones apart', async (t) => {
  const workers = ['1', '2'].map((worker) => {
    const metrics = createMetrics()
    metrics.set('tandem_workers', {}, 1)
    metrics.set('tandem_resident_memory_bytes', { worker }, 100)
    metrics.add('tandem_reads_total', { service: 'jmap' }, Number(worker))
    return metrics.snapshot()
  })
  const text = render(sum(JSON.parse(JSON.stringify(workers))))
  for (const line of [
    'tandem_workers 2',
    'tandem_resident_memory_bytes{worker="1"} 100',
    'tandem_resident_memory_bytes{worker="2"} 100',
    'tandem_reads_total{service="jmap"} 3',
  ]) {
    t.ok(text.split('\n').includes(line), line)
  }
})

t.test('a snapshot does not change afterwards, and label values are escaped', async (t) => {
  const metrics = createMetrics()
  metrics.add('tandem_http_requests_total', { route: 'a"b\\c\nd' })
  const before = metrics.snapshot()
  metrics.add('tandem_http_requests_total', { route: 'a"b\\c\nd' })
  t.match(render(before), '{route="a\\"b\\\\c\\nd"} 1\n')
})
