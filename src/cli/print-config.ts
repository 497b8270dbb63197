/** `seaglass config`: every setting, its value, where the value came from. */
import { type Config, describeOrigin } from '../config';

export async function printConfig(config: Config): Promise<number> {
  const rows = config.effective.map(({ key, value, origin }) => [
    key,
    value === '' ? '-' : value,
    describeOrigin(origin),
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([key = '', value = '', origin = '']) =>
    [key.padEnd(widths[0] ?? 0), value.padEnd(widths[1] ?? 0), origin].join('  '),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
  return Promise.resolve(0);
}
