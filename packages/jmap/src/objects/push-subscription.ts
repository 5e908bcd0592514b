// What a client may say of a push subscription, and what it is shown: RFC 8620 §7.2.
import { createECDH, ECDH } from 'node:crypto'
import { isIP } from 'node:net'
import {
  formatId,
  type NewPushSubscription,
  type PushSubscription,
  type PushSubscriptionChange,
  type PushTypes,
} from '@tandem/mailstore'
import { isObject, type JsonObject, jsonEqual } from '../api/json.js'
import type { SetError } from '../errors.js'
import { dataTypes, isPushType } from '../push/types.js'
import { formatUTCDate, parseUTCDate } from './dates.js'
import { applyPatch } from './patch.js'
import { createProblems, type Problems } from './problems.js'

/** §7.2.1: what may hold secrets of the device, and is never shown. */
export const SECRET_PROPERTIES = ['url', 'keys']
export const PUSH_SUBSCRIPTION_PROPERTIES = ['id', 'deviceClientId', 'verificationCode', 'expires', 'types']

const MAX_URL = 2_048
const MAX_NAME = 255
const MAX_TYPES = 100

export function renderPushSubscription(
  subscription: PushSubscription,
  properties: Iterable<string>,
): JsonObject {
  const { id, deviceClientId, verificationCode, expires, types } = subscription
  const all: JsonObject = {
    id: formatId('pushSubscription', id),
    deviceClientId,
    verificationCode,
    expires: formatUTCDate(expires),
    types,
  }
  return Object.fromEntries([...properties].map((name) => [name, all[name]]))
}

export type ReadNew = { ok: true; values: NewPushSubscription } | { ok: false; error: SetError }

/** The values of a `create`. `mayReach`: whether requests may go to an address. */
export function readNewPushSubscription(
  object: JsonObject,
  now: number,
  mayReach: (address: string) => boolean,
): ReadNew {
  const problems = createProblems()
  const given = (name: string) => (Object.hasOwn(object, name) ? object[name] : undefined)
  for (const name of Object.keys(object)) {
    if (name === 'id') problems.add(name, '"id" is set by the server')
    else if (![...PUSH_SUBSCRIPTION_PROPERTIES, ...SECRET_PROPERTIES].includes(name))
      addUnknown(problems, name)
  }
  // The server makes it, and sends it.
  if ((given('verificationCode') ?? null) !== null) {
    problems.add('verificationCode', '"verificationCode" must be null in a create')
  }
  const deviceClientId = given('deviceClientId')
  if (!isName(deviceClientId)) problems.add('deviceClientId', `"deviceClientId" must be ${NAME}`)
  const values = {
    deviceClientId: deviceClientId as string,
    url: readUrl(given('url'), problems, mayReach),
    keys: readKeys(given('keys') ?? null, problems),
    expires: readExpires(given('expires') ?? null, problems, now),
    types: readTypes(given('types') ?? null, problems),
  }
  const error = problems.error()
  return error ? { ok: false, error } : { ok: true, values }
}

export type ReadPatch =
  | { ok: true; values: PushSubscriptionChange; code: string | null }
  | { ok: false; error: SetError }

/** The values of an `update`; `code`: what is to be compared with the code that was sent, null where none is. */
export function readPushSubscriptionPatch(
  patch: JsonObject,
  subscription: PushSubscription,
  now: number,
): ReadPatch {
  const current = renderPushSubscription(subscription, PUSH_SUBSCRIPTION_PROPERTIES)
  const patched = applyPatch(patch, {
    get: (property) => (Object.hasOwn(current, property) ? current[property] : undefined),
    default: () => null,
  })
  if (!patched.ok) return patched
  const problems = createProblems()
  const values: PushSubscriptionChange = {}
  let code: string | null = null
  for (const [name, value] of patched.values) {
    if (name === 'expires') values.expires = readExpires(value, problems, now)
    else if (name === 'types') values.types = readTypes(value, problems)
    else if (name === 'verificationCode' && typeof value === 'string') code = value
    // Secrets are not even compared: no client can have read them here.
    else if (SECRET_PROPERTIES.includes(name)) problems.add(name, `"${name}" cannot be changed`)
    else if (!Object.hasOwn(current, name)) addUnknown(problems, name)
    else if (!jsonEqual(value, current[name])) problems.add(name, `"${name}" cannot be changed to that`)
  }
  const error = problems.error()
  return error ? { ok: false, error } : { ok: true, values, code }
}

