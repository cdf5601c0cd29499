export {
  type AuthorityKeyId,
  authorityKeyIdOf,
  type CertificateView,
  type Extension,
  extensionOf,
  readCertificate,
  subjectKeyIdOf,
} from './certificate.ts';
export {
  bitStringOf,
  integerOf,
  oidOf,
  timeOf,
} from './decode.ts';
export { type DerEdit, editDer } from './edit.ts';
export {
  bitString,
  boolean,
  explicit,
  ia5String,
  implicit,
  integer,
  nullValue,
  octetString,
  oid,
  printableString,
  sequence,
  setOf,
  time,
  tlv,
  utf8String,
} from './encode.ts';
export {
  type KeyAlgorithm,
  type PrivateKeyView,
  type PublicKeyView,
  readPrivateKey,
  readPublicKey,
  readPublicKeyNode,
} from './keys.ts';
export {
  commonNamesOf,
  type GeneralName,
  type GeneralNameKind,
  ipOctets,
  type NameAttribute,
  nameText,
  readGeneralNames,
  readName,
} from './names.ts';
export {
  type DerNode,
  type DerPath,
  type DerStep,
  nodeAt,
  parseDer,
  parseDerPrefix,
  TAG,
} from './node.ts';
export { OIDS } from './oids.ts';
