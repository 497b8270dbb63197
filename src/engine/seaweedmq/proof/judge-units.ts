/**
 * Records held against their proofs as they come from the engine's log. One that is not what was produced is looked for in the broker's
 * memory, whose copy is believed where it matches the proof; else the answer ends before it.
 *
 * A proof is of a record, not of an offset: after a broker that crashed somebody else's record may have it. So a value that differs is a fault
 * only where the record is surely the one that was proven: its time is the one it was sent with, or the one that the engine gives to a record
 * that came too late, which is a nanosecond behind the record before it.
 */
import type { ValueFault } from '../../../audit/proofs';
import { checksumOf } from '../../../audit/checksum';
import { isSameValue, NULL_LENGTH, type ValueProof, verdictOf } from '../../../audit/verdict';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset, type Offset, type TopicPartition } from '../../../types';
import { EngineError } from '../../../engine-error';
import type { PartitionRange } from '../../engine';
import type { MqLog } from '../log/mq-log';
import type { RecordUnit } from '../records/record-unit';
import { BLOCK_OFFSETS, firstOf, type ProofBlock, type RecordProof } from './proof-block';
import { NO_RECORD } from '../log/stored-length';
import type { ProofStore } from './proof-store';
import type { ProvenLog } from './proven-log';
import { storedProof } from './stored-proof';

export interface JudgeOptions {
  readonly store: ProofStore;
  readonly proofs: ProvenLog;
  readonly log: MqLog;
  readonly leader: string;
  readonly range: PartitionRange;
}

export interface JudgedRead {
  /** Up to the first that is not what was produced and that nobody has otherwise. */
  readonly units: readonly RecordUnit[];
  /** What they end before. */
  readonly fault: ValueFault | undefined;
  /** They end before a null or an empty value whose proof the filer does not give now: it may be one that was lost. */
  readonly unreadAt?: Offset;
}

const REPAIR_BYTES_MAX = 4 * 1024 * 1024;

export async function judgeUnits(
  units: readonly RecordUnit[],
  options: JudgeOptions,
  context: CallContext,
): Promise<JudgedRead> {
  let judged: RecordUnit[] | undefined;
  let asked: AskedProofs = NO_PROOFS;
  let nextBlock = 0;
  for (let index = 0; index < units.length; index += 1) {
    const unit = units[index];
    if (unit === undefined || unit.arrivedLength === NO_RECORD) continue;
    if (unit.baseOffset >= nextBlock) {
      // Kept here: what other readers load meanwhile may push it out of the store's memory.
      asked = await proofsFrom(units, index, options, context);
      nextBlock = firstOf(unit.baseOffset) + BLOCK_OFFSETS;
    }
    const { block } = asked;
    const found = judgeUnit(unit, block);
    if (found === undefined) {
      if (unit.verdict === 'match' || unit.arrivedLength > 0 || unit.tsNs > asked.unreadUpToNs) continue;
      return { units: (judged ?? units).slice(0, index), fault: undefined, unreadAt: unit.baseOffset };
    }
    if (!(await isProvenRecord(unit, found, units[index - 1], options, context))) continue;
    const repaired = await repairedUnit(unit, found, options, context);
    const fault = faultOf(unit, found, { repaired: repaired !== undefined, block });
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
function judgeUnit(unit: RecordUnit, block: ProofBlock | undefined): Expected | undefined {
  const offset = unit.baseOffset;
  if (block?.isLength(offset, lengthOf(unit)) === true && block.isChecksum(offset, valueChecksum(unit))) {
    unit.verdict = 'match';
    return undefined;
  }
  const inside = storedProof(unit.stored);
  if (inside !== undefined && isSameValue(inside, valueOf(unit))) {
    unit.verdict = 'match';
    return undefined;
  }
  return block?.get(offset) ?? inside;
}

/** Told by the lengths alone, as they arrived. */
const valueOf = (unit: RecordUnit): ValueProof => ({ length: lengthOf(unit), crc: valueChecksum(unit) });

const lengthOf = ({ arrivedLength }: RecordUnit): number => (arrivedLength < 0 ? NULL_LENGTH : arrivedLength);

function valueChecksum({ stored, arrivedLength }: RecordUnit): number {
  if (arrivedLength <= 0) return 0;
  return checksumOf(arrivedLength === stored.byteLength ? stored : stored.subarray(stored.byteLength - arrivedLength));
}

interface AskedProofs {
  readonly block: ProofBlock | undefined;
  /** The proofs of records up to this time could not be asked for; negative where all could be. */
  readonly unreadUpToNs: bigint;
}

const NO_PROOFS: AskedProofs = { block: undefined, unreadUpToNs: -1n };

/** The proofs of the unit's block, with what the filer has where one of its units has none in memory. */
async function proofsFrom(
  units: readonly RecordUnit[],
  from: number,
  { store, proofs }: JudgeOptions,
  context: CallContext,
): Promise<AskedProofs> {
  const first = units[from]?.baseOffset ?? 0;
  const kept = proofs.use(first)?.block;
  const next = firstOf(first) + BLOCK_OFFSETS;
  let settledNs: bigint | undefined;
  let newestNs = -1n;
  for (let index = from; index < units.length; index += 1) {
    const unit = units[index];
    if (unit === undefined || unit.baseOffset >= next) break;
    if (kept?.has(unit.baseOffset) === true) continue;
    settledNs ??= store.settledNs();
    if (unit.tsNs <= settledNs && unit.tsNs > newestNs) newestNs = unit.tsNs;
  }
  if (newestNs < 0n) return { ...NO_PROOFS, block: kept };
  const loaded = await store.load(proofs, first, context, newestNs);
  return { block: loaded?.block, unreadUpToNs: loaded?.isRead === false ? newestNs : -1n };
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
  { repaired, block }: { readonly repaired: boolean; readonly block: ProofBlock | undefined },
): ValueFault {
  const got = valueOf(unit);
  const verdict = verdictOf(expected, got, block?.proofs());
  const { length, crc, origin } = expected;
  return {
    offset: unit.baseOffset,
    lastOffset: unit.baseOffset,
    readOnAt: toOffset(unit.baseOffset + 1),
    records: 1,
    verdict: verdict === 'match' || verdict === 'unknown' ? 'altered' : verdict,
    expected: { length, crc },
    got,
    origin,
    repaired,
  };
}

/** For who asks there. */
export function unreadProof({ topic, partition }: TopicPartition, offset: Offset): EngineError {
  const message = `the value of ${topic}-${partition}@${offset} is null or empty, and whether it was produced so cannot be read of the filer`;
  return new EngineError('unavailable', message);
}
