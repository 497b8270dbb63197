/** What the group and offset APIs are called with, over their bytes, at a bench of handlers. */
import { describeGroups } from '../../src/kafka/api/describe-groups';
import { listGroups } from '../../src/kafka/api/list-groups';
import { offsetCommit } from '../../src/kafka/api/offset-commit';
import { offsetFetch } from '../../src/kafka/api/offset-fetch';
import * as describeCodec from '../../src/protocol/generated/describe-groups';
import * as listCodec from '../../src/protocol/generated/list-groups';
import * as commitCodec from '../../src/protocol/generated/offset-commit';
import * as fetchCodec from '../../src/protocol/generated/offset-fetch';

export const COMMIT = {
  api: offsetCommit,
  write: commitCodec.writeOffsetCommitRequest,
  read: commitCodec.readOffsetCommitResponse,
};
export const FETCH = {
  api: offsetFetch,
  write: fetchCodec.writeOffsetFetchRequest,
  read: fetchCodec.readOffsetFetchResponse,
};
export const LIST = {
  api: listGroups,
  write: listCodec.writeListGroupsRequest,
  read: listCodec.readListGroupsResponse,
};
export const DESCRIBE = {
  api: describeGroups,
  write: describeCodec.writeDescribeGroupsRequest,
  read: describeCodec.readDescribeGroupsResponse,
};
