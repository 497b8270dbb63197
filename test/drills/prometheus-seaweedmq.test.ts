/**
 * Goal: where a Prometheus is given, what drills do before SeaweedMQ in a way of its own is told by its alert there, too, and nothing else pages.
 * Method: `alerted.ts`; a scripted SeaweedMQ for each gateway.
 */
import { describeWithProgram } from '../support/outside-program';
import { testAlerted } from './alerted';

describeWithProgram('prometheus', 'SEAGLASS_TEST_PROMETHEUS')('before SeaweedMQ', () => {
  testAlerted('seaweedmq', [
    [['zero-end'], ['hang-recv'], ['lookup-hang']],
    [['slow-publish-ack'], ['disk-full'], ['engine-down']],
    [['withhold-newest'], ['filer-hang'], ['drop-value']],
  ]);
});
