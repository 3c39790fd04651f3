/** A fix as it is written into a specification, for whoever has no editor that does it. */
import type { Fix } from '../findings/types.ts';

/** `"timesteps": 16, "coding": "residual"`; `remove "cellClip"`. */
export function editWords({ edits }: Pick<Fix, 'edits'>): string {
  return edits
    .map(({ path, value }) => {
      if (value === undefined) return `remove "${path.join('.')}"`;
      const [key, ...inner] = path;
      const nested = inner.reduceRight<unknown>((within, part) => ({ [part]: within }), value);
      return `"${String(key)}": ${JSON.stringify(nested)}`;
    })
    .join(', ');
}
