/** The same samples in every format give the same report. Needs the build. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report/types.ts';
import { spikewise } from '../support/cli.ts';
import { readFloats } from '../support/files.ts';
import { publishedDigits, testDigits } from '../support/mnist.ts';
import { convertJson, expectFault, labels, samples, useTiny } from '../support/tiny.ts';

const tiny = useTiny();

/** What does not depend on the clock or the machine. */
function results({ accuracy, layers, options, findings }: Report) {
  return { accuracy, layers, options, findings };
}

describe('the tiny model', () => {
  let expected: ReturnType<typeof results>;

  beforeAll(async () => {
    expected = results(await convert(tiny.file('x.npy'), tiny.file('y.npy')));
    writeFormats();
  });

  function writeFormats(): void {
    const { values } = readFloats(tiny.file('x.npy'));
    const rows = Array.from({ length: samples }, (_, n) => [...values.subarray(n * 6, n * 6 + 6)]);
    const csv = ['a,b,c,d,e,f', ...rows.map(String)].join('\n');
    const nested = rows.map((row) => [row.slice(0, 2), row.slice(2, 4), row.slice(4)]);
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    const npy = { 'x.npy': readFileSync(tiny.file('x.npy')), 'y.npy': readFileSync(tiny.file('y.npy')) };
    const header = Buffer.from(
      JSON.stringify({ x: { dtype: 'F32', shape: [samples, 3, 2], data_offsets: [0, bytes.length] } }),
    );
    const sizes = Buffer.alloc(8);
    sizes.writeUInt32LE(header.length);
    const files = {
      'pair.npz': zipSync(npy),
      'x.csv': csv,
      'x.csv.gz': gzipSync(csv),
      'y.csv': `class\n${labels.join('\n')}`,
      'x.json': JSON.stringify(nested),
      'y.json': JSON.stringify(labels.map((label) => [0, 1, 2].map((k) => Number(k === label)))),
      'x.idx': Buffer.concat([
        Buffer.from([0, 0, 0x0d, 3, 0, 0, 0, samples, 0, 0, 0, 3, 0, 0, 0, 2]),
        Buffer.from(bytes).swap32(),
      ]),
      'y.idx.gz': gzipSync(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, samples, ...labels)),
      'x.safetensors': Buffer.concat([sizes, header, bytes]),
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(tiny.file(name), content);
  }

  function convert(inputs: string, answers: string): Promise<Report> {
    return convertJson([tiny.file('model.json'), '--data', inputs, '--labels', answers]);
  }

  it.each([
    ['pair.npz', 'pair.npz'],
    ['pair.npz#x', 'pair.npz#y'],
    ['x.csv', 'y.csv'],
    ['x.csv.gz', 'y.json'],
    ['x.json', 'y.idx.gz'],
    ['x.idx', 'y.npy'],
    ['x.safetensors', 'y.npy'],
  ])('%s and %s', async (inputs, answers) => {
    expect(results(await convert(tiny.file(inputs), tiny.file(answers)))).toEqual(expected);
  });

  it('the ending says nothing', async () => {
    const folder = tiny.empty();
    const inputs = path.join(folder, 'x.npy');
    const answers = path.join(folder, 'y.csv');
    writeFileSync(inputs, readFileSync(tiny.file('x.json')));
    writeFileSync(answers, readFileSync(tiny.file('y.npy')));
    expect(results(await convert(inputs, answers))).toEqual(expected);
  });

  it('a specification names one array of several', async () => {
    const specification = tiny.file('tiny.spikewise.json');
    const data = { inputs: 'pair.npz#x', labels: 'pair.npz#y' };
    writeFileSync(specification, JSON.stringify({ model: 'model.json', data }));
    const { accuracy, options } = await convertJson([specification]);
    expect(accuracy).toEqual(expected.accuracy);
    expect(options.samples).toBe(samples);
  });

  it.each([
    ['pair.npz#z', /pair\.npz: holds no array 'z': it has 'x', 'y'/],
    ['y.csv#y', /y\.csv: holds one array, without a name \(CSV\)/],
  ])('%s is refused', async (inputs, words) => {
    const ended = await spikewise([
      'convert',
      tiny.file('model.json'),
      '--data',
      tiny.file(inputs),
      '--json',
    ]);
    expectFault(ended, null, words);
  });
});

it('does not write over a file of which it reads one array', async () => {
  const args = ['--data', tiny.file('pair.npz#x'), '--outputs', tiny.file('pair.npz')];
  const { code, stderr } = await spikewise(['convert', tiny.file('model.json'), ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain('--outputs names a file that is used already');
});

const published = publishedDigits();

it.skipIf(published === null)('MNIST as it is published is the same as its .npy', async () => {
  const convert = (digits: { inputs: string; labels: string } | null) =>
    convertJson([
      ...['examples/mnist-rows/mnist-rows.spikewise.json', '--limit', '100'],
      ...['--data', digits!.inputs, '--labels', digits!.labels],
    ]);
  const [asPublished, asNpy] = [await convert(published), await convert(testDigits())];
  expect(asPublished.options.samples).toBe(100);
  expect(asPublished.accuracy.analog).toBeGreaterThan(0.9);
  expect(results(asPublished)).toEqual(results(asNpy));
});
