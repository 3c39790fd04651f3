import type { ComponentChildren } from 'preact';
import { element } from './toolkit.ts';

interface ButtonProps {
  readonly appearance?: 'primary' | 'secondary' | 'icon';
  readonly disabled?: boolean;
  /** Says what it does where the text alone does not. */
  readonly title?: string;
  readonly onClick: () => void;
  readonly children: ComponentChildren;
}

export function Button({
  appearance = 'secondary',
  disabled = false,
  title,
  onClick,
  children,
}: ButtonProps) {
  return element(
    'button',
    { appearance, disabled, 'aria-label': title },
    {
      title,
      // A disabled toolkit button still lets clicks on its own box through.
      onClick: () => {
        if (!disabled) onClick();
      },
    },
    children,
  );
}
