import { EXIT, Stop } from '../stop.js'

const AGO = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** The instant that `--since` names: a date, a date with a time, or how long ago. Errors: Stop where it is none. */
export function timeOf(text: string, now = Date.now()): Date {
  const ago = /^([0-9]{1,5})([mhd])$/.exec(text)
  if (ago) return new Date(now - Number(ago[1]) * AGO[ago[2] as keyof typeof AGO])
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/.test(text)
  const time = new Date(isTime ? text : Number.NaN)
  if (!Number.isNaN(time.getTime())) return time
  throw new Stop(`--since ${text}: expected 2026-11-20, 2026-11-20T08:00Z, or 30m, 6h, 2d`, EXIT.usage)
}
