/**
 * Goal: where a Prometheus is given, what is late or withheld on a node is told by its alert, and nothing else pages. Method: `alerted.ts`.
 */
import { describeWithProgram } from '../support/outside-program';
import { ON_NODES, testAlerted } from './alerted';

describeWithProgram('prometheus', 'SEAGLASS_TEST_PROMETHEUS')('on nodes', () => {
  testAlerted('embedded', ON_NODES.late);
});
