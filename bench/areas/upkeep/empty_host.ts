(globalThis as unknown as { postMessage(message: string): void })
  .postMessage("ready");
