export { editProtobuf, type ProtobufEdit } from './edit.ts';
export { type Envelope, findProtobuf, type ProtobufMatch, readEnvelope } from './find.ts';
export { locateProtobuf, type ProtobufLeaf, protobufLeaves } from './leaves.ts';
export { isEnvelope } from './message.ts';
export { parseProtobufPath, printProtobufPath } from './path.ts';
export { readFields, varint, type WireField, type WireType } from './wire.ts';
