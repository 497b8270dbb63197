/** `seaglass users` as people run it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');

/** Runs `seaglass users`, the password on its standard input. */
export function users(usersFile: string, parameters: readonly string[], password = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [MAIN, 'users', ...parameters, '--users-file', usersFile];
    const child = execFile(process.execPath, args, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${String(error.code)}: ${stderr}`));
    });
    child.stdin?.end(`${password}\n`);
  });
}
