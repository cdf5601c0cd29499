/**
 * The part of etcd's v3 gRPC interface lca uses, as a protobuf.js descriptor: message and field names, numbers and
 * types as etcd 3.4 to 3.6 speak them on the wire. Fields left out here are skipped when read.
 */
type Field = { readonly type: string; readonly id: number; readonly rule?: 'repeated' };
type Message = {
  readonly fields: Readonly<Record<string, Field>>;
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>;
};

const bytes = (id: number): Field => ({ type: 'bytes', id });
const int64 = (id: number): Field => ({ type: 'int64', id });
const uint64 = (id: number): Field => ({ type: 'uint64', id });
const bool = (id: number): Field => ({ type: 'bool', id });
const text = (id: number): Field => ({ type: 'string', id });
const of = (type: string, id: number): Field => ({ type, id });
const many = (type: string, id: number): Field => ({ type, id, rule: 'repeated' });
const message = (fields: Readonly<Record<string, Field>>): Message => ({ fields });

const MESSAGES = {
  Header: message({ clusterId: uint64(1), memberId: uint64(2), revision: int64(3) }),
  KeyValue: message({
    key: bytes(1),
    modRevision: int64(3),
    value: bytes(5),
    lease: int64(6),
  }),
  RangeRequest: message({
    key: bytes(1),
    rangeEnd: bytes(2),
    limit: int64(3),
    revision: int64(4),
    keysOnly: bool(8),
    countOnly: bool(9),
  }),
  RangeResponse: message({
    header: of('Header', 1),
    kvs: many('KeyValue', 2),
    more: bool(3),
    count: int64(4),
  }),
  PutRequest: message({ key: bytes(1), value: bytes(2), lease: int64(3), ignoreLease: bool(6) }),
  DeleteRangeRequest: message({ key: bytes(1), rangeEnd: bytes(2) }),
  /** `result` 0 is EQUAL; `target` 2 is MOD. */
  Compare: message({ result: of('int32', 1), target: of('int32', 2), key: bytes(3), modRevision: int64(6) }),
  RequestOp: {
    fields: { requestPut: of('PutRequest', 2), requestDeleteRange: of('DeleteRangeRequest', 3) },
    oneofs: { request: { oneof: ['requestPut', 'requestDeleteRange'] } },
  } satisfies Message,
  CompactionRequest: message({ revision: int64(1), physical: bool(2) }),
  TxnRequest: message({ compare: many('Compare', 1), success: many('RequestOp', 2) }),
  TxnResponse: message({ header: of('Header', 1), succeeded: bool(2) }),
  Empty: message({}),
  Member: message({
    id: uint64(1),
    name: text(2),
    peerUrls: many('string', 3),
    clientUrls: many('string', 4),
  }),
  MemberListResponse: message({ header: of('Header', 1), members: many('Member', 2) }),
  MemberUpdateRequest: message({ id: uint64(1), peerUrls: many('string', 2) }),
  StatusResponse: message({ header: of('Header', 1), version: text(2), dbSize: int64(3) }),
  HashKvRequest: message({ revision: int64(1) }),
  HashKvResponse: message({ header: of('Header', 1), hash: of('uint32', 2) }),
  SnapshotResponse: message({ header: of('Header', 1), remainingBytes: uint64(2), blob: bytes(3) }),
} as const;

const call = (requestType: string, responseType: string, isStream = false) => ({
  requestType,
  responseType,
  ...(isStream ? { responseStream: true } : {}),
});

export const ETCD_DESCRIPTOR = {
  nested: {
    etcdserverpb: {
      nested: {
        ...MESSAGES,
        KV: {
          methods: {
            Range: call('RangeRequest', 'RangeResponse'),
            Txn: call('TxnRequest', 'TxnResponse'),
            Compact: call('CompactionRequest', 'Empty'),
          },
        },
        Cluster: {
          methods: {
            MemberList: call('Empty', 'MemberListResponse'),
            MemberUpdate: call('MemberUpdateRequest', 'MemberListResponse'),
          },
        },
        Maintenance: {
          methods: {
            Status: call('Empty', 'StatusResponse'),
            Defragment: call('Empty', 'Empty'),
            HashKV: call('HashKvRequest', 'HashKvResponse'),
            Snapshot: call('Empty', 'SnapshotResponse', true),
          },
        },
      },
    },
  },
};
