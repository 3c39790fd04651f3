/** Drawn here: the editor's icon font is not available to a webview. All stand beside a word. */
import type { Severity } from '../src/core/findings/types.ts';

const shapes: Readonly<Record<Severity, string>> = {
  error:
    'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm0 1a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM5.9 5.2 8 7.3l2.1-2.1.7.7L8.7 8l2.1 2.1-.7.7L8 8.7l-2.1 2.1-.7-.7L7.3 8 5.2 5.9Z',
  warning:
    'M7.56 1.7a.5.5 0 0 1 .88 0l6 11.05a.5.5 0 0 1-.44.75H2a.5.5 0 0 1-.44-.75Zm.44 1.3L2.84 12.5h10.32ZM7.5 6h1v3.5h-1Zm0 4.5h1v1h-1Z',
  info: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm0 1a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM7.5 7h1v4.5h-1Zm0-2.5h1v1.25h-1Z',
};

export function SeverityIcon({ severity }: { readonly severity: Severity }) {
  return (
    <svg class={`icon severity-${severity}`} viewBox="0 0 16 16" aria-hidden="true">
      <path fill="currentColor" d={shapes[severity]} />
    </svg>
  );
}

const sortShapes = {
  ascending: 'M8 4.5 12.5 11h-9Z',
  descending: 'M8 11.5 3.5 5h9Z',
  none: 'M8 2.5 11 7H5ZM8 13.5 5 9h6Z',
};

export function SortIcon({ direction }: { readonly direction: keyof typeof sortShapes }) {
  return (
    <svg class={`icon sort-icon sort-${direction}`} viewBox="0 0 16 16" aria-hidden="true">
      <path fill="currentColor" d={sortShapes[direction]} />
    </svg>
  );
}
