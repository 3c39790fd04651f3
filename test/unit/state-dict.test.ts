import { describe, expect, it } from 'vitest';
import { isSafetensors, readSafetensors } from '../../src/core/formats/weights/safetensors.ts';
import { planStateDict, readStateDict, type LayerChoice } from '../../src/core/formats/weights/state-dict.ts';
import type { StoredTensor } from '../../src/core/formats/weights/stored-tensor.ts';
import { InputFault } from '../../src/core/findings/types.ts';
import { bytesSource, faultOf } from './sources.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

/** Values 0, 1, 2, ... */
function dictOf(shapes: Shapes, ordered = true, size = 2 ** 20) {
  const entries = Object.entries(shapes).map(([name, shape]): [string, StoredTensor] => {
    const count = shape.reduce((product, size) => product * size, 1);
    const read = () => Promise.resolve(Float32Array.from({ length: count }, (_, i) => i));
    return [name, { shape, type: 'float32', read }];
  });
  return { tensors: new Map(entries), ordered, size };
}

const linear = (name: string, input: number, output: number): Shapes => ({
  [`${name}.weight`]: [output, input],
  [`${name}.bias`]: [output],
});
const lstm = (name: string, input: number, units: number, layer = '_l0'): Shapes => ({
  [`${name}.weight_ih${layer}`]: [4 * units, input],
  [`${name}.weight_hh${layer}`]: [4 * units, units],
  [`${name}.bias_ih${layer}`]: [4 * units],
  [`${name}.bias_hh${layer}`]: [4 * units],
});

const plan = (shapes: Shapes, ordered = true, layers: readonly LayerChoice[] | null = null) =>
  planStateDict(dictOf(shapes, ordered), 'm.pt', layers && { file: 's.spikewise.json', layers });
const names = (shapes: Shapes, ordered = true) => plan(shapes, ordered).blocks.map(({ block }) => block.name);
const message = async (shapes: Shapes, ordered = true) =>
  (await faultOf(() => plan(shapes, ordered))).message;

describe('order', () => {
  it('follows from the shapes, whatever the order of the file', () => {
    const shapes = { ...linear('a_head', 7, 2), ...lstm('b', 5, 7), ...lstm('c', 3, 5) };
    expect(names(shapes)).toEqual(['c', 'b', 'a_head']);
    expect(plan(shapes).assumptions[0]).toBe(
      'The layers were put in the only order in which their shapes fit: c, b, a_head.',
    );
  });

  it("is the file's where several fit, and the file has one", async () => {
    const shapes = { ...lstm('z', 4, 4), ...lstm('a', 4, 4), ...linear('head', 4, 2) };
    expect(names(shapes)).toEqual(['z', 'a', 'head']);
    expect(plan(shapes).assumptions[0]).toContain(
      'fit in several orders; the order of the file was taken: z, a',
    );
    const fault = await faultOf(() => plan(shapes, false));
    expect(fault.message).toContain('fit in several orders (z, a, head); name them');
    expect(fault.fixes.map(({ title }) => title).sort()).toEqual([
      'Take the order a, z, head',
      'Take the order z, a, head',
    ]);
  });

  it('none fits', async () => {
    expect(await message({ ...lstm('a', 3, 4), ...linear('head', 5, 2) })).toContain(
      "fit in no order ('a' 3 to 4, 'head' 5 to 2)",
    );
  });

  it('many layers of one size take no time', async () => {
    const many = Object.assign({}, ...Array.from({ length: 150 }, (_, i) => lstm(`l${i}`, 4, 4))) as Shapes;
    expect(names(many)).toHaveLength(150);
    expect(await message({ ...many, ...lstm('other', 9, 8) })).toContain('"layers"');
  });

  it('an activation within the network is open', async () => {
    const shapes = { ...lstm('rnn', 3, 4), ...linear('fc1', 4, 6), ...linear('fc2', 6, 2) };
    expect(await message(shapes)).toBe(
      'm.pt: does not say which activation follows the Linear layer \'fc1\', as no state_dict does; name it in the specification: "layers": [{"name":"rnn"},{"name":"fc1","activation":"relu"},{"name":"fc2"}]',
    );
    const { fixes } = await faultOf(() => plan(shapes));
    expect(fixes.map(({ title }) => title)).toEqual([
      'Take ReLU after "fc1"',
      'Take no activation after "fc1"',
    ]);
    expect(plan(shapes, true, fixes[0]!.edits[0]!.value as LayerChoice[]).blocks).toHaveLength(3);
  });
});

