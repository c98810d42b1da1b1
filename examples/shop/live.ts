/**
 * The live picture: four times in a second all pages that watch are told what the machine
 * does, by server-sent events.
 *
 * @module
 */

import { type Linked, linked } from "../../mod.ts";
import type { Figures } from "./board.ts";
import type { ShopContext } from "./families.ts";
import type { WorkerNews } from "./head_office.ts";

/** How often pages are told, in ms. */
const PERIOD = 250;

/** What a page is told. */
export interface Moment {
  /** In ms, of the clock of this thread. */
  readonly time: number;
  /** The worker that tells it. */
  readonly worker: number;
  readonly workers: readonly (Figures & Partial<WorkerNews>)[];
  /** Tasks that wait for any worker. */
  readonly waiting: number;
  readonly cache: { readonly hits: number; readonly misses: number };
  readonly limit: { readonly admitted: number; readonly refused: number };
  readonly visitors: number;
}

type Watcher = ReadableStreamDefaultController<Uint8Array>;

/** Tells the pages whose connections one worker has. */
export class Live {
  readonly #watchers = new Set<Watcher>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** The events for one page, until it is closed or the server stops. */
  events(context: ShopContext): ReadableStream<Uint8Array> {
    const { board } = context.families;
    let watcher: Watcher;
    const leave = () => {
      if (!this.#watchers.delete(watcher)) return;
      context.signal.removeEventListener("abort", end);
      board.watch(-1);
      if (this.#watchers.size === 0) clearInterval(this.#timer);
    };
    const end = () => {
      leave();
      watcher.close();
    };
    return new ReadableStream({
      start: (controller) => {
        watcher = controller;
        if (context.signal.aborted) return watcher.close();
        context.signal.addEventListener("abort", end);
        this.#watchers.add(watcher);
        board.watch(1);
        if (this.#watchers.size === 1) this.#begin(context);
      },
      cancel: leave,
    });
  }

  #begin(context: ShopContext): void {
    let isTelling = false;
    this.#timer = setInterval(async () => {
      if (isTelling) return; // the last moment is not over yet
      isTelling = true;
      try {
        await this.#tell(context);
      } finally {
        isTelling = false;
      }
    }, PERIOD);
  }

  async #tell(context: ShopContext): Promise<void> {
    const data = JSON.stringify(await momentOf(context));
    const event = new TextEncoder().encode(`data: ${data}\n\n`);
    for (const watcher of this.#watchers) {
      // Who is slow misses some.
      if (watcher.desiredSize! > 0) watcher.enqueue(event);
    }
  }
}

async function momentOf(context: ShopContext): Promise<Moment> {
  const { families, runtime, worker } = context;
  const { board, catalogue, headOffice, limits, visitors } = families;
  // The picture goes on where the starting thread is busy.
  const news = await headOffice.news.ask().catch(() => undefined);
  const { admitted, refused } = limits.totals();
  const rows = board.read(runtime.size);
  return {
    time: performance.now(),
    worker,
    workers: rows.map((row, k) => ({ ...row, ...news?.workers[k] })),
    waiting: news?.waiting ?? 0,
    cache: catalogue.totals(),
    limit: { admitted, refused },
    visitors: visitors.count,
  };
}

/** The family. It shares nothing. */
export const live: Linked<Live> = linked(import.meta.url, "live", {
  create: () => new Live(),
});
