// What keel-insert-optimizer refuses: the wrong order, and nothing to do.
// RUN: keel-opt --keel-insert-optimizer --split-input-file --verify-diagnostics %s

// expected-error @below {{has no @apply_step: run keel-specialize{mode=train}, keel-differentiate and keel-insert-clipping first, in this order}}
module attributes {keel.optimizer = #keel.sgd<learning_rate = 0.1>} {
  func.func @init(%seed: i64 {keel.role = "seed"}) { return }
  func.func @grad_step(%w: tensor<4xf32>, %l: tensor<f64>)
      -> (tensor<f64> {keel.role = "loss"}, tensor<4xf32> {keel.name = "w", keel.role = "grad"}) {
    return %l, %w : tensor<f64>, tensor<4xf32>
  }
}

// -----

// expected-error @below {{has no keel.optimizer}}
module {
  func.func @init(%seed: i64 {keel.role = "seed"}) { return }
  func.func @grad_step() { return }
  func.func @apply_step() { return }
}
