/** A close look at neurons: what is shown of one is what the kernel does, and averages are those of the report. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracy } from '../../src/core/compare/accuracy.ts';
import { compareVariants } from '../../src/core/compare/variants.ts';
import { convert } from '../../src/core/convert/convert.ts';
import {
  neuronDetail,
  overview,
  overviewPopulation,
  samplePopulation,
  startLook,
  type Look,
  type Overview,
} from '../../src/core/detail/look.ts';
import { answerOf } from '../../src/core/detail/flips.ts';
import { countExtremes } from '../../src/core/detail/types.ts';
import type { SpikingOptions } from '../../src/core/simulate/spiking.ts';
import { wasmKernel } from '../support/kernels.ts';
import { chooseSamples } from '../../src/core/simulate/samples.ts';
import { chain, dense, hardActivations, lstm, randomSource, randomTrace } from '../support/networks.ts';

const kernel = await wasmKernel();
const steps = 4;

interface Made {
  readonly seed: number;
  readonly timesteps: number;
  readonly coding: SpikingOptions['coding'];
  readonly arithmetic: SpikingOptions['arithmetic'];
}

const made = fc.record<Made>({
  seed: fc.integer(),
  timesteps: fc.integer({ min: 1, max: 20 }),
  coding: fc.constantFrom('residual', 'reset'),
  arithmetic: fc.constantFrom('float', 'loihi'),
});

/** An LSTM of 5 units, then a hidden and a linear layer, over 7 samples of 3 features. */
function lookAt({ seed, ...how }: Made): Look {
  const random = randomSource(seed);
  const options: SpikingOptions = {
    ...how,
    activations: hardActivations,
    cellClip: null,
    weightBits: 8,
    rescaleWeights: true,
  };
  const network = chain(
    [steps, 3],
    lstm(random, 3, 5),
    dense(random, 5, 4, 'hard_tanh_half', 'hidden'),
    dense(random, 4, 3, 'linear', 'last'),
  );
  const { layers } = convert(network, { ...how, activations: hardActivations }, {});
  const samples = Array.from({ length: 7 }, () => randomTrace(random, 3, steps));
  return startLook({
    layers,
    options,
    kernel,
    samples: samples.length,
    sample: (n) => samples[n]!,
    classes: Int32Array.from(samples, (_, n) => n % 3),
  });
}

