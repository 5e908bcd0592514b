import t from 'tap'
import { createLog } from '../src/log.js'
import { createMetrics } from '../src/metrics.js'

function logTo(lines: Record<string, unknown>[], level: 'info' | 'error' = 'info') {
  const metrics = createMetrics()
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  return { metrics, log: createLog({ TANDEM_LOG_LEVEL: level }, { worker: '2' }, { metrics, stream }) }
}

t.test('secrets are masked wherever they slip in', async (t) => {
  const lines: Record<string, unknown>[] = []
  const { log } = logTo(lines)
  log.info({ password: 'hunter2' }, 'a')
  log.child({ service: 'imap' }).info({ request: { headers: { authorization: 'hunter2' } } }, 'b')
  log.info({ auth: { pass: 'hunter2' }, headers: { cookie: 'hunter2' }, token: 'hunter2' }, 'c')
  t.equal(lines.length, 3)
  t.notMatch(JSON.stringify(lines), 'hunter2')
})

t.test('each line says which worker and part it is from, and an error keeps its stack', async (t) => {
  const lines: Record<string, unknown>[] = []
  const { log } = logTo(lines)
  log.child({ service: 'lmtp' }).error({ error: new Error('broken') }, 'it broke')
  const stack = /Error: broken\n/
  t.match(lines, [{ level: 'error', worker: '2', service: 'lmtp', msg: 'it broke', error: { stack } }])
})

t.test('lines of level error are counted by part, others are not', async (t) => {
  const { log, metrics } = logTo([])
  log.child({ service: 'lmtp' }).error({}, 'one')
  log.error({}, 'two')
  log.warn({}, 'three')
  t.strictSame(metrics.snapshot(), [
    { name: 'tandem_errors_total', labels: { service: 'lmtp' }, value: 1 },
    { name: 'tandem_errors_total', labels: { service: 'server' }, value: 1 },
  ])
})

t.test('what is below the level is not written', async (t) => {
  const lines: Record<string, unknown>[] = []
  const { log } = logTo(lines, 'error')
  log.warn({}, 'quiet')
  t.strictSame(lines, [])
})
