// A method call and its answer as `tandem trace` shows them: ids and the names of properties, never their values.
import { isObject, type JsonObject } from './json.js'

/** Ids and names shown of each; more are only counted. */
const MOST_IDS = 5

export function describeCall(method: string, args: JsonObject, callId: string): string {
  const parts = Object.entries(args)
    .filter(([name, value]) => name !== 'accountId' && !isNothing(value))
    .map(([name, value]) => describeArgument(name, value))
  return [`${method} [${callId.slice(0, 20)}]`, ...parts].join(' ')
}

/** What it made, under which id, and what was refused: RFC 8620 §5.3. */
export function describeAnswer(answer: JsonObject): string {
  const parts = ['OK']
  const created = Object.entries(isObject(answer.created) ? answer.created : {})
  if (created.length > 0) {
    parts.push(`created ${some(created.map(([key, made]) => `${key} ${isObject(made) ? made.id : ''}`))}`)
  }
  for (const [property, word] of REFUSED) {
    const refused = Object.entries(isObject(answer[property]) ? answer[property] : {})
    const told = refused.map(([id, error]) => `${id} (${isObject(error) ? error.type : ''})`)
    if (told.length > 0) parts.push(`${word} ${some(told)}`)
  }
  return parts.join(', ')
}

const REFUSED = [
  ['notCreated', 'not created'],
  ['notUpdated', 'not updated'],
  ['notDestroyed', 'not destroyed'],
] as const

function isNothing(value: unknown): boolean {
  if (value === null) return true
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0
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
