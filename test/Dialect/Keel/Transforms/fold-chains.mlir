// Several norms, in one pass or several: a later fold extends @fold, and a
// parameter that takes up two norms is rounded once.
// RUN: keel-opt --keel-fold-batch-norm --split-input-file --verify-diagnostics %s | FileCheck %s
// RUN: keel-opt --keel-fold-batch-norm --keel-fold-standardize --keel-fold-layer-norm-affine --split-input-file %s | FileCheck %s --check-prefix=ALL

// Standardize, norm, dense, norm, norm: all go into one layer.
// CHECK-LABEL: func.func @fold
// CHECK-COUNT-3: keel.fold_norm
// CHECK-LABEL: func.func @infer
// CHECK: keel.standardize
// CHECK-NEXT: keel.dense
// CHECK-NEXT: return
// ALL-COUNT-1: func.func @fold
// ALL-SAME: (%[[W:[^:]*]]: tensor<2x2xf32>
// ALL-SAME: keel.folded_from = ["p", "w"], keel.name = "w.folded_bias"
// ALL-SAME: keel.folded_from = ["w", "p"], keel.name = "w"
// ALL: %[[W1:.*]], %[[B1:.*]] = keel.fold_columns %[[W]], {{.*}} : tensor<2x2xf32>, tensor<2xf64>
// ALL: %[[W2:.*]], %[[B2:.*]] = keel.fold_columns %[[W1]], {{.*}} bias %[[B1]] : tensor<2x2xf64>
// ALL: %[[W3:.*]], %[[B3:.*]] = keel.fold_rows %[[W2]], {{.*}} bias %[[B2]]
// ALL-NOT: arith.truncf
// ALL: %[[W4:.*]], %[[B4:.*]] = keel.fold_rows %[[W3]], {{.*}} bias %[[B3]]
// ALL-NEXT: %[[B5:.*]] = arith.truncf %[[B4]]
// ALL-NEXT: %[[W5:.*]] = arith.truncf %[[W4]]
// ALL-NEXT: return %[[B5]], %[[W5]]
// ALL-LABEL: func.func @infer
// ALL-SAME: (%[[X:[^:]*]]: tensor<?x2xf32>
// ALL-SAME: %[[FB:[^:]*]]: tensor<2xf32> {keel.name = "w.folded_bias", keel.role = "folded"}
// ALL-SAME: %[[FW:[^:]*]]: tensor<2x2xf32> {keel.name = "w", keel.role = "folded"})
// ALL-NEXT: %[[Y:.*]] = keel.dense %[[X]], %[[FW]], %[[FB]]
// ALL-NEXT: return %[[Y]]
func.func @infer(%w: tensor<2x2xf32> {keel.name = "w", keel.role = "param"},
                 %p: tensor<2xf32> {keel.name = "p", keel.role = "state"},
                 %x: tensor<?x2xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %s = keel.standardize %x, %p, %p : tensor<?x2xf32>
  %n = keel.batch_norm_infer %s, %p, %p, %p, %p : tensor<?x2xf32>
  %a = keel.dense %n, %w : tensor<?x2xf32>, tensor<2x2xf32>
  %m = keel.batch_norm_infer %a, %p, %p, %p, %p {epsilon = 1.0e-3} : tensor<?x2xf32>
  %y = keel.batch_norm_infer %m, %p, %p, %p, %p {epsilon = 1.0e-2} : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// A parameter that passed through @fold is taken up by a later fold.
// ALL-LABEL: func.func @fold
// ALL-SAME: (%[[G:[^:]*]]: tensor<2xf32> {keel.name = "g", {{[^%]*}}%[[V:[^:]*]]: tensor<2x2xf32> {keel.name = "v"
// ALL-SAME: keel.folded_from = ["p"], keel.name = "u.folded_bias"
// ALL-SAME: keel.folded_from = ["v", "g"], keel.name = "v"
// ALL-NOT: keel.name = "g"
// ALL: keel.fold_columns
// ALL: keel.fold_rows %[[V]], %[[G]], %[[G]] {first = 0}
// ALL-LABEL: func.func @infer
// ALL-NOT: keel.name = "g"
// ALL: keel.normalize
func.func @infer(%g: tensor<2xf32> {keel.name = "g", keel.role = "param"},
                 %v: tensor<2x2xf32> {keel.name = "v", keel.role = "param"},
                 %u: tensor<2x2xf32> {keel.name = "u", keel.role = "param"},
                 %p: tensor<2xf32> {keel.name = "p", keel.role = "state"},
                 %x: tensor<?x2xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %h = keel.dense %x, %u : tensor<?x2xf32>, tensor<2x2xf32>
  %n = keel.batch_norm_infer %h, %p, %p, %p, %p : tensor<?x2xf32>
  %l = keel.layer_norm %n, %g, %g : tensor<?x2xf32>
  %y = keel.dense %l, %v : tensor<?x2xf32>, tensor<2x2xf32>
  return %y : tensor<?x2xf32>
}
