/** Random ONNX graphs of two sequences, with what they compute, node by node. */
import { floats, node, onnxFile, wholes, type NodeInit, type TensorInit } from './onnx.ts';
import { randomSource, randomTensor } from './networks.ts';

/** [samples, steps, features], or [samples, features] where `steps` is null. */
interface Value {
  readonly name: string;
  readonly steps: number | null;
  readonly features: number;
  /** [rows, features] */
  readonly values: Float32Array;
}

export interface RandomGraph {
  readonly bytes: Uint8Array;
  readonly inputs: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: number[] }>>;
  /** Of each output, [samples, values]. */
  readonly outputs: ReadonlyMap<string, number[][]>;
}

export interface GraphOptions {
  readonly seed: number;
  readonly steps: number;
  /** Of operations. */
  readonly count: number;
  /** Of outputs, at most. */
  readonly ends: number;
  /** Whether the file leaves samples and steps open. */
  readonly open: boolean;
}

const samples = 2;

type Combine = (values: readonly number[]) => number;

const merging: readonly (readonly [op: string, most: number, combine: Combine])[] = [
  ['Add', 2, ([a, b]) => a! + b!],
  ['Sub', 2, ([a, b]) => a! - b!],
  ['Mul', 2, ([a, b]) => a! * b!],
  ['Sum', 3, (values) => values.reduce((a, b) => a + b)],
  ['Mean', 3, (values) => values.reduce((a, b) => a + b) / values.length],
  ['Max', 3, (values) => Math.max(...values)],
  ['Min', 3, (values) => Math.min(...values)],
];

const alone: readonly (readonly [op: string, constants: readonly string[], of: (x: number) => number])[] = [
  ['Relu', [], (x) => Math.max(x, 0)],
  ['Tanh', [], Math.tanh],
  ['Sigmoid', [], (x) => 1 / (1 + Math.exp(-x))],
  ['Clip', ['zero', 'one'], (x) => Math.min(Math.max(x, 0), 1)],
  ['Mul', ['two'], (x) => 2 * x],
  ['Div', ['two'], (x) => x / 2],
  ['Identity', [], (x) => x],
  ['Dropout', [], (x) => x],
];

export function randomGraph(options: GraphOptions): RandomGraph {
  const { steps, count, ends, open } = options;
  const graph = new Graph(options);
  const inputs = [graph.input('a', 3), graph.input('b', 2)];
  for (const value of inputs) graph.linear(value, `start ${value.name}`);
  for (let k = 0; k < count; k++) graph.grow(`v${k}`);
  const made = graph.values.slice(2);
  const chosen = [...new Set([made.at(-1)!, ...Array.from({ length: ends - 1 }, () => graph.pick(made))])];
  return {
    bytes: onnxFile({
      ...{ nodes: graph.nodes, tensors: graph.tensors, outputs: chosen.map(({ name }) => name) },
      inputs: inputs.map(({ name, features }) => ({
        name,
        shape: open ? [0, 0, features] : [samples, steps, features],
      })),
    }),
    inputs: Object.fromEntries(
      inputs.map(({ name, features, values }) => {
        return [name, { shape: [samples, steps, features], values: [...values] }];
      }),
    ),
    outputs: new Map(
      chosen.map(({ name, values }) => {
        const size = values.length / samples;
        return [
          name,
          Array.from({ length: samples }, (_, n) => [...values.subarray(n * size, (n + 1) * size)]),
        ];
      }),
    ),
  };
}

class Graph {
  readonly nodes: NodeInit[] = [];
  readonly tensors: TensorInit[] = [
    ...[floats('zero', [], [0]), floats('one', [], [1]), floats('two', [], [2])],
    ...[wholes('last', -1), wholes('steps', 1)],
  ];
  /** Inputs first. */
  readonly values: Value[] = [];
  private readonly random: () => number;
  private readonly steps: number;
  private inputs = 0;

