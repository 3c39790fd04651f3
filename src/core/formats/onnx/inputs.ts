/** The inputs of an ONNX graph, and what a sample of each is once the layers have told its axes apart. */
import type { InputFault } from '../../findings/types.ts';
import { readsOf } from '../../network/graph.ts';
import type { Layer } from '../../network/types.ts';
import type { JsonPath } from '../json.ts';
import { LONGEST_AXIS } from '../keras/topology.ts';
import { quote } from '../weights/stored-tensor.ts';
import { atom, axisSize, settleRest, type Axis } from './axes.ts';
import { append } from './links.ts';
import type { GraphProto, ValueInfoProto } from './proto/onnx_pb.ts';
import type { DataValue, ImageShape, Value } from './values.ts';

type MakeFault = (words: string, path: JsonPath) => InputFault;

export interface GraphInput {
  /** As the file has it. */
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly value: DataValue;
}

/**
 * The inputs that something reads. Before IR version 4 initialisers were listed as inputs too.
 * @param names of all values that the outputs need
 */
export function readInputs(
  graph: GraphProto,
  initializers: ReadonlyMap<string, Value>,
  names: ReadonlySet<string>,
  fault: MakeFault,
): GraphInput[] {
  const path = ['graph', 'input'];
  const own = graph.input.filter(({ name }) => !initializers.has(name));
  if (own.length === 0) throw fault('is an ONNX model without an input', path);
  const needed = own.filter(({ name }) => names.has(name));
  refuseSameNames(needed, 'inputs', path, fault);
  return needed.map((input, k) => {
    const { name } = input;
    const ids = wholeTypes.has(input.type?.tensorType?.elemType ?? 0);
    const axes = inputAxes(input, ids, fault);
    const image = imageOf(axes, name, fault);
    const link = append([], { kind: 'input', input: k });
    const value: DataValue = {
      ...{ kind: 'data', axes: image ? null : axes, link, ids },
      ...(image && { image }),
    };
    return { name, axes, value };
  });
}

/** As they are listed, and data are given under. */
export function shownName(name: string): string {
  return name.slice(0, 200);
}

export function refuseSameNames(
  list: readonly { readonly name: string }[],
  what: 'inputs' | 'outputs',
  path: JsonPath,
  fault: MakeFault,
): void {
  const seen = new Set<string>();
  for (const { name } of list) {
    if (seen.has(shownName(name))) throw fault(`has two ${what} named ${quote(name)}`, path);
    seen.add(shownName(name));
  }
}

/** TensorProto.DataType: uint8, int8, uint16, int16, int32, int64, uint32, uint64. */
const wholeTypes = new Set([2, 3, 4, 5, 6, 7, 12, 13]);

function inputAxes({ name, type }: ValueInfoProto, ids: boolean, fault: MakeFault): Axis[] {
  const path = ['graph', 'input'];
  const dims = type?.tensorType?.shape?.dim;
  if (!dims)
    throw fault(`does not say the shape of its input ${quote(name)}; export it again with one`, path);
  if (dims.length < 2 || dims.length > 4) {
    const needed =
      '[batch, steps, features], [batch, features], images of [batch, channels, height, width] or ids of [batch, steps] are needed';
    throw fault(`has an input ${quote(name)} of ${dims.length} axes; ${needed}`, path);
  }
  return dims.map(({ dimValue }, i) => {
    const size = Number(dimValue ?? 0);
    if (size < 0 || size > LONGEST_AXIS) {
      throw fault(`has an input ${quote(name)} whose axis ${i} has the impossible size ${size}`, path);
    }
    // Ids are of [batch, steps].
    const last = i === dims.length - 1 && !(ids && dims.length === 2);
    return [atom(size === 0 ? null : size, last ? 'features' : null)];
  });
}

/** Of an input of four axes; null for any other. */
function imageOf(axes: readonly Axis[], name: string, fault: MakeFault): ImageShape | null {
  if (axes.length !== 4) return null;
  const [channels, height, width] = axes.slice(1).map(axisSize);
  if (channels && height && width) return { channels, height, width, channelsLast: false };
  throw fault(`has an input ${quote(name)} of images whose size is open; export it with a fixed one`, [
    ...['graph', 'input'],
  ]);
}

/**
 * Of one sample.
 * @param layer position of the layer that stands for the input, -1 where there is none
 * @throws what `fault` makes, where the graph takes one axis for two things
 */
export function sampleShape(
  { name, axes, value: { image } }: GraphInput,
  layers: readonly Layer[],
  layer: number,
  fault: MakeFault,
): (number | null)[] {
  if (image) return [image.channels, image.height, image.width];
  settleRest(axes);
  const atoms = axes.flat();
  const roles = new Set(atoms.map(({ role }) => role));
  if (roles.size < atoms.length) {
    const words = `has an input ${quote(name)} whose axes it puts together with one another; [batch, steps, features] are told apart by the layers that read them`;
    throw fault(words, ['graph', 'input']);
  }
  return atoms
    .filter(({ role }) => role !== 'batch')
    .map(({ size, role }) => (role === 'features' ? (size ?? featuresRead(layers, layer)) : size));
}

/** Features that the layers need of an input which leaves their number open. */
function featuresRead(layers: readonly Layer[], input: number): number | null {
  const unchanged = new Set([input]);
  for (const [index, reads] of readsOf(layers).entries()) {
    if (!reads.some((from) => unchanged.has(from))) continue;
    const layer = layers[index]!;
    if ('inputSize' in layer) return layer.inputSize;
    if (layer.kind === 'Activation' || layer.kind === 'Dropout') unchanged.add(index);
  }
  return null;
}
