import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { openImap } from './support/imap.js'
import { openJmap } from './support/jmap.js'
import { addAccount, projectRoot, startTandem } from './support/tandem.js'

const read = (file: string) => readFileSync(path.join(projectRoot, file), 'utf8')

t.test('every file and folder that the documents name is there', (t) => {
  const documents = [
    'README.md',
    'CHANGELOG.md',
    'db/README.md',
    ...readdirSync(path.join(projectRoot, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ]
  // Documents shorten a path where the package is clear: some file has to end like it.
  const files = ['packages', 'test', 'db', 'docs'].flatMap((folder) =>
    readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: 'utf8' }).map(
      (file) => `/${folder}/${file}`,
    ),
  )
  for (const document of documents) {
    for (const [, file] of read(document).matchAll(/`([\w.-]+\/[\w./-]+\.(?:ts|sql|md))`/g)) {
      if (!files.some((each) => each.endsWith(`/${file}`))) t.fail(`${document} names ${file}`)
    }
    for (const [, folder] of read(document).matchAll(/`([\w.-]+(?:\/[\w.-]+)*)\/`/g)) {
      if (!files.some((each) => each.endsWith(`/${folder}`))) t.fail(`${document} names ${folder}/`)
    }
    for (const [, link] of read(document).matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      if (!existsSync(path.join(projectRoot, path.dirname(document), link!)))
        t.fail(`${document} links ${link}`)
    }
    const matched = (pattern: RegExp) => [
      ...new Set([...read(document).matchAll(pattern)].map((match) => match[1]!)),
    ]
    // A link by reference that is not defined is shown as it is written.
    t.same(
      matched(/\]\[([a-z][\w-]*)\]/g).sort(),
      matched(/^\[([\w-]+)\]: /gm).sort(),
      `${document}: references`,
    )
  }
  t.pass(`${documents.length} documents`)
  t.end()
})

t.test('docs/rfcs.md has a row for each IMAP capability and each JMAP method, and no other', async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  const [imapPart, jmapPart] = read('docs/rfcs.md').split(/^## /m).slice(1) as [string, string]
  const named = (part: string) =>
    part
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .flatMap((line) => [...line.split('|')[2]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!))

  const imap = await openImap(t, tandem, 'alice@example.org')
  const scram = ['AUTH=SCRAM-SHA-256', 'AUTH=SCRAM-SHA-256-PLUS']
  const beforeLogin = ['STARTTLS', 'LOGINDISABLED', 'AUTH=PLAIN', 'SASL-IR', ...scram]
  const capabilities = [...imap.capabilities.keys()].map((name) =>
    name.replace(/^APPENDLIMIT=.*/, 'APPENDLIMIT'),
  )
  t.same(named(imapPart).sort(), [...new Set([...capabilities, ...beforeLogin])].sort())

  const works = read('README.md').split('## What works')[1]!
  for (const name of capabilities) if (!works.includes(name)) t.fail(`README.md does not tell of ${name}`)

  const jmap = await openJmap(tandem, 'alice@example.org')
  for (const method of named(jmapPart)) {
    const answer = await jmap.call([method, {}]).catch((error: Error) => error.message)
    if (JSON.stringify(answer).includes('unknownMethod')) t.fail(`${method} is not there`)
  }
  const table = read('packages/jmap/src/methods/table.ts')
  t.same(named(jmapPart).sort(), [...table.matchAll(/name: '([^']+)'/g)].map((match) => match[1]!).sort())
})
