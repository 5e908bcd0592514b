// What tests of every package share: how cost grows with hostile input.
export { growthOf, steepShapes, tooSteep } from './testing/growth.js'
export { messageShapes } from './testing/message-shapes.js'
export { hostileTexts, numbered, repeated, type Shape } from './testing/shapes.js'
