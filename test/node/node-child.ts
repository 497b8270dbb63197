/** A node in a process of its own, for the tests that kill it: `node -r test/support/register.cjs node-child.ts '{"dataDirectory":…}'`. */
import { startNode } from '../../src/node/start';
import type { NodeOptions } from '../../src/node/start';

const options: NodeOptions = JSON.parse(process.argv[2] ?? '{}');
startNode(options).then(
  (node) => {
    // Before it is said to be ready: whoever waits for that line may end it at once.
    process.once('SIGTERM', () => void node.close().then(() => process.exit(0)));
    process.stdout.write(`ready ${node.address} ${JSON.stringify(node.recovery)}\n`);
  },
  (error: unknown) => {
    process.stderr.write(`refused: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
