// A shortcut around each hidden layer that keeps its type.
// RUN: keel-opt --pass-pipeline='builtin.module(keel.model(keel-insert-shortcuts))' %s | FileCheck %s
// Once is enough.
// RUN: keel-opt --pass-pipeline='builtin.module(keel.model(keel-insert-shortcuts,keel-insert-shortcuts))' %s | FileCheck %s

// CHECK-LABEL: keel.model @m
// Not around the first layer, which reads the model's input.
// CHECK: %[[A1:.*]] = keel.tanh
// CHECK-NEXT: keel.param "w2"
// CHECK: %[[A2:.*]] = keel.tanh
// CHECK-NEXT: %[[S2:.*]] = keel.add %[[A1]], %[[A2]] : tensor<?x4xf32>
// CHECK: %[[H3:.*]] = keel.dense %[[S2]]
// Nor where the width changes, or the layer's own result is read elsewhere.
// CHECK-COUNT-3: keel.tanh
// CHECK-NOT: keel.add
// CHECK: keel.return
keel.model @m(%x: tensor<?x4xf32>) -> (tensor<?x5xf32>, tensor<?x5xf32>) {
  %w1 = keel.param "w1" init(#keel.xavier_normal) : tensor<4x4xf32>
  %h1 = keel.dense %x, %w1 : tensor<?x4xf32>, tensor<4x4xf32>
  %a1 = keel.tanh %h1 : tensor<?x4xf32>
  %w2 = keel.param "w2" init(#keel.xavier_normal) : tensor<4x4xf32>
  %h2 = keel.dense %a1, %w2 : tensor<?x4xf32>, tensor<4x4xf32>
  %a2 = keel.tanh %h2 : tensor<?x4xf32>
  %w3 = keel.param "w3" init(#keel.xavier_normal) : tensor<4x5xf32>
  %h3 = keel.dense %a2, %w3 : tensor<?x4xf32>, tensor<4x5xf32>
  %a3 = keel.tanh %h3 : tensor<?x5xf32>
  %w4 = keel.param "w4" init(#keel.xavier_normal) : tensor<5x5xf32>
  %h4 = keel.dense %a3, %w4 : tensor<?x5xf32>, tensor<5x5xf32>
  %a4 = keel.tanh %h4 : tensor<?x5xf32>
  %w5 = keel.param "w5" init(#keel.xavier_normal) : tensor<5x5xf32>
  %h5 = keel.dense %a4, %w5 : tensor<?x5xf32>, tensor<5x5xf32>
  %a5 = keel.tanh %h5 : tensor<?x5xf32>
  keel.return %a5, %h4 : tensor<?x5xf32>, tensor<?x5xf32>
}
