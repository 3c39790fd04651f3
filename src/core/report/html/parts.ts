/** What the pages are made of: the frame, sections, tables, lists of settings. */
import type { Setting } from '../format.ts';
import type { TextTable } from '../tables/table.ts';
import { Html, html } from './markup.ts';
import { pageStyle } from './style.ts';

export interface PageOptions {
  /** Of the style element, where a page is shown under a policy that asks for one. */
  readonly nonce?: string;
}

/** A whole document that loads nothing: whatever it says, no address in it is followed. */
export function page(
  title: string,
  head: Html,
  body: readonly (Html | null)[],
  options: PageOptions,
): string {
  const { nonce } = options;
  const style = nonce === undefined ? "'unsafe-inline'" : `'nonce-${nonce}'`;
  const attribute = nonce === undefined ? null : html` nonce="${nonce}"`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${style}">
<title>${title}</title>
<style${attribute}>${new Html(pageStyle)}</style>
</head>
<body>
<header>
${head}
</header>
<main>
${body}
</main>
</body>
</html>
`.text;
}

export function section(id: string, title: string, content: readonly (Html | null)[]): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section>`;
}

/** A table that scrolls by itself where the window is narrow, by keyboard too. The first column names the row. */
export function table(caption: string, { columns, rows }: TextTable): Html {
  const className = (column: number) => (columns[column]!.align === 'right' ? html` class="number"` : null);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(({ title }, n) =>
            title === '' ? html`<td></td>` : html`<th scope="col" ${className(n)}>${title}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell, n) =>
                n === 0
                  ? html`<th scope="row" ${className(n)}>${cell}</th>`
                  : html`<td${className(n)}>${cell}</td>`,
              )}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

export function settings(list: readonly Setting[]): Html {
  return html`<dl class="settings">
    ${list.map(
      ({ name, value }) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd> `,
    )}
  </dl>`;
}

export interface Tile {
  readonly label: string;
  readonly value: string;
  readonly detail: string | null;
}

export function tiles(list: readonly Tile[]): Html {
  return html`<dl class="tiles">
    ${list.map(
      ({ label, value, detail }) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${value}</dd>
          ${detail === null ? null : html`<dd>${detail}</dd>`}
        </div> `,
    )}
  </dl>`;
}

/** A picture, what it shows, and its numbers. */
export function figure(caption: string, drawing: Html, numbers: Html | null = null): Html {
  return html`<figure>
    <figcaption>${caption}</figcaption>
    ${drawing}
    ${
      numbers === null
        ? null
        : html`<details>
            <summary>Numbers: ${caption}</summary>
            ${numbers}
          </details>`
    }
  </figure>`;
}