  constructor({ seed, steps }: GraphOptions) {
    this.random = randomSource(seed);
    this.steps = steps;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  input(name: string, features: number): Value {
    const { steps } = this;
    this.inputs++;
    return this.add({ name, steps, features, values: this.floats(samples * steps, features) });
  }

  grow(name: string): Value {
    const from = this.pick(this.values);
    switch (this.below(from.steps === null ? 6 : 7)) {
      case 0:
        return this.linear(from, name);
      case 1:
      case 2:
        return this.merge(from, name);
      case 3:
        return this.sideBySide(from, name);
      case 6:
        return this.overSteps(from, name);
      default:
        return this.elementwise(from, name);
    }
  }

  /** A MatMul and its bias; what comes between may be read, too, and the weights by several. */
  linear({ name: from, steps, features, values }: Value, name: string): Value {
    const [w, columns, kernel] = this.weights(features, name);
    const bias = this.floats(1, columns);
    this.tensors.push(floats(`b ${name}`, [columns], bias));
    this.nodes.push(node('MatMul', [from, kernel], [`${name} product`]));
    this.nodes.push(node('Add', [`${name} product`, `b ${name}`], [name]));
    const product = Float32Array.from({ length: (values.length / features) * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      let sum = 0;
      for (let k = 0; k < features; k++) sum += values[row * features + k]! * w[k * columns + column]!;
      return sum;
    });
    const made = { name: `${name} product`, steps, features: columns, values: product };
    if (this.below(4) === 0) this.add(made);
    return this.add({ ...made, name, values: product.map((x, i) => x + bias[i % columns]!) });
  }

  private weights(
    rows: number,
    name: string,
  ): readonly [values: Float32Array, columns: number, name: string] {
    const known = this.tensors.find(
      (tensor) => tensor.name!.startsWith('w') && Number(tensor.dims![0]) === rows,
    );
    if (known && this.below(3) === 0) {
      return [new Float32Array(known.rawData!.slice().buffer), Number(known.dims![1]), known.name!];
    }
    const columns = 1 + this.below(3);
    const values = this.floats(rows, columns);
    this.tensors.push(floats(`w ${name}`, [rows, columns], values));
    return [values, columns, `w ${name}`];
  }

  private merge(first: Value, name: string): Value {
    const like = this.values.filter(
      ({ steps, features }) => steps === first.steps && features === first.features,
    );
    const [op, most, combine] = this.pick(merging);
    const given = [first, ...Array.from({ length: 1 + this.below(most - 1) }, () => this.pick(like))];
    this.nodes.push(node(op, namesOf(given), [name]));
    return this.add({
      ...first,
      name,
      values: first.values.map((_, i) => combine(given.map(({ values }) => values[i]!))),
    });
  }

  private sideBySide(first: Value, name: string): Value {
    const like = this.values.filter(({ steps }) => steps === first.steps);
    const given = [first, ...Array.from({ length: 1 + this.below(2) }, () => this.pick(like))];
    this.nodes.push(node('Concat', namesOf(given), [name], { name: 'axis', i: -1n }));
    const rows = first.values.length / first.features;
    const made = Array.from({ length: rows }, (_, row) =>
      given.flatMap(({ values, features }) => [...values.subarray(row * features, (row + 1) * features)]),
    );
    const features = given.reduce((sum, value) => sum + value.features, 0);
    return this.add({ name, steps: first.steps, features, values: Float32Array.from(made.flat()) });
  }

  private elementwise(from: Value, name: string): Value {
    // Slopes of the inputs themselves belong into the specification.
    if (this.values.indexOf(from) < this.inputs) return this.linear(from, name);
    const [op, constants, of] = this.pick(alone);
    this.nodes.push(node(op, [from.name, ...constants], [name]));
    return this.add({ ...from, name, values: from.values.map(of) });
  }

  /** One vector of all sequence steps. */
  private overSteps({ name: from, features, values }: Value, name: string): Value {
    const [op, take] = this.pick(pooling);
    if (op === 'Gather') {
      this.nodes.push(node(op, [from, 'last'], [`${name} step`], { name: 'axis', i: 1n }));
      this.nodes.push(node('Squeeze', [`${name} step`, 'steps'], [name]));
    } else {
      this.nodes.push(node(op, [from, 'steps'], [name], { name: 'keepdims', i: 0n }));
    }
    const made = Float32Array.from({ length: samples * features }, (_, i) => {
      const first = Math.floor(i / features) * this.steps;
      return take(
        Array.from({ length: this.steps }, (__, step) => values[(first + step) * features + (i % features)]!),
      );
    });
    return this.add({ name, steps: null, features, values: made });
  }

  private add(value: Value): Value {
    this.values.push(value);
    return value;
  }

  private below(n: number): number {
    return Math.floor(((this.random() + 1) / 2) * n);
  }

  private floats(rows: number, columns: number): Float32Array {
    return randomTensor(this.random, [rows, columns]).values;
  }
}

const namesOf = (values: readonly Value[]): string[] => values.map(({ name }) => name);

const pooling: readonly (readonly [op: string, of: Combine])[] = [
  ['Gather', (row) => row.at(-1)!],
  ['ReduceMean', (row) => row.reduce((a, b) => a + b) / row.length],
  ['ReduceMax', (row) => Math.max(...row)],
];
