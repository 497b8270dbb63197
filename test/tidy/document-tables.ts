/** The parts of the documents that the code knows better: settings, APIs, metrics, topic settings without effect. */
import {
  AUDIT_FIELDS,
  AUDIT_KINDS,
  type AuditField,
  RESOURCE_TYPES,
  VERDICTS,
} from '../../src/audit-trail/audit-kinds';
import { NAMED_SETTINGS } from '../../src/config/settings';
import { DRILL_NAMES, type DrillDeclaration, type DrillName, drillOf } from '../../src/drills/drill-list';
import { isUnseen, metricInWords, namesOf, rowInWords, type Seen } from '../../src/drills/expectation';
import { apis as API_LIST } from '../../src/kafka/api';
import { RECORD_LOG_ABILITIES } from '../../src/engine/record-log/record-log-dialect';
import { SEAWEEDMQ_ABILITIES } from '../../src/engine/seaweedmq/seaweedmq-dialect';
import type { EngineAbility } from '../../src/topic-settings/setting';
import { TOPIC_SETTINGS } from '../../src/topic-settings/table';
import { withoutEffect as settingsWithoutEffect } from '../../src/topic-settings/without-effect';
import { API_AUDITS } from '../audit-trail/api-audits';
import { ACCESS_RULES, OPEN_APIS } from '../../src/kafka/security/authorization-table';
import { INCIDENT_KINDS } from '../../src/telemetry/incidents/incident-kinds';
import { INSTRUMENTS } from '../../src/telemetry/metrics/instruments';
import { alertRules } from '../support/alert-rules';

const cell = (text: string): string => text.replaceAll('|', '\\|');

function settings(): string {
  const rows = NAMED_SETTINGS.map(({ key, setting }) => {
    const initial = setting.print(setting.default);
    return `| \`${key}\` | ${initial === '' ? '' : `\`${cell(initial)}\``} | ${cell(setting.meaning)} |`;
  });
  return ['| Key | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function apis(): string {
  const rows = [...API_LIST]
    .sort((left, right) => left.facts.key - right.facts.key)
    .map(({ facts: { key, name, requestVersions } }) => {
      const { min, max } = requestVersions;
      return `| ${name} | ${key} | ${min === max ? `${min}` : `${min}-${max}`} |`;
    });
  return ['| API | Key | Versions |', '| --- | --- | --- |', ...rows].join('\n');
}

function metrics(): string {
  const rows = Object.entries(INSTRUMENTS).map(([name, { type, labels, help }]) => {
    const named = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${named} | ${cell(help)} |`;
  });
  return ['| Metric | Type | Labels | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function incidents(): string {
  const rows = Object.entries(INCIDENT_KINDS).map(([name, declared]) => {
    const { severity, failsRequests, meaning, consequence, remedy, events } = declared;
    const fails = { all: 'all', some: 'some', none: '' }[failsRequests];
    const alerts = alertRules
      .filter(({ kinds }) => kinds.some((kind) => kind === name))
      .map(({ alert }) => `\`${alert}\``);
    const shown = [
      ...[`\`${name}\``, severity, fails, meaning, consequence, remedy],
      ...[`\`${events.opened}\``, alerts.join(', ')],
    ];
    return `| ${shown.map(cell).join(' | ')} |`;
  });
  const head = ['Kind', 'Severity', 'Requests fail', 'Meaning', 'Meanwhile', 'What to do', 'Log', 'Alert'];
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...rows].join('\n');
}

/** Each drill as it is before each engine, where that differs. */
function drills(): string {
  const rows = DRILL_NAMES.flatMap((name) => {
    const { seaweedmq }: DrillDeclaration = drillOf(name);
    const own = typeof seaweedmq === 'object' ? ['embedded', 'seaweedmq'] : ['both'];
    return own.map((engine) => drillRow(name, engine, seaweedmq));
  });
  const seen = ['Span or kept trace', 'Metric', 'Console', 'Incident', 'Alert'];
  const head = ['Drill', 'Before', 'What goes wrong', ...seen];
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...rows].join('\n');
}

const ENGINE_WORDS: Readonly<Record<string, string>> = { embedded: 'the node', seaweedmq: 'SeaweedMQ', both: 'both' };

