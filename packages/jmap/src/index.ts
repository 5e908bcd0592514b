export type { Limits, SharedGates } from './api/limits.js'
export type { Clock } from './clock.js'
export { type JmapOptions, jmapPlugin } from './plugin.js'
export { createPushSender, type PushSender, type PushSenderOptions } from './push/sender.js'
