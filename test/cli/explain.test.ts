/** `spikewise explain`: the ladder adds up, and of a network broken in one known way the first cause is that way. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Cause, Explanation } from '../../src/core/attribute/types.ts';
import { rungNames } from '../../src/core/attribute/types.ts';
import { withEdits } from '../../src/core/convert/edits.ts';
import type { Specification } from '../../src/core/convert/types.ts';
import type { ClippedLinear } from '../../src/core/network/types.ts';
import { spikewise } from '../support/cli.ts';
import { readJson, temporaryFolder } from '../support/files.ts';
import { plant, plantUnbounded, scaleGate, setBias, type Planted } from '../support/planted.ts';
import { useTiny } from '../support/tiny.ts';

const folders: ReturnType<typeof temporaryFolder>[] = [];
afterAll(() => {
  for (const { remove } of folders) remove();
});

function planted(broken: Planted): string {
  const temporary = temporaryFolder('planted');
  folders.push(temporary);
  return plant(temporary.folder, broken);
}

async function explain(file: string, ...args: readonly string[]): Promise<Explanation> {
  const { code, stdout, stderr } = await spikewise(['explain', file, '--json', ...args]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Explanation;
}

const meanings = (sigmoid: Partial<ClippedLinear>, tanh: Partial<ClippedLinear> = {}) => ({
  activations: {
    hard_sigmoid_quarter: { slope: 0.25, offset: 0.5, low: 0, high: 1, ...sigmoid },
    hard_tanh_half: { slope: 0.5, offset: 0, low: -1, high: 1, ...tanh },
  },
});

const cases: readonly [string, Planted, Partial<Cause>][] = [
  ['the input gate 3 times as large', { weights: scaleGate('i', 3) }, { code: 'gate-scale', gate: 'i' }],
  ['the forget gate 3 times as large', { weights: scaleGate('f', 3) }, { code: 'gate-scale', gate: 'f' }],
  ['the candidate 3 times as large', { weights: scaleGate('c', 3) }, { code: 'gate-scale', gate: 'c' }],
  ['the output gate 3 times as large', { weights: scaleGate('o', 3) }, { code: 'gate-scale', gate: 'o' }],
  [
    'the candidate 3 times as large, on the chip',
    { weights: scaleGate('c', 3), specification: { arithmetic: 'loihi' } },
    { code: 'gate-scale', gate: 'c' },
  ],
  [
    'inputs as the file has them, 0 to 255',
    { specification: { input: { mean: 0, scale: 1 } } },
    { code: 'inputs-not-normalised' },
  ],
  [
    'inputs from 0 to 1, not centred',
    { specification: { input: { mean: 0, scale: 255 } } },
    { code: 'inputs-not-normalised' },
  ],
  [
    "Keras 3's hard sigmoid",
    { specification: meanings({ slope: 1 / 6 }) },
    { code: 'activation-meaning', message: expect.stringContaining('hard_sigmoid_quarter') as string },
  ],
  [
    "Keras 2's hard sigmoid",
    { specification: meanings({ slope: 0.2 }) },
    { code: 'activation-meaning', message: expect.stringContaining('hard_sigmoid_quarter') as string },
  ],
  [
    'another hard tanh',
    { specification: meanings({}, { slope: 1 }) },
    { code: 'activation-meaning', message: expect.stringContaining('hard_tanh_half') as string },
  ],
  [
    'the bias of one neuron of the candidate',
    { weights: setBias('c', { neuron: 3, bias: 20 }) },
    { code: 'bias-outlier', gate: 'c', neuron: 3 },
  ],
  [
    'the bias of one neuron of the forget gate',
    { weights: setBias('f', { neuron: 9, bias: -20 }) },
    { code: 'bias-outlier', gate: 'f', neuron: 9 },
  ],
  [
    'the bias of one class',
    { weights: setBias(null, { neuron: 3, bias: 8 }) },
    { code: 'bias-outlier', layer: 'classifier', gate: null, neuron: 3 },
  ],
  ['T = 1', { specification: { timesteps: 1 } }, { code: 'timesteps-few' }],
  ['T = 2', { specification: { timesteps: 2 } }, { code: 'timesteps-few' }],
  ["the paper's coding at T = 8", { specification: { coding: 'reset' } }, { code: 'coding-reset' }],
  [
    'weights of 3 bits',
    { specification: { arithmetic: 'loihi', weightBits: 3 } },
    { code: 'weights-coarse' },
  ],
  [
    'weights of 2 bits',
    { specification: { arithmetic: 'loihi', weightBits: 2 } },
    { code: 'weights-coarse' },
  ],
  ['a clip of the cell state', { specification: { cellClip: 0.3 } }, { code: 'cell-clip' }],
];

describe('the first cause', () => {
  it.each(cases)('is what is broken: %s', async (_name, broken, cause) => {
    const { causes, summary } = await explain(planted(broken));
    expect(causes[0]).toMatchObject(cause);
    expect(summary).toContain(causes[0]!.message);
    // Measured, not guessed.
    expect(causes[0]!.gain.mse).not.toBe(0);
  });

  it('can be mended with its fix: the same network explained again has no such cause', async () => {
    const file = planted({ weights: scaleGate('c', 3) });
    const [cause] = (await explain(file)).causes;
    expect(cause!.gain.accuracy).toBeGreaterThan(0.02);
    const mended = planted({
      weights: scaleGate('c', 3),
      specification: withEdits<Partial<Specification>>({}, cause!.fix.edits),
    });
    const { score, causes } = await explain(mended);
    expect(score.accuracy).toBeCloseTo(cause!.tried.accuracy!, 12);
    expect(score.mse).toBeCloseTo(cause!.tried.mse, 12);
    expect(causes.map(({ code }) => code)).not.toContain('gate-scale');
  });

  it('is none that the answers show where nothing is broken', async () => {
    const { causes, rungs, whole } = await explain(planted({}));
    expect(causes.filter(({ evidence }) => evidence !== 'error')).toEqual([]);
    expect(rungs[0]!.accuracy! - whole.accuracy!).toBeLessThan(0.01);
  });
});

describe('spikewise explain', () => {
  const tiny = useTiny();
  const data = () => ['--data', tiny.file('x.npy'), '--labels', tiny.file('y.npy')];

  it('has rungs that add up to the run of the same options', async () => {
    const options = [...data(), '--timesteps', '4', '--arithmetic', 'loihi'];
    const { rungs, whole } = await explain(tiny.file('model.json'), ...options);
    expect(rungs.map(({ name }) => name)).toEqual(rungNames);
    const total = (change: (rung: (typeof rungs)[number]) => number) =>
      rungs.reduce((sum, rung) => sum + change(rung), 0);
    expect(total(({ change }) => change.mse)).toBeCloseTo(whole.mse, 12);
    expect(rungs[0]!.accuracy! + total(({ change }) => change.accuracy!)).toBeCloseTo(whole.accuracy!, 12);
    expect(whole.difference.mse).toBeCloseTo(0, 12);
    const run = await spikewise(['convert', tiny.file('model.json'), '--json', ...options]);
    const report = JSON.parse(run.stdout) as { accuracy: { spiking: number; analog: number } };
    expect(whole.accuracy).toBe(report.accuracy.spiking);
    expect(rungs[0]!.accuracy).toBe(report.accuracy.analog);
  });

  it('has every layer and gate at every rung, over the sequence steps', async () => {
    const { rungs } = await explain(tiny.file('model.json'), ...data());
    for (const { layers } of rungs) {
      expect(layers.map(({ name, gates }) => [name, gates.map((gate) => gate.name)])).toEqual([
        ['lstm', ['generator', 'i', 'f', 'c', 'o']],
        ['classifier', []],
      ]);
      for (const { mse, perStep } of layers) {
        expect(mse).toBeCloseTo(perStep.reduce((a, b) => a + b, 0) / perStep.length, 12);
      }
    }
  });

  it('explains without labels too, by agreement', async () => {
    const { rungs, causes, whole } = await explain(
      tiny.file('model.json'),
      ...['--data', tiny.file('x.npy'), '--timesteps', '1'],
    );
    expect(whole.accuracy).toBeNull();
    expect(rungs.every(({ accuracy, change }) => accuracy === null && change.accuracy === null)).toBe(true);
    for (const { gain, evidence } of causes) {
      expect(gain.accuracy).toBeNull();
      expect(['answers', 'error']).toContain(evidence);
    }
  });

  it('without labels speaks of agreement, and says how the first change is written', async () => {
    const { stdout } = await spikewise([
      'explain',
      tiny.file('model.json'),
      ...['--data', tiny.file('x.npy'), '--timesteps', '1', '--coding', 'reset'],
    ]);
    expect(stdout).toContain("of the answers as the trained network's");
    expect(stdout).toContain('agreement then');
    expect(stdout).not.toContain('accuracy then');
    expect(stdout).toContain('evidence "');
    expect(stdout).toMatch(/^In the specification: "(timesteps|coding)": /m);
  });

  it.each(['explain', 'sweep'])(
    '%s points to what lists the fixes of a model that cannot be converted',
    async (command) => {
      const { code, stdout, stderr } = await spikewise([command, plantUnbounded(tiny.empty()), '--json']);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /^spikewise: [^\n]*softmax[^\n]*"spikewise convert" lists every finding[^\n]*\n$/,
      );
    },
  );

  it('prints tables and the paragraph, and writes the explanation where --out says', async () => {
    const { code, stdout } = await spikewise([
      'explain',
      tiny.file('model.json'),
      ...data(),
      ...['--out', tiny.file('results')],
    ]);
    expect(code).toBe(0);
    const name = path.basename(path.dirname(tiny.file('model.json')));
    const written = readJson(
      tiny.file(path.join('results', `${name}.spikewise-explain.json`)),
    ) as Explanation;
    expect(stdout.trimEnd().endsWith(written.summary)).toBe(true);
    for (const rung of rungNames) expect(stdout).toContain(rung);
    expect(stdout).toContain('The changes add up to the run itself');
  });

  it.each([['--outputs', 'a.npy'], ['--keep'], ['--no-reuse'], ['--html', 'a.html']])(
    'refuses %s',
    async (...args) => {
      const { code, stderr } = await spikewise(['explain', tiny.file('model.json'), ...args]);
      expect(code).toBe(2);
      expect(stderr).toContain(`explain takes no ${args[0]}`);
    },
  );

  it('says what is wrong with a correction of no layer', async () => {
    const file = planted({ specification: { corrections: [{ layer: 'none', weightScale: 2 }] } });
    const { code, stderr } = await spikewise(['explain', file]);
    expect(code).toBe(2);
    expect(stderr).toContain('corrections.0 names the layer "none"');
    expect(readFileSync(file, 'utf8')).toContain('none');
  });
});
