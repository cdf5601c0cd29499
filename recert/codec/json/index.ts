export { editJson, type JsonEdit } from './edit.ts';
export { findJson, type JsonMatch, type JsonString, jsonStrings } from './find.ts';
export { type JsonMember, type JsonNode, parseJson } from './parse.ts';
export { parsePointer, printPointer } from './pointer.ts';
export { encodeJsonString, escapesHtml } from './string.ts';
