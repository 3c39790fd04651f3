/** What calibrating on training digits changes on the test digits, without training. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatError } from '../../src/core/report/format.ts';
import { startTask } from '../../src/node/task-client.ts';
import { publishedDigits, trainingDigits } from '../support/mnist.ts';
import { percent, reportOf } from './accuracy.ts';

/** Of the training digits: half of them to choose on, half to keep by. */
const samples = 1000;

const settings = [
  ...[16, 32].map((timesteps) => ({ coding: 'reset', arithmetic: 'float', timesteps }) as const),
  ...(['float', 'loihi'] as const).flatMap((arithmetic) =>
    [4, 8].map((timesteps) => ({ coding: 'residual', arithmetic, timesteps }) as const),
  ),
];

/** @param examples the folder of the examples */
export async function printCalibrate(worker: URL, examples: URL): Promise<void> {
  const [training, test] = [trainingDigits(), publishedDigits()];
  if (!training || !test) return;
  console.log(
    '| calibrated | coding, arithmetic | T | analog % | before % | after % | output MSE before | after | s |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const example of ['mnist-rows', 'mnist-rows-plain']) {
    const file = fileURLToPath(new URL(`${example}/${example}.spikewise.json`, examples));
    for (const setting of settings) {
      const out = mkdtempSync(path.join(tmpdir(), 'spikewise-calibrate-'));
      const overrides = { ...setting, inputs: training.inputs, labels: training.labels, limit: samples };
      const request = { file, overrides, write: false, out };
      const ended = await startTask(worker, { role: 'calibrate', request }, () => undefined).result;
      if (ended.outcome !== 'done') throw new Error(`${example} was not calibrated`);
      const { written, seconds } = ended.calibration;
      const onTest = { ...setting, inputs: test.inputs, labels: test.labels };
      const before = await reportOf(worker, file, onTest);
      const after = await reportOf(worker, written.specification ?? file, onTest);
      const accuracies = [before.accuracy.analog, before.accuracy.spiking, after.accuracy.spiking];
      const errors = [before, after].map(({ layers }) => formatError(layers.at(-1)!.output!.mse));
      const cells = [...accuracies.map((fraction) => percent(fraction!)), ...errors];
      const all = Object.values(seconds).reduce((sum, part) => sum + part, 0);
      const how = `${setting.coding}, ${setting.arithmetic} | ${setting.timesteps}`;
      console.log(`| ${example} | ${how} | ${cells.join(' | ')} | ${all.toFixed(1)} |`);
      rmSync(out, { recursive: true, force: true });
    }
  }
  console.log('');
}
