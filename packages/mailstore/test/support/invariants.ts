import { checkAccounts } from '../../src/check/check.js'
import { connect } from '../../src/db/connect.js'

/** What `mailstore.check` finds in an account, or in all of them, as text; empty is well. */
export async function violations(url: string, accountId?: number): Promise<string[]> {
  const sql = connect(url, { max: 1 })
  try {
    const found: string[] = []
    for await (const violation of checkAccounts(sql, null, {
      deep: true,
      ...(accountId === undefined ? {} : { accountId }),
    }))
      found.push(`${violation.name}: ${JSON.stringify(violation)}`)
    return found
  } finally {
    await sql.end()
  }
}
