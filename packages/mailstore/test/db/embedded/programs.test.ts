import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { makeLinks, packagedPrograms, run, surroundings } from '../../../src/db/embedded/programs.js'

/** A package folder as npm unpacks it: the libraries, and a list of the links that are not there. */
async function unpacked(t: Test, links: { source: string; target: string }[]): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'tandem-programs-'))
  t.teardown(() => rm(root, { recursive: true }))
  await mkdir(path.join(root, 'native/lib'), { recursive: true })
  await writeFile(path.join(root, 'native/lib/libpq.so.5.18'), 'library')
  await writeFile(path.join(root, 'native/pg-symlinks.json'), JSON.stringify(links))
  return root
}

t.test('missing links of the libraries are made, the others left alone', async (t) => {
  const root = await unpacked(t, [
    { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so' },
    { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
  ])
  await symlink('somewhere', path.join(root, 'native/lib/libpq.so'))
  // Two processes may do it at the same time.
  await Promise.all([makeLinks(root), makeLinks(root)])
  t.equal(await readFile(path.join(root, 'native/lib/libpq.so.5'), 'utf8'), 'library')
  await t.rejects(readFile(path.join(root, 'native/lib/libpq.so')), { code: 'ENOENT' })
})

t.test('a link that cannot be made is told in one line', async (t) => {
  const root = await unpacked(t, [{ source: 'native/lib/libpq.so.5.18', target: 'native/none/libpq.so' }])
  await t.rejects(makeLinks(root), { message: /^cannot make the link .*libpq\.so that Postgres needs: / })
})

t.test('the installed programs run', async (t) => {
  const { postgres, version } = await packagedPrograms()
  const said = await run(postgres, ['--version'], null)
  t.match(said, version.split('.')[0])
})

t.test('a program that fails is told by its own error, in one line', async (t) => {
  const { initdb } = await packagedPrograms()
  await t.rejects(run(initdb, ['--pgdata=/nowhere/at/all', '--encoding=none'], null), {
    message: /^initdb: .*error: /,
  })
})

t.test('settings of the environment do not become options of Postgres', (t) => {
  process.env.PGDATA = '/elsewhere'
  t.teardown(() => delete process.env.PGDATA)
  t.equal(surroundings(null).env?.PGDATA, undefined)
  t.equal(surroundings(null).env?.PATH, process.env.PATH)
  t.end()
})
