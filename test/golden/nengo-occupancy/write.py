"""Writes blocks.json beside it: what nengo-loihi says that plain blocks take of a core.

    python3.9 -m pip install nengo-loihi==1.1.0 nengo==3.2.0 numpy==1.23.5 scipy==1.13.1
    python3.9 test/golden/nengo-occupancy/write.py

A plain block: integrate-and-fire neurons of one threshold with reset to zero, dense 8-bit synapses from every input to
every neuron, one output axon for each neuron. Every block is a whole LoihiBlock of nengo-loihi with random weights of
both signs, discretised by nengo-loihi; nothing is computed here. It counts as fitting where nengo-loihi's own
validate_block, allocator and validate_core accept it.
"""

import json
from pathlib import Path

import numpy as np
from nengo.exceptions import BuildError
from nengo_loihi.block import MAX_COMPARTMENTS, MAX_IN_AXONS, MAX_SYNAPSE_BITS
from nengo_loihi.block import Axon, LoihiBlock, Synapse, SynapseConfig
from nengo_loihi.builder import Model
from nengo_loihi.builder.discretize import discretize_block
from nengo_loihi.builder.validate import validate_block
from nengo_loihi.hardware.allocators import Greedy
from nengo_loihi.hardware.nxsdk_objects import Board
from nengo_loihi.hardware.validate import validate_core

HERE = Path(__file__).parent
RANDOM_BLOCKS = 300
EDGES = [1, 2, 6, 7, 13, 14, 63, 64, 65, 127, 128, 129, 191, 192, 193, 256, 511, 512, 513, 1023, 1024]
rng = np.random.default_rng(1)


def plain_block(inputs, neurons):
    block = LoihiBlock(neurons, label="plain")
    block.compartment.configure_relu(vth=rng.uniform(0.1, 10))
    synapse = Synapse(inputs)
    synapse.set_weights(rng.uniform(-1, 1, (inputs, neurons)).astype(np.float32))
    block.add_synapse(synapse)
    axon = Axon(neurons)
    axon.target = Synapse(neurons)  # of the next block
    axon.set_compartment_axon_map(np.arange(neurons))
    block.add_axon(axon)
    discretize_block(block)
    cfg = synapse.synapse_cfg
    assert (cfg.real_weight_bits, cfg.compression, cfg.n_synapses + 1) == (8, 3, 64)
    return block


def refusal(block):
    """Why nengo-loihi refuses the block; None where it accepts it."""
    try:
        validate_block(block)
    except BuildError as error:
        return str(error)
    chip = Board().new_chip()
    Greedy().block_to_new_core(block, chip)
    validate_core(chip.cores[0])
    return None


def summary(block):
    """The percentages that nengo-loihi prints: of compartments, in-axons, out-axons, synapses."""
    model = Model()
    model.add_block(block)
    line = model.utilization_summary()[0]
    return [float(part.split("%")[0]) for part in line.split(": ")[1].split(", ")]


def row(block):
    inputs = block.synapses[0].n_axons
    return [inputs, block.n_neurons, *(used for used, _ in block.utilization().values()), *summary(block)]


def most_inputs(neurons):
    """As many as nengo-loihi's limits allow."""
    cfg = SynapseConfig(weight_bits=7, compression=3, n_synapses=63)
    return min(MAX_IN_AXONS, MAX_SYNAPSE_BITS // cfg.bits_per_axon(neurons))


def random_sizes():
    """Each magnitude is as likely, so that small blocks are not left out."""
    neurons = int(np.exp(rng.uniform(0, np.log(MAX_COMPARTMENTS + 1))))
    return int(np.exp(rng.uniform(0, np.log(most_inputs(neurons) + 1)))), neurons


def lines(rows):
    return "[\n" + ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + "\n]"


def main():
    fitting = [random_sizes() for _ in range(RANDOM_BLOCKS)] + [(most_inputs(n), n) for n in EDGES]
    beyond = [(most_inputs(n) + 1, n) for n in EDGES] + [(1, MAX_COMPARTMENTS + 1)]
    fit_rows, beyond_rows = [], []
    for inputs, neurons in fitting:
        block = plain_block(inputs, neurons)
        assert refusal(block) is None
        fit_rows.append(row(block))
    for inputs, neurons in beyond:
        block = plain_block(inputs, neurons)
        assert (message := refusal(block)) is not None
        beyond_rows.append([*row(block), message.split(": ", 1)[1]])
    axon_rows = [
        [SynapseConfig.WEIGHT_BITS_MAP[code], entry, n,
         SynapseConfig(weight_bits=code, compression=3, n_synapses=entry - 1).bits_per_axon(n)]
        for code in range(1, 8) for entry in (60, 64) for n in [1, 59, 60, 61, *EDGES[6:12], 320, 640, 1024]
    ]
    (HERE / "blocks.json").write_text(
        f'{{"fit":{lines(fit_rows)},\n"beyond":{lines(beyond_rows)},\n"axons":{lines(axon_rows)}}}\n'
    )
    print(f"{len(fit_rows)} blocks that fit, {len(beyond_rows)} that do not, {len(axon_rows)} axons")


if __name__ == "__main__":
    main()
