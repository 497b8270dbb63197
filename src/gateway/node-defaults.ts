/**
 * The topic defaults of a node that runs on its own, against this gateway's. The node keeps records by its own, the gateway checks and
 * describes topics by its own: where they differ, DescribeConfigs tells what does not hold. It is told once for each run of the node.
 */
import type { Engine } from '../engine/engine';
import type { DescribeNodeResponse } from '../rpc/record_log';
import type { Telemetry } from '../telemetry/telemetry';
import type { SettingTexts } from '../topic-settings/holding';
import { TOPIC_SETTINGS } from '../topic-settings/table';

/** What a node that has just been reached may take to say who it is; later it is heard of when readiness is asked. */
const FIRST_LOOK_MS = 10_000;

export interface DefaultsCheck {
  /** The node's address, as it was configured. */
  readonly address: string;
  readonly own: SettingTexts;
  readonly telemetry: Pick<Telemetry, 'log' | 'operations'>;
}

/** To be called with all that the node says of itself. */
export function tellOtherDefaults({ address, own, telemetry }: DefaultsCheck): (node: DescribeNodeResponse) => void {
  let told = '';
  return ({ instanceId, topicDefaults }) => {
    if (instanceId === told) return;
    told = instanceId;
    const differing = otherDefaults(own, new Map(Object.entries(topicDefaults)));
    if (differing.length === 0) return;
    const what = `the node at ${address} was started with other topic defaults than this gateway: ${differing.join('; ')}`;
    const remedy =
      'Give both the same kafka.topic-defaults; until then topics are described by the gateway and kept by the node.';
    telemetry.log.write('warn', 'topic_defaults.differ', `${what}. ${remedy}`, { 'server.address': address });
  };
}

/** `retention.ms is 1000 there and 604800000 here`, by name. */
function otherDefaults(own: SettingTexts, nodes: SettingTexts): readonly string[] {
  const names = [...new Set([...own.keys(), ...nodes.keys()])].sort();
  const valueOf = (texts: SettingTexts, name: string): string =>
    texts.get(name) ?? TOPIC_SETTINGS.get(name)?.default ?? 'not set';
  return names
    .filter((name) => valueOf(own, name) !== valueOf(nodes, name))
    .map((name) => `${name} is ${valueOf(nodes, name)} there and ${valueOf(own, name)} here`);
}

/** Asks the node about itself once, beside whatever else begins. Never rejects; a node that is not there is told of elsewhere. */
export async function lookOnce(
  engine: Engine,
  { telemetry }: Pick<DefaultsCheck, 'telemetry'>,
  closing: AbortSignal,
): Promise<void> {
  const operation = telemetry.operations.root('catalog.call', {
    spanName: 'look at the node',
    budgetMs: FIRST_LOOK_MS,
  });
  const signal = AbortSignal.any([closing, AbortSignal.timeout(FIRST_LOOK_MS)]);
  await engine.problems({ operation, signal });
  operation.end();
}
