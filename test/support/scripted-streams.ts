/** The two streams of the scripted SeaweedMQ: publishing (hello, one ack a record, in order) and subscribing (no answer to init, key gating). */
import { status } from '@grpc/grpc-js';
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import type {
  PublishMessageRequest,
  PublishMessageResponse,
  SubscribeMessageRequest,
  SubscribeMessageRequest_InitMessage,
  SubscribeMessageResponse,
} from '../../src/rpc/mq_broker';
import type { ScriptedPartition } from './scripted-partition';
import type { ScriptedState } from './scripted-seaweedmq';

const GATE_POLL_MS = 137;
const BROKER_ENDS = { code: status.UNAVAILABLE, details: 'the scripted broker ends' };

const ack = (fields: Partial<PublishMessageResponse>): PublishMessageResponse => ({
  ackTsNs: 0n,
  error: '',
  shouldClose: false,
  errorCode: 0,
  assignedOffset: 0n,
  ...fields,
});

export function publishHandler(
  state: ScriptedState,
): handleBidiStreamingCall<PublishMessageRequest, PublishMessageResponse> {
  return (call) => {
    state.count('publishMessage');
    const { switches, publishers } = state;
    publishers.open += 1;
    let open = true;
    let unlisten: () => unknown = () => undefined;
    const close = (): void => {
      if (!open) return;
      open = false;
      unlisten();
      publishers.open -= 1;
      if (publishers.open === 0) publishers.unloads += 1;
    };
    call.on('cancelled', close);
    call.on('close', close);
    let partition: ScriptedPartition | undefined;
    let acks = 0;
    let dead = false;
    const refuse = (error: { code: number; details: string }): void =>
      void call.emit('error', Object.assign(new Error(error.details), error));
    call.on('data', ({ message }: PublishMessageRequest) => {
      if (message?.$case === 'init') {
        partition = state.partition(message.init.topic, message.init.partition);
        partition?.load();
        unlisten = partition?.onRestart(() => refuse(BROKER_ENDS)) ?? unlisten;
        const refusal =
          switches.publishRefusal ?? (partition === undefined ? { code: 2, message: 'topic not found' } : undefined);
        if (refusal !== undefined) {
          call.write(ack({ error: refusal.message, errorCode: refusal.code, shouldClose: true }));
          call.end();
          return;
        }
        state.behave(switches.publishInit, () => call.write(ack({})), refuse);
      } else if (message?.$case === 'data' && partition !== undefined && !dead) {
        const { offset, tsNs } = partition.append(message.data);
        acks += 1;
        if (switches.publishDiesAfter !== undefined && acks > switches.publishDiesAfter) {
          dead = true;
          refuse({ code: status.UNKNOWN, details: 'the scripted publisher stream dies' });
          return;
        }
        const answer = (): void => void call.write(ack({ ackTsNs: tsNs, assignedOffset: BigInt(offset) }));
        state.behave(switches.publishAck, answer, refuse);
      }
    });
    call.on('end', () => {
      close();
      call.end();
    });
    call.on('error', close);
  };
}

export function subscribeHandler(
  state: ScriptedState,
): handleBidiStreamingCall<SubscribeMessageRequest, SubscribeMessageResponse> {
  return (call) => {
    state.count('subscribeMessage');
    state.subscribers.open += 1;
    const subscription = new Subscription(state, call);
    call.on('data', ({ message }: SubscribeMessageRequest) => {
      if (message?.$case === 'init') subscription.init(message.init);
      else if (message?.$case === 'ack') {
        state.subscribers.acks += 1;
        subscription.acked(message.ack.key);
      } else if (message?.$case === 'seek') {
        call.write({
          message: { $case: 'ctrl', ctrl: { error: '', isEndOfStream: false, isEndOfTopic: false } },
        });
      }
    });
    call.on('end', () => {
      call.write({ message: { $case: 'ctrl', ctrl: { error: '', isEndOfStream: true, isEndOfTopic: false } } });
      call.end();
    });
    let closed = false;
    const close = (): void => {
      if (closed) return;
      closed = true;
      state.subscribers.open -= 1;
      subscription.close();
    };
    call.on('cancelled', close);
    call.on('close', close);
    call.on('error', close);
  };
}

