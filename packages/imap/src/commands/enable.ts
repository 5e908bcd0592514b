// ENABLE: RFC 5161 §3.1. What isn't known, or can't be enabled, is passed over.
import { EXTENSIONS } from '../extensions.js'
import { becomeAware } from '../session/condstore.js'
import { type Command, ok } from './command.js'

export const enable: Command = {
  name: 'ENABLE',
  rfc: 'RFC 5161 §3.1',
  state: 'authenticated',
  async run({ args, session, untagged }) {
    const asked = new Set<string>()
    do {
      args.sp()
      asked.add(args.keyword('a capability'))
    } while (!args.atEnd())
    const enabled = EXTENSIONS.filter(
      ({ name, canBeEnabled }) => canBeEnabled && typeof name === 'string' && asked.has(name.toUpperCase()),
    ).map(({ name }) => name as string)
    for (const name of enabled) if (name !== 'CONDSTORE') session.enabled.add(name)
    untagged(['ENABLED', ...enabled].join(' '))
    // RFC 7162 §3.2.3: ENABLE QRESYNC is ENABLE QRESYNC CONDSTORE.
    if (enabled.includes('CONDSTORE') || enabled.includes('QRESYNC')) becomeAware({ session, untagged })
    return ok('ENABLE completed')
  },
}
