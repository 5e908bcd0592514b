// Transactions that a lost connection cannot turn against others.
//
// The driver keeps one object per connection and reconnects it. A transaction whose connection was lost still sends
// what its callback asks next, its ROLLBACK included, to that object: to no socket at all, which throws outside of any
// promise and ends the process, or, where the pool reconnected meanwhile, into the transaction of somebody else.
import type { Sql, TransactionSql } from './connect.js'

type Work = (tx: TransactionSql) => unknown

const undone = new WeakSet<object>()

/** Whether this error ended a transaction before its COMMIT was sent: then none of it was done. */
export const isSurelyUndone = (error: object): boolean => undone.has(error)

/** Gives `sql` a `begin` of the same form that sends nothing once its connection is lost or its end is reached. */
export function guardTransactions(sql: Sql): Sql {
  const begin = sql.begin.bind(sql) as (options: string, work: Work) => Promise<unknown>
  const guarded = async (...args: [Work] | [string, Work]) => {
    const [options, work] = args.length === 1 ? ['', args[0]] : args
    let over = false
    let isCommitting = false
    const perform = async (tx: TransactionSql) => {
      try {
        const result = work(guard(tx, () => over))
        const value = await (Array.isArray(result) ? Promise.all(result) : result)
        await turn()
        isCommitting = !over
        return over ? await never() : value
      } catch (error) {
        // The driver rejects a statement and the transaction in one turn, the statement first.
        await turn()
        if (over) await never()
        throw error
      }
    }
    try {
      return await begin(options, perform)
    } catch (error) {
      if (error instanceof Error && !isCommitting) undone.add(error)
      throw error
    } finally {
      over = true
    }
  }
  return Object.assign(sql, { begin: guarded as Sql['begin'] })
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Where the driver waits before it would end a transaction that is lost. */
const never = () => new Promise<never>(() => {})

function guard(tx: TransactionSql, isOver: () => boolean): TransactionSql {
  const check = () => {
    if (isOver())
      throw Object.assign(new Error('the transaction is over'), { code: 'CONNECTION_CLOSED' as const })
  }
  return new Proxy(tx, {
    apply(target, self, args) {
      check()
      return Reflect.apply(target, self, args)
    },
    get(target, property) {
      check()
      return Reflect.get(target, property)
    },
  })
}
