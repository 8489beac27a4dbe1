// The text of adjoints and of what clips gradients.
// RUN: keel-opt --verify-roundtrip %s | FileCheck %s
// RUN: keel-opt -mlir-print-op-generic %s | keel-opt | FileCheck %s

// CHECK-LABEL: func.func @dense
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x3xf32>, %[[D:.*]]: tensor<?x3xf32>)
func.func @dense(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>, %dy: tensor<?x3xf32>)
    -> (tensor<?x4xf32>, tensor<4x3xf32>, tensor<3xf32>) {
  // CHECK: %[[DX:.*]] = keel.dense_input_grad %[[D]], %[[W]] : tensor<?x3xf32>, tensor<4x3xf32>
  %dx = keel.dense_input_grad %dy, %w : tensor<?x3xf32>, tensor<4x3xf32>
  // CHECK: %[[DW:.*]] = keel.dense_weight_grad %[[X]], %[[D]] : tensor<?x4xf32>, tensor<?x3xf32>
  %dw = keel.dense_weight_grad %x, %dy : tensor<?x4xf32>, tensor<?x3xf32>
  // CHECK: %[[DB:.*]] = keel.sum_over_batch %[[D]] : tensor<?x3xf32>
  %db = keel.sum_over_batch %dy : tensor<?x3xf32>
  // CHECK: return %[[DX]], %[[DW]], %[[DB]]
  return %dx, %dw, %db : tensor<?x4xf32>, tensor<4x3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @activations
func.func @activations(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>) {
  // CHECK: keel.relu_grad %[[DY:.*]], %[[X:.*]] : tensor<?x4xf32>
  %a = keel.relu_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.leaky_relu_grad %[[DY]], %[[X]] {slope = 0.01} : tensor<?x4xf32>
  %b = keel.leaky_relu_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.sigmoid_grad %[[DY]], %[[X]] : tensor<?x4xf32>
  %c = keel.sigmoid_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.tanh_grad %[[DY]], %[[X]] : tensor<?x4xf32>
  %d = keel.tanh_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.elu_grad %[[DY]], %[[X]] {alpha = 1.0} : tensor<?x4xf32>
  %e = keel.elu_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.selu_grad %[[DY]], %[[X]] : tensor<?x4xf32>
  %f = keel.selu_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.gelu_grad %[[DY]], %[[X]] {approximate = "none"} : tensor<?x4xf32>
  %g = keel.gelu_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.silu_grad %[[DY]], %[[X]] : tensor<?x4xf32>
  %h = keel.silu_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.softplus_grad %[[DY]], %[[X]] : tensor<?x4xf32>
  %i = keel.softplus_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.softsign_grad %[[DY]], %[[X]] : tensor<?x4xf32>
  %j = keel.softsign_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.hard_sigmoid_grad %[[DY]], %[[X]] {alpha = 0.16666666666666666} : tensor<?x4xf32>
  %k = keel.hard_sigmoid_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.hard_swish_grad %[[DY]], %[[X]] : tensor<?x4xf32>
  %l = keel.hard_swish_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.softmax_grad %[[DY]], %[[X]] : tensor<?x4xf32>
  %m = keel.softmax_grad %dy, %x : tensor<?x4xf32>
  // CHECK: keel.log_softmax_grad %[[DY]], %[[X]] : tensor<?x4xf32>
  %n = keel.log_softmax_grad %dy, %x : tensor<?x4xf32>
  return
}

// CHECK-LABEL: func.func @prelu
// CHECK-SAME: (%[[DY:.*]]: tensor<?x4xf32>, %[[X:.*]]: tensor<?x4xf32>, %[[S:.*]]: tensor<1xf32>)
func.func @prelu(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>, %s: tensor<1xf32>) -> tensor<1xf32> {
  // CHECK: %{{.*}}, %[[DS:.*]] = keel.prelu_grad %[[DY]], %[[X]], %[[S]] : tensor<?x4xf32>, tensor<1xf32>
  %dx, %ds = keel.prelu_grad %dy, %x, %s : tensor<?x4xf32>, tensor<1xf32>
  // CHECK: return %[[DS]]
  return %ds : tensor<1xf32>
}

// CHECK-LABEL: func.func @norms
// CHECK-SAME: (%[[DY:.*]]: tensor<?x4xf32>, %[[X:.*]]: tensor<?x4xf32>, %[[V:.*]]: tensor<4xf32>, %[[R:.*]]: tensor<?xf32>)
func.func @norms(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>, %v: tensor<4xf32>, %r: tensor<?xf32>) {
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}} = keel.batch_norm_grad %[[DY]], %[[X]], %[[V]], %[[V]], %[[V]] : tensor<?x4xf32>
  %a:3 = keel.batch_norm_grad %dy, %x, %v, %v, %v : tensor<?x4xf32>
  // CHECK: keel.batch_norm_infer_grad %[[DY]], %[[X]], %[[V]], %[[V]], %[[V]] {epsilon = 1.0e-5} : tensor<?x4xf32>
  %b:3 = keel.batch_norm_infer_grad %dy, %x, %v, %v, %v : tensor<?x4xf32>
  // CHECK: keel.layer_norm_grad %[[DY]], %[[X]], %[[V]], %[[R]], %[[R]] : tensor<?x4xf32>
  %c:3 = keel.layer_norm_grad %dy, %x, %v, %r, %r : tensor<?x4xf32>
  // CHECK: keel.standardize_grad %[[DY]], %[[V]] {epsilon = 0.0} : tensor<?x4xf32>
  %d = keel.standardize_grad %dy, %v {epsilon = 0} : tensor<?x4xf32>
  // CHECK: %{{.*}}, %{{.*}} = keel.rms_norm_grad %[[DY]], %[[X]], %[[V]] {epsilon = 1.0e-5} : tensor<?x4xf32>
  %e:2 = keel.rms_norm_grad %dy, %x, %v : tensor<?x4xf32>
  return
}