describe('the specification goes before what is assumed', () => {
  const shapes = {
    ...lstm('rnn', 3, 4),
    ...linear('fc1', 4, 6),
    ...linear('fc2', 6, 2),
    ...linear('aux', 4, 9),
  };

  it('in order, activations and steps', async () => {
    const layers = [
      { name: 'rnn', activation: 'hard_tanh', recurrentActivation: 'hard_sigmoid', returnSequences: true },
      { name: 'fc1', activation: 'relu' },
      { name: 'fc2', activation: 'softmax' },
    ];
    const choices = { file: 's.spikewise.json', layers };
    const network = await readStateDict(dictOf(shapes), 'm.pt', choices);
    expect(network.assumptions).toEqual([]);
    expect(network.layers).toMatchObject([
      { name: 'rnn', activation: 'hard_tanh', recurrentActivation: 'hard_sigmoid', returnSequences: true },
      { name: 'fc1', activation: 'relu' },
      { name: 'fc2', activation: 'softmax' },
    ]);
  });

  it('says what it leaves open', () => {
    const { assumptions } = plan(shapes, true, [
      { name: 'rnn' },
      { name: 'fc1', activation: 'relu' },
      { name: 'fc2' },
    ]);
    expect(assumptions).toHaveLength(3);
    expect(assumptions.join(' ')).not.toContain('order');
  });

  it.each([
    [
      [{ name: 'rnn' }, { name: 'fc3' }],
      1,
      "names 'fc3', which the model does not have; it has 'rnn', 'fc1'",
    ],
    [[{ name: 'rnn' }, { name: 'rnn' }], 1, "names 'rnn', which the model does not have"],
    [[{ name: 'rnn' }, { name: 'fc2' }], 1, "'fc2' takes 6 features, but 'rnn' before it gives 4"],
  ])('%j', async (layers, at, words) => {
    const fault = await faultOf(() => plan(shapes, true, layers));
    expect(fault).toMatchObject({
      code: 'specification-invalid',
      file: 's.spikewise.json',
      place: { file: 'specification', path: ['layers', at] },
    });
    expect(fault.message).toContain(words);
  });
});

it('layers that name the same values over and over are refused before they are read', async () => {
  const shapes = Object.assign({}, ...Array.from({ length: 100 }, (_, i) => lstm(`l${i}`, 64, 64))) as Shapes;
  const bytes = 100 * 4 * (2 * 256 * 64 + 2 * 256);
  await expect(readStateDict(dictOf(shapes, true, bytes), 'm.pt', null)).resolves.toBeDefined();
  const fault = await faultOf(() => readStateDict(dictOf(shapes, true, bytes / 5), 'm.pt', null));
  expect(fault.message).toContain('names the same values many times');
});

