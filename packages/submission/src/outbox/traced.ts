import { formatId, type TraceCommand } from '@tandem/mailstore'

/** What is done with a submission, for `tandem trace`: under the submission's own id, in whichever account and process. */
export function traced(submissionId: number, text: string): TraceCommand {
  const id = formatId('submission', submissionId)
  return { id, protocol: 'outbox', session: id, text }
}
