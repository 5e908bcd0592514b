// PLAIN: RFC 4616.
import { bad } from '../../refusal.js'
import { logIn } from '../../session/log-in.js'
import { challenge, decodeResponse, type Mechanism } from './exchange.js'

export const plain: Mechanism = async (context, initialResponse) => {
  // A mechanism where the client begins: without the initial response it is asked for with an empty challenge.
  const fields = decodeResponse(initialResponse ?? (await challenge(context, ''))).split('\0')
  const [authorizationId, name, password] = fields
  if (fields.length !== 3 || !name || !password) throw bad('That is not a PLAIN message')
  return logIn(context.session, name, password, authorizationId)
}
