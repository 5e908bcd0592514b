// What a parsed message looks like. All offsets count bytes from the start of the message.

/** Bounds of one parse. Beyond them the rest stays in the tree as opaque bytes; nothing is thrown. */
export interface ParseLimits {
  /** Nested multiparts and messages; what is deeper is a leaf without children. Default 100. */
  maxDepth?: number
  /** Parts in the whole message; the rest of a multipart beyond it is one application/octet-stream leaf. Default 2,000. */
  maxParts?: number
  /** Bytes of the whole tree as JSON, headers not counted; what is beyond is treated as by maxParts. Default 768 KiB. */
  maxTreeBytes?: number
  /** Bytes of values kept of one header block; later values are cut, offsets stay right. Default 1 MiB. */
  maxHeaderBytes?: number
  /** Bytes of names and values kept in the whole message; later fields are not listed. Default 8 MiB. */
  maxAllHeaderBytes?: number
  /** Header fields listed in the whole message. Default 50,000. */
  maxHeaderFields?: number
}

/** Reads a message as it comes. Chunks may be cut anywhere, and may be overwritten after `write` has returned. */
export interface MessageParser {
  write(chunk: Uint8Array): void
  /** To be called once, after the last chunk. */
  end(): Message
}

/** One header field. */
export interface Header {
  /** As spelled. */
  name: string
  /** The value's bytes after the colon as a latin1 ("binary") string: folding kept, the final line end removed. */
  raw: string
  /** The whole field, its final line end included. */
  start: number
  end: number
}

/**
 * Everything about a part but its headers: what the store keeps, and what the functions on bodies accept. A string is
 * cut at 2,000 characters, and all of a part at 8,000.
 */
export interface SummaryPart {
  /**
   * The IMAP part number, RFC 9051 §6.4.5.1: '1', '2.1'. The root of the message has ''; the root of an
   * encapsulated message has its message part's number ('3'; '1' where the message itself is message/rfc822),
   * and so its parts are '3.1', '3.2'. A root that is no multipart is addressed as its part 1 ('1', '3.1').
   */
  section: string
  /** Lower case. See `presentedType` for a multipart or message without content. */
  type: string
  /** Content-Type parameters: names in lower case, values decoded (RFC 2231). */
  params: Record<string, string>
  /** Lower case. */
  disposition: string | null
  dispositionParams: Record<string, string>
  /** Content-Transfer-Encoding in lower case, '7bit' by default. At most 127 characters. */
  encoding: string
  /** Content-ID as in the header, with its angle brackets. */
  id: string | null
  /** As in the header, encoded words kept. */
  description: string | null
  md5: string | null
  language: string[] | null
  location: string | null
  headerStart: number
  /** After the blank line, if there is one. */
  headerEnd: number
  /** The encoded body. The line end before a boundary belongs to the boundary. */
  bodyStart: number
  bodyEnd: number
  /** Lines of the encoded body: line ends (CRLF or LF), and an unterminated last line. */
  lines: number
  /** Bytes that `decodeBody` gives. */
  decodedSize: number
  /** Of a multipart. */
  children: SummaryPart[]
  /** The root part of the message in a message/rfc822 or message/global part. Null where it is transfer-encoded or too deep. */
  message: SummaryPart | null
  /** In a summary, of a part with `message`: the envelope of that message. */
  envelope?: Envelope
}

/** A part as parsed. */
export interface Part extends SummaryPart {
  headers: Header[]
  children: Part[]
  message: Part | null
}

export interface Message {
  /** Bytes. */
  size: number
  /** Its header is the message's header. */
  root: Part
  /** The same array as `root.headers`. */
  headers: Header[]
}

/** RFC 8621 §4.1.2.3. */
export interface EmailAddress {
  name: string | null
  email: string
}

/** RFC 8621 §4.1.2.4. */
export interface EmailAddressGroup {
  name: string | null
  addresses: EmailAddress[]
}

/**
 * RFC 9051 §7.5.2. A group starts with `host` null and its name in `mailbox`, and ends with all four null; an
 * address without a domain has `host` ''.
 */
export interface EnvelopeAddress {
  /** Display name, unquoted, encoded words kept. */
  name: string | null
  /** The source route. */
  adl: string | null
  mailbox: string | null
  host: string | null
}

/**
 * RFC 9051 §7.5.2, from the last field of each name. Strings are unfolded and trimmed, encoded words kept.
 */
export interface Envelope {
  date: string | null
  subject: string | null
  from: EnvelopeAddress[] | null
  /** Null if absent: that it defaults to `from` is left to the one who renders it. */
  sender: EnvelopeAddress[] | null
  /** As `sender`. */
  replyTo: EnvelopeAddress[] | null
  to: EnvelopeAddress[] | null
  cc: EnvelopeAddress[] | null
  bcc: EnvelopeAddress[] | null
  inReplyTo: string | null
  messageId: string | null
}

/**
 * What the store keeps of a message. Safe for JSON and jsonb: no NUL, no lone surrogate. As JSON it takes at most 2 MiB
 * if the message was parsed with the default limits: a header has 1,000 addresses of a field and 192 KiB of them in
 * all, a list of message ids 32 KiB, a string 2,000 characters, and of encapsulated messages the first 512 KiB of
 * envelopes are filled in. What is more is left out: it stays in the message.
 */
export interface Summary {
  envelope: Envelope
  structure: SummaryPart
  // RFC 8621 §4.1.3, from the last field of each name
  subject: string | null
  from: EmailAddress[] | null
  to: EmailAddress[] | null
  cc: EmailAddress[] | null
  bcc: EmailAddress[] | null
  sender: EmailAddress[] | null
  replyTo: EmailAddress[] | null
  messageId: string[] | null
  inReplyTo: string[] | null
  references: string[] | null
  /** Where `references` is null: the ids without brackets, if there are any. */
  bareReferences?: string[]
  /** RFC 3339 with the zone of the header. */
  sentAt: string | null
  hasAttachment: boolean
  /** At most 256 characters. */
  preview: string
  /** The message could not be read: of its header the beginning is known, and its body is one opaque part. */
  isIncomplete?: true
}

/** A message read once, in chunks. */
export interface Summarized {
  message: Message
  summary: Summary
  /** As `searchText` gives it; empty unless it was asked for. */
  searchText: string
}

export interface DecodedBody {
  bytes: Uint8Array
  /** The transfer encoding is unknown (the bytes are then as they came) or its text malformed. */
  isEncodingProblem: boolean
}

export interface DecodedText {
  text: string
  /** The charset is unknown or the text malformed in it. RFC 8621 §4.1.4. */
  isEncodingProblem: boolean
}

export interface TextOptions {
  /** The media type. Default text/plain. */
  type?: string
  /** There are more bytes: a character that is not whole is left out. */
  isCut?: boolean
}

export interface BodyLists<P> {
  textBody: P[]
  htmlBody: P[]
  attachments: P[]
}
