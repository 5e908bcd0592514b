import t from 'tap'
import { COMMANDS, findCommand } from '../../src/commands/table.js'
import { EXTENSIONS } from '../../src/extensions.js'

t.test('every command of RFC 3501 §9 is there', async (t) => {
  const names =
    'CAPABILITY LOGOUT NOOP APPEND CREATE DELETE EXAMINE LIST LSUB RENAME SELECT STATUS SUBSCRIBE UNSUBSCRIBE LOGIN ' +
    'AUTHENTICATE STARTTLS CHECK CLOSE EXPUNGE COPY FETCH STORE SEARCH'
  for (const name of names.split(' ')) t.ok(findCommand(name), name)
  for (const name of ['COPY', 'FETCH', 'STORE', 'SEARCH', 'EXPUNGE', 'MOVE'])
    t.equal(findCommand(`UID ${name}`)?.uid, true)
  for (const name of ['UID NOOP', 'UID', 'UID UID', 'FOO', 'constructor']) t.equal(findCommand(name), null)
})

t.test('names are unique, and each row says where it is specified', async (t) => {
  t.equal(new Set(COMMANDS.map(({ name }) => name)).size, COMMANDS.length)
  for (const { name, rfc } of COMMANDS) t.match(rfc, /^RFC \d+ §/, name)
  for (const { rfc } of EXTENSIONS) t.match(rfc, /^RFC \d+/)
})

t.test('an extension is not listed without its commands', async (t) => {
  for (const { commands = [] } of EXTENSIONS) for (const name of commands) t.ok(findCommand(name), name)
})
