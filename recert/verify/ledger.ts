import { z } from 'zod';

/**
 * What a run did, in ids alone (SHA-256 of public keys, certificates, tokens): no secret, so it may stay, and a later
 * `lca recert verify` can prove the result again.
 */
export const LEDGER = z.strictObject({
  version: z.literal(1),
  /** The caller's name for the run; a run of the same name is not repeated. */
  runId: z.string().nullable(),
  finishedAt: z.string().nullable(),
  scope: z.strictObject({ directories: z.array(z.string()), files: z.array(z.string()) }),
  keys: z.array(
    z.strictObject({
      old: z.string(),
      new: z.string(),
      kind: z.string(),
      /** SubjectPublicKeyInfo of the new one, base64. */
      publicKey: z.string(),
      /** Given by use-key: may equal the old one. */
      isGiven: z.boolean(),
      /** 16 bytes of the old key's modulus or point, base64: to search for in raw bytes. */
      needle: z.string().nullable(),
    }),
  ),
  certificates: z.array(
    z.strictObject({
      old: z.string(),
      new: z.string(),
      subject: z.string(),
      key: z.string(),
      signer: z.string(),
      isGiven: z.boolean(),
    }),
  ),
  tokens: z.array(z.strictObject({ old: z.string(), new: z.string(), signer: z.string() })),
  /** Every edited place. */
  places: z.array(
    z.strictObject({ location: z.string(), kind: z.string(), old: z.string(), new: z.string() }),
  ),
  /** Everything seen and left alone, with the reason. */
  left: z.array(
    z.strictObject({
      what: z.string(),
      id: z.string(),
      fate: z.string(),
      subject: z.string().nullable(),
      locations: z.array(z.string()),
    }),
  ),
  /** Revision of the database when it was read; 0 in filesystem-only mode. */
  baseRevision: z.number(),
  /** Keys and files the run changed for other reasons than crypto. */
  renamed: z.array(z.string()),
});

export type Ledger = z.infer<typeof LEDGER>;
