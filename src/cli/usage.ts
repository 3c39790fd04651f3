/** What the command line says of itself. */
import { builtinChips } from '../core/chips/names.ts';
import { defaultTraining } from '../core/finetune/types.ts';

export const usage = `Usage: spikewise convert MODEL_OR_SPEC [options]
       spikewise map MODEL_OR_SPEC [options]
       spikewise energy MODEL_OR_SPEC [options]
       spikewise inspect MODEL_OR_SPEC [--json]
       spikewise explain MODEL_OR_SPEC [options]
       spikewise sweep MODEL_OR_SPEC [options]
       spikewise calibrate MODEL_OR_SPEC [--write] [options]
       spikewise finetune MODEL_OR_SPEC --epochs N --out DIR [options]
       spikewise report RUN [--html FILE] [--json]
       spikewise compare RUN RUN [--html FILE] [--json]
       spikewise snippet pytorch|keras

convert  Converts a trained model or what a specification (NAME.spikewise.json) names, simulates
         both networks and reports where they differ.
map      The same, and prints which cores of a chip the spiking layers fill. A model without
         data is mapped too, without traffic.
energy   The same, and prints what every event would cost, as an estimate.
inspect  Lists the layers of a model, what each would become and why, and how its weights are
         distributed. Converts nothing, and needs no data.
explain  Says where the difference comes from: a ladder of networks from the trained to the spiking
         one, and what would help most, with what it gave when it was tried.
sweep    Accuracy, error, spikes, energy and latency over time-steps and codings, with the fewest
         time-steps that meet the tolerance. Here --timesteps, --coding and --arithmetic take
         lists: --timesteps 2,4,8. Points of earlier sweeps are used again. A list of
         --neurons-per-gate 1,2,3,4 has numbers of neurons side by side, with neurons and cores, at the
         specification's time-steps and coding where those are left out.
calibrate  Tries ranges, weight exponents and biases of the spiking network, without training, and keeps
         what brings it nearer to the trained one on samples that it was not chosen on.
finetune Replaces sigmoid and tanh of LSTMs by the paper's functions, which spiking neurons compute,
         retrains, and writes the best epoch into DIR as a tfjs model with its specification and the
         samples that it was validated on. DIR is a folder that is empty or not there yet.
report   Prints the report of a run, or writes it as one HTML file. RUN is a kept run's folder or id, a
         report file, or a specification or model: its newest kept run.
compare  Prints in what two runs differ.
snippet  Prints a Python module to train elsewhere: an LSTM with the paper's functions.

Models: tfjs model.json, Keras .keras and .h5, PyTorch state_dicts (.pt, .pth, .safetensors), ONNX,
NIR; told by their content. For a model, the specification beside it is used where there is one.

  --data FILE              inputs, [samples, steps, features]: .npy, .npz, .csv, IDX, safetensors or JSON;
                           FILE#NAME chooses one array of an .npz or safetensors file;
                           of a model with several inputs --data NAME=FILE for each of them
  --labels FILE            class of each sample, or one-hot rows, in the same formats
  --limit N                use only the first N samples
  --timesteps T            time-steps of the spiking network in each sequence step, 1 to 65536
  --coding residual|reset  carry membranes between sequence steps, or start each anew (the paper)
  --neurons-per-gate K|auto  neurons that compute each value of a gate with sigmoid or tanh, 1 to 8
  --arithmetic float|loihi float32, or the chip's integers
  --input-mean M           inputs become (x - M) / S
  --input-scale S
  --chip NAME_OR_FILE      ${builtinChips.join(', ')}, or a chip file (NAME.spikewise-chip.json)
  --watts W                power of this machine under load, for the energy of the analog network where
                           the machine does not measure it
  --outputs FILE.npy       write the spiking network's outputs, float32 [samples, outputs]
  --analog-outputs FILE.npy  write the analog network's outputs
  --out DIR                write the report to DIR/NAME.spikewise-report.json
  --write                  of calibrate: edit the specification, or make one for a model that has none;
                           with --out DIR an edited copy, NAME-calibrated.spikewise.json, is written there
  --epochs N               of finetune: how often every sample is trained on
  --rounding               of finetune: train with counts rounded as T time-steps round them, for low T
  --learning-rate R        of finetune: of the first step, ${defaultTraining.learningRate} where left out; falls to 0
  --batch N                of finetune: samples of a step, ${defaultTraining.batch} where left out
  --validation FRACTION    of finetune: part of the samples that is held back, ${defaultTraining.validation} where left out
  --seed N                 of finetune: of the split and of the order of the samples, ${defaultTraining.seed} where left out
  --no-reuse               of sweep: compute every point anew, and keep none
  --keep                   keep the run in .spikewise/runs beside the specification, or the model
  --html FILE              of report and compare: write one HTML file that needs nothing else
  --json                   print the report as one JSON object and nothing else

Exit code 0; 1 where the model cannot be converted; 2 for bad usage or an unreadable input;
3 for an error of Spikewise itself.`;

/** Bad usage; the message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
