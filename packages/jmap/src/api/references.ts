// References to the results of earlier calls: RFC 8620 §3.7.
import { MethodError } from '../errors.js'
import { isObject, type JsonObject, setOwn } from './json.js'
import { weigh } from './limits.js'
import { parsePointer } from './pointer.js'

/** A method call or its response: name, arguments, method call id (RFC 8620 §3.2). */
export type Invocation = [name: string, args: JsonObject, callId: string]

/** What the references of one request may still bring in, in octets of JSON: echoes of echoes grow without end. */
export interface Room {
  left: number
}

/**
 * The arguments with each `#name` replaced by what it refers to, which is taken from the room.
 * Errors: invalidArguments for an argument in both forms, invalidResultReference for all else.
 */
export function resolveReferences(
  args: JsonObject,
  responses: readonly Invocation[],
  room: Room,
): JsonObject {
  const names = Object.keys(args)
  if (!names.some((name) => name.startsWith('#'))) return args
  const resolved: JsonObject = {}
  for (const name of names) {
    if (!name.startsWith('#')) {
      setOwn(resolved, name, args[name])
      continue
    }
    const plain = name.slice(1)
    if (Object.hasOwn(args, plain)) {
      throw new MethodError('invalidArguments', `"${plain}" and "${name}" exclude each other`)
    }
    const value = resolveReference(name, args[name], responses)
    room.left -= weigh(value, room.left)
    if (room.left < 0) throw failed(name, 'brings in more than one request may hold')
    setOwn(resolved, plain, value)
  }
  return resolved
}

/** What the references look into: a response, and the name in it; undefined for all of it. */
export function referredTo(
  args: JsonObject,
  responses: readonly Invocation[],
): { response: JsonObject; name: string | undefined }[] {
  return Object.entries(args).flatMap(([argument, value]) => {
    if (!argument.startsWith('#') || !isObject(value) || typeof value.path !== 'string') return []
    const found = responses.find(([, , callId]) => callId === value.resultOf)
    return found ? [{ response: found[1], name: parsePointer(value.path)?.[0] }] : []
  })
}

function resolveReference(name: string, reference: unknown, responses: readonly Invocation[]): unknown {
  if (!isObject(reference)) throw failed(name, 'is no ResultReference')
  const { resultOf, name: wanted, path } = reference
  if (typeof resultOf !== 'string' || typeof wanted !== 'string' || typeof path !== 'string') {
    throw failed(name, 'needs "resultOf", "name" and "path"')
  }
  const response = responses.find(([, , callId]) => callId === resultOf)
  if (!response) throw failed(name, `there is no response "${resultOf}" before this call`)
  if (response[0] !== wanted) throw failed(name, `the response "${resultOf}" is ${response[0]}`)
  const tokens = parsePointer(path)
  if (!tokens) throw failed(name, `"${path}" is no JSON pointer`)
  return evaluate(response[1], tokens, 0, name)
}

function evaluate(value: unknown, tokens: readonly string[], at: number, name: string): unknown {
  const token = tokens[at]
  if (token === undefined) return value
  if (Array.isArray(value)) {
    if (token === '*') {
      const results: unknown[] = []
      for (const item of value) {
        const result = evaluate(item, tokens, at + 1, name)
        if (Array.isArray(result)) for (const inner of result) results.push(inner)
        else results.push(result)
      }
      return results
    }
    // RFC 6901 §4: no leading zeros; "-" is past the end.
    if (/^(?:0|[1-9]\d*)$/.test(token) && Number(token) < value.length) {
      return evaluate(value[Number(token)], tokens, at + 1, name)
    }
  } else if (isObject(value) && Object.hasOwn(value, token)) {
    return evaluate(value[token], tokens, at + 1, name)
  }
  throw failed(name, `there is no "${token}" where the path looks for it`)
}

function failed(name: string, why: string): MethodError {
  return new MethodError('invalidResultReference', `"${name}" ${why}`)
}
