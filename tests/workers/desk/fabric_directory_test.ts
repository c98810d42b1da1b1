import { assertEquals } from "@std/assert";
import { FabricDirectory } from "../../../workers/desk/fabric_directory.ts";
import { Fabric } from "../../../workers/fabric/fabric.ts";
import type { Mailbox } from "../../../workers/mailbox/mailbox.ts";

Deno.test("FabricDirectory.threadOf() is of the slot that was told, also if its thread is lost right then", () => {
  const fabric = Fabric.allocate(3);
  fabric.occupy(1, 7);
  fabric.setPost(0, "running", 1);
  const mailbox = { slot: 2, peer() {}, renew() {} } as unknown as Mailbox;
  const lost: number[] = [];
  const directory = new FabricDirectory(
    fabric,
    mailbox,
    (worker) => lost.push(worker),
  );
  assertEquals([directory.slotOf(0), directory.threadOf(0)], [1, 7]);
  const slot = directory.slotOf(0);
  fabric.setPost(0, "replacing");
  assertEquals([slot, directory.threadOf(0), lost], [1, 7, []]);
  assertEquals([directory.slotOf(0), directory.threadOf(0)], [-1, 0]);
  assertEquals(lost, [0]);
  fabric.occupy(1, 8);
  fabric.setPost(0, "running", 1);
  assertEquals([directory.slotOf(0), directory.threadOf(0)], [1, 8]);
});
