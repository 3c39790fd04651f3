/** A network and what it would become, as plain data to look at. */
import { countOf } from '../formats/weights/stored-tensor.ts';
import { isFittable, resolveActivation } from '../convert/activations.ts';
import type { Conversion } from '../convert/convert.ts';
import type { ConversionOptions, HybridLayer, PopulationSpec } from '../convert/types.ts';
import type { Finding } from '../findings/types.ts';
import { isBackward } from '../network/shapes.ts';
import type { ActivationName, ClippedLinear, Layer, Network, Tensor } from '../network/types.ts';
import type {
  ActivationSummary,
  LayerSummary,
  ModelSummary,
  SampleShape,
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
  const shapes = sampleShapes(network);
  const said = messagesByLayer(findings);
  const fitted = new Set(
    findings.flatMap(({ code, layer }) => (code === 'activation-fitted' ? (layer ?? []) : [])),
  );
  const layers = conversion.layers.map((hybrid, i): LayerSummary => {
    const { layer, runsAs } = hybrid;
    const tensors = tensorsOf(layer).filter(({ tensor }) => isStored(tensor));
    return {
      name: cut(layer.name),
      kind: cut(layer.kind === 'Unsupported' ? layer.className : layer.kind),
      runsAs,
      reasons: reasonsOf(hybrid, said.get(layer.name) ?? [], fitted.has(layer.name)).map(cut),
      ...shapes[i]!,
      parameters: tensors.reduce((sum, { tensor }) => sum + countOf(tensor.shape), 0),
      activations: activationsOf(layer).map(({ of, name }) => ({
        of,
        name: cut(name),
        spiking: spikingWords(name, activations, layer.kind === 'LSTM'),
      })),
      populations:
        'populations' in hybrid ? hybrid.populations.map(({ name, neurons }) => ({ name, neurons })) : [],
      tensors: tensors.map(({ name, tensor }): TensorSummary => ({
        name,
        shape: tensor.shape,
        weights: null,
      })),
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
  if (layer.kind !== 'LSTM' && layer.kind !== 'Dense') return [];
  return [
    { name: 'kernel', tensor: layer.kernel },
    ...(layer.kind === 'LSTM' ? [{ name: 'recurrentKernel', tensor: layer.recurrentKernel } as const] : []),
    { name: 'bias', tensor: layer.bias },
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
      return [
        { of: 'recurrent_activation', name: layer.recurrentActivation },
        { of: 'activation', name: layer.activation },
      ];
    case 'Dense':
    case 'Activation':
      return [{ of: 'activation', name: layer.activation }];
    default:
      return [];
  }
}

function spikingWords(
  name: string,
  activations: Readonly<Record<string, ClippedLinear>> | undefined,
  ofGate: boolean,
): string | null {
  const { spiking } = resolveActivation(name, activations);
  if (spiking === null) return ofGate && isFittable(name) ? 'a sum of clips, fitted to the data' : null;
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
      return ['It computes nothing at inference.', ...said];
    default:
      return said;
  }
}

function spikingReason(
  { layer, populations }: Extract<HybridLayer, { runsAs: 'spiking' }>,
  fitted: boolean,
): string {
  if (layer.kind === 'LSTM') {
    const order = isBackward(layer)
      ? ' It reads the sequence from its end; its output goes on beside that of the LSTM before it.'
      : '';
    const why = fitted
      ? 'Its activations are smooth, and neurons are fitted to them'
      : 'Its activations are linear between two clips';
    const [{ neurons }] = populations as [PopulationSpec];
    return `${why}: its ${populations.length} gates become ${neurons} integrate-and-fire neurons each, its cell update stays analog.${order}`;
  }
  const shape =
    layer.activation === 'relu'
      ? 'A ReLU is linear above 0, and the sample data will say where it ends'
      : 'Its activation is linear between two clips';
  return `${shape}: it becomes ${layer.units} integrate-and-fire neurons.`;
}

/** Before and after each layer. */
function sampleShapes({ inputShape, layers }: Network) {
  let input: SampleShape = inputShape;
  let output: SampleShape = inputShape;
  return layers.map((layer) => {
    const before = output;
    if (!isBackward(layer)) input = before;
    output = outputShape(layer, input);
    // It stands beside the output of the LSTM before it.
    if (isBackward(layer)) output = output && [...output.slice(0, -1), layer.units + (before?.at(-1) ?? 0)];
    return { input, output };
  });
}

function outputShape(layer: Layer, input: SampleShape): SampleShape {
  switch (layer.kind) {
    case 'LSTM':
      // A sequence of unknown length where what is before is not known either.
      return layer.returnSequences ? [input?.length === 2 ? input[0]! : null, layer.units] : [layer.units];
    case 'Embedding':
      return [input?.[0] ?? null, layer.dimension];
    case 'Dense':
      return input && [...input.slice(0, -1), layer.units];
    case 'Flatten':
      return (
        input && [
          input.reduce<number | null>((n, size) => (n === null || size === null ? null : n * size), 1),
        ]
      );
    case 'Unsupported':
      return null;
    default:
      return input;
  }
}
