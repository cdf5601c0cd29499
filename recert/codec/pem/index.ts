export { PEM_LABELS, type PemBlock, type PemHeader } from './block.ts';
export { type PemScan, parsePem, scanPem } from './scan.ts';
export { encodePem, type PemEdit, type PemLayout, replacePemBlocks, singlePemBlock } from './write.ts';
