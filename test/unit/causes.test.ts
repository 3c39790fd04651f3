/** What is suspected, what was tried, and what of it helps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate, Suspect } from '../../src/core/attribute/candidate.ts';
import { candidates } from '../../src/core/attribute/candidates.ts';
import { findCauses, type Trial } from '../../src/core/attribute/causes.ts';
import { differencesOf, type Outcome } from '../../src/core/attribute/differences.ts';
import { biasOutliers, scaleOutliers } from '../../src/core/attribute/outliers.ts';
import { populationRanges } from '../../src/core/attribute/ranges.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { correctNetwork } from '../../src/core/convert/corrections.ts';
import { withEdits } from '../../src/core/convert/edits.ts';
import { parseSpecification } from '../../src/core/convert/specification.ts';
import { gateNames, type Specification } from '../../src/core/convert/types.ts';
import type { Network } from '../../src/core/network/types.ts';
import { editWords } from '../../src/core/report/edit-words.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { chain, dense, hardActivations, lstm, randomSource, randomTrace } from '../support/networks.ts';

const specification: Specification = {
  model: 'model.json',
  data: { inputs: 'x.npy' },
  timesteps: 8,
  coding: 'residual',
  arithmetic: 'float',
  activations: hardActivations,
  chip: 'loihi1',
  mapping: { chips: 1, fill: 1, generators: 'processors' },
  tolerance: { mse: 0.01, accuracyDrop: 0.01 },
};

function network(seed: number): Network {
  const random = randomSource(seed);
  return chain(
    [4, 3],
    lstm(random, 3, 16),
    dense(random, 16, 8, 'relu', 'hidden'),
    dense(random, 8, 3, 'softmax', 'last'),
  );
}

describe('outliers', () => {
  it('are the gate whose weights are of another size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom(...gateNames),
        fc.constantFrom(3, 1 / 3),
        (seed, gate, weightScale) => {
          const broken = correctNetwork(network(seed), [{ layer: 'lstm', gate, weightScale }], '');
          const [first] = scaleOutliers(broken);
          expect(first).toMatchObject({ layer: 'lstm', gate, extreme: true });
          expect(first!.ratio / weightScale).toBeCloseTo(1, 0);
        },
      ),
    );
    expect(scaleOutliers(network(1))).toEqual([]);
  });

  it('are the neuron whose bias is far from the others of its gate', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...gateNames),
        fc.nat({ max: 15 }),
        fc.constantFrom(-20, 20),
        (gate, neuron, bias) => {
          const broken = correctNetwork(network(3), [{ layer: 'lstm', gate, neuron, bias }], '');
          expect(biasOutliers(broken)).toMatchObject([{ layer: 'lstm', gate, neuron, bias, extreme: true }]);
        },
      ),
    );
    expect(biasOutliers(network(3))).toEqual([]);
  });
});

function suspectOf(changes: Partial<Specification>, given = network(5)): Suspect {
  const written = { ...specification, ...changes };
  const { layers } = convert(given, written, { hidden: 2 });
  const links = given.layers.map((layer) => ({
    layer,
    run: analogRunner(layer, createTwinKernel(), { activations: hardActivations, cellClip: null }),
  }));
  const random = randomSource(8);
  const samples = Array.from({ length: 8 }, () => randomTrace(random, 3, 4));
  return {
    specification: written,
    network: given,
    layers,
    inputs: { least: 0, greatest: 255, mean: 33 },
    weightBits: { used: written.weightBits ?? 8, widest: 8 },
    weightsClipped: false,
    ranges: populationRanges(layers, links, samples.length, (n) => samples[n]!),
  };
}

describe('candidates', () => {
  it('are edits that a specification may hold, and that fit the network', () => {
    const broken = correctNetwork(
      network(5),
      [
        { layer: 'lstm', gate: 'f', weightScale: 5 },
        { layer: 'lstm', gate: 'o', neuron: 2, bias: 30 },
        { layer: 'last', neuron: 1, bias: -30 },
      ],
      '',
    );
    const changes: readonly Partial<Specification>[] = [
      {},
      { coding: 'reset', timesteps: 900, cellClip: 2, percentile: 99 },
      { arithmetic: 'loihi', weightBits: 3, input: { mean: 1, scale: 2 } },
      { corrections: [{ layer: 'lstm', gate: 'i', weightScale: 2 }] },
    ];
    for (const change of changes) {
      const suspect = suspectOf(change, broken);
      for (const { fix } of candidates(suspect)) {
        const edited = withEdits({ ...specification, ...change }, fix.edits);
        const read = parseSpecification(JSON.stringify(edited), 'a.spikewise.json');
        expect(() => correctNetwork(broken, read.corrections, '')).not.toThrow();
        expect(read).not.toEqual(parseSpecification(JSON.stringify({ ...specification, ...change }), 'a'));
      }
    }
  });

  const codes = (suspect: Suspect) => new Set(candidates(suspect).map(({ code }) => code));

  it('are only those that apply', () => {
    expect(codes(suspectOf({}))).not.toContain('coding-reset');
    expect(codes(suspectOf({ coding: 'reset' }))).toContain('coding-reset');
    expect(codes(suspectOf({}))).not.toContain('weights-coarse');
    expect(codes(suspectOf({ arithmetic: 'loihi', weightBits: 4 }))).toContain('weights-coarse');
    expect(codes({ ...suspectOf({ arithmetic: 'loihi' }), weightsClipped: true })).toContain(
      'weights-clipped',
    );
    // Weights that all fit may be moved too, to use more of their bits; none is clipped then.
    expect(codes(suspectOf({ arithmetic: 'loihi' }))).toContain('weights-coarse');
    expect(codes(suspectOf({ arithmetic: 'loihi' }))).not.toContain('weights-clipped');
    const rescaled = suspectOf({ arithmetic: 'loihi', rescaleWeights: true });
    expect(codes({ ...rescaled, weightsClipped: true })).not.toContain('weights-clipped');
    expect(codes(suspectOf({}))).toContain('threshold-percentile');
    expect(codes(suspectOf({ cellClip: 1 }))).toContain('cell-clip');
    expect(codes({ ...suspectOf({}), inputs: null })).not.toContain('inputs-not-normalised');
  });

  it('are written as a specification has them', () => {
    const changes: Partial<Specification> = {
      coding: 'reset',
      cellClip: 2,
      arithmetic: 'loihi',
      weightBits: 3,
    };
    for (const { fix } of candidates(suspectOf(changes))) {
      const edited: object = withEdits(specification, fix.edits);
      const words = editWords(fix);
      if (words.startsWith('remove')) expect(edited).not.toHaveProperty('cellClip');
      else expect(edited).toMatchObject(JSON.parse(`{${words}}`) as object);
    }
    expect(
      editWords({
        edits: [
          { path: ['mapping', 'chips'], value: 2 },
          { path: ['coding'], value: 'reset' },
        ],
      }),
    ).toBe('"mapping": {"chips":2}, "coding": "reset"');
  });

  it('are no inputs as they are already, but for the last of their digits', () => {
    const inputs = { least: -0.9997, greatest: 0.9999, mean: 0.0002 };
    expect(codes({ ...suspectOf({}), inputs })).not.toContain('inputs-not-normalised');
    const halved = { ...suspectOf({ input: { mean: 0, scale: 2 } }), inputs };
    expect(codes(halved)).toContain('inputs-not-normalised');
  });

  it('narrow a gate that uses a part of its range', () => {
    const random = randomSource(2);
    const quiet = lstm(() => 0.1 * random(), 3, 8);
    const suspect = suspectOf({}, chain([4, 3], quiet, dense(random, 8, 3, 'softmax', 'last')));
    const narrowed = candidates(suspect).filter(({ code }) => code === 'gate-range');
    expect(narrowed.map(({ gate }) => gate)).toEqual(['i', 'f', 'c', 'o']);
    const [correction] = narrowed[0]!.fix.edits[0]!.value as [{ low: number; high: number }];
    expect(correction.low).toBeGreaterThan(0.3);
    expect(correction.high).toBeLessThan(0.7);
  });
});

const width = 3;
const labels = Int32Array.from({ length: 60 }, (_, n) => n % width);

/** Outputs of which `right` in 60 answers are right, each by a margin. */
function outputs(right: number): Float32Array {
  return Float32Array.from({ length: labels.length * width }, (_, i) => {
    const [n, k] = [Math.floor(i / width), i % width];
    const answer = n < right ? labels[n]! : (labels[n]! + 1) % width;
    return k === answer ? 0.8 : 0.1;
  });
}

