/** ONNX files made by tests. */
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  ModelProtoSchema,
  type AttributeProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
} from '../../src/core/formats/onnx/proto/onnx_pb.ts';

export type NodeInit = MessageInitShape<typeof NodeProtoSchema>;
export type TensorInit = MessageInitShape<typeof TensorProtoSchema>;
export type AttributeInit = MessageInitShape<typeof AttributeProtoSchema>;

export const raw = (values: Iterable<number>): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

export function floats(name: string, dims: readonly number[], values: Iterable<number>): TensorInit {
  return { name, dataType: 1, dims: dims.map(BigInt), rawData: raw(values) };
}

export function wholes(name: string, ...values: number[]): TensorInit {
  return { name, dataType: 7, dims: [BigInt(values.length)], int64Data: values.map(BigInt) };
}

export function node(
  opType: string,
  input: string[],
  output: string[],
  ...attribute: AttributeInit[]
): NodeInit {
  return { opType, input, output, attribute };
}

export interface OnnxInput {
  readonly name: string;
  /** 0 where it is open. */
  readonly shape: readonly number[];
  /** TensorProto.DataType; floats where left out. */
  readonly type?: number;
}

export interface Made {
  readonly nodes: NodeInit[];
  readonly tensors?: TensorInit[];
  /** Of the input x, where it is the only one. */
  readonly shape?: readonly number[];
  readonly inputs?: readonly OnnxInput[];
  readonly outputs?: readonly string[];
  readonly opset?: number;
}

export function onnxFile({
  nodes,
  tensors = [],
  shape = [0, 3],
  inputs = [{ name: 'x', shape }],
  outputs = ['y'],
  opset = 20,
}: Made): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ version: BigInt(opset) }],
    graph: {
      node: nodes,
      initializer: tensors,
      input: inputs.map((input) => ({
        name: input.name,
        type: { tensorType: { elemType: input.type ?? 1, shape: { dim: input.shape.map(dim) } } },
      })),
      output: outputs.map((name) => ({ name })),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function dim(size: number) {
  return size === 0 ? { dimParam: 'open' } : { dimValue: BigInt(size) };
}
