export function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

export function total(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
