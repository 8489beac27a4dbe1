// Hidden activations with a flat piece become leaky ones.
// RUN: keel-opt --pass-pipeline='builtin.module(keel.model(keel-leaky-activations))' %s | FileCheck %s

// CHECK-LABEL: keel.model @m
// CHECK: keel.leaky_relu %{{.*}} {slope = 0.01}
// CHECK: keel.leaky_relu %{{.*}} {slope = 0.01}
// CHECK: keel.leaky_relu %{{.*}} {slope = 0.01}
// CHECK: keel.gelu
// CHECK: keel.dense
// The model's result keeps its range.
// CHECK: keel.sigmoid
keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x4xf32>
  %a = keel.relu %x : tensor<?x4xf32>
  %b = keel.tanh %a : tensor<?x4xf32>
  %c = keel.hard_sigmoid %b : tensor<?x4xf32>
  %d = keel.gelu %c : tensor<?x4xf32>
  %h = keel.dense %d, %w : tensor<?x4xf32>, tensor<4x4xf32>
  %y = keel.sigmoid %h : tensor<?x4xf32>
  keel.return %y : tensor<?x4xf32>
}