describe('modules', () => {
  it('transposes, adds both biases, and keeps the gates in order', async () => {
    const { layers } = await readStateDict(dictOf(lstm('rnn', 2, 1)), 'm.pt', null);
    expect(layers[0]).toMatchObject({
      kernel: { shape: [2, 4], values: Float32Array.of(0, 2, 4, 6, 1, 3, 5, 7) },
      recurrentKernel: { shape: [1, 4], values: Float32Array.of(0, 1, 2, 3) },
      bias: { shape: [4], values: Float32Array.of(0, 2, 4, 6) },
    });
  });

  it.each([
    ['nn.BatchNorm', { 'n.weight': [4], 'n.bias': [4], 'n.running_mean': [4], 'n.running_var': [4] }],
    ['nn.LayerNorm', { 'n.weight': [4], 'n.bias': [4] }],
    ['nn.Conv', { 'c.weight': [4, 3, 5], 'c.bias': [4] }],
    ['nn.MultiheadAttention', { 'a.in_proj_weight': [12, 4], 'a.in_proj_bias': [12] }],
    ['module', { 'q.scale': [4] }],
  ] as [string, Shapes][])('%s is listed as unsupported', (className, shapes) => {
    const { blocks } = plan({ ...shapes, ...lstm('rnn', 3, 4) });
    expect(blocks.map(({ block }) => block.kind)).toEqual(['Unsupported', 'Recurrent']);
    expect(blocks[0]?.block).toMatchObject({ className });
  });

  it.each([
    ['nn.LSTM', 4, '_l0'],
    ['nn.GRU', 3, '_l0'],
    ['nn.RNN', 1, '_l0'],
    ['nn.LSTMCell', 4, ''],
    ['nn.GRUCell', 3, ''],
    ['nn.RNNCell', 1, ''],
  ])('%s has %i rows of recurrent weights for each unit', (className, gates, suffix) => {
    // Sizes of which one is a multiple of the other.
    for (const units of [1, 3, 4, 12]) {
      const { blocks } = plan({
        [`r.weight_ih${suffix}`]: [gates * units, 3],
        [`r.weight_hh${suffix}`]: [gates * units, units],
      });
      expect(blocks[0]?.block).toMatchObject({ kind: 'Recurrent', className, input: 3, output: units });
    }
  });

  it('puts the gates of a GRU in the order z, r, c and keeps its biases apart', async () => {
    const { layers } = await readStateDict(
      dictOf({
        'gru.weight_ih_l0': [3, 2],
        'gru.weight_hh_l0': [3, 1],
        'gru.bias_ih_l0': [3],
        'gru.bias_hh_l0': [3],
      }),
      'm.pt',
      null,
    );
    expect(layers[0]).toMatchObject({
      kind: 'GRU',
      resetAfter: true,
      // Of r, z, n.
      kernel: { shape: [2, 3], values: Float32Array.of(2, 0, 4, 3, 1, 5) },
      recurrentKernel: { shape: [1, 3], values: Float32Array.of(1, 0, 2) },
      bias: { shape: [3], values: Float32Array.of(1, 0, 2) },
      recurrentBias: { shape: [3], values: Float32Array.of(1, 0, 2) },
    });
  });

  it.each([
    ['no recurrent weights', { 'r.weight_ih_l0': [16, 3] }, "has no 'r.weight_hh_l0'"],
    [
      'one bias alone',
      { 'r.weight_ih': [16, 3], 'r.weight_hh': [16, 4], 'r.bias_ih': [16] },
      "has no 'r.bias_hh'",
    ],
    ['a missing layer', { ...lstm('r', 3, 4), ...lstm('r', 4, 4, '_l2') }, 'has no layer 1'],
    ['layers that do not fit', { ...lstm('r', 3, 4), ...lstm('r', 5, 4, '_l1') }, 'where [16, 4] is needed'],
    ['a bias of another length', { ...linear('l', 3, 4), 'l.bias': [5] }, "'l.bias' of shape [5], where [4]"],
    ['no matrix', { 'r.weight_ih_l0': [16, 3], 'r.weight_hh_l0': [16] }, 'where a matrix is needed'],
    [
      'an axis of no length',
      { 'r.weight_ih_l0': [0, 3], 'r.weight_hh_l0': [0, 0] },
      'where a matrix is needed',
    ],
    ['rows of no recurrent module', { 'r.weight_ih_l0': [8, 3], 'r.weight_hh_l0': [8, 4] }, 'where [16, 4]'],
    [
      'a GRU on an LSTM',
      { ...lstm('r', 3, 4), 'r.weight_ih_l1': [12, 4], 'r.weight_hh_l1': [12, 4] },
      "'r.weight_hh_l1' of shape [12, 4], where [16, 4] is needed",
    ],
    ['nothing', {}, 'holds no parameters'],
  ] as [string, Shapes, string][])('%s', async (_, shapes, words) => {
    expect(await message(shapes)).toContain(words);
  });

  it('more modules than any chain has, and names beyond every table', async () => {
    const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`m.l${i}.weight`, [4, 4]]));
    expect(await message(many)).toContain('has 10001 modules; at most 10,000 are read');
    expect(await message({ [`${'a'.repeat(2000)}.weight`]: [4, 4] })).toContain('2007 characters long');
  });

  it('takes off what is put around every module', () => {
    expect(names({ ...lstm('module.model.rnn', 3, 4), ...linear('module.model.head', 4, 2) })).toEqual([
      'rnn',
      'head',
    ]);
    expect(names({ ...lstm('model.rnn', 3, 4), ...linear('head', 4, 2) })).toEqual(['model.rnn', 'head']);
    expect(names({ weight_ih: [16, 3], weight_hh: [16, 4] })).toEqual(['lstm']);
  });
});