function overviewOf(look: Look, samples = chooseSamples(look.samples, 256)): Overview {
  const work = overview(look, samples);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

describe('one neuron at every time-step', () => {
  const places = fc.constantFrom(
    { layer: 'lstm', population: 'i', neuron: 0 },
    { layer: 'lstm', population: 'c', neuron: 4 },
    { layer: 'lstm', population: 'o', neuron: 2 },
    { layer: 'hidden', population: 'neurons', neuron: 3 },
  );

  it('spikes as often in each window as the kernel counts', () => {
    fc.assert(
      fc.property(made, places, fc.nat(6), (how, place, sample) => {
        const look = lookAt(how);
        const { trace, spiking, timesteps } = neuronDetail(look, { ...place, sample });
        const population = samplePopulation(look, { ...place, sample });
        const { base, span } = population.scatter.decoding!;
        spiking.forEach((value, step) => {
          const spikes = trace.spikes.subarray(step * timesteps, (step + 1) * timesteps);
          const net = spikes.reduce((sum, spike) => sum + spike, 0);
          expect(value).toBe(Math.fround(base + Math.fround(span * Math.fround(net / timesteps))));
          const either = spikes.reduce((sum, spike) => sum + Math.abs(spike), 0);
          const at = step * population.neurons + place.neuron;
          expect(population.rate![at]).toBe(Math.fround(either / timesteps));
          expect(population.values!.spiking[at]).toBe(value);
          expect(population.values!.analog[at]).toBe(neuronDetail(look, { ...place, sample }).analog[step]);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('spikes where the potential passes a threshold, and goes on from what the spike leaves', () => {
    fc.assert(
      fc.property(made, places, (how, place) => {
        const look = lookAt(how);
        const { trace, timesteps } = neuronDetail(look, { ...place, sample: 0 });
        const { potential, after, input, spikes, bias, upper, lower, threshold } = trace;
        expect(potential).toHaveLength(timesteps * samplePopulation(look, { ...place, sample: 0 }).steps);
        potential.forEach((v, t) => {
          expect(spikes[t]).toBe(v > upper ? 1 : lower !== null && v < lower ? -1 : 0);
          expect(after[t]).toBeCloseTo(v - spikes[t]! * threshold, 4);
          // A window that starts afresh, and limits, change it in other ways.
          const goesOn =
            how.coding === 'reset' ? t % timesteps !== 0 : how.arithmetic === 'float' && t % timesteps !== 0;
          if (goesOn) expect(v).toBeCloseTo(after[t - 1]! + bias + input[t]!, 4);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('says what there is not', () => {
    const look = lookAt({ seed: 1, timesteps: 4, coding: 'reset', arithmetic: 'float' });
    const at = { layer: 'lstm', population: 'i', sample: 0, neuron: 0 };
    expect(() => neuronDetail(look, { ...at, neuron: 5 })).toThrow('no neuron 5');
    expect(() => neuronDetail(look, { ...at, population: 'output' })).toThrow('no neuron 0');
    expect(() => neuronDetail(look, { ...at, population: 'x' })).toThrow('no population "x"');
    expect(() => neuronDetail(look, { ...at, layer: 'other' })).toThrow('no layer "other"');
    expect(() => neuronDetail(look, { ...at, sample: 7 })).toThrow('no sample 7');
  });
});

describe('a value that several neurons compute', () => {
  const timesteps = 12;
  const random = randomSource(11);
  const how = { timesteps, coding: 'residual', arithmetic: 'float' } as const;
  const options: SpikingOptions = { ...how, cellClip: null, weightBits: 8 };
  const layer = lstm(random, 3, 5, { activation: 'tanh', recurrentActivation: 'sigmoid' });
  const { layers } = convert(chain([steps, 3], layer), { ...how, neuronsPerGate: 3 }, {});
  const sample = randomTrace(random, 3, steps);
  const look = startLook({ layers, options, kernel, samples: 1, sample: () => sample, classes: null });
  const run = look.hybrid[0]!.run(sample);

  it.each(['i', 'f', 'c', 'o'] as const)('in %s has the rate of all of them, and its own values', (gate) => {
    const first = ['i', 'f', 'c', 'o'].indexOf(gate) * 5;
    const { rate, values, activity } = samplePopulation(look, { layer: 'lstm', population: gate, sample: 0 });
    for (let neuron = 0; neuron < 5; neuron++) {
      const detail = neuronDetail(look, { layer: 'lstm', population: gate, sample: 0, neuron });
      expect(detail.pieces).toBe(3);
      let all = 0;
      for (let step = 0; step < steps; step++) {
        const at = step * 60 + (first + neuron) * 3;
        const spikes = [...run.spikes!.neurons.subarray(at, at + 3)].reduce((a, b) => a + b, 0);
        all += spikes;
        expect(rate![step * 5 + neuron]).toBeCloseTo(spikes / (3 * timesteps), 6);
        expect(values!.spiking[step * 5 + neuron]).toBe(run.neurons[step * 20 + first + neuron]);
        expect(detail.spiking[step]).toBe(run.neurons[step * 20 + first + neuron]);
        const window = detail.trace.spikes.subarray(step * timesteps, (step + 1) * timesteps);
        const seen = window.reduce((a, b) => a + Math.abs(b), 0);
        expect(seen).toBe(run.spikes!.neurons[at]);
      }
      expect(activity!.rate[neuron]).toBeCloseTo(all / (steps * 3 * timesteps), 6);
    }
  });
});

describe('a population over several samples', () => {
  it('has the errors and the spikes of the report', () => {
    fc.assert(
      fc.property(made, (how) => {
        const look = lookAt(how);
        const seen = overviewOf(look);
        const { variants } = compareVariants(
          look.trained,
          [{ layers: look.layers, links: look.hybrid }],
          0,
          look.samples,
          look.sample,
        );
        look.layers.forEach(({ layer }, index) => {
          const { populations, output } = variants[0]!.layers[index]!;
          const details = seen.layers[index]!.map(({ slice: { population } }) =>
            overviewPopulation(look, seen, { layer: layer.name, population }),
          );
          [...populations, output].forEach(({ width, squares }, p) => {
            const { neurons, error, steps: ran } = details[p]!;
            expect(neurons).toBe(width);
            squares.forEach((sum, step) => {
              const row = error.subarray(step * neurons, (step + 1) * neurons);
              expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(sum / look.samples, 5);
            });
            expect(ran).toBe(squares.length);
          });
          populations.forEach(({ spikes }, p) => {
            const { rate, activity, neurons, steps: ran } = details[p]!;
            const counted = spikes.reduce((a, b) => a + b, 0);
            const total = rate!.reduce((a, b) => a + b, 0) * look.samples * how.timesteps;
            expect(total).toBeCloseTo(counted, 2);
            const average = activity!.rate.reduce((a, b) => a + b, 0) / neurons;
            expect(average).toBeCloseTo(counted / (look.samples * how.timesteps * ran * neurons), 5);
          });
        });
      }),
      { numRuns: 20 },
    );
  });

  it('has as many flips as the answers disagree, with the margins of both', () => {
    fc.assert(
      fc.property(made, (how) => {
        const look = lookAt(how);
        const { flips } = overviewOf(look);
        const { trained, variants } = compareVariants(
          look.trained,
          [{ layers: look.layers, links: look.hybrid }],
          0,
          look.samples,
          look.sample,
        );
        const { agreement } = accuracy(trained, variants[0]!.outputs, 3, null);
        expect(flips).toHaveLength(Math.round((1 - agreement) * look.samples));
        for (const { sample, label, analog, spiking } of flips) {
          expect(label).toBe(sample % 3);
          expect(analog).toEqual(answerOf(trained.slice(sample * 3, sample * 3 + 3)));
          expect(spiking.class).not.toBe(analog.class);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("has Pearson's correlation of all pairs, each of which is in the scatter", () => {
    fc.assert(
      fc.property(made, fc.constantFrom('generator', 'f', 'output'), (how, population) => {
        const look = lookAt(how);
        const name = { layer: 'lstm', population };
        const seen = overviewOf(look);
        const { scatter } = overviewPopulation(look, seen, name);
        const pairs = seen.samples.flatMap((sample) => {
          const { analog, spiking } = samplePopulation(look, { ...name, sample }).values!;
          return [...analog].map((x, i) => [x, spiking[i]!] as const);
        });
        expect(scatter.pairs).toBe(pairs.length);
        expect(scatter.counts.reduce((a, b) => a + b, 0)).toBe(pairs.length);
        const expected = correlation(pairs);
        if (expected === null) expect(scatter.correlation).toBeNull();
        else expect(scatter.correlation).toBeCloseTo(expected, 6);
      }),
      {
        numRuns: 20,
        // The hybrid network gives one value throughout: no correlation.
        examples: [[{ seed: -1255373526, timesteps: 1, coding: 'reset', arithmetic: 'float' }, 'output']],
      },
    );
  });

  it('takes samples evenly from all of the data', () => {
    expect(chooseSamples(3, 256)).toEqual([0, 1, 2]);
    expect(chooseSamples(10, 4)).toEqual([0, 2, 5, 7]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 300 }), (samples, most) => {
        const chosen = chooseSamples(samples, most);
        expect(new Set(chosen).size).toBe(Math.min(samples, most));
        expect(Math.max(...chosen)).toBeLessThan(samples);
      }),
    );
  });
});

/** In two passes over the pairs. */
function correlation(pairs: readonly (readonly [number, number])[]): number | null {
  const mean = (pick: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[pick], 0) / pairs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [xx, yy, xy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    xx += (x - meanX) ** 2;
    yy += (y - meanY) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  return xx === 0 || yy === 0 ? null : xy / Math.sqrt(xx * yy);
}

describe('neurons at their bounds', () => {
  it('are saturated where they fire at every time-step in most windows, silent where they never do', () => {
    const random = randomSource(3);
    const layer = dense(random, 2, 3, 'hard_sigmoid_quarter');
    layer.kernel.values.fill(0);
    layer.bias.values.set([9, -9, 0]);
    const how = { timesteps: 8, coding: 'reset', arithmetic: 'float', activations: hardActivations } as const;
    const { layers } = convert(chain([2], layer), how, {});
    const look = startLook({
      layers,
      options: { ...how, cellClip: null, weightBits: 8 },
      kernel,
      samples: 4,
      sample: () => randomTrace(random, 2),
      classes: null,
    });
    const { activity } = overviewPopulation(look, overviewOf(look), {
      layer: 'dense',
      population: 'neurons',
    });
    expect([...activity!.atBound]).toEqual([1, 0, 0]);
    expect(activity!.rate[1]).toBe(0);
    expect(countExtremes(activity!)).toEqual({ silent: 1, saturated: 1 });
  });
});
