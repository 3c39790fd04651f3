/** Sums over samples, and what the report makes of them, against a direct computation. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracy } from '../../src/core/compare/accuracy.ts';
import { addChunk, type LayerSums } from '../../src/core/compare/sums.ts';
import { compareVariants } from '../../src/core/compare/variants.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { layerReports } from '../../src/core/report/build.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { hybridRunner, type SpikingOptions } from '../../src/core/simulate/spiking.ts';
import type { LayerRun, Trace } from '../../src/core/simulate/types.ts';
import {
  chain,
  dense,
  hardActivations,
  lstm,
  passing,
  randomSource,
  randomTrace,
} from '../support/networks.ts';

const steps = 4;
const timesteps = 5;
const options: SpikingOptions = {
  timesteps,
  coding: 'residual',
  arithmetic: 'float',
  activations: hardActivations,
  cellClip: null,
  weightBits: 8,
};
const random = randomSource(17);
const network = chain(
  [steps, 3],
  lstm(random, 3, 6, { returnSequences: true, name: 'first' }),
  lstm(random, 6, 5, { name: 'second' }),
  passing('Dropout'),
  dense(random, 5, 4, 'relu', 'third'),
  dense(random, 4, 3, 'softmax', 'last'),
);
const { layers } = convert(network, { ...options, activations: hardActivations, cellClip: 1 }, { third: 2 });
const kernel = createTwinKernel();
const pairs = layers.map((layer) => ({
  layer,
  analog: analogRunner(layer.layer, kernel, options),
  hybrid: hybridRunner(layer, kernel, options),
}));
const samples = Array.from({ length: 11 }, () => randomTrace(random, 3, steps));

function compare(first: number, count: number) {
  const links = (network: 'analog' | 'hybrid') =>
    pairs.map((pair) => ({ layer: pair.layer.layer, run: pair[network] }));
  const variants = [{ layers, links: links('hybrid') }];
  const chunk = compareVariants(links('analog'), variants, first, count, (n) => samples[n]!);
  return { ...chunk, ...chunk.variants[0]! };
}

/** What every layer of both networks did with every sample. */
const all = samples.map((sample) => {
  let [a, h]: [Trace, Trace] = [sample, sample];
  return pairs.map(({ analog, hybrid }) => {
    const runs: { analog: LayerRun; hybrid: LayerRun } = { analog: analog(a), hybrid: hybrid(h) };
    [a, h] = [runs.analog.output, runs.hybrid.output];
    return runs;
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

describe('chunks', () => {
  it('add up to the whole, however they are cut', () => {
    const whole = compare(0, samples.length);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: samples.length - 1 }), { maxLength: 4 }), (cuts) => {
        const bounds = [0, ...new Set([...cuts].sort((a, b) => a - b)), samples.length];
        const chunks = bounds.slice(1).map((end, i) => compare(bounds[i]!, end - bounds[i]!));
        const [head, ...rest] = chunks;
        for (const chunk of rest) addChunk(head!.layers, chunk.layers);
        expectClose(head!.layers, whole.layers);
        expect(chunks.flatMap(({ outputs }) => [...outputs])).toEqual([...whole.outputs]);
        expect(chunks.map(({ first }) => first)).toEqual(bounds.slice(0, -1));
      }),
    );
  });

  function expectClose(sums: readonly LayerSums[], wanted: readonly LayerSums[]): void {
    sums.forEach((layer, index) => {
      [layer.output, ...layer.populations].forEach((population, p) => {
        const other = [wanted[index]!.output, ...wanted[index]!.populations][p]!;
        expect(population.width).toBe(other.width);
        expect([...population.largest]).toEqual([...other.largest]);
        population.squares.forEach((square, step) => {
          expect(square).toBeCloseTo(other.squares[step]!, 12);
        });
      });
      layer.populations.forEach(({ spikes }, p) => {
        expect([...spikes]).toEqual([...wanted[index]!.populations[p]!.spikes]);
      });
    });
  }

  it('cut the same way give the same sums to the last bit', () => {
    expect(compare(0, samples.length)).toEqual(compare(0, samples.length));
  });

  it("hand on the hybrid network's outputs", () => {
    expect([...compare(3, 4).outputs]).toEqual(
      all.slice(3, 7).flatMap((runs) => [...runs.at(-1)!.hybrid.output.values]),
    );
  });
});

