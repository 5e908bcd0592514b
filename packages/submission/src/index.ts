export { type Clock, systemClock } from './clock.js'
export { createLmtpListener, type LmtpListenerOptions } from './lmtp/listener.js'
export { isPublicAddress } from './outbox/reach.js'
export { createOutbox, type Outbox, type OutboxOptions } from './outbox/worker.js'
export type { Listener } from './smtp/listener.js'
export {
  createSubmissionListener,
  type SubmissionListener,
  type SubmissionListenerOptions,
  type TlsMaterial,
} from './submission/listener.js'
