/** Values of a text file, of which nobody knows how many there are before its end. */
import { limitHelp, READ_LIMIT, type DataRole, type MakeFault } from './sample-array.ts';

export class GrowingValues {
  private values = new Float64Array(1024);
  private count = 0;

  constructor(
    private readonly role: DataRole,
    private readonly fault: MakeFault,
  ) {}

  /** @throws what `fault` makes, beyond the most that is read. */
  push(value: number): void {
    if (this.count === this.values.length) this.grow();
    this.values[this.count++] = value;
  }

  private grow(): void {
    const larger = this.values.length * 2;
    if (larger * 8 > READ_LIMIT) {
      throw this.fault(`has over 2 GiB of ${this.role} to read, and at most 2 GiB are; ${limitHelp}`);
    }
    const values = new Float64Array(larger);
    values.set(this.values);
    this.values = values;
  }

  get length(): number {
    return this.count;
  }

  /** The first ones. */
  take(count: number): Float64Array {
    return this.values.subarray(0, count);
  }
}
