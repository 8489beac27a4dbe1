// Gamma and beta of layer norm, folded into the dense layers behind it.
// RUN: keel-opt --keel-fold-layer-norm-affine --split-input-file --verify-diagnostics %s | FileCheck %s

// The example of the pass's description.
// CHECK-LABEL: func.func @fold
// CHECK-SAME: (%[[W:[^:]*]]: tensor<4x2xf32>
// CHECK-SAME: %[[B:[^:]*]]: tensor<2xf32>
// CHECK-SAME: %[[G:[^:]*]]: tensor<4xf32>
// CHECK-SAME: %[[E:[^:]*]]: tensor<4xf32>
// CHECK-SAME: keel.folded_from = ["b", "w", "e"], keel.name = "b"
// CHECK-SAME: keel.folded_from = ["w", "g"], keel.name = "w"
// CHECK: keel.fold_rows %[[W]], %[[G]], %[[E]] bias %[[B]] {first = 0} : tensor<4x2xf32>, tensor<4xf32>, tensor<2xf32>
// CHECK-LABEL: func.func @infer
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x4xf32>
// CHECK: %[[H:.*]] = keel.normalize %[[X]] {epsilon = 0.001} : tensor<?x4xf32>
// CHECK: keel.dense %[[H]]
func.func @infer(%w: tensor<4x2xf32> {keel.name = "w", keel.role = "param"},
                 %b: tensor<2xf32> {keel.name = "b", keel.role = "param"},
                 %g: tensor<4xf32> {keel.name = "g", keel.role = "param"},
                 %e: tensor<4xf32> {keel.name = "e", keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %h = keel.layer_norm %x, %g, %e {epsilon = 1.0e-3} : tensor<?x4xf32>
  %y = keel.dense %h, %w, %b : tensor<?x4xf32>, tensor<4x2xf32>, tensor<2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// CHECK-NOT: @fold
// CHECK-LABEL: func.func @infer
// CHECK: keel.layer_norm
func.func @infer(%g: tensor<4xf32> {keel.name = "g", keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x4xf32> {keel.name = "y", keel.role = "output"}) {
  // expected-remark @below {{gamma and beta not folded: 'keel.relu' reads its result, and only dense layers take up a scale and shift}}
  %h = keel.layer_norm %x, %g, %g : tensor<?x4xf32>
  %y = keel.relu %h : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
