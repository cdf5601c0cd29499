import type { z } from 'zod';
import type { Host } from '../host/host.ts';

/** A schema of a file that lca writes for itself. */
type MemorySchema = z.ZodType<{ readonly formatVersion: 1 }>;
/** What such a file says, without the number of its format. */
export type MemoryOf<Schema extends MemorySchema> = Omit<z.output<Schema>, 'formatVersion'>;

/** Reads what lca has noted for itself; undefined if there is nothing or it cannot be used: it is found out anew. */
export async function readMemory<Schema extends MemorySchema>(
  host: Host,
  path: string,
  schema: Schema,
): Promise<MemoryOf<Schema> | undefined> {
  const text = await host.readText(path);
  if (text === undefined) return undefined;
  try {
    const { formatVersion: _, ...memory } = schema.parse(JSON.parse(text));
    return memory;
  } catch {
    return undefined;
  }
}

/** Replaces it atomically, for root alone; undefined forgets it. Nothing is written that is there already. */
export async function writeMemory(host: Host, path: string, memory: object | undefined): Promise<void> {
  if (memory === undefined) return host.remove(path);
  const text = `${JSON.stringify({ formatVersion: 1, ...memory }, null, 2)}\n`;
  if ((await host.readText(path)) === text) return;
  await host.writeAtomic(path, text, { mode: 0o600 });
}
