// Who has mail for postmaster where nobody has that address (RFC 5321 §4.5.1): told once, at start.
import { type Logger, openMailstore, type Principal } from '@tandem/mailstore'

/** Null where LMTP refuses it, or where nobody can be asked: the server is up all the same. */
export async function tellPostmaster(
  setting: string | null,
  databaseUrl: string,
  log: Logger,
): Promise<string | null> {
  try {
    const owner = await postmasterOf(setting, databaseUrl)
    if (owner) log.info({ postmaster: owner.name }, 'mail for postmaster goes to this account')
    else if (setting)
      log.warn({ postmaster: setting }, 'mail for postmaster is refused: TANDEM_POSTMASTER is nobody here')
    return owner?.name ?? null
  } catch (err) {
    log.warn({ err }, 'who has the mail for postmaster is not known')
    return null
  }
}

async function postmasterOf(setting: string | null, url: string): Promise<Principal | null> {
  const mailstore = await openMailstore({ url, poolSize: 1 })
  try {
    return await (setting ? mailstore.directory.resolve(setting) : mailstore.directory.oldest())
  } finally {
    await mailstore.close()
  }
}
