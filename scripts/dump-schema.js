// `npm run schema`: writes db/schema.sql, what all migrations together give.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { freshSchema } from '@tandem/mailstore/testing'

const file = path.resolve(import.meta.dirname, '../db/schema.sql')
const teardowns = []
try {
  await writeFile(file, await freshSchema({ teardown: (action) => teardowns.push(action) }))
} finally {
  for (const action of teardowns.reverse()) await action()
}
console.log(`wrote ${path.relative(process.cwd(), file)}`)
