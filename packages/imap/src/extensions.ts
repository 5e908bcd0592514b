// What CAPABILITY lists (RFC 3501 §7.2.1): one row each, with where it is specified and when it is shown. An extension
// stands here only once all of it works.
import type { Session } from './session/session.js'

export interface Extension {
  /** As listed; may depend on the settings. */
  name: string | ((session: Session) => string)
  rfc: string
  isShown: (session: Session) => boolean
  /** The commands it brings; a test compares them with the command table. */
  commands?: readonly string[]
  /** Whether ENABLE turns it on (RFC 5161 §3.1). */
  canBeEnabled?: true
}

const always = () => true
const beforeLogin = (session: Session) => session.state.name === 'notAuthenticated'
const afterLogin = (session: Session) => !beforeLogin(session)

export const EXTENSIONS: readonly Extension[] = [
  { name: 'IMAP4rev1', rfc: 'RFC 3501', isShown: always },
  { name: 'IMAP4rev2', rfc: 'RFC 9051', isShown: always, canBeEnabled: true },
  { name: 'LITERAL+', rfc: 'RFC 7888', isShown: always },
  { name: 'ID', rfc: 'RFC 2971', isShown: always, commands: ['ID'] },
  { name: 'ENABLE', rfc: 'RFC 5161', isShown: always, commands: ['ENABLE'] },
  {
    name: 'STARTTLS',
    rfc: 'RFC 3501 §6.2.1',
    isShown: (session) =>
      beforeLogin(session) && session.settings.tls !== null && !session.connection.isSecure,
    commands: ['STARTTLS'],
  },
  {
    name: 'LOGINDISABLED',
    rfc: 'RFC 3501 §7.2.1',
    isShown: (session) => beforeLogin(session) && !session.isPrivate,
  },
  { name: 'SASL-IR', rfc: 'RFC 4959', isShown: (session) => beforeLogin(session) && session.isPrivate },
  { name: 'AUTH=PLAIN', rfc: 'RFC 4616', isShown: (session) => beforeLogin(session) && session.isPrivate },
  {
    name: 'AUTH=SCRAM-SHA-256',
    rfc: 'RFC 7677',
    isShown: (session) => beforeLogin(session) && session.isPrivate,
  },
  {
    name: 'AUTH=SCRAM-SHA-256-PLUS',
    rfc: 'RFC 7677, RFC 9266, RFC 5929',
    isShown: (session) => beforeLogin(session) && session.connection.isSecure,
  },
  { name: 'IDLE', rfc: 'RFC 2177', isShown: afterLogin, commands: ['IDLE'] },
  { name: 'NAMESPACE', rfc: 'RFC 2342', isShown: afterLogin, commands: ['NAMESPACE'] },
  { name: 'UIDPLUS', rfc: 'RFC 4315', isShown: afterLogin, commands: ['UID EXPUNGE'] },
  { name: 'UNSELECT', rfc: 'RFC 3691', isShown: afterLogin, commands: ['UNSELECT'] },
  { name: 'UTF8=ACCEPT', rfc: 'RFC 9755', isShown: afterLogin, canBeEnabled: true },
  { name: 'MOVE', rfc: 'RFC 6851', isShown: afterLogin, commands: ['MOVE', 'UID MOVE'] },
  { name: 'CHILDREN', rfc: 'RFC 3348', isShown: afterLogin },
  { name: 'LIST-EXTENDED', rfc: 'RFC 5258', isShown: afterLogin },
  { name: 'LIST-STATUS', rfc: 'RFC 5819', isShown: afterLogin },
  { name: 'STATUS=SIZE', rfc: 'RFC 8438', isShown: afterLogin },
  { name: 'SPECIAL-USE', rfc: 'RFC 6154', isShown: afterLogin },
  { name: 'CREATE-SPECIAL-USE', rfc: 'RFC 6154 §3', isShown: afterLogin },
  { name: 'BINARY', rfc: 'RFC 3516', isShown: afterLogin },
  { name: 'MULTIAPPEND', rfc: 'RFC 3502', isShown: afterLogin },
  { name: 'CONDSTORE', rfc: 'RFC 7162', isShown: afterLogin, canBeEnabled: true },
  { name: 'QRESYNC', rfc: 'RFC 7162', isShown: afterLogin, canBeEnabled: true },
  { name: 'ESEARCH', rfc: 'RFC 4731', isShown: afterLogin },
  { name: 'SEARCHRES', rfc: 'RFC 5182', isShown: afterLogin },
  { name: 'WITHIN', rfc: 'RFC 5032', isShown: afterLogin },
  { name: 'SAVEDATE', rfc: 'RFC 8514', isShown: afterLogin },
  { name: 'PREVIEW', rfc: 'RFC 8970', isShown: afterLogin },
  {
    name: 'COMPRESS=DEFLATE',
    rfc: 'RFC 4978',
    isShown: (session) => afterLogin(session) && !session.connection.isCompressed,
    commands: ['COMPRESS'],
  },
  { name: 'OBJECTID', rfc: 'RFC 8474', isShown: afterLogin },
  {
    name: (session) => `APPENDLIMIT=${session.settings.appendLimit}`,
    rfc: 'RFC 7889',
    isShown: afterLogin,
  },
]

/** The capabilities as of now, separated by spaces. */
export function renderCapabilities(session: Session): string {
  const shown = EXTENSIONS.filter((extension) => extension.isShown(session))
  return shown.map(({ name }) => (typeof name === 'string' ? name : name(session))).join(' ')
}
