/** Quantities as a chip file writes them, "23.6 pJ", and in SI units. */
import * as v from 'valibot';

/** A unit as the power of ten that it is of its SI unit. */
type Units = Readonly<Record<string, number>>;

interface Kind {
  /** As in "energies are in ...". */
  readonly plural: string;
  readonly example: string;
  readonly units: Units;
}

const energies: Kind = {
  plural: 'energies',
  example: '23.6 pJ',
  units: { J: 0, mJ: -3, uJ: -6, nJ: -9, pJ: -12, fJ: -15 },
};
const times: Kind = { plural: 'times', example: '3.5 ns', units: { s: 0, ms: -3, us: -6, ns: -9, ps: -12 } };
const powers: Kind = { plural: 'powers', example: '23.2 mW', units: { W: 0, mW: -3, uW: -6, nW: -9 } };

const decimal = String.raw`(\d+(?:\.\d+)?)(?:[eE]([+-]?\d+))?`;

/** Of JSON text to joules. */
export const energy = (title: string, description: string) => quantity(energies, title, description);
/** Of JSON text to seconds. */
export const time = (title: string, description: string) => quantity(times, title, description);
/** Of JSON text to watts. */
export const power = (title: string, description: string) => quantity(powers, title, description);

function quantity(kind: Kind, title: string, description: string) {
  const pattern = new RegExp(`^${decimal} ?(${Object.keys(kind.units).join('|')})$`);
  const form = `must be a number from 0 with its unit, such as "${kind.example}"`;
  return v.pipe(
    v.string(form),
    v.regex(pattern, ({ input }) => unknownUnit(input, kind) ?? form),
    // Before the transformation: the editor's schema is of what is written.
    v.metadata<string, { title: string; description: string }>({ title, description }),
    v.transform((text) => toSi(pattern.exec(text), kind.units)),
    v.finite(form),
  );
}

function unknownUnit(text: string, { plural, units }: Kind): string | null {
  const unit = new RegExp(`^${decimal} *(\\p{L}.*)$`, 'u').exec(text)?.[3];
  if (unit === undefined || unit in units) return null;
  const known = Object.keys(units);
  return `has the unknown unit "${unit}"; ${plural} are in ${known.slice(0, -1).join(', ')} or ${known.at(-1)!}`;
}

/** Puts the powers of ten together before the number is read, so that "23.6 pJ" is exactly 23.6e-12. */
function toSi(match: RegExpExecArray | null, units: Units): number {
  const [, mantissa = '', exponent = '0', unit = ''] = match ?? [];
  return Number(`${mantissa}e${Number(exponent) + (units[unit] ?? NaN)}`);
}
