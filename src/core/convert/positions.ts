/** Where a key of a JSON file stands in its text, and how to change it there. */
import {
  applyEdits as applyTextEdits,
  findNodeAtLocation,
  modify,
  parseTree,
  type Edit,
  type Node,
} from 'jsonc-parser';
import type { Fix } from '../findings/types.ts';
import { isObject, type JsonPath } from '../formats/json.ts';

/** In UTF-16 code units, as editors count. */
export interface TextRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * @param part The value at the path, or the key that names it (for an entry of a list: its value).
 * @returns The range; of the nearest key above where the path leads nowhere; the opening bracket
 *   of the file where there is none, and for the empty path, which means the file as a whole.
 */
export function positionOf(text: string, path: JsonPath, part: 'value' | 'key' = 'value'): TextRange {
  const root = parse(text);
  if (!root) return { offset: 0, length: 0 };
  for (let depth = path.length; depth > 0; depth--) {
    const node = findNodeAtLocation(root, path.slice(0, depth));
    if (!node) continue;
    // A whole object is no answer to "which key is missing": its key is.
    return rangeOf(part === 'value' && depth === path.length ? node : keyOf(node));
  }
  return { offset: root.offset, length: Math.min(1, root.length) };
}

function parse(text: string): Node | undefined {
  try {
    return parseTree(text, [], { allowTrailingComma: true });
  } catch (error) {
    // The parser recurses: a file of a million opening brackets ends its stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function keyOf(node: Node): Node {
  return node.parent?.type === 'property' ? (node.parent.children?.[0] ?? node) : node;
}

function rangeOf(node: Node): TextRange {
  return { offset: node.offset, length: node.length };
}

/**
 * The text with the edits of a fix made in it, everything else left as it was written. Parents
 * that are missing are added; a value of undefined removes its key.
 */
export function applyEdits(text: string, edits: Fix['edits']): string {
  let edited = text;
  for (const { path, value } of edits) {
    const style = styleOf(edited);
    // Asked to format, modify() also reformats what stands around the change.
    const changes = modify(edited, [...path], value, {}).map((change) => ({
      ...change,
      content: layOut(change, edited, style),
    }));
    edited = applyTextEdits(edited, changes);
  }
  return edited;
}

interface Style {
  readonly indent: string;
  readonly eol: string;
}

/** As the file is indented; two spaces where it is not. */
function styleOf(text: string): Style {
  return {
    indent: /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ',
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

/** What is inserted, written as the file around it is. */
function layOut({ offset, content }: Edit, text: string, style: Style): string {
  const line = /[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))![0];
  if (content.startsWith(',"')) {
    const property = write(JSON.parse(`{${content.slice(1)}}`), line, style, true);
    const inOneLine = /\{[^\n{}]*$/.test(text.slice(0, offset));
    return inOneLine ? `, ${property}` : `,${style.eol}${line}${property}`;
  }
  try {
    return write(JSON.parse(content), line, style);
  } catch {
    // Something else than a value: the first key of an empty object, or a removal.
    return content;
  }
}

/** JSON with flat objects in one line, and a line for each object of a list. @param bare Without the outer braces. */
function write(value: unknown, line: string, style: Style, bare = false): string {
  if (isListOfObjects(value)) {
    const entries = value.map((entry) => line + style.indent + write(entry, line + style.indent, style));
    return `[${style.eol}${entries.join(`,${style.eol}`)}${style.eol}${line}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value);
  const deeper = bare ? line : line + style.indent;
  const written = entries.map(([key, entry]) => `${JSON.stringify(key)}: ${write(entry, deeper, style)}`);
  const flat = entries.every(([, entry]) => !isObject(entry) && !isListOfObjects(entry));
  if (bare) return written.join(', ');
  if (flat) return entries.length === 0 ? '{}' : `{ ${written.join(', ')} }`;
  const { eol } = style;
  return `{${eol}${written.map((entry) => deeper + entry).join(`,${eol}`)}${eol}${line}}`;
}

function isListOfObjects(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.some(isObject);
}
