/**
 * What a `NAME.spikewise.json` may hold. Reading checks against it, and the editor's JSON Schema
 * is made of it. Every key is documented in docs/specification.md.
 */
import * as v from 'valibot';
import { filled, notNegative, number, positive, strict, told, whole } from '../formats/schema-parts.ts';
import {
  defaultTolerance,
  allGateNames,
  mostNeuronsPerGate,
  mostWeightExponent,
  type Specification,
} from './types.ts';

/** Largest T: what 16-bit spike counts hold. */
const MOST_TIMESTEPS = 65536;
/** As in a chip file; simulated in the chip's arithmetic, a weight has at most 8. */
const MOST_WEIGHT_BITS = 32;

/** Of the keys that may be left out. */
export const defaults = {
  timesteps: 8,
  coding: 'residual',
  arithmetic: 'float',
  chip: 'loihi1',
  mapping: { chips: 1, fill: 1, generators: 'processors' },
  tolerance: defaultTolerance,
  input: { mean: 0, scale: 1 },
} as const satisfies Partial<Specification>;

const clippedLinear = v.pipe(
  strict({
    slope: told('Slope', 'Slope of the linear part, above 0.', positive('must be a number above 0')),
    offset: told('Offset', 'Value of the linear part at x = 0.', number('must be a number')),
    low: told('Low', 'Least value.', number('must be a number')),
    high: told('High', 'Greatest value, above low.', number('must be a number')),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (dataset.typed && dataset.value.low >= dataset.value.high) {
      addIssue({ message: 'must have low below high' });
    }
  }),
);

const data = strict({
  inputs: told(
    'Inputs',
    "Path of the samples, [samples, ...shape of the model's input], relative to this file: .npy, .npz, .csv, IDX, safetensors or JSON. FILE#NAME chooses one array of several. Of a model with several inputs: one file with an array of each name, or { NAME: FILE } for each.",
    v.union(
      [
        filled('must be the path of a data file'),
        v.pipe(
          v.record(v.string(), filled('must be the path of a data file')),
          v.minEntries(1, 'must name the file of an input'),
        ),
      ],
      'must be the path of a data file, or an object with one for each input',
    ),
  ),
  labels: v.exactOptional(
    told(
      'Labels',
      'Path of the class of each sample, as whole numbers from 0 or one-hot, in the same formats.',
      filled('must be the path of a data file'),
    ),
  ),
  limit: v.exactOptional(
    told(
      'Limit',
      'Use the first samples only.',
      whole(1, Number.MAX_SAFE_INTEGER, 'must be a whole number from 1'),
    ),
  ),
});

const input = strict({
  mean: v.optional(
    told('Mean', 'Is subtracted from every input.', number('must be a number')),
    defaults.input.mean,
  ),
  scale: v.optional(
    told(
      'Scale',
      'Every input is divided by it after the mean was subtracted. Above 0.',
      positive('must be a number above 0'),
    ),
    defaults.input.scale,
  ),
});

const embedding = strict({
  normalise: told(
    'Normalise',
    'unit: every vector is divided by its length, in both networks.',
    v.picklist(['unit'], "must be 'unit'"),
  ),
});

const tolerance = strict({
  mse: v.optional(
    told(
      'Mean squared error',
      'Of the values that any spiking population stands for, against the analog network. Above it is a warning.',
      notNegative('must be a number from 0'),
    ),
    defaults.tolerance.mse,
  ),
  accuracyDrop: v.optional(
    told(
      'Accuracy drop',
      'Of the spiking below the analog network, as a fraction: 0.01 is one point.',
      notNegative('must be a number from 0'),
    ),
    defaults.tolerance.accuracyDrop,
  ),
});

const mapping = strict({
  chips: v.optional(
    told(
      'Chips',
      'Chips that may be used.',
      whole(1, Number.MAX_SAFE_INTEGER, 'must be a whole number from 1'),
    ),
    defaults.mapping.chips,
  ),
  fill: v.optional(
    told(
      'Fill',
      'Fraction of every limit of a core that may be used, above 0 and up to 1.',
      v.pipe(
        positive('must be a number above 0 and up to 1'),
        v.maxValue(1, 'must be a number above 0 and up to 1'),
      ),
    ),
    defaults.mapping.fill,
  ),
  generators: v.optional(
    told(
      'Spike generators',
      'processors: on the embedded processors, where they take nothing of a core. cores: as neurons driven by a bias.',
      v.picklist(['processors', 'cores'], "must be 'processors' or 'cores'"),
    ),
    defaults.mapping.generators,
  ),
});

const baseline = strict({
  watts: told(
    'Watts',
    'Power that the machine draws while it runs the analog network, above 0. Used where it cannot be measured.',
    positive('must be a number above 0'),
  ),
});

