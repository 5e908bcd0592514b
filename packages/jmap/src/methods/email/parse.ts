// Email/parse: RFC 8621 §4.9.
import { parseBlobId } from '@tandem/mailstore'
import { isBeyondBounds } from '@tandem/mime'
import { arrayOf, nullable, string } from '../../api/arguments.js'
import { readContent } from '../../blobs/content.js'
import { MethodError } from '../../errors.js'
import { type EmailSelection, PARSE_PROPERTIES, parsedEmail, selectEmail } from '../../objects/email.js'
import { type AccountContext, accountMethod } from '../method.js'
import { openBlob } from '../open-blob.js'
import { tooManyObjects } from '../standard.js'
import { BODY_ARGUMENTS, bodyValuesWanted } from './body-arguments.js'

const ARGUMENTS = {
  blobIds: arrayOf(string),
  properties: nullable(arrayOf(string)),
  ...BODY_ARGUMENTS,
}

export const emailParse = accountMethod(ARGUMENTS, async (context, args) => {
  const properties = args.properties ?? PARSE_PROPERTIES
  const selection = selectEmail(properties, args.bodyProperties, bodyValuesWanted(args))
  if (args.blobIds.length > context.limits.maxObjectsInGet) throw tooManyObjects(context.limits)
  const parsed: [string, unknown][] = []
  const notParsable: string[] = []
  const notFound: string[] = []
  for (const blobId of new Set(args.blobIds)) {
    const email = await parse(context, blobId, selection, properties)
    if (email === 'notFound') notFound.push(blobId)
    else if (email === 'notParsable') notParsable.push(blobId)
    else parsed.push([blobId, email])
  }
  return {
    parsed: parsed.length > 0 ? Object.fromEntries(parsed) : null,
    notParsable: notParsable.length > 0 ? notParsable : null,
    notFound: notFound.length > 0 ? notFound : null,
  }
})

async function parse(
  context: AccountContext,
  blobId: string,
  selection: EmailSelection,
  properties: readonly string[],
): Promise<Record<string, unknown> | 'notFound' | 'notParsable'> {
  const { account, principal, octets, limits } = context
  const content = await openBlob(context, blobId)
  if (content === 'notFound') return content
  if (content !== 'tooMuch' && content.size > limits.maxSizeUpload) return 'notParsable'
  if (content === 'tooMuch' || !octets.take(content.size)) {
    throw new MethodError('requestTooLarge', 'these messages are too much for one request; ask for fewer')
  }
  const bytes = await readContent(content)
  const ref = parseBlobId(blobId)!
  // The parts of a message that is encoded itself have no place in a blob: it becomes a blob of its own.
  const isEncoded = ref.part !== undefined && ref.part.encoding !== 'identity'
  const source = isEncoded
    ? { blobId, digest: null, base: 0 }
    : { blobId, digest: ref.digest, base: ref.part?.offset ?? 0 }
  const email = await account.reading
    .run(parsedEmail, bytes, source, selection, properties)
    .catch((error: unknown) => {
      if (isBeyondBounds(error)) return null
      throw error
    })
  if (email === null) return 'notParsable'
  if (isEncoded) {
    const { digest } = await account.blobs.put(bytes)
    await account.uploads.add(principal.id, digest, 'message/rfc822')
  }
  return email
}
