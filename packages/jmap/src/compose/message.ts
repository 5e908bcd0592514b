// A tree of MIME entities as bytes, pulled piece by piece: RFC 2045, RFC 2046. The encoders are nodemailer's; its
// composer itself rewrites addresses and field names and leaves out empty fields, and Email/get is to give what was
// asked for.
import { randomUUID } from 'node:crypto'
import type { Field } from './fields.js'
import { type Parameter, writeParameterized } from './parameters.js'
import { encodeBase64, encodeText, plainEncoding, type TransferEncoding } from './transfer.js'

export interface Entity {
  /** All but Content-Type and Content-Transfer-Encoding. */
  fields: Field[]
  type: string
  parameters: Parameter[]
  body: EntityBody
}

export type EntityBody =
  /** With LF or CRLF line ends. */
  | { kind: 'text'; text: string }
  | { kind: 'bytes'; stream: () => AsyncIterable<Uint8Array> }
  | { kind: 'multipart'; parts: Entity[] }

/** An entity whose encoding is settled. */
interface Planned {
  head: string
  encoding: TransferEncoding
  body(): AsyncIterable<Uint8Array>
}

/** The message, its blobs as they are read. */
export async function* composeMessage(root: Entity): AsyncGenerator<Uint8Array> {
  yield* write(await plan(root))
}

async function* write({ head, body }: Planned): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${head}\r\n`)
  yield* body()
}

async function plan(entity: Entity): Promise<Planned> {
  const { body } = entity
  switch (body.kind) {
    case 'multipart':
      return planMultipart(entity, body.parts)
    case 'text': {
      const { encoding, body: bytes } = encodeText(body.text.replace(/\r\n|\n/g, '\r\n'))
      return { encoding, head: headOf(entity, encoding), body: () => once(bytes) }
    }
    case 'bytes': {
      // RFC 2046 §5.2: a message may not be encoded, so it is only where it must be.
      const isMessage = entity.type.startsWith('message/')
      const encoding = isMessage ? await plainEncoding(body.stream()) : 'base64'
      const stream = encoding === 'base64' ? () => encodeBase64(body.stream()) : body.stream
      return { encoding, head: headOf(entity, encoding), body: stream }
    }
  }
}

async function planMultipart(entity: Entity, parts: readonly Entity[]): Promise<Planned> {
  const planned: Planned[] = []
  for (const part of parts) planned.push(await plan(part))
  // "=_" stands in no quoted-printable text (RFC 2045 §6.7), and base64 has neither.
  const boundary = `=_${randomUUID()}`
  // RFC 2045 §6.4: no other encodings for a multipart.
  const encoding = planned.some((part) => part.encoding === '8bit') ? '8bit' : '7bit'
  return {
    encoding,
    head: headOf({ ...entity, parameters: [...entity.parameters, ['boundary', boundary]] }, encoding),
    async *body() {
      for (const part of planned) {
        yield Buffer.from(`--${boundary}\r\n`)
        yield* write(part)
        yield Buffer.from('\r\n')
      }
      yield Buffer.from(`--${boundary}--\r\n`)
    },
  }
}

function headOf({ fields, type, parameters }: Entity, encoding: TransferEncoding): string {
  const all = [
    ...fields,
    { name: 'Content-Type', value: writeParameterized(type, parameters) },
    ...(encoding === '7bit' ? [] : [{ name: 'Content-Transfer-Encoding', value: ` ${encoding}` }]),
  ]
  return all.map(({ name, value }) => `${name}:${value}\r\n`).join('')
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
