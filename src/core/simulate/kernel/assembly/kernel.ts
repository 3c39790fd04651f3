/**
 * The SIMD kernel: one population of integrate-and-fire neurons and its spike generator, run for a
 * whole window. AssemblyScript; `../wasm.ts` lays out the memory that is read here, `../twin.ts` is the
 * specification, and tests hold the two equal.
 *
 * A tile is what eight v128 accumulators hold: 32 neurons of 32 bit, 64 of 16 bit. Its weights are
 * [row][tile width], so a row is 128 bytes whatever the element type, and one list of byte offsets
 * serves all. What limits a run is the number of instructions, a load and an addition for each vector of
 * a row; two inputs that fire together therefore share a row, their sum or their difference. Negated rows
 * would save a loop and its mispredicted exit in every time-step, but measure no better, and worse where
 * caches are full.
 */

const ROW: usize = 128;
/** Rows of a pair of inputs with weights w and u: u, w - u, w, w + u. */
const PAIR: usize = 4 * ROW;

/**
 * Fields of a tile's block, 128 bytes each: one value a neuron, in the lanes' own element type. State
 * comes first. What a time-step reads lies within 1 KiB, which is as far as the compiler folds offsets.
 */
const MEMBRANE: usize = 0 * ROW;
/** Counts of positive and negative spikes during a window; at its end their difference and their sum. */
const POSITIVE: usize = 1 * ROW;
const NEGATIVE: usize = 2 * ROW;
const BIAS: usize = 3 * ROW;
const UPPER: usize = 4 * ROW;
const LOWER: usize = 5 * ROW;
const THRESHOLD: usize = 6 * ROW;
const CLIP_LOW: usize = 7 * ROW;
const CLIP_HIGH: usize = 8 * ROW;
const START: usize = 9 * ROW;
const BLOCK: usize = 10 * ROW;

const CLIP_WINDOW: u32 = 1;
const CLIP_TIMESTEP: u32 = 2;

/** One population. `../wasm.ts` writes it as 32-bit words in this order; pointers are byte addresses. */
@unmanaged
class Population {
  /** 0 float, 1 integer. */
  integer: u32;
  inputs: u32;
  timesteps: u32;
  /** Whether membranes go on from one window to the next. */
  carry: u32;
  /** 0 never, 1 window, 2 timestep. */
  clip: u32;
  /** Blocks of 32 neurons; in integer arithmetic an even number. */
  blocks: u32;
  /** Generator, in the population's arithmetic (the bits of a float, or an integer). */
  generatorThreshold: u32;
  generatorUpper: u32;
  generatorLower: u32;
  generatorStart: u32;
  generatorClip: u32;
  /** Always a float. */
  scale: f32;
  /** Per input, padded to 16: values f32; and, of each sixteen, first inputs of pairs before second ones. */
  values: usize;
  increments: usize;
  inputMembranes: usize;
  /** Per input in order, i32: positive minus and positive plus negative spikes of the window. */
  inputCounts: usize;
  inputSpikes: usize;
  /** [timesteps][padded inputs / 2] i16: what each pair of inputs does, see `generate`. */
  codes: usize;
  /** Byte offsets of weight rows to add and to subtract, time-step after time-step. */
  added: usize;
  subtracted: usize;
  /** [timesteps][2]: each time-step's ends in these lists. */
  ends: usize;
  /** Weights by tile: f32 tiles of 32, or i16 tiles of 64. */
  weights: usize;
  /** [blocks] f32 or i32 blocks of 32 neurons. */
  tiles: usize;
  /** [blocks / 2] i16 blocks of 64 neurons, integer arithmetic only. */
  narrowTiles: usize;
  /** [blocks / 2] i32: a |membrane| up to this cannot leave 16 bits in one time-step; negative: none. */
  limits: usize;
  /** [blocks] u32: whether a neuron of the block has a lower threshold. */
  duals: usize;
}

/** COMPRESS[mask * 16 ...]: a swizzle that packs the 16-bit lanes of the mask's set bits to the front. */
const COMPRESS = memory.data(4096, 16);
for (let mask = 0; mask < 256; ++mask) {
  let next: usize = COMPRESS + mask * 16;
  for (let lane = 0; lane < 8; ++lane) {
    if (mask & (1 << lane)) {
      store<u16>(next, <u16>(0x100 * (2 * lane + 1) + 2 * lane));
      next += 2;
    }
  }
}

