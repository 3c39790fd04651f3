/** Questions about single neurons and what was answered, kept while the same run is shown. */
import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { DetailAnswer, DetailKind, DetailMessage, DetailQuestion } from '../src/protocol/detail.ts';
import { post } from './host.ts';

export type Told<Kind extends DetailKind = DetailKind> =
  | { readonly state: 'waiting' }
  | { readonly state: 'told'; readonly answer: DetailAnswer<Kind> }
  | { readonly state: 'refused'; readonly message: string };

interface Asked {
  readonly id: number;
  readonly told: Signal<Told>;
}

/** How far the worker is, while it reads or passes over the samples. */
export const detailProgress = signal<{ readonly fraction: number; readonly message: string } | null>(null);

/** By the question; those asked for last stand at the end. */
const asked = new Map<string, Asked>();
/** Answers that are kept: a few megabytes each where a layer is large. */
const kept = 16;
let next = 0;
/** Counts how often everything was forgotten: read it where questions are asked. */
export const detailsOf = signal(0);

/** Asks once; the answer comes into the signal. */
export function ask<Kind extends DetailKind>(question: DetailQuestion<Kind>): ReadonlySignal<Told<Kind>> {
  const key = JSON.stringify(question);
  const known = asked.get(key);
  asked.delete(key);
  const { id, told } = known ?? { id: next++, told: signal<Told>({ state: 'waiting' }) };
  asked.set(key, { id, told });
  if (!known) {
    for (const old of [...asked.keys()].slice(0, -kept)) asked.delete(old);
    post({ type: 'detail', id, question: question as DetailQuestion });
  }
  return told as unknown as ReadonlySignal<Told<Kind>>;
}

export function receiveDetail(message: DetailMessage): void {
  if (message.type === 'progress') {
    const { fraction, message: words } = message;
    detailProgress.value = { fraction, message: words };
    return;
  }
  detailProgress.value = null;
  const entry = [...asked.values()].find(({ id }) => id === message.id);
  if (!entry) return;
  entry.told.value =
    message.type === 'answer'
      ? { state: 'told', answer: message.answer }
      : { state: 'refused', message: message.message };
}

/** Of another run, or to try again. */
export function forgetDetails(): void {
  asked.clear();
  detailProgress.value = null;
  detailsOf.value += 1;
}
