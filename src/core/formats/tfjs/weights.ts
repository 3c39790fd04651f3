/**
 * The weights of a tfjs model: groups of tensors, one after the other, cut into shard files.
 * Every size is checked against the files before anything is allocated.
 */
import { InputFault } from '../../findings/types.ts';
import type { Tensor } from '../../network/types.ts';
import { formatBytes, type ByteSource, type Folder } from '../files.ts';
import { isObject, type JsonPath } from '../json.ts';
import { formatShape, requested, type Direction, type WeightRequest } from '../keras/building.ts';
import { LONGEST_AXIS, shorten } from '../keras/topology.ts';
import { indexOf } from '../weights/stored-tensor.ts';
import { bytesPerValue, decode, type Encoding, type Quantization } from './values.ts';
import type { TakeTensor } from '../take-tensor.ts';

/** Largest tensor to read. */
const TENSOR_LIMIT = 2 * 2 ** 30;

/** Converters cut weights into files of 4 MiB: enough for 40 GB. Each is opened before anything is read. */
const MOST_SHARDS = 10_000;

/** The shard files of one group, in order; together one range of bytes. */
interface ShardGroup {
  readonly shards: readonly ByteSource[];
}

interface WeightEntry extends Encoding {
  readonly name: string;
  readonly shape: readonly number[];
  /** Within the group. */
  readonly offset: number;
  readonly bytes: number;
  readonly path: JsonPath;
}

export interface PlacedWeight extends WeightEntry {
  readonly group: ShardGroup;
}

/**
 * Opens every shard of `weightsManifest` and compares its size with what the manifest says.
 * @param file The model file, for faults.
 * @throws InputFault `weights-unreadable` naming the shard or the entry at fault.
 */
export async function openManifest(
  manifest: unknown,
  path: JsonPath,
  file: string,
  folder: Folder,
): Promise<PlacedWeight[]> {
  const fault = manifestFault(file);
  if (!Array.isArray(manifest)) throw fault('has a weightsManifest that is not a list', path);
  const all: PlacedWeight[] = [];
  let shardCount = 0;
  for (const [i, group] of (manifest as unknown[]).entries()) {
    const groupPath = [...path, i];
    if (!isObject(group) || !Array.isArray(group['weights']) || !Array.isArray(group['paths'])) {
      throw fault('has a group in its weightsManifest that lacks "paths" or "weights"', groupPath);
    }
    shardCount += group['paths'].length;
    if (shardCount > MOST_SHARDS) {
      throw fault(`names more than ${MOST_SHARDS} weight files in its weightsManifest`, groupPath);
    }
    const entries = readEntries(group['weights'], [...groupPath, 'weights'], fault);
    const last = entries.at(-1);
    const total = last ? last.offset + last.bytes : 0;
    const shards = await openShards(group['paths'], [...groupPath, 'paths'], total, file, folder);
    for (const entry of entries) all.push({ ...entry, group: { shards } });
  }
  return all;
}

type ManifestFault = (fault: string, path: JsonPath) => InputFault;

function manifestFault(file: string): ManifestFault {
  return (fault, path) => new InputFault('weights-unreadable', file, fault, { file: 'model', path });
}

function readEntries(list: readonly unknown[], path: JsonPath, fault: ManifestFault): WeightEntry[] {
  let offset = 0;
  return list.map((entry, i) => {
    const at = [...path, i];
    if (!isObject(entry) || typeof entry['name'] !== 'string') {
      throw fault('has a weight without a name in its weightsManifest', at);
    }
    const name = entry['name'];
    const count = countValues(entry['shape'], name, at, fault);
    const quantization = readQuantization(entry['quantization'], name, at, fault);
    const dtype = entry['dtype'];
    const size = bytesPerValue.get(quantization ? quantization.dtype : dtype);
    if (typeof dtype !== 'string' || size === undefined) {
      throw fault(
        `has weight '${name}' of type ${shorten(dtype)}, which is none of float32, float16, int32, bool`,
        at,
      );
    }
    const bytes = count * size;
    const start = offset;
    offset += bytes;
    if (!Number.isSafeInteger(offset)) throw fault(`has weights beyond every file, from '${name}' on`, at);
    return { name, shape: entry['shape'] as number[], dtype, quantization, offset: start, bytes, path: at };
  });
}

