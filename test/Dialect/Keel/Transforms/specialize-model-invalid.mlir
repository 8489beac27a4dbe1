// A model that does not exist.
// RUN: keel-opt --keel-specialize='model=c' --verify-diagnostics %s

// expected-error @below {{has no model 'c', only: a, b}}
module {
  keel.model @a(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    keel.return %x : tensor<?x4xf32>
  }
  keel.model @b(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    keel.return %x : tensor<?x4xf32>
  }
}
