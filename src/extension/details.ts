/** Answers the panel's questions about single neurons; the worker is started with the first and ends with the panel. */
import { pathToFileURL } from 'node:url';
import type { Report } from '../core/report/types.ts';
import { startProbe, type Probe } from '../node/probe-client.ts';
import type { DetailMessage, DetailQuestion, ProbeRequest } from '../protocol/detail.ts';
import type { Context } from './context.ts';

export class Details {
  #probe: Probe | null = null;

  constructor(
    private readonly context: Context,
    private readonly tell: (message: DetailMessage) => void,
  ) {}

  async answer(id: number, question: DetailQuestion, report: Report): Promise<void> {
    this.#probe ??= this.#start(report);
    try {
      this.tell({ type: 'answer', id, answer: await this.#probe.ask(question) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.context.log.error(message);
      this.tell({ type: 'refused', id, message });
    }
  }

  /** Of a run that is no longer shown. */
  end(): void {
    this.#probe?.end();
    this.#probe = null;
  }

  #start(report: Report): Probe {
    const { workerFile } = this.context.runs;
    const probe = startProbe(pathToFileURL(workerFile.fsPath), requestOf(report), {
      onProgress: (fraction, message) => {
        this.tell({ type: 'progress', fraction, message });
      },
      onEnd: () => {
        if (this.#probe === probe) this.#probe = null;
      },
    });
    return probe;
  }
}

/** The run of the report again, with the options that it had. */
function requestOf({ specification, model, options }: Report): ProbeRequest {
  const { timesteps, coding, arithmetic, samples, input } = options;
  return {
    file: specification ?? model.file,
    overrides: {
      timesteps,
      coding,
      arithmetic,
      limit: samples,
      inputMean: input.mean,
      inputScale: input.scale,
    },
  };
}
