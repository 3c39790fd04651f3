/** Files of several arrays with names: NumPy's .npz, and safetensors. */
import { itemSizes, readValues, type ValueType } from './array-values.ts';
import type { ByteSource } from '../files.ts';
import { readNpy } from './npy.ts';
import { locateTensors } from '../weights/safetensors.ts';
import {
  dataFault,
  READ_LIMIT,
  refuseHuge,
  type DataOptions,
  type DataRole,
  type MakeFault,
  type SampleArray,
} from './sample-array.ts';
import { countOf, quote } from '../weights/stored-tensor.ts';
import { openZip } from '../zip.ts';

export interface NamedOptions extends DataOptions {
  /** Which of the arrays; chosen by its role where left out. */
  readonly name?: string | undefined;
  /** The name that is taken before the usual ones, where none is asked for. */
  readonly usual?: string | undefined;
  /** All that are wanted of the file, where a model has several inputs. */
  readonly together?: readonly string[] | undefined;
  /** The most of a compressed array that is unpacked, in bytes; 2 GiB where left out. */
  readonly mostUnpacked?: number | undefined;
}

/** What an array is called that is taken without being asked for. */
const usual: Record<DataRole, readonly string[]> = { inputs: ['x', 'inputs'], labels: ['y', 'labels'] };
/** In a message. */
const MOST_NAMES = 20;

/** What a model of several inputs needs. */
export function eachItsOwn(inputs: readonly string[]): string {
  const named = inputs.slice(0, MOST_NAMES).map(quote).join(', ');
  return `the model has ${inputs.length} inputs (${named}), and each takes an array of its name`;
}

/** The only array, or the one with its role's name. */
function choose(
  names: readonly string[],
  { role, name: asked, usual: own, together }: NamedOptions,
  source: ByteSource,
  fault: MakeFault,
): string {
  if (names.length === 0) throw fault('holds no arrays');
  const name = asked ?? (own !== undefined && names.includes(own) ? own : undefined);
  const found = name === undefined ? names.filter((other) => usual[role].includes(other)) : [name];
  const chosen = name === undefined && names.length === 1 ? names[0]! : found[0];
  if (chosen !== undefined && found.length <= 1 && names.includes(chosen)) return chosen;
  const listed = names.slice(0, MOST_NAMES).map(quote).join(', ');
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  if (together)
    throw fault(`holds no array ${quote(name!)}: it has ${listed}${more}; ${eachItsOwn(together)}`);
  const file = source.path.split(/[\\/]/).at(-1)!;
  const several = `several arrays, ${found.length === 0 ? 'none' : 'not one alone'} of them named ${usual[role].join(' or ')}`;
  const what = name === undefined ? several : `no array ${quote(name)}`;
  throw fault(`holds ${what}: it has ${listed}${more}; choose one as ${quote(`${file}#${names[0]!}`)}`);
}

/**
 * One array of an .npz archive, as numpy.savez and savez_compressed write it. Only the samples
 * asked for are read, or inflated.
 * @throws InputFault `data-unreadable`
 */
export async function readNpz(source: ByteSource, options: NamedOptions): Promise<SampleArray> {
  const fault = dataFault(source, options.role);
  const archive = await openZip(source, fault);
  const files = archive.entries.map(({ name }) => name);
  const names = files.filter((name) => name.endsWith('.npy')).map((name) => name.slice(0, -4));
  if (names.length === 0 && files.some((name) => /(?:^|\/)data\.pkl$/.test(name))) {
    throw fault('is a PyTorch file; save the samples with numpy.save("x.npy", x.numpy())');
  }
  const name = choose(names, options, source, fault);
  const array = await archive.unpacking(`${name}.npy`, options.mostUnpacked ?? READ_LIMIT);
  return readNpy({ ...array, path: `${source.path}#${name}` }, options);
}

const tensorTypes = new Map<string, ValueType>([
  ['float16', 'f2'],
  ['bfloat16', 'bf'],
  ['float32', 'f4'],
  ['float64', 'f8'],
  ['int8', 'i1'],
  ['uint8', 'u1'],
  ['bool', 'b1'],
  ['int16', 'i2'],
  ['uint16', 'u2'],
  ['int32', 'i4'],
  ['uint32', 'u4'],
  ['int64', 'i8'],
  ['uint64', 'u8'],
]);

/**
 * One tensor; only the samples asked for are read.
 * @throws InputFault `data-unreadable`
 */
export async function readSafetensorsArray(source: ByteSource, options: NamedOptions): Promise<SampleArray> {
  const { role, limit } = options;
  const fault = dataFault(source, role);
  const tensors = await locateTensors(source, fault);
  const name = choose([...tensors.keys()], options, source, fault);
  const { shape: whole, type: typeName, offset } = tensors.get(name)!;
  const type = tensorTypes.get(typeName);
  if (!type)
    throw fault(`has tensor ${quote(name)} of type ${typeName}, which is not read; save it as float32`);
  const [all, ...rest] = whole;
  const shape = all === undefined ? [] : [Math.min(all, limit ?? Infinity), ...rest];
  refuseHuge(countOf(shape) * itemSizes[type], role, fault);
  const place = { source, offset, type, littleEndian: true };
  return { shape, values: await readValues(place, countOf(shape), fault) };
}
