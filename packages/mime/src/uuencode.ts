// uuencode: POSIX.1-2017, uuencode. Files are sent so by old programs, with a Content-Transfer-Encoding that no RFC has.
import type { Decoder } from './decoder.js'

const LF = 0x0a
const CR = 0x0d
const BEGIN = Buffer.from('begin ')

/** Bytes in front of the file; without one by then, it is none. Bounds what a stream holds. */
const MAX_BEFORE = 64 * 1024

/**
 * Where it is: `before` the line that begins the file, in which `matched` bytes agree; in the `rest` of a line that says
 * no more; at the `count` of a line, in its `data`; `after` the file; in what is `none`.
 */
type State = 'before' | 'rest' | 'count' | 'data' | 'after' | 'none'

/** The file that is encoded in the text. Where there is none, the text as it is. */
export function uuencode(first: Uint8Array | null): Decoder {
  let out = first
  let written = 0
  let state: State = 'before'
  let isBegun = false
  let matched = 0
  /** Bytes that the line still holds, and the sextets of one that is not whole. */
  let left = 0
  let acc = 0
  let bits = 0
  let problem = false

  const put = (byte: number) => {
    if (out) out[written] = byte
    written++
  }
  /** Kept, until a file begins after it. */
  const keep = (byte: number) => {
    put(byte)
    if (written > MAX_BEFORE) state = 'none'
  }
  /** A sextet; the last of a line may stand for fewer bytes. */
  const add = (sextet: number) => {
    acc = ((acc << 6) | sextet) & 0xffff
    bits += 6
    if (bits < 8) return
    bits -= 8
    put((acc >> bits) & 0xff)
    left--
  }
  const endLine = () => {
    if (state === 'before') matched = 0
    else if (state === 'rest') state = isBegun ? 'count' : 'before'
    else if (state === 'data') {
      // White space at the end of a line is zeros that a transport took: what there is of a byte is one.
      if (bits > 0 && left > 0) add(0)
      if (left > 0) problem = true
      state = 'count'
    }
  }
  const step = (byte: number) => {
    if (state === 'before') {
      if (byte === BEGIN[matched]) matched++
      else {
        matched = 0
        state = 'rest'
      }
      if (matched === BEGIN.length) {
        isBegun = true
        written = 0
        state = 'rest'
      }
    } else if (state === 'count') {
      // A line that is no data ends it: `end`.
      if (byte < 0x20 || byte > 0x60) state = 'after'
      else {
        left = (byte - 0x20) & 63
        bits = 0
        state = left === 0 ? 'rest' : 'data'
      }
    } else if (state === 'data') {
      if (byte < 0x20 || byte > 0x60) problem = true
      add((byte - 0x20) & 63)
      if (left === 0) state = 'rest'
    }
  }
  return {
    write(bytes, start, end) {
      for (let i = start; i < end; i++) {
        const byte = bytes[i]!
        if (!isBegun) keep(byte)
        if (byte === LF) endLine()
        else if (byte !== CR) step(byte)
      }
    },
    written: () => written,
    sure: () => (isBegun || state === 'none' ? written : 0),
    goOn(next) {
      const from = isBegun || state === 'none' ? written : 0
      if (out) next.set(out.subarray(from, written))
      out = next
      written -= from
    },
    end() {
      if (state !== 'after') problem = true
      return { length: written, problem }
    },
  }
}
