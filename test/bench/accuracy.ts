/** What a conversion says of a specification. */
import type { Report } from '../../src/core/report/types.ts';
import { startConversion } from '../../src/node/conversion-client.ts';
import type { Overrides } from '../../src/protocol/worker.ts';

export async function reportOf(worker: URL, file: string, overrides: Overrides): Promise<Report> {
  const request = { file, overrides, purpose: 'convert' } as const;
  const ended = await startConversion(worker, request, () => undefined).result;
  if (ended.outcome !== 'done') throw new Error(`${file} was not converted`);
  return ended.report;
}

export async function accuracyOf(
  worker: URL,
  file: string,
  overrides: Overrides,
): Promise<Report['accuracy']> {
  return (await reportOf(worker, file, overrides)).accuracy;
}

export const percent = (fraction: number): string => (100 * fraction).toFixed(2);
