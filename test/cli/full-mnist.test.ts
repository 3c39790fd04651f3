/** The examples over all 10,000 test digits, where they are there: what their READMEs promise. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { Report } from '../../src/core/report/types.ts';
import { testDigits } from '../support/mnist.ts';

const digits = testDigits();

it.skipIf(digits === null).each([
  { coding: 'residual', timesteps: 8, arithmetic: 'float', least: 0.993 },
  { coding: 'residual', timesteps: 8, arithmetic: 'loihi', least: 0.993 },
  { coding: 'reset', timesteps: 64, arithmetic: 'float', least: 0.99 },
])(
  '$coding coding, T = $timesteps, $arithmetic: at least $least of the analog accuracy',
  { timeout: 180_000 },
  ({ coding, timesteps, arithmetic, least }) => {
    const args = ['bin/spikewise.mjs', 'convert', 'examples/mnist-rows/mnist-rows.spikewise.json', '--json'];
    args.push('--data', digits!.inputs, '--labels', digits!.labels, '--timesteps', String(timesteps));
    args.push('--coding', coding, '--arithmetic', arithmetic);
    const printed = execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    const { accuracy, options } = JSON.parse(printed) as Report;
    expect(options.samples).toBe(10_000);
    expect(accuracy.analog).toBeGreaterThanOrEqual(0.98);
    expect(accuracy.spiking! / accuracy.analog!).toBeGreaterThanOrEqual(least);
  },
);

it.skipIf(digits === null).each(['mnist-gru', 'mnist-bilstm'])(
  '%s, trained for no spikes: at least 99 % of the analog accuracy, with neurons for each gate as the tool chooses',
  { timeout: 180_000 },
  (name) => {
    const args = ['bin/spikewise.mjs', 'convert', `examples/${name}/${name}.spikewise.json`, '--json'];
    args.push('--data', digits!.inputs, '--labels', digits!.labels);
    const printed = execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    const { accuracy, options } = JSON.parse(printed) as Report;
    expect(options).toMatchObject({ samples: 10_000, timesteps: 8, coding: 'residual' });
    expect(options.neuronsPerGate ?? 'auto').toBe('auto');
    expect(accuracy.analog).toBeGreaterThanOrEqual(0.98);
    expect(accuracy.spiking! / accuracy.analog!).toBeGreaterThanOrEqual(0.99);
  },
);
