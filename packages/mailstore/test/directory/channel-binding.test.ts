import { createHash, X509Certificate } from 'node:crypto'
import selfsigned from 'selfsigned'
import t from 'tap'
import { certificateHash } from '../../src/directory/channel-binding.js'

t.test('tls-server-end-point hashes as the signature of the certificate does (RFC 5929 §4.1)', async (t) => {
  const cases: [options: selfsigned.SelfsignedOptions, hash: string][] = [
    [{ keyType: 'ec' }, 'sha256'],
    [{ algorithm: 'sha256', keySize: 2048 }, 'sha256'],
    [{ algorithm: 'sha384', keySize: 2048 }, 'sha384'],
    [{ algorithm: 'sha512', keySize: 2048 }, 'sha512'],
    [{ algorithm: 'sha1', keySize: 2048 }, 'sha256'],
  ]
  for (const [options, hash] of cases) {
    const { cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], options)
    const { raw } = new X509Certificate(cert)
    t.same(certificateHash(raw), createHash(hash).update(raw).digest(), JSON.stringify(options))
  }
})

t.test('what has no one hash function has no binding', async (t) => {
  // SEQUENCE { tbs SEQUENCE {}, SEQUENCE { OID 1.3.101.112 (Ed25519) } }
  t.equal(certificateHash(Buffer.from('300930003005' + '06032b6570', 'hex')), null)
  t.equal(certificateHash(Buffer.alloc(0)), null)
})
