/** tfjs on its wasm backend, without a build. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { startTfjs } from '../../src/worker/tfjs/network.ts';

export async function startTfjsFromNodeModules(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  await startTfjs(`${path.dirname(entry)}/`);
}
