/** One network through every door, and what is no model. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync, zipSync } from 'fflate';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputFault } from '../../src/core/findings/types.ts';
import { readModelFile } from '../../src/core/formats/model-file.ts';
import { readInputsOf } from '../../src/core/formats/model-kind.ts';
import type { LayerChoices } from '../../src/core/formats/weights/state-dict.ts';
import { findSpecifications } from '../../src/node/specifications.ts';
import { writeDefaultSpecification } from '../../src/worker/default-specification.ts';
import { folderOf, openFile } from '../../src/node/files.ts';
import { openHdf5 } from '../../src/worker/hdf5.ts';
import { expectGoldenNetwork, modelBytes } from '../support/models.ts';
import { bytesSource, faultOf, memoryFolder } from './sources.ts';

const models = path.join(import.meta.dirname, '../golden/models');
const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;

async function read(file: string, choices: LayerChoices | null = null) {
  return readModelFile(await openFile(file, role), folderOf(file), { openHdf5, choices });
}
const readBytes = (name: string, bytes: Uint8Array) =>
  readModelFile(bytesSource(name, bytes), memoryFolder(new Map()), { openHdf5, choices: null });
const message = async (name: string, bytes: Uint8Array) =>
  (await faultOf(() => readBytes(name, bytes))).message;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikewise-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

const doors = [
  ['pytorch/state.pt', 'PyTorch state_dict'],
  ['pytorch/checkpoint.pth', "PyTorch checkpoint, 'model_state_dict'"],
  ['pytorch/state.safetensors', 'safetensors'],
  ['keras/keras3-network.keras', 'Keras 3'],
  ['keras/keras3-network.h5', 'Keras 3'],
  ['keras/keras2-network.keras', 'Keras 2'],
  ['keras/keras2-network.h5', 'Keras 2'],
  ['onnx/pytorch.onnx', 'ONNX opset'],
  ['onnx/pytorch-external.onnx', 'ONNX opset'],
  ['onnx/keras.onnx', 'ONNX opset'],
] as const;

describe('one network through every door', () => {
  it.each(doors)('%s', async (name, format) => {
    const network = await read(path.join(models, name));
    expect(network.format).toContain(format);
    await expectGoldenNetwork(network);
  });

  it.each(doors.filter(([name]) => !name.includes('external')))('%s under another name', async (name) => {
    const file = path.join(folder, 'model');
    await copyFile(path.join(models, name), file);
    await expectGoldenNetwork(await read(file));
  });
});

describe('shape of a sample without the weights', () => {
  it.each([
    ['pytorch/state.pt', [null, 6]],
    ['pytorch/state.safetensors', [null, 6]],
    ['keras/keras3-network.keras', [10, 6]],
    ['keras/keras3-network.h5', null],
    ['onnx/pytorch.onnx', null],
  ])('%s', async (name, shape) => {
    const inputs = await readInputsOf(await openFile(path.join(models, name), role));
    expect(inputs).toEqual(shape && { inputShape: shape });
  });

  it.each(['pytorch/state.pt', 'keras/keras3-network.h5'])(
    '%s gets a specification with its data',
    async (name) => {
      const own = path.join(folder, path.basename(name));
      await mkdir(own);
      const file = path.join(own, path.basename(name));
      await copyFile(path.join(models, name), file);
      await copyFile(path.join(models, 'x.npy'), path.join(own, 'x.npy'));
      const specification = await writeDefaultSpecification(file);
      expect(JSON.parse(await readFile(specification!, 'utf8'))).toMatchObject({
        model: path.basename(name),
        data: { inputs: 'x.npy' },
      });
      expect(await findSpecifications(file)).toEqual([specification]);
    },
  );
});

describe('layers of the specification', () => {
  const choices = { file: 's.spikewise.json', layers: [{ name: 'lstm', activation: 'hard_tanh' }] };

  it("a state_dict's, with PyTorch's meaning of the names", async () => {
    const network = await read(path.join(models, 'pytorch/state.pt'), choices);
    expect(network.layers).toMatchObject([
      { name: 'lstm', activation: 'hard_tanh', recurrentActivation: 'sigmoid', returnSequences: true },
    ]);
    expect(network.activations).toEqual({ hard_tanh: { slope: 1, offset: 0, low: -1, high: 1 } });
    expect(network.assumptions).toContain(
      'hard_tanh is clip(x, -1, 1), as in PyTorch, of whose kind the weights are.',
    );
  });

  it('not of a file that says its layers itself', async () => {
    const fault = await faultOf(() => read(path.join(models, 'keras/keras3-network.keras'), choices));
    expect(fault).toMatchObject({
      code: 'specification-invalid',
      file: 's.spikewise.json',
      fixes: [{ title: 'Remove layers' }],
    });
  });
});

describe('what is no model is named', () => {
  const text = (words: string) => new TextEncoder().encode(words);
  it.each([
    ['a.pt', 'pytorch/legacy.pt', 'older format (before 1.6)'],
    ['a.pt', 'pytorch/plain.pkl', 'is a Python pickle'],
    ['a.pt', 'pytorch/script.pt', 'is a TorchScript program'],
    ['a.pt', 'pytorch/whole.pt', "uses the Python name 'network.Net'"],
    ['a.npz', 'weights.npz', 'is a NumPy archive of arrays (.npz)'],
    ['a.npy', 'x.npy', 'is a NumPy array, not a model; give it as data'],
  ])('%s: %s', async (name, file, words) => {
    expect(await message(name, await modelBytes(file))).toContain(words);
  });

  it.each([
    ['empty', new Uint8Array(0), 'is no model of a known kind'],
    ['model.json', new Uint8Array(0), 'is not valid JSON'],
    ['model.json', Uint8Array.of(0xff, 0xfe, 0), 'is not text in UTF-8'],
    ['a', text('\ufeff {"format": "graph-model"}'), 'is a tfjs GraphModel'],
    ['a', text('{"weight_map": {"a": "b"}}'), 'is the index of weights in several safetensors files'],
    ['a.txt', text('some words'), 'is no model of a known kind'],
    ['a.gz', gzipSync(text('{}')), 'is packed by gzip'],
    ['a.tflite', text('\x20\0\0\0TFL3 and more'), 'is a TensorFlow Lite model'],
    ['a.zip', zipSync({ 'a.txt': text('a') }), 'is a zip archive, but neither'],
    ['a.pt2', zipSync({ 'a/archive_format': text('pt2') }), 'is a program of torch.export'],
  ])('%s', async (name, bytes, words) => {
    expect(await message(name, bytes)).toContain(words);
  });
});

describe('damaged files of every kind are read or faulted, and nothing else is thrown', () => {
  const survives = async (bytes: Uint8Array): Promise<void> => {
    try {
      await readBytes('model', bytes);
    } catch (error) {
      if (!(error instanceof InputFault)) throw error;
      expect(error.message).not.toContain('\n');
    }
  };

  it.each(doors.map(([name]) => name))('%s', async (name) => {
    const bytes = await modelBytes(name);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    const length = fc.oneof(
      { weight: 3, arbitrary: fc.constant(bytes.length) },
      { weight: 1, arbitrary: fc.nat(bytes.length) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 4 }), length, async (changes, kept) => {
        const damaged = bytes.slice(0, kept);
        for (const [at, byte] of changes) if (at < kept) damaged[at] = byte;
        await survives(damaged);
      }),
      { numRuns: 200 },
    );
  });

  it('random bytes after every known start', async () => {
    const starts = [
      '',
      'PK\x03\x04',
      '\x89HDF\r\n\x1a\n',
      '\x80\x02',
      '\x93NUMPY',
      '{',
      '\x08\x07',
      '\x10\0\0\0\0\0\0\0{',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 300 }), async (start, rest) => {
        await survives(Uint8Array.of(...Array.from(start, (letter) => letter.charCodeAt(0)), ...rest));
      }),
      { numRuns: 1000 },
    );
  });
});

it('a file beyond what is read of its kind is refused before it is', async () => {
  const file = path.join(folder, 'large.json');
  await writeFile(file, `{${' '.repeat(64 * 2 ** 20)}}`);
  expect((await faultOf(() => read(file))).message).toContain('at most 64.0 MiB are read');
});
