import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert } from '../../src/core/convert/convert.ts';
import { defaults } from '../../src/core/convert/specification-schema.ts';
import { formatActivations, formatBecomes, formatShape } from '../../src/core/inspect/format.ts';
import { histogram } from '../../src/core/inspect/histogram.ts';
import { summarise, withWeights } from '../../src/core/inspect/summary.ts';
import type { ModelSummary, TensorSummary } from '../../src/core/inspect/types.ts';
import type { Network } from '../../src/core/network/types.ts';
import { startInspection } from '../../src/node/inspection-client.ts';
import type { InspectMessage } from '../../src/protocol/worker.ts';
import { inspectModel } from '../../src/worker/inspect.ts';
import { goldenWeights } from '../support/models.ts';
import { chain, dense, hardActivations, lstm, passing, randomSource } from '../support/networks.ts';

const models = path.join(import.meta.dirname, '../golden/models');

function look(network: Network, activations = hardActivations): ModelSummary {
  const conversion = convert(network, { ...defaults, activations }, {});
  return summarise(
    { network, conversion, activations, isStored: ({ values }) => values.some((value) => value !== 0) },
    { file: '/model.json', bytes: 1, specification: { file: null, note: null } },
  );
}

describe('a histogram', () => {
  const limits = { noNaN: true, min: -Math.fround(1e30), max: Math.fround(1e30) };
  const floats = fc.array(fc.float(limits), { minLength: 1, maxLength: 300 });

  it('has every value in a bin, and its ends in the first and the last', () => {
    fc.assert(
      fc.property(floats, (list) => {
        const values = Float32Array.from(list);
        const { min, max, bins, zeros } = histogram(values);
        expect(bins.reduce((sum, count) => sum + count, 0)).toBe(values.length);
        expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
        expect(bins[0]).toBeGreaterThan(0);
        expect(bins.at(-1)).toBeGreaterThan(0);
        expect(zeros).toBe(values.filter((value) => value === 0).length);
      }),
    );
  });

  it('puts values where they belong', () => {
    const { bins, mean, standardDeviation } = histogram(Float32Array.of(0, 0.26, 0.5, 1));
    expect(bins).toHaveLength(40);
    expect(bins.flatMap((count, i) => (count > 0 ? [[i, count]] : []))).toEqual([
      [0, 1],
      [10, 1],
      [20, 1],
      [39, 1],
    ]);
    expect(mean).toBeCloseTo(0.44, 6);
    // numpy.std([0, 0.26, 0.5, 1])
    expect(standardDeviation).toBeCloseTo(0.36851051661832784, 12);
  });

  it('has one bin where all values are equal', () => {
    expect(histogram(new Float32Array(5).fill(2))).toEqual({
      ...{ min: 2, max: 2, mean: 2, standardDeviation: 0, zeros: 0 },
      bins: [5],
    });
  });
});

