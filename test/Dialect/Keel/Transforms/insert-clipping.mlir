// Measuring, checking and clipping the gradients.
// RUN: keel-opt --keel-insert-clipping --split-input-file %s | FileCheck %s

// The example of the pass's description.
// CHECK-LABEL: func.func @apply_step
// CHECK-SAME: (%[[G:.*]]: tensor<4xf32> {keel.name = "w", keel.role = "grad"}, %{{.*}}: i64 {keel.role = "step"})
// CHECK-SAME: -> (tensor<4xf32> {keel.name = "w", keel.role = "grad"}, tensor<f64> {keel.role = "norm"}, tensor<i64> {keel.role = "flags"})
// CHECK: %[[SQUARES:.*]] = keel.sum_of_squares %[[G]]
// CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %[[SQUARES]] : f64
// CHECK: %[[NORM:.*]] = math.sqrt %[[SUM]] : f64
// CHECK: %[[FINITE:.*]] = arith.cmpf olt, %[[NORM]], %{{.*}} : f64
// CHECK: %[[CLIPPED:.*]] = keel.clamp %[[G]] {limit = 1.0} : tensor<4xf32>
// CHECK: %[[NORMS:.*]] = tensor.from_elements %[[NORM]] : tensor<f64>
// CHECK: %[[FLAGS:.*]] = tensor.from_elements %{{.*}} : tensor<i64>
// CHECK: return %[[CLIPPED]], %[[NORMS]], %[[FLAGS]]
module attributes {keel.clip = #keel.clip_by_value<1.0>} {
  func.func @grad_step(%w: tensor<4xf32> {keel.name = "w", keel.role = "param"}, %l: tensor<f64>)
      -> (tensor<f64> {keel.role = "loss"}, tensor<4xf32> {keel.name = "w", keel.role = "grad"}) {
    return %l, %w : tensor<f64>, tensor<4xf32>
  }
}

// -----

// All gradients by one factor, and states committed where the norm is finite.
// CHECK-LABEL: func.func @apply_step
// CHECK-SAME: (%[[A:[^:]*]]: tensor<4xf32> {keel.name = "a", keel.role = "grad"}
// CHECK-SAME: %[[B:[^:]*]]: tensor<3xf32> {keel.name = "b", keel.role = "grad"}
// CHECK-SAME: %[[OLD:[^:]*]]: tensor<2xf32> {keel.name = "s", keel.role = "state"}
// CHECK-SAME: %[[NEW:[^:]*]]: tensor<2xf32> {keel.name = "s", keel.role = "new_state"}
// CHECK-DAG: keel.sum_of_squares %[[A]]
// CHECK-DAG: keel.sum_of_squares %[[B]]
// CHECK: %[[FINITE:.*]] = arith.cmpf olt
// CHECK: %[[CA:.*]] = keel.scale %[[A]], %[[FACTOR:.*]] : tensor<4xf32>
// CHECK: %[[CB:.*]] = keel.scale %[[B]], %[[FACTOR]] : tensor<3xf32>
// CHECK: %[[S:.*]] = arith.select %[[FINITE]], %[[NEW]], %[[OLD]] : tensor<2xf32>
// CHECK: return %[[CA]], %[[CB]], %[[S]],
module attributes {keel.clip = #keel.clip_by_global_norm<2.0>} {
  func.func @grad_step(%a: tensor<4xf32>, %b: tensor<3xf32>, %s: tensor<2xf32>, %l: tensor<f64>)
      -> (tensor<f64> {keel.role = "loss"}, tensor<4xf32> {keel.name = "a", keel.role = "grad"},
          tensor<3xf32> {keel.name = "b", keel.role = "grad"},
          tensor<2xf32> {keel.name = "s", keel.role = "new_state"}) {
    return %l, %a, %b, %s : tensor<f64>, tensor<4xf32>, tensor<3xf32>, tensor<2xf32>
  }
}

// -----

// Each gradient by its own factor.
// CHECK-LABEL: func.func @apply_step
// CHECK-SAME: (%[[A:[^:]*]]: tensor<4xf32>
// CHECK-SAME: %[[B:[^:]*]]: tensor<3xf32>
// CHECK: keel.scale %[[A]], %[[FA:.*]] : tensor<4xf32>
// CHECK-NOT: keel.scale %[[B]], %[[FA]] :
// CHECK: keel.scale %[[B]], %{{.*}} : tensor<3xf32>
module attributes {keel.clip = #keel.clip_by_norm<2.0>} {
  func.func @grad_step(%a: tensor<4xf32>, %b: tensor<3xf32>, %l: tensor<f64>)
      -> (tensor<f64> {keel.role = "loss"}, tensor<4xf32> {keel.name = "a", keel.role = "grad"},
          tensor<3xf32> {keel.name = "b", keel.role = "grad"}) {
    return %l, %a, %b : tensor<f64>, tensor<4xf32>, tensor<3xf32>
  }
}

// -----

// Without a clip the gradients are measured all the same.
// CHECK-LABEL: func.func @apply_step
// CHECK-SAME: (%[[G:[^:]*]]: tensor<4xf32>
// CHECK: keel.sum_of_squares %[[G]]
// CHECK-NOT: keel.scale
// CHECK-NOT: keel.clamp
// CHECK: return %[[G]],
func.func @grad_step(%w: tensor<4xf32>, %l: tensor<f64>)
    -> (tensor<f64> {keel.role = "loss"}, tensor<4xf32> {keel.name = "w", keel.role = "grad"}) {
  return %l, %w : tensor<f64>, tensor<4xf32>
}
