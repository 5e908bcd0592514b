// COMPRESS: RFC 4978 §3.
import { bad, no } from '../refusal.js'
import { type Command, ok } from './command.js'

export const compress: Command = {
  name: 'COMPRESS',
  rfc: 'RFC 4978 §3',
  state: 'authenticated',
  async run({ args, session }) {
    args.sp()
    const algorithm = args.keyword('an algorithm')
    args.end()
    if (algorithm !== 'DEFLATE') throw bad('That compression is not known')
    const { connection } = session
    if (connection.isCompressed) throw no('DEFLATE is active already', 'COMPRESSIONACTIVE')
    return { ...ok('DEFLATE active'), afterwards: () => connection.startCompression() }
  },
}
