import { readFile } from 'node:fs/promises'
import t from 'tap'
import { COMMANDS } from '../src/commands/index.js'
import { initialText, SETTING_NAMES, SETTINGS, type Setting } from '../src/settings/table.js'

const README = await readFile(new URL('../../../../README.md', import.meta.url), 'utf8')

t.test('the README has every setting, with its default and its meaning, in order', async (t) => {
  const wanted = SETTING_NAMES.map((name) => {
    const { initially, help }: Setting<unknown> = SETTINGS[name]
    return `| \`${name}\` | ${initially ?? `\`${initialText(name)}\``} | ${help} |`
  })
  t.strictSame(
    README.split('\n').filter((line) => /^\| `[A-Z0-9_]+` \|/.test(line)),
    wanted,
  )
})

t.test('the README names every command', async (t) => {
  for (const { name } of COMMANDS) t.ok(README.includes(`tandem ${name}`), name)
})
