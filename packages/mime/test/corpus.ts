// Real messages from beside the project, for the tests that want them; none where they are not.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../../../../../shared/mail')

export interface Sample {
  name: string
  bytes: Buffer
}

const crlf = (text: string) => Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1')

function read(name: string): Sample[] {
  const text = readFileSync(path.join(root, name), 'latin1')
  if (!name.endsWith('.mbox')) return [{ name, bytes: crlf(text) }]
  const messages = text.split(/^From .*\r?\n/m).slice(1)
  return messages.map((message, i) => ({ name: `${name}#${i}`, bytes: crlf(message) }))
}

export function corpus(): Sample[] {
  if (!existsSync(root)) return []
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => /\.(eml|mbox)$/.test(name)).flatMap(read)
}
