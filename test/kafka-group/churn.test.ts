/** A group whose members come and go all the time, on the embedded node. */
import { churn, CHURN_TIMEOUT_MS } from './churn';
import { makeHome, startGatewayIn } from './running-gateway';
import { TIMES_ARE_HELD } from '../support/measured';

test(
  'a hundred members come and go: one owner for each partition, every record processed',
  async () => {
    const home = makeHome();
    const gateway = await startGatewayIn(home);
    try {
      const refusals = await churn(Number(gateway.bootstrap.split(':')[1]));
      // A node that stands still for seconds has its members asked for patience.
      if (TIMES_ARE_HELD) expect(refusals).toBe(0);
    } finally {
      await gateway.stop();
      home.remove();
    }
  },
  CHURN_TIMEOUT_MS,
);
