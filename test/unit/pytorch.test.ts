import { zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputFault } from '../../src/core/findings/types.ts';
import { pickleFault, pytorchPickle } from '../../src/core/formats/weights/pytorch.ts';
import { isSafetensors } from '../../src/core/formats/weights/safetensors.ts';
import type { LayerChoices } from '../../src/core/formats/weights/state-dict.ts';
import { openPytorch, openSafetensors, readWeightFile } from '../../src/core/formats/weights/weight-files.ts';
import { openZip } from '../../src/core/formats/zip.ts';
import type { LstmLayer, Network } from '../../src/core/network/types.ts';
import { analogOutputs, expectGoldenNetwork, largestDifference, modelBytes } from '../support/models.ts';
import { bytesSource, faultOf } from './sources.ts';

async function readBytes(
  bytes: Uint8Array,
  choices: LayerChoices | null = null,
  path = '/m/state.pt',
): Promise<Network> {
  const source = bytesSource(path, bytes);
  if (isSafetensors(bytes.subarray(0, 16), bytes.length)) {
    return readWeightFile(await openSafetensors(source), choices);
  }
  const place = { file: 'model', path: [] } as const;
  const archive = await openZip(source, (words) => new InputFault('weights-unreadable', path, words, place));
  return readWeightFile(await openPytorch(source, archive, pytorchPickle(archive) ?? 'data.pkl'), choices);
}

const read = async (name: string, choices: LayerChoices | null = null) =>
  readBytes(await modelBytes(`pytorch/${name}`), choices, `/m/${name}`);

