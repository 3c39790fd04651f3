/** A network and what it would become, as plain data to look at. */
import { countOf } from '../formats/weights/stored-tensor.ts';
import { isSmooth, resolveActivation, snakeCase } from '../convert/activations.ts';
import type { Conversion } from '../convert/convert.ts';
import type { ConversionOptions, HybridLayer, PopulationSpec } from '../convert/types.ts';
import type { Finding } from '../findings/types.ts';
import { isChain, readsOf } from '../network/graph.ts';
import { shapesOf } from '../network/sample-shapes.ts';
import { classOf, hasOneActivation, isBackward, isConv, isRecurrent } from '../network/shapes.ts';
import { placesAlong } from '../network/windows.ts';
import type {
  ActivationName,
  ClippedLinear,
  Layer,
  Network,
  RecurrentLayer,
  Tensor,
} from '../network/types.ts';
import type {
  ActivationSummary,
  LayerSummary,
  ModelSummary,
  TensorName,
  TensorSummary,
  WeightsCounted,
} from './types.ts';

export interface Inspected {
  readonly network: Network;
  readonly conversion: Conversion;
  readonly activations: NonNullable<ConversionOptions['activations']>;
  /** False for a tensor that the file lacks. */
  readonly isStored: (tensor: Tensor) => boolean;
}

export function summarise(
  { network, conversion, activations, isStored }: Inspected,
  about: Pick<ModelSummary, 'file' | 'bytes' | 'specification'>,
): ModelSummary {
  const findings = conversion.findings.filter(({ code }) => code !== 'layers-assumed');
  const shapes = shapesOf(network);
  const reads = isChain(network.layers) ? null : readsOf(network.layers);
  const said = messagesByLayer(findings);
  const fitted = new Set(
    findings.flatMap(({ code, layer }) => (code === 'activation-fitted' ? (layer ?? []) : [])),
  );
  // A layer that is used twice has its weights once.
  const listed = new Map<Tensor, string>();
  const layers = conversion.layers.map((hybrid, i): LayerSummary => {
    const { layer, runsAs } = hybrid;
    const stored = tensorsOf(layer).filter(({ tensor }) => isStored(tensor));
    const tensors = stored.filter(({ tensor }) => !listed.has(tensor));
    const weightsOf = stored.flatMap(({ tensor }) => listed.get(tensor) ?? [])[0];
    for (const { tensor } of tensors) listed.set(tensor, cut(layer.name));
    return {
      name: cut(layer.name),
      kind: cut(classOf(layer)),
      runsAs,
      reasons: reasonsOf(hybrid, said.get(layer.name) ?? [], fitted.has(layer.name)).map(cut),
      ...{ input: shapes[i]!.read[0] ?? null, output: shapes[i]!.output },
      ...(reads && { reads: reads[i]!.flatMap((from) => network.layers[from]?.name ?? []).map(cut) }),
      parameters: tensors.reduce((sum, { tensor }) => sum + countOf(tensor.shape), 0),
      activations: activationsOf(layer).map(({ of, name }) => ({
        of,
        name: cut(name),
        spiking: spikingWords(name, activations, runsAs === 'spiking'),
      })),
      populations:
        'populations' in hybrid ? hybrid.populations.map(({ name, neurons }) => ({ name, neurons })) : [],
      tensors: tensors.map(({ name, tensor }): TensorSummary => ({
        name,
        shape: tensor.shape,
        weights: null,
      })),
      ...(weightsOf !== undefined && { weightsOf }),
    };
  });
  const { name, format, inputShape, assumptions = [] } = network;
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  return {
    ...{ schemaVersion: 1, name: cut(name), format: cut(format), ...about },
    ...{ parameters, inputShape, assumptions, layers, findings },
  };
}

/** The summary with one more tensor counted. */
export function withWeights(summary: ModelSummary, { layer, tensor, weights }: WeightsCounted): ModelSummary {
  const layers = summary.layers.map((entry, i) =>
    i === layer
      ? { ...entry, tensors: entry.tensors.map((one) => (one.name === tensor ? { ...one, weights } : one)) }
      : entry,
  );
  return { ...summary, layers };
}

export interface NamedTensor {
  readonly name: TensorName;
  readonly tensor: Tensor;
}

/** In the order in which they are shown. */
export function tensorsOf(layer: Layer): NamedTensor[] {
  if (layer.kind === 'Embedding') return [{ name: 'table', tensor: layer.table }];
  if (layer.kind === 'Scale') {
    return [
      { name: 'scale', tensor: layer.scale },
      { name: 'offset', tensor: layer.offset },
    ];
  }
  if (hasOneActivation(layer)) {
    return [
      { name: 'kernel', tensor: layer.kernel },
      { name: 'bias', tensor: layer.bias },
    ];
  }
  if (!isRecurrent(layer)) return [];
  return [
    { name: 'kernel', tensor: layer.kernel },
    { name: 'recurrentKernel', tensor: layer.recurrentKernel },
    { name: 'bias', tensor: layer.bias },
    ...('recurrentBias' in layer ? [{ name: 'recurrentBias', tensor: layer.recurrentBias } as const] : []),
  ];
}

