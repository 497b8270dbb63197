/** The engine contract on a real SeaweedFS. */
import { describeWithWeed, startWeed } from '../../support/weed';
import { engineContract } from '../contract';
import { openMqEngine } from './support';

describeWithWeed('with weed', () => {
  engineContract('SeaweedFS', async () => {
    const weed = await startWeed();
    const { engine, telemetry, close } = openMqEngine({ brokers: [weed.broker.address], filer: weed.filer });
    return {
      engine,
      telemetry,
      async close() {
        await close();
        await weed.stop();
      },
    };
  });
});
