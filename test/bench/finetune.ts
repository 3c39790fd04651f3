/** What one epoch of retraining gives on digits that it has not seen, and how long it takes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { paperHardSigmoid, paperHardTanh } from '../../src/core/convert/activations.ts';
import type { Specification } from '../../src/core/convert/types.ts';
import { startTask } from '../../src/node/task-client.ts';
import { publishedDigits, trainingDigits } from '../support/mnist.ts';
import { accuracyOf, percent } from './accuracy.ts';

/** Of the training digits; a tenth of them is held back. */
const samples = 10000;
const options = { epochs: 1, rounding: true, learningRate: 0.002, batch: 32, validation: 0.1, seed: 1 };

const cases = [
  { example: 'mnist-rows-plain', timesteps: 4 },
  { example: 'mnist-rows', timesteps: 3 },
  { example: 'mnist-gru', timesteps: 4 },
  { example: 'mnist-bilstm', timesteps: 4 },
] as const;

/** A specification that converts the example as it is: then its analog half is the network as it was trained. */
function asTrained(file: string, folder: string): string {
  const written = JSON.parse(readFileSync(file, 'utf8')) as Specification;
  const model = path.resolve(path.dirname(file), written.model);
  const activations = { ...written.activations, sigmoid: paperHardSigmoid, tanh: paperHardTanh };
  const copy = path.join(folder, 'trained.spikewise.json');
  writeFileSync(copy, JSON.stringify({ ...written, model, activations }));
  return copy;
}

/** @param examples the folder of the examples */
export async function printFinetune(worker: URL, examples: URL): Promise<void> {
  const [training, test] = [trainingDigits(), publishedDigits()];
  if (!training || !test) return;
  const rows: string[] = [];
  for (const { example, timesteps } of cases) {
    const file = fileURLToPath(new URL(`${example}/${example}.spikewise.json`, examples));
    const folder = mkdtempSync(path.join(tmpdir(), 'spikewise-finetune-'));
    const onTest = { inputs: test.inputs, labels: test.labels, timesteps };
    const trained = (await accuracyOf(worker, asTrained(file, folder), onTest)).analog!;
    // With as many neurons for each value as a smooth function needs.
    const untouched = (await accuracyOf(worker, file, onTest)).spiking!;
    const overrides = { inputs: training.inputs, labels: training.labels, limit: samples, timesteps };
    const request = { file, overrides, options, out: path.join(folder, 'tuned') };
    const ended = await startTask(worker, { role: 'finetune', request }, () => undefined).result;
    if (ended.outcome !== 'done') throw new Error(`${example} was not retrained`);
    const { written, seconds } = ended.finetuning;
    const { analog, spiking } = await accuracyOf(worker, written.specification, onTest);
    const percents = [trained, untouched, analog!, spiking!].map(percent);
    const cells = [...percents, (spiking! / trained).toFixed(4)];
    rows.push(`| ${example} | ${timesteps} | ${cells.join(' | ')} | ${seconds['training']!.toFixed(1)} |`);
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(
    '| one epoch, rounded | T | trained % | spiking without % | analog % | spiking % | of trained | s |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  console.log(`${rows.join('\n')}\n`);
}
