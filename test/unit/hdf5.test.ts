/** HDF5 files through the library, and the file access under it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { InputFault } from '../../src/core/findings/types.ts';
import type { ByteSource } from '../../src/core/formats/files.ts';
import { isHdf5, type Hdf5File } from '../../src/core/formats/keras/hdf5.ts';
import { openFile } from '../../src/node/files.ts';
import { openHdf5 } from '../../src/worker/hdf5.ts';
import { bytesSource, faultOf } from './sources.ts';

const golden = path.join(import.meta.dirname, '../golden/models');
const place = { file: 'model', path: [] } as const;
const fault = (words: string) => new InputFault('model-unreadable', 'f.h5', words, place);
const opened: Hdf5File[] = [];
afterEach(() => {
  for (const file of opened.splice(0)) file.close();
});

async function open(source: ByteSource): Promise<Hdf5File> {
  const file = await openHdf5(source, fault);
  opened.push(file);
  return file;
}
const source = (name: string) => openFile(path.join(golden, name), { code: 'model-unreadable', place });

describe('a file', () => {
  it('has groups, attributes and datasets', async () => {
    const file = await open(await source('keras/keras2-network.h5'));
    expect(file.children('/')).toEqual(['model_weights']);
    expect(file.children('/model_weights')).toEqual(['head', 'lstm', 'top_level_model_weights']);
    expect(file.attribute('/', 'keras_version')).toBe('2.15.0');
    expect(file.attribute('/model_weights/head', 'weight_names')).toEqual(['head/kernel:0', 'head/bias:0']);
    expect(file.attribute('/model_weights/top_level_model_weights', 'weight_names')).toEqual([]);
    const bias = file.dataset('/model_weights/head/head/bias:0')!;
    expect(bias).toMatchObject({ shape: [4], dtype: 'float32' });
    expect(bias.values()).toHaveLength(4);
  });

  it('has nothing where nothing is', async () => {
    const file = await open(await source('keras/keras2-network.h5'));
    for (const nowhere of ['/nowhere', '/nowhere/else', '/model_weights/head/x']) {
      expect(file.children(nowhere).filter((name) => name !== 'model_weights')).toEqual([]);
      expect(file.attribute(nowhere, 'none')).toBeNull();
      expect(file.dataset(nowhere)).toBeNull();
    }
    expect(file.dataset('/model_weights')).toBeNull();
    expect(file.children('/model_weights/head/head/bias:0')).toEqual([]);
  });

  it('has types, and says which is not the wanted one', async () => {
    const file = await open(await source('nir/chain.nir'));
    const type = file.dataset('/node/type')!;
    const shape = file.dataset('/node/nodes/input/shape')!;
    const weight = file.dataset('/node/nodes/out/weight')!;
    expect([type, shape, weight].map(({ dtype }) => dtype)).toEqual(['string', 'int64', 'float64']);
    expect(type.strings()).toEqual(['NIRGraph']);
    expect(shape.integers()).toEqual([6]);
    expect(file.dataset('/node/edges')!.strings().slice(0, 2)).toEqual(['input', 'z']);
    expect((await faultOf(() => type.values())).fault).toBe(
      "holds '/node/type' of type string, which is not one of float32, float64, float16, bfloat16",
    );
    expect((await faultOf(() => weight.integers())).fault).toContain('of type float64, which is not a whole');
    expect((await faultOf(() => shape.strings())).fault).toContain('of type int64, which is not text');
  });

  it('is read by range: its structure takes a part of it', async () => {
    const whole = await source('keras/keras3-stack.keras');
    expect(isHdf5(await whole.read(0, 8))).toBe(false);
    const file = await source('keras/keras3-stack.h5');
    expect(isHdf5(await file.read(0, 8))).toBe(true);
    let read = 0;
    const counting = {
      ...file,
      read: () => Promise.reject(new Error('read as a whole')),
      readSync: (offset: number, length: number) => {
        read += length;
        return file.readSync!(offset, length);
      },
    };
    const stack = await open(counting);
    expect(stack.dataset('/model_weights/a/a/kernel')!.shape).toEqual([4, 3]);
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(file.size);
  });

  it('that cannot be read at once is held, up to a size', async () => {
    const bytes = new Uint8Array(readFileSync(path.join(golden, 'keras/keras2-own.h5')));
    const file = await open(bytesSource('f.h5', bytes));
    expect(file.attribute('/', 'backend')).toBe('tensorflow');
    const large = { ...bytesSource('f.h5', bytes), size: 2 ** 29 };
    expect((await faultOf(() => openHdf5(large, fault))).fault).toBe(
      'is an HDF5 file of 512.0 MiB inside of another; at most 256.0 MiB are unpacked',
    );
  });

  it('that became unreadable is a fault, and the next file is none', async () => {
    const file = await source('keras/keras2-own.h5');
    let readable = true;
    const ending: ByteSource = {
      ...file,
      readSync: (offset, length) => {
        if (!readable) throw fault('became shorter while it was read');
        return file.readSync!(offset, length);
      },
    };
    const first = await openHdf5(ending, fault);
    readable = false;
    const found = await faultOf(() => first.dataset('/model_weights/own/own/lstm_cell/bias:0')!.values());
    expect(found.fault).toBe('became shorter while it was read');
    first.close();
    expect((await open(file)).attribute('/', 'keras_version')).toBe('2.15.0');
  });

  it('two at once', async () => {
    const [a, b] = [
      await open(await source('keras/keras2-own.h5')),
      await open(await source('keras/keras3-own.h5')),
    ];
    expect([a, b].map((file) => file.attribute('/', 'keras_version'))).toEqual(['2.15.0', '3.15.1']);
  });
});

describe('ranges read at once', () => {
  it('are those read later', async () => {
    const file = await source('weights.npz');
    expect(file.readSync!(3, 100)).toEqual(await file.read(3, 100));
    expect(file.readSync!(file.size, 0)).toHaveLength(0);
  });

  it('end with the file', async () => {
    const file = await source('weights.npz');
    const { fault: words } = await faultOf(() => file.readSync!(file.size - 1, 2));
    expect(words).toBe(`ends at byte ${file.size}, before byte ${file.size + 1} that is to be read`);
  });
});
