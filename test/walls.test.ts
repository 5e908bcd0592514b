import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

// npm hoists everything, so any import would resolve: this test is the walls (docs/architecture.md).
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** What each package may import of the others, in its sources. */
const MAY_IMPORT: Record<string, string[]> = {
  mime: [],
  mailstore: ['mime'],
  imap: ['mailstore', 'mime'],
  jmap: ['mailstore', 'mime'],
  submission: ['mailstore', 'mime'],
  server: ['imap', 'jmap', 'mailstore', 'mime', 'submission'],
}

interface Import {
  file: string
  from: string
}

function importsOf(folder: string): Import[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .flatMap((entry) => {
      const file = path.join(entry.parentPath, entry.name)
      const text = readFileSync(file, 'utf8')
      const found = text.matchAll(
        /^(?:import|export)\b[^'"`;]*?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
      )
      return [...found].map((match) => ({
        file: path.relative(root, file),
        from: match[1] ?? match[2] ?? match[3]!,
      }))
    })
}

const packageName = (from: string) =>
  from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/')

t.test('every package is listed, and is there', (t) => {
  t.same(readdirSync(path.join(root, 'packages')).sort(), Object.keys(MAY_IMPORT).sort())
  t.end()
})

for (const [name, allowed] of Object.entries(MAY_IMPORT)) {
  const folder = path.join(root, 'packages', name)
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, string>
    dependencies?: Record<string, string>
  }

  t.test(
    `${name} imports no package but those it may, through their doors, as its package.json says`,
    (t) => {
      const imports = importsOf(path.join(folder, 'src'))
      t.ok(imports.length > 0, 'it has imports at all')
      for (const { file, from } of imports) {
        if (from.startsWith('.')) {
          const target = path.resolve(root, path.dirname(file), from)
          if (!target.startsWith(folder + path.sep)) t.fail(`${file} reaches out of its package: ${from}`)
        } else if (from.startsWith('@tandem/')) {
          const other = packageName(from).slice('@tandem/'.length)
          if (!allowed.includes(other)) t.fail(`${file} imports ${from}`)
          const door = `.${from.slice(`@tandem/${other}`.length)}`
          const doors = JSON.parse(
            readFileSync(path.join(root, 'packages', other, 'package.json'), 'utf8'),
          ).exports
          if (!(door in doors)) t.fail(`${file} imports ${from}, which is no door of ${other}`)
          if (!manifest.dependencies?.[`@tandem/${other}`])
            t.fail(`${name} does not declare @tandem/${other}`)
        } else if (!from.startsWith('node:')) {
          if (builtinModules.includes(from)) t.fail(`${file}: write node:${from}`)
          if (!manifest.dependencies?.[packageName(from)])
            t.fail(`${file}: ${from} is no declared dependency`)
        }
      }
      t.end()
    },
  )

  if (name !== 'mailstore') {
    t.test(`${name} speaks no SQL`, (t) => {
      const imports = importsOf(path.join(folder, 'src')).map(({ from }) => packageName(from))
      t.notOk(imports.includes('postgres'), 'only the mailstore has the driver')
      t.end()
    })
  }
}
