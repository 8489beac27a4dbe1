// The text of norms and their twins for training and inference.
// RUN: keel-opt --verify-roundtrip %s | FileCheck %s
// RUN: keel-opt -mlir-print-op-generic %s | keel-opt | FileCheck %s

// CHECK-LABEL: keel.model @norms(%x: tensor<?x4xf32>)
keel.model @norms(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: %[[G:.*]] = keel.param "gamma"
  %g = keel.param "gamma" init(#keel.ones) : tensor<4xf32>
  // CHECK: %[[E:.*]] = keel.param "beta"
  %e = keel.param "beta" init(#keel.zeros) : tensor<4xf32>
  // CHECK: %[[M:.*]] = keel.state "mean"
  %m = keel.state "mean" init(#keel.zeros) : tensor<4xf32>
  // CHECK: %[[V:.*]] = keel.state "variance"
  %v = keel.state "variance" init(#keel.ones) : tensor<4xf32>
  // CHECK: %[[A:.*]] = keel.standardize %x, %[[M]], %[[V]] {epsilon = 1.0e-5} : tensor<?x4xf32>
  %a = keel.standardize %x, %m, %v {epsilon = 1.0e-5} : tensor<?x4xf32>
  // Defaults may be left out; the printer shows them, but nothing false.
  // CHECK: %[[B:.*]] = keel.batch_norm %[[A]], %[[G]], %[[E]], %[[M]], %[[V]] {decay = 0.9, epsilon = 1.0e-5, running_variance = "population"} : tensor<?x4xf32>
  %b = keel.batch_norm %a, %g, %e, %m, %v : tensor<?x4xf32>
  // CHECK: %[[C:.*]] = keel.batch_norm %[[B]], {{.*}} {decay = 0.0, epsilon = 0.001, running_variance = "unbiased"} : tensor<?x4xf32>
  %c = keel.batch_norm %b, %g, %e, %m, %v {frozen = false, running_variance = "unbiased", epsilon = 1e-3, decay = 0} : tensor<?x4xf32>
  // Where it is frozen, the statistics may come from anywhere.
  // CHECK: %[[D:.*]] = keel.batch_norm %[[C]], {{.*}} {decay = 0.9, epsilon = 1.0e-5, frozen = true, running_variance = "population"} : tensor<?x4xf32>
  %d = keel.batch_norm %c, %g, %e, %e, %g {frozen = true} : tensor<?x4xf32>
  // CHECK: %[[F:.*]] = keel.layer_norm %[[D]], %[[G]], %[[E]] {epsilon = 1.0e-5} : tensor<?x4xf32>
  %f = keel.layer_norm %d, %g, %e : tensor<?x4xf32>
  // CHECK: %[[H:.*]] = keel.rms_norm %[[F]], %[[G]] {epsilon = 1.0e-5} : tensor<?x4xf32>
  %h = keel.rms_norm %f, %g : tensor<?x4xf32>
  // CHECK: keel.return %[[H]]
  keel.return %h : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @twins
// CHECK-SAME: (%[[X:.*]]: tensor<?x3x4xf64>, %[[G:.*]]: tensor<4xf64>)
func.func @twins(%x: tensor<?x3x4xf64>, %g: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<?x3xf64>) {
  // CHECK: %[[Y:.*]], %[[M:.*]], %[[V:.*]], %[[BM:.*]], %[[R:.*]] = keel.batch_norm_train %[[X]], %[[G]], %[[G]], %[[G]], %[[G]] {decay = 0.9, epsilon = 1.0e-5, running_variance = "population"} : tensor<?x3x4xf64>
  %y, %m, %v, %bm, %r = keel.batch_norm_train %x, %g, %g, %g, %g : tensor<?x3x4xf64>
  // CHECK: %[[Z:.*]] = keel.batch_norm_infer %[[Y]], %[[G]], %[[G]], %[[M]], %[[V]] {epsilon = 1.0e-5} : tensor<?x3x4xf64>
  %z = keel.batch_norm_infer %y, %g, %g, %m, %v : tensor<?x3x4xf64>
  // One mean and deviation a row of the last axis.
  // CHECK: %{{.*}}, %[[LM:.*]], %{{.*}} = keel.layer_norm_train %[[Z]], %[[G]], %[[G]] {epsilon = 1.0e-5} : tensor<?x3x4xf64>
  %l, %lm, %lr = keel.layer_norm_train %z, %g, %g : tensor<?x3x4xf64>
  // CHECK: keel.normalize %[[Z]] {epsilon = 1.0e-5} : tensor<?x3x4xf64>
  %n = keel.normalize %z : tensor<?x3x4xf64>
  // CHECK: return %[[M]], %[[V]], %[[LM]]
  return %m, %v, %lm : tensor<4xf64>, tensor<4xf64>, tensor<?x3xf64>
}
