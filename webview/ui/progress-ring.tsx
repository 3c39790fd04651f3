import { useLayoutEffect, useRef } from 'preact/hooks';
import { element } from './toolkit.ts';

/** Turns. What it waits for stands beside it in words, so it says nothing itself. */
export function ProgressRing() {
  const ring = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    // On connecting, the element makes itself an assertive alert that says "Loading".
    for (const name of ['role', 'aria-live', 'aria-label']) ring.current?.removeAttribute(name);
    ring.current?.setAttribute('aria-hidden', 'true');
  }, []);
  return element('progress-ring', {}, { ref: ring });
}
