// The kinds of value a setting can have: how each is read from text, shown, and described when it is wrong.
import { isIP } from 'node:net'
import path from 'node:path'
import { mailboxPath } from '@tandem/mailstore'

export interface Kind<T> {
  /** Completes "expected …". */
  expected: string
  /** The value, or undefined where the text is not one. */
  parse(text: string): T | undefined
  /** Text that `parse` reads as the same value. */
  format(value: T): string
}

export const port: Kind<number | null> = {
  expected: 'a port from 1 to 65535, 0 for any free one, or off',
  parse(text) {
    if (text === 'off') return null
    const value = decimal(text)
    return value !== undefined && value <= 65_535 ? value : undefined
  },
  format: (value) => (value === null ? 'off' : String(value)),
}

export function count(least: number, most: number): Kind<number> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    parse(text) {
      const value = decimal(text)
      return value !== undefined && value >= least && value <= most ? value : undefined
    },
    format: String,
  }
}

const UNITS = { '': 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const
const UNIT_NAMES = Object.keys(UNITS) as (keyof typeof UNITS)[]

/** Octets, at least 1. */
export const size: Kind<number> = {
  expected: 'a size such as 50MiB or 52428800 (B, KiB, MiB, GiB, TiB)',
  parse(text) {
    const match = /^([0-9]+)\s*([a-z]*)$/i.exec(text)
    const unit = UNIT_NAMES.find((name) => name.toLowerCase() === match?.[2]?.toLowerCase())
    if (!match || unit === undefined) return undefined
    const value = Number(match[1]) * UNITS[unit]
    return value >= 1 && Number.isSafeInteger(value) ? value : undefined
  },
  format(value) {
    const unit = UNIT_NAMES.findLast((name) => value % UNITS[name] === 0) ?? ''
    return `${value / UNITS[unit]}${unit === 'B' ? '' : unit}`
  },
}

/** A file or folder as an absolute path; relative ones are relative to the working directory, wherever they stand. */
export const file: Kind<string> = {
  expected: 'a path',
  parse: (text) => (text === '' || text.includes('\0') ? undefined : path.resolve(text)),
  format: (value) => value,
}

export const host: Kind<string> = {
  expected: 'an IP address or a host name to listen on, such as 127.0.0.1, 0.0.0.0 or ::',
  parse: (text) => (isIP(text) || isHostName(text) ? text : undefined),
  format: (value) => value,
}

export const hostName: Kind<string> = {
  expected: 'a host name such as mail.example.org',
  parse: (text) => (isHostName(text) ? text.replace(/\.$/, '') : undefined),
  format: (value) => value,
}

export const mailAddress: Kind<string> = {
  expected: 'an address such as anna@example.org',
  parse: (text) => mailboxPath(text) ?? undefined,
  format: (value) => value,
}

export function url(schemes: readonly string[], example: string, check: (url: URL) => boolean): Kind<string> {
  return {
    expected: `a URL such as ${example}`,
    parse(text) {
      if (!URL.canParse(text)) return undefined
      const parsed = new URL(text)
      const fits = schemes.includes(parsed.protocol.slice(0, -1)) && parsed.hash === '' && check(parsed)
      return fits ? text : undefined
    },
    format: (value) => value,
  }
}

export function choice<const T extends string>(values: readonly T[]): Kind<T> {
  return {
    expected: `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text),
    format: (value) => value,
  }
}

/** Some of the values, separated by commas, each at most once. */
export function subset<const T extends string>(values: readonly T[]): Kind<readonly T[]> {
  return {
    expected: `some of ${values.join(',')}`,
    parse(text) {
      const found = split(text).map((name) => values.find((value) => value === name))
      const all = found.filter((value) => value !== undefined)
      return all.length === found.length && new Set(all).size === all.length ? all : undefined
    },
    format: (value) => value.join(','),
  }
}

/** IP addresses and networks. */
export const networks: Kind<readonly string[]> = {
  expected: 'IP addresses or networks separated by commas, such as 10.0.0.0/8,::1',
  parse(text) {
    const parts = split(text)
    return parts.every(isNetwork) ? parts : undefined
  },
  format: (value) => value.join(','),
}

/** `none` is null. */
export function optional<T>(kind: Kind<T>): Kind<T | null> {
  return {
    expected: `${kind.expected}, or none`,
    parse: (text) => (text === 'none' ? null : kind.parse(text)),
    format: (value) => (value === null ? 'none' : kind.format(value)),
  }
}

/** Besides values of the kind, this word. */
export function orWord(word: string, kind: Kind<string>): Kind<string> {
  return {
    expected: `${word}, ${kind.expected}`,
    parse: (text) => (text === word ? word : kind.parse(text)),
    format: (value) => (value === word ? word : kind.format(value)),
  }
}

function decimal(text: string): number | undefined {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined
}

function split(text: string): string[] {
  return text.split(',').map((part) => part.trim())
}

function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.')
  const isLabel = (label: string) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label)
  // A last label of digits alone is a mistyped IPv4 address, never a name (RFC 3696 §2).
  return text.length <= 253 && labels.every(isLabel) && !/^[0-9]+$/.test(labels.at(-1)!)
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (prefix === undefined) return true
  const bits = decimal(prefix)
  return bits !== undefined && bits <= (family === 4 ? 32 : 128)
}
