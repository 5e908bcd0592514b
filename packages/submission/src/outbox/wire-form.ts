import { domainToASCII } from 'node:url'

export function isBeyondAscii(text: string): boolean {
  return /[^\x00-\x7f]/.test(text)
}

/** The domain as A-labels, which need no SMTPUTF8. */
export function wireForm(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = at < 0 ? '' : domainToASCII(address.slice(at + 1))
  return domain ? `${address.slice(0, at)}@${domain}` : address
}