/** Where the rows of eight pairs start, less the one row that a code's size is at least; and their step. */
const LANES = memory.data<i16>([-128, 384, 896, 1408, 1920, 2432, 2944, 3456], 16);
const STEP = memory.data<i32>([4096, 4096, 4096, 4096], 16);

let free: usize = (__heap_base + 63) & ~63;

/** Memory aligned to 64 bytes (a row must not straddle cache lines), zeros; 0 where there is none left. */
export function allocate(bytes: u32): usize {
  const start = free;
  const end = (<u64>start + bytes + 63) & ~63;
  const missing = <i64>end - (<i64>memory.size() << 16);
  if (missing > 0 && (end > 0xffff0000 || memory.grow(<i32>((missing + 65535) >> 16)) < 0)) return 0;
  free = <usize>end;
  return start;
}

/** Fresh membranes: `start` for the neurons, 0 for a generator that carries. */
export function begin(p: Population): void {
  for (let b: u32 = 0; b < p.blocks; ++b) {
    const block = p.tiles + b * BLOCK;
    memory.copy(block + MEMBRANE, block + START, ROW);
  }
  memory.fill(p.inputMembranes, 0, padded(p.inputs) * 4);
}

/** Encodes `values` and runs T time-steps. */
export function window(p: Population): void {
  if (!p.carry) begin(p);
  if (p.integer) {
    encodeIntegers(p);
    generate<i32>(p);
    listEvents(p);
    for (let pair: u32 = 0; pair < p.blocks >> 1; ++pair) integerTile(p, pair);
  } else {
    encodeFloats(p);
    generate<f32>(p);
    listEvents(p);
    for (let b: u32 = 0; b < p.blocks; ++b) floatTile(p, b);
  }
}

/** Sixteen inputs, which are eight pairs, make a group. */
// @ts-ignore: decorator
@inline
function padded(inputs: u32): u32 {
  return (inputs + 15) & ~15;
}

function encodeFloats(p: Population): void {
  for (let i: usize = 0, bytes: usize = padded(p.inputs) * 4; i < bytes; i += 32) {
    storeApart(p.increments, i, v128.load(p.values + i), v128.load(p.values + i, 16));
  }
}

/** increments = round-half-even(values * scale), saturated. */
function encodeIntegers(p: Population): void {
  const scale = f32x4.splat(p.scale);
  for (let i: usize = 0, bytes: usize = padded(p.inputs) * 4; i < bytes; i += 32) {
    const low = scaled(v128.load(p.values + i), scale);
    const high = scaled(v128.load(p.values + i, 16), scale);
    storeApart(p.increments, i, low, high);
  }
}

// @ts-ignore: decorator
@inline
function scaled(values: v128, scale: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(values, scale)));
}

/** Eight inputs to their group of sixteen (64 bytes): first those that come first in their pair. */
// @ts-ignore: decorator
@inline
function storeApart(groups: usize, i: usize, a: v128, b: v128): void {
  const half = groups + (i & ~63) + ((i & 32) >> 1);
  v128.store(half, v128.shuffle<i32>(a, b, 0, 2, 4, 6), 0);
  v128.store(half, v128.shuffle<i32>(a, b, 1, 3, 5, 7), 32);
}

/**
 * Sixteen inputs at a time through all time-steps, membranes in registers; leaves codes and counts.
 * A pair whose inputs do s and r (-1, 0 or 1) has the code 3 s + r: its sign says whether to add or to
 * subtract, its size which of the pair's rows.
 */
