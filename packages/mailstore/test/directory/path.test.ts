import t from 'tap'
import { mailboxPath } from '../../src/directory/path.js'

t.test('addresses that exist, as Postfix takes them', async (t) => {
  const cases: [text: string, path: string | null][] = [
    ...['a@b.org', 'a..b@docomo.test', 'a.@docomo.test', '.a@docomo.test', 'a_b@c_d.test', '1@2.test'].map(
      same,
    ),
    ...['a%b@c.test', 'x!y!z@c.test', '"a b"@c.test', '"a@b"@c.test', '"a..b"@c.test', "o'neil@b.org"].map(
      same,
    ),
    ...[
      'a@[127.0.0.1]',
      'a@[IPv6:2001:db8::1]',
      'a@localhost',
      '\u00fc@m\u00fcnchen.example',
      '-a-@b.test',
    ].map(same),
    same(`${'x'.repeat(200)}@b.test`),
    ['x@y.test.', 'x@y.test'],
    ['@a,@b.test:c@d.test', 'c@d.test'],
    ['@a:c@d.test.', 'c@d.test'],
    [`${'x'.repeat(250)}@b.test`, null],
    ...[
      '',
      '@',
      'a',
      '@b.org',
      'a@',
      'a@.',
      'a@b..org',
      'a@b.org..',
      'a b@c.org',
      'a@-b.org',
      'a@b-.org',
    ].map(none),
    ...['a@b.org\r\nRCPT TO:<x@y.z>', '<a@b.org>', 'a@b .org', '"a@b.org', '"a\r\n"@b.org', 'a@[1 2]'].map(
      none,
    ),
    ...['"a<b"@c.org', 'a\u200b@b.org', 'a\u00a0b@c.org', `a@${'x'.repeat(64)}.org`, 'a@b@c.test', '@a:'].map(
      none,
    ),
  ]
  for (const [text, path] of cases) t.equal(mailboxPath(text), path, JSON.stringify(encodeURI(text)))
})

function same(text: string): [string, string] {
  return [text, text]
}

function none(text: string): [string, null] {
  return [text, null]
}
