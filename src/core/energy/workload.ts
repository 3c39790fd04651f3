/** The work of a network in the words of NeuroBench and of the paper's section III, whatever the chip. */
import { onePlace, placesOfLayer, valueOfNeurons } from '../simulate/synapses.ts';
import { blocksOf } from '../convert/blocks.ts';
import type { HybridLayer, SpikingLayer } from '../convert/types.ts';
import type { LayerActivity } from '../map/types.ts';
import { stepsOfLayers } from '../network/sample-shapes.ts';
import { classOf, hasOneActivation, isConv, isRecurrent } from '../network/shapes.ts';
import { countPlaces } from '../network/windows.ts';
import type { ConvLayer, DenseLayer, Layer, RecurrentLayer, Tensor } from '../network/types.ts';
import { sum, total } from './sums.ts';
import type { LayerOperations, NeuroBench, Workload } from './types.ts';

/** Of a membrane, a cell state, a hidden value, and a parameter outside the chip's arithmetic. */
const bytesOfFloat = 4;

/** A layer that computes, with the sequence steps that it runs in an inference. */
interface ComputingLayer {
  readonly hybrid: HybridLayer;
  readonly steps: number;
}

/** What says how many sequence steps each layer runs. */
type Steps = Pick<Workload, 'layers' | 'sequenceSteps' | 'inputSteps' | 'skippedSteps'>;

/** Nothing after a layer that is not supported runs. */
function computingLayers({ layers, sequenceSteps, inputSteps, skippedSteps }: Steps): ComputingLayer[] {
  const computing: ComputingLayer[] = [];
  const steps = stepsOfLayers(
    layers.map(({ layer }) => layer),
    inputSteps ?? sequenceSteps,
  );
  for (const [index, hybrid] of layers.entries()) {
    if (hybrid.runsAs === 'unsupported') break;
    const skipped = skippedSteps?.[index] ?? 0;
    if (hybrid.runsAs !== 'nothing') computing.push({ hybrid, steps: steps[index]! - skipped });
  }
  return computing;
}

/** Multiply-accumulates of one sequence step; biases do not count. A layer that only activates has none. */
function operationsOf(layer: Layer): Pick<LayerOperations, 'fullyConnected' | 'rest'> {
  if (layer.kind === 'LSTM') {
    const { inputSize: a, units: b } = layer;
    return { fullyConnected: 4 * a * b + 4 * b * b, rest: 3 * b };
  }
  if (isRecurrent(layer)) {
    const { inputSize: a, units: b } = layer;
    // Cho et al. 2014, eq. 5-8: three maps; r h, z h and (1 - z) times the candidate.
    return layer.kind === 'GRU'
      ? { fullyConnected: 3 * a * b + 3 * b * b, rest: 3 * b }
      : { fullyConnected: a * b + b * b, rest: 0 };
  }
  if (layer.kind === 'Merge' && layer.operation !== 'concatenate') {
    return { fullyConnected: 0, rest: ((layer.inputs?.length ?? 1) - 1) * (layer.width ?? 0) };
  }
  const own = hasOneActivation(layer) ? layer.inputSize * layer.units * placesOfImage(layer) : 0;
  return { fullyConnected: own, rest: 0 };
}

/** Paper, section III: 4ab + 4b^2 fully connected against 3b of the cell update; a Dense layer ab against 0. */
export function layerOperations(workload: Steps): LayerOperations[] {
  return computingLayers(workload).map(({ hybrid: { layer }, steps }) => ({
    layer: layer.name,
    kind: classOf(layer),
    ...operationsOf(layer),
    steps,
  }));
}

/** Multiply-accumulates and neurons updated of the analog network, an inference: 4b gates and h of an LSTM's step, 3b and h of a GRU's. */
export function analogWork(workload: Steps): {
  readonly multiplyAccumulates: number;
  readonly neuronUpdates: number;
} {
  const layers = computingLayers(workload);
  return {
    multiplyAccumulates: sum(layers, ({ hybrid, steps }) => {
      const { fullyConnected, rest } = operationsOf(hybrid.layer);
      return (fullyConnected + rest) * steps;
    }),
    neuronUpdates: sum(layers, ({ hybrid: { layer }, steps }) => neuronsOf(layer) * steps),
  };
}

function neuronsOf(layer: Layer): number {
  if (layer.kind === 'LSTM') return 5 * layer.units;
  if (layer.kind === 'GRU') return 4 * layer.units;
  if (layer.kind === 'SimpleRNN') return layer.units;
  return hasOneActivation(layer) ? layer.units * placesOfImage(layer) : 0;
}

/** A convolution over images computes at every place of each step; along a sequence a place is a step. */
function placesOfImage(layer: Layer): number {
  return isConv(layer) ? countPlaces(layer.windows) : 1;
}

/** A spiking layer with what it did. */
interface Spiking {
  readonly layer: SpikingLayer;
  readonly activity: LayerActivity;
  readonly inputs: number;
  readonly neurons: number;
}

/**
 * NeuroBench's algorithm metrics. The spike generator's neurons count as neurons. Weights are those of the file:
 * one that the chip rounds to zero still takes a synapse. What a layer that stays analog reads counts as not zero.
 */
