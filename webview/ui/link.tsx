import type { ComponentChildren } from 'preact';
import { element } from './toolkit.ts';

interface LinkProps {
  readonly title?: string;
  readonly onClick: () => void;
  readonly children: ComponentChildren;
}

/** A link to a place that only the host can open. */
export function Link({ title, onClick, children }: LinkProps) {
  return element(
    'link',
    // Without an address it could not be reached by keyboard.
    { href: '#' },
    {
      title,
      onClick: (event) => {
        event.preventDefault();
        // The editor answers a click on "#" by scrolling to the top.
        event.stopPropagation();
        onClick();
      },
    },
    children,
  );
}
