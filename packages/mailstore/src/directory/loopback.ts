/**
 * Whether an address is of this machine: 127.0.0.0/8 or ::1, also as IPv6 writes them. From there, and from there only,
 * a password is taken without TLS.
 */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/i.test(address)
}
