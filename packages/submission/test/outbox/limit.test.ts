import t from 'tap'
import { createKeyedLimit } from '../../src/outbox/limit.js'

t.test(
  'as many as the limit run for one key, others do not wait for them, and a failure frees its place',
  async (t) => {
    const limit = createKeyedLimit(2)
    const running: string[] = []
    const end = new Map<string, (error?: Error) => void>()
    const begin = (key: string, name: string) =>
      limit(key, () => {
        running.push(name)
        return new Promise<string>((resolve, reject) => {
          end.set(name, (error) => (error ? reject(error) : resolve(name)))
        })
      })
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    const works = ['a', 'b', 'c', 'd'].map((name) => begin('x', name))
    const other = begin('y', 'e')
    await turn()
    t.strictSame(running, ['a', 'b', 'e'])
    end.get('a')!(new Error('no'))
    await t.rejects(works[0]!, /no/)
    await turn()
    t.strictSame(running, ['a', 'b', 'e', 'c'])
    for (const name of ['b', 'c', 'e']) end.get(name)!()
    await turn()
    t.strictSame(running, ['a', 'b', 'e', 'c', 'd'])
    end.get('d')!()
    t.strictSame(await Promise.all([...works.slice(1), other]), ['b', 'c', 'd', 'e'])
  },
)
