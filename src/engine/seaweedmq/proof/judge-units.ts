/**
 * Records held against their proofs as they come from the engine's log. One that is not what was produced is looked for in the broker's
 * memory, whose copy is believed where it matches the proof; else the answer ends before it.
 *
 * A proof is of a record, not of an offset: after a broker that crashed somebody else's record may have it. So a value that differs is a fault
 * only where the record is surely the one that was proven: its time is the one it was sent with, or the one that the engine gives to a record
 * that came too late, which is a nanosecond behind the record before it.
 */
import type { ValueFault } from '../../../audit/proofs';
import { isSameValue, type ValueProof, verdictOf, checksumOf, NULL_PROOF } from '../../../audit/verdict';
import type { Clock } from '../../../clock';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset, type Offset } from '../../../types';
import type { PartitionRange } from '../../engine';
import type { MqLog } from '../log/mq-log';
import type { RecordUnit } from '../records/record-unit';
import type { RecordProof } from './proof-block';
import type { ProofStore, ProvenPartition } from './proof-store';
import { storedProof } from './stored-proof';

export interface JudgeOptions {
  readonly store: ProofStore;
  readonly at: ProvenPartition;
  readonly log: MqLog;
  readonly leader: string;
  readonly range: PartitionRange;
  readonly clock: Clock;
}

export interface JudgedRead {
  /** Up to the first that is not what was produced and that nobody has otherwise. */
  readonly units: readonly RecordUnit[];
  /** What they end before. */
  readonly fault: ValueFault | undefined;
}

/** Proofs of records this young may not be there yet: those of another gateway come with its next write. */
const SETTLED_MS = 2_000;
const NANOSECONDS_PER_MS = 1_000_000n;
const REPAIR_BYTES_MAX = 4 * 1024 * 1024;

export async function judgeUnits(
  units: readonly RecordUnit[],
  options: JudgeOptions,
  context: CallContext,
): Promise<JudgedRead> {
  await loadProofs(units, options, context);
  let judged: RecordUnit[] | undefined;
  for (const [index, unit] of units.entries()) {
    if (unit.isPlaceholder) continue;
    const found = judgeUnit(unit, options);
    if (found === undefined) continue;
    if (!(await isProvenRecord(unit, found, units[index - 1], options, context))) continue;
    const repaired = await repairedUnit(unit, found, options, context);
    const fault = faultOf(unit, found, { repaired: repaired !== undefined, options });
    if (repaired === undefined) return { units: (judged ?? units).slice(0, index), fault };
    repaired.verdict = 'match';
    repaired.repairOf = fault;
    judged ??= [...units];
    judged[index] = repaired;
  }
  return { units: judged ?? units, fault: undefined };
}

/** Side proofs have the record's time; those in its own envelope need none. */
type Expected = ValueProof & Partial<Pick<RecordProof, 'tsNs' | 'origin'>>;

/** Sets the verdict of a unit that matches or is not known; answers what was expected of one that differs. */
function judgeUnit(unit: RecordUnit, { store, at }: JudgeOptions): Expected | undefined {
  const beside = store.known(at, unit.baseOffset);
  const inside = storedProof(unit.stored);
  if (beside === undefined && inside === undefined) return undefined;
  const got = valueOf(unit);
  const matches =
    (beside !== undefined && isSameValue(beside, got)) || (inside !== undefined && isSameValue(inside, got));
  if (!matches) return beside ?? inside;
  unit.verdict = 'match';
  return undefined;
}

/** Told by the lengths alone, as they arrived. */
function valueOf({ stored, arrivedLength }: RecordUnit): ValueProof {
  if (arrivedLength < 0) return NULL_PROOF;
  return { length: arrivedLength, crc: checksumOf(stored.subarray(stored.byteLength - arrivedLength)) };
}

async function loadProofs(units: readonly RecordUnit[], options: JudgeOptions, context: CallContext): Promise<void> {
  const { store, at, clock } = options;
  const settledNs = BigInt(Math.floor(clock.nowMs()) - SETTLED_MS) * NANOSECONDS_PER_MS;
  let asked = -1;
  for (const { baseOffset, tsNs } of units) {
    if (baseOffset < asked || store.known(at, baseOffset) !== undefined || tsNs > settledNs) continue;
    await store.load(at, baseOffset, context);
    // One entry for all offsets of the block.
    asked = baseOffset - (baseOffset % 1_024) + 1_024;
  }
}

async function isProvenRecord(
  unit: RecordUnit,
  { tsNs }: Expected,
  before: RecordUnit | undefined,
  { log, leader, range }: JudgeOptions,
  context: CallContext,
): Promise<boolean> {
  if (tsNs === undefined || tsNs === unit.tsNs) return true;
  if (unit.tsNs < tsNs || unit.baseOffset <= range.logStartOffset) return false;
  const offset = toOffset(unit.baseOffset - 1);
  const previous = before ?? (await log.at({ leader, offset, range, quickly: true }, context).catch(() => undefined));
  return previous !== undefined && previous.tsNs + 1n === unit.tsNs;
}

/** The same record from the broker's memory, where its value is what was produced. */
async function repairedUnit(
  unit: RecordUnit,
  expected: Expected,
  { log, leader, range }: JudgeOptions,
  context: CallContext,
): Promise<RecordUnit | undefined> {
  const offset: Offset = unit.baseOffset;
  const request = { leader, offset, bytesMax: REPAIR_BYTES_MAX, range, afterTsNs: 0n };
  const found = await log.unflushed.stateless(request, context).catch(() => []);
  const same = found.find(({ tsNs, key }) => tsNs === unit.tsNs && Buffer.compare(key, unit.key) === 0);
  return same?.baseOffset === offset && isSameValue(valueOf(same), expected) ? same : undefined;
}

function faultOf(
  unit: RecordUnit,
  expected: Expected,
  { repaired, options }: { readonly repaired: boolean; readonly options: JudgeOptions },
): ValueFault {
  const got = valueOf(unit);
  const verdict = verdictOf(expected, got, options.store.neighbours(options.at, unit.baseOffset));
  const { length, crc, origin } = expected;
  return {
    offset: unit.baseOffset,
    records: 1,
    verdict: verdict === 'match' || verdict === 'unknown' ? 'altered' : verdict,
    expected: { length, crc },
    got,
    origin,
    repaired,
  };
}
