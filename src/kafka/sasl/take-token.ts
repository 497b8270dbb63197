/** A client's token, taken as a phase of its request: the span says by which mechanism, and what came of it; nothing of the token. */
import type { Operation } from '../../telemetry/trace/operation';
import type { SaslAnswer, SaslConversation } from './conversation';

/** Never rejects. */
export async function takeToken(
  conversation: SaslConversation,
  token: Uint8Array,
  operation: Operation,
): Promise<SaslAnswer> {
  operation.set('seaglass.sasl.mechanism', conversation.mechanism);
  const verifying = operation.child('sasl.verify');
  const answer = await conversation.take(token);
  const failed = 'failed' in answer;
  const outcome = failed ? answer.reason : answer.done ? 'signed_in' : 'challenged';
  operation.set('seaglass.sasl.outcome', outcome);
  if (failed) verifying.end('client_error', { type: answer.reason, message: 'not let in' });
  else verifying.end();
  return answer;
}
