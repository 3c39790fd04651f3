/**
 * PyTorch's zip checkpoints (torch.save since 1.6): a pickle that names the tensors, and one stored
 * entry a storage, read by range. The pickle is read as data, see pickle.ts.
 */
import { strFromU8 } from 'fflate';
import type { InputFault } from '../../findings/types.ts';
import type { ByteSource } from '../files.ts';
import { floatSizes } from '../float-values.ts';
import { LONGEST_AXIS } from '../keras/topology.ts';
import { dictionaryOf, isKind, readPickle, type PickleValue } from './pickle.ts';
import { isParameter } from './state-dict-blocks.ts';
import { countOf, quote, storedTensor, type StoredTensor } from './stored-tensor.ts';
import type { ZipArchive } from '../zip.ts';

type MakeFault = (words: string) => InputFault;

/** The weights of a checkpoint. */
export interface PytorchWeights {
  /** In the order in which the module registered them. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Keys under which they lie; empty where the file is a state_dict alone. */
  readonly path: readonly string[];
  /** The same of other weights that were not taken. */
  readonly others: readonly (readonly string[])[];
}

/** The pickle of 100,000 tensors takes about 20 MiB. */
const PICKLE_LIMIT = 64 * 2 ** 20;
const MOST_TENSORS = 100_000;
/** A checkpoint keeps its weights one or two dictionaries deep. */
const DEEPEST = 4;

const saveWeights = "save its weights alone: torch.save(model.state_dict(), 'state.pt')";

/** The name of the pickle's entry, or null where the archive is none of PyTorch's. */
export function pytorchPickle({ entries }: ZipArchive): string | null {
  const names = entries.map(({ name }) => name).filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  return names[0] ?? null;
}

/** The older format and plain pickles, told apart by how they start; null for anything else. */
export function pickleFault(start: Uint8Array): string | null {
  if (start[0] !== 0x80 || start[1] === undefined || start[1] > 5) return null;
  // PyTorch's magic number, 0x1950a86a20f9469cfc6c, as a pickled integer.
  const magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  return magic.every((byte, i) => start[2 + i] === byte)
    ? "is in PyTorch's older format (before 1.6), which is not read; load and save it again: torch.save(torch.load(file, map_location='cpu'), 'state.pt')"
    : `is a Python pickle, not a checkpoint of PyTorch; ${saveWeights}`;
}

/** @throws what `fault` makes, where the archive is a program, damaged, or holds no weights. */
export async function readPytorchWeights(
  archive: ZipArchive,
  pickle: string,
  fault: MakeFault,
): Promise<PytorchWeights> {
  const folder = pickle.slice(0, pickle.lastIndexOf('/') + 1);
  const has = (name: string) => archive.entries.some((entry) => entry.name === folder + name);
  if (has('constants.pkl') || archive.entries.some(({ name }) => name.startsWith(`${folder}code/`))) {
    throw fault(
      "is a TorchScript program, of which nothing is run; save its weights: torch.save(torch.jit.load(file).state_dict(), 'state.pt')",
    );
  }
  const refuse = (name: string) =>
    fault(
      `uses the Python name ${quote(name)}, which weights do not need, so it is not read; ${saveWeights}`,
    );
  const bytes = await archive.read(pickle, PICKLE_LIMIT);
  const root = readPickle(bytes, { allowed: allowedNames, refuse, fault });
  const littleEndian = !has('byteorder') || strFromU8(await archive.read(`${folder}byteorder`, 16)) !== 'big';
  const found = findWeights(root);
  const { dictionary, path } = chooseWeights(found, fault);
  if (dictionary.size > MOST_TENSORS) {
    throw fault(`holds ${dictionary.size} tensors; at most ${MOST_TENSORS.toLocaleString('en-US')} are read`);
  }
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of dictionary) {
    const tensor = typeof name === 'string' ? tensorOf(value) : null;
    if (tensor)
      tensors.set(name as string, locate(name as string, tensor, { archive, folder, littleEndian, fault }));
  }
  return { tensors, path, others: found.map((other) => other.path).filter((other) => other !== path) };
}

interface Found {
  readonly dictionary: ReadonlyMap<PickleValue, PickleValue>;
  readonly path: readonly string[];
}

/** Dictionaries with tensors named as parameters; what is inside of one is not looked at again. */
function findWeights(root: PickleValue): Found[] {
  const found: Found[] = [];
  // A pickle can refer to one dictionary from many places, itself included.
  const seen = new Set<PickleValue>();
  let level: { readonly value: PickleValue; readonly path: readonly string[] }[] = [
    { value: root, path: [] },
  ];
  for (let depth = 0; depth < DEEPEST && level.length > 0; depth++) {
    const next: typeof level = [];
    for (const { value, path } of level) {
      const dictionary = dictionaryOf(value);
      if (!dictionary || seen.has(value)) continue;
      seen.add(value);
      if (holdsParameters(dictionary)) found.push({ dictionary, path });
      else
        for (const [key, inner] of dictionary)
          next.push({ value: inner, path: [...path, typeof key === 'string' ? key : '?'] });
    }
    level = next;
  }
  return found;
}

