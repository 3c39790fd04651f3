/**
 * What the kernel's speed is compared with: f32x4 additions in registers and nothing else. Twelve
 * independent accumulators hide the latency of an addition on every machine we know of.
 */

/** 48 f32x4 additions a round; the sum is handed back so that none can be dropped. */
export function add(rounds: i32, step: f32): f32 {
  const x = f32x4.splat(step);
  // Different starts: equal ones would be one computation to an optimiser.
  let a = f32x4.splat(1);
  let b = f32x4.splat(2);
  let c = f32x4.splat(3);
  let d = f32x4.splat(4);
  let e = f32x4.splat(5);
  let f = f32x4.splat(6);
  let g = f32x4.splat(7);
  let h = f32x4.splat(8);
  let i = f32x4.splat(9);
  let j = f32x4.splat(10);
  let k = f32x4.splat(11);
  let l = f32x4.splat(12);
  for (let round = 0; round < rounds; ++round) {
    a = add4(a, x);
    b = add4(b, x);
    c = add4(c, x);
    d = add4(d, x);
    e = add4(e, x);
    f = add4(f, x);
    g = add4(g, x);
    h = add4(h, x);
    i = add4(i, x);
    j = add4(j, x);
    k = add4(k, x);
    l = add4(l, x);
  }
  const ad = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  const eh = f32x4.add(f32x4.add(e, f), f32x4.add(g, h));
  return f32x4.extract_lane(f32x4.add(f32x4.add(ad, eh), f32x4.add(f32x4.add(i, j), f32x4.add(k, l))), 0);
}

// @ts-ignore: decorator
@inline
function add4(a: v128, x: v128): v128 {
  return f32x4.add(f32x4.add(f32x4.add(f32x4.add(a, x), x), x), x);
}