class Subscription {
  readonly #state: ScriptedState;
  readonly #call: ServerDuplexStream<SubscribeMessageRequest, SubscribeMessageResponse>;
  #partition: ScriptedPartition | undefined;
  #next = 0;
  #sent = 0;
  #scheduled = false;
  #unlisten: () => void = () => undefined;
  readonly #inFlight = new Set<string>();
  #closed = false;

  constructor(state: ScriptedState, call: ServerDuplexStream<SubscribeMessageRequest, SubscribeMessageResponse>) {
    this.#state = state;
    this.#call = call;
  }

  init(init: SubscribeMessageRequest_InitMessage): void {
    const begin = (): void => {
      this.#partition = this.#state.partition(init.topic, init.partitionOffset?.partition);
      if (this.#partition === undefined) return this.#fail({ code: status.UNKNOWN, details: 'partition not found' });
      this.#partition.load();
      this.#next = Number(init.partitionOffset?.startOffset ?? 0n) + this.#state.switches.subscribeShift;
      const unlisten = [
        this.#partition.onAppend(() => this.#pump()),
        this.#partition.onRestart(() => this.#fail(BROKER_ENDS)),
        this.#partition.onFlush(() => this.#repeat()),
      ];
      this.#unlisten = () => unlisten.forEach((each) => each());
      this.#pump();
    };
    this.#state.behave(this.#state.switches.subscribe, begin, (error) => this.#fail(error));
  }

  acked(key: Uint8Array): void {
    this.#inFlight.delete(Buffer.from(key).toString('latin1'));
  }

  close(): void {
    this.#closed = true;
    this.#unlisten();
  }

  #fail(error: { code: number; details: string }): void {
    this.close();
    this.#call.emit('error', Object.assign(new Error(error.details), error));
  }

  #repeat(): void {
    if (!this.#state.switches.subscribeRepeats) return;
    this.#next -= this.#sent;
    this.#sent = 0;
    this.#inFlight.clear();
    this.#pump();
  }

  #pump(): void {
    if (this.#closed || this.#scheduled) return;
    const { switches } = this.#state;
    if (switches.receive === 'normal') return this.#send();
    if (switches.receive === 'never') return;
    this.#scheduled = true;
    const go = (): void => {
      this.#scheduled = false;
      this.#send();
    };
    this.#state.behave(switches.receive, go, (error) => this.#fail(error));
  }

  #send(): void {
    const { switches } = this.#state;
    while (!this.#closed && this.#partition !== undefined) {
      const record = this.#partition.records[this.#next];
      if (record === undefined) return;
      if (record.isGone) {
        this.#next += 1;
        continue;
      }
      const key = Buffer.from(record.key).toString('latin1');
      if (switches.sameKeyGating && key !== '' && this.#inFlight.has(key)) {
        this.#scheduled = true;
        this.#state.later(GATE_POLL_MS, () => {
          this.#scheduled = false;
          this.#pump();
        });
        return;
      }
      if (switches.subscribeFirstOnly && this.#sent > 0) return;
      if (switches.subscribeDiesAfter !== undefined && this.#sent >= switches.subscribeDiesAfter) {
        return this.#fail({ code: status.UNKNOWN, details: 'the scripted subscriber stream dies' });
      }
      if (key !== '') this.#inFlight.add(key);
      this.#next += 1;
      this.#sent += 1;
      const value = switches.emptyValues ? Buffer.alloc(0) : record.value;
      this.#call.write({
        message: { $case: 'data', data: { key: record.key, value, tsNs: record.tsNs, ctrl: undefined } },
      });
    }
  }
}
