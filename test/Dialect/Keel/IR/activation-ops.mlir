// The text of activations.
// RUN: keel-opt --verify-roundtrip %s | FileCheck %s
// RUN: keel-opt -mlir-print-op-generic %s | keel-opt | FileCheck %s

// CHECK-LABEL: func.func @activations
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>)
func.func @activations(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: %[[A:.*]] = keel.relu %[[X]] : tensor<?x4xf32>
  %a = keel.relu %x : tensor<?x4xf32>
  // CHECK: %[[B:.*]] = keel.sigmoid %[[A]] : tensor<?x4xf32>
  %b = keel.sigmoid %a : tensor<?x4xf32>
  // CHECK: %[[C:.*]] = keel.tanh %[[B]] : tensor<?x4xf32>
  %c = keel.tanh %b : tensor<?x4xf32>
  // CHECK: %[[D:.*]] = keel.leaky_relu %[[C]] {slope = 0.01} : tensor<?x4xf32>
  %d = keel.leaky_relu %c : tensor<?x4xf32>
  // CHECK: %[[E:.*]] = keel.leaky_relu %[[D]] {slope = -2.5} : tensor<?x4xf32>
  %e = keel.leaky_relu %d {slope = -2.5} : tensor<?x4xf32>
  // CHECK: return %[[E]]
  return %e : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @exponential
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>)
func.func @exponential(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: %[[A:.*]] = keel.elu %[[X]] {alpha = 1.0} : tensor<?x4xf32>
  %a = keel.elu %x : tensor<?x4xf32>
  // CHECK: %[[B:.*]] = keel.elu %[[A]] {alpha = 0.0} : tensor<?x4xf32>
  %b = keel.elu %a {alpha = 0} : tensor<?x4xf32>
  // CHECK: %[[C:.*]] = keel.selu %[[B]] : tensor<?x4xf32>
  %c = keel.selu %b : tensor<?x4xf32>
  // CHECK: %[[D:.*]] = keel.gelu %[[C]] {approximate = "none"} : tensor<?x4xf32>
  %d = keel.gelu %c : tensor<?x4xf32>
  // CHECK: %[[E:.*]] = keel.gelu %[[D]] {approximate = "tanh"} : tensor<?x4xf32>
  %e = keel.gelu %d {approximate = "tanh"} : tensor<?x4xf32>
  // CHECK: %[[F:.*]] = keel.silu %[[E]] : tensor<?x4xf32>
  %f = keel.silu %e : tensor<?x4xf32>
  // CHECK: %[[G:.*]] = keel.softplus %[[F]] : tensor<?x4xf32>
  %g = keel.softplus %f : tensor<?x4xf32>
  // CHECK: return %[[G]]
  return %g : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @rational
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>)
func.func @rational(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: %[[A:.*]] = keel.softsign %[[X]] : tensor<?x4xf32>
  %a = keel.softsign %x : tensor<?x4xf32>
  // The shortest text of 1 / 6.
  // CHECK: %[[B:.*]] = keel.hard_sigmoid %[[A]] {alpha = 0.16666666666666666, beta = 0.5} : tensor<?x4xf32>
  %b = keel.hard_sigmoid %a : tensor<?x4xf32>
  // CHECK: %[[C:.*]] = keel.hard_sigmoid %[[B]] {alpha = 0.2, beta = 0.25} : tensor<?x4xf32>
  %c = keel.hard_sigmoid %b {beta = 0.25, alpha = 0.2} : tensor<?x4xf32>
  // CHECK: %[[D:.*]] = keel.hard_swish %[[C]] : tensor<?x4xf32>
  %d = keel.hard_swish %c : tensor<?x4xf32>
  // CHECK: return %[[D]]
  return %d : tensor<?x4xf32>
}

// One slope a feature of the last axis, or one in all.
// CHECK-LABEL: func.func @prelu
// CHECK-SAME: (%[[X:.*]]: tensor<?x3x4xf64>, %[[S:.*]]: tensor<4xf64>, %[[O:.*]]: tensor<1xf64>)
func.func @prelu(%x: tensor<?x3x4xf64>, %s: tensor<4xf64>, %o: tensor<1xf64>) -> tensor<?x3x4xf64> {
  // CHECK: %[[A:.*]] = keel.prelu %[[X]], %[[S]] : tensor<?x3x4xf64>, tensor<4xf64>
  %a = keel.prelu %x, %s : tensor<?x3x4xf64>, tensor<4xf64>
  // CHECK: %[[B:.*]] = keel.prelu %[[A]], %[[O]] : tensor<?x3x4xf64>, tensor<1xf64>
  %b = keel.prelu %a, %o : tensor<?x3x4xf64>, tensor<1xf64>
  // CHECK: return %[[B]]
  return %b : tensor<?x3x4xf64>
}

// CHECK-LABEL: func.func @by_row
// CHECK-SAME: (%[[X:.*]]: tensor<?x3x4xf64>)
func.func @by_row(%x: tensor<?x3x4xf64>) -> tensor<?x3x4xf64> {
  // CHECK: %[[A:.*]] = keel.softmax %[[X]] : tensor<?x3x4xf64>
  %a = keel.softmax %x : tensor<?x3x4xf64>
  // CHECK: %[[B:.*]] = keel.log_softmax %[[A]] : tensor<?x3x4xf64>
  %b = keel.log_softmax %a : tensor<?x3x4xf64>
  // CHECK: return %[[B]]
  return %b : tensor<?x3x4xf64>
}

// Any shape, f32 and f64.
// CHECK-LABEL: func.func @shapes
func.func @shapes(%x: tensor<f32>, %y: tensor<?x2x3x4xf64>, %z: tensor<?x?xf64>) {
  // CHECK: keel.relu %{{.*}} : tensor<f32>
  %a = keel.relu %x : tensor<f32>
  // CHECK: keel.tanh %{{.*}} : tensor<?x2x3x4xf64>
  %b = keel.tanh %y : tensor<?x2x3x4xf64>
  // CHECK: keel.sigmoid %{{.*}} : tensor<?x?xf64>
  %c = keel.sigmoid %z : tensor<?x?xf64>
  return
}
