/** Questions about single neurons in views: the answer of the moment, and what stands in its place. */
import { useMemo, useRef } from 'preact/hooks';
import type { DetailAnswer, DetailKind, DetailQuestion } from '../../src/protocol/detail.ts';
import { ask, detailProgress, detailsOf, forgetDetails, type Told } from '../details.ts';
import { Button } from '../ui/button.tsx';

/** Null where nothing is asked. */
export function useTold<Kind extends DetailKind>(question: DetailQuestion<Kind> | null): Told<Kind> | null {
  const forgotten = detailsOf.value;
  const told = useMemo(
    () => (question === null ? null : ask<Kind>(question)),
    [JSON.stringify(question), forgotten],
  );
  return told?.value ?? null;
}

/** The last answer, also while another is awaited: what moves with the cursor does not flicker. */
export function useLatest<Kind extends DetailKind>(told: Told<Kind> | null): DetailAnswer<Kind> | null {
  const forgotten = detailsOf.value;
  const kept = useRef<{ readonly of: number; readonly answer: DetailAnswer<Kind> } | null>(null);
  if (told?.state === 'told') kept.current = { of: forgotten, answer: told.answer };
  return told !== null && kept.current?.of === forgotten ? kept.current.answer : null;
}

/** Stands where an answer is awaited, or where there is none. */
export function NotTold({ told }: { readonly told: Told }) {
  if (told.state === 'told') return null;
  if (told.state === 'refused') {
    return (
      <div class="notice notice-error" role="alert">
        <p>{told.message}</p>
        <Button onClick={forgetDetails}>Try again</Button>
      </div>
    );
  }
  return <Waiting />;
}

function Waiting() {
  const progress = detailProgress.value;
  return (
    <p class="muted waiting" aria-live="polite">
      {progress === null ? 'Loading the networks and the data…' : `${progress.message}…`}
    </p>
  );
}
