/** What is said of a node that is no layer, or is one that cannot be computed. */
import { InputFault } from '../../findings/types.ts';
import type { Layer } from '../../network/types.ts';
import { appendLayer } from './links.ts';
import type { TensorFiles } from './tensors.ts';
import type { DataValue, Node, Value } from './values.ts';
import { quote } from '../weights/stored-tensor.ts';

export const writtenOut =
  'A recurrent layer whose steps or cells are written out is read when it is exported as one node: from nn.LSTM or nn.GRU, from nn.RNN with torch.onnx.export(..., dynamo=False), or an LSTM from Keras on its TensorFlow backend';

export const joined = `reads what several layers give; only Concat along the features, and Add, Sum, Sub, Mul, Mean, Max and Min of tensors of one shape may (no initial state, no attention). ${writtenOut}`;

export function structureFault({ name, op, path }: Node, files: TensorFiles, words: string): InputFault {
  const message = `has node ${quote(name)} (${op}), which ${words}`;
  return new InputFault('model-unreadable', files.source.path, message, { file: 'model', path });
}

/** A layer that cannot be computed; what follows it is not known to have any shape. */
export function refuse(node: Node, data: DataValue | readonly DataValue[], reason: string): readonly Value[] {
  const layer: Layer = { ...base(node), kind: 'Unsupported', className: node.op, reason };
  const before = 'link' in data ? data.link : data.map(({ link }) => link);
  const result: Value = { kind: 'data', axes: null, link: appendLayer(before, layer) };
  return new Array<Value>(node.outputs).fill(result);
}

/** Exporters name a node after the module and the operation: "/encoder/lstm/LSTM", "node_Gemm_12". */
export function base({ name, op, path }: Node): Pick<Layer, 'name' | 'path'> {
  const generic = [op.toLowerCase(), 'tensordot', 'gatherv2', ''];
  const own = name
    .split('/')
    .map((part) => part.replace(/^node_/, ''))
    .filter((part) => !generic.includes(part.replace(/_+\d+$/, '').toLowerCase()));
  return { name: (own.at(-1) ?? op.toLowerCase()).slice(0, 200), path };
}
