/** Chains of layers: what a bidirectional LSTM reads and hands on, and teacher forcing. */
import { describe, expect, it } from 'vitest';
import type { LstmLayer } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { hardActivations, lstm, randomSource, randomTrace, trace } from '../support/networks.ts';

const kernel = createTwinKernel();
const link = (layer: LstmLayer) => ({
  layer,
  run: analogRunner(layer, kernel, { activations: hardActivations, cellClip: null }),
});
const backward = (layer: LstmLayer): LstmLayer => ({ ...layer, direction: 'backward' });

describe('a bidirectional LSTM', () => {
  const random = randomSource(1);
  const there = lstm(random, 3, 4, { returnSequences: true });
  const back = lstm(random, 3, 2, { returnSequences: true });
  const sample = randomTrace(random, 3, 5);
  const mirrored = trace(
    Float32Array.from(sample.values, (_, i) => sample.values[(4 - Math.floor(i / 3)) * 3 + (i % 3)]!),
    5,
  );

  it('hands on both directions side by side, each at its sequence step', () => {
    const runs = runChain([link(there), link(backward(back))], sample);
    const output = runs[1]!.output;
    const forward = link(there).run(sample).output.values;
    const turned = link(back).run(mirrored).output.values;
    expect(output).toMatchObject({ steps: 5, features: 6, sequence: true });
    for (let step = 0; step < 5; step++) {
      expect(output.values.subarray(step * 6, step * 6 + 4)).toEqual(
        forward.subarray(step * 4, step * 4 + 4),
      );
      expect(output.values.subarray(step * 6 + 4, step * 6 + 6)).toEqual(
        turned.subarray((4 - step) * 2, (4 - step) * 2 + 2),
      );
    }
  });

  it('hands on what each direction ends with, where the sequence is left', () => {
    const last = (layer: LstmLayer): LstmLayer => ({ ...layer, returnSequences: false });
    const runs = runChain([link(last(there)), link(backward(last(back)))], sample);
    const ends = [
      ...link(last(there)).run(sample).output.values,
      ...link(last(back)).run(mirrored).output.values,
    ];
    expect(runs[1]!.output).toMatchObject({ steps: 1, features: 6, sequence: false });
    expect([...runs[1]!.output.values]).toEqual(ends);
  });
});

describe('teacher forcing', () => {
  const random = randomSource(2);
  const layer = lstm(random, 3, 4, { returnSequences: true });
  const other = lstm(random, 3, 4, { returnSequences: true });
  const sample = randomTrace(random, 3, 6);

  it('changes nothing with the states of the run itself', () => {
    const free = runChain([link(layer)], sample);
    const forced = runChain([link(layer)], sample, [free[0]!.cell]);
    expect(forced[0]!.output.values).toEqual(free[0]!.output.values);
  });

  it('starts every step from the given state', () => {
    const teacher = runChain([link(other)], sample)[0]!.cell;
    const forced = runChain([link(layer)], sample, [teacher])[0]!;
    // The last step alone, from the teacher's state before it.
    const before = { hidden: teacher!.hidden.slice(16, 20), state: teacher!.state!.slice(16, 20) };
    const alone = runChain([link(layer)], trace(sample.values.subarray(12), 2), [before])[0]!;
    expect(forced.cell!.hidden.slice(20, 24)).toEqual(alone.cell!.hidden.slice(4, 8));
    expect(forced.cell!.hidden).not.toEqual(teacher!.hidden);
  });
});
