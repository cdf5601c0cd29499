import { keyedBy, listOf, type ObjectOf, object, objectType, text } from './field.ts';

export const verification = objectType('Verification', { hash: text() });

export const httpHeader = objectType(
  'HTTPHeader',
  { name: text({ presence: 'always' }), value: text() },
  { key: keyedBy('name') },
);

/** Something to fetch, or written down in the config itself. */
export const resource = objectType(
  'Resource',
  {
    compression: text(),
    httpHeaders: listOf(httpHeader, { since: 1 }),
    source: text(),
    inline: text({ presence: 'sugar' }),
    local: text({ since: 1, presence: 'sugar' }),
    verification: object(verification),
  },
  { key: keyedBy('source') },
);

/** What refers to another config or a certificate: in fcos 1.0 by address only. */
const referenceFields = {
  compression: text({ since: 1 }),
  httpHeaders: listOf(httpHeader, { since: 1 }),
  source: text(),
  inline: text({ since: 1, presence: 'sugar' }),
  local: text({ since: 1, presence: 'sugar' }),
  verification: object(verification),
};
export const reference = objectType('Resource', referenceFields, { key: keyedBy('source') });
export const certificateAuthority = objectType('Resource', referenceFields, { key: keyedBy('source') });

export type Resource = ObjectOf<typeof resource>;
export type HttpHeader = ObjectOf<typeof httpHeader>;
export type Verification = ObjectOf<typeof verification>;
