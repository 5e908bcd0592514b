import type { EmailAddress } from '@tandem/mime'
import type { Ledger } from '../account/ledger.js'
import { bury } from '../changes/tombstones.js'
import { requireText } from '../db/text.js'
import { loginsFor, normalizeAddress } from '../directory/address.js'
import { MailstoreError } from '../errors.js'
import { identityReader } from './reader.js'
import type { Identity, IdentityPatch, IdentityTransactor } from './types.js'

/** Beside those that the addresses of the account have; all are one answer of Identity/get. */
const MAX_IDENTITIES = 100

const BLANK: Required<IdentityPatch> = {
  name: '',
  replyTo: null,
  bcc: null,
  textSignature: '',
  htmlSignature: '',
}

export function identityTransactor(ledger: Ledger): IdentityTransactor {
  const { accountId } = ledger
  const reader = identityReader(ledger.sql, accountId)

  async function require(id: number): Promise<Identity> {
    const [identity] = await reader.get([id])
    if (!identity) throw new MailstoreError('identityNotFound', 'there is no such identity')
    return identity
  }

  return {
    ...reader,

    async create({ email, principalId, ...patch }) {
      if (normalizeAddress(email.replace(/^\*@/, 'any@')) === null) {
        throw new MailstoreError('invalidAddress', `${email} is not of the form name@domain`)
      }
      const [other] = await reader.notOwn(principalId, [email], { catchAll: true })
      if (other !== undefined)
        throw new MailstoreError('forbiddenFrom', `${email} is not an address of yours`)
      const made = (await reader.list()).filter(({ mayDelete }) => mayDelete)
      if (made.length >= MAX_IDENTITIES) {
        throw new MailstoreError('overQuota', `at most ${MAX_IDENTITIES} identities can be made`)
      }
      return require(await insertIdentity(ledger, { ...BLANK, ...given(patch), email, mayDelete: true }))
    },

    async update(id, patch) {
      const before = await require(id)
      const after = { ...before, ...given(patch) }
      // A command that changes nothing writes nothing (rule 4).
      if (JSON.stringify(after) === JSON.stringify(before)) return
      requireText(after)
      const { sql } = ledger
      await sql`
        update identity set name = ${after.name}, reply_to = ${json(ledger, after.replyTo)},
          bcc = ${json(ledger, after.bcc)}, text_signature = ${after.textSignature},
          html_signature = ${after.htmlSignature}, modseq = ${touch(ledger)}
        where account_id = ${accountId} and identity_id = ${id}`
    },

    async destroy(id) {
      const { mayDelete } = await require(id)
      if (!mayDelete) {
        throw new MailstoreError('identityProtected', 'the identity of an address goes with the address')
      }
      await remove(ledger, [id])
    },
  }
}

/** The identity that an address is given when it becomes somebody's. A further address has the name of the first. */
export async function insertAddressIdentity(ledger: Ledger, email: string, name?: string): Promise<void> {
  const first = (await identityReader(ledger.sql, ledger.accountId).list()).find(
    ({ mayDelete }) => !mayDelete,
  )
  await insertIdentity(ledger, { ...BLANK, name: name ?? first?.name ?? '', email, mayDelete: false })
}

/**
 * What an address that is the principal's no more leaves behind: its own identity, and those that clients made of it; of
 * a catch-all, those that clients made in its domain.
 */
export async function removeAddressIdentities(
  ledger: Ledger,
  principalId: number,
  address: string,
): Promise<void> {
  const reader = identityReader(ledger.sql, ledger.accountId)
  const suspects = (await reader.list()).filter(({ email }) => {
    const exact = normalizeAddress(email)
    return exact !== null && loginsFor(exact).includes(address)
  })
  const lost = await reader.notOwn(
    principalId,
    suspects.map(({ email }) => email),
  )
  await remove(
    ledger,
    suspects.filter(({ email }) => lost.includes(email)).map(({ id }) => id),
  )
}

async function remove(ledger: Ledger, ids: readonly number[]): Promise<void> {
  const gone = await ledger.sql<{ id: number; created_modseq: number }[]>`
    delete from identity where account_id = ${ledger.accountId} and identity_id = any(${ids as number[]}::bigint[])
    returning identity_id as id, created_modseq`
  await bury(ledger, 'identity', gone)
}

async function insertIdentity(ledger: Ledger, identity: Omit<Identity, 'id' | 'modseq'>): Promise<number> {
  requireText(identity)
  const { sql, accountId } = ledger
  const id = (await ledger.ids.take(1))[0]!
  const modseq = touch(ledger)
  await sql`
    insert into identity (account_id, identity_id, name, email, reply_to, bcc, text_signature, html_signature,
      may_delete, modseq, created_modseq)
    values (${accountId}, ${id}, ${identity.name}, ${identity.email}, ${json(ledger, identity.replyTo)},
      ${json(ledger, identity.bcc)}, ${identity.textSignature}, ${identity.htmlSignature}, ${identity.mayDelete},
      ${modseq}, ${modseq})`
  return id
}

function touch(ledger: Ledger): number {
  const modseq = ledger.nextModseq()
  ledger.touch('identity', modseq)
  return modseq
}

/** Only what is there, and only what may be set. */
function given(patch: IdentityPatch): IdentityPatch {
  const names = Object.keys(BLANK) as (keyof IdentityPatch)[]
  return Object.fromEntries(
    names.filter((name) => patch[name] !== undefined).map((name) => [name, plain(patch[name] ?? null)]),
  )
}

/** Addresses in the form that the database gives back, so that equal ones are seen to be equal. */
function plain(value: string | EmailAddress[] | null) {
  return Array.isArray(value) ? value.map(({ name, email }) => ({ name, email })) : value
}

function json({ sql }: Ledger, value: Identity['bcc']) {
  return value && sql.json(value as never)
}
