import { expect, test } from 'vitest';
import { useEditor } from './editor.mjs';

const editor = useEditor();

test('the packed extension offers its commands', async () => {
  expect(await editor.wb.commands('Spikewise:')).not.toEqual([]);
});

test('the editor asks nobody but its own server', () => {
  expect([...editor.wb.outside]).toEqual([]);
});
