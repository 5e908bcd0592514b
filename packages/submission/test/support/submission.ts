import type { Mailstore } from '@tandem/mailstore'
import selfsigned from 'selfsigned'
import {
  createSubmissionListener,
  type SubmissionListener,
  type SubmissionListenerOptions,
  systemClock,
} from '../../src/index.js'

type Test = { teardown(fn: () => unknown): void }

/** A new pair for `localhost`, PEM. */
export async function createTls(): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }])
  return { key, cert }
}

const tls = await createTls()

/** A listener for STARTTLS, closed when the test ends; nobody waits for a failed login. */
export function createListener(
  t: Test,
  mailstore: Mailstore,
  changes: Partial<SubmissionListenerOptions> = {},
): SubmissionListener {
  const listener = createSubmissionListener({
    mailstore,
    host: '127.0.0.1',
    port: 0,
    hostname: 'mail.home.test',
    tls,
    implicitTls: false,
    maxSize: 100_000,
    clock: { ...systemClock, sleep: async () => {} },
    ...changes,
  })
  t.teardown(() => listener.close())
  return listener
}
