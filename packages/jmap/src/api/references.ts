// References to the results of earlier calls: RFC 8620 §3.7.
import { MethodError } from '../errors.js'
import { isObject, type JsonObject, setOwn } from './json.js'
import { countValues, weigh } from './limits.js'
import { parsePointer } from './pointer.js'

/** A method call or its response: name, arguments, method call id (RFC 8620 §3.2). */
export type Invocation = [name: string, args: JsonObject, callId: string]

/** What the references of one request may still bring in: echoes of echoes grow without end. */
export interface Room {
  /** Octets of JSON. */
  left: number
  /** Also those that a path only walks over: ten thousand arguments can each walk a long list to nothing. */
  values: number
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
    const value = resolveReference(name, args[name], responses, room)
    take(room, { octets: weigh(value, room.left), values: countValues(value, room.values) }, name)
    setOwn(resolved, plain, value)
  }
  return resolved
}

function take(room: Room, { octets = 0, values }: { octets?: number; values: number }, name: string): void {
  room.left -= octets
  room.values -= values
  if (room.left < 0 || room.values < 0) throw failed(name, 'brings in more than one request may hold')
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

function resolveReference(
  name: string,
  reference: unknown,
  responses: readonly Invocation[],
  room: Room,
): unknown {
  if (!isObject(reference)) throw failed(name, 'is no ResultReference')
  const { resultOf, name: wanted, path } = reference
  if (typeof resultOf !== 'string' || typeof wanted !== 'string' || typeof path !== 'string') {
    throw failed(name, 'needs "resultOf", "name" and "path"')
  }
  const response = responses.find(([, , callId]) => callId === resultOf)
  if (!response) throw failed(name, `there is no response "${resultOf}" before this call`)
  if (response[0] !== wanted) throw failed(name, `the response "${resultOf}" is ${response[0]}`)
  const tokens = parsePointer(path)
  if (!tokens) throw failed(name, `"${path.slice(0, 100)}" is no JSON pointer`)
  return evaluate(response[1], { tokens, name, room }, 0)
}

interface Path {
  tokens: readonly string[]
  /** The argument that it is for. */
  name: string
  room: Room
}

function evaluate(value: unknown, path: Path, at: number): unknown {
  const { tokens, name, room } = path
  const token = tokens[at]
  if (token === undefined) return value
  if (Array.isArray(value)) {
    if (token === '*') {
      take(room, { values: value.length }, name)
      const results: unknown[] = []
      for (const item of value) {
        const result = evaluate(item, path, at + 1)
        if (Array.isArray(result)) for (const inner of result) results.push(inner)
        else results.push(result)
      }
      return results
    }
    // RFC 6901 §4: no leading zeros; "-" is past the end.
    if (/^(?:0|[1-9]\d*)$/.test(token) && Number(token) < value.length) {
      return evaluate(value[Number(token)], path, at + 1)
    }
  } else if (isObject(value) && Object.hasOwn(value, token)) {
    return evaluate(value[token], path, at + 1)
  }
  throw failed(name, `there is no "${token.slice(0, 100)}" where the path looks for it`)
}

function failed(name: string, why: string): MethodError {
  return new MethodError('invalidResultReference', `"${name}" ${why}`)
}
