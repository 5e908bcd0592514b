import t from 'tap'
import { openMailstore } from '../../src/mailstore.js'
import { createScramClient, createTestDatabase } from '../../src/testing.js'

const { url } = await createTestDatabase(t)
const mailstore = await openMailstore({ url })
t.teardown(() => mailstore.close())
const { directory } = mailstore
const anna = await directory.createAccount('anna@scram.test', 'horse secr\u00e9t')
await directory.addAlias('info@scram.test', 'anna@scram.test')
const OPEN = { plus: false, bindings: null }

async function exchange(name: string, password: string, authorizationId?: string) {
  const login = directory.scram(OPEN)
  const client = createScramClient({ name, password, ...(authorizationId ? { authorizationId } : {}) })
  const first = await login.first(client.first)
  if (first.type === 'failed') return { answer: first, expected: '', challenge: '' }
  const answer = await login.final(client.final(first.message))
  return { answer, expected: client.expected(), challenge: first.message }
}
const salt = (challenge: string) => /,s=([^,]+),i=\d+$/.exec(challenge)![1]!
/** The salt that a name is asked with. */
const saltOf = async (name: string, store = directory) => {
  const answer = await store.scram(OPEN).first(`n,,n=${name},r=x`)
  return answer.type === 'challenge' ? salt(answer.message) : ''
}

t.test('a login by name and alias in any spelling; the server proves that it knows the keys', async (t) => {
  const principal = { ...anna, addresses: ['anna@scram.test', 'info@scram.test'] }
  for (const name of ['anna@scram.test', 'ANNA@Scram.test', 'info@scram.test']) {
    const { answer, expected } = await exchange(name, 'horse secr\u00e9t', 'whoever')
    const login = { name: name.toLowerCase(), generation: 0 }
    const who = { ...principal, credentialId: Number, login }
    t.match(answer, { type: 'success', message: expected, principal: who, authorizationId: 'whoever' }, name)
  }
})

t.test('a wrong password and a name that is not there fail in the same way', async (t) => {
  const wrong = await exchange('anna@scram.test', 'horse secret')
  t.same(wrong.answer, { type: 'failed', error: 'invalid-proof', name: 'anna@scram.test' })
  for (const name of ['nobody@scram.test', 'no address', 'anna+tag@scram.test']) {
    const unknown = await exchange(name, 'horse secret')
    t.same(unknown.answer, { type: 'failed', error: 'invalid-proof', name })
    t.equal(unknown.challenge.length, wrong.challenge.length)
  }
})

t.test(
  'the salt of a name that is not there stays the same, in every spelling and in every process',
  async (t) => {
    const nobody = await saltOf('nobody@scram.test')
    t.equal(await saltOf('NOBODY@scram.TEST'), nobody)
    t.not(await saltOf('nobody2@scram.test'), nobody)
    t.equal(await saltOf('ANNA@scram.test'), await saltOf('anna@scram.test'))
    const other = await openMailstore({ url })
    t.teardown(() => other.close())
    t.equal(await saltOf('nobody@scram.test', other.directory), nobody)
    t.equal(
      Buffer.from(nobody, 'base64').length,
      Buffer.from(await saltOf('anna@scram.test'), 'base64').length,
    )
  },
)

t.test('messages have their order, and an exchange that failed is over', async (t) => {
  const early = directory.scram(OPEN)
  t.match(await early.final('c=biws,r=x,p=AAAA'), { type: 'failed', error: 'other-error' })
  t.match(await early.first('n,,n=anna@scram.test,r=x'), { type: 'failed' })

  const login = directory.scram(OPEN)
  const client = createScramClient({ name: 'anna@scram.test', password: 'horse secr\u00e9t' })
  const first = await login.first(client.first)
  const message = first.type === 'challenge' ? first.message : ''
  t.match(await login.first(client.first), { type: 'failed' }, 'twice the first')
  t.match(await login.final(client.final(message)), { type: 'failed' })

  const replayed = directory.scram(OPEN)
  await replayed.first(client.first)
  t.match(
    await replayed.final(client.final(message)),
    { type: 'failed', error: 'other-error' },
    'another nonce',
  )
})

t.test('a login that goes in the midst of the exchange is none', async (t) => {
  await directory.createAccount('gone@scram.test', 'horse secret')
  const login = directory.scram(OPEN)
  const client = createScramClient({ name: 'gone@scram.test', password: 'horse secret' })
  const first = await login.first(client.first)
  await directory.deleteAccount('gone@scram.test')
  const final = client.final(first.type === 'challenge' ? first.message : '')
  t.match(await login.final(final), { type: 'failed', error: 'invalid-proof' })
})
