/** Charts are drawn on a canvas, so they look their colours up; again whenever the theme changes. */
import { signal } from '@preact/signals';
import type { Colour } from '../model/series.ts';

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

export type ThemeColour = Colour | 'background' | 'muted' | 'grid';

/** The `--chart-*` properties stand in panel.css, each with what to fall back on. */
export function themeColour(name: ThemeColour): string {
  return getComputedStyle(document.body).getPropertyValue(`--chart-${name}`).trim();
}

/** A canvas font of the editor's family. */
export function themeFont(size: number, weight: 'normal' | '600' = 'normal'): string {
  return `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
}
