// The types of RFC 8620 §1 as readers of arguments. A wrong, unknown or missing one is invalidArguments (§3.9).
import { MethodError } from '../errors.js'
import { isObject, type JsonObject } from './json.js'

/** Gives the value in its type, or throws invalidArguments. What was left out is `undefined`. */
export type Reader<T> = (value: unknown, name: string) => T

export type Shape = Record<string, Reader<unknown>>
export type Read<S extends Shape> = { [K in keyof S]: ReturnType<S[K]> }

/** All arguments of a call by the shape of its method. */
export function readArguments<S extends Shape>(args: JsonObject, shape: S): Read<S> {
  for (const name of Object.keys(args)) {
    if (!Object.hasOwn(shape, name)) {
      throw new MethodError('invalidArguments', `there is no argument "${name}"`)
    }
  }
  return Object.fromEntries(
    Object.entries(shape).map(([name, read]) => [
      name,
      read(Object.hasOwn(args, name) ? args[name] : undefined, name),
    ]),
  ) as Read<S>
}

function reader<T>(what: string, test: (value: unknown) => value is T): Reader<T> {
  return (value, name) => {
    if (test(value)) return value
    const found = value === undefined ? 'it is missing' : `it is ${kindOf(value)}`
    throw new MethodError('invalidArguments', `"${name}" must be ${what}; ${found}`)
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return String(value)
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

export const anyValue: Reader<unknown> = (value) => value
export const string = reader('a string', (value) => typeof value === 'string')
export const boolean = reader('a boolean', (value) => typeof value === 'boolean')
export const object = reader('an object', isObject)

/** RFC 8620 §1.3: what a double holds exactly. */
export const int = reader('an integer', (value): value is number => Number.isSafeInteger(value))
export const unsignedInt = reader(
  'an integer of at least 0',
  (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0,
)
export const positiveInt = reader(
  'an integer above 0',
  (value): value is number => Number.isSafeInteger(value) && (value as number) > 0,
)

/** `T|null`; what is left out is null. */
export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value, name) => (value === undefined || value === null ? null : read(value, name))
}

export function withDefault<T>(read: Reader<T>, fallback: T): Reader<T> {
  return (value, name) => (value === undefined ? fallback : read(value, name))
}

export function arrayOf<T>(read: Reader<T>): Reader<T[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw new MethodError('invalidArguments', `"${name}" must be an array`)
    return value.map((item, index) => read(item, `${name}/${index}`))
  }
}

/** A map from a client's names; a Map, since a name may be `__proto__`. */
export function mapOf<T>(read: Reader<T>): Reader<Map<string, T>> {
  return (value, name) =>
    new Map(Object.entries(object(value, name)).map(([key, item]) => [key, read(item, `${name}/${key}`)]))
}

const ID = /^[A-Za-z0-9_-]{1,255}$/

/** RFC 8620 §1.2. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value)
}

/** The names of a `create`: ids that the client makes up. */
export function byCreationId<T>(read: Reader<T>): Reader<Map<string, T>> {
  const readMap = mapOf(read)
  return (value, name) => {
    const map = readMap(value, name)
    for (const key of map.keys()) {
      if (!isId(key)) throw new MethodError('invalidArguments', `"${name}": "${key}" is no Id`)
    }
    return map
  }
}
