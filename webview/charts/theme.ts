/** Charts draw with colours as they are, so they look them up; again whenever the theme changes. */
import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { Palette, ThemeColour } from '../model/picture.ts';

/** Counts theme changes: read it where colours are used. */
export const themeVersion = signal(0);

export function watchTheme(): void {
  const changed = new MutationObserver(() => {
    themeVersion.value += 1;
  });
  changed.observe(document.body, { attributeFilter: ['class', 'data-vscode-theme-id'] });
  // The editor writes its colours as properties of the root element.
  changed.observe(document.documentElement, { attributeFilter: ['style'] });
}

/** The `--chart-*` properties stand in panel.css, each with what to fall back on. */
export function themeColour(name: ThemeColour): string {
  return getComputedStyle(document.body).getPropertyValue(`--chart-${name}`).trim();
}

/** A canvas font of the editor's family. */
export function themeFont(size: number, weight: 'normal' | '600' = 'normal'): string {
  return `${weight} ${size}px ${themeFamily()}`;
}

export function themeFamily(): string {
  return getComputedStyle(document.body).fontFamily;
}

const names: readonly ThemeColour[] = [
  ...(['blue', 'orange', 'green', 'purple', 'red', 'yellow'] as const),
  ...(['foreground', 'background', 'muted', 'grid'] as const),
];

/** The colours of the moment; again when the theme changes. */
export function usePalette(): Palette {
  const version = themeVersion.value;
  return useMemo(readPalette, [version]);
}

/** Translucent colours as they look on the background: a picture that leaves the page keeps its look. */
export function readPalette(): Palette {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [1, 1];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('The browser gives no canvas to draw on.');
  const hex = (name: ThemeColour): string => {
    for (const colour of [themeColour('background'), themeColour(name)]) {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
    }
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return `#${[red!, green!, blue!].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
  };
  return Object.fromEntries(names.map((name) => [name, hex(name)])) as Record<ThemeColour, string>;
}
