/** Tests of franz-go's suite that need what is not served here. One that passes all the same fails the suite: it must go from the list. */

export interface Refused {
  readonly needs: string;
  /** What the test prints when it was refused that. */
  readonly shows: RegExp;
}

/** Tests that fail, by name. */
export const FAIL: Readonly<Record<string, Refused>> = {
  TestTxnEtl: {
    needs: 'transactions',
    shows: /unable to begin transaction: producer ID has a fatal, unrecoverable error/,
  },
  TestOptValuesCoversEveryOption: {
    needs: 'its own source in the working directory: it asks no broker',
    shows: /open config\.go: no such file or directory/,
  },
};

/** Tests that skip themselves, by name, and why. */
export const SKIP: Readonly<Record<string, string>> = {
  Test848RegexBrokerResolves: 'groups of KIP-848',
  TestConsumeRegexShareSkipsInternal: 'share groups',
  TestShareGroup: 'share groups',
  TestShareGroupAckOnClose: 'share groups',
  TestShareGroupETL: 'share groups',
  TestShareGroupOffsetsAdmin: 'share groups',
  TestOAuthAuth: 'sign-in',
  TestSCRAMAuth: 'sign-in',
  TestSCRAMAuthBadCredentials: 'sign-in',
  TestIssueProduceBrokerTooOldFailsRecords: 'a broker that does not list Produce 2, which Kafka lists, too',
};
