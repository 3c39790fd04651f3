/** Makes a file that fails smaller, roughly: parts are left out as long as it fails in the same way. */
import { spliced } from './bytes.ts';
import { outcomeOf, type Judged } from './outcome.ts';

/** In ms. */
const PATIENCE = 5000;

export async function smaller(
  file: Judged,
  what: string,
  companions: ReadonlyMap<string, Uint8Array>,
): Promise<Uint8Array> {
  const until = performance.now() + PATIENCE;
  const kind = kindOf(what);
  const fails = async (bytes: Uint8Array): Promise<boolean> => {
    const outcome = await outcomeOf({ ...file, bytes }, companions);
    return outcome.kind === 'failed' && kindOf(outcome.what) === kind;
  };
  let { bytes } = file;
  for (let step = Math.ceil(bytes.length / 2); step >= 1; step = Math.floor(step / 2)) {
    for (let at = bytes.length - step; at >= 0 && performance.now() < until; at -= step) {
      const shorter = spliced(bytes, at, at + step, new Uint8Array(0));
      if (await fails(shorter)) bytes = shorter;
    }
  }
  return bytes;
}

/** The numbers in a message change with the file. */
export function kindOf(what: string): string {
  return what.replace(/\d+/g, '0').slice(0, 60);
}
