import { type ReadingRoom, ReadingRoomFull } from '@tandem/mime'
import { MailstoreError } from '../errors.js'
import type { Reading } from './types.js'

/** Accounts take turns, so that what one of them is sent makes nobody else wait. */
export function readingOf(room: ReadingRoom, accountId: number): Reading {
  return {
    run: (task, ...args) =>
      room.run(accountId, task, ...args).catch((error: unknown) => {
        if (!(error instanceof ReadingRoomFull)) throw error
        throw new MailstoreError('unavailable', error.message, { cause: error, outcome: 'none' })
      }),
  }
}
