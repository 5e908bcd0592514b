import { createHash, createHmac } from 'node:crypto'
import t from 'tap'
import { derivePassword, deriveScram, NOBODYS_HASH, verifyPassword } from '../../src/directory/password.js'

t.test('a password is right against its own hash only', async (t) => {
  const keys = await derivePassword('correct horse')
  t.match(keys.hash, /^\$scrypt\$ln=15,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  t.equal(await verifyPassword('correct horse', keys.hash), true)
  t.equal(await verifyPassword('correct horsf', keys.hash), false)
  t.equal(await verifyPassword('', keys.hash), false)
  t.equal(await verifyPassword('correct horse', NOBODYS_HASH), false)
  t.equal(await verifyPassword('', NOBODYS_HASH), false)
})

t.test('two hashes of one password differ, and so do the salts of scrypt and SCRAM', async (t) => {
  const [one, two] = await Promise.all([derivePassword('same'), derivePassword('same')])
  t.not(one.hash, two.hash)
  t.notSame(one.scram.salt, two.scram.salt)
  t.notOk(one.hash.includes(Buffer.from(one.scram.salt).toString('base64').slice(0, 20)))
  t.equal(one.scram.iterations, 65_536, 'as many as Cyrus SASL takes')
})

t.test('the cost is read from the hash, so that a later change of it keeps old passwords', async (t) => {
  // RFC 7914 §12 has its vectors for 64-octet keys; the first 32 octets of PBKDF2's output are the same.
  const salt = Buffer.from('SodiumChloride').toString('base64').replace(/=+$/, '')
  const key = '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2'
  const hash = Buffer.from(key, 'hex').toString('base64').replace(/=+$/, '')
  t.equal(await verifyPassword('pleaseletmein', `$scrypt$ln=14,r=8,p=1$${salt}$${hash}`), true)
  await t.rejects(verifyPassword('x', '$2b$12$abc'), /not in a known form/)
})

t.test('spellings that SASLprep makes one are one password', async (t) => {
  const { hash } = await derivePassword('I\u00adX caf\u00e9')
  t.equal(await verifyPassword('\u2168\u00a0cafe\u0301', hash), true)
})

t.test('what cannot be a password is refused', async (t) => {
  for (const password of ['', '\u00ad', 'bell\u0007', 'nul\0', 'x'.repeat(1025), '\u00e9'.repeat(600)]) {
    await t.rejects(
      derivePassword(password),
      { code: 'invalidPassword' },
      JSON.stringify(password.slice(0, 8)),
    )
    t.equal(await verifyPassword(password, NOBODYS_HASH), false)
  }
})

// RFC 7677 §3: the exchange of the example, checked from the server's side.
t.test('SCRAM keys verify the client of RFC 7677 and sign as its server', async (t) => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
  const { storedKey, serverKey } = await deriveScram('pencil', salt, 4096)
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
  const exchange = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`
  const sign = (key: Uint8Array) => createHmac('sha256', key).update(exchange).digest()
  const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64')
  const signature = sign(storedKey)
  const clientKey = proof.map((octet, index) => octet ^ signature[index]!)
  t.same(createHash('sha256').update(clientKey).digest(), Buffer.from(storedKey))
  t.equal(sign(serverKey).toString('base64'), '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
})
