/** The version of the package this file belongs to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

// src/cli and dist/cli are equally deep.
const packageFile = join(__dirname, '..', '..', 'package.json');

export const version: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(packageFile, 'utf8'))).version;