function countValues(shape: unknown, name: string, path: JsonPath, fault: ManifestFault): number {
  const valid = (size: unknown) =>
    typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= LONGEST_AXIS;
  if (!Array.isArray(shape) || !shape.every(valid)) {
    throw fault(`has weight '${name}' of the impossible shape ${shorten(shape)}`, path);
  }
  let count = 1;
  for (const size of shape as number[]) count *= size;
  if (!Number.isSafeInteger(count)) {
    throw fault(`has weight '${name}' of the impossible shape ${shorten(shape)}`, path);
  }
  return count;
}

function readQuantization(
  value: unknown,
  name: string,
  path: JsonPath,
  fault: ManifestFault,
): Quantization | null {
  if (value === undefined || value === null) return null;
  const invalid = () => fault(`has weight '${name}' of the unknown quantisation ${shorten(value)}`, path);
  if (!isObject(value)) throw invalid();
  const { dtype, scale, min } = value;
  if (dtype === 'float16') return { dtype, scale: 1, min: 0 };
  if ((dtype !== 'uint8' && dtype !== 'uint16') || typeof scale !== 'number' || typeof min !== 'number') {
    throw invalid();
  }
  return { dtype, scale, min };
}

async function openShards(
  paths: readonly unknown[],
  path: JsonPath,
  total: number,
  file: string,
  folder: Folder,
): Promise<ByteSource[]> {
  const shards: ByteSource[] = [];
  for (const [i, relative] of paths.entries()) {
    const at = [...path, i];
    if (typeof relative !== 'string') {
      throw manifestFault(file)('names a weight file by something that is no text', at);
    }
    shards.push(await folder.open(relative, { file: 'model', path: at }));
  }
  checkSizes(shards, path, total, file);
  return shards;
}

/** The manifest only says the size of all shards together; which one is wrong follows from the others. */
function checkSizes(shards: readonly ByteSource[], path: JsonPath, total: number, file: string): void {
  const actual = shards.reduce((sum, shard) => sum + shard.size, 0);
  if (actual === total) return;
  const sizes = shards.map((shard) => shard.size);
  const expected = expectedSizes(sizes, total);
  const i = sizes.findIndex((size, k) => size !== expected[k]);
  const shard = shards[i];
  if (!shard) {
    throw manifestFault(file)(
      `lists ${formatBytes(total)} of weights, but names no file that holds them`,
      path,
    );
  }
  const short = shard.size < expected[i]!;
  throw new InputFault(
    'weights-unreadable',
    shard.path,
    `is ${short ? 'too short' : 'too long'}: ${formatBytes(expected[i]!)} expected, ${formatBytes(shard.size)} found`,
    { file: 'model', path: [...path, i] },
  );
}

/** Converters cut a group into shards of one size, 4 MiB unless told otherwise, and a rest. */
function expectedSizes(sizes: readonly number[], total: number): number[] {
  const full = sizes.length - 1;
  let best: { sizes: number[]; wrong: number } | null = null;
  for (const size of new Set([...sizes.slice(0, full), 4 * 2 ** 20])) {
    const rest = total - full * size;
    if (full === 0 || rest <= 0 || rest > size) continue;
    const candidate = [...Array<number>(full).fill(size), rest];
    const wrong = candidate.filter((expected, i) => expected !== sizes[i]).length;
    if (!best || wrong < best.wrong) best = { sizes: candidate, wrong };
  }
  if (best) return best.sizes;
  // Cut in no known way: blame the last, where a copy that stopped shows.
  const before = sizes.slice(0, full);
  return [...before, Math.max(0, total - before.reduce((sum, size) => sum + size, 0))];
}

/**
 * The weight that a layer asks for, checked in name, shape and values.
 * @throws InputFault `weights-unreadable`.
 */
