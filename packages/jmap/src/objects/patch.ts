// PatchObject: RFC 8620 §5.3.
import { isObject, type JsonObject, setOwn } from '../api/json.js'
import { parsePointer } from '../api/pointer.js'
import type { SetError } from '../errors.js'

/** The object that a patch is for, as the client sees it. */
export interface Patchable {
  /** The value of a property before the patch; undefined where the object has none of that name. */
  get(property: string): unknown
  /** What null sets the property to, where its type has a default. */
  default(property: string): unknown
  /** One spelling for names that have several, creation ids replaced by ids. */
  normalise?(path: string[]): string[]
}

/**
 * What each property that the patch touches becomes; undefined where it is removed. Whether the values fit is
 * not looked at. Gives invalidPatch where the patch breaks one of the rules.
 */
export function applyPatch(
  patch: JsonObject,
  target: Patchable,
): { ok: true; values: Map<string, unknown> } | { ok: false; error: SetError } {
  const paths: { path: string[]; value: unknown }[] = []
  for (const [key, value] of Object.entries(patch)) {
    const path = parsePointer(`/${key}`)
    if (!path) return invalidPatch(`"${key.slice(0, 100)}" is no JSON pointer`)
    paths.push({ path: target.normalise?.(path) ?? path, value })
  }
  const clash = findPrefix(paths.map(({ path }) => path))
  if (clash) return invalidPatch(`two patches are for "${clash.join('/').slice(0, 100)}"`)

  const values = new Map<string, unknown>()
  for (const { path, value } of paths) {
    const [property] = path as [string]
    if (path.length === 1) {
      values.set(property, value === null ? target.default(property) : value)
      continue
    }
    if (!values.has(property)) values.set(property, structuredClone(target.get(property)))
    const parent = descend(values.get(property), path.slice(1, -1))
    if (!parent) return invalidPatch(`the object has nothing at "${path.slice(0, -1).join('/')}" to patch`)
    const last = path.at(-1)!
    if (value === null) delete parent[last]
    else setOwn(parent, last, value)
  }
  return { ok: true, values }
}

/** All parts prior to the last must exist, and arrays are only replaced in whole. */
function descend(value: unknown, path: readonly string[]): JsonObject | null {
  let parent = value
  for (const token of path) {
    if (!isObject(parent) || !Object.hasOwn(parent, token)) return null
    parent = parent[token]
  }
  return isObject(parent) ? parent : null
}

/** A path that is another's, or the beginning of another. */
function findPrefix(paths: readonly string[][]): string[] | null {
  const keys = new Set<string>()
  for (const path of paths) {
    const key = JSON.stringify(path)
    if (keys.has(key)) return path
    keys.add(key)
  }
  for (const path of paths) {
    for (let length = 1; length < path.length; length++) {
      if (keys.has(JSON.stringify(path.slice(0, length)))) return path.slice(0, length)
    }
  }
  return null
}

function invalidPatch(description: string): { ok: false; error: SetError } {
  return { ok: false, error: { type: 'invalidPatch', description } }
}
