/** A few mutated files of every format, the same each time; `npm run fuzz` makes more. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { caseOf, companionFiles, fixturesOf, formats, judged } from '../fuzz/formats.ts';
import { outcomeOf } from '../fuzz/outcome.ts';

const root = path.join(import.meta.dirname, '../..');
const companions = companionFiles(root);

/** Of each format. */
const FILES = 150;
const SEED = 1;

describe('mutated files are read or refused with a message', () => {
  it.each(formats.map((format) => [format.name, format] as const))('%s', async (_, format) => {
    const fixtures = fixturesOf(format, root);
    const kinds = new Set<string>();
    for (let number = 0; number < FILES; number++) {
      const { fixture, bytes } = caseOf(format, fixtures, SEED, number);
      const outcome = await outcomeOf(judged(format, root, bytes), companions);
      if (outcome.kind === 'failed') expect.fail(`file ${number}, of ${fixture.file}: ${outcome.what}`);
      kinds.add(outcome.kind);
    }
    expect(kinds).toEqual(new Set(['read', 'refused']));
  });

  it('the same seed and number are the same file', () => {
    const format = formats[0]!;
    const fixtures = fixturesOf(format, root);
    const made = (seed: number, number: number) => Buffer.from(caseOf(format, fixtures, seed, number).bytes);
    expect(made(1, 5)).toEqual(made(1, 5));
    expect(made(1, 5)).not.toEqual(made(2, 5));
  });
});
