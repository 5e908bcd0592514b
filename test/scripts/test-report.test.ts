// What `npm test` counts: innermost tests, each once.
import t from 'tap'

type Report = {
  passed: number
  failed: number
  skipped: number
  write(chunk: string): void
  end(exitCode: number): Promise<void>
}

type ReportOptions = { files: string[]; print(line: string): void }

/** From test/dist/scripts/ to the root of the project. */
const { createReport } = (await import(new URL('../../../scripts/test-report.js', import.meta.url).href)) as {
  createReport(options: ReportOptions): Report
}

async function report(files: string[], tap: string, exitCode: number) {
  const lines: string[] = []
  const report = createReport({ files, print: (line) => lines.push(line) })
  // In pieces, as it comes through a pipe.
  for (let at = 0; at < tap.length; at += 50) report.write(tap.slice(at, at + 50))
  await report.end(exitCode)
  const { passed, failed, skipped } = report
  return { counts: [passed, failed, skipped], text: lines.join('\n') }
}

const cases: { name: string; tap: string; exit: number; counts: number[]; says: (string | RegExp)[] }[] = [
  {
    name: 'innermost tests count, their assertions and what surrounds them do not',
    tap: `TAP version 14
# Subtest: a.js
    # Subtest: outer
        # Subtest: first
            ok 1 - one
            ok 2 - two
            1..2
        ok 1 - first # time=1.5ms
        # Subtest: second
            ok 1 - one
            1..1
        ok 2 - second # time=1.5ms
        1..2
    ok 1 - outer # time=4ms
    ok 2 - an assertion outside
    1..2
ok 1 - a.js # time=2500ms
1..1
`,
    exit: 0,
    counts: [2, 0, 0],
    says: ['ok       a.js  (2 passed, 2.5 s)'],
  },
  {
    name: 'a file with assertions alone is one test',
    tap: `TAP version 14
# Subtest: a.js
    ok 1 - one
    ok 2 - two
    1..2
ok 1 - a.js # time=10ms
1..1
`,
    exit: 0,
    counts: [1, 0, 0],
    says: [],
  },
  {
    name: 'a test that fails twice is one, told with place and difference',
    tap: `TAP version 14
# Subtest: a.js
    # Subtest: outer
        # Subtest: inner
            not ok 1 - should match
              ---
              at:
                fileName: test/a.ts
                lineNumber: 7
              diff: |
                --- expected
                +++ actual
                -1
                +2
              ...
            not ok 2 - again
            1..2
        not ok 1 - inner # time=2ms
        1..1
    not ok 1 - outer # time=2ms
    1..1
not ok 1 - a.js # time=10ms
1..1
`,
    exit: 1,
    counts: [0, 1, 0],
    says: ['FAILED   a.js', 'outer > inner > should match (and 1 more)', 'at test/a.ts:7', /^ +-1\n +\+2$/m],
  },
  {
    name: 'skipped and unwritten tests are told with their reasons, and are neither passed nor failed',
    tap: `TAP version 14
# Subtest: a.js
    ok 1 - not here # SKIP needs root
    not ok 2 - later # TODO
    # Subtest: inside
        ok 1 - because # SKIP
        1..1
    ok 3 - inside # time=1ms
    1..3
ok 1 - a.js # time=10ms
# Subtest: b.js
    1..0 # no mail here
ok 2 - b.js # SKIP no mail here
1..2
`,
    exit: 0,
    counts: [0, 0, 4],
    says: ['a.js > not here: needs root', 'a.js > later', 'a.js > inside > because', 'b.js: no mail here'],
  },
  {
    name: 'a file that crashes has failed, beside the tests it passed',
    tap: `TAP version 14
# Subtest: a.js
    # Subtest: fine
        ok 1 - one
        1..1
    ok 1 - fine # time=1ms
    1..1
not ok 1 - a.js # time=10ms
  ---
  exitCode: 7
  signal: null
  ...
1..1
`,
    exit: 1,
    counts: [1, 1, 0],
    says: ['ended with code 7'],
  },
  {
    name: 'a file that is killed has failed',
    tap: `TAP version 14
# Subtest: a.js
    1..0 # no tests found
not ok 1 - a.js # time=10ms
  ---
  exitCode: null
  signal: SIGKILL
  ...
1..1
`,
    exit: 1,
    counts: [0, 1, 0],
    says: ['ended by SIGKILL'],
  },
  {
    name: 'a file without a test has failed, although tap calls it skipped',
    tap: `TAP version 14
# Subtest: a.js
    1..0 # no tests found
ok 1 - a.js # SKIP no tests found
1..1
`,
    exit: 0,
    counts: [0, 1, 0],
    says: ['no tests'],
  },
  {
    name: 'a file that gives no result has failed',
    tap: `TAP version 14
# Subtest: a.js
    ok 1 - one
    1..1
ok 1 - a.js # time=10ms
1..1
`,
    exit: 0,
    counts: [1, 1, 0],
    says: ['FAILED   b.js', 'no result'],
  },
  {
    name: 'tap that fails for a reason of its own has failed',
    tap: `TAP version 14
# Subtest: a.js
    ok 1 - one
    1..1
ok 1 - a.js # time=10ms
1..1
`,
    exit: 3,
    counts: [1, 1, 0],
    says: ['FAILED   tap', 'ended with 3'],
  },
  {
    name: 'what a test prints is shown',
    tap: `TAP version 14
# Subtest: a.js
    hello there
    ok 1 - one
    1..1
ok 1 - a.js # time=10ms
1..1
`,
    exit: 0,
    counts: [1, 0, 0],
    says: [/\| +hello there/],
  },
]

for (const { name, tap, exit, counts, says } of cases) {
  t.test(name, async (t) => {
    const files = [...tap.matchAll(/^# Subtest: (\S+)$/gm)].map((match) => match[1] ?? '')
    if (name.includes('no result')) files.push('b.js')
    const result = await report(files, tap, exit)
    t.strictSame(result.counts, counts)
    for (const expected of says) t.match(result.text, expected)
  })
}
