/** Networks that were never trained for spikes, converted without training. */
import { fileURLToPath } from 'node:url';
import type { Overrides } from '../../src/protocol/worker.ts';
import { publishedDigits } from '../support/mnist.ts';
import { percent, reportOf } from './accuracy.ts';

/** `auto` is what the tool chooses by itself. */
const settings: readonly { readonly example: string; readonly overrides: Overrides }[] = [
  { example: 'mnist-rows-plain', overrides: { neuronsPerGate: 1 } },
  { example: 'mnist-rows-plain', overrides: {} },
  { example: 'mnist-rows-plain', overrides: { neuronsPerGate: 3 } },
  { example: 'mnist-gru', overrides: {} },
  { example: 'mnist-gru', overrides: { timesteps: 4 } },
  { example: 'mnist-bilstm', overrides: {} },
];

/** @param examples the folder of the examples */
export async function printUntrained(worker: URL, examples: URL): Promise<void> {
  const digits = publishedDigits();
  if (!digits) return;
  console.log(
    '| never trained for spikes | T | neurons a value | analog % | spiking % | of analog | same class % | cores |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const { example, overrides } of settings) {
    const file = fileURLToPath(new URL(`${example}/${example}.spikewise.json`, examples));
    const given = { inputs: digits.inputs, labels: digits.labels, ...overrides };
    const { accuracy, options, layers, chip } = await reportOf(worker, file, given);
    const { analog, spiking, agreement } = accuracy;
    const cells = [percent(analog!), percent(spiking!), (spiking! / analog!).toFixed(4), percent(agreement!)];
    const gates = layers.flatMap(({ populations }) => populations).filter(({ name }) => name !== 'generator');
    const most = Math.max(...gates.map(({ neurons, values = neurons }) => neurons / values));
    const how = `${most} (${overrides.neuronsPerGate ? 'set' : 'chosen'})`;
    console.log(`| ${example} | ${options.timesteps} | ${how} | ${cells.join(' | ')} | ${chip.coresUsed} |`);
  }
  console.log('');
}
