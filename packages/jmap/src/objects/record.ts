// What a client may say of an object whose properties stand each for itself: RFC 8620 §5.3.
import { type JsonObject, jsonEqual } from '../api/json.js'
import type { SetError } from '../errors.js'
import { applyPatch } from './patch.js'
import { createProblems } from './problems.js'

/** A property that a client can set. */
export interface Rule {
  /** Why it cannot have this value; null where it can. */
  problem(value: unknown): string | null
  /** What a patch of null makes of it. */
  default?: unknown
}

export type Rules = Readonly<Record<string, Rule>>

/** The properties that were set; those left out are not among them. */
export type ReadRecord = { ok: true; values: JsonObject } | { ok: false; error: SetError }

/** The values of a `create`; what the server sets must be left out. */
export function readNewRecord(
  object: JsonObject,
  rules: Rules,
  required: readonly string[] = [],
): ReadRecord {
  const problems = createProblems()
  for (const name of required) if (!Object.hasOwn(object, name)) problems.add(name, `"${name}" is missing`)
  for (const [name, value] of Object.entries(object)) {
    const why = Object.hasOwn(rules, name) ? rules[name]!.problem(value) : 'is not for a client to set'
    if (why !== null) problems.add(name, `"${name.slice(0, 100)}" ${why}`)
  }
  const error = problems.error()
  return error ? { ok: false, error } : { ok: true, values: object }
}

/** The values of an `update`; all but what has a rule must be as it is. `resolve`: of creation ids. */
export function readRecordPatch(
  patch: JsonObject,
  current: JsonObject,
  rules: Rules,
  resolve: (id: string) => string | null,
): ReadRecord {
  const ruleOf = (name: string) => (Object.hasOwn(rules, name) ? rules[name]! : null)
  const patched = applyPatch(patch, {
    get: (name) => (Object.hasOwn(current, name) ? current[name] : undefined),
    default: (name) => ruleOf(name)?.default ?? null,
  })
  if (!patched.ok) return patched
  const problems = createProblems()
  const values: [string, unknown][] = []
  for (const [name, value] of patched.values) {
    const rule = ruleOf(name)
    const why = rule ? rule.problem(value) : isAsItIs(name, value) ? null : 'cannot be changed'
    if (why !== null) problems.add(name, `"${name.slice(0, 100)}" ${why}`)
    else if (rule) values.push([name, value])
  }
  const error = problems.error()
  return error ? { ok: false, error } : { ok: true, values: Object.fromEntries(values) }

  function isAsItIs(name: string, value: unknown): boolean {
    if (!Object.hasOwn(current, name)) return false
    // An id may be spelled as it was created in this request.
    if (name === 'id' && typeof value === 'string') return resolve(value) === current.id
    return jsonEqual(value, current[name])
  }
}

export const isBoolean: Rule = {
  problem: (value) => (typeof value === 'boolean' ? null : 'must be a boolean'),
}

/** Text of at most so many UTF-16 units. Postgres has no NUL. */
export function text(max: number, fallback?: string | null): Rule {
  return {
    default: fallback,
    problem: (value) => {
      if (value === null && fallback === null) return null
      if (typeof value !== 'string') return 'must be a string'
      if (value.length > max) return `has at most ${max} characters`
      return value.includes('\0') ? 'holds a NUL character' : null
    },
  }
}

/** One line of text. */
export function line(max: number, fallback?: string | null): Rule {
  const any = text(max, fallback)
  return {
    ...any,
    problem: (value) =>
      any.problem(value) ??
      (typeof value === 'string' && /\p{Cc}/u.test(value) ? 'holds a control character' : null),
  }
}
