// What tests of other packages need of this one: a client that hides nothing, and what one is to believe.
export {
  type Belief,
  Contradiction,
  createBelief,
  expand,
  flagsOf,
  joinFlags,
  type Known,
} from './testing/belief.js'
export { type Client, connect, LineLost, type Result } from './testing/client.js'
