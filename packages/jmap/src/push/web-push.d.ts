declare module 'web-push' {
  const webPush: {
    /** RFC 8291. Keys in base64url; `cipherText` is the whole body. Throws where a key is none. */
    encrypt(
      p256dh: string,
      auth: string,
      payload: string | Buffer,
      encoding: 'aes128gcm',
    ): { cipherText: Buffer }
    /** RFC 8292 §3. `audience`: the origin of the URL; keys in base64url. */
    getVapidHeaders(
      audience: string,
      subject: string,
      publicKey: string,
      privateKey: string,
      encoding: 'aes128gcm',
    ): { Authorization: string }
  }
  export default webPush
}
