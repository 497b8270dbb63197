/**
 * Group members of real clients, driven from here. Each client brings one small program that holds members and is told what to
 * do on its standard input, one line a command, and says what happened on its standard output, one line an event; fields are
 * parted by tabs.
 *
 *     open MEMBER key=value …           group, topics (commas) or pattern, sessionMs, instance, autoCommit=1, assignor
 *     commit MEMBER TOPIC PARTITION OFFSET METADATA
 *     seek | pause | resume MEMBER TOPIC PARTITION [OFFSET]
 *     close MEMBER
 *
 *     @ assigned | revoked MEMBER TOPIC/PARTITION,…       what it gained or lost just now
 *     @ record MEMBER TOPIC PARTITION OFFSET VALUE         the value in base64
 *     @ done MEMBER COMMAND                                a command took effect
 *     @ failed MEMBER TEXT
 */
import { type Child, startChild } from '../support/child';
import type { Program } from './checks';

const DEADLINE_MS = 120_000;
const CLOSE_DEADLINE_MS = 60_000;

export interface Received {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

export interface MemberOptions {
  readonly group: string;
  readonly topics?: readonly string[];
  readonly pattern?: string;
  readonly sessionMs?: number;
  readonly instance?: string;
  readonly autoCommit?: boolean;
  readonly cooperative?: boolean;
}

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export interface GroupMember {
  /** What it owns now: `topic/partition`. */
  readonly owned: ReadonlySet<string>;
  readonly records: readonly Received[];
  /** `+topic/partition` and `-topic/partition` in the order in which they were told. */
  readonly moves: readonly string[];
  /** Resolves when `claim` holds; looked at after every event. Rejects when a member fails or the program ends. */
  until(what: string, claim: () => boolean): Promise<void>;
  commit(place: Place, offset: number, metadata: string): Promise<void>;
  seek(place: Place, offset: number): Promise<void>;
  pause(place: Place): Promise<void>;
  resume(place: Place): Promise<void>;
  /** Leaves the group as the client does when it is closed. */
  close(): Promise<void>;
}

/** One running program with its members. */
export interface MemberProgram {
  open(options: MemberOptions): GroupMember;
  /** Its members neither answer nor ask while it hangs. */
  hang(hangs: boolean): void;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

interface State {
  readonly owned: Set<string>;
  readonly records: Received[];
  readonly moves: string[];
  readonly done: string[];
  readonly failures: string[];
}

/** Looked at after every event of every program: a claim may be about members of several. */
const watchers = new Set<() => void>();
/** Of the programs that run: what their members did so far. */
const tellers = new Set<() => string>();

export function startMembers(program: Program): MemberProgram {
  const states = new Map<string, State>();
  let unread = '';
  const child: Child = startChild(program.command, program.parameters, {
    directory: __dirname,
    input: true,
    onOutput: (text) => {
      const lines = (unread + text.toString('utf8')).split('\n');
      unread = lines.pop() ?? '';
      for (const line of lines) note(states, line);
      for (const watcher of [...watchers]) watcher();
    },
  });
  const tellAll = (): string =>
    [...[...states].map(([name, state]) => `${name} ${tell(state)}`), noise(child)].join('\n');
  tellers.add(tellAll);
  void child.closed.then(() => tellers.delete(tellAll));
  void child.exited.then(() => {
    for (const watcher of [...watchers]) watcher();
  });

  const until = (name: string, state: State, what: string, claim: () => boolean, deadlineMs = DEADLINE_MS) =>
    new Promise<void>((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(late);
        watchers.delete(look);
        action();
      };
      const fail = (why: string): void =>
        settle(() =>
          reject(new Error(`${name} waited for: ${what}: ${why}\n${[...tellers].map((each) => each()).join('\n')}`)),
        );
      const late = setTimeout(() => fail(`${deadlineMs} ms went by`), deadlineMs);
      const look = (): void => {
        if (claim()) settle(resolve);
        else if (state.failures.length > 0) fail('it failed');
        else if (!child.running) fail('its program ended');
      };
      watchers.add(look);
      look();
    });

  let last = 0;
  return {
    open(options) {
      const name = `member-${++last}`;
      const state: State = { owned: new Set(), records: [], moves: [], done: [], failures: [] };
      states.set(name, state);
      const tellIt = async (command: string, fields: readonly (string | number)[], deadlineMs?: number) => {
        const before = state.done.filter((each) => each === command).length;
        child.write(`${[command, name, ...fields].join('\t')}\n`);
        const done = (): boolean => state.done.filter((each) => each === command).length > before;
        await until(name, state, `${command} ${fields.join(' ')}`, done, deadlineMs);
      };
      child.write(`${['open', name, ...settings(options)].join('\t')}\n`);
      return {
        owned: state.owned,
        records: state.records,
        moves: state.moves,
        until: (what, claim) => until(name, state, what, claim),
        commit: ({ topic, partition }, offset, metadata) => tellIt('commit', [topic, partition, offset, metadata]),
        seek: ({ topic, partition }, offset) => tellIt('seek', [topic, partition, offset]),
        pause: ({ topic, partition }) => tellIt('pause', [topic, partition]),
        resume: ({ topic, partition }) => tellIt('resume', [topic, partition]),
        close: () => tellIt('close', [], CLOSE_DEADLINE_MS),
      };
    },
    hang: (hangs) => child.signal(hangs ? 'SIGSTOP' : 'SIGCONT'),
    kill: () => child.kill(),
    stop: () => child.stop(),
  };
}

function settings(options: MemberOptions): readonly string[] {
  const { group, topics, pattern, sessionMs = 30_000, instance, autoCommit, cooperative } = options;
  return [
    `group=${group}`,
    `sessionMs=${sessionMs}`,
    ...(topics === undefined ? [] : [`topics=${topics.join(',')}`]),
    ...(pattern === undefined ? [] : [`pattern=${pattern}`]),
    ...(instance === undefined ? [] : [`instance=${instance}`]),
    ...(autoCommit === true ? ['autoCommit=1'] : []),
    `assignor=${cooperative === true ? 'cooperative' : 'range'}`,
  ];
}

function note(states: ReadonlyMap<string, State>, line: string): void {
  const [mark, event, name = '', ...fields] = line.trimEnd().split('\t');
  const state = states.get(name);
  if (mark !== '@' || state === undefined) return;
  const [first = '', partition, offset, value] = fields;
  if (event === 'record') {
    const text = Buffer.from(value ?? '', 'base64').toString('latin1');
    state.records.push({ topic: first, partition: Number(partition), offset: Number(offset), value: text });
  } else if (event === 'assigned') {
    for (const place of places(first)) {
      state.owned.add(place);
      state.moves.push(`+${place}`);
    }
  } else if (event === 'revoked') {
    for (const place of places(first)) {
      state.owned.delete(place);
      state.moves.push(`-${place}`);
    }
  } else if (event === 'done') state.done.push(first);
  else state.failures.push(fields.join(' '));
}

const places = (list: string): readonly string[] => list.split(',').filter((place) => place !== '');

const tell = (state: State): string =>
  JSON.stringify({ owned: [...state.owned], records: state.records.length, moves: state.moves, ...failed(state) });

const failed = ({ done, failures }: State): object => ({ done, failures });

/** What the program said besides its events. */
const noise = (child: Child): string =>
  child
    .output()
    .split('\n')
    .filter((line) => !line.startsWith('@\t'))
    .join('\n')
    .slice(-3_000);
