/** What skipped sequence steps cost: nothing, as nothing runs there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyDifferences, addDifferences } from '../../src/core/calibrate/differences.ts';
import { builtinChip } from '../../src/core/chips/builtin.ts';
import { addChunk, addLayer, emptySums, layerActivity, skippedSteps } from '../../src/core/compare/sums.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { measureDrives } from '../../src/core/convert/drives.ts';
import type { HybridLayer, SpikingLayer } from '../../src/core/convert/types.ts';
import { neuronDetail, startLook } from '../../src/core/detail/look.ts';
import { addToPopulation, emptyPopulation, populationDetail } from '../../src/core/detail/population-sums.ts';
import { slicesOf } from '../../src/core/detail/slices.ts';
import { countEvents } from '../../src/core/energy/counts.ts';
import { energyReport } from '../../src/core/energy/report.ts';
import type { Workload } from '../../src/core/energy/types.ts';
import { layerDemands } from '../../src/core/map/findings.ts';
import { mapToChip } from '../../src/core/map/map.ts';
import type { Layer } from '../../src/core/network/types.ts';
import { layerReports } from '../../src/core/report/build.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { withSkipped } from '../../src/core/simulate/neuron-trace.ts';
import { hybridRunner } from '../../src/core/simulate/spiking.ts';
import type { LayerRun, Trace } from '../../src/core/simulate/types.ts';
import { wasmKernel } from '../support/kernels.ts';
import { chain, dense, randomSource, randomTrace } from '../support/networks.ts';
import { converting, spiking, trained } from '../support/options.ts';
import { masking, recurrent, recurrentKinds } from '../support/recurrent.ts';

const kernel = await wasmKernel();
const chip = builtinChip('loihi1');
const mapping = { chips: 1, fill: 1, weightBits: 8, generators: 'processors' } as const;

/** Both networks over some samples. */
function runs(hybrid: readonly HybridLayer[], samples: readonly Trace[]) {
  const analogLinks = hybrid.map(({ layer }) => ({ layer, run: analogRunner(layer, kernel, trained) }));
  const links = hybrid.map((layer) => ({ layer: layer.layer, run: hybridRunner(layer, kernel, spiking) }));
  return samples.map((sample) => ({ analog: runChain(analogLinks, sample), own: runChain(links, sample) }));
}

function sumsOf(hybrid: readonly HybridLayer[], samples: readonly Trace[]) {
  const each = runs(hybrid, samples);
  const sums = hybrid.map((layer, l) => emptySums(layer, each[0]!.analog[l]!));
  for (const { analog, own } of each) {
    hybrid.forEach((layer, l) => {
      addLayer(sums[l]!, layer, analog[l]!, own[l]!);
    });
  }
  return sums;
}

function costs(hybrid: readonly HybridLayer[], samples: readonly Trace[]) {
  const sums = sumsOf(hybrid, samples);
  const activity = layerActivity(hybrid, sums, samples.length);
  const { steps } = samples[0]!;
  const workload: Workload = {
    layers: hybrid,
    activity,
    skippedSteps: sums.map((layer) => skippedSteps(layer, samples.length)),
    timesteps: converting.timesteps,
    arithmetic: 'float',
    weightBits: 8,
    sequenceSteps: steps,
    // The host has to look at all of them.
    inputValues: 12,
    outputValues: 4,
  };
  const usage = mapToChip(layerDemands(hybrid), activity, chip, mapping);
  const counts = countEvents(chip, usage, workload);
  return { counts, report: energyReport(chip, usage, workload, { measurements: [], watts: null }), sums };
}

function converted(layers: readonly Layer[], sample: Trace): HybridLayer[] {
  const drives = measureDrives(layers, kernel, trained, 1, () => sample);
  return [...convert(chain([sample.steps, sample.features], ...layers), converting, {}, drives).layers];
}

/** A sequence, and the same with steps between that are skipped. */
function withGaps(short: Trace, kept: readonly boolean[]): Trace {
  const { features } = short;
  const values = new Float32Array(kept.length * features);
  let from = 0;
  kept.forEach((isKept, step) => {
    if (!isKept) return;
    values.set(short.values.subarray(from * features, (from + 1) * features), step * features);
    from++;
  });
  return { ...short, steps: kept.length, values };
}

