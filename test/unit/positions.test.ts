import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { applyEdits, positionOf } from '../../src/core/convert/positions.ts';

const text = `{
  // a comment
  "model": "model.json",
  "data": { "inputs": "x.npy" },
  "list": [{ "name": "a" }, { "name": "b" }],
  "tolerance": { "mse": 0.01, "accuracyDrop": 0.01 }
}
`;

describe('positions', () => {
  const at = (path: (string | number)[], part?: 'value' | 'key') => {
    const { offset, length } = positionOf(text, path, part);
    return text.slice(offset, offset + length);
  };

  it('of values and keys', () => {
    expect(at(['model'])).toBe('"model.json"');
    expect(at(['model'], 'key')).toBe('"model"');
    expect(at(['data', 'inputs'])).toBe('"x.npy"');
    expect(at(['data'])).toBe('{ "inputs": "x.npy" }');
    expect(at(['list', 1, 'name'])).toBe('"b"');
    expect(at(['list', 1], 'key')).toBe('{ "name": "b" }');
  });

  it('of the nearest key above what is missing', () => {
    expect(at(['data', 'labels'])).toBe('"data"');
    expect(at(['list', 1, 'config', 'units'])).toBe('{ "name": "b" }');
    expect(at(['timesteps'])).toBe('{');
    expect(at([])).toBe('{');
  });

  it('of a text that is no JSON', () => {
    expect(positionOf('', ['a'])).toEqual({ offset: 0, length: 0 });
    expect(positionOf('{"a": [1, ', ['a', 0])).toEqual({ offset: 7, length: 1 });
    expect(positionOf('['.repeat(500_000), ['a'])).toEqual({ offset: 0, length: 0 });
  });
});

describe('edits', () => {
  it('leave everything else as it is written', () => {
    const slope = { slope: 0.25, offset: 0.5, low: 0, high: 1 };
    const edited = applyEdits(text, [
      { path: ['activations', 'sigmoid'], value: slope },
      { path: ['data', 'limit'], value: 5 },
      { path: ['model'], value: 'other.json' },
      { path: ['activations', 'tanh'], value: { ...slope, low: -1 } },
    ]);
    expect(edited).toBe(`{
  // a comment
  "model": "other.json",
  "data": { "inputs": "x.npy", "limit": 5 },
  "list": [{ "name": "a" }, { "name": "b" }],
  "tolerance": { "mse": 0.01, "accuracyDrop": 0.01 },
  "activations": {
    "sigmoid": { "slope": 0.25, "offset": 0.5, "low": 0, "high": 1 },
    "tanh": { "slope": 0.25, "offset": 0.5, "low": -1, "high": 1 }
  }
}
`);
  });

  it('keep tabs and line ends', () => {
    const windows = '{\r\n\t"model": "m",\r\n\t"coding": "reset"\r\n}\r\n';
    expect(applyEdits(windows, [{ path: ['input'], value: { mean: 1, scale: 2 } }])).toBe(
      '{\r\n\t"model": "m",\r\n\t"coding": "reset",\r\n\t"input": { "mean": 1, "scale": 2 }\r\n}\r\n',
    );
    expect(applyEdits(windows, [{ path: ['coding'], value: undefined }])).toBe(
      '{\r\n\t"model": "m"\r\n}\r\n',
    );
  });

  it('write into one line, an empty object and an empty file', () => {
    expect(applyEdits('{"a":1}', [{ path: ['b', 'c'], value: 'x' }])).toBe('{"a":1, "b": { "c": "x" }}');
    for (const empty of ['', '{}', '{\n}']) {
      expect(parse(applyEdits(empty, [{ path: ['b', 'c'], value: 2 }]))).toEqual({ b: { c: 2 } });
    }
  });

  it('of any file: the value is there, and the rest is unchanged', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const tree = fc.letrec<{ object: object }>((tie) => ({
      object: fc.dictionary(key, fc.oneof({ maxDepth: 3 }, fc.jsonValue({ maxDepth: 1 }), tie('object'))),
    })).object;
    const indent = fc.constantFrom(undefined, 2, 4, '\t');
    fc.assert(
      fc.property(tree, indent, key, fc.jsonValue(), (before, space, name, value) => {
        const edited = applyEdits(JSON.stringify(before, null, space), [{ path: [name], value }]);
        expect(JSON.parse(edited)).toEqual(JSON.parse(JSON.stringify({ ...before, [name]: value })));
      }),
    );
  });
});
