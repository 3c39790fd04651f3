/**
 * Model files of 512 MiB in every format, written in no time: four LSTMs of 2048 units on 2048 features, whose
 * weights are zeros in the holes of a file.
 */
import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../src/core/formats/onnx/proto/onnx_pb.ts';

const size = 2048;
const layers = [0, 1, 2, 3];
const matrix = [size, 4 * size] as const;
const matrixBytes = 4 * size * 4 * size;

/** Of the weights of every file, without biases. */
const largeBytes = layers.length * 2 * matrixBytes;

/** The file that is opened; others may lie beside it. */
type Write = (folder: string) => string | Promise<string>;

export const largeModels: Readonly<Record<string, Write>> = {
  '.safetensors': writeSafetensors,
  '.pt': writePytorch,
  '.onnx, external data': writeOnnx,
  'tfjs model.json': writeTfjs,
  '.keras': writeKeras,
};

interface Part {
  /** In bytes from the start of the file. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** What is not written is zeros that take no room on the disk. */
function writeSparse(file: string, parts: readonly Part[], length: number): void {
  const handle = openSync(file, 'w');
  for (const { at, bytes } of parts) writeSync(handle, bytes, 0, bytes.length, at);
  ftruncateSync(handle, length);
  closeSync(handle);
}

function writeSafetensors(folder: string): string {
  let end = 0;
  const entries = layers.flatMap((layer) =>
    ['weight_ih', 'weight_hh'].map((name) => {
      const start = end;
      end += matrixBytes;
      return [
        `lstm.${name}_l${layer}`,
        { dtype: 'F32', shape: matrix.toReversed(), data_offsets: [start, end] },
      ];
    }),
  );
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = path.join(folder, 'large.safetensors');
  writeSparse(file, [{ at: 0, bytes: Buffer.concat([length, header]) }], 8 + header.length + end);
  return file;
}

/** As torch.save writes it: a pickle, and each storage as a stored entry. */
function writePytorch(folder: string): string {
  const text = (value: string) => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from('X'), int32(bytes.length), bytes]);
  };
  const number = (value: number) => Buffer.concat([Buffer.from('J'), int32(value)]);
  const tuple = (...items: Buffer[]) => Buffer.concat([Buffer.from('('), ...items, Buffer.from('t')]);
  const global = (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`);
  const empty = Buffer.concat([global('collections', 'OrderedDict'), Buffer.from(')R')]);
  const [columns, rows] = matrix;
  const tensor = (key: number) =>
    Buffer.concat([
      global('torch._utils', '_rebuild_tensor_v2'),
      tuple(
        Buffer.concat([
          tuple(
            text('storage'),
            global('torch', 'FloatStorage'),
            text(String(key)),
            text('cpu'),
            number(rows * columns),
          ),
          Buffer.from('Q'),
        ]),
        number(0),
        tuple(number(rows), number(columns)),
        tuple(number(columns), number(1)),
        Buffer.from([0x89]),
        empty,
      ),
      Buffer.from('R'),
    ]);
  const names = layers.flatMap((layer) => [`lstm.weight_ih_l${layer}`, `lstm.weight_hh_l${layer}`]);
  const pickle = Buffer.concat([
    Buffer.from([0x80, 2]),
    empty,
    Buffer.from('('),
    ...names.flatMap((name, i) => [text(name), tensor(i)]),
    Buffer.from('u.'),
  ]);
  const file = path.join(folder, 'large.pt');
  writeStoredZip(file, [
    { name: 'large/data.pkl', bytes: pickle },
    ...names.map((_, i) => ({ name: `large/data/${i}`, zeros: matrixBytes })),
  ]);
  return file;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

interface StoredEntry {
  readonly name: string;
  readonly bytes?: Uint8Array;
  /** In their place, so many zeros. */
  readonly zeros?: number;
}

/** Without checksums, as PyTorch may be told to write it. */
function writeStoredZip(file: string, entries: readonly StoredEntry[]): void {
  const parts: Part[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes = new Uint8Array(0), zeros = bytes.length } of entries) {
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20);
    common.writeUInt32LE(zeros, 14);
    common.writeUInt32LE(zeros, 18);
    common.writeUInt16LE(title.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, title);
    const head = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, title]);
    parts.push({ at, bytes: Buffer.concat([head, bytes]) });
    at += head.length + zeros;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  parts.push({ at, bytes: Buffer.concat([listed, end]) });
  writeSparse(file, parts, at + listed.length + end.length);
}

function writeOnnx(folder: string): string {
  let end = 0;
  const initializer = layers.flatMap((layer) =>
    ['w', 'r'].map((name) => {
      const offset = end;
      end += matrixBytes;
      return {
        ...{
          name: `${name}${layer}`,
          dataType: 1,
          dims: [1n, BigInt(4 * size), BigInt(size)],
          dataLocation: 1,
        },
        externalData: [
          { key: 'location', value: 'large.onnx.data' },
          { key: 'offset', value: String(offset) },
          { key: 'length', value: String(matrixBytes) },
        ],
      };
    }),
  );
  const node = layers.flatMap((layer) => {
    const input = layer === 0 ? 'x' : `y${layer - 1}`;
    return [
      {
        ...{
          opType: 'LSTM',
          name: `lstm${layer}`,
          input: [input, `w${layer}`, `r${layer}`],
          output: [`s${layer}`],
        },
        attribute: [{ name: 'hidden_size', type: 2, i: BigInt(size) }],
      },
      {
        ...{ opType: 'Squeeze', input: [`s${layer}`], output: [`y${layer}`] },
        attribute: [{ name: 'axes', type: 7, ints: [1n] }],
      },
    ];
  });
  const dim = [{ dimParam: 'steps' }, { dimParam: 'batch' }, { dimValue: BigInt(size) }];
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ version: 11n }],
    graph: {
      ...{ node, initializer, output: [{ name: `y${layers.at(-1)!}` }] },
      input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim } } } }],
    },
  });
  writeSparse(path.join(folder, 'large.onnx.data'), [], end);
  const file = path.join(folder, 'large.onnx');
  writeFileSync(file, toBinary(ModelProtoSchema, model));
  return file;
}

/** As both kinds of Keras configure it. */
function kerasLayer(layer: number, shape: string): object {
  const config = { name: nameOf(layer), units: size, activation: 'tanh', recurrent_activation: 'sigmoid' };
  const first = layer === 0 ? { [shape]: [null, null, size] } : {};
  return { class_name: 'LSTM', config: { ...config, use_bias: true, return_sequences: true, ...first } };
}

function nameOf(layer: number): string {
  return layer === 0 ? 'lstm' : `lstm_${layer}`;
}

function writeTfjs(folder: string): string {
  const weights = layers.flatMap((layer) => [
    { name: `${nameOf(layer)}/kernel`, shape: matrix, dtype: 'float32' },
    { name: `${nameOf(layer)}/recurrent_kernel`, shape: matrix, dtype: 'float32' },
    { name: `${nameOf(layer)}/bias`, shape: [4 * size], dtype: 'float32' },
  ]);
  const model = {
    format: 'layers-model',
    modelTopology: {
      keras_version: 'tfjs-layers 4.22.0',
      class_name: 'Sequential',
      config: { name: 'large', layers: layers.map((layer) => kerasLayer(layer, 'batch_input_shape')) },
    },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  writeSparse(path.join(folder, 'weights.bin'), [], largeBytes + layers.length * 4 * 4 * size);
  const file = path.join(folder, 'model.json');
  writeFileSync(file, JSON.stringify(model));
  return file;
}

/** The weights by h5wasm, in a zip archive beside the configuration. */
async function writeKeras(folder: string): Promise<string> {
  const hdf5 = path.join(folder, 'model.weights.h5');
  const h5wasm = await import('h5wasm/node');
  await h5wasm.ready;
  const written = new h5wasm.File(hdf5, 'w');
  const zeros = new Float32Array(matrix[0] * matrix[1]);
  written.create_group('layers');
  for (const layer of layers) {
    const group = `layers/${nameOf(layer)}`;
    for (const part of ['', '/cell', '/cell/vars']) written.create_group(group + part);
    for (const [i, shape] of [[...matrix], [...matrix], [4 * size]].entries()) {
      const data = zeros.subarray(
        0,
        shape.reduce((product, axis) => product * axis, 1),
      );
      written.create_dataset({ name: `${group}/cell/vars/${i}`, data, shape, dtype: '<f' });
    }
    written.create_group(`${group}/vars`).create_attribute('name', nameOf(layer));
  }
  written.close();
  const config = {
    module: 'keras',
    class_name: 'Sequential',
    config: {
      name: 'large',
      layers: [
        { class_name: 'InputLayer', config: { name: 'x', batch_shape: [null, null, size] } },
        ...layers.map((layer) => kerasLayer(layer, 'batch_shape')),
      ],
    },
  };
  const file = path.join(folder, 'large.keras');
  writeStoredZip(file, [
    { name: 'metadata.json', bytes: Buffer.from('{"keras_version": "3.15.1"}') },
    { name: 'config.json', bytes: Buffer.from(JSON.stringify(config)) },
    { name: 'model.weights.h5', bytes: readFileSync(hdf5) },
  ]);
  rmSync(hdf5);
  return file;
}

/** Of a file and the one with its weights, in bytes. */
export function largeSize(file: string): number {
  const weights = { '.onnx': `${file}.data`, '.json': path.join(path.dirname(file), 'weights.bin') }[
    path.extname(file)
  ];
  return [file, ...(weights === undefined ? [] : [weights])].reduce(
    (sum, one) => sum + statSync(one).size,
    0,
  );
}
