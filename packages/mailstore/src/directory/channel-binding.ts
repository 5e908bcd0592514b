// What a TLS connection offers a login to be bound to: RFC 5929, RFC 9266. The socket is the server's.
import { createHash } from 'node:crypto'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import type { ChannelBindings } from './scram.js'

/** Bindings of a connection whose handshake is done. */
export function channelBindings(socket: TLSSocket): ChannelBindings {
  return (type) => {
    switch (type) {
      case 'tls-exporter':
        // RFC 9266 §2, §4.2: below 1.3 only with an extended master secret, which isn't known here.
        if (socket.getProtocol() !== 'TLSv1.3') return null
        return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
      case 'tls-unique':
        // RFC 5929 §3: the first Finished message; undefined in TLS 1.3 (RFC 8446 §C.5), and unsafe in a resumed
        // session without an extended master secret (RFC 7677 §4).
        if (socket.getProtocol() === 'TLSv1.3' || socket.isSessionReused()) return null
        return socket.getPeerFinished() ?? null
      case 'tls-server-end-point': {
        const { raw } = socket.getCertificate() as Partial<PeerCertificate>
        return raw ? certificateHash(raw) : null
      }
      default:
        return null
    }
  }
}

/** By the OID of the signature's algorithm, in hex. RFC 5929 §4.1: MD5 and SHA-1 give way to SHA-256. */
const HASHES: Readonly<Record<string, string>> = {
  '2a864886f70d010104': 'sha256', // md5WithRSAEncryption
  '2a864886f70d010105': 'sha256', // sha1WithRSAEncryption
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a864886f70d01010e': 'sha224',
  '2a8648ce3d0401': 'sha256', // ecdsa-with-SHA1
  '2a8648ce3d040301': 'sha224',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
}

/** Null where the signature's algorithm has no one hash function (Ed25519, say): the binding is undefined then. */
export function certificateHash(der: Uint8Array): Buffer | null {
  const hash = HASHES[signatureAlgorithm(der)]
  return hash === undefined ? null : createHash(hash).update(der).digest()
}

/** RFC 5280 §4.1: SEQUENCE { tbsCertificate, SEQUENCE { algorithm OBJECT IDENTIFIER, … }, … }. */
function signatureAlgorithm(der: Uint8Array): string {
  const certificate = element(der, 0)
  const tbs = element(der, certificate.start)
  const oid = element(der, element(der, tbs.end).start)
  return Buffer.from(der.subarray(oid.start, oid.end)).toString('hex')
}

/** Where the content of the DER element at `at` begins and ends. */
function element(der: Uint8Array, at: number): { start: number; end: number } {
  const first = der[at + 1] ?? 0
  const octets = first < 0x80 ? 0 : first & 0x7f
  let length = octets === 0 ? first : 0
  for (let index = 0; index < octets; index++) length = length * 256 + (der[at + 2 + index] ?? 0)
  const start = at + 2 + octets
  return { start, end: start + length }
}
