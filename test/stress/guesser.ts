// A process that guesses passwords by IMAP over many connections from many addresses of 127.0.1.0/24, as fast as it is
// answered; a connection that is closed is opened again. Arguments: port, connections, addresses, the name that every
// other guess is at.
import { connect } from 'node:net'

const [port = 0, connections = 0, addresses = 1] = process.argv.slice(2, 5).map(Number)
const victim = process.argv[5] ?? 'nobody@example.org'
const told = { opened: 0, refused: 0, wrong: 0, deferred: 0 }
let guesses = 0

function guess(from: string): void {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  socket.on('data', (text: string) => {
    if (text.startsWith('* OK')) told.opened++
    if (text.startsWith('* BYE [UNAVAILABLE]')) told.refused++
    if (text.includes('AUTHENTICATIONFAILED')) told.wrong++
    if (text.includes(' NO [UNAVAILABLE]')) told.deferred++
    if (text.includes('* BYE')) return
    const name = guesses % 2 === 0 ? victim : `name${guesses}@example.org`
    socket.write(`a LOGIN ${name} guess-${process.pid}-${guesses++}\r\n`)
  })
  socket.on('close', () => setTimeout(() => guess(from), 100))
}

for (let n = 0; n < connections; n++) guess(`127.0.1.${1 + (n % addresses)}`)
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send!({ ...told, guesses, cpuMs: Math.round((user + system) / 1000) })
})
process.on('disconnect', () => process.exit())
process.send!('guessing')
