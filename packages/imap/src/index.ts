export { createImapListener, type ImapListener } from './listener.js'
export { type CommandReport, DEFAULT_LIMITS, type ImapListenerOptions, type Limits } from './options.js'
