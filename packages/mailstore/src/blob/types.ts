/** Bytes by SHA-256, per account. All of it happens outside the account's lock (rule 3). */
export interface BlobStore {
  /** Stores bytes as they stream in; the same bytes are kept once. Errors: tooLarge beyond `maxSize` octets. */
  put(source: Uint8Array | AsyncIterable<Uint8Array>, options?: { maxSize?: number }): Promise<StoredBlob>
  /** Null where the account has no such blob. */
  open(digest: Uint8Array): Promise<OpenBlob | null>
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

/** Who may see a blob by its digest (RFC 8620 §6.1): what no email holds, its uploader alone. */
export interface UploadStore {
  /** `type`: the media type that the client named. Errors: blobNotFound. */
  add(principalId: number, digest: Uint8Array, type: string): Promise<void>
  /** True where an email of the account has these bytes, or this principal uploaded them. */
  canSee(principalId: number, digest: Uint8Array): Promise<boolean>
}
