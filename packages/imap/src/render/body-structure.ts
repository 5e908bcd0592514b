// BODY and BODYSTRUCTURE: RFC 3501 §7.4.2 and §9 (body). Pure.
import { presentedType, type SummaryPart } from '@tandem/mime'
import { encodeNString, encodeString } from '../wire/encode.js'
import { renderEnvelope } from './envelope.js'

/** Types and encodings go out in capitals, as most servers do; they are compared without regard to case. */
const capitals = (text: string) => encodeString(text.toUpperCase())

interface Form {
  /** With the extension data, which is BODYSTRUCTURE; without it is BODY. */
  extended: boolean
  /**
   * For IMAP4rev2: message/global has the structure of message/rfc822, and parameters that are not US-ASCII are UTF-8
   * (RFC 9051 §7.5.2), else as RFC 2231 has them.
   */
  rev2: boolean
}

export function renderBodyStructure(part: SummaryPart, form: Form): string {
  const presented = presentedType(part)
  const slash = presented.indexOf('/')
  const type = presented.slice(0, slash)
  const subtype = presented.slice(slash + 1)
  if (type === 'multipart') return renderMultipart(part, subtype, form)

  const fields = [
    capitals(type),
    capitals(subtype),
    renderParams(presented === part.type ? part.params : {}, form),
    encodeNString(part.id),
    encodeNString(part.description),
    capitals(part.encoding),
    String(part.bodyEnd - part.bodyStart),
  ]
  // RFC 9755 §6: in IMAP4rev1 message/global is a part like any other.
  const isMessage = presented === 'message/rfc822' || (form.rev2 && presented === 'message/global')
  if (isMessage && part.message && part.envelope) {
    fields.push(renderEnvelope(part.envelope), renderBodyStructure(part.message, form), String(part.lines))
  } else if (type === 'text') {
    fields.push(String(part.lines))
  }
  if (form.extended) fields.push(encodeNString(part.md5), ...extension(part, form))
  return `(${fields.join(' ')})`
}

function renderMultipart(part: SummaryPart, subtype: string, form: Form): string {
  const children = part.children.map((child) => renderBodyStructure(child, form)).join('')
  const fields = [capitals(subtype)]
  if (form.extended) fields.push(renderParams(part.params, form), ...extension(part, form))
  return `(${children} ${fields.join(' ')})`
}

/** What BODYSTRUCTURE says at the end of each part: disposition, language, location. */
function extension(part: SummaryPart, form: Form): string[] {
  return [renderDisposition(part, form), renderLanguage(part.language), encodeNString(part.location)]
}

function renderDisposition(part: SummaryPart, form: Form): string {
  if (part.disposition === null) return 'NIL'
  return `(${encodeString(part.disposition.toUpperCase())} ${renderParams(part.dispositionParams, form)})`
}

function renderLanguage(language: string[] | null): string {
  if (language === null || language.length === 0) return 'NIL'
  return language.length === 1 ? encodeString(language[0]!) : `(${language.map(encodeString).join(' ')})`
}

/**
 * The store keeps the values decoded. One that is not US-ASCII goes out under its name with "*": as it is where the
 * client knows UTF-8 (RFC 9051 §7.5.2, body parameter parenthesized list), else encoded again as RFC 2231 §4 has it,
 * which is what a client finds in a message, too: ("FILENAME*" "utf-8''na%C3%AFve").
 */
function renderParams(params: Record<string, string>, { rev2 }: Form): string {
  const pairs = Object.entries(params).map(([name, value]) => {
    if (/^[\x01-\x7f]*$/.test(value)) return `${capitals(name)} ${encodeString(value)}`
    return `${capitals(`${name}*`)} ${encodeString(rev2 ? value : `utf-8''${percentEncode(value)}`)}`
  })
  return pairs.length === 0 ? 'NIL' : `(${pairs.join(' ')})`
}

/** RFC 2231 §7, attribute-char: what else there is is percent-encoded. */
function percentEncode(text: string): string {
  let encoded = ''
  for (const byte of Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(byte)
    encoded += /[A-Za-z0-9!#$&+.^_`{|}~-]/.test(char)
      ? char
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}
