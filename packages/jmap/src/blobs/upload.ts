// Uploads: RFC 8620 §6.1.
import {
  type Account,
  formatBlobId,
  MailstoreError,
  type Principal,
  type UploadQuota,
} from '@tandem/mailstore'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { bodyStream, declaredLength } from '../api/body.js'
import { limitProblem, ProblemError } from '../api/problem.js'

/** Stores the body as it streams in. Errors: ProblemError 413, 429. */
export async function upload(
  request: FastifyRequest,
  reply: FastifyReply,
  target: { account: Account; accountId: string; principal: Principal; maxSize: number; quota: UploadQuota },
): Promise<FastifyReply> {
  const { account, accountId, principal, maxSize } = target
  if ((declaredLength(request) ?? 0) > maxSize) throw tooLarge(maxSize)
  const type = mediaType(request.headers['content-type'])
  try {
    await account.uploads.makeRoom(principal.id, declaredLength(request) ?? maxSize, target.quota)
    const { digest, size } = await account.blobs.put(bodyStream(request), { maxSize })
    await account.uploads.add(principal.id, digest, type)
    return reply
      .code(201)
      .type('application/json')
      .send(JSON.stringify({ accountId, blobId: formatBlobId({ digest }), type, size }))
  } catch (error) {
    if (error instanceof MailstoreError && error.code === 'tooLarge') throw tooLarge(maxSize)
    if (error instanceof MailstoreError && error.code === 'overQuota') {
      throw new ProblemError({ status: 429, detail: `${error.message}; use it, or wait` })
    }
    throw error
  }
}

function tooLarge(maxSize: number): ProblemError {
  return limitProblem(413, 'maxSizeUpload', `an upload has at most ${maxSize} octets`)
}

/** As the client says, never sniffed; without a word it is only bytes. */
function mediaType(header: string | undefined): string {
  return header?.trim() || 'application/octet-stream'
}
