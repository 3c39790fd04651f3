import type { ComponentChildren } from 'preact';
import { element } from './toolkit.ts';

export function Badge({ children }: { readonly children: ComponentChildren }) {
  return element('badge', {}, {}, children);
}