const outcome = (trained: number, spiking: number): Outcome => ({
  trained: outputs(trained),
  spiking: outputs(spiking),
});

function trial(changes: Partial<Candidate>, result: Outcome): Trial {
  return {
    candidate: {
      code: 'coding-reset',
      layer: null,
      gate: null,
      neuron: null,
      words: 'Something is wrong',
      fix: { title: 'Mend it', edits: [] },
      changesTrained: false,
      extreme: false,
      ...changes,
    },
    ...result,
  };
}

describe('differences', () => {
  it('are the opposite the other way round', () => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), fc.nat({ max: 60 }), (a, b) => {
        const [now, then] = [outcome(a, b), outcome(b, a)];
        const there = differencesOf(now, then, width, labels);
        const back = differencesOf(then, now, width, labels);
        expect(there.spiking.answers).toBeCloseTo(-back.spiking.answers, 9);
        expect(there.spiking.scores).toBeCloseTo(-back.spiking.scores, 9);
        expect(Math.sign(there.trained!.answers)).toBe(Math.abs(b - a) < 2 ? 0 : Math.sign(b - a));
      }),
    );
  });
});

describe('differences that say nothing', () => {
  const logits = (size: number) => outputs(60).map((value) => size * value);

  it('are logits that only grow larger or smaller', () => {
    const [small, large] = [logits(10), logits(20)];
    const smaller = differencesOf(
      { trained: large, spiking: large },
      { trained: small, spiking: small },
      width,
      labels,
    );
    // Nearer to 0 and 1, but less sure of the right answers.
    expect(smaller.spiking.scores).toBeLessThanOrEqual(0);
    expect(smaller.spiking.answers).toBe(0);
  });

  it('are scores of a handful of samples', () => {
    const few = labels.subarray(0, 3);
    const part = (right: number) => outputs(right).subarray(0, 3 * width);
    const better = part(60).map((value, i) => value + (i % width === few[Math.floor(i / width)]! ? 0.1 : 0));
    const now = { trained: part(60), spiking: part(60) };
    expect(differencesOf(now, { trained: better, spiking: better }, width, few).spiking.scores).toBe(0);
  });

  it('are four answers more: every sixteenth such change gives them by chance', () => {
    const now = outcome(60, 50);
    expect(findCauses(now, [trial({}, outcome(60, 54))], width, labels)).not.toMatchObject([
      { evidence: 'answers' },
    ]);
    expect(findCauses(now, [trial({}, outcome(60, 60))], width, labels)).toMatchObject([
      { evidence: 'answers' },
    ]);
  });
});

