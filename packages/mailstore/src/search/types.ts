/**
 * A term to look for by words, in any case and without accents: its words must follow one another. Of a string, the
 * last word may be the beginning of a longer one (`budg` finds `budget`); a phrase is found as it is.
 */
export type TextTerm = string | { phrase: string }

/** Where a term can be looked for; `text` is all of it, and the names of attachments. */
export type TermField = 'text' | 'body' | 'subject' | AddressField

export type AddressField = 'from' | 'to' | 'cc' | 'bcc'

/**
 * A substring to look for in decoded text, in any case. `body`: the text parts, and the headers of messages within
 * the message; `text`: that, the header and the parts' headers; `header`: the fields of that name, whose presence alone is asked for by an
 * empty value; the others: the envelope, an address as `name <local@domain>`.
 */
export type TextSearch =
  | { field: 'header'; name: string; value: string }
  | { field: 'body' | 'text' | 'subject' | AddressField; name?: undefined; value: string }

/** What is kept of a message to be searched, all of it derived from its bytes. Texts are folded. */
export interface SearchDocument {
  /** A line for each address and the subject, each after a line end: `\nfrom: name <local@domain>`. */
  envelope: string
  /**
   * A line for each field of the header, each after a line end: `\nname: value`. After an empty line the same of its
   * parts' headers, and their names.
   */
  header: string
  body: string
  /** A tsvector: words of From (weight A), To (B), Cc (C), Bcc (D). */
  people: string
  /** A tsvector: words of the subject (weight A), of attachments' names (C), of the body (D). */
  words: string
}
