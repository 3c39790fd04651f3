/** The built command line, as a person starts it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../../bin/spikewise.mjs', import.meta.url));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function spikewise(args: readonly string[], cwd?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, maxBuffer: 64 * 2 ** 20 };
    const child = execFile(process.execPath, [bin, ...args], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}
