import { useState } from 'preact/hooks';
import type { LayerOffer, OfferedBlock } from '../../src/core/formats/weights/layer-choices.ts';
import { post } from '../host.ts';
import {
  activationOptions,
  blocksInOrder,
  chosenActivation,
  initialForm,
  layersOf,
  orderOptions,
  parameterWords,
  roleWords,
  stillOpen,
  withActivation,
  type LayerForm,
} from '../model/layer-choices.ts';
import { Button } from '../ui/button.tsx';
import { Dropdown } from '../ui/dropdown.tsx';

interface LayerChoicesProps {
  readonly offer: LayerOffer;
  /** The model cannot be read without them. */
  readonly needed: boolean;
}

/** Order and activations of a file of weights alone, which says neither. */
export function LayerChoices({ offer, needed }: LayerChoicesProps) {
  // What was chosen before the file was read again is not about these layers.
  const form = <ChoiceForm key={JSON.stringify(offer)} offer={offer} />;
  if (needed) {
    return (
      <section class="layer-choices" aria-label="Order and activations">
        <h3>Order and activations</h3>
        {form}
      </section>
    );
  }
  return (
    <details class="layer-choices">
      <summary>Other order or activations …</summary>
      {form}
    </details>
  );
}

function ChoiceForm({ offer }: { readonly offer: LayerOffer }) {
  const [form, setForm] = useState(() => initialForm(offer));
  const [told, setTold] = useState<string | null>(null);
  const change = (changed: LayerForm): void => {
    setForm(changed);
    setTold(null);
  };
  return (
    <>
      <p class="muted">
        The file holds weights alone. What is chosen here is written into the specification beside the model.
      </p>
      <Orders offer={offer} form={form} onChange={change} />
      <div class="number-table">
        <table>
          <caption class="for-screen-readers">Layers of the file</caption>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">Parameters</th>
              <th scope="col">Activations</th>
            </tr>
          </thead>
          <tbody>
            {blocksInOrder(offer, form).map((block) => (
              <Block key={block.name} block={block} form={form} onChange={change} />
            ))}
          </tbody>
        </table>
      </div>
      {told !== null && <p role="alert">{told}</p>}
      <Button
        appearance="primary"
        onClick={() => {
          const open = stillOpen(offer, form);
          setTold(open);
          if (open === null) post({ type: 'chooseLayers', layers: layersOf(offer, form) });
        }}
      >
        Write into the specification
      </Button>
    </>
  );
}

interface FormProps {
  readonly form: LayerForm;
  readonly onChange: (form: LayerForm) => void;
}

function Orders({ offer, form, onChange }: FormProps & { readonly offer: LayerOffer }) {
  if (offer.orders.length === 1) return null;
  return (
    <div class="controls">
      <Dropdown
        label="Order in which they compute"
        options={orderOptions(offer)}
        value={String(form.order)}
        onChange={(value) => {
          onChange({ ...form, order: Number(value) });
        }}
      />
      {!offer.complete && (
        <span class="muted">More orders fit; any of them can be named as layers in the specification.</span>
      )}
    </div>
  );
}

function Block({ block, form, onChange }: FormProps & { readonly block: OfferedBlock }) {
  const { name, className, roles } = block;
  return (
    <tr>
      <th scope="row">
        {name} <span class="muted">{className}</span>
      </th>
      <td>{parameterWords(block)}</td>
      <td>
        {roles.map((role) => (
          <Dropdown
            key={role}
            label={`${roleWords[role]} ${role === 'linear' ? 'after' : 'of'} ${name}`}
            options={activationOptions(form, name, role)}
            value={chosenActivation(form, name, role)}
            onChange={(value) => {
              onChange(withActivation(form, name, role, value));
            }}
          />
        ))}
      </td>
    </tr>
  );
}
