import type { Queryable, Sql, TransactionSql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { MailstoreError } from '../errors.js'
import type { LoginGuard } from '../guard/guard.js'
import type { Remembered } from '../guard/remembered.js'
import type { LoginOrigin } from '../guard/types.js'
import type { Share } from '../rights/types.js'
import { announceEnding } from '../session/sessions.js'
import { loginsFor, normalizeAddress, normalizeCatchAll, normalizeDomain } from './address.js'
import { removeAccount } from './delete-account.js'
import { findDestinations } from './destinations.js'
import {
  derivePassword,
  NOBODYS_HASH,
  type PasswordKeys,
  type ScramKeys,
  verifyPassword,
} from './password.js'
import { passwordProblem } from './password-rules.js'
import { createScramLogin } from './scram-login.js'
import { createSharing } from './sharing.js'
import type { AccountEntry, Directory, Principal } from './types.js'

export interface DirectoryDeps {
  sql: Sql
  /** A new id, from outside of any transaction. */
  nextId(): Promise<number>
  /** INBOX and the other five, in the transaction that makes the account. */
  createFirstMailboxes(tx: TransactionSql, accountId: number): Promise<void>
  /** The identity of a new address, in the transaction that makes its login. */
  addIdentity(tx: TransactionSql, accountId: number, address: string, name?: string): Promise<void>
  /** Destroys what can be sent as no more, in the transaction that took the address away. */
  removeIdentities(tx: TransactionSql, owner: Owner, address: string): Promise<void>
  /** Asked before a password from outside is looked at; without it nothing comes from outside. */
  guard?: LoginGuard
}

/** Who a credential belongs to. */
export interface Owner {
  accountId: number
  principalId: number
}

export function createDirectory({
  sql,
  nextId,
  createFirstMailboxes,
  addIdentity,
  removeIdentities,
  guard,
}: DirectoryDeps): Directory {
  const sharing = createSharing<Principal | null>()

  async function verified(found: Login | null, password: string): Promise<Principal | null> {
    const isRight = await verifyPassword(password, found?.hash ?? NOBODYS_HASH)
    const principal = isRight && found ? await findPrincipal(sql, found) : null
    return principal && found ? loggedIn(principal, found) : null
  }

  async function judge(
    remembered: Remembered,
    key: string,
    name: string,
    password: string,
  ): Promise<Principal | null> {
    // Before the password is verified: a change in between makes what is remembered stale, never wrongly fresh.
    const found = await findLogin(sql, name)
    const version = versionOrNull(found)
    if (remembered.isWrong(key, version)) return null
    const principal = await verified(found, password)
    if (principal && version !== null) remembered.keep(key, version, principal)
    else remembered.keepWrong(key, version)
    return principal
  }

  /** A password from outside: remembered, refused without a look, or hashed in its turn. */
  async function guarded(
    { begin, inTurn, remembered }: LoginGuard,
    name: string,
    password: string,
    origin: LoginOrigin,
  ): Promise<Principal | null> {
    const passage = await begin(name, origin)
    const key = remembered.keyOf(name, password)
    let principal = remembered.mayBeRight(key)
      ? remembered.right(key, versionOrNull(await findLogin(sql, name)))
      : null
    if (!principal && !passage.isOpen()) throw await passage.refusal()
    if (!principal) {
      // The look-up waits for its turn too: of a thousand guesses, the database sees those that are judged.
      const judged = await inTurn(
        passage,
        async () => passage.isOpen() && { is: await judge(remembered, key, name, password) },
      )
      if (!judged) throw await passage.refusal()
      principal = judged.is
    }
    if (principal) passage.succeeded()
    else await passage.failed(password)
    return principal
  }

  let scramSecret: Promise<Uint8Array> | null = null
  function secret(): Promise<Uint8Array> {
    scramSecret ??= readSecret().catch((error: unknown) => {
      scramSecret = null
      throw error
    })
    return scramSecret
  }
  async function readSecret(): Promise<Uint8Array> {
    const [row] = await sql<{ secret: Uint8Array }[]>`select secret from server_secret where name = 'scram'`
    return row!.secret
  }

  return reachable({
    async createAccount(name, password, options = {}) {
      const address = requireAddress(name)
      requireGoodPassword(password, address)
      const keys = await derivePassword(password)
      const [accountId, principalId, credentialId] = await Promise.all([nextId(), nextId(), nextId()])
      await sql.begin(async (tx) => {
        await tx`insert into account (account_id, quota_bytes) values (${accountId}, ${options.quotaBytes ?? null})`
        await tx`
          insert into principal (account_id, principal_id, name) values (${accountId}, ${principalId}, ${address})`
        await insertCredential(tx, { accountId, principalId }, credentialId, keys)
        await insertLogin(tx, address, { accountId, principalId }, false)
        await createFirstMailboxes(tx, accountId)
        await addIdentity(tx, accountId, address, options.name)
      })
      return { id: principalId, accountId, name: address, addresses: [address] }
    },

    async list() {
      const rows = await sql<AccountEntry[]>`
        select p.account_id as "accountId", p.name, p.created_at as "createdAt",
          a.used_bytes as "usedBytes", a.quota_bytes as "quotaBytes",
          array(
            select l.name from login l
            where l.account_id = p.account_id and l.principal_id = p.principal_id and l.is_alias order by l.name
          ) as aliases
        from principal p join account a using (account_id)
        order by p.name`
      return [...rows]
    },

    async setPassword(name, password) {
      requireGoodPassword(password, name)
      const keys = await derivePassword(password)
      const credentialId = await nextId()
      await sql.begin(async (tx) => {
        const owner = await requireOwner(tx, name)
        // Two at once must not leave two credentials: the second waits here, then sees the first one's row.
        await tx`
          select 1 from principal where account_id = ${owner.accountId} and principal_id = ${owner.principalId}
          for no key update`
        await tx`
          delete from credential where account_id = ${owner.accountId} and principal_id = ${owner.principalId}`
        await insertCredential(tx, owner, credentialId, keys)
        await announceEnding(tx, owner.accountId)
      })
    },

    async requireAccount(name) {
      await requireAccount(sql, name)
    },

    async deleteAccount(name) {
      await sql.begin(async (tx) => {
        const { accountId } = await requireAccount(tx, name)
        await removeAccount(tx, accountId)
        await announceEnding(tx, accountId)
      })
    },

    async endSessions(name) {
      await sql.begin(async (tx) => {
        const { accountId, principalId } = await requireOwner(tx, name)
        await tx`
          update credential set generation = generation + 1
          where account_id = ${accountId} and principal_id = ${principalId}`
        await announceEnding(tx, accountId)
      })
    },

    async addAlias(alias, name) {
      const catchAll = normalizeCatchAll(alias)
      const address = catchAll ?? requireAddress(alias)
      await sql.begin(async (tx) => {
        const owner = await requireOwner(tx, name)
        // First, for it takes the account's lock, which comes before the rows that a login refers to.
        if (catchAll === null) await addIdentity(tx, owner.accountId, address)
        else await lockAccount(tx, owner)
        await insertLogin(tx, address, owner, true)
      })
    },

    async removeAlias(alias) {
      await sql.begin(async (tx) => {
        const address = normalizeCatchAll(alias) ?? normalizeAddress(alias)
        const owner = await findOwner(tx, address)
        if (!owner || address === null)
          throw new MailstoreError('loginNotFound', `there is no login ${alias}`)
        if (!owner.isAlias) throw new MailstoreError('loginNotFound', `${alias} is an account, not an alias`)
        // The account's lock comes before its login.
        await lockAccount(tx, owner)
        const { count } = await tx`
          delete from login where name = ${address} and account_id = ${owner.accountId} and is_alias`
        if (count === 0) throw new MailstoreError('loginNotFound', `there is no login ${alias}`)
        await removeIdentities(tx, owner, address)
        await announceEnding(tx, owner.accountId)
      })
    },

    async authenticate(name, password, origin) {
      if (!origin || !guard) return verified(await findLogin(sql, name), password)
      // Requests of one client come together, and one verdict answers all that wait for it.
      const attempt = guard.remembered.keyOf(`${origin.address}\0${name}`, password)
      return sharing.share(attempt, origin.signal, (signal) =>
        guarded(guard, name, password, { ...origin, signal }),
      )
    },

    scram: (channel, origin) =>
      createScramLogin(channel, {
        begin: async (address) =>
          origin && guard ? reaching(() => guard.begin(address, origin), 'reads') : null,
        async find(address, passage) {
          const look = () => reaching(() => findLogin(sql, address), 'reads')
          const found = passage && guard ? await guard.lookUp(passage, look) : await look()
          if (!found) return null
          return {
            keys: found.scram,
            async principal() {
              const principal = await reaching(() => findPrincipal(sql, found), 'reads')
              return principal && loggedIn(principal, found)
            },
          }
        },
        secret: () => reaching(secret, 'reads'),
      }),

    async credentialVersion(name) {
      const found = await findLogin(sql, name)
      return found ? versionOf(found) : null
    },

    async resolve(address) {
      const exact = normalizeAddress(address)
      if (exact === null) return null
      const names = loginsFor(exact)
      const owners = await sql<(Owner & { name: string })[]>`
        select name, account_id as "accountId", principal_id as "principalId"
        from login where name = any(${names}::text[])`
      const [owner] = owners.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name))
      return owner ? findPrincipal(sql, owner) : null
    },

    async find(name) {
      const owner = await findOwner(sql, normalizeCatchAll(name) ?? normalizeAddress(name))
      return owner ? findPrincipal(sql, owner) : null
    },

    async oldest() {
      const [owner] = await sql<Owner[]>`
        select account_id as "accountId", principal_id as "principalId"
        from principal order by created_at, principal_id limit 1`
      return owner ? findPrincipal(sql, owner) : null
    },

    destinations: (addresses) => findDestinations(sql, addresses),

    async sharesOf(principalId) {
      return [
        ...(await sql<Share[]>`
          select s.account_id as "accountId", p.name, s.epoch
          from share s join principal p using (account_id)
          where s.principal_id = ${principalId} order by p.name`),
      ]
    },

    async isLocalDomain(domain) {
      const [row] = await sql<{ isLocal: boolean }[]>`
        select exists (select 1 from login where split_part(name, '@', 2) = ${normalizeDomain(domain)}) as "isLocal"`
      return row!.isLocal
    },
  })
}

