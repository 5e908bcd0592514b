export type { Limits } from './api/limits.js'
export type { Clock } from './clock.js'
export { type JmapOptions, jmapPlugin } from './plugin.js'
