/**
 * What only the thread knows that has started the runtime, for those who ask on workers.
 *
 * @module
 */

import {
  type Linked,
  linked,
  metricsOf,
  openMetrics,
  type Runtime,
  type Server,
  serverMetrics,
  topology,
} from "../../mod.ts";
import { Answering, Inquiry, type InquiryLine, newLine } from "./inquiry.ts";
import { opening } from "./opening.ts";

/** What that thread knows of a worker. */
export interface WorkerNews {
  readonly state: string;
  /** The processor that it belongs on; undefined: any. */
  readonly processor: number | undefined;
  /** How often it was replaced. */
  readonly replaced: number;
  /** Tasks and calls that run there. */
  readonly running: number;
  /** Tasks and calls that wait there. */
  readonly queued: number;
}

/** What that thread knows. */
export interface News {
  readonly workers: readonly WorkerNews[];
  /** Tasks that wait for any worker. */
  readonly waiting: number;
}

/** The lines to the head office. */
export interface OfficeLines {
  readonly news: InquiryLine<News>;
  readonly metrics: InquiryLine<string>;
  readonly machine: InquiryLine<string>;
}

/** The head office, as one worker sees it. */
export class HeadOffice implements Disposable {
  /** What the workers do. */
  readonly news: Inquiry<News>;
  /** All numbers of the runtime and the server, as OpenMetrics text. */
  readonly metrics: Inquiry<string>;
  /** The machine, as an SVG document, with the workers where they are pinned. */
  readonly machine: Inquiry<string>;

  constructor({ news, metrics, machine }: OfficeLines) {
    this.news = new Inquiry(news, 1000); // live pictures wait for it
    this.metrics = new Inquiry(metrics, 10_000);
    this.machine = new Inquiry(machine, 10_000);
  }

  /** Closes the lines of this thread. */
  [Symbol.dispose](): void {
    this.news[Symbol.dispose]();
    this.metrics[Symbol.dispose]();
    this.machine[Symbol.dispose]();
  }
}

/** Answers what workers ask, on the thread that has started them. */
export class OfficeHours implements AsyncDisposable {
  /** How it is asked. */
  readonly lines: OfficeLines = {
    news: newLine<News>({ workers: [], waiting: 0 }),
    metrics: newLine(""),
    machine: newLine(""),
  };
  /** The server, once there is one. */
  server: Server | undefined;
  readonly #answering: readonly AsyncDisposable[];

  constructor(runtime: Runtime) {
    const { news, metrics, machine } = this.lines;
    this.#answering = [
      new Answering(news, () => newsOf(runtime)),
      new Answering(metrics, () => metricsText(runtime, this.server)),
      new Answering(machine, () => topology().toSvg({ runtime })),
    ];
  }

  /** Answers nothing any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#answering) await each[Symbol.asyncDispose]();
  }
}

/** The family. */
export const headOffice: Linked<HeadOffice> = linked(
  import.meta.url,
  "headOffice",
  {
    shared: () => opening().lines,
    create: (lines) => new HeadOffice(lines),
  },
);

function newsOf(runtime: Runtime): News {
  const { workers, total } = runtime.stats();
  return {
    workers: runtime.report().workers.map((worker, k) => ({
      state: worker.state,
      processor: worker.processor,
      replaced: worker.replaced,
      running: workers[k]?.run.running ?? 0,
      queued: workers[k]?.run.queued ?? 0,
    })),
    waiting: total.run.queued,
  };
}

function metricsText(runtime: Runtime, server: Server | undefined): string {
  return openMetrics([
    ...metricsOf(runtime.stats()),
    ...server === undefined ? [] : serverMetrics(server.stats()),
  ]);
}
