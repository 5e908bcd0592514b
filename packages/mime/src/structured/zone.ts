// Zones of dates in mail: RFC 5322 §3.3 and §4.3, and what else senders write.

/** Hours east of Greenwich. Of names that stand for several zones (IST, AST) only those that RFC 5322 §4.3 settles. */
const hours: Record<string, number> = {
  ...{ gmt: 0, ut: 0, utc: 0, z: 0, wet: 0 },
  ...{ edt: -4, est: -5, cdt: -5, cst: -6, mdt: -6, mst: -7, pdt: -7, pst: -8 },
  ...{ akdt: -8, akst: -9, hst: -10, nst: -3.5, ndt: -2.5, brt: -3 },
  ...{ cet: 1, met: 1, mez: 1, bst: 1, west: 1, cest: 2, mest: 2, mesz: 2, eet: 2, eest: 3, msk: 3, msd: 4 },
  ...{ sast: 2, eat: 3, wib: 7, hkt: 8, sgt: 8, awst: 8, jst: 9, kst: 9, acst: 9.5, aest: 10, aedt: 11 },
  ...{ acdt: 10.5, nzst: 12, nzdt: 13 },
}

const numeric = /^(?:gmt|utc?|z)? ?([+-]) ?(\d{1,2})(?::?(\d{2}))?(?![\d:.])(?! ?[ap]\.?m\b)(?! ?[+-] ?\d)/i
const named = /^([a-z]{1,5})\.?$/i

/**
 * The offset as RFC 3339 writes it, 'Z' for zero and where there is none; null where something is there that is no zone
 * we know. Behind an offset in numbers there may be anything: it was said.
 */
export function zoneOffset(text: string): string | null {
  if (text === '') return 'Z'
  const match = numeric.exec(text)
  if (match) {
    const [, sign, hour, minute = '0'] = match
    return Number(hour) > 23 || Number(minute) > 59 ? null : offsetOf(sign!, Number(hour), Number(minute))
  }
  const name = named.exec(text)?.[1]?.toLowerCase()
  if (name === undefined) return null
  // RFC 5322 §4.3: single letters were used in both directions, and so say nothing.
  if (name.length === 1) return 'Z'
  if (!Object.hasOwn(hours, name)) return null
  const offset = hours[name]!
  return offsetOf(offset < 0 ? '-' : '+', Math.floor(Math.abs(offset)), (Math.abs(offset) % 1) * 60)
}

function offsetOf(sign: string, hour: number, minute: number): string {
  if (hour === 0 && minute === 0) return 'Z'
  return `${sign}${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}
