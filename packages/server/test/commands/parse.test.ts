import path from 'node:path'
import t from 'tap'
import { commandHelp, overview } from '../../src/commands/help.js'
import { COMMANDS } from '../../src/commands/index.js'
import { parseCommandLine } from '../../src/commands/parse.js'
import { flagName, SETTING_NAMES } from '../../src/settings/table.js'
import { EXIT } from '../../src/stop.js'
import { tandem } from '../tandem.js'

const WRONG: [args: string, line: string][] = [
  ['serv', 'there is no command serv (did you mean serve?); tandem help lists them'],
  ['xyzzy', 'there is no command xyzzy; tandem help lists them'],
  ['account', 'account what? account add, account list, account passwd, account kick, account delete'],
  ['account lsit', 'there is no command account lsit (did you mean account list?)'],
  ['help serv', 'there is no command serv (did you mean serve?); tandem help lists them'],
  ['--config x serve', '--config stands before the command: tandem COMMAND --config …'],
  ['serve --imap-prot 1', 'serve has no option --imap-prot (did you mean --imap-port?)'],
  ['serve --imap-port', '--imap-port needs a value'],
  ['serve --demo=yes', '--demo takes no value'],
  ['serve now', 'serve: "now" is one word too many'],
  ['serve -x', 'serve has no option -x'],
  ['account list --imap-port 1', 'account list does not use --imap-port'],
  ['account add carol', 'account add: "carol" is not of the form name@domain'],
  ['undelete @example.org', 'undelete: "@example.org" is not of the form name@domain'],
  ['clients carol@', 'clients: "carol@" is not of the form name@domain'],
  ['alias add sales a@example.org', 'alias add: "sales" is not of the form name@domain'],
  ['account add', 'account add needs NAME@DOMAIN; tandem account add --help'],
  ['clients a@example.org b@example.org', 'clients: "b@example.org" is one word too many'],
  ['undelete a@example.org --id', '--id needs a value'],
  ['alias add a@example.org', 'alias add needs NAME@DOMAIN; tandem alias add --help'],
]

t.test('what is not understood is told in one line, with the nearest name', async (t) => {
  for (const [args, line] of WRONG) {
    const told = { name: 'Stop', message: line, exitCode: EXIT.usage }
    t.throws(() => parseCommandLine(args.split(' '), COMMANDS), told, args)
  }
})

t.test('a command line is read as command, operands, switches, file and settings', async (t) => {
  const args = ['account', 'add', 'a@example.org', '--quota=1GiB', '--config', 'x.toml', '--data', '-']
  t.match(parseCommandLine(args, COMMANDS), {
    kind: 'run',
    command: { name: 'account add' },
    operands: ['a@example.org'],
    file: 'x.toml',
    flags: new Map([
      ['TANDEM_QUOTA', '1GiB'],
      ['TANDEM_DATA', '-'],
    ]),
  })
  t.match(parseCommandLine(['serve', '--demo'], COMMANDS), { kind: 'run', switches: new Set(['demo']) })
  t.match(parseCommandLine(['undelete', 'a@example.org', '--id', 'e1', '--all', '--id=e2'], COMMANDS), {
    switches: new Set(['all']),
    values: new Map([['id', ['e1', 'e2']]]),
  })
  t.match(parseCommandLine(['clients'], COMMANDS), { kind: 'run', operands: [] })
  for (const args of [[], ['--help'], ['-h'], ['help']]) {
    t.strictSame(parseCommandLine(args, COMMANDS), { kind: 'help', command: null }, args.join(' '))
  }
  for (const command of COMMANDS) {
    const words = command.name.split(' ')
    for (const args of [
      [...words, '--help'],
      [...words, '-h'],
      ['help', ...words],
    ]) {
      t.strictSame(parseCommandLine(args, COMMANDS), { kind: 'help', command }, args.join(' '))
    }
  }
})

t.test('the first word of several commands, with help, lists them', async (t) => {
  const commands = COMMANDS.filter(({ name }) => name.startsWith('alias '))
  for (const args of ['alias --help', 'alias -h', 'help alias']) {
    t.strictSame(parseCommandLine(args.split(' '), COMMANDS), { kind: 'group', commands }, args)
  }
  const { code, stdout } = await tandem(['alias', '--help'])
  t.equal(code, 0)
  for (const { name, summary } of commands) t.ok(stdout.includes(name) && stdout.includes(summary), name)
})

const tooLong = (text: string) => text.split('\n').filter((line) => line.length > 100)

t.test('help lists every command, and each command teaches itself', async (t) => {
  for (const command of COMMANDS) {
    const { name, operands, examples, options, settings } = command
    t.ok(overview(COMMANDS).includes([name, ...operands].join(' ')), name)
    const text = commandHelp(command)
    const told = [...examples, ...Object.keys(options).map((option) => `--${option}`)]
    for (const setting of settings) told.push(setting, `--${flagName(setting)} `)
    for (const one of told) t.ok(text.includes(one), `${name} --help tells of ${one}`)
    t.strictSame(tooLong(text), [], `${name} --help fits a terminal`)
  }
  t.strictSame(tooLong(overview(COMMANDS)), [])
})

t.test('the program prints its help and version, and says what is wrong on standard error', async (t) => {
  t.strictSame(await tandem([]), { code: 0, stdout: overview(COMMANDS), stderr: '' })
  const serve = COMMANDS.find(({ name }) => name === 'serve')!
  t.strictSame(await tandem(['serve', '-h']), { code: 0, stdout: commandHelp(serve), stderr: '' })
  t.match(await tandem(['--version']), { code: 0, stdout: /^tandem \d+\.\d+\.\d+\n$/ })
  const wrong: [string[], RegExp][] = [
    [['serv'], /^tandem: there is no command serv .*\n$/],
    [['serve', '--imap-port', '99999'], /^tandem: TANDEM_IMAP_PORT from --imap-port: "99999" is not .*\n$/],
  ]
  for (const [args, line] of wrong) t.match(await tandem(args), { code: 2, stdout: /^$/, stderr: line })
})

t.test('config prints every setting in force and where it came from', async (t) => {
  const dir = t.testdir({ 'tandem.toml': 'imap_port = 143\nrelay_url = "smtp://u:hunter2@relay:25"\n' })
  const file = path.join(dir, 'tandem.toml')
  const { code, stdout, stderr } = await tandem(['config', '--config', file, '--lmtp-port=off'], {
    env: { TANDEM_QUOTA: '1073741824', TANDEM_QOUTA: '1' },
  })
  t.equal(code, 0)
  const rows = stdout.trim().split('\n')
  t.strictSame(
    rows.map((row) => row.split(' ')[0]),
    SETTING_NAMES,
  )
  const row = (name: string) => rows.find((one) => one.startsWith(`${name} `))?.split(/ {2,}/)
  t.strictSame(row('TANDEM_IMAP_PORT'), ['TANDEM_IMAP_PORT', '143', file])
  t.strictSame(row('TANDEM_LMTP_PORT'), ['TANDEM_LMTP_PORT', 'off', '--lmtp-port'])
  t.strictSame(row('TANDEM_QUOTA'), ['TANDEM_QUOTA', '1GiB', 'environment'])
  t.strictSame(row('TANDEM_HTTP_PORT'), ['TANDEM_HTTP_PORT', '8080', 'default'])
  t.strictSame(row('TANDEM_RELAY_URL'), ['TANDEM_RELAY_URL', 'smtp://u:***@relay:25', file])
  t.equal(stderr, 'tandem: TANDEM_QOUTA in the environment is not a setting\n')
})
