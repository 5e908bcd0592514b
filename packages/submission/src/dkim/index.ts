export { generateSigningKey, keyRecord, txtStrings } from './key.js'
export { signaturesOf } from './sign.js'
