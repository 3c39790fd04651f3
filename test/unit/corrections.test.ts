/** What a specification says is other than in the model file, and edits of specifications as data. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correctedRange, correctNetwork } from '../../src/core/convert/corrections.ts';
import { withEdits } from '../../src/core/convert/edits.ts';
import { gateNames, type Correction } from '../../src/core/convert/types.ts';
import { InputFault } from '../../src/core/findings/types.ts';
import type { LstmLayer } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { chain, dense, hardActivations, lstm, randomSource, randomTrace } from '../support/networks.ts';

const units = 4;
const random = randomSource(4);
const network = chain([5, 3], lstm(random, 3, units), dense(random, units, 2, 'softmax'));

describe('corrections', () => {
  it('scale the weights of one gate and leave all else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...gateNames), fc.constantFrom(0.25, 0.5, 2, 4), (gate, weightScale) => {
        const [corrected] = correctNetwork(network, [{ layer: 'lstm', gate, weightScale }], '').layers;
        const [before, after] = [network.layers[0], corrected] as [LstmLayer, LstmLayer];
        for (const name of ['kernel', 'recurrentKernel'] as const) {
          const expected = before[name].values.map((value, i) =>
            gateNames[Math.floor((i % (4 * units)) / units)] === gate ? value * weightScale : value,
          );
          expect(after[name].values).toEqual(expected);
        }
        expect(after.bias).toBe(before.bias);
      }),
    );
  });

  it('undo each other, in the outputs too', () => {
    const there: Correction = { layer: 'lstm', gate: 'f', weightScale: 4 };
    const back: Correction = { layer: 'lstm', gate: 'f', weightScale: 0.25 };
    const { layers } = correctNetwork(network, [there, back], '');
    const run = (layer: (typeof layers)[number]) =>
      analogRunner(layer, createTwinKernel(), { activations: hardActivations, cellClip: null })(
        randomTrace(randomSource(9), 3, 5),
      ).output.values;
    expect(run(layers[0]!)).toEqual(run(network.layers[0]!));
    expect(run(correctNetwork(network, [there], '').layers[0]!)).not.toEqual(run(network.layers[0]!));
  });

  it('replace the bias of one neuron', () => {
    const corrections = [
      { layer: 'lstm', gate: 'c', neuron: 1, bias: 3 },
      { layer: 'dense', neuron: 0, bias: -2 },
    ] as const;
    const [first, second] = correctNetwork(network, corrections, '').layers as [LstmLayer, LstmLayer];
    expect([...first.bias.values]).toEqual(
      [...(network.layers[0] as LstmLayer).bias.values].map((value, i) => (i === 2 * units + 1 ? 3 : value)),
    );
    expect(second.bias.values[0]).toBe(-2);
  });

  it.each<[Correction, string]>([
    [{ layer: 'other', weightScale: 2 }, 'none of those with weights: lstm, dense'],
    [{ layer: 'lstm', weightScale: 2 }, 'needs a gate'],
    [{ layer: 'dense', gate: 'i', weightScale: 2 }, 'is a Dense layer'],
    [{ layer: 'lstm', gate: 'i', neuron: units, bias: 1 }, 'names neuron 4, but there are 4'],
  ])('that do not fit are refused, at their place: %j', (correction, words) => {
    try {
      correctNetwork(network, [{ layer: 'dense', weightScale: 1 }, correction], 'a.spikewise.json');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InputFault);
      expect((error as InputFault).message).toContain(words);
      expect((error as InputFault).place.path).toEqual(['corrections', 1]);
    }
  });

  it('narrow the range of one population', () => {
    const activation = { slope: 0.25, offset: 0.5, low: 0, high: 1 };
    const corrections = [{ layer: 'lstm', gate: 'i', low: 0.25, high: 0.75 }] as const;
    expect(correctedRange(activation, 'lstm', 'i', corrections)).toEqual({
      ...activation,
      low: 0.25,
      high: 0.75,
    });
    expect(correctedRange(activation, 'lstm', 'f', corrections)).toBe(activation);
    expect(correctedRange(activation, 'dense', undefined, corrections)).toBe(activation);
  });
});

describe('edits of a specification', () => {
  it('set, replace and remove values at paths, and leave the given object', () => {
    const before = { timesteps: 8, input: { mean: 1, scale: 2 }, cellClip: 3 };
    const edits = [
      { path: ['timesteps'], value: 16 },
      { path: ['input', 'mean'], value: 5 },
      { path: ['activations', 'hard'], value: { slope: 1 } },
      { path: ['cellClip'], value: undefined },
    ];
    expect(withEdits(before, edits)).toEqual({
      timesteps: 16,
      input: { mean: 5, scale: 2 },
      activations: { hard: { slope: 1 } },
    });
    expect(before).toEqual({ timesteps: 8, input: { mean: 1, scale: 2 }, cellClip: 3 });
  });

  it('leave prototypes alone', () => {
    withEdits({}, [{ path: ['__proto__', 'polluted'], value: true }]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
