import t from 'tap'
import { LEAST_PASSWORD, passwordProblem } from '../../src/directory/password-rules.js'

const NAME = 'anna.smith@acme-mail.example'

const REFUSED = [
  ['', 'a', 'ab', '1234567', 'Xq7!pz9', '日本語日本語'],
  [
    'password',
    'Password1',
    'p4ssw0rd',
    'P@ssw0rd!',
    'passwordpassword',
    'Passwort2026',
    '123password',
    'ｐａｓｓｗｏｒｄ',
  ],
  ['12345678', '123456789', '87654321', '19871231', '2026-11-30', '31.12.1987', '11111111', '00000000'],
  ['abcdefgh', 'qwertyuiop', 'qwertz1234', 'asdfghjkl', 'zxcvbnm,', 'abcd1234', 'qwer1234'],
  ['aaaaaaaa', 'abababab', 'abcabcabc', '12121212', 'aaaabbbb', 'xyxyxyxyx'],
  [
    'iloveyou',
    'sunshine',
    'Football1',
    'liverpool!',
    'letmein123',
    'changeme1',
    'trustno1',
    'michael1990',
    'dragon99',
  ],
  ['anna.smith', 'smith1234', 'Acme-Mail1', 'anna2026!!', 'anna.smith@acme-mail.example'],
].flat()

const TAKEN = [
  'correct horse',
  'open sesame 7',
  'k7m2p-3vbx9-ahq4z-w8ndt',
  'Xq7!pz92',
  'four small words here',
  '日本語日本語日本の言葉',
  'passworthy hedgehog',
  'sunshine over the barn',
  '8412097715366420',
  'annapurna climbing',
]

t.test('what is short or guessed first is refused, and told what would do', async (t) => {
  for (const password of REFUSED) {
    const problem = passwordProblem(password, NAME)
    if (password === '') t.equal(problem, null, 'an empty one is refused elsewhere')
    else t.match(problem, /: a few words in a row would do$/, password)
  }
  t.match(passwordProblem('a\u00adb', NAME), `at least ${LEAST_PASSWORD} characters, and this one has 2`)
  t.match(passwordProblem('\u{1f600}'.repeat(7), NAME), 'has 7', 'characters, not octets')
})

t.test('what is long enough and not among the commonest is taken, whatever it is made of', async (t) => {
  for (const password of TAKEN) t.equal(passwordProblem(password, NAME), null, password)
})

t.test('a password as long as may be costs no time', async (t) => {
  for (const unit of ['a', 'ab', 'abcde', '1', 'qwer', 'password', ' ', '\u0301', '💩', 'ab1']) {
    const before = process.cpuUsage()
    passwordProblem(unit.repeat(Math.ceil(1024 / unit.length)).slice(0, 1024), NAME)
    const { user } = process.cpuUsage(before)
    t.ok(user < 100_000, `${unit}: ${user} µs`)
  }
})
