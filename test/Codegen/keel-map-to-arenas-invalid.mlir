// RUN: keel-opt %s --keel-map-to-arenas --split-input-file --verify-diagnostics

// expected-error @below {{'x' of role 'input' has type 'tensor<?x4xf32>' here and 'tensor<?x5xf32>' elsewhere}}
func.func @infer(%x: tensor<?x4xf32> {keel.role = "input", keel.name = "x"})
    -> (tensor<?x4xf32> {keel.role = "output", keel.name = "y"}) {
  return %x : tensor<?x4xf32>
}
func.func @eval(%x: tensor<?x5xf32> {keel.role = "input", keel.name = "x"})
    -> (tensor<f64> {keel.role = "loss"}) {
  %c = arith.constant dense<0.0> : tensor<f64>
  return %c : tensor<f64>
}

// -----

// expected-error @below {{argument #0 is neither a tensor nor the step, seed or first row}}
func.func @infer(%t: i64 {keel.role = "step"}) {
  return
}

// -----

// expected-error @below {{'apply_step' has no batch}}
func.func @apply_step(%w: tensor<?xf32> {keel.role = "param", keel.name = "w"}) {
  return
}

// -----

// expected-error @below {{a tensor of 'infer' has no role}}
func.func @infer(%w: tensor<2xf32>) {
  return
}
