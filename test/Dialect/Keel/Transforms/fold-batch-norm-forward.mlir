// Inference batch norm, folded into the dense layers behind it.
// RUN: keel-opt --keel-fold-batch-norm --split-input-file --verify-diagnostics %s | FileCheck %s

// Never backwards through the activation: forwards. The example of rule 2.
// CHECK-LABEL: func.func @fold
// CHECK-SAME: (%[[W:[^:]*]]: tensor<2x3xf32>
// CHECK-SAME: %[[B:[^:]*]]: tensor<3xf32>
// CHECK-SAME: %[[P:[^:]*]]: tensor<2xf32>
// CHECK-SAME: keel.folded_from = ["c", "w", "p"], keel.name = "c"
// CHECK-SAME: keel.folded_from = ["w", "p"], keel.name = "w"
// CHECK: %[[S:.*]], %[[T:.*]] = keel.fold_norm %[[P]], %[[P]] affine %[[P]], %[[P]] {epsilon = 0.001}
// CHECK: keel.fold_rows %[[W]], %[[S]], %[[T]] bias %[[B]] {first = 0} : tensor<2x3xf32>, tensor<2xf64>, tensor<3xf32>
// CHECK-LABEL: func.func @infer
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x2xf32>
// CHECK-SAME: %[[FB:[^:]*]]: tensor<3xf32> {keel.name = "c", keel.role = "folded"}
// CHECK-SAME: %[[FW:[^:]*]]: tensor<2x3xf32> {keel.name = "w", keel.role = "folded"}
// CHECK: %[[A:.*]] = keel.relu %[[X]]
// CHECK-NEXT: %[[Y:.*]] = keel.dense %[[A]], %[[FW]], %[[FB]]
// CHECK-NEXT: return %[[Y]]
func.func @infer(%w: tensor<2x3xf32> {keel.name = "w", keel.role = "param"},
                 %c: tensor<3xf32> {keel.name = "c", keel.role = "param"},
                 %p: tensor<2xf32> {keel.name = "p", keel.role = "state"},
                 %x: tensor<?x2xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x3xf32> {keel.name = "y", keel.role = "output"}) {
  %a = keel.relu %x : tensor<?x2xf32>
  %n = keel.batch_norm_infer %a, %p, %p, %p, %p {epsilon = 1.0e-3} : tensor<?x2xf32>
  %y = keel.dense %n, %w, %c : tensor<?x2xf32>, tensor<2x3xf32>, tensor<3xf32>
  return %y : tensor<?x3xf32>
}

// -----

// Into each of several, and a bias is made for each that has none.
// CHECK-LABEL: func.func @fold
// CHECK-SAME: keel.folded_from = ["v", "p"], keel.name = "v.folded_bias"
// CHECK-SAME: keel.folded_from = ["w", "p"], keel.name = "w.folded_bias"
// CHECK: keel.fold_norm
// CHECK-NOT: keel.fold_norm
// CHECK-COUNT-2: keel.fold_rows
// CHECK-LABEL: func.func @infer
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x2xf32>
// CHECK-NOT: batch_norm
// CHECK-COUNT-2: keel.dense %[[X]], %{{.*}}, %{{.*}} :
func.func @infer(%w: tensor<2x2xf32> {keel.name = "w", keel.role = "param"},
                 %v: tensor<2x2xf32> {keel.name = "v", keel.role = "param"},
                 %p: tensor<2xf32> {keel.name = "p", keel.role = "state"},
                 %x: tensor<?x2xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %n = keel.batch_norm_infer %x, %p, %p, %p, %p : tensor<?x2xf32>
  %a = keel.dense %n, %w : tensor<?x2xf32>, tensor<2x2xf32>
  %b = keel.dense %n, %v : tensor<?x2xf32>, tensor<2x2xf32>
  %y = keel.add %a, %b : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// Backwards where both ways are open, and of a dense layer with other users
// forwards.
// CHECK-LABEL: func.func @fold
// CHECK: %[[S:.*]], %[[T:.*]] = keel.fold_norm
// CHECK: keel.fold_columns %{{.*}}, %[[S]], %[[T]] :
// CHECK: %[[S2:.*]], %[[T2:.*]] = keel.fold_norm
// CHECK: keel.fold_rows %{{.*}}, %[[S2]], %[[T2]] {first = 0}
// CHECK-LABEL: func.func @infer
// CHECK-NOT: batch_norm
func.func @infer(%u: tensor<2x2xf32> {keel.name = "u", keel.role = "param"},
                 %v: tensor<2x2xf32> {keel.name = "v", keel.role = "param"},
                 %w: tensor<2x2xf32> {keel.name = "w", keel.role = "param"},
                 %p: tensor<2xf32> {keel.name = "p", keel.role = "state"},
                 %x: tensor<?x2xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %a = keel.dense %x, %u : tensor<?x2xf32>, tensor<2x2xf32>
  %n = keel.batch_norm_infer %a, %p, %p, %p, %p : tensor<?x2xf32>
  %b = keel.dense %n, %v : tensor<?x2xf32>, tensor<2x2xf32>
  %m = keel.batch_norm_infer %b, %p, %p, %p, %p : tensor<?x2xf32>
  %c = keel.dense %m, %w : tensor<?x2xf32>, tensor<2x2xf32>
  %y = keel.add %b, %c : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
