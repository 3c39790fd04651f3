/** HTML text in which every value is escaped, because names come from the files of strangers. */

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | readonly Part[] | null;

/** Builds HTML: what is put in is escaped, unless it is HTML itself; a list is its parts, null nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.map((text, n) => (n === 0 ? text : textOf(values[n - 1]!) + text)).join(''));
}

function textOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(textOf).join('');
  return escaped(String(part));
}

/** For text and for attributes in quotes. Control characters would make the document invalid. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[^\P{Cc}\t\n\r]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A coordinate. */
export function px(value: number): string {
  return String(Number(value.toFixed(2)));
}
