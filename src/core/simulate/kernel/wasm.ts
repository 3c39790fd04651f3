/**
 * The WebAssembly kernel as a `Kernel`: lays populations out in the kernel's memory and reads their
 * counts back. The edge instantiates the module; the core has no WebAssembly types.
 */
import { checkAffine, checkParameters, inLanes } from './twin.ts';
import type { Affine, Kernel, NeuronParameters, Population, PopulationParameters } from './types.ts';

/** What `assembly/kernel.ts` exports. Pointers are byte addresses. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  allocate(bytes: number): number;
  begin(population: number): void;
  window(population: number): void;
  affine(inputs: number, blocks: number, values: number, weights: number, bias: number, into: number): void;
}

/** Neurons of a block: eight v128 of 32-bit lanes. Two blocks make a 16-bit tile. */
const BLOCK_NEURONS = 32;
const ROW_BYTES = 128;
const PAIR_ROWS = 4;
/** Fields of a block after its state (membranes and two counts), in the order of `assembly/kernel.ts`. */
const FIELDS = ['bias', 'upper', 'lower', 'threshold', 'clipLow', 'clipHigh', 'start'] as const;
const STATE_FIELDS = 3;
const POSITIVE_FIELD = 1;
const BLOCK_WORDS = (STATE_FIELDS + FIELDS.length) * BLOCK_NEURONS;
const INT16_MAX = 0x7fff;
/** Largest |membrane| of 16-bit lanes; one less than fits, so that a saturated one is recognised. */
const NARROW_MAX = INT16_MAX - 1;
const CLIPS = { never: 0, window: 1, timestep: 2 } as const;

/** The 32-bit words of the class Population in `assembly/kernel.ts`, in its order. */
interface Descriptor {
  integer: number;
  inputs: number;
  timesteps: number;
  carry: number;
  clip: number;
  blocks: number;
  generatorThreshold: number;
  generatorUpper: number;
  generatorLower: number;
  generatorStart: number;
  generatorClip: number;
  scale: number;
  values: number;
  increments: number;
  inputMembranes: number;
  inputCounts: number;
  inputSpikes: number;
  codes: number;
  added: number;
  subtracted: number;
  ends: number;
  weights: number;
  tiles: number;
  narrowTiles: number;
  limits: number;
  duals: number;
}
const DESCRIPTOR_BYTES = 26 * 4;

export function createWasmKernel(exports: KernelExports): Kernel {
  const memory = new KernelMemory(exports);
  return {
    createPopulation: (parameters) => new WasmPopulation(memory, parameters),
    createAffine: (inputs, neurons, weights, bias) => new WasmAffine(memory, inputs, neurons, weights, bias),
  };
}

