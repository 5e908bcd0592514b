// `#k` for the id of what this request created (RFC 8620 §5.3), wherever a /get or /query names an object. Method /set has
// its own: there an object may be created by the same call.
import { MethodError } from '../errors.js'
import { isObject, type JsonObject } from './json.js'

/** Arguments that name objects; in /get, one that stands for nothing is among what is not found. */
const LISTS = new Set(['ids', 'emailIds'])
const SINGLE = new Set(['anchor', 'upToId'])
/** Conditions of filters. */
const CONDITIONS = new Set([
  ...['inMailbox', 'inMailboxOtherThan', 'parentId'],
  ...['identityIds', 'emailIds', 'threadIds'],
])
const METHOD = /\/(?:get|query|queryChanges)$/

/** The arguments with ids in the place of creation ids. Errors: invalidArguments for one that stands for nothing. */
export function resolveCreationIds(
  method: string,
  args: JsonObject,
  createdIds: ReadonlyMap<string, string>,
): JsonObject {
  if (!METHOD.test(method)) return args
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => {
      if (LISTS.has(name) && Array.isArray(value)) {
        return [
          name,
          value.map((item) => (isCreationId(item) ? (createdIds.get(item.slice(1)) ?? item) : item)),
        ]
      }
      if (SINGLE.has(name)) return [name, resolve(name, value)]
      return [name, name === 'filter' ? resolveFilter(value) : value]
    }),
  )

  function resolveFilter(filter: unknown): unknown {
    if (!isObject(filter)) return filter
    return Object.fromEntries(
      Object.entries(filter).map(([name, value]) => {
        if (name === 'conditions' && Array.isArray(value)) return [name, value.map(resolveFilter)]
        if (!CONDITIONS.has(name)) return [name, value]
        return [name, Array.isArray(value) ? value.map((item) => resolve(name, item)) : resolve(name, value)]
      }),
    )
  }

  function resolve(name: string, value: unknown): unknown {
    if (!isCreationId(value)) return value
    const id = createdIds.get(value.slice(1))
    if (id !== undefined) return id
    throw new MethodError(
      'invalidArguments',
      `"${name}": nothing was created in this request as "${value.slice(0, 100)}"`,
    )
  }
}

function isCreationId(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('#')
}
