/**
 * The SIMD kernel: one population of integrate-and-fire neurons and its spike generator, run for a
 * whole window. AssemblyScript; `../wasm.ts` lays out the memory that is read here, `../twin.ts` is the
 * specification, and tests hold the two equal.
 *
 * A tile is what eight v128 accumulators hold: 32 neurons of 32 bit, 64 of 16 bit. Its weights are
 * [row][tile width], so a row is 128 bytes whatever the element type, and one list of byte offsets
 * serves all. Rows: `inputs` of weights, then `inputs` of negated weights. A negative spike adds a
 * negated row, which is exact and leaves one loop, hence one mispredicted exit, a time-step.
 */

const ROW: usize = 128;

/** Fields of a tile's block, 128 bytes each: one value a neuron, in the lanes' own element type. */
const BIAS: usize = 0 * ROW;
const UPPER: usize = 1 * ROW;
const LOWER: usize = 2 * ROW;
const THRESHOLD: usize = 3 * ROW;
const CLIP_LOW: usize = 4 * ROW;
const CLIP_HIGH: usize = 5 * ROW;
const START: usize = 6 * ROW;
const MEMBRANE: usize = 7 * ROW;
/** Counts of positive and negative spikes during a window; at its end their difference and their sum. */
const POSITIVE: usize = 8 * ROW;
const NEGATIVE: usize = 9 * ROW;
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
  generatorStart: u32;
  generatorClip: u32;
  /** Always a float. */
  scale: f32;
  /** Per input, padded to 16: values f32, increments, membranes, and counts i32 as in a block. */
  values: usize;
  increments: usize;
  inputMembranes: usize;
  inputPositive: usize;
  inputNegative: usize;
  /** [timesteps][padded inputs / 8] bytes: who fired, one bit an input. */
  upMasks: usize;
  downMasks: usize;
  /** Byte offsets of weight rows, time-step after time-step, and each time-step's end [timesteps]. */
  events: usize;
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

/** COMPRESS[mask * 8 ...]: the indices of the mask's set bits, packed to the front. */
const COMPRESS = memory.data(2048, 16);
for (let mask = 0; mask < 256; ++mask) {
  let next: usize = COMPRESS + mask * 8;
  for (let bit = 0; bit < 8; ++bit) if (mask & (1 << bit)) store<u8>(next++, <u8>bit);
}

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
    memory.copy(p.increments, p.values, padded(p.inputs) * 4);
    generate<f32>(p);
    listEvents(p);
    for (let b: u32 = 0; b < p.blocks; ++b) floatTile(p, b);
  }
}

/** Sixteen inputs make one mask of two bytes. */
// @ts-ignore: decorator
@inline
function padded(inputs: u32): u32 {
  return (inputs + 15) & ~15;
}

/** increments = round-half-even(values * scale), saturated. */
function encodeIntegers(p: Population): void {
  const scale = f32x4.splat(p.scale);
  for (let i: usize = 0, bytes: usize = padded(p.inputs) * 4; i < bytes; i += 16) {
    const scaled = f32x4.nearest(f32x4.mul(v128.load(p.values + i), scale));
    v128.store(p.increments + i, i32x4.trunc_sat_f32x4_s(scaled));
  }
}

