// What keel-specialize refuses.
// RUN: keel-opt --keel-specialize='mode=train' --split-input-file --verify-diagnostics %s

// expected-error @below {{has no keel.model}}
module {}

// -----

// expected-error @below {{has several models, name one of: a, b}}
module {
  keel.model @a(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    keel.return %x : tensor<?x4xf32>
  }
  keel.model @b(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    keel.return %x : tensor<?x4xf32>
  }
}

// -----

// expected-error @below {{has no loss: add one such as loss = #keel.mean_squared_error}}
keel.model @no_loss(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  keel.return %x : tensor<?x4xf32>
}

// -----

// expected-error @below {{has no optimizer: add one such as optimizer = #keel.sgd<learning_rate = 0.1>}}
keel.model @no_optimizer(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
    attributes {loss = #keel.mean_squared_error} {
  keel.return %x : tensor<?x4xf32>
}
