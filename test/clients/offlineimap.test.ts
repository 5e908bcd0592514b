import path from 'node:path'
import t from 'tap'
import { findProgram, makeHome, runProgram } from '../support/program.js'
import { addAccount, PASSWORD, startTandem, type Tandem } from '../support/tandem.js'
import { keepsAlike } from './two-way.js'

const offlineimap = findProgram('offlineimap', 'offlineimap3')

const configuration = (tandem: Tandem) => `
[general]
accounts = all
metadata = ~/metadata
ui = basic

[Account all]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = ~/Mail
sep = /

[Repository far]
type = IMAP
remotehost = localhost
remoteport = ${tandem.address('imaps').port}
remoteuser = alice@example.org
remotepass = ${PASSWORD}
ssl = yes
sslcacertfile = ${tandem.certificate}
`

t.test('offlineimap keeps a Maildir and the server alike', offlineimap.options, async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  const home = await makeHome(t, { offlineimaprc: configuration(tandem) })
  await keepsAlike(t, tandem, path.join(home, 'Mail'), () =>
    runProgram(t, offlineimap, ['-c', 'offlineimaprc', '-o'], { home }),
  )
})
