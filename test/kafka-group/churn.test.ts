/** A group whose members come and go all the time, on the embedded node. */
import { churn, CHURN_TIMEOUT_MS } from './churn';
import { makeHome, startGatewayIn } from './running-gateway';

test(
  'a hundred members come and go: one owner for each partition, every record processed',
  async () => {
    const home = makeHome();
    const gateway = await startGatewayIn(home);
    try {
      expect(await churn(Number(gateway.bootstrap.split(':')[1]))).toBe(0);
    } finally {
      await gateway.stop();
      home.remove();
    }
  },
  CHURN_TIMEOUT_MS,
);
