import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { mailRow } from './mail.js'

const PLACES = ['cur', 'new', 'tmp']

export async function makeMaildir(folder: string): Promise<void> {
  for (const place of PLACES) await mkdir(path.join(folder, place), { recursive: true })
}

/** What a folder of Maildirs has, in the form of mailByJmap. */
export async function mailInMaildirs(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const rows = files
    .filter((file) => file.isFile() && /\/(cur|new)$/.test(file.parentPath))
    .map(async (file) => {
      const text = await readFile(path.join(file.parentPath, file.name), 'utf8')
      const subject = /^Subject: (.*?)\r?$/m.exec(text)?.[1] ?? '(no subject)'
      const letters = /:2,(\w*)$/.exec(file.name)?.[1] ?? ''
      return mailRow(path.relative(folder, path.dirname(file.parentPath)), subject, [...letters])
    })
  return (await Promise.all(rows)).sort()
}

/** The file of a Maildir whose message has this subject. */
export async function maildirFile(folder: string, subject: string): Promise<string> {
  for (const place of ['cur', 'new']) {
    for (const name of await readdir(path.join(folder, place))) {
      const file = path.join(folder, place, name)
      if ((await readFile(file, 'utf8')).includes(`Subject: ${subject}`)) return file
    }
  }
  throw new Error(`no ${subject} in ${folder}`)
}

/** Gives that message these flags, as a mail reader of Maildirs does. */
export async function setLetters(folder: string, subject: string, letters: string): Promise<void> {
  const file = await maildirFile(folder, subject)
  await rename(file, path.join(folder, 'cur', `${path.basename(file).replace(/:2,.*/, '')}:2,${letters}`))
}
