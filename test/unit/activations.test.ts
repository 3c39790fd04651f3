/** What activation names mean. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evaluateClippedLinear,
  isKnown,
  isSmooth,
  paperHardSigmoid,
  paperHardTanh,
  resolveActivation,
  snakeCase,
} from '../../src/core/convert/activations.ts';

const values = [-5, -2, -1, -0.3, 0, 0.4, 1, 2, 5];
const at = (name: string, declared = {}) => {
  const { analog } = resolveActivation(name, declared);
  return values.map((x) => analog!(x));
};

describe('names', () => {
  it.each([
    ['hardTanh', 'hard_tanh'],
    ['hard_tanh', 'hard_tanh'],
    ['HardTanhHalf', 'hard_tanh_half'],
    ['hard_sigmoid_quarter', 'hard_sigmoid_quarter'],
    ['relu6', 'relu6'],
    ['tanh', 'tanh'],
  ])('%s is %s', (name, snake) => {
    expect(snakeCase(name)).toBe(snake);
  });

  it('are declared and looked up in either case', () => {
    const clip = { slope: 0.5, offset: 0, low: -1, high: 1 };
    for (const [written, declared] of [
      ['hard_tanh', 'hardTanh'],
      ['hardTanh', 'hard_tanh'],
    ] as const) {
      expect(resolveActivation(written, { [declared]: clip }).spiking).toEqual(clip);
    }
  });

  it('of objects are not activations', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(isKnown(resolveActivation(name))).toBe(false);
      expect(isSmooth(name)).toBe(false);
    }
  });
});

describe('meanings', () => {
  it("the paper's hard functions, eq. 7 and 8", () => {
    const eq7 = (x: number) => (x > 2 ? 1 : x > -2 ? (x + 2) / 4 : 0);
    const eq8 = (x: number) => (x > 2 ? 1 : x > -2 ? x / 2 : -1);
    fc.assert(
      fc.property(fc.double({ min: -4, max: 4, noNaN: true }), (x) => {
        expect(evaluateClippedLinear(paperHardSigmoid)(x)).toBeCloseTo(eq7(x), 12);
        expect(evaluateClippedLinear(paperHardTanh)(x)).toBeCloseTo(eq8(x), 12);
      }),
    );
  });

  it('of a custom name are what the specification says, in both networks', () => {
    const clip = { slope: 2, offset: -1, low: -0.5, high: 0.5 };
    expect(at('mine', { mine: clip })).toEqual(values.map((x) => Math.min(Math.max(2 * x - 1, -0.5), 0.5)));
    expect(resolveActivation('mine', { mine: clip })).toMatchObject({ spiking: clip, replaced: false });
  });

  it('of a smooth name stay as trained in the analog network', () => {
    const declared = { tanh: paperHardTanh };
    expect(at('tanh', declared)).toEqual(values.map(Math.tanh));
    expect(resolveActivation('tanh', declared)).toMatchObject({ spiking: paperHardTanh, replaced: true });
    expect(resolveActivation('tanh')).toMatchObject({ spiking: null, replaced: false });
  });

  it('of hard_sigmoid are those of tfjs, unless the specification says otherwise', () => {
    expect(resolveActivation('hard_sigmoid').spiking).toEqual({ slope: 0.2, offset: 0.5, low: 0, high: 1 });
    const keras3 = { slope: 1 / 6, offset: 0.5, low: 0, high: 1 };
    expect(resolveActivation('hard_sigmoid', { hard_sigmoid: keras3 })).toMatchObject({
      spiking: keras3,
      replaced: false,
    });
  });

  it('of linear, relu and softmax', () => {
    expect(at('linear')).toEqual(values);
    expect(at('relu')).toEqual([0, 0, 0, 0, 0, 0.4, 1, 2, 5]);
    expect(resolveActivation('relu').spiking).toBe('relu');
    expect(resolveActivation('softmax')).toMatchObject({ analog: null, spiking: null });
    expect(isKnown(resolveActivation('softmax'))).toBe(true);
    expect(isKnown(resolveActivation('my_own'))).toBe(false);
  });
});
