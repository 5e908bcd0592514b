// A process that files messages until it is killed: `child.js URL ACCOUNT MAILBOX`, each subject by a message from its
// parent, which is told what was acknowledged.
import { openMailstore } from '../../src/index.js'
import { fileSubject } from './filing.js'

const [url, accountId, mailboxId] = process.argv.slice(2)
const mailstore = await openMailstore({ url: url!, poolSize: 2 })
const account = mailstore.account(Number(accountId))
process.on('message', (subject: string) => {
  fileSubject(account, Number(mailboxId), subject).then(
    ({ id }) => process.send!({ subject, id }),
    (error: unknown) => process.send!({ subject, error: String(error) }),
  )
})
process.send!('ready')