/** Sixteen inputs at a time through all time-steps, membranes in registers; leaves masks and counts. */
function generate<T>(p: Population): void {
  const stride: usize = padded(p.inputs) >> 3;
  const limited = p.clip == CLIP_TIMESTEP;
  const threshold = v128.load32_splat(changetype<usize>(p), offsetof<Population>('generatorThreshold'));
  const upper = v128.load32_splat(changetype<usize>(p), offsetof<Population>('generatorUpper'));
  const clip = v128.load32_splat(changetype<usize>(p), offsetof<Population>('generatorClip'));
  const lower = v128.neg<T>(upper);
  const clipLow = v128.neg<T>(clip);
  for (let group: usize = 0; group < stride; group += 2) {
    const lanes = group * 32;
    const x = p.increments + lanes;
    const v = p.inputMembranes + lanes;
    if (!p.carry) for (let k: usize = 0; k < 64; k += 16) v128.store(v + k, signedStart<T>(p, x + k));
    let v0 = v128.load(v, 0);
    let v1 = v128.load(v, 16);
    let v2 = v128.load(v, 32);
    let v3 = v128.load(v, 48);
    const x0 = v128.load(x, 0);
    const x1 = v128.load(x, 16);
    const x2 = v128.load(x, 32);
    const x3 = v128.load(x, 48);
    const positive = p.inputPositive + lanes;
    const negative = p.inputNegative + lanes;
    memory.fill(positive, 0, 64);
    memory.fill(negative, 0, 64);
    let up = p.upMasks + group;
    let down = p.downMasks + group;
    for (let t: u32 = 0; t < p.timesteps; ++t) {
      v0 = v128.add<T>(v0, x0);
      v1 = v128.add<T>(v1, x1);
      v2 = v128.add<T>(v2, x2);
      v3 = v128.add<T>(v3, x3);
      if (limited) {
        v0 = limit<T>(v0, clipLow, clip);
        v1 = limit<T>(v1, clipLow, clip);
        v2 = limit<T>(v2, clipLow, clip);
        v3 = limit<T>(v3, clipLow, clip);
      }
      store<u16>(
        up,
        fired(
          count(positive, v128.gt<T>(v0, upper)),
          count(positive + 16, v128.gt<T>(v1, upper)),
          count(positive + 32, v128.gt<T>(v2, upper)),
          count(positive + 48, v128.gt<T>(v3, upper)),
        ),
      );
      store<u16>(
        down,
        fired(
          count(negative, v128.lt<T>(v0, lower)),
          count(negative + 16, v128.lt<T>(v1, lower)),
          count(negative + 32, v128.lt<T>(v2, lower)),
          count(negative + 48, v128.lt<T>(v3, lower)),
        ),
      );
      v0 = reset<T>(v0, upper, lower, threshold);
      v1 = reset<T>(v1, upper, lower, threshold);
      v2 = reset<T>(v2, upper, lower, threshold);
      v3 = reset<T>(v3, upper, lower, threshold);
      up += stride;
      down += stride;
    }
    v128.store(v, v0, 0);
    v128.store(v, v1, 16);
    v128.store(v, v2, 32);
    v128.store(v, v3, 48);
    for (let k: usize = 0; k < 64; k += 16) {
      if (p.clip == CLIP_WINDOW) v128.store(v + k, limit<T>(v128.load(v + k), clipLow, clip));
      differenceAndSum(positive + k, negative + k);
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

/** One bit a lane of four comparisons. */
// @ts-ignore: decorator
@inline
function fired(a: v128, b: v128, c: v128, d: v128): u16 {
  return <u16>i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

/** Adds one to the counters where the comparison holds (it is -1 there); hands the comparison on. */
// @ts-ignore: decorator
@inline
function count(counters: usize, comparison: v128): v128 {
  v128.store(counters, i32x4.sub(v128.load(counters), comparison));
  return comparison;
}

/** Reset by subtraction of the signed threshold. */
// @ts-ignore: decorator
@inline
function reset<T>(v: v128, upper: v128, lower: v128, threshold: v128): v128 {
  const up = v128.and(v128.gt<T>(v, upper), threshold);
  const down = v128.and(v128.lt<T>(v, lower), v128.neg<T>(threshold));
  return v128.sub<T>(v, v128.or(up, down));
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

/** The masks as weight-row offsets: of a time-step, positive spikes in input order, then negative ones. */
function listEvents(p: Population): void {
  const bytes: usize = padded(p.inputs) >> 3;
  const negated = p.inputs * ROW;
  let next = p.events;
  for (let t: u32 = 0; t < p.timesteps; ++t) {
    next = compress(next, p.upMasks + t * bytes, bytes, 0);
    next = compress(next, p.downMasks + t * bytes, bytes, <u32>negated);
    store<u32>(p.ends + t * 4, <u32>next);
  }
}

/** Appends the row offset of every set bit; writes up to 32 bytes too many rather than branch. */
// @ts-ignore: decorator
@inline
function compress(into: usize, masks: usize, bytes: usize, offset: u32): usize {
  let base = i32x4.splat(offset);
  for (let i: usize = 0; i < bytes; ++i) {
    const mask = <u32>load<u8>(masks + i);
    const indices = v128.load_ext<u8>(COMPRESS + mask * 8);
    v128.store(into, i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_u(indices), 7), base), 0);
    v128.store(into, i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_u(indices), 7), base), 16);
    into += popcnt(mask) << 2;
    base = i32x4.add(base, i32x4.splat(8 * ROW));
  }
  return into;
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
    if (t > 0) for (let field = MEMBRANE; field < BLOCK; field += ROW) widenLanes(narrow + field, wide + field);
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
  return 2 * p.inputs * ROW;
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
  let event: usize = t ? load<u32>(p.ends + (t - 1) * 4) : p.events;
  let end = p.ends + t * 4;
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
    const last: usize = load<u32>(end);
    // Four events a round. `!row` never holds: without a way out there, V8 (11.3) puts the loads of a
    // block in front of its additions, runs out of registers and spills membranes.
    // prettier-ignore
    for (; event < last; event += 16) {
      let row = rows + load<u32>(event);
      v0 = plus<T>(v0, row, 0); v1 = plus<T>(v1, row, 1); v2 = plus<T>(v2, row, 2); v3 = plus<T>(v3, row, 3);
      if (!row) break;
      v4 = plus<T>(v4, row, 4); v5 = plus<T>(v5, row, 5); v6 = plus<T>(v6, row, 6); v7 = plus<T>(v7, row, 7);
      if (event + 4 >= last) break;
      row = rows + load<u32>(event, 4);
      v0 = plus<T>(v0, row, 0); v1 = plus<T>(v1, row, 1); v2 = plus<T>(v2, row, 2); v3 = plus<T>(v3, row, 3);
      if (!row) break;
      v4 = plus<T>(v4, row, 4); v5 = plus<T>(v5, row, 5); v6 = plus<T>(v6, row, 6); v7 = plus<T>(v7, row, 7);
      if (event + 8 >= last) break;
      row = rows + load<u32>(event, 8);
      v0 = plus<T>(v0, row, 0); v1 = plus<T>(v1, row, 1); v2 = plus<T>(v2, row, 2); v3 = plus<T>(v3, row, 3);
      if (!row) break;
      v4 = plus<T>(v4, row, 4); v5 = plus<T>(v5, row, 5); v6 = plus<T>(v6, row, 6); v7 = plus<T>(v7, row, 7);
      if (event + 12 >= last) break;
      row = rows + load<u32>(event, 12);
      v0 = plus<T>(v0, row, 0); v1 = plus<T>(v1, row, 1); v2 = plus<T>(v2, row, 2); v3 = plus<T>(v3, row, 3);
      if (!row) break;
      v4 = plus<T>(v4, row, 4); v5 = plus<T>(v5, row, 5); v6 = plus<T>(v6, row, 6); v7 = plus<T>(v7, row, 7);
    }
    event = last;
    v0 = settle<T>(v0, block, 0, limited, dual);
    v1 = settle<T>(v1, block, 16, limited, dual);
    v2 = settle<T>(v2, block, 32, limited, dual);
    v3 = settle<T>(v3, block, 48, limited, dual);
    v4 = settle<T>(v4, block, 64, limited, dual);
    v5 = settle<T>(v5, block, 80, limited, dual);
    v6 = settle<T>(v6, block, 96, limited, dual);
    v7 = settle<T>(v7, block, 112, limited, dual);
    end += 4;
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

/** Limit, compare, count, reset; `k` is the vector's byte offset in a field. */
// @ts-ignore: decorator
@inline
function settle<T>(v: v128, block: usize, k: usize, limited: bool, dual: u32): v128 {
  const lanes = block + k;
  if (limited) v = limit<T>(v, v128.load(lanes, CLIP_LOW), v128.load(lanes, CLIP_HIGH));
  const up = v128.gt<T>(v, v128.load(lanes, UPPER));
  tally<T>(lanes + POSITIVE, up);
  let after = v128.sub<T>(v, v128.and(up, v128.load(lanes, THRESHOLD)));
  if (dual) {
    const down = v128.lt<T>(v, v128.load(lanes, LOWER));
    tally<T>(lanes + NEGATIVE, down);
    after = v128.add<T>(after, v128.and(down, v128.load(lanes, THRESHOLD)));
  }
  return after;
}

/** As `count`, in counters as wide as the lanes. */
// @ts-ignore: decorator
@inline
function tally<T>(counters: usize, comparison: v128): void {
  const before = v128.load(counters);
  v128.store(counters, sizeof<T>() == 2 ? i16x8.sub(before, comparison) : i32x4.sub(before, comparison));
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
  const most = max(max(max(v0, v1), max(v2, v3)), max(max(v4, v5), max(v6, v7)));
  const least = min(min(min(v0, v1), min(v2, v3)), min(min(v4, v5), min(v6, v7)));
  const above = i16x8.gt_s(most, i16x8.splat(<i16>reach));
  return v128.any_true(v128.or(above, i16x8.lt_s(least, i16x8.splat(<i16>-reach))));
}

// @ts-ignore: decorator
@inline
function max(a: v128, b: v128): v128 {
  return i16x8.max_s(a, b);
}

// @ts-ignore: decorator
@inline
function min(a: v128, b: v128): v128 {
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
