// CPU time of a function at n, 2n and 4n: what is linear doubles, what is quadratic quadruples.
import type { Shape } from './shapes.js'

export interface Growth {
  /** Characters of input at the first measurement. */
  size: number
  /** Milliseconds of CPU at one, two and four times the size; the first alone where it is too short to tell. */
  cpuMs: number[]
}

const SMALLEST = 16 * 1024
/** Below this, the clock and the garbage collector are heard more than the function. */
const AUDIBLE_MS = 50
const STEEPEST = 3
/** What is quadratic is too steep each time, what other work on the machine disturbs is not. */
const RUNS = 5

/** Measures `run` over inputs of growing size, from where it takes 50 ms; not at all beyond `maxSize` characters. */
export function growthOf(make: Shape['make'], run: (input: string) => unknown, maxSize: number): Growth {
  let size = SMALLEST
  let first = cpuMs(run, make(size))
  while (first < AUDIBLE_MS && size * 2 <= maxSize) {
    size *= 2
    first = cpuMs(run, make(size))
  }
  let growth: Growth = { size, cpuMs: [first] }
  // The first time a function runs it is also compiled: once more, before it counts.
  if (first < AUDIBLE_MS || cpuMs(run, make(size)) < AUDIBLE_MS / 2) return growth
  const inputs = [size, 2 * size, 4 * size].map(make)
  for (let i = 0; i < RUNS; i++) {
    growth = { size, cpuMs: inputs.map((input) => cpuMs(run, input)) }
    if (!tooSteep(growth)) break
  }
  return growth
}

/** Whether a doubling of the input costs more than three times as much. */
export function tooSteep({ cpuMs }: Growth): boolean {
  return cpuMs.some((ms, i) => i > 0 && ms > STEEPEST * cpuMs[i - 1]!)
}

/** What is not linear in one of the shapes, in words. Empty is what a test wants. */
export function steepShapes(
  run: (input: string) => unknown,
  shapes: readonly Shape[],
  maxSize = 64 * 1024,
): string[] {
  const steep: string[] = []
  for (const { name, make } of shapes) {
    const growth = growthOf(make, run, maxSize)
    if (tooSteep(growth))
      steep.push(`${name}: ${growth.size} characters and doubled, ${growth.cpuMs.join(', ')} ms`)
  }
  return steep
}

function cpuMs(run: (input: string) => unknown, input: string): number {
  const before = process.cpuUsage()
  run(input)
  const { user, system } = process.cpuUsage(before)
  return Math.round((user + system) / 1000)
}
