import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { parseIJson } from '../../src/api/ijson.js'
import { createServer, type Json, USING } from '../server.js'

/** Beside the project, not part of it. */
const FOLDER = path.resolve(process.cwd(), '../shared/mail/messages')
const skip = existsSync(FOLDER) ? false : 'the messages are not here'

t.test('real messages come through import, get and download whole', { skip }, async (t) => {
  const { inject, call, accountId, mailboxId } = await createServer(t, { maxSizeUpload: 5_000_000 })
  const inbox = await mailboxId('inbox')
  for (const file of (await readdir(FOLDER)).filter((name) => name.endsWith('.eml')).sort()) {
    const bytes = await readFile(path.join(FOLDER, file))
    const headers = { 'content-type': 'message/rfc822' }
    const url = `/jmap/upload/${accountId}/`
    const { blobId } = (await inject({ method: 'POST', url, headers, payload: bytes })).json()
    const emails = { k: { blobId, mailboxIds: { [inbox]: true } } }
    const { created, notCreated } = await call('Email/import', { emails })
    if (bytes.includes(0)) {
      t.match(notCreated, { k: { type: 'invalidEmail' } }, file)
      continue
    }
    t.match(created, { k: { blobId, size: bytes.length } }, file)

    const get = {
      accountId,
      ids: [created.k.id],
      properties: ['subject', 'preview', 'headers', 'bodyStructure', 'bodyValues', 'textBody', 'attachments'],
      bodyProperties: ['partId', 'blobId', 'size', 'type', 'name', 'charset', 'cid', 'headers', 'subParts'],
      fetchAllBodyValues: true,
    }
    const response = await inject({
      method: 'POST',
      url: '/jmap/api',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ using: USING, methodCalls: [['Email/get', get, 'c']] }),
    })
    const answer = parseIJson(response.rawPayload) as Json
    const [email] = answer.methodResponses[0][1].list
    t.ok(email.preview.length <= 256, file)
    const parts = leavesOf(email.bodyStructure)
    t.equal(
      new Set(parts.map(({ partId }) => partId)).size,
      parts.length,
      `${file}: each part has its own id`,
    )
    t.strictSame(
      Object.keys(email.bodyValues).sort(),
      parts.flatMap(({ type, partId }) => (type.startsWith('text/') ? [partId] : [])).sort(),
      file,
    )
    for (const part of parts) {
      const { rawPayload } = await inject({
        method: 'GET',
        url: `/jmap/download/${accountId}/${part.blobId}/x`,
      })
      t.equal(rawPayload.length, part.size, `${file}: part ${part.partId}`)
    }
    const whole = await inject({ method: 'GET', url: `/jmap/download/${accountId}/${blobId}/x.eml` })
    t.ok(whole.rawPayload.equals(bytes), file)
  }
})

interface Part {
  partId: string
  blobId: string
  size: number
  type: string
  subParts: Part[] | null
}

function leavesOf(part: Part): Part[] {
  return part.subParts ? part.subParts.flatMap(leavesOf) : [part]
}
