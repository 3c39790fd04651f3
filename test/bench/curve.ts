/** Accuracy of the example over T, both codings, as the product's own path computes it. */
import { startConversion } from '../../src/node/conversion-client.ts';
import type { Report } from '../../src/core/report/types.ts';
import { testDigits } from '../support/mnist.ts';

const timesteps = [2, 3, 4, 6, 8, 16, 32, 64, 128];

async function run(worker: URL, specification: string, overrides: object): Promise<Report> {
  const { result } = startConversion(
    worker,
    { file: specification, overrides, purpose: 'convert' },
    () => undefined,
  );
  const ended = await result;
  if (ended.outcome !== 'done')
    throw new Error(ended.outcome === 'failed' ? ended.failure.message : 'cancelled');
  return ended.report;
}

/** Prints a Markdown table, as the README has it. */
export async function printCurve(worker: URL, specification: string): Promise<void> {
  const digits = testDigits();
  const data = digits ? { inputs: digits.inputs, labels: digits.labels } : {};
  const rows: string[] = [];
  let head = '';
  for (const T of timesteps) {
    const cells: string[] = [];
    for (const coding of ['residual', 'reset'] as const) {
      const { accuracy, options, layers } = await run(worker, specification, {
        ...data,
        timesteps: T,
        coding,
      });
      const analog = accuracy.analog!;
      head = `Example mnist-rows, ${options.samples} test digits, analog accuracy ${(100 * analog).toFixed(2)} %, float arithmetic`;
      const mse = layers[0]!.output!.mse.toExponential(2);
      cells.push(
        `${(100 * accuracy.spiking!).toFixed(2)} | ${(accuracy.spiking! / analog).toFixed(4)} | ${mse}`,
      );
    }
    rows.push(`| ${T} | ${cells.join(' | ')} |`);
  }
  console.log(`${head}\n`);
  console.log('| T | residual % | of analog | MSE of h | reset % | of analog | MSE of h |');
  console.log('|---|---|---|---|---|---|---|');
  console.log(rows.join('\n'));
}
