// The log: JSON lines on standard error. Secrets and message bodies are not given to it; should one slip in under
// its usual name, it is masked here.
import pino, { type DestinationStream, type Logger as Pino } from 'pino'
import type { Metrics } from './metrics.js'
import type { Settings } from './settings/table.js'

const SECRETS = ['password', 'passwd', 'pass', 'authorization', 'cookie', 'secret', 'token', 'privateKey']

export type Log = Pino

export interface LogOptions {
  /** Counts the lines of level error. */
  metrics?: Metrics
  /** Default: standard error. */
  stream?: DestinationStream
}

/** `context` stands on every line: which process it is. `child({ service })` names the part of it. */
export function createLog(
  settings: Pick<Settings, 'TANDEM_LOG_LEVEL'>,
  context: Readonly<Record<string, unknown>>,
  { metrics, stream = pino.destination({ dest: 2, sync: true }) }: LogOptions = {},
): Log {
  return pino(
    {
      level: settings.TANDEM_LOG_LEVEL,
      base: { pid: process.pid, ...context },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '***' },
      hooks: {
        logMethod(args, method, level) {
          if (level >= pino.levels.values.error!) {
            metrics?.add('tandem_errors_total', { service: String(this.bindings().service ?? 'server') })
          }
          method.apply(this, args)
        },
      },
    },
    stream,
  )
}
