import { SETTINGS, type Setting, type SettingName, type Settings } from './table.js'

/** A URL with `***` in place of its password; of text that is no URL nothing is shown. */
export function mask(text: string): string {
  if (text === 'none' || text === 'mx') return text
  if (!/^[a-z]+:\/\//i.test(text) || !URL.canParse(text)) return '***'
  const url = new URL(text)
  if (url.password !== '') url.password = '***'
  // libpq also takes the password as a parameter.
  for (const name of ['password', 'sslpassword'])
    if (url.searchParams.has(name)) url.searchParams.set(name, '***')
  return url.href
}

/** What is in force for one setting, as text that may be shown. */
export function shown(settings: Settings, name: SettingName): string {
  const { kind, secret }: Setting<unknown> = SETTINGS[name]
  const text = kind.format(settings[name])
  return secret ? mask(text) : text
}
