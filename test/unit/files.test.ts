import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOf, openFile, readTextFile } from '../../src/node/files.ts';
import { faultOf } from './sources.ts';

const place = { file: 'model', path: ['weightsManifest', 0, 'paths', 0] } as const;
let root = '';
let model = '';

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'spikewise-files-'));
  model = path.join(root, 'model', 'model.json');
  await mkdir(path.join(root, 'model', 'shards'), { recursive: true });
  await writeFile(model, '{}');
  await writeFile(path.join(root, 'model', '..weights'), 'abcdef');
  await writeFile(path.join(root, 'model', 'shards', '1.bin'), 'abcdef');
  await writeFile(path.join(root, 'secret.bin'), 'secret');
  await symlink(path.join(root, 'secret.bin'), path.join(root, 'model', 'link.bin'));
  await symlink(root, path.join(root, 'model', 'linked-folder'));
  await symlink('shards/1.bin', path.join(root, 'model', 'inside.bin'));
  await symlink('loop.bin', path.join(root, 'model', 'loop.bin'));
});
afterAll(() => rm(root, { recursive: true }));

describe('the folder of a model', () => {
  it.each(['shards/1.bin', './shards/1.bin', 'inside.bin', '..weights'])('opens %s', async (relative) => {
    const source = await folderOf(model).open(relative, place);
    expect(source.size).toBe(6);
    expect(new TextDecoder().decode(await source.read(2, 3))).toBe('cde');
  });

  it.each([
    '../secret.bin',
    'shards/../../secret.bin',
    '..\\secret.bin',
    '/etc/hostname',
    'C:\\Windows\\win.ini',
    'C:secret.bin',
    '\\\\server\\share\\x.bin',
    'link.bin',
    'linked-folder/secret.bin',
  ])('refuses %s', async (relative) => {
    const fault = await faultOf(() => folderOf(model).open(relative, place));
    expect(fault).toMatchObject({ code: 'weights-unreadable', place });
    expect(fault.message).toContain('lies outside of the folder of the model');
    expect(fault.message).toContain(relative);
  });

  it.each([
    ['missing.bin', 'does not exist'],
    ['model.json/1.bin', 'does not exist'],
    ['shards', 'is a folder, not a file'],
    ['loop.bin', 'is a link that leads to itself'],
    ['', 'without a name'],
    ['a\0b', 'without a name'],
  ])('faults %j', async (relative, words) => {
    const fault = await faultOf(() => folderOf(model).open(relative, place));
    expect(fault).toMatchObject({ code: 'weights-unreadable', place });
    expect(fault.fault).toContain(words);
    expect(fault.message).toContain(root);
  });
});

describe('files', () => {
  const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;

  it('missing, a folder, a device', async () => {
    const missing = path.join(root, 'missing.json');
    expect((await faultOf(() => openFile(missing, role))).message).toBe(`${missing}: does not exist`);
    expect((await faultOf(() => openFile(root, role))).message).toBe(`${root}: is a folder, not a file`);
    expect((await faultOf(() => openFile('/dev/zero', role))).message).toBe(
      '/dev/zero: is not a regular file',
    );
  });

  it.skipIf(process.getuid?.() === 0)('not readable by this user', async () => {
    const file = path.join(root, 'closed.bin');
    await writeFile(file, 'abc');
    await chmod(file, 0);
    const source = await openFile(file, role);
    expect((await faultOf(() => source.read(0, 3))).message).toBe(`${file}: may not be read by this user`);
  });

  it('ranges beyond the end, and files that become shorter', async () => {
    const file = path.join(root, 'short.bin');
    await writeFile(file, 'abc');
    const source = await openFile(file, role);
    expect((await faultOf(() => source.read(0, 1e15))).message).toContain('ends at byte 3');
    await writeFile(file, 'a');
    expect((await faultOf(() => source.read(0, 3))).message).toBe(
      `${file}: became shorter while it was read`,
    );
  });

  it('text: whole, too long, not UTF-8', async () => {
    const file = path.join(root, 'text.json');
    await writeFile(file, '{"a": "ö"}');
    expect(await readTextFile(file, role, 100)).toBe('{"a": "ö"}');
    expect((await faultOf(() => readTextFile(file, role, 5))).message).toContain(
      'is 11 bytes long; at most 5 bytes are read',
    );
    await writeFile(file, Uint8Array.of(0x7b, 0xff));
    expect((await faultOf(() => readTextFile(file, role, 100))).message).toBe(
      `${file}: is not text in UTF-8`,
    );
  });
});