describe('a summary', () => {
  const random = randomSource(1);
  const network = chain(
    [null, 3],
    passing('InputLayer'),
    lstm(random, 3, 4, { name: 'first', returnSequences: true }),
    lstm(random, 4, 5, { name: 'second' }),
    dense(random, 5, 6, 'relu', 'wide'),
    dense(random, 6, 2, 'softmax', 'out'),
  );
  const summary = look(network);

  it('has shapes, parameters and what each layer becomes', () => {
    expect(
      summary.layers.map((layer) => [
        layer.name,
        `${formatShape(layer.input)} ${formatShape(layer.output)}`,
        layer.parameters,
        formatBecomes(layer),
      ]),
    ).toEqual([
      ['inputlayer', '[any, 3] [any, 3]', 0, 'no computation'],
      ['first', '[any, 3] [any, 4]', 3 * 16 + 4 * 16 + 16, 'spiking, 4 × 4 neurons'],
      ['second', '[any, 4] [5]', 4 * 20 + 5 * 20 + 20, 'spiking, 4 × 5 neurons'],
      ['wide', '[5] [6]', 36, 'spiking, 6 neurons'],
      ['out', '[6] [2]', 14, 'analog'],
    ]);
    expect(summary.parameters).toBe(128 + 200 + 36 + 14);
  });

  it('says what activations become, and why', () => {
    const [, first, , wide, out] = summary.layers;
    expect(formatActivations(first!.activations)).toBe('hard_tanh_half; hard_sigmoid_quarter (gates)');
    expect(first!.activations.map(({ spiking }) => spiking)).toEqual([
      'clip(0.25 x + 0.5, 0, 1)',
      'clip(0.5 x, -1, 1)',
    ]);
    expect(first!.reasons).toEqual([expect.stringContaining('4 gates become 4 integrate-and-fire neurons')]);
    expect(wide!.activations[0]!.spiking).toBe('max(x, 0)');
    expect(wide!.reasons[0]).toContain('6 integrate-and-fire neurons');
    expect(out!.activations[0]!.spiking).toBeNull();
    expect(out!.reasons).toEqual([expect.stringContaining('stays analog')]);
  });

  it('takes the reasons of what is not converted from the findings', () => {
    const strange = {
      kind: 'Unsupported',
      name: 'a',
      path: [],
      className: 'Attention',
      reason: 'it is no chain',
    };
    const { layers } = look(
      chain([3, 2], strange as Network['layers'][number], dense(random, 4, 2, 'linear')),
    );
    expect(layers[0]).toMatchObject({ kind: 'Attention', runsAs: 'unsupported', output: null });
    expect(layers[0]!.reasons).toEqual(['Layer "a" (Attention) is not supported: it is no chain.']);
    expect(layers[1]).toMatchObject({ input: null, output: null });
  });

  it('leaves out a bias that the file lacks, and lists assumptions beside the findings', () => {
    const plain = dense(random, 2, 3, 'relu');
    const without = { ...plain, bias: { shape: [3], values: new Float32Array(3) } };
    const { layers, assumptions, findings } = look({
      ...chain([2], without),
      assumptions: ['So it was taken.'],
    });
    expect(layers[0]!.tensors.map(({ name }) => name)).toEqual(['kernel']);
    expect(layers[0]!.parameters).toBe(6);
    expect(assumptions).toEqual(['So it was taken.']);
    expect(findings.map(({ code }) => code)).not.toContain('layers-assumed');
  });

  it('flattens', () => {
    const { layers } = look(chain([4, 3], passing('Flatten'), dense(random, 12, 2, 'relu')));
    expect(layers.map(({ output }) => output)).toEqual([[12], [2]]);
    expect(look(chain([null, 3], passing('Flatten'))).layers[0]!.output).toEqual([null]);
  });

  it('writes a slope as a fraction where its decimal has no end', () => {
    const words = (slope: number, offset = 0) =>
      look(chain([2], dense(random, 2, 3, 'own')), { own: { slope, offset, low: -1, high: 1 } }).layers[0]!
        .activations[0]!.spiking;
    expect(words(1 / 6, 0.5)).toBe('clip(x/6 + 0.5, -1, 1)');
    expect(words(Math.fround(1 / 6), -0.5)).toBe('clip(x/6 - 0.5, -1, 1)');
    expect(words(0.2)).toBe('clip(0.2 x, -1, 1)');
    expect(words(1)).toBe('clip(x, -1, 1)');
    expect(words(0.2967)).toBe('clip(0.2967 x, -1, 1)');
  });

  it('cuts names that are no names', () => {
    const { layers } = look(chain([5], dense(random, 5, 6, 'linear', 'x'.repeat(10_000))));
    expect(layers[0]!.name).toBe(`${'x'.repeat(499)}…`);
    expect(layers[0]!.reasons).toEqual([expect.stringMatching(/^Layer "x{492}…$/)]);
  });

  it('gets weights one by one', () => {
    const weights = histogram(Float32Array.of(1, 2));
    const next = withWeights(summary, { layer: 1, tensor: 'bias', weights });
    expect(next.layers[1]!.tensors.map((tensor) => tensor.weights)).toEqual([null, null, weights]);
    expect(next.layers.filter((_, i) => i !== 1)).toEqual(summary.layers.filter((_, i) => i !== 1));
    expect(summary.layers[1]!.tensors[2]!.weights).toBeNull();
  });
});

async function inspect(file: string): Promise<InspectMessage[]> {
  const messages: InspectMessage[] = [];
  await inspectModel({ file: path.join(models, file) }, (message) => messages.push(message));
  return messages;
}

describe('a look at a file', () => {
  for (const [file, format] of [
    ['pytorch/state.pt', /^PyTorch/],
    ['pytorch/state.safetensors', /^safetensors/],
    ['keras/keras3-network.keras', /^Keras 3/],
    ['keras/keras3-network.h5', /^Keras 3/],
    ['onnx/pytorch.onnx', /^ONNX/],
  ] as const) {
    it(`tells the layers before their weights, and counts every one of them: ${file}`, async () => {
      const messages = await inspect(file);
      // What may be chosen, of weights alone, comes before all.
      const [first, ...rest] = messages[0]?.type === 'offer' ? messages.slice(1) : messages;
      expect(messages[0]?.type === 'offer').toBe(file.startsWith('pytorch'));
      expect(first).toMatchObject({ type: 'layers', summary: { parameters: 1540 } });
      const { summary } = first as Extract<InspectMessage, { type: 'layers' }>;
      expect(summary.format).toMatch(format);
      expect(rest.at(-1)).toEqual({ type: 'end' });
      const counted = rest.flatMap((message) => (message.type === 'weights' ? [message.counted] : []));
      const whole = counted.reduce(withWeights, summary);
      const computing = whole.layers.filter(({ tensors }) => tensors.length > 0);
      expect(computing.map(({ kind, parameters }) => [kind, parameters])).toEqual([
        ['LSTM', 1472],
        ['Dense', 68],
      ]);
      const [lstmTensors, denseTensors] = computing.map(({ tensors }) => tensors);
      const golden = await goldenWeights();
      const expectWeights = ({ weights }: TensorSummary, name: string): void => {
        const expected = histogram(golden.get(name)!.values);
        expect(weights).toMatchObject({ min: expected.min, max: expected.max, bins: expected.bins });
        // Summed in another order.
        const { mean, standardDeviation } = weights as typeof expected;
        expect(mean).toBeCloseTo(expected.mean, 9);
        expect(standardDeviation).toBeCloseTo(expected.standardDeviation, 9);
      };
      expectWeights(lstmTensors![0]!, 'lstm.weight_ih_l0');
      expectWeights(lstmTensors![1]!, 'lstm.weight_hh_l0');
      expectWeights(denseTensors![0]!, 'head.weight');
      expectWeights(denseTensors![1]!, 'head.bias');
    });
  }

  async function counted(file: string): Promise<ModelSummary> {
    const messages = await inspect(file);
    const { summary } = messages.find(({ type }) => type === 'layers') as Extract<
      InspectMessage,
      { type: 'layers' }
    >;
    return messages.reduce(
      (whole, message) => (message.type === 'weights' ? withWeights(whole, message.counted) : whole),
      summary,
    );
  }

  it.each(['keras/keras3-graph.keras', 'keras/keras3-graph.h5'])(
    'names what puts layers together, and whose weights a layer has: %s',
    async (file) => {
      const { layers, parameters } = await counted(file);
      const of = (name: string) => layers.find((layer) => layer.name === name)!;
      expect(['joined', 'both', 'residual', 'most'].map((name) => of(name).kind)).toEqual([
        'Concatenate',
        'Add',
        'Concatenate',
        'Maximum',
      ]);
      // In the order in which they compute; the first has them, counted.
      const uses = layers.filter(({ name }) => name.startsWith('shared'));
      expect(uses).toMatchObject([
        { tensors: [{ name: 'kernel' }, { name: 'bias' }] },
        { tensors: [], parameters: 0, weightsOf: uses[0]!.name },
      ]);
      expect(uses[0]).not.toHaveProperty('weightsOf');
      expect(uses[0]!.tensors.every(({ weights }) => weights !== null)).toBe(true);
      expect(parameters).toBe(layers.reduce((sum, layer) => sum + layer.parameters, 0));
    },
  );

  it.each(['keras/keras3-gru-both.keras', 'keras/keras2-gru-both.h5', 'pytorch/gru-both.pt'])(
    'shows both biases of a GRU: %s',
    async (file) => {
      const { layers } = await counted(file);
      const [first] = layers.filter(({ kind }) => kind === 'GRU');
      expect(first!.tensors).toMatchObject([
        { name: 'kernel', shape: [3, 12] },
        { name: 'recurrentKernel', shape: [4, 12] },
        { name: 'bias', shape: [12] },
        { name: 'recurrentBias', shape: [12] },
      ]);
      expect(first!.parameters).toBe(3 * 12 + 4 * 12 + 24);
      const [bias, recurrent] = first!.tensors.slice(2).map(({ weights }) => weights as { mean: number });
      expect(bias!.mean).not.toBe(recurrent!.mean);
    },
  );

  it('says what was assumed', async () => {
    const [offer, first] = await inspect('pytorch/state.pt');
    expect(offer).toMatchObject({ type: 'offer', offer: { orders: [['lstm', 'head']], complete: true } });
    const { summary } = first as Extract<InspectMessage, { type: 'layers' }>;
    expect(summary.assumptions.join('\n')).toContain('sigmoid for its gates and tanh');
  });

  it('throws a fault that names the file where it is none', async () => {
    await expect(inspect('pytorch/script.pt')).rejects.toThrow(/script\.pt: is a TorchScript program/);
    await expect(inspect('pytorch/missing.pt')).rejects.toThrow(/missing\.pt/);
  });
});

describe('a worker that looks', () => {
  const worker = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  const request = { file: '/model.pt' };

  it('is ended when it says nothing for too long', async () => {
    const { result } = startInspection(worker('setInterval(() => {}, 1000)'), request, {}, 200);
    expect(await result).toMatchObject({
      outcome: 'failed',
      failure: {
        exitCode: 2,
        file: '/model.pt',
        message: expect.stringContaining('not read within 0.2 s') as string,
      },
    });
  });

  it('fails where it dies', async () => {
    const { result } = startInspection(worker('process.exit(7)'), request);
    expect(await result).toMatchObject({ outcome: 'failed', failure: { exitCode: 3 } });
  });

  it('is ended by cancelling', async () => {
    const running = startInspection(worker('for (;;);'), request);
    running.cancel();
    expect(await running.result).toEqual({ outcome: 'cancelled' });
  });
});