describe('nn.Embedding', () => {
  const table = (name: string, vocabulary: number, dimension: number): Shapes => ({
    [`${name}.weight`]: [vocabulary, dimension],
  });
  const kinds = (shapes: Shapes, layers: readonly LayerChoice[] | null = null) =>
    plan(shapes, true, layers).blocks.map(({ block }) => `${block.name} ${block.kind}`);

  it.each(['embedding', 'encoder.embed_tokens', 'wte', 'tok_emb', 'src_tok'])(
    'is known by the name %s',
    (name) => {
      const shapes = { ...lstm('rnn', 3, 4), ...table(name, 100, 3), ...linear('head', 4, 2) };
      expect(kinds(shapes)).toEqual([`${name} Embedding`, 'rnn Recurrent', 'head Linear']);
      const { inputShape, assumptions } = plan(shapes);
      expect(inputShape).toEqual([null]);
      expect(assumptions.some((words) => words.includes('an embedding of 100 ids'))).toBe(true);
    },
  );

  it('and by its shape: a Linear without bias of such a name stays one', () => {
    const layers = (...named: string[]) => named.map((name) => ({ name, activation: 'tanh' }));
    const before = { ...table('embed', 3, 9), ...lstm('rnn', 3, 4) };
    expect(kinds(before, layers('embed', 'rnn'))).toEqual(['embed Linear', 'rnn Recurrent']);
    const unnamed = { ...table('words', 3, 9), ...lstm('rnn', 3, 4) };
    expect(kinds(unnamed, layers('words', 'rnn'))).toEqual(['words Linear', 'rnn Recurrent']);
    expect(kinds({ ...lstm('rnn', 3, 4), ...table('token_head', 100, 4) })).toEqual([
      'rnn Recurrent',
      'token_head Linear',
    ]);
  });

  it('where both fit, the specification says which', async () => {
    const shapes = { ...table('embed', 4, 4), ...lstm('rnn', 4, 4) };
    const fault = await faultOf(() => plan(shapes));
    expect(fault.message).toContain("whether 'embed' of shape [4, 4] is an nn.Embedding");
    const [embedding, asLinear] = fault.fixes.map(({ edits }) => edits[0]!.value as LayerChoice[]);
    expect(kinds(shapes, embedding)).toEqual(['embed Embedding', 'rnn Recurrent']);
    expect(new Set(kinds(shapes, asLinear))).toEqual(new Set(['embed Linear', 'rnn Recurrent']));
    const open = await faultOf(() => plan(shapes, true, [{ name: 'embed' }, { name: 'rnn' }]));
    expect(open.message).toContain('add "embedding", true or false');
    expect(open.code).toBe('specification-invalid');
  });

  it('of any name is one where the specification says so, and nothing else is', async () => {
    const shapes = { ...table('words', 100, 3), ...lstm('rnn', 3, 4), ...linear('head', 4, 2) };
    const chosen = [{ name: 'words', embedding: true }, { name: 'rnn' }, { name: 'head' }];
    expect(kinds(shapes, chosen)).toEqual(['words Embedding', 'rnn Recurrent', 'head Linear']);
    const fault = await faultOf(() => plan(shapes, true, [{ name: 'head', embedding: true }]));
    expect(fault.message).toContain("takes 'head' for an embedding, which is no matrix alone");
  });
});

