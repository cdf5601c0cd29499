export { type CborEdit, cborHead, editCbor } from './edit.ts';
export { type CborMatch, cborStrings, findCbor } from './find.ts';
export { type CborMember, type CborNode, isCbor, parseCbor } from './parse.ts';
