import { chmod, chown, cp, mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import t, { type Test } from 'tap'
import { findPlace, reachable } from '../../../src/db/embedded/place.js'
import { packagedPrograms, run } from '../../../src/db/embedded/programs.js'

const forRoot = process.getuid?.() === 0 ? {} : { skip: 'needs root' }

/** In /tmp, since the folder for temporary files may be one that only root can enter. */
async function folder(t: Test, mode: number): Promise<string> {
  const folder = await realpath(await mkdtemp('/tmp/tandem-place-'))
  await chmod(folder, mode)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

t.test('what another user can reach follows from owners and modes', forRoot, async (t) => {
  const base = await folder(t, 0o755)
  const [uid, gid] = [12_345, 12_346]
  // Owner, group and mode of a folder; whether uid may enter it.
  const cases: [number, number, number, boolean][] = [
    [0, 0, 0o755, true],
    [0, 0, 0o701, true],
    [0, 0, 0o750, false],
    [0, 0, 0o700, false],
    [0, gid, 0o710, true],
    [0, gid, 0o701, false],
    [uid, 0, 0o100, true],
    [uid, 0, 0o077, false],
  ]
  for (const [owner, group, mode, expected] of cases) {
    const name = `${owner}:${group} ${mode.toString(8)}`
    const outer = path.join(base, name)
    await mkdir(outer)
    await writeFile(path.join(outer, 'file'), '')
    await chmod(path.join(outer, 'file'), 0o644)
    await chown(outer, owner, group)
    await chmod(outer, mode)
    t.equal(await reachable(outer, { uid, gid }, 0o1), expected, name)
    t.equal(await reachable(path.join(outer, 'file'), { uid, gid }, 0o4), expected, `a file in ${name}`)
    t.equal(await reachable(path.join(outer, 'file'), { uid, gid }, 0o1), false, 'it is not executable')
  }
})

t.test(
  'programs in a folder of root are copied once to where every user can run them',
  forRoot,
  async (t) => {
    const packaged = await packagedPrograms()
    const home = path.join(await folder(t, 0o700), 'native')
    await cp(packaged.home, home, { recursive: true, verbatimSymlinks: true })
    await chmod(path.join(home, 'share/postgresql/postgres.bki'), 0o600)
    const at = (program: string) => path.join(home, path.relative(packaged.home, program))
    const hidden = {
      ...packaged,
      home,
      initdb: at(packaged.initdb),
      pgCtl: at(packaged.pgCtl),
      postgres: at(packaged.postgres),
    }
    const system = path.join(await folder(t, 0o755), 'tandem')
    const data = await folder(t, 0o711)
    const lines: string[] = []
    const find = () => findPlace(data, undefined, hidden, system, (line) => lines.push(line))

    // Two at once: one copy wins, and both work.
    for (const { programs, user } of await Promise.all([find(), find()])) {
      t.equal(programs.home, path.join(system, `postgres-${packaged.version}`))
      t.match(await run(programs.postgres, ['--version'], user), 'PostgreSQL')
      t.match(await run(programs.initdb, ['--version'], user), 'PostgreSQL')
    }
    const copied = await stat(
      path.join(system, `postgres-${packaged.version}`, 'share/postgresql/postgres.bki'),
    )
    t.strictSame([copied.uid, copied.mode & 0o777], [0, 0o644])

    lines.length = 0
    await find()
    t.strictSame(lines, [], 'the third finds it there')
  },
)

t.test('a cluster never takes the place of another', forRoot, async (t) => {
  const data = await folder(t, 0o700)
  const system = await folder(t, 0o755)
  const packaged = await packagedPrograms()
  const find = async () => (await findPlace(data, undefined, packaged, system, () => {})).cluster
  const first = await find()
  await mkdir(first)
  t.equal(await find(), `${first}-2`)
})
