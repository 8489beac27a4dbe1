// The text of parameter updates.
// RUN: keel-opt --verify-roundtrip %s | FileCheck %s
// RUN: keel-opt -mlir-print-op-generic %s | keel-opt | FileCheck %s

// CHECK-LABEL: func.func @sgd
// CHECK-SAME: (%[[P:.*]]: tensor<4xf32>, %[[G:.*]]: tensor<4xf32>, %[[R:.*]]: f64, %[[V:.*]]: tensor<4xf32>)
func.func @sgd(%p: tensor<4xf32>, %g: tensor<4xf32>, %r: f64, %v: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: %[[P1:.*]] = keel.sgd_update %[[P]], %[[G]], %[[R]] {momentum = 0.0, weight_decay = 0.0} : tensor<4xf32>
  %p1 = keel.sgd_update %p, %g, %r : tensor<4xf32>
  // CHECK: %[[P2:.*]], %[[V2:.*]] = keel.sgd_update %[[P1]], %[[G]], %[[R]], %[[V]] {momentum = 0.9, weight_decay = 0.0001} : tensor<4xf32>
  %p2, %v2 = keel.sgd_update %p1, %g, %r, %v {momentum = 0.9, weight_decay = 1e-4} : tensor<4xf32>
  // CHECK: %[[P3:.*]], %{{.*}} = keel.sgd_update %[[P2]], %[[G]], %[[R]], %[[V2]] {momentum = 0.9, nesterov = true, weight_decay = 0.0} : tensor<4xf32>
  %p3, %v3 = keel.sgd_update %p2, %g, %r, %v2 {momentum = 0.9, nesterov = true} : tensor<4xf32>
  // CHECK: return %[[P3]]
  return %p3 : tensor<4xf32>
}

// CHECK-LABEL: func.func @adam
// CHECK-SAME: (%[[P:.*]]: tensor<2x3xf64>, %[[R:.*]]: f64)
func.func @adam(%p: tensor<2x3xf64>, %r: f64) -> tensor<2x3xf64> {
  // CHECK: %[[N:.*]], %{{.*}}, %{{.*}} = keel.adam_update %[[P]], %[[P]], %[[R]], %[[P]], %[[P]], %[[R]], %[[R]] {beta1 = 0.9, beta2 = 0.999, epsilon = 1.0e-8, weight_decay = 0.0} : tensor<2x3xf64>
  %n, %m, %v = keel.adam_update %p, %p, %r, %p, %p, %r, %r
      {beta1 = 0.9, beta2 = 0.999, epsilon = 1.0e-8} : tensor<2x3xf64>
  // CHECK: return %[[N]]
  return %n : tensor<2x3xf64>
}

// CHECK-LABEL: func.func @adamw
func.func @adamw(%p: tensor<3xf32>, %r: f64) -> tensor<3xf32> {
  // CHECK: keel.adam_update {{.*}} {beta1 = 0.9, beta2 = 0.999, epsilon = 1.0e-8, weight_decay = 0.01} : tensor<3xf32>
  %n, %m, %v = keel.adam_update %p, %p, %r, %p, %p, %r, %r
      {beta1 = 0.9, beta2 = 0.999, epsilon = 1.0e-8, weight_decay = 1e-2} : tensor<3xf32>
  return %n : tensor<3xf32>
}

// CHECK-LABEL: func.func @scaled
// CHECK-SAME: (%[[P:.*]]: tensor<3xf32>, %[[G:.*]]: tensor<3xf32>, %[[R:.*]]: f64, %[[V:.*]]: tensor<3xf32>)
func.func @scaled(%p: tensor<3xf32>, %g: tensor<3xf32>, %r: f64, %v: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK: %[[P1:.*]], %[[V1:.*]] = keel.rmsprop_update %[[P]], %[[G]], %[[R]], %[[V]] {decay = 0.9, epsilon = 1.0e-8} : tensor<3xf32>
  %p1, %v1 = keel.rmsprop_update %p, %g, %r, %v {decay = 0.9, epsilon = 1e-8} : tensor<3xf32>
  // CHECK: %[[P2:.*]], %{{.*}} = keel.adagrad_update %[[P1]], %[[G]], %[[R]], %[[V1]] {epsilon = 1.0e-10} : tensor<3xf32>
  %p2, %v2 = keel.adagrad_update %p1, %g, %r, %v1 {epsilon = 1e-10} : tensor<3xf32>
  // CHECK: return %[[P2]]
  return %p2 : tensor<3xf32>
}
