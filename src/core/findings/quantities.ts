/** How quantities are written, in findings and in results alike. */

const prefixes = [
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
  ['', 1],
  ['m', 1e-3],
  ['\u00b5', 1e-6],
  ['n', 1e-9],
  ['p', 1e-12],
] as const;

/**
 * Three significant digits and an engineering prefix: "93.4 µJ". Rounded first: 999.6 is 1.00 k, not 1000.
 * @param unit of SI: J, s, W
 */
export function engineering(value: number, unit: string): string {
  const rounded = Number(value.toPrecision(3));
  if (rounded === 0) return `0 ${unit}`;
  const [prefix, size] = prefixes.find(([, size]) => Math.abs(rounded) >= size) ?? ['f', 1e-15];
  return `${(rounded / size).toPrecision(3)} ${prefix}${unit}`;
}