describe('a bidirectional nn.LSTM', () => {
  const both = (name: string, input: number, units: number, layer = '_l0') => ({
    ...lstm(name, input, units, layer),
    ...lstm(name, input, units, `${layer}_reverse`),
  });

  it('is two layers, forward then backward, each stacked one of both', async () => {
    const shapes = { ...both('rnn', 3, 4), ...both('rnn', 8, 4, '_l1'), ...linear('head', 8, 2) };
    const { layers } = await readStateDict(dictOf(shapes), 'm.pt', null);
    expect(layers).toMatchObject([
      { name: 'rnn.l0 (forward)', inputSize: 3, returnSequences: true },
      { name: 'rnn.l0 (backward)', inputSize: 3, returnSequences: true, direction: 'backward' },
      { name: 'rnn.l1 (forward)', inputSize: 8, returnSequences: false },
      { name: 'rnn.l1 (backward)', inputSize: 8, returnSequences: false, direction: 'backward' },
      { name: 'head' },
    ]);
  });

  it.each([
    [
      'a direction missing',
      { ...both('r', 3, 4), ...lstm('r', 8, 4, '_l1') },
      "has no 'r.weight_hh_l1_reverse'",
    ],
    ['other inputs', { ...lstm('r', 3, 4), ...lstm('r', 5, 4, '_l0_reverse') }, 'where [16, 3] is needed'],
    [
      'other sizes',
      { ...lstm('r', 3, 4), ...lstm('r', 3, 5, '_l0_reverse') },
      'directions of different sizes',
    ],
    [
      'the width of one direction',
      { ...both('r', 3, 4), ...both('r', 4, 4, '_l1') },
      'where [16, 8] is needed',
    ],
  ] as [string, Shapes, string][])('%s', async (_, shapes, words) => {
    expect(await message(shapes)).toContain(words);
  });
});

describe('safetensors', () => {
  function file(header: unknown, bytes = 16): Uint8Array {
    const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
    const out = new Uint8Array(8 + text.length + bytes);
    new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
    out.set(text, 8);
    return out;
  }
  const fault = (words: string) =>
    new InputFault('weights-unreadable', 'm', words, { file: 'model', path: [] });
  const read = (header: unknown, bytes?: number) =>
    readSafetensors(bytesSource('m', file(header, bytes)), fault);
  const entry = { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] };

  it('names, shapes and values', async () => {
    const tensors = await read({ __metadata__: { format: 'pt' }, 'a.weight': entry });
    expect([...tensors.keys()]).toEqual(['a.weight']);
    expect(await tensors.get('a.weight')?.read()).toEqual(new Float32Array(4));
    expect(isSafetensors(file({}), file({}).length)).toBe(true);
    expect(isSafetensors(file({}), 9)).toBe(false);
  });

  it.each([
    [{ a: { ...entry, dtype: 'Q4' } }, 'of the unknown type "Q4"'],
    [{ a: { ...entry, shape: [-2, -2] } }, 'of the impossible shape [-2,-2]'],
    [{ a: { ...entry, shape: [2 ** 31, 2] } }, 'of the impossible shape'],
    [{ a: { ...entry, shape: [2e9, 2e9] } }, 'of the impossible shape'],
    [{ a: { ...entry, shape: [1e9, 1] } }, 'in the wrong place: 3.7 GiB are needed'],
    [{ a: { ...entry, data_offsets: [0, 12] } }, 'in the wrong place'],
    [{ a: { ...entry, data_offsets: [16, 0] } }, 'in the wrong place'],
    [{ a: { ...entry, data_offsets: [4, 20] } }, 'is too short'],
    [{ a: 1 }, 'without a description'],
    [[entry], 'no JSON object'],
    ['{"a": ', 'has a header that is not valid JSON'],
  ])('%j', async (header, words) => {
    expect((await faultOf(() => read(header))).message).toContain(words);
  });

  it('whole numbers are refused when a layer needs them, and not before', async () => {
    const tensors = await read({ a: { dtype: 'I64', shape: [2], data_offsets: [0, 16] } });
    expect((await faultOf(() => tensors.get('a')!.read())).message).toContain("tensor 'a' of type int64");
  });
});
