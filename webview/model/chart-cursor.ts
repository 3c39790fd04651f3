/** Where a key moves the cursor of a chart. Null: nowhere. Undefined: the key does not move it. */
export function cursorTarget(key: string, at: number | null, count: number): number | null | undefined {
  switch (key) {
    case 'ArrowRight':
      return at === null ? 0 : Math.min(count - 1, at + 1);
    case 'ArrowLeft':
      return at === null ? count - 1 : Math.max(0, at - 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    case 'Escape':
      return null;
    default:
      return undefined;
  }
}
