/** Workers that import what a worker of a runtime imports, or nothing, and then do nothing. */
export async function startRawWorkers(
  count: number,
  module: "raw_host.ts" | "empty_host.ts",
): Promise<Worker[]> {
  const ready: Promise<void>[] = [];
  const workers = Array.from({ length: count }, () => {
    const worker = new Worker(new URL(module, import.meta.url), {
      type: "module",
    });
    ready.push(
      new Promise((resolve, reject) => {
        worker.onmessage = () => resolve();
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(event.message));
        };
      }),
    );
    return worker;
  });
  await Promise.all(ready);
  return workers;
}
