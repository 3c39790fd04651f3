/** GRU and SimpleRNN beside the LSTM: stacked, bidirectional, with skipped steps; analog, spiking and between. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ladderNetworks } from '../../src/core/attribute/rungs.ts';
import { addLayer, emptySums, layerActivity } from '../../src/core/compare/sums.ts';
import { blocksOf } from '../../src/core/convert/blocks.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { measureDrives } from '../../src/core/convert/drives.ts';
import type { HybridLayer, SpikingLayer } from '../../src/core/convert/types.ts';
import { layerOperations, neurobench } from '../../src/core/energy/workload.ts';
import { builtinChip } from '../../src/core/chips/builtin.ts';
import { layerDemands } from '../../src/core/map/findings.ts';
import { mapToChip } from '../../src/core/map/map.ts';
import type { Layer } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain, type ChainLink } from '../../src/core/simulate/chain.ts';
import type { Kernel } from '../../src/core/simulate/kernel/types.ts';
import { hybridRunner, type SpikingOptions } from '../../src/core/simulate/spiking.ts';
import type { LayerRun, Trace } from '../../src/core/simulate/types.ts';
import { createAnalogNetwork } from '../../src/worker/tfjs/network.ts';
import { wasmKernel } from '../support/kernels.ts';
import { chain, dense, randomSource, randomTrace } from '../support/networks.ts';
import { converting, spiking, trained } from '../support/options.ts';
import { gru, maskedEmbedding, masking, recurrent, recurrentKinds, simpleRnn } from '../support/recurrent.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';
import { pooling, windows } from '../support/windows.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await wasmKernel();
  await startTfjsFromNodeModules();
});

function analogLinks(layers: readonly Layer[]): ChainLink[] {
  return layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, trained) }));
}

function hybridLinks(layers: readonly HybridLayer[], options: SpikingOptions = spiking): ChainLink[] {
  return layers.map((hybrid) => ({ layer: hybrid.layer, run: hybridRunner(hybrid, kernel, options) }));
}

function converted(layers: readonly Layer[], sample: Trace, options = converting): HybridLayer[] {
  const drives = measureDrives(layers, kernel, trained, 1, () => sample);
  const network = chain([sample.steps, sample.features], ...layers);
  return [...convert(network, options, {}, drives).layers];
}

function last(runs: readonly LayerRun[]): Float32Array {
  return runs.at(-1)!.output.values;
}

/** One or two layers of a kind, each perhaps in both directions, perhaps before a Dense layer; skipping steps or not. */
const stacks = fc.record({
  kind: fc.constantFrom(...recurrentKinds),
  seed: fc.integer(),
  steps: fc.integer({ min: 1, max: 6 }),
  inputs: fc.integer({ min: 1, max: 5 }),
  units: fc.integer({ min: 1, max: 7 }),
  directions: fc.array(fc.boolean(), { minLength: 1, maxLength: 2 }),
  sequences: fc.boolean(),
  masked: fc.boolean(),
  zeroSkipped: fc.boolean(),
  classes: fc.option(fc.integer({ min: 1, max: 3 })),
  activation: fc.constantFrom('tanh', 'hard_tanh_half', 'sigmoid', 'softsign'),
  recurrentActivation: fc.constantFrom('sigmoid', 'hard_sigmoid_quarter', 'hard_sigmoid'),
});
type Stack =
  typeof stacks extends fc.Arbitrary<infer T>
    ? Omit<T, 'activation' | 'recurrentActivation'> & Record<'activation' | 'recurrentActivation', string>
    : never;

const zeros = { zeroSkipped: true } as const;

