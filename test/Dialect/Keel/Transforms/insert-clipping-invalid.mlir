// What keel-insert-clipping refuses.
// RUN: keel-opt --keel-insert-clipping --split-input-file --verify-diagnostics %s

// expected-error @below {{has no @grad_step: run keel-specialize{mode=train} and keel-differentiate first}}
module {}

// -----

// expected-error @below {{has an @apply_step already}}
module {
  func.func @grad_step(%w: tensor<4xf32>, %l: tensor<f64>)
      -> (tensor<f64> {keel.role = "loss"}, tensor<4xf32> {keel.name = "w", keel.role = "grad"}) {
    return %l, %w : tensor<f64>, tensor<4xf32>
  }
  func.func private @apply_step()
}
