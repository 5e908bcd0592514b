// What the room and its threads say to each other.

export type ToThread =
  | { type: 'task'; url: string; name: string; args: unknown[] }
  /** The next piece of the stream; null: it has ended. */
  | { type: 'piece'; bytes: Uint8Array | null }
  /** The stream broke off. */
  | { type: 'broken' }

export type FromThread =
  | { type: 'ready'; thread: string | null }
  | { type: 'more' }
  | { type: 'done'; value: unknown }
  | { type: 'failed'; message: string; stack: string | undefined }
