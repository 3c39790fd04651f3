/** What small files may not make of themselves; see docs/security.md. */
import { gzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { InputFault } from '../../src/core/findings/types.ts';
import { readData } from '../../src/core/formats/data/data.ts';
import { parseJson } from '../../src/core/formats/json.ts';
import { keepTensor, withinSize } from '../../src/core/formats/take-tensor.ts';
import { readTfjsLayersModel } from '../../src/core/formats/tfjs/tfjs.ts';
import { bytesSource, faultOf, memoryFolder } from './sources.ts';

const inputs = { role: 'inputs' } as const;
const text = (content: string): Uint8Array => new TextEncoder().encode(content);

describe('JSON', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  it('nested 500 deep is read, and no deeper', () => {
    expect(parseJson(nested(500))).toHaveProperty('value');
    expect(parseJson(nested(501))).toEqual({ fault: 'is JSON nested more than 500 deep' });
    expect(parseJson(`{"a": "${'['.repeat(501)}"}`)).toHaveProperty('value');
    expect(parseJson(`["\\"", ${nested(499)}]`)).toHaveProperty('value');
  });

  it('of too many values is refused before it is parsed', () => {
    const start = performance.now();
    expect(parseJson(`[${'0,'.repeat(4_000_000)}0]`)).toEqual({
      fault: 'is JSON of more than 4,000,000 values, which no model needs',
    });
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('with a fault in every byte names the first', () => {
    expect(parseJson('{' + ' a'.repeat(1_000_000))).toEqual({
      fault: 'is not valid JSON: invalid symbol at line 1, column 3',
    });
  });
});

describe('weights', () => {
  const fault = (words: string) =>
    new InputFault('weights-unreadable', 'm', words, { file: 'model', path: [] });

  it('of a thousand layers that are one tensor of the file', async () => {
    let reads = 0;
    const take = withinSize(keepTensor, () => 4_000_000, fault);
    const read = () => {
      reads++;
      return new Float32Array(0);
    };
    const all = async () => {
      for (let i = 0; i < 1000; i++) await take([1000, 1000], read);
    };
    expect((await faultOf(all)).fault).toBe(
      'has layers of 125.9 MiB of weights and more, which a file of 3.8 MiB cannot hold, or only by naming the same values many times',
    );
    // 16 bytes for each of the file, and 64 MiB.
    expect(reads).toBe(Math.floor((16 * 4_000_000 + 64 * 2 ** 20) / 4_000_000));
  });

  const dense = (i: number) => ({
    class_name: 'Dense',
    config: { name: `d${i}`, units: 1, batch_input_shape: [null, 1] },
  });
  const tfjs = (layers: number, paths: number) =>
    JSON.stringify({
      modelTopology: {
        class_name: 'Sequential',
        config: { name: 'm', layers: Array.from({ length: layers }, (_, i) => dense(i)) },
      },
      weightsManifest: [{ weights: [], paths: Array.from({ length: paths }, () => 'weights.bin') }],
    });
  const read = (json: string) => () => readTfjsLayersModel('m.json', json, memoryFolder(new Map()));

  it('of more layers, or in more files, than a model has', async () => {
    expect((await faultOf(read(tfjs(1001, 1)))).fault).toBe(
      'holds a model of 1001 layers; at most 1000 are read',
    );
    expect((await faultOf(read(tfjs(1, 10_001)))).fault).toBe(
      'names more than 10000 weight files in its weightsManifest',
    );
    expect((await faultOf(read(tfjs(1, 10_000)))).fault).toBe('does not exist');
  });
});

describe('data', () => {
  it('packed to less than a 200th', async () => {
    const packed = gzipSync(text('[' + '1,'.repeat(30_000_000)));
    expect((await faultOf(() => readData(bytesSource('x.json.gz', packed), inputs))).fault).toBe(
      'unpacks to more than 200 times its size; unpack it with gunzip first',
    );
  });

  it('a field of a million digits that is no number is refused at once', async () => {
    const bytes = text(`1,2\n${'1'.repeat(1_000_000)}x,3\n`);
    const start = performance.now();
    const { fault } = await faultOf(() => readData(bytesSource('x.csv', bytes), inputs));
    expect(fault).toMatch(/^holds "1{56}\.\.\. in row 2, column 1, which is no number$/);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

it('a message is one line that people read, whatever stands in the file', () => {
  const name = 'a\nb'.repeat(50_000);
  const fault = new InputFault('model-unreadable', 'm', `has layer '${name}'; save it again`, {
    file: 'model',
    path: [],
  });
  expect(fault.message).toHaveLength(3 + 800);
  expect(fault.message).toMatch(/^m: has layer 'a b.* \.\.\. .*'; save it again$/);
  expect(fault.message).toBe(`m: ${fault.fault}`);
});