function generate<T>(p: Population): void {
  const stride: usize = padded(p.inputs);
  const limited = p.clip == CLIP_TIMESTEP;
  const threshold = v128.load32_splat(changetype<usize>(p), offsetof<Population>('generatorThreshold'));
  const upper = v128.load32_splat(changetype<usize>(p), offsetof<Population>('generatorUpper'));
  const clip = v128.load32_splat(changetype<usize>(p), offsetof<Population>('generatorClip'));
  const lower = v128.load32_splat(changetype<usize>(p), offsetof<Population>('generatorLower'));
  const clipLow = v128.neg<T>(clip);
  for (let group: usize = 0; group < stride; group += 16) {
    const lanes = group * 4;
    const x = p.increments + lanes;
    const v = p.inputMembranes + lanes;
    if (!p.carry) for (let k: usize = 0; k < 64; k += 16) v128.store(v + k, signedStart<T>(p, x + k));
    // The first inputs of eight pairs, then the second ones.
    let v0 = v128.load(v, 0);
    let v1 = v128.load(v, 16);
    let v2 = v128.load(v, 32);
    let v3 = v128.load(v, 48);
    const counts = p.inputCounts + lanes;
    const spikes = p.inputSpikes + lanes;
    memory.fill(counts, 0, 64);
    memory.fill(spikes, 0, 64);
    let code = p.codes + group;
    for (let t: u32 = 0; t < p.timesteps; ) {
      // As long as 8-bit counters cannot overflow; first inputs in the lower half, second in the upper.
      const end = t + min<u32>(p.timesteps - t, 127);
      let count = i8x16.splat(0);
      let total = i8x16.splat(0);
      for (; t < end; ++t) {
        v0 = v128.add<T>(v0, v128.load(x, 0));
        v1 = v128.add<T>(v1, v128.load(x, 16));
        v2 = v128.add<T>(v2, v128.load(x, 32));
        v3 = v128.add<T>(v3, v128.load(x, 48));
        if (limited) {
          v0 = limit<T>(v0, clipLow, clip);
          v1 = limit<T>(v1, clipLow, clip);
          v2 = limit<T>(v2, clipLow, clip);
          v3 = limit<T>(v3, clipLow, clip);
        }
        const s0 = fired<T>(v0, upper, lower);
        const s1 = fired<T>(v1, upper, lower);
        const s2 = fired<T>(v2, upper, lower);
        const s3 = fired<T>(v3, upper, lower);
        v0 = reset<T>(v0, s0, threshold);
        v1 = reset<T>(v1, s1, threshold);
        v2 = reset<T>(v2, s2, threshold);
        v3 = reset<T>(v3, s3, threshold);
        const first = i16x8.narrow_i32x4_s(s0, s1);
        const second = i16x8.narrow_i32x4_s(s2, s3);
        v128.store(code, i16x8.add(i16x8.add(i16x8.shl(first, 1), first), second));
        const all = i8x16.narrow_i16x8_s(first, second);
        count = i8x16.add(count, all);
        total = i8x16.add(total, i8x16.abs(all));
        code += stride;
      }
      addTogether(counts, count);
      addTogether(spikes, total);
    }
    v128.store(v, v0, 0);
    v128.store(v, v1, 16);
    v128.store(v, v2, 32);
    v128.store(v, v3, 48);
    if (p.clip == CLIP_WINDOW) {
      for (let k: usize = 0; k < 64; k += 16) v128.store(v + k, limit<T>(v128.load(v + k), clipLow, clip));
    }
  }
}

/** The generator's start with the sign of the input. */
// @ts-ignore: decorator
@inline
function signedStart<T>(p: Population, increments: usize): v128 {
  const start = v128.load32_splat(changetype<usize>(p), offsetof<Population>('generatorStart'));
  const x = v128.load(increments);
  const zero = i32x4.splat(0);
  return v128.or(v128.and(v128.gt<T>(x, zero), start), v128.and(v128.lt<T>(x, zero), v128.neg<T>(start)));
}

/** 1 where a lane fires, -1 where it does so negatively: comparisons hold as -1. */
// @ts-ignore: decorator
@inline
function fired<T>(v: v128, upper: v128, lower: v128): v128 {
  return i32x4.sub(v128.lt<T>(v, lower), v128.gt<T>(v, upper));
}

