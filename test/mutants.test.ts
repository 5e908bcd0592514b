import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { projectRoot } from './support/tandem.js'

const folder = path.join(projectRoot, 'test/mutants')
const names = readdirSync(folder).filter((name) => name.endsWith('.patch'))

t.test('each rule of docs/consistency.md has a mutant, which it names', (t) => {
  const rules = readFileSync(path.join(projectRoot, 'docs/consistency.md'), 'utf8')
    .split('\n')
    .flatMap(
      (line) =>
        /^\| (\d+) \|/
          .exec(line)
          ?.slice(1)
          .map((rule) => [Number(rule), line] as const) ?? [],
    )
  t.equal(rules.length, 11)
  for (const [rule, line] of rules) {
    const own = names.filter((name) => Number(name.slice(0, 2)) === rule)
    t.ok(own.length > 0, `rule ${rule}`)
    for (const name of own) t.ok(line.includes(`\`${name.replace('.patch', '')}\``), name)
  }
  t.end()
})

// `npm run mutants` tells whether the tests still notice them.
t.test(
  'each mutant still applies',
  { skip: existsSync(path.join(projectRoot, '.git')) ? false : 'no git checkout' },
  (t) => {
    for (const name of names) {
      const patch = path.join(folder, name)
      const { status, stderr } = spawnSync('git', ['apply', '--check', patch], {
        cwd: projectRoot,
        encoding: 'utf8',
      })
      t.equal(status, 0, `${name} ${stderr}`)
      const text = readFileSync(patch, 'utf8')
      t.match(text, /^Rule \d+: .+\.\nTests: .+\n/, name)
      for (const test of /^Tests: (.+)$/m.exec(text)![1]!.split(', ')) {
        t.ok(existsSync(path.join(projectRoot, `packages/mailstore/test/${test}.ts`)), `${name}: ${test}`)
      }
    }
    t.end()
  },
)
