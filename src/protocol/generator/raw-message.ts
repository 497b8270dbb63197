/** A message's facts as they stand in `schema/*.json`, which are Kafka's own `common/message/*.json` without their prose. */
export interface RawField {
  readonly name: string;
  readonly type: string;
  readonly versions: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly flexibleVersions?: string;
  readonly tag?: number;
  readonly default?: string;
  readonly entityType?: string;
  readonly ignorable?: boolean;
  readonly mapKey?: boolean;
  readonly fields?: readonly RawField[];
}

export interface RawMessage {
  readonly apiKey?: number;
  readonly type: 'request' | 'response' | 'header';
  readonly name: string;
  readonly validVersions: string;
  readonly flexibleVersions: string;
  readonly latestVersionUnstable?: boolean;
  readonly listeners?: readonly string[];
  readonly fields: readonly RawField[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly RawField[] }[];
}
