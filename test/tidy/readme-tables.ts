/** The parts of the README that the code knows better: settings, APIs, metrics, topic settings without effect. */
import { NAMED_SETTINGS } from '../../src/config/settings';
import { apis as API_LIST } from '../../src/kafka/api';
import { acceptedWithoutEffect } from '../../src/kafka/topic-settings/table';
import { INSTRUMENTS } from '../../src/telemetry/instruments';

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

function withoutEffect(): string {
  const line = (engine: 'embedded' | 'seaweedmq'): string =>
    acceptedWithoutEffect(engine)
      .map((name) => `\`${name}\``)
      .join(', ');
  return `- Embedded node: ${line('embedded')}.\n- SeaweedMQ: ${line('seaweedmq')}.`;
}

/** By the name of its marker: `<!-- settings -->` … `<!-- /settings -->`. */
export const README_TABLES: Readonly<Record<string, () => string>> = {
  settings,
  apis,
  metrics,
  'without-effect': withoutEffect,
};

/** The README with every marked part as the code has it now. */
export function withTables(readme: string): string {
  let text = readme;
  for (const [name, table] of Object.entries(README_TABLES)) {
    const begin = `<!-- ${name} -->`;
    const end = `<!-- /${name} -->`;
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`README.md holds no part ${begin} … ${end}`);
    text = `${text.slice(0, from + begin.length)}\n\n${table()}\n\n${text.slice(to)}`;
  }
  return text;
}
