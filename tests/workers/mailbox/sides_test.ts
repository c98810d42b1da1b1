import { assert, assertEquals } from "@std/assert";
import { Reader, Writer } from "../../../codec/mod.ts";
import type { Fabric } from "../../../workers/fabric/fabric.ts";
import { INTRODUCE, INTRODUCED } from "../../../workers/mailbox/frame_kind.ts";
import type { Peer } from "../../../workers/mailbox/peer.ts";
import { Sides } from "../../../workers/mailbox/sides.ts";

/** The starting thread, with one peer. */
function starter(isConnected: boolean): { sides: Sides; sent: number[] } {
  const sent: number[] = [];
  const mail = {
    slot: 0,
    send: (_slot: number, kind: number) => void sent.push(kind),
    renew: () => ({ side: { isConnected } }) as Peer,
    resume() {},
    blocks: false,
  };
  const fabric = { generation: () => 1 } as unknown as Fabric;
  return { sides: new Sides(mail, fabric), sent };
}

/** A worker introduces itself to another one. */
function introduce(sides: Sides, port: MessagePort): boolean {
  const out = new Writer();
  for (const word of [0, 2, 1]) out.word(word);
  const frame = Reader.of(out.bytes.slice(0, out.byteLength));
  frame.moved = [port];
  return sides.receive({ slot: 1, generation: 1 } as Peer, INTRODUCE, frame);
}

Deno.test("Sides.receive() hands a port on to the worker that it is for", () => {
  const { port1, port2 } = new MessageChannel();
  const { sides, sent } = starter(true);
  assert(introduce(sides, port1));
  assertEquals(sent, [INTRODUCED]);
  port1.close();
  port2.close();
});

Deno.test("Sides.receive() lets go of a port for a worker that is lost, whose slot nobody has yet", () => {
  const { port1 } = new MessageChannel();
  const { sides, sent } = starter(false);
  assert(introduce(sides, port1));
  assertEquals(sent, []);
});
