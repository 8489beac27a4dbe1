// A mode that does not exist.
// RUN: keel-opt --keel-specialize='mode=learn' --verify-diagnostics %s

// expected-error @below {{mode must be infer, eval, run, train or all, got 'learn'}}
module {
  keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    keel.return %x : tensor<?x4xf32>
  }
}
