import { describe, expect, it } from 'vitest';
import { parseReport } from '../../src/core/report/schema.ts';
import type { Report } from '../../src/core/report/types.ts';
import { madeUpReport } from '../browser/report.ts';

const report = madeUpReport({ steps: 2 });

/** The report as JSON with one value replaced; undefined takes the key out. */
function changed(path: readonly (string | number)[], value: unknown): string {
  const copy = structuredClone(report) as unknown as Record<string | number, unknown>;
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  if (value === undefined) Reflect.deleteProperty(at, path.at(-1)!);
  else at[path.at(-1)!] = value;
  return JSON.stringify(copy);
}

/** Paths of all keys of objects, into the first element of each list. */
function keys(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) return value.length > 0 ? keys(value[0], [...path, 0]) : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...keys(inner, [...path, key])]);
}

describe('a report that is read', () => {
  it.each([
    {},
    { simulated: false },
    { labels: false },
    { chip: 'loihi2' as const, prices: 'some' as const },
    { cores: { lstm: 130, encoder: 7 } },
    { generators: 'cores' as const },
  ])('is what was written: %j', (shape) => {
    const written = madeUpReport({ steps: 2, ...shape });
    expect(parseReport(JSON.stringify(written))).toEqual({
      report: JSON.parse(JSON.stringify(written)) as Report,
    });
  });

  it('may have more than this version knows, and no number where none was computed', () => {
    const more = changed(['layers', 1, 'phase'], { of: 'the moon' });
    expect(parseReport(more)).toEqual({ report: JSON.parse(more) as Report });
    expect(parseReport(changed(['layers', 1, 'output', 'mse'], null))).toHaveProperty('report');
  });

  it('is refused without any key, but for those that nothing draws or prints', () => {
    const optional = keys(report).filter((path) => 'report' in parseReport(changed(path, undefined)));
    expect(optional.map((path) => path.join('.'))).toEqual([
      'findings.0.fixes.0.edits.0.value',
      ...Object.keys(report.seconds).map((stage) => `seconds.${stage}`),
    ]);
  });

  it.each([
    [['layers', 1, 'populations', 0, 'mse'], 'much', /layers\.1\.populations\.0\.mse must be a number/],
    [['layers'], {}, /layers must be a list/],
    [['energy'], 7, /energy must be an object/],
    [['layers', 0, 'runsAs'], 'sideways', /runsAs must be one of spiking/],
    [['schemaVersion'], 1, /^is a report of version 1, of which this Spikewise reads 2$/],
    [['schemaVersion'], undefined, /^is not a report of Spikewise$/],
  ] as const)('says what is wrong: %s', (path, value, words) => {
    const read = parseReport(changed(path, value));
    expect('fault' in read && read.fault).toMatch(words);
  });

  it.each(['', 'null', '[]', '7', '{"schemaVersion": 2}', '{'])('is none: %s', (text) => {
    expect(parseReport(text)).toHaveProperty('fault');
  });
});