/** The kernel's memory: areas that come back once their owner is collected, and views that never go stale. */
class KernelMemory {
  readonly exports: KernelExports;
  #ints = new Int32Array(0);
  #floats = new Float32Array(0);
  /** Addresses of returned areas by their size. */
  readonly #returned = new Map<number, number[]>();
  readonly #owners = new FinalizationRegistry<{ bytes: number; address: number }>(({ bytes, address }) => {
    this.#returned.set(bytes, [...(this.#returned.get(bytes) ?? []), address]);
  });

  constructor(exports: KernelExports) {
    this.exports = exports;
  }

  /** An area of zeros that lives as long as `owner`, in parts that each start at a cache line. */
  allocate<Part extends string>(owner: object, parts: Record<Part, number>): Record<Part, number> {
    const sizes = Object.entries<number>(parts).map(([name, bytes]) => [name, (bytes + 63) & ~63] as const);
    const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
    let address = this.#take(bytes);
    this.#owners.register(owner, { bytes, address });
    const placed = sizes.map(([name, size]) => [name, (address += size) - size]);
    return Object.fromEntries(placed) as Record<Part, number>;
  }

  #take(bytes: number): number {
    const returned = this.#returned.get(bytes)?.pop();
    if (returned !== undefined) {
      this.ints.fill(0, returned >>> 2, (returned + bytes) >>> 2);
      return returned;
    }
    const address = this.exports.allocate(bytes) >>> 0;
    if (address === 0) throw new RangeError(`kernel: no memory for ${bytes} bytes`);
    return address;
  }

  /** All of the memory; growing it detaches the buffer, so ask again after each allocation. */
  get ints(): Int32Array {
    if (this.#ints.buffer !== this.exports.memory.buffer)
      this.#ints = new Int32Array(this.exports.memory.buffer);
    return this.#ints;
  }

  get floats(): Float32Array {
    if (this.#floats.buffer !== this.exports.memory.buffer)
      this.#floats = new Float32Array(this.exports.memory.buffer);
    return this.#floats;
  }

  shorts(address: number, length: number): Int16Array {
    return new Int16Array(this.exports.memory.buffer, address, length);
  }
}

class WasmPopulation implements Population {
  readonly counts: Int32Array;
  readonly spikes: Int32Array;
  readonly inputCounts: Int32Array;
  readonly inputSpikes: Int32Array;
  readonly #memory: KernelMemory;
  readonly #address: number;
  readonly #at: Descriptor;

  constructor(memory: KernelMemory, parameters: PopulationParameters) {
    checkParameters(parameters);
    const { inputs, neurons } = parameters;
    this.counts = new Int32Array(neurons);
    this.spikes = new Int32Array(neurons);
    this.inputCounts = new Int32Array(inputs);
    this.inputSpikes = new Int32Array(inputs);
    this.#memory = memory;
    const { address, ...places } = memory.allocate(this, { address: DESCRIPTOR_BYTES, ...sizes(parameters) });
    this.#address = address;
    this.#at = { ...header(parameters), ...places };
    writeDescriptor(memory, address, this.#at, parameters);
    writeParameters(memory, this.#at, parameters);
    this.begin();
  }

  begin(): void {
    this.#memory.exports.begin(this.#address);
  }

  window(values: Float32Array): void {
    const { inputs, inputCounts, inputSpikes } = this;
    this.#memory.floats.set(
      values.length === inputs ? values : values.subarray(0, inputs),
      this.#at.values >>> 2,
    );
    this.#memory.exports.window(this.#address);
    const ints = this.#memory.ints;
    const net = this.#at.inputCounts >>> 2;
    const total = this.#at.inputSpikes >>> 2;
    for (let i = 0; i < inputs; i++) {
      inputCounts[i] = ints[net + i]!;
      inputSpikes[i] = ints[total + i]!;
    }
    this.#readCounts(ints);
  }

  get inputs(): number {
    return this.inputCounts.length;
  }

  #readCounts(ints: Int32Array): void {
    const { counts, spikes } = this;
    let net = (this.#at.tiles >>> 2) + POSITIVE_FIELD * BLOCK_NEURONS;
    for (let first = 0; first < counts.length; first += BLOCK_NEURONS, net += BLOCK_WORDS) {
      const end = Math.min(BLOCK_NEURONS, counts.length - first);
      for (let j = 0; j < end; j++) {
        counts[first + j] = ints[net + j]!;
        spikes[first + j] = ints[net + BLOCK_NEURONS + j]!;
      }
    }
  }
}

/** Blocks of 32 neurons; in integer arithmetic an even number, as 16-bit tiles are made of two. */
function blocksOf({ arithmetic, neurons }: PopulationParameters): number {
  const blocks = Math.ceil(neurons / BLOCK_NEURONS);
  return arithmetic === 'integer' ? blocks + (blocks & 1) : blocks;
}

function header(p: PopulationParameters) {
  const generator = inLanes(p.generator, p.arithmetic);
  return {
    integer: p.arithmetic === 'integer' ? 1 : 0,
    inputs: p.inputs,
    timesteps: p.timesteps,
    carry: p.carry ? 1 : 0,
    clip: CLIPS[p.clip],
    blocks: blocksOf(p),
    generatorThreshold: generator.threshold,
    generatorUpper: generator.upper,
    generatorLower: -generator.upper,
    generatorStart: generator.start,
    generatorClip: generator.clip,
    scale: generator.scale,
  };
}

/** Bytes of a population's arrays. */
function sizes(p: PopulationParameters) {
  const inputs = Math.ceil(p.inputs / 16) * 16;
  const pairs = Math.ceil(p.inputs / 2);
  const blocks = blocksOf(p);
  const integer = p.arithmetic === 'integer';
  return {
    values: inputs * 4,
    increments: inputs * 4,
    inputMembranes: inputs * 4,
    inputCounts: inputs * 4,
    inputSpikes: inputs * 4,
    codes: p.timesteps * inputs,
    // Every pair once, and what the generator writes too many at the end.
    added: p.timesteps * pairs * 4 + 64,
    subtracted: p.timesteps * pairs * 4 + 64,
    ends: p.timesteps * 8,
    weights: (integer ? blocks / 2 : blocks) * pairs * PAIR_ROWS * ROW_BYTES,
    tiles: blocks * BLOCK_WORDS * 4,
    narrowTiles: integer ? (blocks / 2) * BLOCK_WORDS * 4 : 0,
    limits: blocks * 2,
    duals: blocks * 4,
  };
}

function writeDescriptor(
  memory: KernelMemory,
  address: number,
  descriptor: Descriptor,
  { arithmetic }: PopulationParameters,
): void {
  Object.entries(descriptor).forEach(([name, value], i) => {
    const float = name === 'scale' || (arithmetic === 'float' && name.startsWith('generator'));
    (float ? memory.floats : memory.ints)[(address >>> 2) + i] = value as number;
  });
}

function writeParameters(memory: KernelMemory, at: Descriptor, p: PopulationParameters): void {
  const lanes = p.arithmetic === 'float' ? memory.floats : memory.ints;
  for (let block = 0; block < at.blocks; block++) {
    const first = block * BLOCK_NEURONS;
    writeBlock(lanes, (at.tiles >>> 2) + block * BLOCK_WORDS, BLOCK_NEURONS, p, first, paddingOf(p));
    const lower = p.neuron.lower.subarray(first, first + BLOCK_NEURONS);
    memory.ints[(at.duals >>> 2) + block] = lower.some((value) => value !== paddingOf(p).lower) ? 1 : 0;
  }
  if (p.arithmetic === 'float') {
    writePairs(memory.floats.subarray(at.weights >>> 2), p, BLOCK_NEURONS);
    return;
  }
  const width = 2 * BLOCK_NEURONS;
  writePairs(memory.shorts(at.weights, sizes(p).weights / 2), p, width);
  const narrow = memory.shorts(at.narrowTiles, sizes(p).narrowTiles / 2);
  for (let tile = 0; tile < at.blocks / 2; tile++) {
    writeBlock(narrow, tile * BLOCK_WORDS * 2, width, p, tile * width, paddingOf(p));
    memory.ints[(at.limits >>> 2) + tile] = narrowLimit(
      p,
      tile * width,
      Math.min((tile + 1) * width, p.neurons),
    );
  }
}

/** A neuron that fills up a tile: it never fires. */
function paddingOf({ arithmetic }: PopulationParameters): Record<(typeof FIELDS)[number], number> {
  const highest = arithmetic === 'float' ? Infinity : 2 ** 31 - 1;
  const lowest = arithmetic === 'float' ? -Infinity : -(2 ** 31);
  return {
    bias: 0,
    upper: highest,
    lower: lowest,
    threshold: 0,
    clipLow: lowest,
    clipHigh: highest,
    start: 0,
  };
}

/** One block's parameters; 16-bit lanes hold what they can (`narrowLimit` says when that is exact). */
function writeBlock(
  lanes: Float32Array | Int32Array | Int16Array,
  offset: number,
  width: number,
  { neurons, neuron }: PopulationParameters,
  first: number,
  padding: Record<keyof NeuronParameters, number>,
): void {
  FIELDS.forEach((field, f) => {
    for (let j = 0; j < width; j++) {
      const value = first + j < neurons ? neuron[field][first + j]! : padding[field];
      lanes[offset + (STATE_FIELDS + f) * width + j] =
        lanes instanceof Int16Array ? Math.max(-INT16_MAX - 1, Math.min(INT16_MAX, value)) : value;
    }
  });
}

/**
 * The |membrane| from which no time-step takes a tile out of 16 bits: what is left of them after all
 * weights, the bias and the threshold (a pair's row is within the sum of its weights' sizes, 512, which
 * itself fits). Sums may wrap on the way, only where they end matters.
 * Saturated comparison values are exact then: `upper`, `lower` and limits beyond 16 bits never act, or
 * always. A limit that moves membranes outwards is left to 32 bits. Negative: no 16-bit lanes.
 */
function narrowLimit(p: PopulationParameters, first: number, end: number): number {
  if (p.timesteps > INT16_MAX) return -1; // counts
  let limit = NARROW_MAX;
  for (let j = first; j < end; j++) {
    const threshold = Math.abs(p.neuron.threshold[j]!);
    let change = Math.abs(p.neuron.bias[j]!) + threshold;
    for (let i = 0; i < p.inputs; i++) change += Math.abs(p.weights[i * p.neurons + j]!);
    limit = Math.min(limit, NARROW_MAX - change);
    const inner = NARROW_MAX - threshold;
    if (p.clip !== 'never' && (p.neuron.clipLow[j]! > inner || p.neuron.clipHigh[j]! < -inner)) return -1;
  }
  return limit;
}

/** [inputs, neurons] to tiles of `width` columns. */
function writeTiles(
  into: Float32Array,
  { inputs, neurons, weights }: { inputs: number; neurons: number; weights: Float32Array },
  width: number,
): void {
  for (let i = 0; i < inputs; i++) {
    for (let j = 0; j < neurons; j++) {
      into[(Math.floor(j / width) * inputs + i) * width + (j % width)] = weights[i * neurons + j]!;
    }
  }
}

/** As `writeTiles`, the four rows of each pair; a last input without a partner has one of zeros. */
function writePairs(
  into: Float32Array | Int16Array,
  { inputs, neurons, weights }: PopulationParameters,
  width: number,
): void {
  const pairs = Math.ceil(inputs / 2);
  for (let pair = 0; pair < pairs; pair++) {
    const first = 2 * pair * neurons;
    for (let j = 0; j < neurons; j++) {
      const w = weights[first + j]!;
      const u = weights[first + neurons + j] ?? 0;
      const at = (Math.floor(j / width) * pairs + pair) * PAIR_ROWS * width + (j % width);
      into[at] = u;
      into[at + width] = w - u;
      into[at + 2 * width] = w;
      into[at + 3 * width] = w + u;
    }
  }
}

class WasmAffine implements Affine {
  readonly #memory: KernelMemory;
  readonly #inputs: number;
  readonly #neurons: number;
  readonly #at: Record<'values' | 'weights' | 'bias' | 'into', number>;

  constructor(
    memory: KernelMemory,
    inputs: number,
    neurons: number,
    weights: Float32Array,
    bias: Float32Array,
  ) {
    checkAffine(inputs, neurons, weights, bias);
    const blocks = Math.ceil(neurons / BLOCK_NEURONS);
    this.#memory = memory;
    this.#inputs = inputs;
    this.#neurons = neurons;
    this.#at = memory.allocate(this, {
      values: inputs * 4,
      weights: blocks * inputs * ROW_BYTES,
      bias: blocks * ROW_BYTES,
      into: blocks * ROW_BYTES,
    });
    memory.floats.set(bias, this.#at.bias >>> 2);
    writeTiles(memory.floats.subarray(this.#at.weights >>> 2), { inputs, neurons, weights }, BLOCK_NEURONS);
  }

  apply(values: Float32Array, into: Float32Array): void {
    const at = this.#at;
    const inputs = this.#inputs;
    const neurons = this.#neurons;
    this.#memory.floats.set(values.length === inputs ? values : values.subarray(0, inputs), at.values >>> 2);
    const blocks = Math.ceil(neurons / BLOCK_NEURONS);
    this.#memory.exports.affine(inputs, blocks, at.values, at.weights, at.bias, at.into);
    const floats = this.#memory.floats;
    const from = at.into >>> 2;
    for (let j = 0; j < neurons; j++) into[j] = floats[from + j]!;
  }
}
