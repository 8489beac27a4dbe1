// One function a constraint of the op.
// RUN: keel-opt %s --split-input-file --verify-diagnostics

func.func @count_saturated_c1(%d: tensor<?x4xf32>) -> f64 {
  // expected-error@+1 {{limit must not be negative, got -0.5}}
  %s = keel.count_saturated %d {limit = -0.5} : tensor<?x4xf32>
  return %s : f64
}
