/** The whole script against one broker that has no topics yet. */
import { initCompression } from '../../src/protocol/compression/compression';
import { brokersScript } from './scripts/brokers';
import { committedScript } from './scripts/committed';
import { configsScript } from './scripts/configs';
import { fetchScript } from './scripts/fetch';
import { offsetsScript } from './scripts/offsets';
import { produceScript } from './scripts/produce';
import { quotasScript } from './scripts/quotas';
import { topicsScript } from './scripts/topics';
import { type Exchange, Script } from './script';

export async function wholeScript(port: number): Promise<readonly Exchange[]> {
  await initCompression();
  const script = new Script(port);
  try {
    await topicsScript(script);
    await configsScript(script);
    await produceScript(script);
    await fetchScript(script);
    await offsetsScript(script);
    await brokersScript(script);
    await quotasScript(script);
    // Last, for Kafka lists the topic of groups from here on.
    await committedScript(script);
    return script.exchanges;
  } finally {
    await script.end();
  }
}