function layersOf(stack: Stack): { readonly layers: Layer[]; readonly sample: Trace } {
  const { kind, units, activation, recurrentActivation, directions, masked, classes } = stack;
  const random = randomSource(stack.seed);
  const layers: Layer[] = masked ? [masking(0.25)] : [];
  let width = stack.inputs;
  directions.forEach((both, index) => {
    const returnSequences = index < directions.length - 1 || stack.sequences;
    const options = { returnSequences, activation, recurrentActivation, ...(stack.zeroSkipped && zeros) };
    layers.push(recurrent(kind, random, width, units, { ...options, name: `layer ${index}` }));
    if (both) {
      const turned = recurrent(kind, random, width, units, { ...options, name: `layer ${index} backward` });
      layers.push({ ...turned, direction: 'backward' });
    }
    width = both ? 2 * units : units;
  });
  if (classes !== null) layers.push(dense(random, width, classes, 'tanh'));
  const sample = randomTrace(random, stack.inputs, stack.steps);
  if (masked) {
    for (let step = 0; step < stack.steps; step++) {
      if (random() < 0) sample.values.fill(0.25, step * stack.inputs, (step + 1) * stack.inputs);
    }
  }
  return { layers, sample };
}

describe('the analog reference', () => {
  it('gives what tfjs gives, over stacks, directions, sequences, skipped steps and activations', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, async (stack) => {
        const { layers, sample } = layersOf(stack);
        const tfjs = createAnalogNetwork(chain([sample.steps, sample.features], ...layers), trained);
        const wanted = await tfjs.predict(
          1,
          () => sample,
          () => undefined,
        );
        tfjs.dispose();
        const own = last(runChain(analogLinks(layers), sample));
        expect(own.length).toBe(wanted.length);
        own.forEach((value, i) => {
          expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('skips ids of 0 as tfjs does', async () => {
    const random = randomSource(5);
    const layers = [
      maskedEmbedding(random, 9, 4),
      recurrent('GRU', random, 4, 5, { returnSequences: true }),
      recurrent('SimpleRNN', random, 5, 3),
    ];
    const ids = { steps: 6, features: 1, values: Float32Array.from([3, 0, 8, 1, 0, 0]), sequence: true };
    const tfjs = createAnalogNetwork(chain([6], ...layers), trained);
    const wanted = await tfjs.predict(
      1,
      () => ids,
      () => undefined,
    );
    const own = last(runChain(analogLinks(layers), ids));
    own.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i]!, 5);
    });
    // What is skipped at the end changes nothing.
    const short = { ...ids, steps: 4, values: ids.values.slice(0, 4) };
    expect([...last(runChain(analogLinks(layers), short))]).toEqual([...own]);
  });
});

describe('the mean over a sequence', () => {
  it.each(['average', 'max'] as const)(
    'leaves out skipped steps (%s), and is what tfjs gives',
    async (of) => {
      const random = randomSource(9);
      const layers = [
        masking(0),
        recurrent('GRU after', random, 2, 3, { returnSequences: true }),
        dense(random, 3, 2, 'tanh'),
        pooling(windows([1], { channels: 2 }), of, true),
      ];
      const sample = randomTrace(random, 2, 4);
      sample.values.fill(0, 2, 6);
      const tfjs = createAnalogNetwork(chain([4, 2], ...layers), trained);
      const wanted = await tfjs.predict(
        1,
        () => sample,
        () => undefined,
      );
      const runs = runChain(analogLinks(layers), sample);
      const own = last(runs);
      expect([...own].length).toBe(2);
      own.forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i]!, 5);
      });
      const rows = runs[2]!.output.values;
      if (of === 'average') expect(own[0]).toBeCloseTo((rows[0]! + rows[6]!) / 2, 6);
    },
  );
});

