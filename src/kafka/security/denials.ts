/** What was denied: counted without names, told in full in the debug log, and to whoever keeps a trail of it. */
import type { Logger } from '../../telemetry/log/log';
import { traceIds } from '../../telemetry/log/log';
import type { Instruments } from '../../telemetry/metrics/instruments';
import { clientName } from '../../telemetry/trace/client-name';
import type { CallContext } from '../../telemetry/trace/operation';
import type { ConnectionSession } from '../connection-session';
import type { AccessRule } from './authorization-table';
import type { Decision } from './decision';

/** The request whose client is denied something. */
export interface DeniedRequest extends CallContext {
  readonly session: ConnectionSession;
  readonly clientId: string | null;
}

export interface Denial extends Decision {
  /** What was asked of which kind of resource by which API. */
  readonly wanted: AccessRule;
  readonly resourceName: string;
  readonly context: DeniedRequest;
}

type Watcher = (denial: Denial) => void;

export class DenialWatch {
  readonly #log: Logger;
  readonly #instruments: Instruments;
  readonly #watchers = new Set<Watcher>();

  constructor({ log, instruments }: { readonly log: Logger; readonly instruments: Instruments }) {
    this.#log = log;
    this.#instruments = instruments;
  }

  /** Calls `watcher` with every denial that the client hears of. It must not throw. Returns what ends it. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** A rule that only hides, or for which another may stand in, is not told. */
  denied(wanted: AccessRule, verdict: Decision & { readonly resourceName: string }, context: DeniedRequest): void {
    if (wanted.quiet === true) return;
    const { api, operation, resource } = wanted;
    this.#instruments.add('seaglass_denied_total', { api, operation, resource });
    for (const watcher of this.#watchers) watcher({ ...verdict, wanted, context });
    if (this.#log.enabled('debug')) this.#tell(wanted, verdict, context);
  }

  #tell(
    { api, operation, resource }: AccessRule,
    { rule, resourceName }: Decision & { readonly resourceName: string },
    { session, clientId, operation: request }: DeniedRequest,
  ): void {
    const who = `User:${clientName(session.principal)}`;
    const name = clientName(resourceName);
    this.#log.write(
      'debug',
      'request.denied',
      `${who} from ${session.clientAddress} lacks ${operation} on ${resource} ${name} for ${api}: ${clientName(rule)}`,
      {
        api,
        principal: who,
        client_id: clientName(clientId),
        'client.address': session.clientAddress,
        listener: session.listener.name,
        ...traceIds(request),
      },
    );
  }
}
