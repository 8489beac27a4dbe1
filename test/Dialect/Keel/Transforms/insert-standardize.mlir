// Standardizing a model's inputs by statistics that it keeps.
// RUN: keel-opt --pass-pipeline='builtin.module(keel.model(keel-insert-standardize))' --split-input-file %s | FileCheck %s

// The example of the pass's description.
// CHECK-LABEL: keel.model @m
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>)
// CHECK: %[[M:.*]] = keel.state "input.mean" init(#keel.zeros) : tensor<4xf32>
// CHECK: %[[V:.*]] = keel.state "input.variance" init(#keel.ones) : tensor<4xf32>
// CHECK: %[[S:.*]] = keel.standardize %[[X]], %[[M]], %[[V]] {epsilon = 1.0e-5} : tensor<?x4xf32>
// CHECK: %[[Y:.*]] = keel.relu %[[S]]
// CHECK: keel.return %[[Y]]
keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.relu %x : tensor<?x4xf32>
  keel.return %y : tensor<?x4xf32>
}

// -----

// Several inputs: by their names, and integers and inputs without features not.
// CHECK-LABEL: keel.model @several
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf64>, %[[ROW:.*]]: tensor<?xf64>, %{{.*}}: tensor<?x4xi32>)
// CHECK-NOT: keel.state "input.row
// CHECK: keel.state "input.image.mean" init(#keel.zeros) : tensor<4xf64>
// CHECK: keel.state "input.image.variance" init(#keel.ones) : tensor<4xf64>
// CHECK: %[[S:.*]] = keel.standardize %[[X]]
// CHECK-NOT: keel.standardize
// CHECK: keel.return %[[S]], %[[ROW]]
keel.model @several(%x: tensor<?x4xf64> {keel.name = "image"}, %row: tensor<?xf64>, %i: tensor<?x4xi32>)
    -> (tensor<?x4xf64>, tensor<?xf64>) {
  keel.return %x, %row : tensor<?x4xf64>, tensor<?xf64>
}

// -----

// A model that has them already is left alone.
// CHECK-LABEL: keel.model @again
// CHECK-COUNT-1: keel.standardize
// CHECK-NOT: keel.standardize
keel.model @again(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %m = keel.state "input.mean" init(#keel.zeros) : tensor<4xf32>
  %v = keel.state "input.variance" init(#keel.ones) : tensor<4xf32>
  %s = keel.standardize %x, %m, %v : tensor<?x4xf32>
  keel.return %s : tensor<?x4xf32>
}
