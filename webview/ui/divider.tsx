import { element } from './toolkit.ts';

export function Divider() {
  return element('divider', {}, {});
}
