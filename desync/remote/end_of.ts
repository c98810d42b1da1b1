/**
 * The end of an object elsewhere, as the thread awaits it that has closed its queue.
 *
 * @module
 */

import { WorkerLostError } from "../../workers/errors.ts";
import { endObject } from "./host_object.ts";
import { CLOSE } from "./job_frame.ts";
import type { OwnerLink } from "./owner_link.ts";

/**
 * Has an object end, wherever it is, or is made next.
 *
 * @returns Resolves when it has ended, or nobody has it, or is about to have it.
 * @throws What `dispose` throws.
 * @throws {WorkerLostError} If it is lost for good.
 */
export async function endOf(link: OwnerLink): Promise<void> {
  const { queue, plan, parts } = link;
  for (;;) {
    const { slot } = link;
    const left = queue.size;
    try {
      return await (slot < 0 ? endNext(link) : endIn(link, slot));
    } catch (error) {
      const isLost = error instanceof WorkerLostError && !parts.desk.closed &&
        plan.onLoss === "rebuild";
      // It is made again for what is left, of which nothing comes any more; unless that
      // has come to nothing, as it would again.
      if (!isLost || (slot < 0 && queue.size >= left)) throw error;
    }
  }
}

/** The owner has it end. */
async function endIn(link: OwnerLink, slot: number): Promise<void> {
  const { desk, mailbox } = link.parts;
  if (desk.closed) return;
  await desk.expect(link.plan.worker, slot, (asked) => {
    link.mail(CLOSE, { asked });
    mailbox.flush();
  });
}

/** The worker has it end, if there is to be another owner. */
async function endNext({ plan, port, parts }: OwnerLink): Promise<void> {
  if (parts.desk.closed || plan.onLoss === "refuse") return;
  const { worker, name } = plan;
  const options = { worker, name };
  await port.spawn(endObject, [plan], options, { isBounded: true }).promise;
}
