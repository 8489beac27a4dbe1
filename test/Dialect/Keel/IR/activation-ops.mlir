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
