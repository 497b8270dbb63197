/** The partitions that were asked for, by the directories of their logs: a directory names topic, generation and range. */
import type { Clock } from '../../../clock';
import type { Partition } from '../../../rpc/mq_schema';
import type { Instruments } from '../../../telemetry/metrics/instruments';
import type { LogFiles } from '../log/log-files';
import { MqLog } from '../log/mq-log';
import type { MqCluster } from '../mq-cluster';
import type { ProofStore } from '../proof/proof-store';
import type { ProvenPartition } from '../proof/proven-log';
import { LoggedProducers } from '../publish/logged-producers';
import type { MqPartition } from './mq-partition';
import { partitionDirectory, TOPICS_DIRECTORY } from './partition-ring';

export interface MqPartitionsOptions {
  readonly cluster: MqCluster;
  readonly files: LogFiles;
  readonly proofs: ProofStore;
  readonly clock: Clock;
  readonly instruments: Instruments;
}

export class MqPartitions {
  readonly #options: MqPartitionsOptions;
  readonly #known = new Map<string, MqPartition>();

  constructor(options: MqPartitionsOptions) {
    this.#options = options;
  }

  of(topic: string, partition: Partition): MqPartition {
    const directory = partitionDirectory(topic, partition);
    let known = this.#known.get(directory);
    if (known?.partition.unixTimeNs !== partition.unixTimeNs) {
      const { clock, instruments, cluster, files } = this.#options;
      const log = new MqLog({ directory, files, clock, instruments, cluster, topic, partition });
      const proofs = this.#options.proofs.of(provenPartition(topic, directory));
      known = { partition, log, producers: new LoggedProducers(), proofs };
      this.#known.set(directory, known);
    }
    return known;
  }

  topicDeleted(name: string): void {
    for (const directory of this.#known.keys())
      if (directory.startsWith(`${TOPICS_DIRECTORY}/${name}/`)) this.#known.delete(directory);
  }
}

function provenPartition(topic: string, directory: string): ProvenPartition {
  return { topic, log: directory.split('/').slice(-2).join('_') };
}