// CHECK-LABEL: func.func @losses
// CHECK-SAME: (%[[DL:.*]]: tensor<f64>, %[[Z:.*]]: tensor<?x4xf32>, %[[C:.*]]: tensor<?xi32>)
func.func @losses(%dl: tensor<f64>, %z: tensor<?x4xf32>, %c: tensor<?xi32>) {
  // CHECK: keel.softmax_cross_entropy_grad %[[DL]], %[[Z]], %[[C]] : tensor<?x4xf32>, tensor<?xi32>
  %a = keel.softmax_cross_entropy_grad %dl, %z, %c : tensor<?x4xf32>, tensor<?xi32>
  // CHECK: keel.mean_squared_error_grad %[[DL]], %[[Z]], %[[Z]] : tensor<?x4xf32>
  %b = keel.mean_squared_error_grad %dl, %z, %z : tensor<?x4xf32>
  return
}

// CHECK-LABEL: func.func @clipping
// CHECK-SAME: (%[[G:.*]]: tensor<4x3xf32>)
func.func @clipping(%g: tensor<4x3xf32>) -> (f64, tensor<4x3xf32>) {
  // CHECK: %[[S:.*]] = keel.sum_of_squares %[[G]] : tensor<4x3xf32>
  %s = keel.sum_of_squares %g : tensor<4x3xf32>
  // CHECK: %[[M:.*]] = keel.max_abs %[[G]] : tensor<4x3xf32>
  %m = keel.max_abs %g : tensor<4x3xf32>
  // CHECK: %[[A:.*]] = keel.scale %[[G]], %[[S]] : tensor<4x3xf32>
  %a = keel.scale %g, %s : tensor<4x3xf32>
  // CHECK: %[[B:.*]] = keel.clamp %[[A]] {limit = 0.1} : tensor<4x3xf32>
  %b = keel.clamp %a {limit = 0.1} : tensor<4x3xf32>
  // CHECK: return %[[M]], %[[B]] : f64, tensor<4x3xf32>
  return %m, %b : f64, tensor<4x3xf32>
}

// CHECK-LABEL: func.func @element_losses
// CHECK-SAME: (%[[D:.*]]: tensor<f64>, %[[Y:.*]]: tensor<?x3xf32>, %[[T:.*]]: tensor<?x3xf32>)
func.func @element_losses(%d: tensor<f64>, %y: tensor<?x3xf32>, %t: tensor<?x3xf32>) {
  // CHECK: keel.sigmoid_cross_entropy_grad %[[D]], %[[Y]], %[[T]] : tensor<?x3xf32>
  %a = keel.sigmoid_cross_entropy_grad %d, %y, %t : tensor<?x3xf32>
  // CHECK: keel.mean_absolute_error_grad %[[D]], %[[Y]], %[[T]] : tensor<?x3xf32>
  %b = keel.mean_absolute_error_grad %d, %y, %t : tensor<?x3xf32>
  // CHECK: keel.huber_grad %[[D]], %[[Y]], %[[T]] {delta = 1.0} : tensor<?x3xf32>
  %c = keel.huber_grad %d, %y, %t : tensor<?x3xf32>
  return
}
