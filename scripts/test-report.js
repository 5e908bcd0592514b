// Turns tap's output into what a person reads, and counts tests: the innermost t.test(), not the assertions in it.
// tap's own reporters redraw the screen, and show a file that crashed as skipped.
import { createRequire } from 'node:module'

/** tap-parser, the one that tap itself uses. */
function parserOfTap() {
  const tap = createRequire(import.meta.resolve('tap'))
  const core = createRequire(tap.resolve('@tapjs/core'))
  return core('tap-parser').Parser
}

const DIAGNOSTIC_LINES = 40

/**
 * A sink for the output of `tap --reporter=tap`. `files` are the names tap was given, `show` turns one into what is
 * printed, `print` gets the lines. After end(), `passed`, `failed` and `skipped` are complete.
 */
export function createReport({ files, show = (name) => name, print }) {
  const Parser = parserOfTap()
  const report = { passed: 0, failed: 0, skipped: 0, write, end }
  const missing = new Set(files)
  const skips = []
  const root = emptyNode('tap')
  let finished
  const parser = new Parser(() => finished())
  const complete = new Promise((resolve) => {
    finished = resolve
  })
  follow(parser, root, finishFile)
  // What the tests themselves write to standard output.
  parser.on('extra', (text) => {
    for (const line of text.split('\n')) if (line.trim() !== '') print(`         | ${line.trimEnd()}`)
  })
  return report

  function write(chunk) {
    parser.write(chunk)
  }

  /** `exitCode` is tap's own; resolves when all is counted and the skipped tests are listed. */
  async function end(exitCode) {
    parser.end()
    await complete
    // tap drops the last file's result when another file runs out of time.
    for (const name of missing) printFile({ name, failures: [{ path: ['no result'] }] })
    if (exitCode !== 0 && report.failed === 0) {
      const failures = root.points.filter(isFailure).map(asFailure)
      printFile({
        name: 'tap',
        failures: failures.length > 0 ? failures : [{ path: [`ended with ${exitCode}`] }],
      })
    }
    for (const line of skips) print(`skipped  ${line}`)
  }

  function finishFile(node) {
    missing.delete(node.name)
    const counted = count(node, [])
    for (const { path, reason } of counted.skips) {
      skips.push([show(node.name), ...path].join(' > ') + (reason ? `: ${reason}` : ''))
    }
    printFile({ ...counted, name: node.name, time: node.time })
  }

  function printFile({ name, time, passed = 0, failures = [], skips = [] }) {
    report.passed += passed
    report.failed += failures.length
    report.skipped += skips.length
    const parts = [`${passed} passed`]
    if (failures.length > 0) parts.push(`${failures.length} failed`)
    if (skips.length > 0) parts.push(`${skips.length} skipped`)
    if (time) parts.push(`${(time / 1000).toFixed(1)} s`)
    print(`${failures.length > 0 ? 'FAILED ' : 'ok     '}  ${show(name)}  (${parts.join(', ')})`)
    for (const { path, diag } of failures) {
      print(`         ${path.join(' > ')}`)
      const lines = explain(diag)
      for (const line of lines.slice(0, DIAGNOSTIC_LINES)) print(`           ${line}`)
      if (lines.length > DIAGNOSTIC_LINES) print(`           … ${lines.length - DIAGNOSTIC_LINES} more lines`)
    }
  }
}

/** A subtest: those inside it, and the assertions directly in it. */
function emptyNode(name) {
  return {
    name,
    ok: true,
    skip: false,
    todo: false,
    time: null,
    diag: null,
    children: [],
    points: [],
    open: null,
  }
}

/** Builds the tree under `node` as `parser` reads; `onChild` gets each child once its own result is known. */
function follow(parser, node, onChild = () => {}) {
  parser.on('child', (child) => {
    node.open = emptyNode(child.name)
    follow(child, node.open)
  })
  parser.on('assert', (result) => {
    if (result.closingTestPoint && node.open !== null) {
      const { ok, name, skip, todo, time, diag } = result
      const child = Object.assign(node.open, { ok, name, skip, todo, time, diag })
      node.open = null
      node.children.push(child)
      onChild(child)
    } else node.points.push(result)
  })
}

const isFailure = (point) => !point.ok && !point.todo && !point.skip
const isSkip = (point) => Boolean(point.skip || point.todo)
const asFailure = ({ name, diag }) => ({ path: [name || 'unnamed assertion'], diag })

/** What is in the subtest `node`, whose name is the last of `path`. */
function count(node, path) {
  const total = { passed: 0, failures: [], skips: [] }
  for (const child of node.children) {
    const inner = count(child, [...path, child.name])
    total.passed += inner.passed
    total.failures.push(...inner.failures)
    total.skips.push(...inner.skips)
  }
  const empty = node.children.length === 0 && node.points.length === 0
  if (isSkip(node) && node.skip !== 'no tests found') {
    total.skips.push({ path, reason: reasonOf(node) })
    return total
  }
  // t.test('name', { skip: 'reason' }) leaves an assertion without a subtest.
  for (const point of node.points.filter(isSkip)) {
    total.skips.push({ path: point.name ? [...path, point.name] : path, reason: reasonOf(point) })
  }
  const bad = node.points.filter(isFailure)
  if (bad.length > 0) {
    // However many assertions of a test fail, it is one test.
    const [first, ...others] = bad.map(({ name, diag }) => ({ name: name || 'unnamed assertion', diag }))
    const more = others.length > 0 ? ` (and ${others.length} more)` : ''
    total.failures.push({ path: [...path, `${first.name}${more}`], diag: first.diag })
  } else if ((!node.ok && total.failures.length === 0) || (empty && path.length === 0)) {
    const { exitCode, signal } = node.diag ?? {}
    const how = signal ? `ended by ${signal}` : exitCode ? `ended with code ${exitCode}` : 'failed'
    total.failures.push({ path: [...path, node.ok ? 'no tests' : how] })
  } else if (node.children.length === 0 && !(node.points.length > 0 && node.points.every(isSkip))) {
    total.passed++
  }
  return total
}

function reasonOf({ skip, todo }) {
  const reason = skip || todo
  return typeof reason === 'string' ? reason : ''
}

/** The useful part of a failure's diagnostics, as lines. */
function explain(diag) {
  if (!diag) return []
  const lines = []
  if (diag.at?.fileName) lines.push(`at ${diag.at.fileName}:${diag.at.lineNumber}`)
  if (diag.diff) lines.push(...diag.diff.trimEnd().split('\n'))
  else {
    for (const key of ['code', 'found', 'wanted', 'pattern', 'expired', 'signal']) {
      if (diag[key] !== undefined && diag[key] !== null) lines.push(`${key}: ${text(diag[key])}`)
    }
    if (diag.stack) lines.push(...diag.stack.trimEnd().split('\n').slice(0, 8))
  }
  return lines
}

function text(value) {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
