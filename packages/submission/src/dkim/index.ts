export { generateSigningKey, keyRecord, txtStrings } from './key.js'
export { signMessage } from './sign.js'
