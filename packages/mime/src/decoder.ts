/** Undoes a transfer encoding, piece by piece. */
export interface Decoder {
  write(bytes: Uint8Array, start: number, end: number): void
  /** How many bytes are written, and how many of them can't change any more. */
  written(): number
  sure(): number
  /** Writes on into `next`: what may still change is moved to its front, and counting begins anew. */
  goOn(next: Uint8Array): void
  /** The length of it all; `problem`: its text is malformed. */
  end(): { length: number; problem: boolean }
}

/** Writes into `out`, or counts only. Never more bytes come out than went in. */
export type Codec = (out: Uint8Array | null) => Decoder
