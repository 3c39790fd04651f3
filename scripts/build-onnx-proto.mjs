/**
 * Generates src/core/formats/onnx/proto/onnx_pb.ts from onnx.proto beside it; to be run, and its result
 * committed, when the .proto changes: node scripts/build-onnx-proto.mjs
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../src/core/formats/onnx/proto', import.meta.url));
const generate = {
  version: 'v2',
  plugins: [
    { local: 'protoc-gen-es', out: '.', opt: ['target=ts', 'import_extension=ts', 'json_types=false'] },
  ],
};
const packages = ['@bufbuild/buf@1.75.0', '@bufbuild/protoc-gen-es@2.17.0'].map(
  (name) => `--package=${name}`,
);
const template = JSON.stringify(generate);
const commands = [
  ['--yes', ...packages, 'buf', 'generate', 'onnx.proto', '--template', template],
  ['prettier', '--write', '--log-level', 'warn', 'onnx_pb.ts'],
];
for (const command of commands) {
  const { status } = spawnSync('npx', command, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
