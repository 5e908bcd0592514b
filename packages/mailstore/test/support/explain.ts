import type { Fragment, Queryable } from '../../src/db/connect.js'

/** What one run of a statement cost the database. */
export interface Cost {
  /** Rows that tables and indexes gave, those that a filter threw away included. */
  rowsRead: number
  /** Indexes used. */
  indexes: string[]
  ms: number
  plan: unknown
}

interface Node {
  'Node Type': string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  'Index Name'?: string
  Plans?: Node[]
}

/** Runs the statement under EXPLAIN (ANALYZE). */
export async function explain(sql: Queryable, statement: Fragment): Promise<Cost> {
  const [row] = await sql<{ 'QUERY PLAN': { Plan: Node; 'Execution Time': number }[] }[]>`
    explain (analyze, format json) ${statement}`
  const { Plan: plan, 'Execution Time': ms } = row!['QUERY PLAN'][0]!
  const cost: Cost = { rowsRead: 0, indexes: [], ms, plan }
  const visit = (node: Node) => {
    if (node['Node Type'].includes('Scan') && !/CTE|Subquery|Function|Values/.test(node['Node Type'])) {
      const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
      cost.rowsRead += (node['Actual Rows'] + removed) * node['Actual Loops']
    }
    if (node['Index Name']) cost.indexes.push(node['Index Name'])
    for (const child of node.Plans ?? []) visit(child)
  }
  visit(plan)
  return cost
}
