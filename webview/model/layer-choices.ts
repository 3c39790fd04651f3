/** The form in which layers are put in order and given activations: its words, and what of it is written. */
import { formatShape } from '../../src/core/inspect/format.ts';
import {
  keyOfRole,
  offeredActivations,
  openLayers,
  type ActivationRole,
  type LayerOffer,
  type OfferedBlock,
} from '../../src/core/formats/weights/layer-choices.ts';
import type { LayerChoice } from '../../src/core/formats/weights/state-dict.ts';

export interface LayerForm {
  /** Index into the offer's orders. */
  readonly order: number;
  /** By the names of the blocks; in any order. */
  readonly choices: readonly LayerChoice[];
}

export interface Option {
  readonly value: string;
  readonly text: string;
}

/** Of what is not chosen yet. */
const open: Option = { value: '', text: 'choose: a state_dict does not say' };

export const roleWords: Readonly<Record<ActivationRole, string>> = {
  gates: 'gates',
  cell: 'candidate and output',
  candidate: 'candidate',
  state: 'activation',
  linear: 'activation',
};

export function initialForm({ chosen }: LayerOffer): LayerForm {
  return { order: 0, choices: chosen };
}

export function orderOptions({ orders }: LayerOffer): Option[] {
  return orders.map((names, i) => ({ value: String(i), text: names.join(' → ') }));
}

export function chosenActivation({ choices }: LayerForm, block: string, role: ActivationRole): string {
  return choices.find(({ name }) => name === block)?.[keyOfRole[role]] ?? open.value;
}

/** With what is chosen now among them, which a specification may have from elsewhere. */
export function activationOptions(form: LayerForm, block: string, role: ActivationRole): Option[] {
  const offered = offeredActivations
    .filter(({ roles }) => roles.includes(role))
    .map(({ name, words }) => ({ value: name, text: words }));
  const now = chosenActivation(form, block, role);
  if (now === open.value) return [open, ...offered];
  if (offered.some(({ value }) => value === now)) return offered;
  return [{ value: now, text: `${now}: as the specification has it` }, ...offered];
}

export function withActivation(
  form: LayerForm,
  block: string,
  role: ActivationRole,
  activation: string,
): LayerForm {
  if (activation === open.value) return form;
  const others = form.choices.filter(({ name }) => name !== block);
  const choice = form.choices.find(({ name }) => name === block) ?? { name: block };
  return { ...form, choices: [...others, { ...choice, [keyOfRole[role]]: activation }] };
}

/** Layers as the specification is to have them, in order. */
export function layersOf(offer: LayerOffer, { order, choices }: LayerForm): LayerChoice[] {
  return (offer.orders[order] ?? []).map(
    (name) => choices.find((choice) => choice.name === name) ?? { name },
  );
}

/** What is still to be chosen; null where nothing is. */
export function stillOpen(offer: LayerOffer, form: LayerForm): string | null {
  const names = openLayers(offer, layersOf(offer, form));
  return names.length === 0 ? null : `Choose what follows ${names.join(', ')} first.`;
}

/** The blocks in the order that is chosen, without those that it leaves out. */
export function blocksInOrder({ blocks, orders }: LayerOffer, { order }: LayerForm): OfferedBlock[] {
  return (orders[order] ?? []).flatMap((name) => blocks.filter((block) => block.name === name));
}

/** "weight_ih_l0 [64, 6], weight_hh_l0 [64, 16]" */
export function parameterWords({ parameters }: OfferedBlock): string {
  return parameters.map(({ name, shape }) => `${name} ${formatShape(shape)}`).join(', ');
}
