// Standardization, folded into the dense layers behind it.
// RUN: keel-opt --keel-fold-standardize --split-input-file --verify-diagnostics %s | FileCheck %s

// The example of the pass's description.
// CHECK-LABEL: func.func @fold
// CHECK-SAME: (%[[W:[^:]*]]: tensor<4x2xf32>
// CHECK-SAME: %[[B:[^:]*]]: tensor<2xf32>
// CHECK-SAME: %[[M:[^:]*]]: tensor<4xf32>
// CHECK-SAME: %[[V:[^:]*]]: tensor<4xf32>
// CHECK-SAME: keel.folded_from = ["b", "w", "m", "v"], keel.name = "b"
// CHECK-SAME: keel.folded_from = ["w", "v"], keel.name = "w"
// CHECK: %[[S:.*]], %[[T:.*]] = keel.fold_norm %[[M]], %[[V]] {epsilon = 0.001} : tensor<4xf32>
// CHECK: keel.fold_rows %[[W]], %[[S]], %[[T]] bias %[[B]] {first = 0}
// The statistics are no arguments of @infer any more.
// CHECK-LABEL: func.func @infer
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x4xf32>
// CHECK-NOT: keel.role = "state"
// CHECK: keel.dense %[[X]]
func.func @infer(%w: tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
                 %b: tensor<2xf32> {keel.name = "b", keel.role = "param"},
                 %m: tensor<4xf32> {keel.name = "m", keel.role = "state"},
                 %v: tensor<4xf32> {keel.name = "v", keel.role = "state"},
                 %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %h = keel.standardize %x, %m, %v {epsilon = 1.0e-3} : tensor<?x4xf32>
  %y = keel.dense %h, %w, %b : tensor<?x4xf32>, tensor<4x2xf32>, tensor<2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// CHECK-NOT: @fold
// CHECK-LABEL: func.func @infer
// CHECK: keel.standardize
func.func @infer(%s: tensor<4xf32> {keel.name = "s", keel.role = "state"},
                 %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x4xf32> {keel.name = "y", keel.role = "output"}) {
  // expected-remark @below {{not folded: 'keel.relu' reads its result, and only dense layers take up a scale and shift}}
  %h = keel.standardize %x, %s, %s : tensor<?x4xf32>
  %y = keel.relu %h : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func.func @infer
// CHECK: keel.standardize
func.func @infer(%w: tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %ones = arith.constant dense<1.0> : tensor<4xf32>
  // expected-remark @below {{not folded: its parameters are computed}}
  %h = keel.standardize %x, %ones, %ones : tensor<?x4xf32>
  %y = keel.dense %h, %w : tensor<?x4xf32>, tensor<4x2xf32>
  return %y : tensor<?x2xf32>
}
