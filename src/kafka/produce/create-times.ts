/**
 * Times on a CreateTime topic, as Kafka's LogValidator leaves them: the header's greatest time is that of the records, and they are the
 * producer's. Readers look records up by that time and retention goes by it, so it is never taken on trust.
 */
import { setCreateTime } from '../../protocol/patch-batch';
import { BatchAttribute, timestampTypeOf } from '../../protocol/record-batch';
import type { ValidatedBatch } from '../../protocol/validate-batch';

const NO_TIME = -1;

const maxTimestampOf = ({ maxTimestamp }: ValidatedBatch): number =>
  Math.min(Math.max(maxTimestamp, NO_TIME), Number.MAX_SAFE_INTEGER);

const isRight = (batch: ValidatedBatch): boolean =>
  batch.header.maxTimestamp === maxTimestampOf(batch) && timestampTypeOf(batch.header.attributes) === 'create_time';

/** Corrects the header in the bytes themselves; the batch as it is then. It must be valid. */
export function withCreateTimes(bytes: Uint8Array, batch: ValidatedBatch): ValidatedBatch {
  if (isRight(batch)) return batch;
  const { header } = batch;
  const maxTimestamp = maxTimestampOf(batch);
  const crc = setCreateTime(bytes, header.position, maxTimestamp);
  const attributes = header.attributes & ~BatchAttribute.logAppendTime;
  return { ...batch, header: { ...header, attributes, maxTimestamp, crc } };
}