/** A lost connection is `unavailable`, whatever was asked. */
function reachable(directory: Directory): Directory {
  return {
    createAccount: (...args) => reaching(() => directory.createAccount(...args)),
    list: () => reaching(() => directory.list()),
    setPassword: (...args) => reaching(() => directory.setPassword(...args)),
    endSessions: (...args) => reaching(() => directory.endSessions(...args)),
    requireAccount: (...args) => reaching(() => directory.requireAccount(...args), 'reads'),
    deleteAccount: (...args) => reaching(() => directory.deleteAccount(...args)),
    addAlias: (...args) => reaching(() => directory.addAlias(...args)),
    removeAlias: (...args) => reaching(() => directory.removeAlias(...args)),
    authenticate: (...args) => reaching(() => directory.authenticate(...args)),
    scram: directory.scram,
    credentialVersion: (...args) => reaching(() => directory.credentialVersion(...args)),
    resolve: (...args) => reaching(() => directory.resolve(...args)),
    find: (...args) => reaching(() => directory.find(...args)),
    oldest: (...args) => reaching(() => directory.oldest(...args)),
    destinations: (...args) => reaching(() => directory.destinations(...args)),
    sharesOf: (...args) => reaching(() => directory.sharesOf(...args)),
    isLocalDomain: (...args) => reaching(() => directory.isLocalDomain(...args)),
  }
}

