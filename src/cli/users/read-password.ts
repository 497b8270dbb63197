/** A password from whoever runs the command: typed unseen and twice on a terminal, else the first line of standard input. Never an argument. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UsageError } from '../usage-error';

interface PasswordInput {
  readonly input: NodeJS.ReadStream;
  /** Where the question is written. */
  readonly output: NodeJS.WritableStream;
}

/** Throws UsageError where there is none, or the two are not the same. */
export async function readPassword(name: string, { input, output }: PasswordInput): Promise<string> {
  if (!input.isTTY) return checked(await firstLine(input));
  const password = checked(await unseen(`Password of ${name}: `, { input, output }));
  if ((await unseen('Once more: ', { input, output })) !== password) throw new UsageError('the two are not the same');
  return password;
}

/** What PLAIN can carry. */
function checked(password: string): string {
  if (password === '') throw new UsageError('expected a password: the first line of standard input, or typed');
  if (password.includes('\0')) throw new UsageError('expected a password without NUL');
  return password;
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input });
  for await (const line of lines) return line;
  return '';
}

function unseen(question: string, { input, output }: PasswordInput): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const typed = createInterface({ input, output: nowhere, terminal: true });
  output.write(question);
  return new Promise((resolve, reject) => {
    typed.once('SIGINT', () => {
      typed.close();
      reject(new UsageError('given up'));
    });
    typed.question('', (answer) => {
      typed.close();
      output.write('\n');
      resolve(answer);
    });
  });
}
