import t from 'tap'
import { baseSubject } from '../src/index.js'

t.test('baseSubject: RFC 5256 §2.1', (t) => {
  const cases: [subject: string, base: string][] = [
    ['hello', 'hello'],
    ['Re: hello', 'hello'],
    ['RE:re :  Fwd: fw[2]: hello', 'hello'],
    ['  a \t b\r\n c  ', 'a b c'],
    ['hello (fwd) (FWD) ', 'hello'],
    ['[list] Re: [x] hello', 'hello'],
    ['[list] [x]', '[x]'],
    ['[list]', '[list]'],
    ['Re: [list] (fwd)', '[list]'],
    ['[a][b] Re[c] : hello', 'hello'],
    ['[fwd: hello]', 'hello'],
    ['Re: [Fwd: [x] Re: hello (fwd)] (fwd)', 'hello'],
    ['[fwd: [fwd: a] b]', 'b'],
    ['[fwd: hello', '[fwd: hello'],
    ['regarding: x', 'regarding: x'],
    ['[a [b] c', '[a [b] c'],
    ['Re:', ''],
    ['', ''],
  ]
  for (const [subject, base] of cases) t.equal(baseSubject(subject), base, JSON.stringify(subject))
  t.end()
})