describe('skipped sequence steps', () => {
  it.each(recurrentKinds)('leave the state of a layer (%s) as it was, and spike nothing', (kind) => {
    const random = randomSource(11);
    const layers = [masking(0), recurrent(kind, random, 3, 4, { returnSequences: true })];
    const sample = randomTrace(random, 3, 5);
    for (const step of [0, 3]) sample.values.fill(0, 3 * step, 3 * step + 3);
    const [, run] = runChain(hybridLinks(converted(layers, sample)), sample) as [LayerRun, LayerRun];
    const rows = (values: Float32Array | Int32Array, step: number) =>
      [...values].slice((step * values.length) / 5, ((step + 1) * values.length) / 5);
    expect(rows(run.output.values, 0)).toEqual([0, 0, 0, 0]);
    expect(rows(run.output.values, 3)).toEqual(rows(run.output.values, 2));
    expect(rows(run.output.values, 4)).not.toEqual(rows(run.output.values, 3));
    expect(run.spikes!.neurons.some((count) => count > 0)).toBe(true);
    for (const step of [0, 3]) {
      expect(
        [...rows(run.spikes!.neurons, step), ...rows(run.spikes!.inputs, step)].every((n) => n === 0),
      ).toBe(true);
    }
  });
});

describe('the spiking network', () => {
  const hard = stacks.map((stack) => ({
    ...stack,
    activation: 'hard_tanh_half',
    recurrentActivation: 'hard_sigmoid_quarter',
  }));

  it('comes to the analog one as T grows', () => {
    fc.assert(
      fc.property(hard, (stack) => {
        const { layers, sample } = layersOf({ ...stack, classes: null });
        const wanted = last(runChain(analogLinks(layers), sample));
        const error = (timesteps: number) => {
          // The range of a GRU's u depends on T: what is cut off costs no more than what is rounded.
          const hybrid = converted(layers, sample, { ...converting, timesteps });
          const values = last(runChain(hybridLinks(hybrid, { ...spiking, timesteps }), sample));
          return values.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
        };
        expect(error(4096)).toBeLessThan(0.01);
      }),
      { numRuns: 40 },
    );
  });

  it("runs in the chip's arithmetic, near to the analog one", () => {
    fc.assert(
      fc.property(hard, (stack) => {
        const { layers, sample } = layersOf({ ...stack, classes: null });
        const wanted = last(runChain(analogLinks(layers), sample));
        const hybrid = converted(layers, sample, { ...converting, arithmetic: 'loihi' });
        const values = last(
          runChain(hybridLinks(hybrid, { ...spiking, arithmetic: 'loihi', timesteps: 64 }), sample),
        );
        const square = values.reduce((sum, value, i) => sum + (value - wanted[i]!) ** 2, 0) / values.length;
        expect(Math.sqrt(square)).toBeLessThan(0.2);
      }),
      { numRuns: 40 },
    );
  });

  it('is the last rung of the ladder, and the trained one the first', () => {
    fc.assert(
      fc.property(hard, fc.constantFrom('float', 'loihi' as const), (stack, arithmetic) => {
        const { layers, sample } = layersOf(stack);
        const options = { ...spiking, arithmetic };
        const hybrid = converted(layers, sample, { ...converting, arithmetic });
        const rungs = ladderNetworks(hybrid, kernel, options);
        expect([...last(runChain(rungs[0]!.links, sample))]).toEqual([
          ...last(runChain(analogLinks(layers), sample)),
        ]);
        expect([...last(runChain(rungs.at(-1)!.links, sample))]).toEqual([
          ...last(runChain(hybridLinks(hybrid, options), sample)),
        ]);
      }),
      { numRuns: 40 },
    );
  });

  it('needs no restart: a sample gives the same after another', () => {
    const random = randomSource(3);
    const layers = [gru(random, 3, 4, { resetAfter: true })];
    const [first, second] = [randomTrace(random, 3, 4), randomTrace(random, 3, 4)];
    const links = hybridLinks(converted(layers, first));
    const alone = [...last(runChain(links, first))];
    runChain(links, second);
    expect([...last(runChain(links, first))]).toEqual(alone);
  });
});

