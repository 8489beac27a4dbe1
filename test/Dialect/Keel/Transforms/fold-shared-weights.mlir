// A weight or bias with other users is cloned: they keep the trained one.
// RUN: keel-opt --keel-fold-batch-norm --split-input-file --verify-diagnostics %s | FileCheck %s

// Backwards and forwards at once: w is read by three layers.
// CHECK-LABEL: func.func @fold
// CHECK-SAME: (%[[W:[^:]*]]: tensor<2x2xf32> {keel.name = "w", keel.role = "param"}
// CHECK-SAME: %[[B:[^:]*]]: tensor<2xf32> {keel.name = "b", keel.role = "param"}
// CHECK-SAME: keel.folded_from = ["b", "p"], keel.name = "b.folded"
// CHECK-SAME: keel.folded_from = ["w", "p"], keel.name = "w.folded"
// CHECK-SAME: keel.folded_from = ["b", "w", "p"], keel.name = "b.folded.2"
// CHECK-SAME: keel.folded_from = ["w", "p"], keel.name = "w.folded.2"
// CHECK-SAME: keel.folded_from = ["w"], keel.name = "w"
// CHECK-SAME: keel.folded_from = ["b"], keel.name = "b"
// CHECK: keel.fold_columns %[[W]], {{.*}} bias %[[B]]
// CHECK: keel.fold_rows %[[W]], {{.*}} bias %[[B]]
// CHECK: return {{.*}}, %[[W]], %[[B]] :
// CHECK-LABEL: func.func @infer
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x2xf32>
// CHECK-SAME: %[[B1:[^:]*]]: tensor<2xf32> {keel.name = "b.folded",
// CHECK-SAME: %[[W1:[^:]*]]: tensor<2x2xf32> {keel.name = "w.folded",
// CHECK-SAME: %[[B2:[^:]*]]: tensor<2xf32> {keel.name = "b.folded.2",
// CHECK-SAME: %[[W2:[^:]*]]: tensor<2x2xf32> {keel.name = "w.folded.2",
// CHECK-SAME: %[[W0:[^:]*]]: tensor<2x2xf32> {keel.name = "w",
// CHECK-SAME: %[[B0:[^:]*]]: tensor<2xf32> {keel.name = "b",
// CHECK: %[[A:.*]] = keel.dense %[[X]], %[[W1]], %[[B1]]
// CHECK: %[[R:.*]] = keel.relu %[[A]]
// CHECK: %[[C:.*]] = keel.dense %[[R]], %[[W2]], %[[B2]]
// CHECK: keel.dense %[[C]], %[[W0]], %[[B0]]
func.func @infer(%w: tensor<2x2xf32> {keel.name = "w", keel.role = "param"},
                 %b: tensor<2xf32> {keel.name = "b", keel.role = "param"},
                 %p: tensor<2xf32> {keel.name = "p", keel.role = "state"},
                 %x: tensor<?x2xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %a = keel.dense %x, %w, %b : tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>
  %n = keel.batch_norm_infer %a, %p, %p, %p, %p : tensor<?x2xf32>
  %r = keel.relu %n : tensor<?x2xf32>
  %m = keel.batch_norm_infer %r, %p, %p, %p, %p : tensor<?x2xf32>
  %c = keel.dense %m, %w, %b : tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>
  %y = keel.dense %c, %w, %b : tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// The norm's own parameter may be a layer's bias, and a layer of another norm
// may share it.
// CHECK-LABEL: func.func @fold
// CHECK-SAME: keel.folded_from = ["p", "q"], keel.name = "p.folded"
// CHECK: keel.fold_columns %{{.*}} bias %[[P:.*]] :
// CHECK-LABEL: func.func @infer
// CHECK-NOT: {keel.name = "p",
// CHECK: keel.dense
func.func @infer(%w: tensor<2x2xf32> {keel.name = "w", keel.role = "param"},
                 %p: tensor<2xf32> {keel.name = "p", keel.role = "param"},
                 %q: tensor<2xf32> {keel.name = "q", keel.role = "state"},
                 %x: tensor<?x2xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %a = keel.dense %x, %w, %p : tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>
  %n = keel.batch_norm_infer %a, %p, %p, %q, %q : tensor<?x2xf32>
  return %n : tensor<?x2xf32>
}