export async function readLayerWeight(
  weights: readonly PlacedWeight[],
  request: WeightRequest,
  file: string,
  take: TakeTensor,
): Promise<Tensor> {
  const { layer, weight, index, direction, shape } = request;
  const inOne = direction
    ? weights.filter(({ name }) => isOfDirection(name, layer.name, direction))
    : weights;
  // Numbered ones say no direction.
  const entry = findWeight(inOne.length > 0 ? inOne : weights, layer.name, weight, index, (fault) =>
    manifestFault(file)(fault, layer.path),
  );
  const fits =
    entry.shape.length === shape.length && shape.every((size, i) => size === null || size === entry.shape[i]);
  if (!fits) {
    const found = formatShape(entry.shape);
    const fault = `layer '${layer.name}' needs a ${weight} of shape ${formatShape(shape)}, but '${entry.name}' is ${found}`;
    throw manifestFault(file)(fault, entry.path);
  }
  const count = entry.shape.reduce((product, size) => product * size, 1);
  if (count * 4 > TENSOR_LIMIT) {
    const fault = `has weight '${entry.name}' of ${formatBytes(count * 4)}; at most 2 GiB can be read`;
    throw manifestFault(file)(fault, entry.path);
  }
  const read = async (): Promise<Float32Array> => {
    const values = decode(entry, await readRange(entry.group.shards, entry.offset, entry.bytes), count);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const fault = `layer '${layer.name}' has a ${weight} with the value ${values[bad]!} at ${formatShape(indexOf(bad, entry.shape))}`;
      const shard = shardAt(entry.group.shards, entry.offset + (entry.bytes / count) * bad);
      throw new InputFault('weights-unreadable', shard.path, fault, { file: 'model', path: entry.path });
    }
    return values;
  };
  return take(...requested(request, entry.shape, read));
}

/** "encoder/forward_lstm/kernel" of the bidirectional layer "encoder". */
function isOfDirection(name: string, layer: string, direction: Direction): boolean {
  const from = name.startsWith(`${layer}/`) ? 0 : name.indexOf(`/${layer}/`) + 1;
  return (
    (from > 0 || name.startsWith(`${layer}/`)) && name.startsWith(`${direction}_`, from + layer.length + 1)
  );
}

/**
 * tfjs writes `layer/kernel`, Keras 2 `layer/cell/kernel:0` and sometimes the model's name before
 * that, the converter of Keras 3 `layer/0`: the closest form that is there counts.
 */
function findWeight(
  weights: readonly PlacedWeight[],
  layer: string,
  weight: string,
  index: number,
  fault: (fault: string) => InputFault,
): PlacedWeight {
  const plain = (name: string) => name.replace(/:\d+$/, '');
  const forms: ((name: string) => boolean)[] = [
    (name) => name === `${layer}/${weight}`,
    (name) => name.startsWith(`${layer}/`) && name.endsWith(`/${weight}`),
    (name) => name.includes(`/${layer}/`) && name.endsWith(`/${weight}`),
    (name) => name === `${layer}/${index}`,
  ];
  for (const form of forms) {
    const found = weights.filter(({ name }) => form(plain(name)));
    if (found.length > 1) {
      const names = found.map(({ name }) => `'${name}'`).join(', ');
      throw fault(`layer '${layer}' has several weights that could be its ${weight}: ${names}`);
    }
    if (found[0]) return found[0];
  }
  throw fault(`layer '${layer}' has no ${weight} in the weightsManifest`);
}

/** Bytes of a group across the borders of its shards. */
async function readRange(shards: readonly ByteSource[], offset: number, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  let start = 0;
  for (const shard of shards) {
    const from = Math.max(offset, start);
    const to = Math.min(offset + length, start + shard.size);
    if (from < to) out.set(await shard.read(from - start, to - from), from - offset);
    start += shard.size;
  }
  return out;
}

function shardAt(shards: readonly ByteSource[], offset: number): ByteSource {
  let end = 0;
  for (const shard of shards) {
    end += shard.size;
    if (offset < end) return shard;
  }
  return shards.at(-1)!;
}
