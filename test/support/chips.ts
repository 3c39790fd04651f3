/** A made-up chip of which every event has a price, and runs of small networks on it. */
import type { Calibration, Chip, PricedEvent, PriceTable, Sourced } from '../../src/core/chips/types.ts';
import { pricedEvents } from '../../src/core/chips/types.ts';
import { convert } from '../../src/core/convert/convert.ts';
import type { Workload } from '../../src/core/energy/types.ts';
import { layerDemands } from '../../src/core/map/findings.ts';
import { mapToChip } from '../../src/core/map/map.ts';
import type { ChipUsage, LayerActivity, MapOptions } from '../../src/core/map/types.ts';
import type { Layer } from '../../src/core/network/types.ts';
import { chain, hardActivations } from './networks.ts';

export function sourced<T>(value: T): Sourced<T> {
  return { value, source: 'made up for a test', grade: 'assumed', otherwise: [] };
}

/** Every event costs `scale` times its place in the list, in pJ and ns. */
export function priceTable(name: string, scale: number, without: readonly PricedEvent[] = []): PriceTable {
  const priced = pricedEvents.filter((event) => !without.includes(event));
  return {
    name,
    prices: Object.fromEntries(
      priced.map((event) => {
        const size = scale * (1 + pricedEvents.indexOf(event));
        return [
          event,
          { energy: size * 1e-12, time: size * 1e-9, source: `${name}: ${event}`, grade: 'measured' },
        ];
      }),
    ),
    barrier: [
      { tiles: 1, time: scale * 100e-9, source: name, grade: 'measured' },
      { tiles: 11, time: scale * 200e-9, source: name, grade: 'measured' },
    ],
  };
}

const resetBySubtraction = { compartments: sourced(2), synapses: sourced(1), axons: sourced(0) };

/** Like a Loihi 1 in form and smaller in size; the prices are complete. */
export function testChip(changes: Partial<Chip> = {}): Chip {
  return {
    id: 'test',
    name: 'Test chip',
    mesh: { columns: sourced(4), rows: sourced(3), coresPerTile: sourced(2), processorTile: sourced(0) },
    core: {
      compartments: sourced(128),
      inAxons: sourced(512),
      outAxons: sourced(512),
      synapseBits: sourced(131_072),
      compartmentConfigurations: sourced(32),
      thresholdConfigurations: sourced(8),
      synapseConfigurations: sourced(8),
    },
    synapses: {
      weightBits: sourced([4, 8]),
      entrySynapses: sourced(64),
      entryHeadBits: sourced(10),
      wordBits: sourced(64),
      axonWords: sourced(null),
      axonsPerInput: sourced(2),
    },
    neuron: {
      thresholds: { single: sourced(1), dual: sourced(2) },
      reset: {
        subtract: resetBySubtraction,
        zero: { compartments: sourced(1), synapses: sourced(0), axons: sourced(0) },
      },
      outAxonsPerThreshold: sourced(1),
    },
    priceTables: [priceTable('first', 1), priceTable('second', 3)],
    stepTimes: [sourced(10e-6), sourced(50e-6)],
    processorPower: [sourced(20e-3)],
    staticPower: [sourced(1e-3), sourced(2e-3)],
    calibrations: [],
    ...changes,
  };
}

export function calibration(changes: Partial<Calibration> = {}): Calibration {
  return {
    name: 'made up',
    event: 'spikes',
    energyPerEvent: 1e-9,
    leaveOneOutError: 0.25,
    source: 'made up for a test',
    grade: 'calibrated',
    ...changes,
  };
}

export interface TestRun {
  readonly chip: Chip;
  readonly usage: ChipUsage;
  readonly workload: Workload;
}

interface RunSettings {
  readonly layers: readonly Layer[];
  readonly chip?: Chip;
  readonly timesteps?: number;
  readonly sequenceSteps?: number;
  readonly generators?: MapOptions['generators'];
  readonly arithmetic?: Workload['arithmetic'];
  /** Spikes a sample of the nth input or neuron of a layer. */
  readonly spikes?: (index: number) => number;
}

/** Converts a chain of layers, makes its spikes up and maps it. */
export function testRun({
  layers: chained,
  chip = testChip(),
  timesteps = 4,
  sequenceSteps = 3,
  generators = 'processors',
  arithmetic = 'float',
  spikes = (index) => 1 + (index % 5),
}: RunSettings): TestRun {
  const network = chain([null, null], ...chained);
  const options = { timesteps, coding: 'residual', arithmetic, activations: hardActivations } as const;
  const { layers } = convert(network, options, {});
  const demands = layerDemands(layers);
  let windows = sequenceSteps;
  const activity = layers.flatMap(({ runsAs, layer }): LayerActivity[] => {
    const here = windows;
    if (layer.kind === 'LSTM' && !layer.returnSequences) windows = 1;
    const demand = demands.find((candidate) => candidate.layer === layer.name);
    if (runsAs !== 'spiking' || !demand) return [];
    const neurons = demand.populations.reduce((sum, population) => sum + population.neurons, 0);
    const count = (length: number) => Float64Array.from({ length }, (_, index) => spikes(index));
    return [
      { layer: demand.layer, windows: here, inputSpikes: count(demand.inputs), neuronSpikes: count(neurons) },
    ];
  });
  const usage = mapToChip(demands, activity, chip, { chips: 1, fill: 1, weightBits: 8, generators });
  const workload = {
    layers,
    activity,
    timesteps,
    arithmetic,
    weightBits: 8,
    sequenceSteps,
    inputValues: 12,
    outputValues: 3,
  };
  return { chip, usage, workload };
}