describe('the report of a layer', () => {
  const reports = layerReports(layers, compare(0, samples.length).layers, samples.length, timesteps);

  /** Of one population: differences and spikes, [steps][...]. */
  function direct(layer: number, from: number, width: number, what: 'inputs' | 'neurons') {
    const runs = all.map((sample) => sample[layer]!);
    const count = layer < 2 ? steps : 1;
    const stride = runs[0]!.hybrid[what].length / count;
    const pick = (values: ArrayLike<number>, step: number): number[] =>
      Array.from({ length: width }, (_, k) => values[step * stride + from + k]!);
    return Array.from({ length: count }, (_, step) => ({
      errors: runs.flatMap(({ analog, hybrid }) => {
        const b = pick(hybrid[what], step);
        return pick(analog[what], step).map((a, k) => Math.abs(a - b[k]!));
      }),
      spikes: runs.flatMap(({ hybrid }) => pick(hybrid.spikes![what], step)),
    }));
  }

  it.each([
    [0, 'generator', 0, 9, 'inputs'],
    [0, 'i', 0, 6, 'neurons'],
    [0, 'f', 6, 6, 'neurons'],
    [0, 'c', 12, 6, 'neurons'],
    [0, 'o', 18, 6, 'neurons'],
    [1, 'generator', 0, 11, 'inputs'],
    [1, 'c', 10, 5, 'neurons'],
    [3, 'generator', 0, 5, 'inputs'],
    [3, 'neurons', 0, 4, 'neurons'],
  ] as const)('layer %d, %s', (layer, name, from, width, what) => {
    const report = reports[layer]!.populations.find((population) => population.name === name)!;
    const wanted = direct(layer, from, width, what);
    const errors = wanted.flatMap((step) => step.errors);
    const spikes = wanted.flatMap((step) => step.spikes);
    expect(report.neurons).toBe(width);
    expect(report.mse).toBeCloseTo(mean(errors.map((e) => e * e)), 12);
    expect(report.maxError).toBe(Math.max(...errors));
    expect(report.firingRate).toBeCloseTo(mean(spikes) / timesteps, 12);
    expect(report.spikesPerSample).toBeCloseTo(spikes.reduce((a, b) => a + b, 0) / samples.length, 9);
    expect(report.perStep.mse.length).toBe(wanted.length);
    wanted.forEach((step, n) => {
      expect(report.perStep.mse[n]).toBeCloseTo(mean(step.errors.map((e) => e * e)), 12);
      expect(report.perStep.maxError[n]).toBe(Math.max(...step.errors));
      expect(report.perStep.firingRate[n]).toBeCloseTo(mean(step.spikes) / timesteps, 12);
    });
  });

  it.each([0, 1, 3, 4])('layer %d, its output (h of an LSTM at every step)', (index) => {
    const errors = all.flatMap((sample) => {
      const [a, b] = [sample[index]!.analog, sample[index]!.hybrid].map(
        ({ cell, output }) => cell?.hidden ?? output.values,
      ) as [Float32Array, Float32Array];
      return [...a].map((value, k) => Math.abs(value - b[k]!));
    });
    const output = reports[index]!.output!;
    expect(output.mse).toBeCloseTo(mean(errors.map((e) => e * e)), 12);
    expect(output.maxError).toBe(Math.max(...errors));
    expect(output.perStep.mse.length).toBe(index < 2 ? steps : 1);
  });

  it('names populations in order, and has none where nothing spikes', () => {
    expect(reports.map(({ populations }) => populations.map(({ name }) => name))).toEqual([
      ['generator', 'i', 'f', 'c', 'o'],
      ['generator', 'i', 'f', 'c', 'o'],
      [],
      ['generator', 'neurons'],
      [],
    ]);
    expect(reports.map(({ runsAs }) => runsAs)).toEqual([
      'spiking',
      'spiking',
      'nothing',
      'spiking',
      'analog',
    ]);
    expect(reports[2]!.output).toBeNull();
  });
});

describe('accuracy', () => {
  const analog = Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7);
  const spiking = Float32Array.of(0.8, 0.2, 0.7, 0.3, 0.5, 0.5, 0.2, 0.8);

  it('counts right answers of both, and on how many both agree', () => {
    // Answers 0 1 0 1 and 0 0 0 1.
    expect(accuracy(analog, spiking, 2, Int32Array.of(0, 1, 1, 1))).toEqual({
      analog: 3 / 4,
      spiking: 2 / 4,
      agreement: 3 / 4,
    });
  });

  it('needs labels, agreement does not', () => {
    expect(accuracy(analog, spiking, 2, null)).toEqual({ analog: null, spiking: null, agreement: 3 / 4 });
  });

  it('of a single output is on which side of 1/2 it lies', () => {
    const labels = Int32Array.of(0, 1, 1, 0);
    const result = accuracy(
      Float32Array.of(0.1, 0.9, 0.4, 0.6),
      Float32Array.of(0.2, 0.8, 0.7, 0.1),
      1,
      labels,
    );
    expect(result).toEqual({ analog: 2 / 4, spiking: 4 / 4, agreement: 2 / 4 });
  });
});
