/** The engine contract over SeaweedMQ's protocol, on the scripted engine with the key gating of the true one. */
import { startScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { engineContract } from '../contract';
import { openMqEngine } from './support';

engineContract('the scripted SeaweedMQ', async () => {
  const mq = await startScriptedSeaweedMQ();
  mq.switches.sameKeyGating = true;
  const { engine, telemetry, close } = openMqEngine({ brokers: [mq.address], filer: mq.filer });
  return {
    engine,
    telemetry,
    async close() {
      await close();
      await mq.stop();
    },
  };
});