describe('blocks', () => {
  it('of a GRU are two, which the mapper puts on cores as demands of their own', () => {
    const random = randomSource(7);
    const layers = [gru(random, 5, 6, { resetAfter: true }), dense(random, 6, 3, 'relu')];
    const sample = randomTrace(random, 5, 4);
    const hybrid = converted(layers, sample);
    const demands = layerDemands(hybrid);
    const blocks = blocksOf(hybrid[0] as SpikingLayer);
    expect(blocks.map(({ name }) => name)).toEqual(['gates', 'candidate']);
    expect(
      demands.slice(0, 2).map(({ inputs, populations }) => [inputs, populations.map((p) => p.population)]),
    ).toEqual([
      [11, ['z', 'r', 'u']],
      [11, ['c']],
    ]);
    // What it did is counted by layer, and dealt to its blocks.
    const [analog, spikes] = [runChain(analogLinks(layers), sample), runChain(hybridLinks(hybrid), sample)];
    const sums = hybrid.map((layer, i) => emptySums(layer, spikes[i]!));
    hybrid.forEach((layer, i) => {
      addLayer(sums[i]!, layer, analog[i]!, spikes[i]!);
    });
    const activity = layerActivity(hybrid, sums, 1);
    const chip = builtinChip('loihi1');
    const options = { chips: 1, fill: 1, weightBits: 8, generators: 'processors' } as const;
    const usage = mapToChip(demands, activity, chip, options);
    const total = (values: Int32Array) => values.reduce((a, b) => a + b, 0);
    const neurons = total(spikes[0]!.spikes!.neurons) + total(spikes[1]!.spikes!.neurons);
    expect(usage.cores.reduce((sum, { traffic }) => sum + traffic!.spikes, 0)).toBeCloseTo(neurons, 6);
    const onCores = usage.cores.flatMap(({ populations }) => populations);
    expect(onCores.filter(({ layer }) => layer === 'gru').reduce((sum, p) => sum + p.neurons, 0)).toBe(24);
  });

  it('give what the layer computes: weights and biases of every kind', () => {
    fc.assert(
      fc.property(fc.constantFrom(...recurrentKinds), fc.integer(), (kind, seed) => {
        const random = randomSource(seed);
        const layer = recurrent(kind, random, 3, 4);
        const sample = randomTrace(random, 3, 3);
        const [run] = runChain(analogLinks([layer]), sample) as [LayerRun];
        const [hybrid] = converted([layer], sample) as [SpikingLayer];
        const width = blocksOf(hybrid).reduce((sum, { inputs }) => sum + inputs, 0);
        expect(run.inputs.length).toBe(3 * width);
        expect(run.neurons.length).toBe(3 * hybrid.populations.reduce((sum, { values }) => sum + values, 0));
      }),
    );
  });
});

describe('the work of a layer', () => {
  it('is counted for each kind', () => {
    const random = randomSource(1);
    const layers = [
      gru(random, 5, 6, { returnSequences: true }),
      simpleRnn(random, 6, 4, { returnSequences: false }),
    ];
    const hybrid = converted(layers, randomTrace(random, 5, 4));
    const operations = layerOperations({ layers: hybrid, sequenceSteps: 4 });
    expect(operations).toMatchObject([
      { kind: 'GRU', fullyConnected: 3 * 5 * 6 + 3 * 36, rest: 18, steps: 4 },
      { kind: 'SimpleRNN', fullyConnected: 6 * 4 + 16, rest: 0, steps: 4 },
    ]);
    const spikes = runChain(hybridLinks(hybrid), randomTrace(random, 5, 4));
    const activity = hybrid.map(({ layer }, i) => ({
      layer: layer.name,
      windows: 4,
      inputSpikes: new Float64Array(spikes[i]!.spikes!.inputs.length / 4).fill(1),
      neuronSpikes: new Float64Array(spikes[i]!.spikes!.neurons.length / 4).fill(1),
    }));
    const workload = { layers: hybrid, activity, timesteps: 8, arithmetic: 'float', weightBits: 8 } as const;
    const { synapticOperations } = neurobench({
      ...workload,
      sequenceSteps: 4,
      inputValues: 0,
      outputValues: 0,
    });
    // One spike of every input reaches every synapse once.
    expect(synapticOperations.effectiveACs).toBe(11 * 12 + 11 * 6 + 10 * 4);
  });
});