export function neurobench(workload: Workload): NeuroBench {
  const { timesteps } = workload;
  const computing = computingLayers(workload);
  const spiking = spikingLayers(workload);
  const analog = computing.filter(({ hybrid }) => hybrid.runsAs === 'analog');
  const weights = computing.flatMap(({ hybrid }) => weightsOf(hybrid.layer));
  const connections = sum(weights, ({ values }) => values.length);
  const cell = sum(computing, ({ hybrid: { layer, runsAs }, steps }) =>
    runsAs === 'spiking' ? operationsOf(layer).rest * steps : 0,
  );
  const opportunities = sum(
    spiking,
    ({ inputs, neurons, activity }) => (inputs + neurons) * timesteps * activity.windows,
  );
  const spikes = sum(spiking, ({ activity }) => total(activity.inputSpikes) + total(activity.neuronSpikes));
  return {
    footprint: footprint(workload, computing, spiking),
    connectionSparsity: connections > 0 ? 1 - sum(weights, nonZero) / connections : 0,
    activationSparsity: opportunities > 0 ? 1 - spikes / opportunities : 0,
    synapticOperations: {
      effectiveMACs:
        cell +
        sum(analog, ({ hybrid: { layer }, steps }) => {
          const { rest } = operationsOf(layer);
          return (sum(weightsOf(layer), nonZero) * placesOfImage(layer) + rest) * steps;
        }),
      effectiveACs: sum(spiking, accumulates),
      dense:
        cell +
        sum(spiking, ({ layer, inputs, neurons, activity }) => {
          const own =
            blocksOf(layer).length > 1 ? synapsesOfBlocks(layer) : (inputs * neurons) / placesOfLayer(layer);
          return own * timesteps * activity.windows;
        }) +
        sum(analog, ({ hybrid: { layer }, steps }) => {
          const { fullyConnected, rest } = operationsOf(layer);
          return (fullyConnected + rest) * steps;
        }),
    },
    membraneUpdates: opportunities,
  };
}

function spikingLayers({ layers, activity }: Workload): Spiking[] {
  return layers
    .filter((layer) => layer.runsAs === 'spiking')
    .flatMap((layer, index) => {
      const did = activity[index];
      return did
        ? [{ layer, activity: did, inputs: did.inputSpikes.length, neurons: did.neuronSpikes.length }]
        : [];
    });
}

/** Spikes of the generator times the weights that are not zero of the row that each one reads. */
function accumulates({ layer, activity }: Spiking): number {
  const places = placesOfLayer(layer);
  const inputs = activity.inputSpikes.length / places;
  let [sum, input] = [0, 0];
  for (const block of blocksOf(onePlace(layer))) {
    const values = block.weights();
    const width = values.length / block.inputs;
    const neuronValues = valueOfNeurons(block.populations);
    for (let row = 0; row < values.length; row += width, input++) {
      let targets = 0;
      for (const value of neuronValues) if (values[row + value] !== 0) targets++;
      // The same weights at every place.
      for (let place = 0; place < places; place++) {
        sum += activity.inputSpikes[place * inputs + input]! * targets;
      }
    }
  }
  return sum;
}

/** [inputs, values] each: those of x, and the recurrent ones. */
function weightsOf(layer: Layer): readonly Tensor[] {
  if (isRecurrent(layer)) return [layer.kernel, layer.recurrentKernel];
  return hasOneActivation(layer) ? [layer.kernel] : [];
}

function biasesOf(layer: RecurrentLayer | DenseLayer | ConvLayer): number {
  return layer.bias.values.length + ('recurrentBias' in layer ? layer.recurrentBias.values.length : 0);
}

/** Every input of a block reaches every neuron of it. */
function synapsesOfBlocks(layer: SpikingLayer): number {
  return sum(
    blocksOf(layer),
    ({ inputs, populations }) => inputs * sum(populations, ({ neurons }) => neurons),
  );
}

function nonZero({ values }: Tensor): number {
  let count = 0;
  for (const value of values) if (value !== 0) count++;
  return count;
}

/** Bytes: parameters, membranes of neurons and generators, h of each recurrent layer and c of each LSTM. */
function footprint(
  { arithmetic, weightBits }: Workload,
  computing: readonly ComputingLayer[],
  spiking: readonly Spiking[],
): number {
  const parameters = sum(computing, ({ hybrid: { layer, runsAs } }) => {
    if (layer.kind === 'Embedding') return layer.vocabulary * layer.dimension * bytesOfFloat;
    if (layer.kind === 'Scale') return 2 * layer.channels * bytesOfFloat;
    if (!isRecurrent(layer) && !hasOneActivation(layer)) return 0;
    const onChip = runsAs === 'spiking' && arithmetic === 'loihi';
    const weights = sum(weightsOf(layer), ({ values }) => values.length);
    return weights * (onChip ? weightBits / 8 : bytesOfFloat) + biasesOf(layer) * bytesOfFloat;
  });
  const membranes = sum(spiking, ({ inputs, neurons }) => inputs + neurons);
  const cell = sum(computing, ({ hybrid: { layer } }) => {
    if (!isRecurrent(layer)) return 0;
    return layer.kind === 'LSTM' ? 2 * layer.units : layer.units;
  });
  return parameters + (membranes + cell) * bytesOfFloat;
}
