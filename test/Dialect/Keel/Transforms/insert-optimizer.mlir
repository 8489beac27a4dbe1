// Updates from the clipped gradients.
// RUN: keel-opt --keel-insert-clipping --keel-insert-optimizer --split-input-file %s | FileCheck %s

// The example of the pass's description; a slot starts at zero.
// CHECK-LABEL: func.func @init
// CHECK-SAME: tensor<4xf32> {keel.name = "optimizer/momentum/w", keel.role = "slot"}
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK: return %{{.*}}, %[[ZERO]]
// CHECK-LABEL: func.func @apply_step
// CHECK-SAME: (%[[G:[^:]*]]: tensor<4xf32> {keel.name = "w", keel.role = "grad"}
// CHECK-SAME: %[[P:[^:]*]]: tensor<4xf32> {keel.name = "w", keel.role = "param"}
// CHECK-SAME: %[[V:[^:]*]]: tensor<4xf32> {keel.name = "optimizer/momentum/w", keel.role = "slot"}
// CHECK-SAME: -> (tensor<4xf32> {keel.name = "w", keel.role = "param"}, tensor<4xf32> {keel.name = "optimizer/momentum/w", keel.role = "slot"}, tensor<f64> {keel.role = "norm"}, tensor<i64> {keel.role = "flags"})
// CHECK: %[[CLIPPED:.*]] = keel.clamp %[[G]]
// CHECK: %[[FINITE:.*]] = arith.cmpf olt
// CHECK: %[[RATE:.*]] = arith.constant 1.000000e-01 : f64
// CHECK: %[[P2:.*]], %[[V2:.*]] = keel.sgd_update %[[P]], %[[CLIPPED]], %[[RATE]], %[[V]] {momentum = 0.9, weight_decay = 0.0} : tensor<4xf32>
// CHECK: %[[PARAM:.*]] = arith.select %[[F:.*]], %[[P2]], %[[P]] : tensor<4xf32>
// CHECK: %[[SLOT:.*]] = arith.select %[[F]], %[[V2]], %[[V]] : tensor<4xf32>
// CHECK: return %[[PARAM]], %[[SLOT]],
// CHECK-LABEL: func.func @learning_rate
// CHECK: %[[BASE:.*]] = arith.constant 1.000000e-01 : f64
// CHECK: return %[[BASE]] : f64
module attributes {keel.clip = #keel.clip_by_value<1.0>,
                   keel.optimizer = #keel.sgd<learning_rate = 0.1, momentum = 0.9>} {
  func.func @init(%seed: i64 {keel.role = "seed"})
      -> (tensor<4xf32> {keel.name = "w", keel.role = "param"}) {
    %w = arith.constant dense<1.0> : tensor<4xf32>
    return %w : tensor<4xf32>
  }
  func.func @grad_step(%w: tensor<4xf32> {keel.name = "w", keel.role = "param"}, %l: tensor<f64>)
      -> (tensor<f64> {keel.role = "loss"}, tensor<4xf32> {keel.name = "w", keel.role = "grad"}) {
    return %l, %w : tensor<f64>, tensor<4xf32>
  }
}

// -----

// Weight decay is for matrices and for those that ask; a schedule scales the
// rate at each step.
// CHECK-LABEL: func.func @apply_step
// CHECK-DAG: keel.sgd_update %{{.*}} {momentum = 0.0, weight_decay = 0.5} : tensor<4x2xf32>
// CHECK-DAG: keel.sgd_update %{{.*}} {momentum = 0.0, weight_decay = 0.0} : tensor<2xf32>
// CHECK-DAG: keel.sgd_update %{{.*}} {momentum = 0.0, weight_decay = 0.5} : tensor<3xf32>
// CHECK-LABEL: func.func @learning_rate
// CHECK-SAME: (%[[T:.*]]: i64 {keel.role = "step"}) -> f64
// CHECK: %[[RATE:.*]] = arith.mulf
// CHECK: return %[[RATE]] : f64
module attributes {keel.optimizer = #keel.sgd<learning_rate = 0.1, weight_decay = 0.5,
                                              schedule = #keel.step<every = 10, factor = 0.5>>} {
  func.func @init(%seed: i64 {keel.role = "seed"}) { return }
  func.func @grad_step(%w: tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
                       %b: tensor<2xf32> {keel.name = "b", keel.role = "param"},
                       %d: tensor<3xf32> {keel.name = "d", keel.role = "param", keel.decay = true},
                       %l: tensor<f64>)
      -> (tensor<f64> {keel.role = "loss"}, tensor<4x2xf32> {keel.name = "w", keel.role = "grad"},
          tensor<2xf32> {keel.name = "b", keel.role = "grad"},
          tensor<3xf32> {keel.name = "d", keel.role = "grad"}) {
    return %l, %w, %b, %d : tensor<f64>, tensor<4x2xf32>, tensor<2xf32>, tensor<3xf32>
  }
}

// -----

// Adam counts its own updates, and a step that is skipped does not count.
// CHECK-LABEL: func.func @apply_step
// CHECK-SAME: %[[COUNT:[^:]*]]: tensor<i64> {keel.name = "optimizer/count", keel.role = "slot"}
// CHECK-SAME: tensor<4xf32> {keel.name = "optimizer/m/w", keel.role = "slot"}
// CHECK-SAME: tensor<4xf32> {keel.name = "optimizer/v/w", keel.role = "slot"}
// CHECK: %[[BEFORE:.*]] = tensor.extract %[[COUNT]][] : tensor<i64>
// CHECK: %[[NOW:.*]] = arith.addi %[[BEFORE]], %{{.*}} : i64
// CHECK: arith.select %{{.*}}, %[[NOW]], %[[BEFORE]] : i64
// CHECK: keel.adam_update
module attributes {keel.optimizer = #keel.adam<learning_rate = 0.1>} {
  func.func @init(%seed: i64 {keel.role = "seed"}) { return }
  func.func @grad_step(%w: tensor<4xf32> {keel.name = "w", keel.role = "param"}, %l: tensor<f64>)
      -> (tensor<f64> {keel.role = "loss"}, tensor<4xf32> {keel.name = "w", keel.role = "grad"}) {
    return %l, %w : tensor<f64>, tensor<4xf32>
  }
}
