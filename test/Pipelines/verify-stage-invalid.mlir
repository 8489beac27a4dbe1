// A stage that does not exist.
// RUN: keel-opt --keel-verify-stage='stage=assembly' --verify-diagnostics %s

// expected-error @below {{no stage 'assembly', expected one of: model, graph, linalg, vector, llvm}}
module {}
