// A bound for gradients that have none.
// RUN: keel-opt --pass-pipeline='builtin.module(keel.model(keel-set-clip{norm=2.5}))' %s | FileCheck %s

// CHECK: keel.model @none
// CHECK-SAME: clip = #keel.clip_by_global_norm<2.5, epsilon = 0.0>
keel.model @none(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  keel.return %x : tensor<?x4xf32>
}

// CHECK: keel.model @given
// CHECK-SAME: clip = #keel.clip_by_value<1.0>
keel.model @given(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
    attributes {clip = #keel.clip_by_value<1.0>} {
  keel.return %x : tensor<?x4xf32>
}
