// Core/echo: RFC 8620 §4.
import type { Handler } from '../method.js'

export const echo: Handler = async (_context, args) => args