function requireAddress(text: string): string {
  const address = normalizeAddress(text)
  if (address === null) throw new MailstoreError('invalidAddress', `${text} is not of the form name@domain`)
  // Many write a catch-all like this. As an address it would have no mail but what is for an asterisk.
  if (address.startsWith('*@')) {
    const hint = `for all mail of the domain: alias add ${address.slice(1)} NAME@DOMAIN`
    throw new MailstoreError('invalidAddress', `${text} is not an address; ${hint}`)
  }
  return address
}

async function lockAccount(tx: TransactionSql, { accountId }: Owner): Promise<void> {
  await tx`select from account where account_id = ${accountId} for no key update`
}

function requireGoodPassword(password: string, name: string): void {
  const problem = passwordProblem(password, name)
  if (problem !== null) throw new MailstoreError('invalidPassword', problem)
}

async function insertLogin(tx: TransactionSql, name: string, owner: Owner, isAlias: boolean): Promise<void> {
  const { count } = await tx`
    insert into login (name, account_id, principal_id, is_alias)
    values (${name}, ${owner.accountId}, ${owner.principalId}, ${isAlias}) on conflict do nothing`
  if (count === 0) throw new MailstoreError('loginTaken', `${name} is taken`)
}

async function insertCredential(tx: TransactionSql, owner: Owner, id: number, { hash, scram }: PasswordKeys) {
  await tx`
    insert into credential (account_id, principal_id, credential_id, kind, password_hash,
      scram_salt, scram_iterations, scram_stored_key, scram_server_key)
    values (${owner.accountId}, ${owner.principalId}, ${id}, 'password', ${hash},
      ${scram.salt}, ${scram.iterations}, ${scram.storedKey}, ${scram.serverKey})`
}

