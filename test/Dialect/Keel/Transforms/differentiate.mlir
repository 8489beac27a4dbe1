// The backward pass, derived.
// RUN: keel-opt --keel-differentiate --split-input-file %s | FileCheck %s

// The example of the pass's description: a first layer has no input gradient.
// CHECK-LABEL: func.func @grad_step
// CHECK-SAME: (%[[W:.*]]: tensor<4x2xf32> {{.*}}, %[[X:.*]]: tensor<?x4xf32> {{.*}}, %[[T:.*]]: tensor<?x2xf32> {{.*}}) -> (tensor<f64> {keel.role = "loss"}, tensor<4x2xf32> {keel.name = "w", keel.role = "grad"})
// CHECK: %[[Y:.*]] = keel.dense %[[X]], %[[W]]
// CHECK: %[[LOSS:.*]] = keel.mean_squared_error %[[Y]], %[[T]]
// CHECK: %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<f64>
// CHECK: %[[DY:.*]] = keel.mean_squared_error_grad %[[ONE]], %[[Y]], %[[T]]
// CHECK: %[[DW:.*]] = keel.dense_weight_grad %[[X]], %[[DY]]
// CHECK-NOT: keel.dense_input_grad
// CHECK: return %[[LOSS]], %[[DW]]
func.func @grad_step(%w: tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
                     %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"},
                     %t: tensor<?x2xf32> {keel.name = "label", keel.role = "label"})
    -> (tensor<f64> {keel.role = "loss"}) {
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  %loss = keel.mean_squared_error %y, %t : tensor<?x2xf32>
  return %loss : tensor<f64>
}

// -----

// A value with several users gets the sum of what they contribute.
// CHECK-LABEL: func.func @grad_step
// CHECK-SAME: (%[[W:[^:]*]]: tensor<4x4xf32>
// CHECK: %[[H:.*]] = keel.dense %{{.*}}, %[[W]]
// CHECK: %[[A:.*]] = keel.tanh %[[H]]
// CHECK: %[[D:.*]] = keel.dense %[[A]], %[[W]]
// CHECK: %[[DY:.*]] = keel.mean_squared_error_grad
// CHECK: %[[DA1:.*]] = keel.dense_input_grad %[[DY]], %[[W]]
// CHECK: %[[DW2:.*]] = keel.dense_weight_grad %[[A]], %[[DY]]
// CHECK: %[[DA:.*]] = keel.add %[[DY]], %[[DA1]]
// CHECK: %[[DH:.*]] = keel.tanh_grad %[[DA]], %[[A]]
// CHECK: %[[DW1:.*]] = keel.dense_weight_grad %{{.*}}, %[[DH]]
// CHECK: %[[DW:.*]] = keel.add %[[DW2]], %[[DW1]]
// CHECK: return %{{.*}}, %[[DW]]
func.func @grad_step(%w: tensor<4x4xf32> {keel.name = "w", keel.role = "param"},
                     %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"},
                     %t: tensor<?x4xf32> {keel.name = "label", keel.role = "label"})
    -> (tensor<f64> {keel.role = "loss"}) {
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x4xf32>
  %a = keel.tanh %h : tensor<?x4xf32>
  %d = keel.dense %a, %w : tensor<?x4xf32>, tensor<4x4xf32>
  %y = keel.add %a, %d : tensor<?x4xf32>
  %loss = keel.mean_squared_error %y, %t : tensor<?x4xf32>
  return %loss : tensor<f64>
}

// -----

// A frozen parameter has no gradient, one without influence has zero, and new
// states stay behind the gradients.
// CHECK-LABEL: func.func @grad_step
// CHECK-SAME: -> (tensor<f64> {keel.role = "loss"}, tensor<3xf32> {keel.name = "idle", keel.role = "grad"}, tensor<4xf32> {keel.name = "offset", keel.role = "grad"}, tensor<4xf32> {keel.name = "s", keel.role = "new_state"})
// CHECK-NOT: keel.dense_weight_grad
// CHECK: %[[D:.*]] = keel.sum_over_batch %{{.*}} : tensor<?x4xf32>
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<3xf32>
// CHECK: return %{{.*}}, %[[ZERO]], %[[D]], %{{.*}}
func.func @grad_step(%w: tensor<4x4xf32> {keel.name = "w", keel.role = "param", keel.trainable = false},
                     %idle: tensor<3xf32> {keel.name = "idle", keel.role = "param"},
                     %offset: tensor<4xf32> {keel.name = "offset", keel.role = "param"},
                     %s: tensor<4xf32> {keel.name = "s", keel.role = "state"},
                     %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"},
                     %t: tensor<?x4xf32> {keel.name = "label", keel.role = "label"})
    -> (tensor<f64> {keel.role = "loss"}, tensor<4xf32> {keel.name = "s", keel.role = "new_state"}) {
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x4xf32>
  %y = keel.add %h, %offset : tensor<?x4xf32>, tensor<4xf32>
  %loss = keel.mean_squared_error %y, %t : tensor<?x4xf32>
  return %loss, %s : tensor<f64>, tensor<4xf32>
}

// -----

// A difference, a product, columns side by side, and a mask that is drawn again.
// CHECK-LABEL: func.func @grad_step
// CHECK-SAME: (%[[P:[^:]*]]: tensor<?x4xf32>
// CHECK: %[[S:.*]] = keel.sub %[[P]], %[[X:.*]] : tensor<?x4xf32>
// CHECK: %[[M:.*]] = keel.mul %[[S]], %[[P]] : tensor<?x4xf32>
// CHECK: keel.dropout_train %[[M]], %[[SEED:.*]], %[[STEP:.*]], %[[ROW:.*]] {ordinal = 2, rate = 0.5}
// CHECK: %[[DY:.*]] = keel.mean_squared_error_grad
// CHECK: %[[DD:.*]] = tensor.extract_slice %[[DY]][0, 0] [%{{.*}}, 4] [1, 1]
// CHECK: %[[DP:.*]] = tensor.extract_slice %[[DY]][0, 4] [%{{.*}}, 4] [1, 1]
// CHECK: %[[DM:.*]] = keel.dropout_train %[[DD]], %[[SEED]], %[[STEP]], %[[ROW]] {ordinal = 2, rate = 0.5}
// CHECK: %[[DS:.*]] = keel.mul %[[DM]], %[[P]]
// CHECK: %[[DP2:.*]] = keel.mul %[[DM]], %[[S]]
// CHECK: %[[SUM:.*]] = keel.add %[[DP]], %[[DP2]]
// CHECK: %[[ALL:.*]] = keel.add %[[SUM]], %[[DS]]
// CHECK: return %{{.*}}, %[[ALL]]
func.func @grad_step(%p: tensor<?x4xf32> {keel.name = "p", keel.role = "param"},
                     %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"},
                     %t: tensor<?x8xf32> {keel.name = "label", keel.role = "label"},
                     %step: i64 {keel.role = "step"}, %seed: i64 {keel.role = "seed"},
                     %row: i64 {keel.role = "first_row"})
    -> (tensor<f64> {keel.role = "loss"}) {
  %s = keel.sub %p, %x : tensor<?x4xf32>
  %m = keel.mul %s, %p : tensor<?x4xf32>
  %d = keel.dropout_train %m, %seed, %step, %row {rate = 0.5, ordinal = 2} : tensor<?x4xf32>
  %y = keel.concat %d, %p : tensor<?x4xf32>, tensor<?x4xf32>
  %loss = keel.mean_squared_error %y, %t : tensor<?x8xf32>
  return %loss : tensor<f64>
}
