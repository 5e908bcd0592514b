/** Bytes by SHA-256, per account. All of it happens outside the account's lock (rule 3). */
export interface BlobStore {
  /**
   * Stores bytes as they stream in; the same bytes are kept once. Whole ones must not be overwritten meanwhile. Errors:
   * tooLarge beyond `maxSize` octets.
   */
  put(source: Uint8Array | AsyncIterable<Uint8Array>, options?: { maxSize?: number }): Promise<StoredBlob>
  /** Null where the account has no such blob. */
  open(digest: Uint8Array): Promise<OpenBlob | null>
  /**
   * Opens several, in their order, and reads one slice of each, all in one statement: what lies in its slice is then
   * answered from memory. The caller bounds the sum of the slices; an empty one only opens.
   */
  openSlices(slices: readonly BlobSlice[]): Promise<(OpenBlob | null)[]>
}

/** Octets of a blob from `start` to before `end`, which lies within it. */
export interface BlobSlice {
  digest: Uint8Array
  start: number
  end: number
}

export interface StoredBlob {
  digest: Uint8Array
  size: number
}

export interface OpenBlob extends StoredBlob {
  /** A slice in one piece; what lies beyond the end is left out. */
  read(offset?: number, length?: number): Promise<Uint8Array>
  /** The same in pieces of at most 256 KiB, fetched as they are asked for. */
  stream(offset?: number, length?: number): AsyncIterable<Uint8Array>
}

/** What a principal's uploads may take that nothing refers to yet. */
export interface UploadQuota {
  octets: number
  uploads: number
}

/** Who may see a blob by its digest (RFC 8620 §6.1): what no email holds, its uploader alone. */
export interface UploadStore {
  /** `type`: the media type that the client named. Errors: blobNotFound. */
  add(principalId: number, digest: Uint8Array, type: string): Promise<void>
  /**
   * Makes room for that many octets, before they are stored: the oldest uploads that nothing refers to go first
   * (RFC 8620 §6). Those of the last ten minutes stay, since their bytes may be on their way into an email: so the
   * quota can be exceeded, to its double at most. Errors: overQuota.
   */
  makeRoom(principalId: number, octets: number, quota: UploadQuota): Promise<void>
  /**
   * True where this principal uploaded these bytes, or an email has them that he may read: any of the account for its
   * owner, those in a mailbox with the rights `l` and `r` for a guest.
   */
  canSee(principalId: number, digest: Uint8Array): Promise<boolean>
}
