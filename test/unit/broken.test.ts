/** Files that once broke a reader (test/golden/broken, kept by `npm run fuzz`): they are read or refused, soon. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { companionFiles, formats, judged } from '../fuzz/formats.ts';
import { outcomeOf } from '../fuzz/outcome.ts';

const root = path.join(import.meta.dirname, '../..');
const folder = path.join(root, 'test/golden/broken');
const files = readdirSync(folder).filter((name) => !path.extname(name));
const companions = companionFiles(root);

/** Some never ended. In ms. */
const SOON = 20_000;

describe('what once broke a reader', () => {
  it.each(files)('%s', { timeout: SOON }, async (name) => {
    const format = formats.find((other) => other.name === name.split('-')[0])!;
    const bytes = new Uint8Array(readFileSync(path.join(folder, name)));
    const outcome = await outcomeOf(judged(format, root, bytes), companions);
    expect(outcome.kind, 'what' in outcome ? outcome.what : '').toMatch(/^(?:read|refused)$/);
  });
});
