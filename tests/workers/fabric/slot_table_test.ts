import { assertEquals, assertRejects } from "@std/assert";
import { currentThread } from "../../../sync/thread/thread.ts";
import { Fabric } from "../../../workers/fabric/fabric.ts";
import { SlotTable } from "../../../workers/fabric/slot_table.ts";

/** A table whose slots all belong to threads that are gone. */
async function tableOfLost(slots: number): Promise<SlotTable> {
  const table = new SlotTable(Fabric.allocate(slots + 1));
  const { threads } = currentThread();
  for (let k = 0; k < slots; k++) {
    const thread = threads.claim();
    table.give(await table.take(), { thread, life: `nobody holds this ${k}` });
    threads.markLost(thread);
  }
  return table;
}

Deno.test("SlotTable.take() gives out each slot of the lost once, also to several at once", async () => {
  const table = await tableOfLost(2);
  const slots = await Promise.all([table.take(), table.take()]);
  assertEquals(slots.toSorted(), [1, 2]);
  await assertRejects(() => table.take(), RangeError);
});

Deno.test("SlotTable.take() does not give out the slot of a thread that may run", async () => {
  const table = new SlotTable(Fabric.allocate(2));
  const { threads } = currentThread();
  const thread = threads.claim();
  table.give(await table.take(), { thread, life: "nobody holds this" });
  await assertRejects(() => table.take(), RangeError);
  threads.leave(thread);
  assertEquals(await table.take(), 1);
});

Deno.test("SlotTable.giveBack() makes a slot free", async () => {
  const table = new SlotTable(Fabric.allocate(2));
  table.giveBack(await table.take());
  assertEquals(await table.take(), 1);
});