async function findOwner(
  sql: Queryable,
  name: string | null,
): Promise<(Owner & { isAlias: boolean }) | null> {
  if (name === null) return null
  const [row] = await sql<(Owner & { isAlias: boolean })[]>`
    select account_id as "accountId", principal_id as "principalId", is_alias as "isAlias"
    from login where name = ${name}`
  return row ?? null
}

async function requireOwner(tx: Queryable, name: string): Promise<Owner & { isAlias: boolean }> {
  const owner = await findOwner(tx, normalizeAddress(name))
  if (!owner) throw new MailstoreError('loginNotFound', `there is no login ${name}`)
  return owner
}

async function requireAccount(tx: Queryable, name: string): Promise<Owner> {
  const owner = await requireOwner(tx, name)
  if (owner.isAlias) throw new MailstoreError('loginNotFound', `${name} is an alias, not an account`)
  return owner
}

interface Login extends Owner {
  /** The address that was given, in the form that it is stored in. */
  name: string
  credentialId: number
  generation: number
  hash: string
  scram: ScramKeys
}

function loggedIn(principal: Principal, { name, credentialId, generation }: Login): Principal {
  return { ...principal, credentialId, login: { name, generation } }
}

/** What `Directory.credentialVersion` gives. */
export const versionOf = ({ credentialId, generation }: Pick<Login, 'credentialId' | 'generation'>) =>
  `${credentialId}.${generation}`

const versionOrNull = (found: Login | null) => found && versionOf(found)

/** The same of the credential that somebody logged in with. */
export const loginVersion = ({ credentialId = 0, login }: Principal): string =>
  versionOf({ credentialId, generation: login?.generation ?? 0 })

async function findLogin(sql: Queryable, name: string): Promise<Login | null> {
  const address = normalizeAddress(name)
  if (address === null) return null
  const [row] = await sql<(Omit<Login, 'scram'> & ScramKeys)[]>`
    select login.name, account_id as "accountId", principal_id as "principalId",
      c.credential_id as "credentialId", c.generation, c.password_hash as hash, c.scram_salt as salt,
      c.scram_iterations as iterations, c.scram_stored_key as "storedKey", c.scram_server_key as "serverKey"
    from login join credential c using (account_id, principal_id)
    where login.name = ${address}`
  if (!row) return null
  const { salt, iterations, storedKey, serverKey, ...login } = row
  return { ...login, scram: { salt, iterations, storedKey, serverKey } }
}

/** Null where it went in the meantime. */
export async function findPrincipal(
  sql: Queryable,
  { accountId, principalId }: Owner,
): Promise<Principal | null> {
  const [row] = await sql<Principal[]>`
    select principal_id as id, account_id as "accountId", name,
      array(
        select l.name from login l
        where l.account_id = p.account_id and l.principal_id = p.principal_id and l.name not like '@%'
        order by l.is_alias, l.name
      ) as addresses
    from principal p where account_id = ${accountId} and principal_id = ${principalId}`
  return row ?? null
}
