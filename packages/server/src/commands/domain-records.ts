import { domainToASCII } from 'node:url'
import type { DomainKey } from '@tandem/mailstore'
import type { Settings } from '../settings/table.js'

type Named = Pick<
  Settings,
  | 'TANDEM_HOSTNAME'
  | 'TANDEM_PUBLIC_URL'
  | 'TANDEM_RELAY_URL'
  | 'TANDEM_IMAPS_PORT'
  | 'TANDEM_SUBMISSIONS_PORT'
>

/** What a domain publishes, as lines of a zone file with absolute names. */
export async function zoneLines(
  domain: string,
  keys: readonly DomainKey[],
  settings: Named,
): Promise<string[]> {
  const { keyRecord, txtStrings } = await import('@tandem/submission/dkim')
  const origin = `${domainToASCII(domain.replace(/\.$/, ''))}.`
  const host = `${settings.TANDEM_HOSTNAME}.`
  const txt = (name: string, text: string) => `${name} IN TXT ${txtStrings(text)}`
  const keyLines = keys.map((key) => txt(`${key.selector}._domainkey.${origin}`, keyRecord(key)))
  const isRelayed = ![null, 'mx'].includes(settings.TANDEM_RELAY_URL)
  return [
    ...(settings.TANDEM_HOSTNAME.includes('.') ? [] : [`; ${nameless(settings.TANDEM_HOSTNAME)}`]),
    ...(keys.length > 0
      ? ['; the keys that its mail is signed with', ...keyLines]
      : ['; no key yet: tandem domain add makes one']),
    '; who may send its mail (SPF)',
    ...(isRelayed ? ['; TANDEM_RELAY_URL is set: add the "include:" that the relay asks for'] : []),
    txt(origin, `v=spf1 mx a:${settings.TANDEM_HOSTNAME} ~all`),
    '; what to do with mail that is neither (DMARC): read the reports first, then p=quarantine or p=reject',
    txt(`_dmarc.${origin}`, `v=DMARC1; p=none; rua=mailto:postmaster@${origin.slice(0, -1)}`),
    '; who takes its mail: the MTA that hands it on by LMTP, under this name where both are one machine',
    `${origin} IN MX 10 ${host}`,
    '; where mail programs find this server (RFC 6186, RFC 8314, RFC 8620)',
    `_imaps._tcp.${origin} IN SRV 0 1 ${servicePort(settings.TANDEM_IMAPS_PORT, 993)} ${host}`,
    `_submissions._tcp.${origin} IN SRV 0 1 ${servicePort(settings.TANDEM_SUBMISSIONS_PORT, 465)} ${host}`,
    jmapService(origin, host, settings.TANDEM_PUBLIC_URL),
  ]
}

/** What a machine calls itself is rarely what others find it by. */
const nameless = (host: string) => `${host} is no public name: set TANDEM_HOSTNAME to the one of this server`

/** A port that is off, or any free one, is behind something with the standard one. */
function servicePort(port: number | null, standard: number): number {
  return port || standard
}

/** RFC 8620 §2.2: always HTTPS, so where there is no public URL, at its port. */
function jmapService(origin: string, host: string, publicUrl: string | null): string {
  const url = publicUrl === null ? null : new URL(publicUrl)
  const target = url === null ? host : `${url.hostname}.`
  return `_jmap._tcp.${origin} IN SRV 0 1 ${url?.port || 443} ${target}`
}
