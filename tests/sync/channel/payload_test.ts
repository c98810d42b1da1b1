import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { portableCodec } from "../../../codec/mod.ts";
import {
  Broadcast,
  bytesCodec,
  type Codec,
  Oneshot,
  textCodec,
  Watch,
} from "../../../sync/mod.ts";
import { NUMBERS } from "../fixtures/channel_codec.ts";

/** Channels whose messages have places of a fixed size. */
const CHANNELS = {
  Oneshot: {
    make: (codec: Codec<unknown>, _?: unknown) =>
      new Oneshot(codec, { maxBytes: 64 }).handle,
    from: (handle: never, codec: Codec<unknown>) => Oneshot.from(handle, codec),
  },
  Broadcast: {
    make: (codec: Codec<unknown>, _?: unknown) =>
      new Broadcast(codec, { maxBytes: 64, capacity: 2 }).handle,
    from: (handle: never, codec: Codec<unknown>) =>
      Broadcast.from(handle, codec),
  },
  Watch: {
    make: (codec: Codec<unknown>, initial: unknown = 0.5) =>
      new Watch(codec, initial, { maxBytes: 64 }).handle,
    from: (handle: never, codec: Codec<unknown>) => Watch.from(handle, codec),
  },
} as const;

for (const [name, { make, from }] of Object.entries(CHANNELS)) {
  Deno.test(`${name} refuses codecs that are none, or have the name of another one`, () => {
    const good = { ...NUMBERS } as Codec<unknown>;
    const handle = make(good);
    assertEquals(handle.codec, good.name);
    for (
      const part of [
        { name: "" },
        { name: 7 },
        { encode: 1 },
        { decode: undefined },
      ]
    ) {
      const codec = { ...good, ...part } as never;
      assertThrows(() => make(codec), TypeError);
      assertThrows(() => from(handle as never, codec), TypeError);
    }
    assertThrows(() => from(handle as never, null as never), TypeError);
  });

  Deno.test(`${name} takes codecs with built-in names only if they are built in`, () => {
    const built: readonly [Codec<never>, unknown][] = [
      [textCodec as Codec<never>, "text"],
      [bytesCodec as Codec<never>, Uint8Array.of(1)],
      [portableCodec<never>(), { portable: true }],
    ];
    for (const [codec, initial] of built) {
      const same = codec as Codec<unknown>;
      const other = { ...same };
      assertThrows(() => make(other, initial), TypeError);
      const handle = make(same, initial);
      assertThrows(() => from(handle as never, other), TypeError);
      assertInstanceOf(from(handle as never, same), Object);
    }
  });
}
