// Email/queryChanges: RFC 8621 §4.5, RFC 8620 §5.6.
import { noQueryChanges, optionalBoolean } from '../standard.js'

export const emailQueryChanges = noQueryChanges({ collapseThreads: optionalBoolean })
