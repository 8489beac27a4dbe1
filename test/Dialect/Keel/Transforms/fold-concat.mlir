// Forwards through concatenations, into the rows that a norm's features have.
// RUN: keel-opt --keel-fold-batch-norm --keel-fold-standardize --keel-fold-layer-norm-affine --split-input-file --verify-diagnostics %s | FileCheck %s

// A norm and a standardization side by side, between features that have none.
// CHECK-LABEL: func.func @fold
// CHECK-SAME: (%[[W:[^:]*]]: tensor<9x2xf32>
// CHECK: %[[S:.*]], %[[T:.*]] = keel.fold_norm {{.*}} affine {{.*}} : tensor<3xf32>
// CHECK: %[[W1:.*]], %[[B1:.*]] = keel.fold_rows %[[W]], %[[S]], %[[T]] {first = 2} : tensor<9x2xf32>, tensor<3xf64>
// CHECK: %[[S2:.*]], %[[T2:.*]] = keel.fold_norm {{.*}} : tensor<2xf32>
// CHECK: keel.fold_rows %[[W1]], %[[S2]], %[[T2]] bias %[[B1]] {first = 5} : tensor<9x2xf64>, tensor<2xf64>, tensor<2xf64>
// CHECK-LABEL: func.func @infer
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x2xf32> {{[^%]*}}%[[Z:[^:]*]]: tensor<?x3xf32>
// CHECK: %[[C:.*]] = keel.concat %[[X]], %[[Z]], %[[X]], %[[X]]
// CHECK-NEXT: keel.dense %[[C]]
func.func @infer(%w: tensor<9x2xf32> {keel.name = "w", keel.role = "param"},
                 %p: tensor<3xf32> {keel.name = "p", keel.role = "state"},
                 %q: tensor<2xf32> {keel.name = "q", keel.role = "state"},
                 %x: tensor<?x2xf32> {keel.name = "x", keel.role = "input"},
                 %z: tensor<?x3xf32> {keel.name = "z", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %n = keel.batch_norm_infer %z, %p, %p, %p, %p : tensor<?x3xf32>
  %s = keel.standardize %x, %q, %q : tensor<?x2xf32>
  %c = keel.concat %x, %n, %s, %x : tensor<?x2xf32>, tensor<?x3xf32>, tensor<?x2xf32>, tensor<?x2xf32>
  %y = keel.dense %c, %w : tensor<?x9xf32>, tensor<9x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// A concatenation of concatenations, and one value twice.
// CHECK-LABEL: func.func @fold
// CHECK: keel.fold_norm
// CHECK-DAG: keel.fold_rows {{.*}} {first = 0}
// CHECK-DAG: keel.fold_rows {{.*}} {first = 5}
// CHECK-DAG: keel.fold_rows {{.*}} {first = 7}
// CHECK-LABEL: func.func @infer
// CHECK-NOT: batch_norm
func.func @infer(%w: tensor<9x2xf32> {keel.name = "w", keel.role = "param"},
                 %v: tensor<2x3xf32> {keel.name = "v", keel.role = "param"},
                 %p: tensor<2xf32> {keel.name = "p", keel.role = "state"},
                 %x: tensor<?x2xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x2xf32> {keel.name = "y", keel.role = "output"}) {
  %h = keel.dense %x, %v : tensor<?x2xf32>, tensor<2x3xf32>
  %n = keel.batch_norm_infer %x, %p, %p, %p, %p : tensor<?x2xf32>
  %c = keel.concat %h, %n : tensor<?x3xf32>, tensor<?x2xf32>
  %d = keel.concat %n, %c, %n : tensor<?x2xf32>, tensor<?x5xf32>, tensor<?x2xf32>
  %y = keel.dense %d, %w : tensor<?x9xf32>, tensor<9x2xf32>
  return %y : tensor<?x2xf32>
}