function drillRow(name: DrillName, engine: string, seaweedmq: DrillDeclaration['seaweedmq']): string {
  const { what, expects } = drillOf(name, engine === 'seaweedmq' ? 'seaweedmq' : 'embedded');
  const before = typeof seaweedmq === 'string' ? `the node; before SeaweedMQ ${seaweedmq}` : ENGINE_WORDS[engine];
  const code = (text: string): string => `\`${text}\``;
  const words = (seen: Seen<string>): string => (isUnseen(seen) ? seen.none : namesOf(seen).map(code).join(' or '));
  const shown =
    expects === 'calm'
      ? ['nothing may be told', '', '', '', '']
      : [
          words(expects.span),
          code(metricInWords(expects.metric)),
          code(rowInWords(expects.console)),
          words(expects.incident),
          words(expects.alert),
        ];
  return `| ${[code(name), before ?? '', what, ...shown].map(cell).join(' | ')} |`;
}

function auditKinds(): string {
  const rows = Object.entries(AUDIT_KINDS).map(([kind, meaning]) => `| \`${kind}\` | ${cell(meaning)} |`);
  return ['| Kind | Meaning |', '| --- | --- |', ...rows].join('\n');
}

function auditApis(): string {
  const rows = API_LIST.map(({ facts: { name } }) => {
    const { events = [], why = '' } = API_AUDITS[name] ?? {};
    return `| ${[name, events.map((kind) => `\`${kind}\``).join(', ') || 'none', why].map(cell).join(' | ')} |`;
  });
  return ['| API | Events | Why, or when |', '| --- | --- | --- |', ...rows.sort()].join('\n');
}

function auditFields(): string {
  const rows = Object.entries<AuditField>(AUDIT_FIELDS).map(([name, { type, always, lengthMax, meaning }]) => {
    const bound = lengthMax === undefined ? '' : `, at most ${lengthMax} characters`;
    return `| \`${name}\` | ${type}${bound} | ${always ? 'always' : 'where it applies'} | ${cell(meaning)} |`;
  });
  return ['| Field | Type | There | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function auditVerdicts(): string {
  const verdicts = Object.entries(VERDICTS).map(([verdict, meaning]) => `- \`${verdict}\`: ${meaning}`);
  const types = RESOURCE_TYPES.map((type) => `\`${type}\``).join(', ');
  return `${verdicts.join('\n')}\n\nTypes of resources: ${types}.`;
}

function authorization(): string {
  const served = new Set(API_LIST.map(({ facts }) => facts.name));
  const rows = ACCESS_RULES.filter(({ api }) => served.has(api)).map(
    ({ api, operation, resource, of, error, otherwise }) => {
      const seen = [error === undefined ? undefined : `\`${error}\``, otherwise].filter((each) => each !== undefined);
      return `| ${[api, operation, resource, of, seen.join('; ')].map(cell).join(' | ')} |`;
    },
  );
  const head = ['API', 'Operation', 'On a', 'Namely', 'Without it'];
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...rows].join('\n');
}

function openApis(): string {
  const served = new Set(API_LIST.map(({ facts }) => facts.name));
  return Object.entries(OPEN_APIS)
    .filter(([api]) => served.has(api))
    .map(([api, why]) => `- ${api}: ${why}`)
    .join('\n');
}

function withoutEffect(): string {
  const line = (abilities: ReadonlySet<EngineAbility>): string =>
    settingsWithoutEffect(TOPIC_SETTINGS.keys(), abilities)
      .map((name) => `\`${name}\``)
      .join(', ');
  return `- Embedded node: ${line(RECORD_LOG_ABILITIES)}.\n- SeaweedMQ: ${line(SEAWEEDMQ_ABILITIES)}.`;
}

/** By the name of its marker: `<!-- settings -->` … `<!-- /settings -->`. */
export const TABLES: Readonly<Record<string, () => string>> = {
  settings,
  apis,
  metrics,
  incidents,
  drills,
  'audit-kinds': auditKinds,
  'audit-apis': auditApis,
  'audit-fields': auditFields,
  'audit-verdicts': auditVerdicts,
  'without-effect': withoutEffect,
  authorization,
  'open-apis': openApis,
};

/** The names of the marked parts that a document holds, in its order. */
export const tablesIn = (text: string): readonly string[] =>
  [...text.matchAll(/^<!-- ([a-z-]+) -->$/gm)].map((match) => match[1] ?? '');

/** The document with every marked part as the code has it now; throws where a mark has no table or no end. */
export function withTables(document: string): string {
  let text = document;
  for (const name of tablesIn(document)) {
    const table = TABLES[name];
    const begin = `<!-- ${name} -->`;
    const end = `<!-- /${name} -->`;
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (table === undefined || to < from) throw new Error(`no table for the part ${begin} … ${end}`);
    text = `${text.slice(0, from + begin.length)}\n\n${table()}\n\n${text.slice(to)}`;
  }
  return text;
}
