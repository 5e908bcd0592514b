// Which bodies Email/get and Email/parse give: RFC 8621 §4.2, §4.9.
import { arrayOf, string, unsignedInt, withDefault } from '../../api/arguments.js'
import type { EmailSelection } from '../../objects/email.js'
import { optionalBoolean } from '../standard.js'

export const BODY_ARGUMENTS = {
  bodyProperties: withDefault<string[] | undefined>(arrayOf(string), undefined),
  fetchTextBodyValues: optionalBoolean,
  fetchHTMLBodyValues: optionalBoolean,
  fetchAllBodyValues: optionalBoolean,
  maxBodyValueBytes: withDefault(unsignedInt, 0),
}

export function bodyValuesWanted(args: {
  fetchTextBodyValues: boolean
  fetchHTMLBodyValues: boolean
  fetchAllBodyValues: boolean
  maxBodyValueBytes: number
}): EmailSelection['values'] {
  return {
    text: args.fetchTextBodyValues,
    html: args.fetchHTMLBodyValues,
    all: args.fetchAllBodyValues,
    maxBytes: args.maxBodyValueBytes,
  }
}
