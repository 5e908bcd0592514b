// Loaded into a server's process by --import: tells whoever connects the longest that its main thread computed between two
// looks, in ms, and begins anew. It is CPU time, which other programs on the machine don't lengthen.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { isMainThread } from 'node:worker_threads'

const EVERY = 2

/** Of the main thread alone: those of the reading room may compute as long as they like. */
function computed(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ', 1)[0]) / 1e6
}

if (isMainThread && process.env.TURN_PROBE) {
  let longest = 0
  let before = computed()
  setInterval(() => {
    const now = computed()
    longest = Math.max(longest, now - before)
    before = now
  }, EVERY).unref()
  createServer((socket) => {
    socket.end(String(longest))
    longest = 0
  })
    .listen(process.env.TURN_PROBE)
    .unref()
}