function messagesByLayer(findings: readonly Finding[]): ReadonlyMap<string, readonly string[]> {
  const messages = new Map<string, string[]>();
  for (const { layer, message } of findings) {
    if (layer === null) continue;
    const of = messages.get(layer) ?? [];
    of.push(message);
    messages.set(layer, of);
  }
  return messages;
}

/** A file may give anything as a name. */
function cut(words: string): string {
  return words.length <= 500 ? words : `${words.slice(0, 499)}…`;
}

function activationsOf(layer: Layer): { of: ActivationSummary['of']; name: ActivationName }[] {
  switch (layer.kind) {
    case 'LSTM':
    case 'GRU':
      return [
        { of: 'recurrent_activation', name: layer.recurrentActivation },
        { of: 'activation', name: layer.activation },
      ];
    case 'SimpleRNN':
    case 'Dense':
    case 'Conv1D':
    case 'Conv2D':
    case 'Activation':
      return [{ of: 'activation', name: layer.activation }];
    default:
      return [];
  }
}

function spikingWords(
  name: string,
  activations: Readonly<Record<string, ClippedLinear>> | undefined,
  spikes: boolean,
): string | null {
  const { spiking } = resolveActivation(name, activations);
  if (spiking === null && snakeCase(name) === 'linear') return spikes ? 'clip(x, -range, range)' : null;
  if (spiking === null) return spikes && isSmooth(name) ? 'a sum of clips, fitted to the data' : null;
  return spiking === 'relu' ? 'max(x, 0)' : clipWords(spiking);
}

/** "clip(0.25 x + 0.5, 0, 1)", "clip(x/6 + 0.5, 0, 1)" */
function clipWords({ slope, offset, low, high }: ClippedLinear): string {
  const [shift, ...ends] = [Math.abs(offset), low, high].map(short);
  const sum = offset === 0 ? '' : ` ${offset < 0 ? '-' : '+'} ${shift!}`;
  return `clip(${scaled(slope)}${sum}, ${ends.join(', ')})`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** A sixth has no end as a decimal. */
function scaled(slope: number): string {
  if (slope === 1) return 'x';
  const parts = Math.round(1 / slope);
  const isFraction = Math.abs(slope * parts - 1) < 1e-6;
  return isFraction && short(slope).length > 6 ? `x/${parts}` : `${short(slope)} x`;
}

/** Findings say why a layer does not spike; one that does without a word needs one. */
function reasonsOf(hybrid: HybridLayer, said: readonly string[], fitted: boolean): readonly string[] {
  switch (hybrid.runsAs) {
    case 'spiking':
      return [spikingReason(hybrid, fitted), ...said];
    case 'nothing':
      if (hybrid.layer.kind === 'Folded') return said;
      return ['It computes nothing at inference.', ...said];
    default:
      return said;
  }
}

function spikingReason(
  { layer, populations }: Extract<HybridLayer, { runsAs: 'spiking' }>,
  fitted: boolean,
): string {
  if (isRecurrent(layer)) {
    const order = isBackward(layer)
      ? ' It reads the sequence from its end; its output goes on beside that of the layer before it.'
      : '';
    const why = fitted
      ? 'Its activations are smooth, and neurons are fitted to them'
      : 'Its activations are linear between two clips';
    return `${why}: ${recurrentWords(layer, populations)}${order}`;
  }
  return `${whyDense(layer.activation, fitted)}: it becomes ${populations[0]!.neurons} integrate-and-fire neurons${ofPlaces(layer)}.`;
}

/** What its gates become and what of it stays analog. */
function recurrentWords(layer: RecurrentLayer, populations: readonly PopulationSpec[]): string {
  const [{ neurons }] = populations as [PopulationSpec];
  const each = `${neurons} integrate-and-fire neurons`;
  if (layer.kind === 'SimpleRNN') return `it becomes ${each}, whose counts are its hidden state.`;
  if (layer.kind === 'LSTM') {
    return `its ${populations.length} gates become ${each} each, its cell update stays analog.`;
  }
  const linear = layer.resetAfter ? ', the recurrent part u before it' : '';
  return `its gates z and r${linear} and its candidate c become ${each} each, in two windows a sequence step, since the candidate needs r; its update stays analog.`;
}

function whyDense(activation: ActivationName, fitted: boolean): string {
  if (fitted) return 'Its activation is smooth, and neurons are fitted to it';
  const ends = 'and the sample data will say where it ends';
  if (activation === 'relu') return `A ReLU is linear above 0, ${ends}`;
  return activation === 'linear' ? `It is linear, ${ends}` : 'Its activation is linear between two clips';
}

/** Of a convolution over images, every place has neurons of its own. */
function ofPlaces(layer: Layer): string {
  if (!isConv(layer)) return '';
  if (!layer.windows.image) return ', whose window runs along the sequence';
  const { windows } = layer;
  const places = windows.image!.map((length, axis) => placesAlong(windows, axis, length).count).join(' × ');
  return `, ${layer.units} filters at each of ${places} places`;
}
