// A norm before each hidden activation.
// RUN: keel-opt --pass-pipeline='builtin.module(keel.model(keel-insert-norms))' --split-input-file %s | FileCheck --check-prefixes=CHECK,LAYER %s
// RUN: keel-opt --pass-pipeline='builtin.module(keel.model(keel-insert-norms{kind=batch}))' --split-input-file %s | FileCheck --check-prefixes=CHECK,BATCH %s
// RUN: not keel-opt --pass-pipeline='builtin.module(keel.model(keel-insert-norms{kind=group}))' --split-input-file %s 2>&1 | FileCheck --check-prefix=KIND %s
// KIND: error: keel-insert-norms: kind must be layer or batch, got 'group'

// Parameters under the layer's name, or another one where that is taken.
// CHECK-LABEL: keel.model @plain
// CHECK: %[[H:.*]] = keel.dense
// CHECK-NEXT: %[[G:.*]] = keel.param "fc1.gamma2" init(#keel.ones) : tensor<5xf32>
// CHECK-NEXT: %[[B:.*]] = keel.param "fc1.beta" init(#keel.zeros) : tensor<5xf32>
// BATCH-NEXT: %[[M:.*]] = keel.state "fc1.mean" init(#keel.zeros) : tensor<5xf32>
// BATCH-NEXT: %[[V:.*]] = keel.state "fc1.variance" init(#keel.ones) : tensor<5xf32>
// LAYER-NEXT: %[[N:.*]] = keel.layer_norm %[[H]], %[[G]], %[[B]] {epsilon = 1.0e-5}
// BATCH-NEXT: %[[N:.*]] = keel.batch_norm %[[H]], %[[G]], %[[B]], %[[M]], %[[V]] {decay = 0.9, epsilon = 1.0e-5, running_variance = "population"}
// CHECK-NEXT: keel.relu %[[N]]
// What no layer follows is left alone.
// CHECK: %[[Y:.*]] = keel.dense
// CHECK-NEXT: %[[S:.*]] = keel.softmax %[[Y]]
// CHECK-NEXT: keel.return %[[S]]
keel.model @plain(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %p = keel.param "fc1.gamma" init(#keel.ones) : tensor<4xf32>
  %r = keel.rms_norm %x, %p : tensor<?x4xf32>
  %w1 = keel.param "fc1.weight" init(#keel.he_normal) : tensor<4x5xf32>
  %h1 = keel.dense %r, %w1 : tensor<?x4xf32>, tensor<4x5xf32>
  %a1 = keel.relu %h1 : tensor<?x5xf32>
  %w2 = keel.param "fc2.weight" init(#keel.he_normal) : tensor<5x3xf32>
  %y = keel.dense %a1, %w2 : tensor<?x5xf32>, tensor<5x3xf32>
  %s = keel.softmax %y : tensor<?x3xf32>
  keel.return %s : tensor<?x3xf32>
}

// -----

// A batch norm becomes a layer norm where that is asked for, and its states go.
// CHECK-LABEL: keel.model @norms
// LAYER-NOT: keel.state
// LAYER: keel.layer_norm %{{.*}} {epsilon = 0.001}
// BATCH: keel.batch_norm %{{.*}} {decay = 0.5, epsilon = 0.001, running_variance = "population"}
// CHECK-NOT: keel.{{.*}}_norm %
// CHECK: keel.return
keel.model @norms(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w1 = keel.param "fc1.weight" init(#keel.he_normal) : tensor<4x5xf32>
  %h1 = keel.dense %x, %w1 : tensor<?x4xf32>, tensor<4x5xf32>
  %g1 = keel.param "gamma" init(#keel.ones) : tensor<5xf32>
  %e1 = keel.param "beta" init(#keel.ones) : tensor<5xf32>
  %m1 = keel.state "mean" init(#keel.zeros) : tensor<5xf32>
  %v1 = keel.state "variance" init(#keel.ones) : tensor<5xf32>
  %n1 = keel.batch_norm %h1, %g1, %e1, %m1, %v1 {decay = 0.5, epsilon = 1.0e-3} : tensor<?x5xf32>
  %a1 = keel.relu %n1 : tensor<?x5xf32>
  %w2 = keel.param "fc2.weight" init(#keel.he_normal) : tensor<5x3xf32>
  %y = keel.dense %a1, %w2 : tensor<?x5xf32>, tensor<5x3xf32>
  keel.return %y : tensor<?x3xf32>
}

// -----

// The sum that shortcuts make, before the last layer.
// CHECK-LABEL: keel.model @sum
// CHECK: %[[S:.*]] = keel.add
// CHECK: %[[G:.*]] = keel.param "out.gamma"
// CHECK: %[[N:.*]] = keel.{{layer|batch}}_norm %[[S]], %[[G]]
// CHECK: keel.dense %[[N]]
keel.model @sum(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = keel.param "fc.weight" init(#keel.he_normal) : tensor<4x4xf32>
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x4xf32>
  %s = keel.add %x, %h : tensor<?x4xf32>
  %v = keel.param "out.weight" init(#keel.he_normal) : tensor<4x3xf32>
  %y = keel.dense %s, %v : tensor<?x4xf32>, tensor<4x3xf32>
  keel.return %y : tensor<?x3xf32>
}
