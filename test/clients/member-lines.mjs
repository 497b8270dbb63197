// The lines of group-members.ts for clients that run on Node: events go out, and commands come to the members that `open` makes.
import { createInterface } from 'node:readline';

export const say = (event, member, ...fields) =>
  process.stdout.write(`${['@', event, member, ...fields].join('\t').replaceAll('\n', ' ')}\n`);

/** `open(member, options)` resolves with the commands that the member takes. Ends the process when the input ends. */
export async function obeyLines(open) {
  const members = new Map();
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, member, ...fields] = line.split('\t');
    const work =
      command === 'open'
        ? () => open(member, Object.fromEntries(fields.map((field) => /^(.*?)=(.*)$/.exec(field).slice(1))))
        : async (commands) => {
            const [topic, partition, ...rest] = fields;
            await commands[command](topic, Number(partition), ...rest);
            say('done', member, command);
            return commands;
          };
    const next = Promise.resolve(members.get(member)).then(work);
    members.set(member, next);
    next.catch((error) => say('failed', member, error.stack ?? error));
  }
  process.exit(0);
}