const layer = strict({
  name: told(
    'Name',
    'Path of the module in the state_dict: encoder.lstm for encoder.lstm.weight_ih_l0.',
    filled('must be the path of a module'),
  ),
  activation: v.exactOptional(
    told(
      'Activation',
      'Of a Linear: what follows it. Of an LSTM: of the candidate and the output; tanh where it is left out.',
      filled('must be the name of an activation'),
    ),
  ),
  recurrentActivation: v.exactOptional(
    told(
      'Recurrent activation',
      "Of an LSTM's input, forget and output gates; sigmoid where it is left out.",
      filled('must be the name of an activation'),
    ),
  ),
  embedding: v.exactOptional(
    told(
      'Embedding',
      'Of a matrix without a bias: whether it is an nn.Embedding, whose inputs are ids, and no nn.Linear.',
      v.boolean('must be true or false'),
    ),
  ),
  returnSequences: v.exactOptional(
    told(
      'Return sequences',
      'Whether an LSTM hands on every sequence step, or its last alone.',
      v.boolean('must be true or false'),
    ),
  ),
});

const correction = v.pipe(
  strict({
    layer: told(
      'Layer',
      'Name of a layer with weights: LSTM, GRU, SimpleRNN, Dense, Conv1D or Conv2D.',
      filled('must be the name of a layer'),
    ),
    gate: v.exactOptional(
      told(
        'Gate',
        'Of an LSTM: i, f, c (the candidate) or o. Of a GRU: z, r, c, and u (what comes back, before the reset) where it resets after.',
        v.picklist(allGateNames, `must be one of ${allGateNames.join(', ')}`),
      ),
    ),
    weightScale: v.exactOptional(
      told(
        'Weight scale',
        "Multiplies the gate's weights, in both networks. Biases stay as they are.",
        positive('must be a number above 0'),
      ),
    ),
    neuron: v.exactOptional(
      told(
        'Neuron',
        'Whose bias is replaced: its index within the gate or the Dense layer.',
        whole(0, Number.MAX_SAFE_INTEGER, 'must be a whole number from 0'),
      ),
    ),
    bias: v.exactOptional(told('Bias', "The neuron's bias, in both networks.", number('must be a number'))),
    low: v.exactOptional(
      told(
        'Low',
        'Least output of the spiking neurons; those below are cut off. The nearer low and high are, the finer is a spike.',
        number('must be a number'),
      ),
    ),
    high: v.exactOptional(
      told('High', 'Greatest output of the spiking neurons.', number('must be a number')),
    ),
    spikingBias: v.exactOptional(
      told(
        'Bias of the spiking neurons',
        'Added to their pre-activations in the spiking network alone: one for each neuron of the gate or layer, or fewer that repeat.',
        v.pipe(
          v.array(number('must be a number'), 'must be a list of numbers'),
          v.minLength(1, 'must not be empty'),
        ),
      ),
    ),
    inputRange: v.exactOptional(
      told(
        'Input range',
        'Of the whole layer: inputs beyond plus or minus this are cut off. The less it is, the finer is a spike of the generator.',
        positive('must be a number above 0'),
      ),
    ),
    hiddenRange: v.exactOptional(
      told(
        'Hidden range',
        'The same of the hidden state that comes back.',
        positive('must be a number above 0'),
      ),
    ),
    weightExponent: v.exactOptional(
      told(
        'Weight exponent',
        "Of the whole layer, in the chip's arithmetic: weights, biases and thresholds are divided by 2 to this power. Above 0 larger weights fit, below 0 small ones are finer.",
        whole(
          -mostWeightExponent,
          mostWeightExponent,
          `must be a whole number from -${mostWeightExponent} to ${mostWeightExponent}`,
        ),
      ),
    ),
  }),
  v.check(
    ({ neuron, bias }) => (neuron === undefined) === (bias === undefined),
    'must have both neuron and bias, or neither',
  ),
  v.check(
    ({ low, high }) => (low === undefined) === (high === undefined) && (low === undefined || low < high!),
    'must have low below high, or neither',
  ),
);

