export { decodeBase64, reencodeBase64 } from './base64.ts';
export { type ChainEdit, type LensStep, printSteps, readAll, readAt, writeAll, writeAt } from './chain.ts';
export { decodeDataUrl, reencodeDataUrl } from './data-url.ts';
export { discover } from './discover.ts';
export { type Discovery, type Fault, type Found, SeenTexts } from './discovery.ts';
export { isGzip, repackGzip } from './gzip.ts';
export { type Lens, type LensName, type PartEdit } from './lens.ts';
export { type Location, parseLocation, printLocation } from './location.ts';
export { hasMarker } from './markers.ts';
