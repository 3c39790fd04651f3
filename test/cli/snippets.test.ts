/**
 * The Python modules that people train with elsewhere: run by their frameworks, and converted.
 * SPIKEWISE_PYTHON names interpreters that have them, separated as PATH is; else python3 is asked.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { spikewise } from '../support/cli.ts';
import { readFloats, temporaryFolder } from '../support/files.ts';
import { convertJson } from '../support/tiny.ts';

const root = path.resolve(import.meta.dirname, '../..');
const snippets = path.join(root, 'snippets');
const interpreters = [...(process.env['SPIKEWISE_PYTHON']?.split(path.delimiter) ?? []), 'python3'];

/** The first interpreter that has the module. */
function pythonWith(module: string): string | undefined {
  return interpreters.find((python) => {
    const code = `import importlib.util, sys; sys.exit(importlib.util.find_spec("${module}") is None)`;
    return spawnSync(python, ['-c', code]).status === 0;
  });
}

/** Says why it is skipped. */
function titleOf(framework: string, python: string | undefined): string {
  const asked = interpreters.join(', ');
  return `the ${framework} module${python === undefined ? ` (skipped: none of ${asked} has ${framework})` : ''}`;
}

const { folder, remove } = temporaryFolder('snippets');
afterAll(remove);

/** @returns a file of what it has written */
function check(python: string, script: string): (name: string) => string {
  const args = [path.join(root, 'test/snippets', script), snippets, folder];
  execFileSync(python, args, { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }, stdio: 'pipe' });
  return (name) => path.join(folder, name);
}

const hardSigmoid = { slope: 0.25, offset: 0.5, low: 0, high: 1 };
const hardTanh = { slope: 0.5, offset: 0, low: -1, high: 1 };
/** normalise(x, -2, 3) of the scripts. */
const input = { mean: 0.5, scale: 2.5 };

async function analogOf(specification: object): Promise<Float32Array> {
  const [spec, outputs] = [path.join(folder, 'own.spikewise.json'), path.join(folder, 'analog.npy')];
  writeFileSync(spec, JSON.stringify({ data: { inputs: 'x.npy' }, input, timesteps: 8, ...specification }));
  const report = await convertJson([spec, '--analog-outputs', outputs]);
  const lstm = report.layers.filter(({ kind }) => kind === 'LSTM');
  expect(lstm.map(({ runsAs }) => runsAs)).toEqual(['spiking', 'spiking']);
  return readFloats(outputs).values;
}

/** Largest distance of any two outputs. */
function apart(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, k) => Math.max(most, Math.abs(value - b[k]!)), 0);
}

/** What was computed with rounded counts is much nearer to the spiking network than the exact values are. */
async function expectCounts(file: (name: string) => string, specification: object): Promise<void> {
  const spec = file('rounded.spikewise.json');
  writeFileSync(spec, JSON.stringify({ ...specification, data: { inputs: 'x.npy' }, input, timesteps: 8 }));
  await convertJson([spec, '--outputs', file('spiking.npy')]);
  const spiking = readFloats(file('spiking.npy')).values;
  const error = (name: string) =>
    readFloats(file(name)).values.reduce((sum, value, k) => sum + (value - spiking[k]!) ** 2, 0);
  expect(error('rounded.npy')).toBeLessThan(0.1 * error('small.npy'));
}

const torch = pythonWith('torch');
describe.skipIf(torch === undefined)(titleOf('PyTorch', torch), () => {
  const specification = {
    model: 'state.pt',
    layers: [
      { name: 'lstm', activation: 'hard_tanh_paper', recurrentActivation: 'hard_sigmoid_paper' },
      { name: 'out' },
    ],
    activations: { hard_sigmoid_paper: hardSigmoid, hard_tanh_paper: hardTanh },
  };

  it('computes what its state_dict becomes, with and without the clip of the cell', async () => {
    const file = check(torch!, 'check_torch.py');
    const [exact, clipped] = [readFloats(file('exact.npy')).values, readFloats(file('clipped.npy')).values];
    expect(apart(await analogOf(specification), exact)).toBeLessThan(1e-5);
    expect(apart(await analogOf({ ...specification, cellClip: 0.4 }), clipped)).toBeLessThan(1e-5);
    expect(apart(exact, clipped)).toBeGreaterThan(1e-3);
  });

  it('with rounded counts counts as the spiking network does', async () => {
    await expectCounts(check(torch!, 'check_torch.py'), { ...specification, model: 'small.pt' });
  });

  it('says itself what stands in the specification', () => {
    const text = readFileSync(path.join(snippets, 'constrained_lstm_torch.py'), 'utf8');
    const block = text.slice(text.indexOf('    "layers"'), text.indexOf('"""\n\nimport'));
    const { layers, activations } = specification;
    expect(JSON.parse(`{${block}}`)).toEqual({ layers, activations });
  });
});

const keras = pythonWith('keras') ?? pythonWith('tensorflow');
describe.skipIf(keras === undefined)(titleOf('Keras', keras), () => {
  it('computes what its plain copy becomes, with and without the clip of the cell', async () => {
    const file = check(keras!, 'check_keras.py');
    const specification = {
      model: 'model.keras',
      activations: { hard_sigmoid_quarter: hardSigmoid, hard_tanh_half: hardTanh },
    };
    const [exact, clipped] = [readFloats(file('exact.npy')).values, readFloats(file('clipped.npy')).values];
    expect(apart(await analogOf(specification), exact)).toBeLessThan(1e-5);
    expect(apart(await analogOf({ ...specification, cellClip: 0.4 }), clipped)).toBeLessThan(1e-5);
    expect(apart(exact, clipped)).toBeGreaterThan(1e-3);
  });

  it('with rounded counts counts as the spiking network does', async () => {
    const file = check(keras!, 'check_keras.py');
    const activations = { hard_sigmoid_quarter: hardSigmoid, hard_tanh_half: hardTanh };
    await expectCounts(file, { model: 'small.keras', activations });
  });
});

it.each([
  ['pytorch', 'constrained_lstm_torch.py'],
  ['keras', 'constrained_lstm_keras.py'],
])('spikewise snippet %s prints it', async (framework, name) => {
  const { code, stdout } = await spikewise(['snippet', framework]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: readFileSync(path.join(snippets, name), 'utf8') });
});

it('spikewise snippet knows no other framework', async () => {
  const { code, stderr } = await spikewise(['snippet', 'jax']);
  expect(code).toBe(2);
  expect(stderr).toContain('snippet needs one of pytorch, keras');
});
