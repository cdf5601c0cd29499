export { editYaml, type YamlEdit } from './edit.ts';
export { findYaml, type YamlMatch, yamlStrings } from './read.ts';
