import { openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import { keyRecord } from '@tandem/submission/dkim'
import t from 'tap'
import { tandem } from '../tandem.js'

const { url } = await createTestDatabase(t)
const mailstore = await openMailstore({ url, poolSize: 2 })
t.teardown(() => mailstore.close())
await mailstore.directory.createAccount('carol@example.org', 'horse battery')
const env = { DATABASE_URL: url, TANDEM_HOSTNAME: 'mail.example.org' }
const run = (line: string) => tandem(line.split(' '), { env })

t.test('domain add makes a key that signs, and prints what to publish', async (t) => {
  const { code, stdout } = await run('domain add Example.org')
  t.equal(code, 0)
  const [key, ...more] = await mailstore.domains.keys('example.org')
  t.strictSame(more, [])
  t.match(key, { selector: 'tandem', algorithm: 'rsa' })
  const txt = /^tandem\._domainkey\.example\.org\. IN TXT (.+)$/im.exec(stdout)?.[1]
  const strings = [...txt!.matchAll(/"([^"]*)"/g)].map((match) => match[1]!)
  t.ok(strings.every(({ length }) => length <= 255))
  t.equal(strings.join(''), keyRecord(key!))
})

t.test('a second key beside the first, under another selector', async (t) => {
  t.match(await run('domain add example.org'), { code: 1, stderr: /has a key tandem already/ })
  t.match(await run('domain add example.org --algorithm ed25519'), { code: 0 })
  t.match(await mailstore.domains.keys('example.org'), [
    { selector: 'tandem', algorithm: 'rsa' },
    { selector: 'tandem-ed25519', algorithm: 'ed25519' },
  ])
})

t.test('domain show prints the keys and the services with their ports', async (t) => {
  const { stdout } = await tandem(['domain', 'show', 'example.org', '--submissions-port', '465'], { env })
  for (const line of [
    /^tandem-ed25519\._domainkey\.example\.org\. IN TXT "v=DKIM1; k=ed25519; p=\S{44}"$/m,
    /^example\.org\. IN TXT "v=spf1 mx a:mail\.example\.org ~all"$/m,
    /^_dmarc\.example\.org\. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@example\.org"$/m,
    /^example\.org\. IN MX 10 mail\.example\.org\.$/m,
    /^_imaps\._tcp\.example\.org\. IN SRV 0 1 1993 mail\.example\.org\.$/m,
    /^_submissions\._tcp\.example\.org\. IN SRV 0 1 465 mail\.example\.org\.$/m,
    /^_jmap\._tcp\.example\.org\. IN SRV 0 1 443 mail\.example\.org\.$/m,
  ]) {
    t.match(stdout, line)
  }
})

t.test('a name of this machine that nobody else knows is not published without a word', async (t) => {
  const shown = async (host: string) =>
    (await tandem(['domain', 'show', 'example.org'], { env: { ...env, TANDEM_HOSTNAME: host } })).stdout
  t.match(await shown('vm'), /^; vm is no public name: set TANDEM_HOSTNAME /)
  t.notMatch(await shown('mail.example.org'), /TANDEM_HOSTNAME/)
})

t.test('domain list has domains with addresses and domains with keys', async (t) => {
  await run('domain add xn--bcher-kva.example --selector S1')
  t.strictSame((await run('domain list')).stdout.split('\n'), [
    'b\u00fccher.example  0 addresses     s1',
    'example.org     1 address       tandem tandem-ed25519',
    '',
  ])
  t.match(await run('domain show b\u00fccher.example'), {
    stdout: /^s1\._domainkey\.xn--bcher-kva\.example\. IN TXT "/m,
  })
})

t.test('domain remove takes one key, or all of them', async (t) => {
  t.match(await run('domain remove example.org --selector tandem'), {
    code: 0,
    stdout: /^1 key of example\.org /,
  })
  t.match(await mailstore.domains.keys('example.org'), [{ selector: 'tandem-ed25519' }])
  t.match(await run('domain remove example.org'), { code: 0 })
  t.strictSame(await mailstore.domains.keys('example.org'), [])
  t.match(await run('domain remove example.org'), { code: 1, stderr: 'tandem: example.org has no key\n' })
})

t.test('what is wrong is one line', async (t) => {
  for (const [line, code, told] of [
    ['domain add example', 0, ''],
    ['domain add not/a/domain', 1, 'tandem: not/a/domain is not a domain\n'],
    ['domain add example.org --selector a_b', 1, 'tandem: a_b is no DKIM selector\n'],
    ['domain add example.org --algorithm dsa', 2, 'tandem: --algorithm: dsa is not rsa or ed25519'],
    ['domain add example.org --selector', 2, 'tandem: --selector needs a value\n'],
    ['domain show nobody.example', 1, 'tandem: nobody.example has no address and no key here'],
  ] as const) {
    const outcome = await run(line)
    t.equal(outcome.code, code, line)
    t.match(outcome.stderr, told, line)
  }
})
