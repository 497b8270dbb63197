// The order of suites: what takes longest begins first, so that no long suite is left alone at the end. The durations are those of an
// earlier run (durations.json, seconds; `SEAGLASS_TEST_WRITE=1 npx jest` writes it); what is not listed is short and comes last.
const { relative } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');
const durations = require('./durations.json');

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const secondsOf = ({ path, context }) => durations[relative(context.config.rootDir, path)] ?? 0;
    return [...tests].sort((a, b) => secondsOf(b) - secondsOf(a) || a.path.localeCompare(b.path));
  }
};
