// THIRD-PARTY-NOTICES.txt: the licence of every package of which a bundle holds a part, as the package has it.
import fs from 'node:fs';
import path from 'node:path';
import { root } from './setup.mjs';

export const noticesFile = path.join(root, 'dist', 'THIRD-PARTY-NOTICES.txt');

/** Copied or compiled into dist/ without a bundler: tfjs's wasm files, and the kernel with AssemblyScript's library. */
const unbundled = ['node_modules/@tensorflow/tfjs-backend-wasm', 'node_modules/assemblyscript'];

/** What a package holds besides its own code, and does not say itself. */
const inside = {
  '@tensorflow/tfjs-backend-wasm':
    "Its wasm files also hold XNNPACK (BSD 3-clause, Facebook, Inc. and its affiliates, Google LLC: https://github.com/google/XNNPACK/blob/master/LICENSE) and Emscripten's runtime (MIT: https://github.com/emscripten-core/emscripten/blob/main/LICENSE).",
  h5wasm: "Holds the HDF5 library; its licence is the second part of h5wasm's own.",
};

/**
 * Remembers of which packages something got into the outputs of a build; the build needs `metafile: true`.
 * @param {Set<string>} folders gets them, as "node_modules/fflate"
 * @returns {import('esbuild').Plugin}
 */
export function rememberPackages(folders) {
  return {
    name: 'remember-packages',
    setup: (build) => {
      build.onEnd(({ metafile }) => {
        for (const folder of packagesOf(metafile)) folders.add(folder);
      });
    },
  };
}

/** @param {import('esbuild').Metafile | undefined} metafile */
export function packagesOf(metafile) {
  const inputs = Object.values(metafile?.outputs ?? {}).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  const folders = inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/**
 * @param {Iterable<string>} folders of packages, relative to the project
 * @throws where a package has no licence file, and no other has the text of its licence
 */
export function noticesText(folders) {
  const all = [...new Set([...folders, ...unbundled])].map(readPackage).sort(byName);
  /** Names of packages that have the text, by licence. */
  const texts = new Map(
    all.toReversed().flatMap(({ text, license, name }) => (text === null ? [] : [[license, name]])),
  );
  const parts = all.map((one) => {
    const { name, version, license } = one;
    const words = [inside[name], headerOf(name), one.text ?? sameText(one, texts)].filter(Boolean);
    return `${rule}\n${name} ${version} (${license})\n${rule}\n\n${words.join('\n\n')}\n`;
  });
  return `Spikewise holds parts of the following packages. Its own licence is in LICENSE.\n\n${parts.join('\n')}`;
}

const rule = '='.repeat(80);

/** Of a package that names its licence and does not print it. */
function sameText({ name, license, author }, texts) {
  const known = license.split(/[() ]+/).find((one) => texts.has(one));
  if (known)
    return `Of ${author}, licensed under ${license}. The text of ${known} stands here under ${texts.get(known)}.`;
  throw new Error(`${name} (${license}) has no licence file, and no other package the text`);
}

/** Licences of single files, which stand in these alone. */
const headers = { '@bufbuild/protobuf': 'dist/esm/wire/varint.js' };

function headerOf(name) {
  if (!headers[name]) return null;
  const lines = fs.readFileSync(path.join(root, 'node_modules', name, headers[name]), 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  const text = lines.slice(0, end).map((line) => line.replace(/^\/\/ ?/, ''));
  if (!/Redistributions in binary form/.test(text.join('\n')))
    throw new Error(`${name}: no licence in ${headers[name]}`);
  return text.join('\n').trim();
}

function byName(one, other) {
  return one.name.localeCompare(other.name) || one.version.localeCompare(other.version);
}

function readPackage(folder) {
  const at = path.join(root, folder);
  const { name, version, license, author } = JSON.parse(
    fs.readFileSync(path.join(at, 'package.json'), 'utf8'),
  );
  const files = fs
    .readdirSync(at)
    .filter((file) => /^(?:licen[cs]e|copying|notices?)(?:[.-].*)?$/i.test(file));
  const text = files
    .sort()
    .map((file) => fs.readFileSync(path.join(at, file), 'utf8').replaceAll('\r\n', '\n').trim());
  return {
    name,
    version,
    license,
    author: typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`),
    text: text.length > 0 ? text.join('\n\n') : null,
  };
}
