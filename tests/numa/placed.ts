/** A family whose instances hand out what they allocate. */

import { allowedProcessors, type Linked, linked } from "../../mod.ts";
import { allocate } from "../../sync/memory/arena.ts";

/** Allocates as shared objects do. */
export class Placed {
  /** The buffer that an object of this size is put into. */
  bufferFor(byteLength: number): SharedArrayBuffer {
    return allocate(byteLength).buffer;
  }

  /** How long a text is that was sent. */
  lengthOf(text: string): number {
    return text.length;
  }

  /** On which processors it may run. */
  processors(): number[] | undefined {
    return allowedProcessors();
  }

  /** Ends the worker. */
  exit(): never {
    Deno.exit(3);
  }
}

export const placed: Linked<Placed> = linked(import.meta.url, "placed", {
  create: () => new Placed(),
});
