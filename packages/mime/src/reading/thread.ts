// A thread of the room: one task after the other, each found by its module and name.
import { parentPort } from 'node:worker_threads'
import { ownThread } from './cpu.js'
import type { FromThread, ToThread } from './messages.js'
import { pack, unpackArguments } from './parcel.js'

const port = parentPort!
/** Who waits for the next piece of the stream. */
let onPiece: ((message: ToThread & { type: 'piece' | 'broken' }) => void) | null = null

const say = (message: FromThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

async function* stream(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const coming = new Promise<ToThread & { type: 'piece' | 'broken' }>((resolve) => {
      onPiece = resolve
    })
    say({ type: 'more' })
    const message = await coming
    if (message.type === 'broken') throw new Error('the stream broke off')
    if (message.bytes === null) return
    yield message.bytes
  }
}

async function perform({ url, name, args }: ToThread & { type: 'task' }): Promise<void> {
  try {
    const task = (await import(url))[name]
    if (typeof task?.run !== 'function') throw new Error(`${url} exports no task ${name}`)
    const { value, transfer } = pack(await task.run(...unpackArguments(args, stream())))
    say({ type: 'done', value }, transfer)
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    say({ type: 'failed', message, stack })
  }
}

port.on('message', (message: ToThread) => {
  if (message.type === 'task') void perform(message)
  else onPiece?.(message)
})
say({ type: 'ready', thread: ownThread() })
