/** A network that was never trained for spikes, as it is: `--neurons-per-gate`. Needs the build. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/core/attribute/types.ts';
import { spikewise } from '../support/cli.ts';
import { testDigits } from '../support/mnist.ts';
import { convertJson } from '../support/tiny.ts';

const plain = fileURLToPath(
  new URL('../../examples/mnist-rows-plain/mnist-rows-plain.spikewise.json', import.meta.url),
);
const digits = testDigits();

describe.each(['mnist-gru', 'mnist-bilstm'])('%s', (name) => {
  it('keeps 99 % of its accuracy at T = 8 without retraining', async () => {
    const example = new URL(`../../examples/${name}/${name}.spikewise.json`, import.meta.url);
    const { accuracy, findings, layers, options } = await convertJson([fileURLToPath(example)]);
    expect(options).toMatchObject({ timesteps: 8, coding: 'residual', samples: 500 });
    const recurrent = layers.filter(({ kind }) => kind === 'GRU' || kind === 'LSTM');
    expect(recurrent.length).toBe(name === 'mnist-gru' ? 1 : 4);
    expect(recurrent.every(({ runsAs }) => runsAs === 'spiking')).toBe(true);
    expect(findings.map(({ code }) => code)).toContain('activation-fitted');
    expect(accuracy.analog).toBeGreaterThan(0.98);
    expect(accuracy.spiking! / accuracy.analog!).toBeGreaterThan(0.99);
  });
});

describe('the plain example', () => {
  it('keeps 99 % of its accuracy at T = 8 without retraining', async () => {
    const { accuracy, findings, options } = await convertJson([plain]);
    expect(options).toMatchObject({ timesteps: 8, coding: 'residual' });
    expect(accuracy.spiking! / accuracy.analog!).toBeGreaterThan(0.99);
    expect(findings.map(({ code }) => code)).toContain('activation-fitted');
  });

  it.skipIf(!digits)('does so on all 10,000 test digits', async () => {
    const { accuracy, options } = await convertJson([
      ...[plain, '--data', digits!.inputs, '--labels', digits!.labels],
    ]);
    expect(options.samples).toBe(10_000);
    expect(accuracy.spiking! / accuracy.analog!).toBeGreaterThan(0.99);
  });

  it('takes as many neurons, synapses and thresholds as it is told', async () => {
    const reports = [];
    for (const count of ['1', '2', '4']) {
      reports.push(await convertJson([plain, '--limit', '32', '--neurons-per-gate', count]));
    }
    const gates = reports.map(({ layers }) => layers[0]!.populations.slice(1).map(({ neurons }) => neurons));
    expect(gates).toEqual([1, 2, 4].map((count) => Array<number>(4).fill(64 * count)));
    const compartments = reports.map(({ chip }) =>
      chip.cores.reduce((sum, core) => sum + core.compartments, 0),
    );
    expect(compartments[1]! / compartments[0]!).toBeCloseTo(2, 9);
    expect(compartments[2]! / compartments[0]!).toBeCloseTo(4, 9);
    for (const { options, layers } of reports) {
      expect(options.neuronsPerGate).toBeDefined();
      for (const { firingRate } of layers[0]!.populations) {
        expect(firingRate).toBeGreaterThan(0);
        expect(firingRate).toBeLessThan(1);
      }
    }
  });

  it('says on the ladder what the fit costs, and offers more neurons', async () => {
    const { stdout } = await spikewise([
      'explain',
      plain,
      '--json',
      '--neurons-per-gate',
      '1',
      '--timesteps',
      '64',
    ]);
    const { rungs, causes, whole } = JSON.parse(stdout) as Explanation;
    expect(rungs.find(({ name }) => name === 'activations')).toMatchObject({ applies: true });
    expect(rungs[1]!.change.mse).toBeGreaterThan(0.5 * whole.mse);
    expect(Math.abs(whole.difference.mse)).toBeLessThan(1e-12);
    expect(causes[0]!.code).toBe('neurons-per-gate-few');
  });

  it.each(['0', '9', 'some'])('refuses --neurons-per-gate %s', async (count) => {
    const { code, stderr } = await spikewise(['convert', plain, '--neurons-per-gate', count]);
    expect(code).toBe(2);
    expect(stderr).toContain('--neurons-per-gate must be');
  });
});
