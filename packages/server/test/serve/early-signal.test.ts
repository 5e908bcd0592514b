import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'

const PROGRAM = fileURLToPath(new URL('../../../bin/tandem.js', import.meta.url))

for (const workers of ['1', '2']) {
  t.test(
    `the first Ctrl-C is enough while ${workers} worker${workers === '1' ? '' : 's'} start`,
    async (t) => {
      const { url } = await createTestDatabase(t)
      const ports = ['IMAP', 'IMAPS', 'HTTP', 'SUBMISSION', 'SUBMISSIONS', 'LMTP']
      const env = {
        ...process.env,
        ...Object.fromEntries(ports.map((name) => [`TANDEM_${name}_PORT`, '0'])),
        DATABASE_URL: url,
        TANDEM_DATA: path.join(t.testdir({}), 'data'),
        TANDEM_WORKERS: workers,
      }
      const server = spawn(process.execPath, [PROGRAM, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
      t.teardown(() => server.kill('SIGKILL'))
      let said = ''
      let out = ''
      server.stdout.on('data', (text) => {
        out += text
      })
      // The last that is logged before the workers are begun.
      await new Promise<void>((resolve) => {
        server.stderr.on('data', (text) => {
          said += text
          if (said.includes('self-signed')) resolve()
        })
      })
      server.kill('SIGINT')
      const [code] = await once(server, 'close')
      t.equal(code, 1)
      t.equal(out, '', 'it was never ready')
      t.match(said, /^tandem: stopped before it was ready$/m)
      t.notMatch(said, /^\s+at /m, 'no stack')
    },
  )
}