function addUnknown(problems: Problems, name: string): void {
  problems.add(name, `"${name.slice(0, 100)}" is no property of a PushSubscription`)
}

const NAME = `a string of 1 to ${MAX_NAME} characters without NUL`

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME && !value.includes('\0')
}

/** §7.2 and §8.6. A host's name is looked at when a request goes there; what stands for an address, here. */
function readUrl(value: unknown, problems: Problems, mayReach: (address: string) => boolean): string {
  const refuse = (why: string) => {
    problems.add('url', `"url" ${why}`)
    return ''
  }
  if (typeof value !== 'string' || !/^https:\/\//i.test(value) || !URL.canParse(value)) {
    return refuse('must be an absolute URL that begins with "https://"')
  }
  const url = new URL(value)
  if (url.username !== '' || url.password !== '') return refuse('must be without a user and a password')
  url.hash = ''
  if (url.href.length > MAX_URL) return refuse(`must have at most ${MAX_URL} characters`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !mayReach(host)) return refuse('must name a host that everybody can reach')
  return url.href
}

const KEY_OCTETS = 65
const AUTH_OCTETS = 16

/** RFC 8291 §2: a point of P-256 and 16 octets, in URL-safe base64 with or without its padding. */
function readKeys(value: unknown, problems: Problems): NewPushSubscription['keys'] {
  if (value === null) return null
  const names = isObject(value) ? Object.keys(value).sort().join() : ''
  if (!isObject(value) || names !== 'auth,p256dh') {
    problems.add('keys', '"keys" must be null, or an object with "p256dh" and "auth"')
    return null
  }
  const [p256dh, auth] = [decode(value.p256dh), decode(value.auth)]
  if (p256dh?.length !== KEY_OCTETS || !isPoint(p256dh)) {
    problems.add('keys', '"keys/p256dh" must be an uncompressed P-256 public key in base64url')
  }
  if (auth?.length !== AUTH_OCTETS)
    problems.add('keys', `"keys/auth" must be ${AUTH_OCTETS} octets in base64url`)
  return p256dh && auth && { p256dh, auth }
}

function decode(value: unknown): Buffer | null {
  if (typeof value !== 'string' || !/^[\w-]{1,200}={0,2}$/.test(value)) return null
  return Buffer.from(value, 'base64url')
}

function isPoint(key: Buffer): boolean {
  try {
    return (ECDH.convertKey(key, 'prime256v1') as Buffer).length === KEY_OCTETS && shares(key)
  } catch {
    return false
  }
}

/** Only an agreement looks whether the point is on the curve. */
function shares(key: Buffer): boolean {
  const own = createECDH('prime256v1')
  own.generateKeys()
  return own.computeSecret(key).length > 0
}

function readExpires(value: unknown, problems: Problems, now: number): Date | null {
  if (value === null) return null
  const date = parseUTCDate(value)
  if (!date) problems.add('expires', '"expires" must be a UTCDate or null')
  else if (date.getTime() <= now) problems.add('expires', '"expires" must be in the future')
  return date
}

/** Names of types that there aren't here are kept, and nothing is ever told of them. */
function readTypes(value: unknown, problems: Problems): PushTypes | null {
  if (value === null) return null
  if (!Array.isArray(value) || value.length > MAX_TYPES || !value.every(isName)) {
    problems.add('types', `"types" must be null or at most ${MAX_TYPES} names, each ${NAME}`)
    return null
  }
  return { names: value, watched: [...dataTypes(value.filter(isPushType))] }
}
