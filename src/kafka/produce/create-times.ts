/**
 * Times on a CreateTime topic, as Kafka's LogValidator leaves them: the header's greatest time is that of the records, and they are the
 * producer's. Readers look records up by that time and retention goes by it, so it is never taken on trust.
 */
import { maxInt64 } from '../../protocol/int64';
import { setCreateTime } from '../../protocol/patch-batch';
import { BatchAttribute, timestampTypeOf } from '../../protocol/record-batch';
import type { ValidatedBatch } from '../../protocol/validate-batch';
import type { Int64 } from '../../types';

const NO_TIME = -1;

const maxTimestampOf = ({ maxTimestamp }: ValidatedBatch): Int64 => maxInt64(maxTimestamp, NO_TIME);

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