function holdsParameters(dictionary: ReadonlyMap<PickleValue, PickleValue>): boolean {
  for (const [key, value] of dictionary) {
    if (typeof key === 'string' && isParameter(key) && tensorOf(value)) return true;
  }
  return false;
}

/** Keys that training scripts use for the weights of the model itself, the surest first. */
const usualKeys = ['model_state_dict', 'state_dict', 'model', 'net', 'network', 'weights'];

function chooseWeights(found: readonly Found[], fault: MakeFault): Found {
  const [only, ...more] = found;
  if (!only) {
    throw fault(`holds no state_dict: no dictionary in it has tensors named as parameters; ${saveWeights}`);
  }
  if (more.length === 0) return only;
  for (const usual of usualKeys) {
    const chosen = found.find(({ path }) => path.length === 1 && path[0] === usual);
    if (chosen) return chosen;
  }
  const names = found.slice(0, 5).map(({ path }) => quote(path.join('.')));
  throw fault(`holds the weights of several modules (${names.join(', ')}); save those of the model alone`);
}

/** What torch._utils._rebuild_tensor_v2 would be called with. */
interface PickledTensor {
  readonly key: string;
  readonly type: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

function tensorOf(value: PickleValue | undefined): PickledTensor | null {
  if (!isKind(value, 'object')) return null;
  if (value.name === 'torch._utils._rebuild_parameter') {
    const inner = value.args[0];
    // A parameter of a parameter is nothing that PyTorch writes.
    return isKind(inner, 'object') && inner.name !== value.name ? tensorOf(inner) : null;
  }
  const typed = value.name === 'torch._utils._rebuild_tensor_v3';
  if (!typed && value.name !== 'torch._utils._rebuild_tensor_v2') return null;
  const [storage, offset, shape, strides] = value.args;
  const sizes = wholes(shape);
  const steps = wholes(strides);
  const id = isKind(storage, 'reference') && isKind(storage.id, 'tuple') ? storage.id.items : [];
  const [kind, storageClass, key] = id;
  const dtype = typed ? value.args[6] : storageClass;
  if (kind !== 'storage' || typeof key !== 'string' || !isKind(dtype, 'global') || !isWhole(offset))
    return null;
  if (!sizes || sizes.length !== steps?.length) return null;
  const type = storageTypes.get(dtype.name) ?? dtype.name.replace(/^torch\./, '');
  return { key, type, offset, shape: sizes, strides: steps };
}

function wholes(value: PickleValue | undefined): number[] | null {
  // torch.Size is a tuple of one tuple.
  const plain = isKind(value, 'object') && value.name === 'torch.Size' ? value.args[0] : value;
  if (!isKind(plain, 'tuple')) return null;
  const items = plain.items.filter((item) => isWhole(item));
  return items.length === plain.items.length ? items : null;
}

function isWhole(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LONGEST_AXIS;
}

interface Storages {
  readonly archive: ZipArchive;
  readonly folder: string;
  readonly littleEndian: boolean;
  readonly fault: MakeFault;
}

function locate(name: string, tensor: PickledTensor, storages: Storages): StoredTensor {
  const { archive, folder, littleEndian, fault } = storages;
  const { type, shape, strides } = tensor;
  if (!Number.isSafeInteger(countOf(shape))) {
    throw fault(`has tensor ${quote(name)} of the impossible shape [${shape.join(', ')}]`);
  }
  const read = async (): Promise<Float32Array> => {
    const entry = `${folder}data/${tensor.key}`;
    const source: ByteSource | null = await archive.source(entry);
    if (!source) {
      throw fault(
        `holds tensor ${quote(name)} compressed (${quote(entry)}), which PyTorch does not write; load and save it again with torch.save`,
      );
    }
    const offset = tensor.offset * (floatSizes.get(type) ?? 1);
    const location = { name, source, offset, shape, type, littleEndian };
    const rowMajor = isRowMajor(shape, strides);
    return storedTensor(rowMajor ? location : { ...location, strides }, fault).read();
  };
  return { shape, type, read };
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis]! > 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}

const storageTypes = new Map([
  ['torch.FloatStorage', 'float32'],
  ['torch.DoubleStorage', 'float64'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
  ['torch.ComplexFloatStorage', 'complex64'],
  ['torch.ComplexDoubleStorage', 'complex128'],
]);

/** Types of torch that a checkpoint may name: in the options of a run, and of tensors of new types. */
const dtypes = [...storageTypes.values(), 'uint16', 'uint32', 'uint64', 'float8_e4m3fn', 'float8_e5m2'];

/** What weights, the state of an optimizer and the options of a run are made of. All of it is only data. */
const allowedNames: ReadonlySet<string> = new Set([
  ...storageTypes.keys(),
  ...dtypes.map((type) => `torch.${type}`),
  'torch.storage.UntypedStorage',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
  'torch._utils._rebuild_parameter',
  'torch.Size',
  'torch.device',
  'collections.OrderedDict',
  'collections.defaultdict',
  'builtins.dict',
  'builtins.list',
  'builtins.set',
  'builtins.int',
  'builtins.float',
  '__builtin__.set',
  'argparse.Namespace',
  'pathlib.PosixPath',
  'pathlib.WindowsPath',
  'numpy.dtype',
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
  '_codecs.encode',
]);
