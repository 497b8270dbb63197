/** The engine contract over SeaweedMQ's protocol, on the scripted engine with the key gating of the true one. */
import { startScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { engineContract } from '../contract';
import { openMqEngine } from './support';

/** The contract is about bytes, not about time: this engine runs in the same thread. Deadlines have suites of their own. */
const PATIENT = { createDeadlineMs: 30_000, callDeadlineMs: 30_000 };

engineContract('the scripted SeaweedMQ', async () => {
  const mq = await startScriptedSeaweedMQ();
  mq.switches.sameKeyGating = true;
  const { engine, telemetry, close } = openMqEngine({ brokers: [mq.address], filer: mq.filer }, PATIENT);
  return {
    engine,
    telemetry,
    async close() {
      await close();
      await mq.stop();
    },
  };
});
