// Mail that waited because there was no way out is tried at once when there is one.
import type { Logger, Mailstore } from '@tandem/mailstore'
import { NO_RELAY } from './attempt.js'

/** To be called where a relay is set: makes due what last heard that there is none. */
export async function releaseWaiting(
  { queue }: Pick<Mailstore, 'queue'>,
  log: Logger | undefined,
): Promise<void> {
  const ids: number[] = []
  for await (const { id, waiting } of queue.list()) {
    if (waiting.some(({ reply }) => reply === NO_RELAY)) ids.push(id)
  }
  let released = 0
  for (const id of ids) released += await queue.retry(id)
  if (released > 0) log?.info({ released }, 'mail that waited for a relay is sent now')
}
