import { accountAdd, accountDelete, accountKick, accountList, accountPasswd } from './account.js'
import { aliasAdd, aliasList, aliasRemove } from './alias.js'
import { check } from './check.js'
import { clients } from './clients.js'
import { config } from './config.js'
import { domainAdd, domainList, domainRemove, domainShow } from './domain.js'
import { guardClear, guardList } from './guard.js'
import { queueList, queueRemove, queueRetry, queueShow } from './queue.js'
import { restored } from './restored.js'
import { serve } from './serve.js'
import { trace } from './trace.js'
import type { Command } from './types.js'
import { undelete } from './undelete.js'

/** In the order in which `tandem help` lists them. */
export const COMMANDS: readonly Command[] = [
  serve,
  config,
  accountAdd,
  accountList,
  accountPasswd,
  accountKick,
  accountDelete,
  aliasAdd,
  aliasList,
  aliasRemove,
  undelete,
  domainAdd,
  domainList,
  domainShow,
  domainRemove,
  guardList,
  guardClear,
  clients,
  trace,
  queueList,
  queueShow,
  queueRetry,
  queueRemove,
  check,
  restored,
]