interface Others {
  readonly x: readonly (readonly (readonly number[])[])[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

async function others(): Promise<Others> {
  return JSON.parse(new TextDecoder().decode(await modelBytes('pytorch/others.json'))) as Others;
}

describe('the network of test/golden/models', () => {
  it.each(['state.pt', 'checkpoint.pth', 'wrapped.pt', 'strided.pt', 'shared.pt', 'float64.pt'])(
    '%s',
    async (name) => {
      const network = await read(name);
      await expectGoldenNetwork(network);
      expect(network.layers.map((layer) => layer.name)).toEqual(['lstm', 'head']);
    },
  );

  it.each(['state.safetensors', 'float64.safetensors'])('%s', async (name) => {
    await expectGoldenNetwork(await read(name));
  });

  it.each(['float16', 'bfloat16'])('%s, the same values from both kinds of file', async (type) => {
    const [a, b] = [await read(`${type}.pt`), await read(`${type}.safetensors`)];
    expect(a.layers).toEqual(b.layers);
    const exact = (await read('state.pt')).layers[0] as LstmLayer;
    const rounded = (a.layers[0] as LstmLayer).kernel.values;
    // Half of the last of 10 or 7 bits, of the largest weight below 4.
    const step = type === 'float16' ? 2 ** -10 : 2 ** -7;
    const difference = largestDifference(rounded, exact.kernel.values);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThanOrEqual(step);
  });

  it('says what it is and what was assumed', async () => {
    expect(await read('state.pt')).toMatchObject({
      name: 'state',
      format: 'PyTorch state_dict',
      inputShape: [null, 6],
      assumptions: [
        'The layers were put in the only order in which their shapes fit: lstm, head.',
        'Layer "lstm" has the parameters of PyTorch\'s nn.LSTM, so it was taken to use sigmoid for its gates and tanh for its candidate and output.',
        'Layer "lstm" was taken to hand on its last sequence step alone to "head".',
        'Layer "head" was taken to have no activation: a state_dict names none, and it is the last layer.',
      ],
    });
    expect((await read('checkpoint.pth')).format).toBe("PyTorch checkpoint, 'model_state_dict'");
    expect((await read('state.safetensors')).format).toBe('safetensors');
  });
});

describe('other modules, with what PyTorch computes', () => {
  it.each(['layers', 'no-bias', 'cell', 'headless', 'gru'])('%s', async (name) => {
    const { x, outputs } = await others();
    const samples = { shape: [x.length, x[0]!.length, 3], values: Float32Array.from(x.flat(2)) };
    const expected = [outputs[name]].flat(4) as number[];
    for (const ending of ['pt', 'safetensors']) {
      const network = await read(`${name}.${ending}`);
      expect(largestDifference(analogOutputs(network, samples), expected)).toBeLessThan(1e-5);
    }
  });

  it('layers of one nn.LSTM', async () => {
    expect((await read('layers.pt')).layers).toMatchObject([
      { name: 'recurrent.l0', returnSequences: true, inputSize: 3 },
      { name: 'recurrent.l1', returnSequences: false, inputSize: 4 },
      { name: 'head' },
    ]);
  });

  it('an nn.LSTM with a projection is listed as unsupported', async () => {
    for (const ending of ['pt', 'safetensors']) {
      const { layers } = await read(`projected.${ending}`);
      const layer = layers.find(({ kind }) => kind === 'Unsupported');
      expect(layer).toMatchObject({ name: 'recurrent', className: 'nn.LSTM' });
      expect(layer).toHaveProperty('reason', expect.stringContaining('proj_size'));
      expect(layers).toHaveLength(2);
    }
  });
});

describe('told apart', () => {
  it('the older format and plain pickles', async () => {
    const legacy = pickleFault(await modelBytes('pytorch/legacy.pt'));
    expect(legacy).toContain('older format (before 1.6)');
    expect(legacy).toContain('torch.save(torch.load(');
    expect(pickleFault(await modelBytes('pytorch/plain.pkl'))).toContain('is a Python pickle');
    expect(pickleFault(await modelBytes('pytorch/state.pt'))).toBeNull();
  });

  it('TorchScript', async () => {
    const fault = await faultOf(() => read('script.pt'));
    expect(fault.message).toContain('/m/script.pt: is a TorchScript program');
    expect(fault.message).toContain('torch.jit.load(file).state_dict()');
  });

  it('a whole module, by the name that it needs', async () => {
    const fault = await faultOf(() => read('whole.pt'));
    expect(fault.message).toContain("uses the Python name 'network.Net'");
    expect(fault.message).toContain("torch.save(model.state_dict(), 'state.pt')");
  });
});

/** A checkpoint with this pickle. */
function checkpoint(pickle: Uint8Array | string, storages: Record<string, Uint8Array> = {}): Uint8Array {
  const bytes = typeof pickle === 'string' ? Uint8Array.from(pickle, (c) => c.charCodeAt(0)) : pickle;
  const entries = Object.entries(storages).map(([key, data]): [string, Uint8Array] => [
    `a/data/${key}`,
    data,
  ]);
  return zipSync({ 'a/data.pkl': bytes, ...Object.fromEntries(entries) }, { level: 0 });
}

const int = (value: number) =>
  'J' + String.fromCharCode(...[0, 8, 16, 24].map((shift) => (value >> shift) & 0xff));
const text = (value: string) => 'X' + int(value.length).slice(1) + value;
const tuple = (...items: string[]) => `(${items.join('')}t`;
/** torch._utils._rebuild_tensor_v2(...), float32 of storage 0 */
const tensor = (shape: number[], strides: number[], offset = 0, type = 'FloatStorage') => {
  const id = tuple(text('storage'), `ctorch\n${type}\n`, text('0'), text('cpu'), int(0));
  const args = [`${id}Q`, int(offset), tuple(...shape.map(int)), tuple(...strides.map(int)), '\x89', '}'];
  return `ctorch._utils\n_rebuild_tensor_v2\n${tuple(...args)}R`;
};
const dict = (entries: Record<string, string>) =>
  `}(${Object.entries(entries)
    .map(([key, value]) => text(key) + value)
    .join('')}u`;
const pickled = (value: string) => `\x80\x02${value}.`;
const linear = (value: string) => pickled(dict({ 'fc.weight': value }));

describe('hostile pickles', () => {
  const messageOf = async (bytes: Uint8Array) => (await faultOf(() => readBytes(bytes))).message;
  const sixteen = { 0: new Uint8Array(64) };

  it.each([
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['torch.serialization', 'load'],
    ['os', 'system\u0000'],
  ])('the name %s.%s is refused', async (module, name) => {
    const message = await messageOf(checkpoint(`\x80\x02c${module}\n${name}\n(${text('id')}tR.`));
    expect(message).toContain(`uses the Python name '${module}.`);
  });

  it('the same by STACK_GLOBAL', async () => {
    expect(await messageOf(checkpoint(`\x80\x04\x8c\x05posix\x8c\x06system\x93.`))).toContain(
      "'posix.system'",
    );
  });

  it('a small tensor is read', async () => {
    const network = await readBytes(checkpoint(linear(tensor([2, 3], [3, 1], 4)), sixteen));
    expect(network.layers).toMatchObject([
      { kind: 'Dense', units: 2, inputSize: 3, kernel: { shape: [3, 2] } },
    ]);
  });

  it.each([
    ['larger than its storage', tensor([5, 4], [4, 1]), 'is too short for tensor'],
    ['beyond its storage', tensor([2, 2], [2, 1], 14), 'is too short for tensor'],
    ['with strides beyond it', tensor([2, 2], [100, 1]), 'is too short for tensor'],
    ['expanded', tensor([8, 8], [0, 1]), 'repeats its values (expand)'],
    ['expanded to terabytes', tensor([2 ** 20, 2 ** 20], [0, 0]), 'names the same values many times'],
    ['of an impossible size', tensor([2 ** 30, 2 ** 30], [0, 0]), 'the impossible shape'],
    ['of whole numbers', tensor([2, 2], [2, 1], 0, 'LongStorage'), 'of type int64'],
  ])('a tensor %s', async (_, value, words) => {
    expect(await messageOf(checkpoint(linear(value), sixteen))).toContain(words);
  });

  it('a tensor without its storage, compressed, not finite', async () => {
    const value = linear(tensor([2, 2], [2, 1]));
    expect(await messageOf(checkpoint(value))).toContain("without 'a/data/0'");
    const compressed = zipSync({
      'a/data.pkl': [Uint8Array.from(value, (c) => c.charCodeAt(0)), { level: 0 }],
      'a/data/0': [new Uint8Array(64), { level: 9 }],
    });
    expect(await messageOf(compressed)).toContain("holds tensor 'fc.weight' compressed");
    const infinite = new Uint8Array(Float32Array.of(0, 0, 0, -Infinity).buffer);
    expect(await messageOf(checkpoint(value, { 0: infinite }))).toContain('the value -Infinity at [1, 1]');
  });

  it('a dictionary that holds itself, and one with many ways to the same', async () => {
    const self = pickled('}q\x00(X\x01\x00\x00\x00ah\x00u');
    expect(await messageOf(checkpoint(self))).toContain('holds no state_dict');
    let value = '}q\x00';
    for (let i = 0; i < 40; i++) {
      const [before, after] = [String.fromCharCode(i), String.fromCharCode(i + 1)];
      value += `}q${after}(${text('a')}h${before}${text('b')}h${before}u`;
    }
    expect(await messageOf(checkpoint(pickled(value)))).toContain('holds no state_dict');
  });

  it('more values than any weights have', async () => {
    expect(await messageOf(checkpoint('\x80\x02' + '}'.repeat(1_000_001) + '.'))).toContain(
      '1,000,000 values',
    );
    expect(await messageOf(checkpoint('\x80\x02' + '('.repeat(2_000_001) + '.'))).toContain('marks');
  });

  it('keys of a prototype are keys', async () => {
    const value = pickled(
      dict({ ['__proto__']: int(1), constructor: int(2), 'fc.weight': tensor([2, 2], [2, 1]) }),
    );
    expect((await readBytes(checkpoint(value, sixteen))).layers).toHaveLength(1);
    expect({}).not.toHaveProperty('fc.weight');
  });

  it.each([
    ['', 'it ends in the middle'],
    ['\x80\x02', 'it ends in the middle'],
    ['\x80\x02.', 'takes a value that is not there'],
    ['\x80\x02h\x05.', 'refers to a value that is not there'],
    ['\x80\x02t.', 'ends a list that was not begun'],
    ['\x80\x02}(Nu.', 'an item without a value'],
    ['\x80\x02N(NNu.', 'no dictionary'],
    ['\x80\x02N(Ne.', 'no list'],
    ['\x80\x02N(tR.', 'calls what is no name'],
    ['\x80\x02B\xff\xff\xff\xffa.', 'it ends in the middle'],
    ['\x80\x02I1\n.', 'unknown opcode 0x49'],
    ['\x80\x02N.', 'holds no state_dict'],
  ])('%j', async (pickle, words) => {
    expect(await messageOf(checkpoint(pickle))).toContain(words);
  });
});

describe('damaged files are read or faulted, and nothing else is thrown', () => {
  const survives = async (bytes: Uint8Array): Promise<boolean> => {
    try {
      const { layers } = await readBytes(bytes);
      for (const layer of layers) {
        if (layer.kind === 'Dense') expect(layer.kernel.values.every(Number.isFinite)).toBe(true);
      }
      return true;
    } catch (error) {
      if (!(error instanceof InputFault)) throw error;
      expect(error.message).not.toContain('\n');
      expect(error.message.length).toBeLessThan(2000);
      return false;
    }
  };

  it.each(['no-bias.pt', 'no-bias.safetensors'])('%s, cut off at every length', async (name) => {
    const bytes = await modelBytes(`pytorch/${name}`);
    for (let length = 0; length < bytes.length; length++) {
      expect(await survives(bytes.slice(0, length))).toBe(false);
    }
  });

  it.each(['no-bias.pt', 'no-bias.safetensors', 'checkpoint.pth', 'gru.pt'])(
    '%s, with other bytes',
    async (name) => {
      const bytes = await modelBytes(`pytorch/${name}`);
      const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
      let readable = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
          const damaged = bytes.slice();
          for (const [at, byte] of changes) damaged[at] = byte;
          if (await survives(damaged)) readable++;
        }),
        { numRuns: 1000 },
      );
      expect(readable).toBeGreaterThan(10);
    },
  );

  it('the pickle alone, with other bytes', async () => {
    const bytes = await modelBytes('pytorch/checkpoint.pth');
    const source = bytesSource('m', bytes);
    const archive = await openZip(
      source,
      (words) => new InputFault('model-unreadable', 'm', words, { file: 'model', path: [] }),
    );
    const entries: Record<string, Uint8Array> = {};
    for (const { name } of archive.entries) entries[name] = await archive.read(name, 2 ** 20);
    const pickle = entries['checkpoint/data.pkl']!;
    const change = fc.tuple(fc.nat(pickle.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const damaged = pickle.slice();
        for (const [at, byte] of changes) damaged[at] = byte;
        await survives(zipSync({ ...entries, 'checkpoint/data.pkl': damaged }, { level: 0 }));
      }),
      { numRuns: 2000 },
    );
  });
});
