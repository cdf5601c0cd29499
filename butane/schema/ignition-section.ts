import { int, listOf, type ObjectOf, object, objectType, text, texts } from './field.ts';
import { certificateAuthority, reference } from './resource.ts';

export const ignitionConfig = objectType('IgnitionConfig', {
  merge: listOf(reference),
  replace: object(reference),
});

export const proxy = objectType('Proxy', {
  httpProxy: text(),
  httpsProxy: text(),
  noProxy: texts(),
});

export const tls = objectType('TLS', { certificateAuthorities: listOf(certificateAuthority) });

export const ignition = objectType('Ignition', {
  config: object(ignitionConfig),
  proxy: object(proxy, { since: 1 }),
  security: object(objectType('Security', { tls: object(tls) })),
  timeouts: object(objectType('Timeouts', { httpResponseHeaders: int(), httpTotal: int() })),
  version: text({ presence: 'generated' }),
});

export const kernelArguments = objectType(
  'KernelArguments',
  {
    shouldExist: texts({ itemName: 'KernelArgument' }),
    shouldNotExist: texts({ itemName: 'KernelArgument' }),
  },
  { sharedKeys: ['shouldExist', 'shouldNotExist'] },
);

export type IgnitionConfig = ObjectOf<typeof ignitionConfig>;
export type Proxy = ObjectOf<typeof proxy>;
export type Tls = ObjectOf<typeof tls>;