describe('causes', () => {
  it('are ordered by evidence, then by right answers', () => {
    const now = outcome(58, 30);
    const causes = findCauses(
      now,
      [
        trial({ code: 'weights-coarse' }, outcome(58, 42)),
        trial({ code: 'coding-reset' }, outcome(58, 56)),
        trial({ code: 'gate-scale', extreme: true, changesTrained: true }, outcome(58, 31)),
        trial({ code: 'weights-clipped' }, outcome(58, 29)),
      ],
      width,
      labels,
    );
    expect(causes.map(({ code, evidence }) => [code, evidence])).toEqual([
      ['coding-reset', 'answers'],
      ['weights-coarse', 'answers'],
      ['gate-scale', 'structure'],
    ]);
    expect(causes[0]!.share).toBeCloseTo(26 / 30, 12);
    expect(causes[0]!.gain.accuracy).toBeCloseTo(26 / 60, 12);
    expect(causes[0]!.message).toContain('50.00 % of the answers are right now, 93.33 % then');
  });

  it('are none where the fix changes nothing or does harm', () => {
    const now = outcome(58, 50);
    const same = trial({}, outcome(58, 50));
    const harmful = trial({ extreme: true, changesTrained: true }, outcome(20, 20));
    expect(findCauses(now, [same, harmful], width, labels)).toEqual([]);
  });

  it('are not changes of the trained network where nothing says how it should answer', () => {
    const now = outcome(30, 20);
    const other = trial({ code: 'inputs-not-normalised', changesTrained: true }, outcome(58, 58));
    expect(findCauses(now, [other], width, null)).toEqual([]);
    expect(findCauses(now, [other], width, labels)).toHaveLength(1);
  });

  it('take the fewest time-steps that do most of what more of them do', () => {
    const steps = [16, 32, 128].map((value, index) =>
      trial(
        { code: 'timesteps-few', fix: { title: `T ${value}`, edits: [{ path: ['timesteps'], value }] } },
        outcome(58, [35, 54, 56][index]!),
      ),
    );
    const causes = findCauses(outcome(58, 30), steps, width, labels);
    expect(causes.map(({ fix }) => fix.title)).toEqual(['T 32']);
  });
});