/** Adds numbers of the first and then the second inputs of eight pairs to sixteen i32 in the inputs' order. */
function addTogether(sums: usize, numbers: v128): void {
  const ordered = v128.shuffle<i8>(numbers, numbers, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
  const low = i16x8.extend_low_i8x16_s(ordered);
  const high = i16x8.extend_high_i8x16_s(ordered);
  v128.store(sums, i32x4.add(v128.load(sums, 0), i32x4.extend_low_i16x8_s(low)), 0);
  v128.store(sums, i32x4.add(v128.load(sums, 16), i32x4.extend_high_i16x8_s(low)), 16);
  v128.store(sums, i32x4.add(v128.load(sums, 32), i32x4.extend_low_i16x8_s(high)), 32);
  v128.store(sums, i32x4.add(v128.load(sums, 48), i32x4.extend_high_i16x8_s(high)), 48);
}

/** Reset by subtraction of the threshold with the sign of the spike. */
// @ts-ignore: decorator
@inline
function reset<T>(v: v128, sign: v128, threshold: v128): v128 {
  if (isFloat<T>()) return f32x4.sub(v, f32x4.mul(f32x4.convert_i32x4_s(sign), threshold));
  return i32x4.sub(v, i32x4.mul(sign, threshold));
}

// @ts-ignore: decorator
@inline
function limit<T>(v: v128, low: v128, high: v128): v128 {
  // pmin and pmax are one instruction where min and max take several; they differ in NaN and -0 only.
  if (isFloat<T>()) return v128.pmin<T>(v128.pmax<T>(v, low), high);
  return v128.min<T>(v128.max<T>(v, low), high);
}

/** Counts of positive and negative spikes become their difference and sum, in place (i32). */
// @ts-ignore: decorator
@inline
function differenceAndSum(positive: usize, negative: usize): void {
  const ups = v128.load(positive);
  const downs = v128.load(negative);
  v128.store(positive, i32x4.sub(ups, downs));
  v128.store(negative, i32x4.add(ups, downs));
}

/** The codes as weight-row offsets, in pair order: of what is to be added and of what is to be subtracted. */
function listEvents(p: Population): void {
  const groups: usize = padded(p.inputs) >> 4;
  const lanes = v128.load(LANES);
  const step = v128.load(STEP);
  let code = p.codes;
  let added = p.added;
  let subtracted = p.subtracted;
  for (let t: u32 = 0; t < p.timesteps; ++t) {
    let base = i32x4.splat(0);
    for (let group: usize = 0; group < groups; ++group) {
      const codes = v128.load(code);
      const rows = i16x8.add(i16x8.shl(i16x8.abs(codes), 7), lanes);
      const signs = <u32>i8x16.bitmask(i8x16.narrow_i16x8_s(codes, i16x8.neg(codes)));
      added = compress(added, signs >> 8, rows, base);
      subtracted = compress(subtracted, signs & 255, rows, base);
      base = i32x4.add(base, step);
      code += 16;
    }
    store<u32>(p.ends + t * 8, <u32>added, 0);
    store<u32>(p.ends + t * 8, <u32>subtracted, 4);
  }
}

/** Appends the rows of the mask's pairs; writes up to 32 bytes too many rather than branch. */
// @ts-ignore: decorator
@inline
function compress(into: usize, mask: u32, rows: v128, base: v128): usize {
  const packed = i8x16.swizzle(rows, v128.load(COMPRESS + mask * 16));
  v128.store(into, i32x4.add(i32x4.extend_low_i16x8_u(packed), base), 0);
  v128.store(into, i32x4.add(i32x4.extend_high_i16x8_u(packed), base), 16);
  return into + (popcnt(mask) << 2);
}

function floatTile(p: Population, b: u32): void {
  const block = p.tiles + b * BLOCK;
  memory.fill(block + POSITIVE, 0, 2 * ROW);
  run<f32>(p, block, p.weights + b * rowBytes(p), 0, load<u32>(p.duals + b * 4), 0);
  finish(block);
}

/** 64 neurons in 16-bit lanes as long as they provably fit, from there on in 32-bit lanes. */
function integerTile(p: Population, pair: u32): void {
  const wide = p.tiles + 2 * pair * BLOCK;
  const narrow = p.narrowTiles + pair * BLOCK;
  const rows = p.weights + pair * rowBytes(p);
  const limit = load<i32>(p.limits + pair * 4);
  const dual = load<u32>(p.duals + pair * 8) | load<u32>(p.duals + pair * 8 + 4);
  memory.fill(wide + POSITIVE, 0, 2 * ROW);
  memory.fill(wide + BLOCK + POSITIVE, 0, 2 * ROW);
  let t: u32 = 0;
  if (limit >= 0) {
    memory.fill(narrow + POSITIVE, 0, 2 * ROW);
    // Saturates; a saturated membrane is beyond the limit and stops the run before it is used.
    narrowLanes(wide + MEMBRANE, narrow + MEMBRANE);
    t = run<i16>(p, narrow, rows, 0, dual, limit);
    if (t > 0) for (let field = MEMBRANE; field <= NEGATIVE; field += ROW) widenLanes(narrow + field, wide + field);
  }
  if (t < p.timesteps) {
    run<i32>(p, wide, rows, t, dual, 0);
    run<i32>(p, wide + BLOCK, rows + ROW / 2, t, dual, 0);
  }
  finish(wide);
  finish(wide + BLOCK);
}

// @ts-ignore: decorator
@inline
function rowBytes(p: Population): usize {
  return ((p.inputs + 1) >> 1) * PAIR;
}

function finish(block: usize): void {
  for (let k: usize = 0; k < ROW; k += 16) differenceAndSum(block + POSITIVE + k, block + NEGATIVE + k);
}

/** One field of two i32 blocks into that of an i16 block. */
function narrowLanes(wide: usize, narrow: usize): void {
  for (let half: usize = 0; half < 2; ++half) {
    for (let k: usize = 0; k < 64; k += 16) {
      const from = wide + half * BLOCK + 2 * k;
      v128.store(narrow + half * 64 + k, i16x8.narrow_i32x4_s(v128.load(from), v128.load(from, 16)));
    }
  }
}

/** And back. */
function widenLanes(narrow: usize, wide: usize): void {
  for (let half: usize = 0; half < 2; ++half) {
    for (let k: usize = 0; k < 64; k += 8) {
      v128.store(wide + half * BLOCK + 2 * k, v128.load_ext<i16>(narrow + half * 64 + k));
    }
  }
}

/**
 * A tile from time-step `t` on, membranes in registers.
 * @param rows the tile's weights; i32 lanes read the i16 weights of half a tile
 * @param reach i16 lanes only: stops before a time-step at whose start a |membrane| is above
 * @returns the first time-step that was not run
 */
function run<T>(p: Population, block: usize, rows: usize, t: u32, dual: u32, reach: i32): u32 {
  const timesteps = p.timesteps;
  const limited = p.clip == CLIP_TIMESTEP;
  let end = p.ends + t * 8;
  let added: usize = t ? load<u32>(end - 8) : p.added;
  let subtracted: usize = t ? load<u32>(end - 4) : p.subtracted;
  let v0 = v128.load(block, MEMBRANE);
  let v1 = v128.load(block, MEMBRANE + 16);
  let v2 = v128.load(block, MEMBRANE + 32);
  let v3 = v128.load(block, MEMBRANE + 48);
  let v4 = v128.load(block, MEMBRANE + 64);
  let v5 = v128.load(block, MEMBRANE + 80);
  let v6 = v128.load(block, MEMBRANE + 96);
  let v7 = v128.load(block, MEMBRANE + 112);
  for (; t < timesteps; ++t) {
    if (sizeof<T>() == 2 && beyond(v0, v1, v2, v3, v4, v5, v6, v7, reach)) break;
    v0 = v128.add<T>(v0, v128.load(block, BIAS));
    v1 = v128.add<T>(v1, v128.load(block, BIAS + 16));
    v2 = v128.add<T>(v2, v128.load(block, BIAS + 32));
    v3 = v128.add<T>(v3, v128.load(block, BIAS + 48));
    v4 = v128.add<T>(v4, v128.load(block, BIAS + 64));
    v5 = v128.add<T>(v5, v128.load(block, BIAS + 80));
    v6 = v128.add<T>(v6, v128.load(block, BIAS + 96));
    v7 = v128.add<T>(v7, v128.load(block, BIAS + 112));
    // Four events a round. `!row` and `!block` never hold: without a way out there, V8 (11.3) puts the loads
    // of a block in front of its additions, runs out of registers and spills membranes.
    let last: usize = load<u32>(end, 0);
    let last4 = last - 4;
    let last8 = last - 8;
    let last12 = last - 12;
    for (; added < last; added += 16) {
      let row = rows + load<u32>(added);
      v0 = plus<T>(v0, row, 0); v1 = plus<T>(v1, row, 1); v2 = plus<T>(v2, row, 2); v3 = plus<T>(v3, row, 3);
      if (!row) break;
      v4 = plus<T>(v4, row, 4); v5 = plus<T>(v5, row, 5); v6 = plus<T>(v6, row, 6); v7 = plus<T>(v7, row, 7);
      if (added >= last4) break;
      row = rows + load<u32>(added, 4);
      v0 = plus<T>(v0, row, 0); v1 = plus<T>(v1, row, 1); v2 = plus<T>(v2, row, 2); v3 = plus<T>(v3, row, 3);
      if (!row) break;
      v4 = plus<T>(v4, row, 4); v5 = plus<T>(v5, row, 5); v6 = plus<T>(v6, row, 6); v7 = plus<T>(v7, row, 7);
      if (added >= last8) break;
      row = rows + load<u32>(added, 8);
      v0 = plus<T>(v0, row, 0); v1 = plus<T>(v1, row, 1); v2 = plus<T>(v2, row, 2); v3 = plus<T>(v3, row, 3);
      if (!row) break;
      v4 = plus<T>(v4, row, 4); v5 = plus<T>(v5, row, 5); v6 = plus<T>(v6, row, 6); v7 = plus<T>(v7, row, 7);
      if (added >= last12) break;
      row = rows + load<u32>(added, 12);
      v0 = plus<T>(v0, row, 0); v1 = plus<T>(v1, row, 1); v2 = plus<T>(v2, row, 2); v3 = plus<T>(v3, row, 3);
      if (!row) break;
      v4 = plus<T>(v4, row, 4); v5 = plus<T>(v5, row, 5); v6 = plus<T>(v6, row, 6); v7 = plus<T>(v7, row, 7);
    }
    added = last;
    last = load<u32>(end, 4);
    last4 = last - 4;
    last8 = last - 8;
    last12 = last - 12;
    for (; subtracted < last; subtracted += 16) {
      let row = rows + load<u32>(subtracted);
      v0 = minus<T>(v0, row, 0); v1 = minus<T>(v1, row, 1); v2 = minus<T>(v2, row, 2); v3 = minus<T>(v3, row, 3);
      if (!row) break;
      v4 = minus<T>(v4, row, 4); v5 = minus<T>(v5, row, 5); v6 = minus<T>(v6, row, 6); v7 = minus<T>(v7, row, 7);
      if (subtracted >= last4) break;
      row = rows + load<u32>(subtracted, 4);
      v0 = minus<T>(v0, row, 0); v1 = minus<T>(v1, row, 1); v2 = minus<T>(v2, row, 2); v3 = minus<T>(v3, row, 3);
      if (!row) break;
      v4 = minus<T>(v4, row, 4); v5 = minus<T>(v5, row, 5); v6 = minus<T>(v6, row, 6); v7 = minus<T>(v7, row, 7);
      if (subtracted >= last8) break;
      row = rows + load<u32>(subtracted, 8);
      v0 = minus<T>(v0, row, 0); v1 = minus<T>(v1, row, 1); v2 = minus<T>(v2, row, 2); v3 = minus<T>(v3, row, 3);
      if (!row) break;
      v4 = minus<T>(v4, row, 4); v5 = minus<T>(v5, row, 5); v6 = minus<T>(v6, row, 6); v7 = minus<T>(v7, row, 7);
      if (subtracted >= last12) break;
      row = rows + load<u32>(subtracted, 12);
      v0 = minus<T>(v0, row, 0); v1 = minus<T>(v1, row, 1); v2 = minus<T>(v2, row, 2); v3 = minus<T>(v3, row, 3);
      if (!row) break;
      v4 = minus<T>(v4, row, 4); v5 = minus<T>(v5, row, 5); v6 = minus<T>(v6, row, 6); v7 = minus<T>(v7, row, 7);
    }
    subtracted = last;
    if (limited) {
      v0 = limit<T>(v0, v128.load(block, CLIP_LOW), v128.load(block, CLIP_HIGH));
      v1 = limit<T>(v1, v128.load(block, CLIP_LOW + 16), v128.load(block, CLIP_HIGH + 16));
      v2 = limit<T>(v2, v128.load(block, CLIP_LOW + 32), v128.load(block, CLIP_HIGH + 32));
      v3 = limit<T>(v3, v128.load(block, CLIP_LOW + 48), v128.load(block, CLIP_HIGH + 48));
      v4 = limit<T>(v4, v128.load(block, CLIP_LOW + 64), v128.load(block, CLIP_HIGH + 64));
      v5 = limit<T>(v5, v128.load(block, CLIP_LOW + 80), v128.load(block, CLIP_HIGH + 80));
      v6 = limit<T>(v6, v128.load(block, CLIP_LOW + 96), v128.load(block, CLIP_HIGH + 96));
      v7 = limit<T>(v7, v128.load(block, CLIP_LOW + 112), v128.load(block, CLIP_HIGH + 112));
    }
    if (dual) {
      v0 = settleDual<T>(v0, block, 0);
      v1 = settleDual<T>(v1, block, 16);
      if (!block) break;
      v2 = settleDual<T>(v2, block, 32);
      v3 = settleDual<T>(v3, block, 48);
      if (!block) break;
      v4 = settleDual<T>(v4, block, 64);
      v5 = settleDual<T>(v5, block, 80);
      if (!block) break;
      v6 = settleDual<T>(v6, block, 96);
      v7 = settleDual<T>(v7, block, 112);
    } else {
      v0 = settle<T>(v0, block, 0);
      v1 = settle<T>(v1, block, 16);
      if (!block) break;
      v2 = settle<T>(v2, block, 32);
      v3 = settle<T>(v3, block, 48);
      if (!block) break;
      v4 = settle<T>(v4, block, 64);
      v5 = settle<T>(v5, block, 80);
      if (!block) break;
      v6 = settle<T>(v6, block, 96);
      v7 = settle<T>(v7, block, 112);
    }
    end += 8;
  }
  const endOfWindow = p.clip == CLIP_WINDOW && t == timesteps;
  keep<T>(v0, block, 0, endOfWindow);
  keep<T>(v1, block, 16, endOfWindow);
  keep<T>(v2, block, 32, endOfWindow);
  keep<T>(v3, block, 48, endOfWindow);
  keep<T>(v4, block, 64, endOfWindow);
  keep<T>(v5, block, 80, endOfWindow);
  keep<T>(v6, block, 96, endOfWindow);
  keep<T>(v7, block, 112, endOfWindow);
  return t;
}

/** Adds the k-th vector of a weight row; i32 lanes widen 16-bit weights. */
// @ts-ignore: decorator
@inline
function plus<T>(v: v128, row: usize, k: usize): v128 {
  if (sizeof<T>() == 4 && isInteger<T>()) return i32x4.add(v, v128.load_ext<i16>(row + k * 8));
  return v128.add<T>(v, v128.load(row + k * 16));
}

// @ts-ignore: decorator
@inline
function minus<T>(v: v128, row: usize, k: usize): v128 {
  if (sizeof<T>() == 4 && isInteger<T>()) return i32x4.sub(v, v128.load_ext<i16>(row + k * 8));
  return v128.sub<T>(v, v128.load(row + k * 16));
}

/** Compare, count, reset; `k` is the vector's byte offset in a field. */
// @ts-ignore: decorator
@inline
function settle<T>(v: v128, block: usize, k: usize): v128 {
  const up = v128.gt<T>(v, v128.load(block + UPPER + k));
  v128.store(block + POSITIVE + k, tally<T>(v128.load(block + POSITIVE + k), up));
  return v128.sub<T>(v, v128.and(up, v128.load(block + THRESHOLD + k)));
}

/** The same with a lower threshold. */
// @ts-ignore: decorator
@inline
function settleDual<T>(v: v128, block: usize, k: usize): v128 {
  const down = v128.lt<T>(v, v128.load(block + LOWER + k));
  v128.store(block + NEGATIVE + k, tally<T>(v128.load(block + NEGATIVE + k), down));
  return v128.add<T>(settle<T>(v, block, k), v128.and(down, v128.load(block + THRESHOLD + k)));
}

/** Adds one where the comparison holds (it is -1 there), in counters as wide as the lanes. */
// @ts-ignore: decorator
@inline
function tally<T>(counters: v128, comparison: v128): v128 {
  return sizeof<T>() == 2 ? i16x8.sub(counters, comparison) : i32x4.sub(counters, comparison);
}

/** Writes a membrane back, limited where the window is over and asks for it. */
// @ts-ignore: decorator
@inline
function keep<T>(v: v128, block: usize, k: usize, limited: bool): void {
  const lanes = block + k;
  if (limited) v = limit<T>(v, v128.load(lanes, CLIP_LOW), v128.load(lanes, CLIP_HIGH));
  v128.store(lanes, v, MEMBRANE);
}

/** Whether any of 64 membranes is above `reach` or below its negative. */
// @ts-ignore: decorator
@inline
function beyond(
  v0: v128,
  v1: v128,
  v2: v128,
  v3: v128,
  v4: v128,
  v5: v128,
  v6: v128,
  v7: v128,
  reach: i32,
): bool {
  const high = largest(largest(largest(v0, v1), largest(v2, v3)), largest(largest(v4, v5), largest(v6, v7)));
  const low = least(least(least(v0, v1), least(v2, v3)), least(least(v4, v5), least(v6, v7)));
  const above = i16x8.gt_s(high, i16x8.splat(<i16>reach));
  return v128.any_true(v128.or(above, i16x8.lt_s(low, i16x8.splat(<i16>-reach))));
}

// @ts-ignore: decorator
@inline
function largest(a: v128, b: v128): v128 {
  return i16x8.max_s(a, b);
}

// @ts-ignore: decorator
@inline
function least(a: v128, b: v128): v128 {
  return i16x8.min_s(a, b);
}

/**
 * y = x W + b by tiles of 32: bias first, then inputs in order, product and sum rounded to f32.
 * @param weights [blocks][inputs][32]
 * @param bias [blocks][32]
 * @param into [blocks][32]
 */
export function affine(
  inputs: u32,
  blocks: u32,
  values: usize,
  weights: usize,
  bias: usize,
  into: usize,
): void {
  const end = values + inputs * 4;
  for (let b: u32 = 0; b < blocks; ++b) {
    let y0 = v128.load(bias, 0);
    let y1 = v128.load(bias, 16);
    let y2 = v128.load(bias, 32);
    let y3 = v128.load(bias, 48);
    let y4 = v128.load(bias, 64);
    let y5 = v128.load(bias, 80);
    let y6 = v128.load(bias, 96);
    let y7 = v128.load(bias, 112);
    for (let value = values; value < end; value += 4) {
      const x = v128.load32_splat(value);
      y0 = f32x4.add(y0, f32x4.mul(x, v128.load(weights, 0)));
      y1 = f32x4.add(y1, f32x4.mul(x, v128.load(weights, 16)));
      y2 = f32x4.add(y2, f32x4.mul(x, v128.load(weights, 32)));
      y3 = f32x4.add(y3, f32x4.mul(x, v128.load(weights, 48)));
      y4 = f32x4.add(y4, f32x4.mul(x, v128.load(weights, 64)));
      y5 = f32x4.add(y5, f32x4.mul(x, v128.load(weights, 80)));
      y6 = f32x4.add(y6, f32x4.mul(x, v128.load(weights, 96)));
      y7 = f32x4.add(y7, f32x4.mul(x, v128.load(weights, 112)));
      weights += ROW;
    }
    v128.store(into, y0, 0);
    v128.store(into, y1, 16);
    v128.store(into, y2, 32);
    v128.store(into, y3, 48);
    v128.store(into, y4, 64);
    v128.store(into, y5, 80);
    v128.store(into, y6, 96);
    v128.store(into, y7, 112);
    bias += ROW;
    into += ROW;
  }
}
