// Inference batch norm, folded into the dense layer before it.
// RUN: keel-opt --keel-fold-batch-norm --split-input-file %s | FileCheck %s

// The example of the pass's description: a bias is made where none was.
// CHECK-LABEL: func.func @fold
// CHECK-SAME: (%[[W:[^:]*]]: tensor<4x2xf32> {keel.name = "w", keel.role = "param"}
// CHECK-SAME: %[[G:[^:]*]]: tensor<2xf32> {keel.name = "g", keel.role = "param"}
// CHECK-SAME: %[[B:[^:]*]]: tensor<2xf32> {keel.name = "b", keel.role = "param"}
// CHECK-SAME: %[[M:[^:]*]]: tensor<2xf32> {keel.name = "m", keel.role = "state"}
// CHECK-SAME: %[[V:[^:]*]]: tensor<2xf32> {keel.name = "v", keel.role = "state"}
// CHECK-SAME: -> (tensor<2xf32> {keel.folded_from = ["g", "b", "m", "v"], keel.name = "w.folded_bias", keel.role = "folded"}, tensor<4x2xf32> {keel.folded_from = ["w", "g", "v"], keel.name = "w", keel.role = "folded"})
// CHECK: %[[S:.*]], %[[T:.*]] = keel.fold_norm %[[M]], %[[V]] affine %[[G]], %[[B]] {epsilon = 1.0e-5} : tensor<2xf32>
// CHECK: %[[W2:.*]], %[[B2:.*]] = keel.fold_columns %[[W]], %[[S]], %[[T]] : tensor<4x2xf32>, tensor<2xf64>
// CHECK: %[[B3:.*]] = arith.truncf %[[B2]] : tensor<2xf64> to tensor<2xf32>
// CHECK: %[[W3:.*]] = arith.truncf %[[W2]] : tensor<4x2xf64> to tensor<4x2xf32>
// CHECK: return %[[B3]], %[[W3]]
// CHECK-LABEL: func.func @infer
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x4xf32>
// CHECK-SAME: %[[FB:[^:]*]]: tensor<2xf32> {keel.name = "w.folded_bias", keel.role = "folded"}
// CHECK-SAME: %[[FW:[^:]*]]: tensor<4x2xf32> {keel.name = "w", keel.role = "folded"}
// CHECK: %[[Y:.*]] = keel.dense %[[X]], %[[FW]], %[[FB]]
// CHECK-NOT: keel.batch_norm_infer
// CHECK: return %[[Y]]
func.func @infer(%w: tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
                 %gamma: tensor<2xf32> {keel.name = "g", keel.role = "param"},
                 %beta: tensor<2xf32> {keel.name = "b", keel.role = "param"},
                 %mean: tensor<2xf32> {keel.name = "m", keel.role = "state"},
                 %variance: tensor<2xf32> {keel.name = "v", keel.role = "state"},
                 %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  %y = keel.batch_norm_infer %h, %gamma, %beta, %mean, %variance {epsilon = 1.0e-5} : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// A bias is folded too, and a parameter that nothing folds passes through.
// CHECK-LABEL: func.func @fold
// CHECK-SAME: %[[W:[^:]*]]: tensor<4x2xf32> {keel.name = "w", {{[^%]*}}%[[BIAS:[^:]*]]: tensor<2xf32> {keel.name = "bias", {{[^%]*}}%[[STATE:[^:]*]]: tensor<2xf32> {keel.name = "s", {{[^%]*}}%[[OTHER:[^:]*]]: tensor<2xf32> {keel.name = "other",
// CHECK-SAME: keel.folded_from = ["bias", "s"], keel.name = "bias"
// CHECK-SAME: keel.folded_from = ["w", "s"], keel.name = "w"
// CHECK-SAME: keel.folded_from = ["other"], keel.name = "other"
// CHECK: keel.fold_norm {{.*}} {epsilon = 0.001}
// CHECK: keel.fold_columns %[[W]], %{{.*}}, %{{.*}} bias %[[BIAS]] :
// CHECK: return %{{.*}}, %{{.*}}, %[[OTHER]] :
// CHECK-LABEL: func.func @infer
// CHECK-SAME: %[[P:[^:]*]]: tensor<2xf32> {keel.name = "other", keel.role = "folded"}
// CHECK: %[[Y:.*]] = keel.dense
// CHECK: keel.add %[[Y]], %[[P]]
func.func @infer(%w: tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
                 %bias: tensor<2xf32> {keel.name = "bias", keel.role = "param"},
                 %s: tensor<2xf32> {keel.name = "s", keel.role = "state"},
                 %other: tensor<2xf32> {keel.name = "other", keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %h = keel.dense %x, %w, %bias : tensor<?x4xf32>, tensor<4x2xf32>, tensor<2xf32>
  %n = keel.batch_norm_infer %h, %s, %s, %s, %s {epsilon = 1.0e-3} : tensor<?x2xf32>
  %y = keel.add %n, %other : tensor<?x2xf32>, tensor<2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// In double precision nothing is rounded.
// CHECK-LABEL: func.func @fold
// CHECK: %[[W2:.*]], %[[B2:.*]] = keel.fold_columns
// CHECK-NEXT: return %[[B2]], %[[W2]]
func.func @infer(%w: tensor<4x2xf64> {keel.name = "w", keel.role = "param"},
                 %s: tensor<2xf64> {keel.name = "s", keel.role = "state"},
                 %x: tensor<?x4xf64> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf64> {keel.name = "y", keel.role = "output"}) {
  %h = keel.dense %x, %w : tensor<?x4xf64>, tensor<4x2xf64>
  %y = keel.batch_norm_infer %h, %s, %s, %s, %s : tensor<?x2xf64>
  return %y : tensor<?x2xf64>
}

// -----

// Nothing to fold: no @fold.
// CHECK-NOT: @fold
// CHECK-LABEL: func.func @infer
func.func @infer(%x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x4xf32> {keel.name = "y", keel.role = "output"}) {
  return %x : tensor<?x4xf32>
}
