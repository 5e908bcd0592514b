/** A line on standard output. Of strangers' words in it, nothing steers the terminal. */
export function say(line: string): void {
  process.stdout.write(`${line.replace(/\p{Cc}/gu, ' ')}\n`)
}
