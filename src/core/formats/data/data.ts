/** Inputs and labels from any file that is known, told apart by what is in it. */
import { readCsv } from './csv.ts';
import type { ByteSource } from '../files.ts';
import { isIdx, readIdx } from './idx.ts';
import { readJsonArray } from './json-array.ts';
import { eachItsOwn, readNpz, readSafetensorsArray, type NamedOptions } from './named-arrays.ts';
import { isNpy, readNpy } from './npy.ts';
import { gunzipped, isGzip, piecesOf, startOf } from './pieces.ts';
import { isSafetensors } from '../weights/safetensors.ts';
import { dataFault, type MakeFault, type SampleArray } from './sample-array.ts';
import { countOf, quote } from '../weights/stored-tensor.ts';
import { isZip } from '../zip.ts';

export interface ReadDataOptions extends NamedOptions {
  /** What the model takes as one sample: columns of a table are arranged so. */
  readonly sampleShape?: readonly (number | null)[] | undefined;
}

/** To look at before anything else is read. In bytes. */
const START = 4096;

/**
 * .npy, .npz, .csv, IDX, safetensors or a JSON array; IDX, .csv and JSON may be packed by gzip.
 * @throws InputFault `data-unreadable` where it is none of them, damaged, or does not hold numbers.
 */
export async function readData(source: ByteSource, options: ReadDataOptions): Promise<SampleArray> {
  const fault = dataFault(source, options.role);
  const start = await source.read(0, Math.min(START, source.size));
  const packed = isGzip(start);
  const kind = kindOf(packed ? await startOf(gunzipped(source, fault), START) : start, source, packed);
  refuseUnknown(kind, packed, options, fault);
  const pieces = () => (packed ? gunzipped(source, fault) : piecesOf(source));
  switch (kind) {
    case '.npy':
      return readNpy(source, options);
    case '.npz':
      return readNpz(source, options);
    case 'safetensors':
      return readSafetensorsArray(source, options);
    case 'IDX':
      return readIdx(source, options, packed);
    case 'JSON':
      return readJsonArray(source, pieces(), options);
    case 'CSV':
      return arrange(await readCsv(source, pieces(), options), options.sampleShape);
  }
}

type Kind = '.npy' | '.npz' | 'safetensors' | 'IDX' | 'JSON' | 'CSV';
/** In words, what it is instead. */
interface Unknown {
  readonly unknown: string;
}

const tools = 'save the samples with numpy.save';

/** @param start of what is in it, unpacked */
function kindOf(start: Uint8Array, source: ByteSource, packed: boolean): Kind | Unknown {
  if (start.length === 0) return { unknown: 'is empty' };
  if (isNpy(start)) return '.npy';
  if (isZip(start) || isEmptyZip(start)) return '.npz';
  if (isIdx(start)) return 'IDX';
  if (!packed && isSafetensors(start, source.size)) return 'safetensors';
  const text = String.fromCharCode(...start);
  if (text.startsWith('\x89HDF')) return { unknown: `is an HDF5 file; ${tools}` };
  if (start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5) {
    return { unknown: `is a Python pickle, which may run programs and is not opened; ${tools}` };
  }
  if (/^(?:\xff\xfe|\xfe\xff)/.test(text)) return { unknown: 'is text in UTF-16; save it in UTF-8' };
  const first = /\S/.exec(text.replace(/^\xef\xbb\xbf/, ''))?.[0];
  if (first === '[') return 'JSON';
  if (first === '{') {
    return { unknown: 'is a JSON object; a JSON data file is one array of numbers, nested as its axes are' };
  }
  if (!/[^\t\n\f\r\x20-\xff]/.test(text)) return 'CSV';
  return { unknown: `is no data file that is known (.npy, .npz, .csv, IDX, safetensors, JSON); ${tools}` };
}

/** numpy.savez without arrays. */
function isEmptyZip(start: Uint8Array): boolean {
  return [0x50, 0x4b, 5, 6].every((byte, i) => start[i] === byte);
}

function refuseUnknown(
  kind: Kind | Unknown,
  packed: boolean,
  { name, together }: ReadDataOptions,
  fault: MakeFault,
): asserts kind is Kind {
  if (typeof kind !== 'string')
    throw fault(packed ? `is a gzip file; what it holds ${kind.unknown}` : kind.unknown);
  const named = kind === '.npz' || kind === 'safetensors';
  if (packed && (named || kind === '.npy')) throw fault(`is a ${kind} file packed by gzip; unpack it first`);
  if (together && !named) {
    throw fault(
      `holds one array (${kind}), but ${eachItsOwn(together)}, in one .npz or safetensors file, or a file of its own`,
    );
  }
  if (name !== undefined && !named) {
    throw fault(`holds one array, without a name (${kind}); leave out ${quote(`#${name}`)}`);
  }
}

/** Rows of a table as the model takes its samples, where they have as many values. */
function arrange(table: SampleArray, sampleShape: readonly (number | null)[] | undefined): SampleArray {
  const [rows = 0, columns = 0] = table.shape;
  if (!sampleShape || sampleShape.length < 2) return table;
  const known = countOf(sampleShape.map((size) => size ?? 1));
  const open = sampleShape.filter((size) => size === null).length;
  const fits = open === 0 ? columns === known : open === 1 && columns % known === 0;
  if (!fits) return table;
  return { ...table, shape: [rows, ...sampleShape.map((size) => size ?? columns / known)] };
}
