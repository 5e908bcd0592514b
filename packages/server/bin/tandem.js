#!/usr/bin/env node
// What is missing is told in words: a checkout that was not built, or not installed.
import { existsSync } from 'node:fs'
import module from 'node:module'

// Where Node has it (22.8), what was compiled once is not compiled again by the next command.
module.enableCompileCache?.()

const program = new URL('../dist/src/cli.js', import.meta.url)
if (existsSync(program)) {
  try {
    await import(program.href)
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    console.error(`tandem: it is not installed whole: ${error.message.split('\n', 1)[0]}; run npm ci`)
    process.exit(1)
  }
} else {
  console.error('tandem: it is not built yet; run npm ci, or npm run build')
  process.exit(1)
}
