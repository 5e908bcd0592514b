// Whether a message may leave in the name it speaks in: RFC 6409 §6.1, RFC 5322 §3.6. The one judge for all ways out.
import { createHash } from 'node:crypto'
import type { Claim, Claims } from '@tandem/mime'
import type { Account } from '../account/types.js'
import type { Directory } from '../directory/types.js'

/** Why a message may not leave. */
export type SenderFault =
  | { kind: 'foreign'; field: string; address: string }
  /** `fields`: names in lower case. */
  | { kind: 'malformed'; fields: string[]; why: string }

/** What the judge asks about whoever submits. */
export interface Submitter {
  /** Those of the addresses that it must not send as. */
  notOwn(addresses: readonly string[]): Promise<readonly string[]>
  /** Those of the addresses that are in a domain of ours. */
  ours(addresses: readonly string[]): Promise<readonly string[]>
  /** Whether its account holds, byte for byte, what stands below the first `start` octets of the message. */
  holds(start: number): Promise<boolean>
}

/**
 * Every address that a reader could see as the sender's has to be the submitter's. A message that is redirected has
 * another author: nobody of ours, unless it is one that the submitter was sent.
 */
export async function judgeSender(claims: Claims, submitter: Submitter): Promise<SenderFault | null> {
  const { senders, original } = claims
  const foreign = foreignIn(senders, await submitter.notOwn(addressesOf(senders)))
  if (foreign) return foreign
  const malformed = unclearIn(senders) ?? (original ? null : malformedIn(claims))
  if (malformed || !original) return malformed
  const stranger = await strangerIn(claims, original.authors, submitter)
  const isHeld = stranger !== null && original.start !== null && (await submitter.holds(original.start))
  return isHeld ? null : stranger
}

/** The submitter of a message: `read` gives it from its beginning, in lines that end in CRLF. */
export function submitterOf(
  { directory, account }: { directory: Directory; account: Account },
  read: () => AsyncIterable<Uint8Array>,
): Submitter {
  return {
    notOwn: (addresses) => notOwn(directory, account, addresses),
    async ours(addresses) {
      const destinations = await directory.destinations(addresses)
      return addresses.filter((address) => destinations.get(address) !== 'elsewhere')
    },
    async holds(start) {
      const digests = await digestsBelow(read(), start)
      const found = await account.blobs.openSlices(digests.map((digest) => ({ digest, start: 0, end: 0 })))
      return found.some((blob) => blob !== null)
    },
  }
}

/** Those of the addresses that mail to this account does not come by: it must not send as them. */
export async function notOwn(
  directory: Directory,
  account: Pick<Account, 'id'>,
  addresses: readonly string[],
): Promise<string[]> {
  if (addresses.length === 0) return []
  const destinations = await directory.destinations(addresses)
  return addresses.filter((address) => {
    const destination = destinations.get(address)
    return typeof destination !== 'object' || destination.accountId !== account.id
  })
}

/** What is wrong with what a redirected message says of its authors, unless the account holds it. */
async function strangerIn(
  claims: Claims,
  authors: readonly Claim[],
  submitter: Submitter,
): Promise<SenderFault | null> {
  const others = await submitter.notOwn(addressesOf(authors))
  const repeated = claims.repeated.filter((name) => name === 'from' || name === 'sender')
  const foreign = foreignIn(authors, others.length === 0 ? [] : await submitter.ours(others))
  return foreign ?? unclearIn(authors) ?? malformedIn({ ...claims, repeated })
}

function foreignIn(claims: readonly Claim[], others: readonly string[]): SenderFault | null {
  for (const { name, addresses } of claims) {
    const address = addresses.find((each) => others.includes(each))
    if (address !== undefined) return { kind: 'foreign', field: name, address }
  }
  return null
}

function unclearIn(claims: readonly Claim[]): SenderFault | null {
  const fields = claims.filter(({ isClear }) => !isClear).map(({ name }) => name.toLowerCase())
  const why = 'whom the message is from can be read in more than one way, or not at all'
  return fields.length === 0 ? null : { kind: 'malformed', fields: [...new Set(fields)], why }
}

function malformedIn({ missing, repeated }: Claims): SenderFault | null {
  const [repeat] = repeated
  const why = missing.length > 0 ? 'the message has no From field' : `the field ${repeat} stands there twice`
  const fields = [...missing, ...repeated]
  return fields.length === 0 ? null : { kind: 'malformed', fields, why }
}

function addressesOf(claims: readonly Claim[]): string[] {
  return [...new Set(claims.flatMap(({ addresses }) => addresses))]
}

/** Of the octets from `start` on, and of these without the line end that SMTP puts after the last line. */
async function digestsBelow(pieces: AsyncIterable<Uint8Array>, start: number): Promise<Uint8Array[]> {
  const hash = createHash('sha256')
  let skipped = 0
  let held: Uint8Array = new Uint8Array(0)
  for await (const piece of pieces) {
    const skip = Math.min(piece.length, start - skipped)
    skipped += skip
    const bytes = Buffer.concat([held, piece.subarray(skip)])
    held = bytes.subarray(-2)
    hash.update(bytes.subarray(0, bytes.length - held.length))
  }
  const whole = hash.copy().update(held).digest()
  return Buffer.from(held).equals(Buffer.from('\r\n')) ? [whole, hash.digest()] : [whole]
}
