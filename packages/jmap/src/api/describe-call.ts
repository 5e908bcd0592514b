// A method call as `tandem trace` shows it: ids and the names of properties, never their values.
import { isObject, type JsonObject } from './json.js'

/** Ids and names shown of each; more are only counted. */
const MOST_IDS = 5

export function describeCall(method: string, args: JsonObject, callId: string): string {
  const parts = Object.entries(args)
    .filter(([name, value]) => name !== 'accountId' && value !== null)
    .map(([name, value]) => describeArgument(name, value))
  return [`${method} [${callId.slice(0, 20)}]`, ...parts].join(' ')
}

function describeArgument(name: string, value: unknown): string {
  if ((name === 'ids' || name === 'destroy' || name === 'properties') && Array.isArray(value)) {
    return `${name} ${some(value.filter((item) => typeof item === 'string'))}`
  }
  if ((name === 'create' || name === 'update') && isObject(value)) {
    const objects = Object.entries(value).map(([id, properties]) => {
      const names = isObject(properties) ? Object.keys(properties) : []
      return `${id} {${some(names)}}`
    })
    return `${name} ${some(objects)}`
  }
  return name
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, MOST_IDS).map((name) => name.slice(0, 100))
  const rest = names.length - shown.length
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
