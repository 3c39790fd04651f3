export function buildWebview(options?: { minify?: boolean }): Promise<Record<string, number>>;
