/** Deflated bytes as a source: inflated from their start on, as far as somebody reads, and then kept. */
import { Inflate } from 'fflate';
import { crc32 } from './crc32.ts';
import type { InputFault } from '../findings/types.ts';
import type { ByteSource } from './files.ts';

/** Deflate packs up to 1032 to 1, and a piece is inflated as a whole: these become 17 MiB at most. */
const PACKED_PIECE = 2 ** 14;

/** What a directory says of the inflated bytes. */
interface Expected {
  /** In bytes. */
  readonly size: number;
  readonly crc: number;
}

interface Faults {
  /** Of bytes that do not inflate to what is expected. */
  readonly damaged: () => InputFault;
  /** Of a read that ends beyond the most that is inflated. */
  readonly tooMuch: (length: number) => InputFault;
}

/**
 * Size and sum are compared once all of it has been inflated. One read at a time.
 * @param mostBytes may be inflated and held
 */
export function inflatingSource(
  packed: ByteSource,
  expected: Expected,
  mostBytes: number,
  { damaged, tooMuch }: Faults,
): ByteSource {
  const { size } = expected;
  const inflated = new Inflated(packed, expected);
  return {
    path: packed.path,
    size,
    read: async (offset, length) => {
      const end = offset + length;
      if (end > size) throw damaged();
      if (end > mostBytes) throw tooMuch(end);
      if (!(await inflated.reach(end))) throw damaged();
      return inflated.bytes.subarray(offset, end);
    },
  };
}

class Inflated {
  /** The first `length` are there. */
  bytes = new Uint8Array(0);
  private length = 0;
  private sum = 0;
  /** Of the packed bytes, in bytes. */
  private taken = 0;
  private ready: Uint8Array[] = [];
  private readonly stream = new Inflate((bytes) => {
    this.ready.push(bytes);
  });

  constructor(
    private readonly packed: ByteSource,
    private readonly expected: Expected,
  ) {}

  /** @returns false where it is damaged */
  async reach(end: number): Promise<boolean> {
    const { size } = this.expected;
    // The last read inflates what is left, so that the sum is that of the whole.
    while (this.length < end || (end === size && this.taken < this.packed.size)) {
      if (this.taken === this.packed.size) return false;
      const piece = await this.packed.read(this.taken, Math.min(PACKED_PIECE, this.packed.size - this.taken));
      this.taken += piece.length;
      if (!this.inflate(piece) || this.length > size) return false;
    }
    return this.taken < this.packed.size || (this.length === size && this.sum === this.expected.crc);
  }

  private inflate(piece: Uint8Array): boolean {
    try {
      this.stream.push(piece, this.taken === this.packed.size);
    } catch {
      return false;
    }
    for (const bytes of this.ready.splice(0)) this.keep(bytes);
    return true;
  }

  private keep(bytes: Uint8Array): void {
    const { size } = this.expected;
    const length = this.length + bytes.length;
    if (length <= size) {
      if (length > this.bytes.length) {
        const grown = new Uint8Array(Math.min(size, Math.max(length, 2 * this.bytes.length)));
        grown.set(this.bytes.subarray(0, this.length));
        this.bytes = grown;
      }
      this.bytes.set(bytes, this.length);
      this.sum = crc32(bytes, this.sum);
    }
    this.length = length;
  }
}