export const specificationSchema = strict({
  model: told(
    'Model',
    'Path of the model file (tfjs model.json, Keras .keras or .h5, PyTorch .pt or .pth, .safetensors, .onnx, .nir), relative to this file.',
    filled('must be the path of a model file'),
  ),
  data: told('Data', 'The samples on which both networks run.', data),
  output: v.exactOptional(
    told(
      'Output',
      'Of a model with several outputs: name of the layer whose answers are compared, and which the labels are of. The first where it is left out.',
      filled('must be the name of a layer'),
    ),
  ),
  input: v.exactOptional(
    told(
      'Input normalisation',
      'Inputs become (x - mean) / scale. A spike generator can only represent values from -1 to 1.',
      input,
    ),
  ),
  embedding: v.exactOptional(
    told(
      'Embedding',
      'Of a model that starts with an embedding, whose inputs are ids: what becomes of its vectors.',
      embedding,
    ),
  ),
  timesteps: v.optional(
    told(
      'Time-steps (T)',
      'Time-steps that the spiking network runs in each sequence step. More are more exact and cost more.',
      whole(1, MOST_TIMESTEPS, `must be a whole number from 1 to ${MOST_TIMESTEPS}`),
    ),
    defaults.timesteps,
  ),
  coding: v.optional(
    told(
      'Coding',
      'residual: membranes start at half a threshold and keep what is left over to the next sequence step; needs about a tenth of the time-steps. reset: membranes start at 0 in every sequence step, as in the paper.',
      v.picklist(['residual', 'reset'], "must be 'residual' or 'reset'"),
    ),
    defaults.coding,
  ),
  arithmetic: v.optional(
    told(
      'Arithmetic',
      'float: real numbers. loihi: the integers of the chip, with weights of weightBits.',
      v.picklist(['float', 'loihi'], "must be 'float' or 'loihi'"),
    ),
    defaults.arithmetic,
  ),
  activations: v.exactOptional(
    told(
      'Activations',
      'What an activation name of the model means, as y = clip(slope * x + offset, low, high). For sigmoid or tanh: what replaces it in the spiking network.',
      v.record(v.string(), clippedLinear, 'must be an object'),
    ),
  ),
  neuronsPerGate: v.exactOptional(
    told(
      'Neurons per gate',
      'Neurons that compute each value of a gate or layer whose activation no single neuron has (sigmoid, tanh, gelu, leaky_relu), fitted to it over the sample data. auto: the fewest whose error is a small part of the tolerance.',
      v.union(
        [v.literal('auto'), v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(mostNeuronsPerGate))],
        `must be 'auto' or a whole number from 1 to ${mostNeuronsPerGate}`,
      ),
    ),
  ),
  layers: v.exactOptional(
    told(
      'Layers',
      'For files of weights alone (PyTorch, safetensors), which name neither order nor activations: the layers in the order in which they compute. Others in the file are left out.',
      v.pipe(v.array(layer, 'must be a list of layers'), v.minLength(1, 'must name a layer')),
    ),
  ),
  cellClip: v.exactOptional(
    told(
      'Cell clip',
      'Clamps the cell state of every LSTM to plus or minus this value after each sequence step, in both networks.',
      positive('must be a number above 0'),
    ),
  ),
  percentile: v.exactOptional(
    told(
      'Percentile',
      "Percentile of a ReLU or linear layer's activations over the data that becomes its threshold. 100 is the maximum.",
      v.pipe(
        positive('must be a number above 0 and up to 100'),
        v.maxValue(100, 'must be a number above 0 and up to 100'),
      ),
    ),
  ),
  thresholdScope: v.exactOptional(
    told(
      'Scope of thresholds',
      'layer: one threshold for all neurons of a ReLU layer. channel: one for each neuron of a Dense layer, and for each filter of a convolution, from its own activations.',
      v.picklist(['layer', 'channel'], "must be 'layer' or 'channel'"),
    ),
  ),
  chip: v.optional(
    told(
      'Chip',
      'The chip that the spiking layers are mapped to: loihi1, loihi2, or the path of a chip file (NAME.spikewise-chip.json), relative to this file.',
      filled('must be the name of a built-in chip or the path of a chip file'),
    ),
    defaults.chip,
  ),
  weightBits: v.exactOptional(
    told(
      'Weight bits',
      'Bits of a weight on the chip, one of those that it has. Fewer take less synapse memory, and round the weights where the arithmetic is loihi.',
      // One bit would be the sign alone.
      whole(2, MOST_WEIGHT_BITS, `must be a whole number from 2 to ${MOST_WEIGHT_BITS}`),
    ),
  ),
  rescaleWeights: v.exactOptional(
    told(
      'Rescale weights',
      "In the chip's arithmetic, whether weights and thresholds of an LSTM are moved by a power of two so that no weight is beyond what the chip holds. Without, as in the paper authors' implementation, those beyond are clipped.",
      v.boolean('must be true or false'),
    ),
  ),
  mapping: v.optional(
    told('Mapping', 'How the spiking layers are put on cores of the chip.', mapping),
    defaults.mapping,
  ),
  baseline: v.exactOptional(
    told(
      'Baseline',
      'The machine that runs the analog network, with whose energy the chip is compared.',
      baseline,
    ),
  ),
  corrections: v.exactOptional(
    told(
      'Corrections',
      'What is other than the model file says: the scale of the weights or the range of the values of a gate, the bias of a neuron, the ranges and weights of the spiking network alone. spikewise explain and calibrate propose them where they help.',
      v.array(correction, 'must be a list of corrections'),
    ),
  ),
  tolerance: v.optional(
    told('Tolerance', 'How far the spiking network may be off before a finding says so.', tolerance),
    defaults.tolerance,
  ),
});
