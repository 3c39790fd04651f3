import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layerOperations, neurobench } from '../../src/core/energy/workload.ts';
import type { LstmLayer } from '../../src/core/network/types.ts';
import { testRun } from '../support/chips.ts';
import { activation, dense, lstm, passing, randomSource } from '../support/networks.ts';

const random = randomSource(2);

/** The same layer with every weight of the given rows of x at zero. */
function withSilentRows(layer: LstmLayer, rows: number): LstmLayer {
  const values = layer.kernel.values.slice().fill(0, 0, rows * 4 * layer.units);
  return { ...layer, kernel: { ...layer.kernel, values } };
}

describe('the operations of a layer', () => {
  it("are the paper's: 4ab + 4b^2 against 3b, and ab against 0 of a Dense layer", () => {
    const { workload } = testRun({
      layers: [lstm(random, 28, 64), passing('Dropout'), dense(random, 64, 10, 'softmax')],
      sequenceSteps: 28,
    });
    expect(layerOperations(workload)).toEqual([
      { layer: 'lstm', kind: 'LSTM', fullyConnected: 4 * 28 * 64 + 4 * 64 * 64, rest: 192, steps: 28 },
      { layer: 'dense', kind: 'Dense', fullyConnected: 640, rest: 0, steps: 1 },
    ]);
  });

  it('are of every layer that computes, at as many steps as it runs', () => {
    const { workload } = testRun({
      layers: [
        lstm(random, 3, 4, { name: 'sequence', returnSequences: true }),
        dense(random, 4, 5, 'relu', 'each step'),
        passing('Flatten'),
        dense(random, 35, 2, 'linear', 'last'),
        activation('softmax'),
      ],
      sequenceSteps: 7,
    });
    expect(
      layerOperations(workload).map(({ layer, fullyConnected, steps }) => [layer, fullyConnected, steps]),
    ).toEqual([
      ['sequence', 4 * 3 * 4 + 4 * 16, 7],
      ['each step', 20, 7],
      ['last', 70, 1],
      ['softmax', 0, 1],
    ]);
  });
});

describe("NeuroBench's metrics", () => {
  const layers = [lstm(random, 5, 8), dense(random, 8, 3, 'softmax')];
  const [weights, biases, membranes] = [13 * 32, 32, 13 + 32];

  it('count bytes of parameters and of what is kept', () => {
    const kept = 4 * (membranes + 2 * 8);
    const classifier = 4 * (8 * 3 + 3);
    const float = neurobench(testRun({ layers }).workload);
    expect(float.footprint).toBe(4 * (weights + biases) + classifier + kept);
    const { workload } = testRun({ layers, arithmetic: 'loihi' });
    expect(neurobench(workload).footprint).toBe(weights + 4 * biases + classifier + kept);
    expect(neurobench({ ...workload, weightBits: 4 }).footprint).toBe(
      weights / 2 + 4 * biases + classifier + kept,
    );
  });

  it('count operations by their kind', () => {
    const [T, steps] = [4, 3];
    const { workload } = testRun({ layers, timesteps: T, sequenceSteps: steps, spikes: () => 2 });
    const { synapticOperations, membraneUpdates, activationSparsity } = neurobench(workload);
    expect(synapticOperations).toEqual({
      effectiveACs: 2 * 13 * 32,
      effectiveMACs: 3 * 8 * steps + 24,
      dense: 13 * 32 * T * steps + 3 * 8 * steps + 24,
    });
    expect(membraneUpdates).toBe(membranes * T * steps);
    expect(activationSparsity).toBeCloseTo(1 - (2 * membranes) / (membranes * T * steps), 12);
  });

  it('leave out weights that are zero', () => {
    const whole = lstm(random, 5, 8);
    const { workload } = testRun({ layers: [withSilentRows(whole, 2)], spikes: () => 1 });
    const { synapticOperations, connectionSparsity } = neurobench(workload);
    expect(synapticOperations.effectiveACs).toBe(11 * 32);
    expect(connectionSparsity).toBeCloseTo(2 / 13, 12);
    expect(neurobench(testRun({ layers: [whole] }).workload).connectionSparsity).toBe(0);
  });

  it('never count more effective operations than dense ones, nor a sparsity outside 0..1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(12),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        (inputs, units, silent, timesteps, sequenceSteps) => {
          const layer = withSilentRows(lstm(random, inputs, units), Math.min(silent, inputs));
          const most = timesteps * sequenceSteps;
          const spikes = (n: number): number => (n * 7) % (most + 1);
          const metrics = neurobench(testRun({ layers: [layer], timesteps, sequenceSteps, spikes }).workload);
          const { effectiveACs, effectiveMACs, dense: all } = metrics.synapticOperations;
          expect(effectiveACs + effectiveMACs).toBeLessThanOrEqual(all);
          for (const sparsity of [metrics.connectionSparsity, metrics.activationSparsity]) {
            expect(sparsity).toBeGreaterThanOrEqual(0);
            expect(sparsity).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});
