/** Where a key of a JSON file stands in its text, and how to change it there. */
import { applyEdits as applyTextEdits, findNodeAtLocation, modify, parseTree, type Node } from 'jsonc-parser';
import type { Fix } from '../findings/types.ts';
import type { JsonPath } from '../formats/json.ts';

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
  const formattingOptions = formattingOf(text);
  let edited = text;
  for (const { path, value } of edits) {
    edited = applyTextEdits(edited, modify(edited, [...path], value, { formattingOptions }));
  }
  return edited;
}

/** As the file is indented; two spaces where it is not. */
function formattingOf(text: string): { insertSpaces: boolean; tabSize: number; eol: string } {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 4 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
