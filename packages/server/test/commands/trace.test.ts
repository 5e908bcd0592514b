import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { tandem } from '../tandem.js'

t.test('trace wants a login that is there, and teaches', async (t) => {
  const { url } = await createTestDatabase(t)
  t.match(await tandem(['trace', 'nobody@example.org'], { env: { DATABASE_URL: url } }), {
    code: 1,
    stdout: '',
    stderr: 'tandem: there is no login nobody@example.org\n',
  })
  t.match(await tandem(['trace']), { code: 2, stderr: /trace needs NAME@DOMAIN/ })
  t.match(await tandem(['trace', '--help']), { code: 0, stdout: /One id goes/ })
})