const gaps = fc.record({
  kind: fc.constantFrom(...recurrentKinds),
  seed: fc.integer(),
  kept: fc
    .array(fc.boolean(), { minLength: 1, maxLength: 8 })
    .map((kept) => (kept.includes(true) ? kept : [...kept, true])),
});

describe('a sequence of which steps are skipped', () => {
  it('costs what the sequence of the others costs', () => {
    fc.assert(
      fc.property(gaps, ({ kind, seed, kept }) => {
        const random = randomSource(seed);
        const first = recurrent(kind, random, 3, 4, { name: 'first', returnSequences: true });
        const second = recurrent(kind, random, 4, 4, { name: 'second' });
        const short = randomTrace(random, 3, kept.filter(Boolean).length);
        const hybrid = converted([masking(0), first, second, dense(random, 4, 4, 'relu')], short);
        const [own, all] = [costs(hybrid, [short]), costs(hybrid, [withGaps(short, kept)])];
        expect(all.counts).toEqual(own.counts);
        const { perInference, latency, neurobench, operations, lines } = own.report;
        expect(all.report).toMatchObject({ perInference, latency, neurobench, operations, lines });
      }),
      { numRuns: 60 },
    );
  });

  it('costs half the time-steps, updates and cell updates where half of the steps are skipped', () => {
    const random = randomSource(4);
    const hybrid = converted([masking(0), recurrent('LSTM', random, 3, 4)], randomTrace(random, 3, 6));
    const sample = randomTrace(random, 3, 6);
    const half = withGaps({ ...sample, steps: 3, values: sample.values.slice(0, 9) }, [
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
    const [all, own] = [costs(hybrid, [sample]).counts, costs(hybrid, [half]).counts];
    expect(all.timesteps).toBe(6 * 8);
    expect(own.timesteps).toBe(3 * 8);
    for (const event of ['updatesActive', 'updatesInactive', 'synchronisation', 'cellUpdates'] as const) {
      expect(own.events[event]).toBe(all.events[event] / 2);
    }
    expect(own.events.messages).toBeLessThan(all.events.messages);
    // On average over samples.
    const mean = costs(hybrid, [sample, half]);
    expect(mean.counts.timesteps).toBe(4.5 * 8);
    expect(mean.report.operations).toMatchObject([{ layer: 'lstm', steps: 4.5 }]);
  });

  it('a layer that goes through every step of it runs all of them', () => {
    const random = randomSource(6);
    const hybrid = converted(
      [masking(0), recurrent('LSTM', random, 3, 4, { returnSequences: true }), dense(random, 4, 2, 'relu')],
      randomTrace(random, 3, 4),
    );
    const sample = randomTrace(random, 3, 4);
    sample.values.fill(0, 0, 6);
    const { activity } = { activity: layerActivity(hybrid, sumsOf(hybrid, [sample]), 1) };
    expect(activity.map(({ layer, windows }) => [layer, windows])).toEqual([
      ['lstm', 2],
      ['dense', 4],
    ]);
  });
});

describe('means over steps that ran', () => {
  const random = randomSource(8);
  const hybrid = converted([masking(0), recurrent('LSTM', random, 3, 4)], randomTrace(random, 3, 6));
  const short = randomTrace(random, 3, 3);
  const kept = [false, true, false, true, true, false];
  const sample = withGaps(short, kept);

  it('are those of the sequence without the skipped ones: rates and errors of the report', () => {
    const report = (own: Trace) => layerReports(hybrid, sumsOf(hybrid, [own]), 1, 8)[1]!.populations;
    report(short).forEach(({ firingRate, mse, spikesPerSample, perStep }, p) => {
      const all = report(sample)[p]!;
      expect(all.firingRate).toBeCloseTo(firingRate, 12);
      expect(all.mse).toBeCloseTo(mse, 12);
      expect(all.spikesPerSample).toBe(spikesPerSample);
      expect(all.perStep.firingRate.filter((_, step) => kept[step])).toEqual(perStep.firingRate);
      expect(all.perStep.firingRate[0]).toBe(0);
    });
  });

  it('of single neurons, and of what a bias can put right', () => {
    const layer = hybrid[1]!;
    const look = (own: Trace) => {
      const [{ analog, own: ran }] = runs(hybrid, [own]) as [{ analog: LayerRun[]; own: LayerRun[] }];
      const slice = slicesOf(layer, ran[1]!)[1]!;
      const sums = emptyPopulation(slice, analog[1]!, ran[1]!, 8);
      addToPopulation(sums, analog[1]!, ran[1]!);
      const differences = emptyDifferences(layer)!;
      addDifferences(differences, layer, analog[1]!, ran[1]!);
      return { differences, ...populationDetail(sums, 'lstm', null) };
    };
    const [own, all] = [look(short), look(sample)];
    expect(all.differences).toEqual(own.differences);
    expect(all.activity).toEqual(own.activity);
    expect(all.scatter.pairs).toBe(own.scatter.pairs);
    expect(all.scatter.counts).toEqual(own.scatter.counts);
  });

  it('add up over chunks', () => {
    const [whole, rest] = [sumsOf(hybrid, [sample, short6()]), sumsOf(hybrid, [short6()])];
    const head = sumsOf(hybrid, [sample]);
    addChunk(head, rest);
    expect(head[1]!.skipped).toEqual(whole[1]!.skipped);
    expect([...head[1]!.skipped]).toEqual([1, 0, 1, 0, 0, 1]);
  });

  function short6(): Trace {
    return randomTrace(randomSource(1), 3, 6);
  }
});

it('the trace of a neuron stands still where a step is skipped', () => {
  const array = (...values: number[]) => Float64Array.from(values);
  const trace = {
    potential: array(1, 2, 3, 4),
    after: array(0.1, 0.2, 0.3, 0.4),
    input: array(5, 6, 7, 8),
    spikes: Int8Array.of(1, 0, -1, 1),
    bias: 0,
    upper: 1,
    lower: null,
    threshold: 2,
  };
  expect(withSkipped(trace, Uint8Array.of(1, 0, 1, 0), 2)).toEqual({
    ...trace,
    potential: array(0, 0, 1, 2, 0.2, 0.2, 3, 4),
    after: array(0, 0, 0.1, 0.2, 0.2, 0.2, 0.3, 0.4),
    input: array(0, 0, 5, 6, 0, 0, 7, 8),
    spikes: Int8Array.of(0, 0, 1, 0, 0, 0, -1, 1),
  });
});

it.each(recurrentKinds)(
  'the trace of every neuron has the spikes of its steps, skipped ones too: %s',
  (kind) => {
    const random = randomSource(12);
    const layers = [masking(0), recurrent(kind, random, 3, 4, { name: 'own' })];
    const hybrid = converted(layers, randomTrace(random, 3, 5));
    const sample = randomTrace(random, 3, 5);
    sample.values.fill(0, 3, 6);
    const look = startLook({
      layers: hybrid,
      options: spiking,
      kernel,
      samples: 1,
      sample: () => sample,
      classes: null,
    });
    const spikes = runs(hybrid, [sample])[0]!.own[1]!.spikes!.neurons;
    const { populations } = hybrid[1] as SpikingLayer;
    const all = populations.reduce((sum, { neurons }) => sum + neurons, 0);
    let first = 0;
    for (const { name, neurons } of populations) {
      for (let neuron = 0; neuron < neurons; neuron++) {
        const at = { layer: 'own', population: name, sample: 0, neuron };
        const { trace, timesteps } = neuronDetail(look, at);
        const counted = Array.from({ length: 5 }, (_, step) =>
          trace.spikes
            .subarray(step * timesteps, (step + 1) * timesteps)
            .reduce((sum, spike) => sum + Math.abs(spike), 0),
        );
        expect(counted).toEqual(Array.from({ length: 5 }, (_, step) => spikes[step * all + first + neuron]!));
        expect(counted[1]).toBe(0);
      }
      first += neurons;
    }
    expect(spikes.some((count) => count > 0)).toBe(true);
  },
);
