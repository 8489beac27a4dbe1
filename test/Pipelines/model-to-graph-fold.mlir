// What inference does not need goes: equal norms are one, dropout and dead ops
// are gone before norms fold, and standardization goes after the batch norm
// that stood behind it.
// RUN: keel-opt --keel-model-to-graph='mode=infer' --keel-verify-stage='stage=graph' --verify-diagnostics %s | FileCheck %s

// CHECK-LABEL: func.func @fold
// CHECK-SAME: {keel.name = "dead", keel.role = "param"}
// CHECK-SAME: keel.name = "u.folded_bias", keel.role = "folded"
// CHECK-SAME: keel.name = "u", keel.role = "folded"
// CHECK: %[[W1:.*]], %[[B1:.*]] = keel.fold_columns %{{.*}}, %{{.*}}, %{{.*}} :
// CHECK: %[[W2:.*]], %[[B2:.*]] = keel.fold_rows %[[W1]], {{.*}} bias %[[B1]]
// CHECK: %[[W3:.*]], %[[B3:.*]] = keel.fold_rows %[[W2]], {{.*}} bias %[[B2]]
// CHECK: arith.truncf %[[B3]]
// CHECK: arith.truncf %[[W3]]

// No state, and no parameter that only a dead op reads.
// CHECK-LABEL: func.func @infer(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x4xf32> {keel.name = "x", keel.role = "input"},
// CHECK-SAME: %[[B:[^:]*]]: tensor<4xf32> {keel.name = "u.folded_bias", keel.role = "folded"},
// CHECK-SAME: %[[W:[^:]*]]: tensor<4x4xf32> {keel.name = "u", keel.role = "folded"})
// CHECK-NEXT: %[[H:.*]] = keel.dense %[[X]], %[[W]], %[[B]]
// CHECK-NEXT: %[[A:.*]] = keel.relu %[[H]]
// CHECK-NEXT: %[[Y:.*]] = keel.add %[[A]], %[[H]]
// CHECK-NEXT: return %[[Y]]
keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %u = keel.param "u" init(#keel.he_normal) : tensor<4x4xf32>
  %g = keel.param "g" init(#keel.ones) : tensor<4xf32>
  %b = keel.param "b" init(#keel.zeros) : tensor<4xf32>
  %im = keel.state "input.mean" init(#keel.zeros) : tensor<4xf32>
  %iv = keel.state "input.variance" init(#keel.ones) : tensor<4xf32>
  %m = keel.state "m" init(#keel.zeros) : tensor<4xf32>
  %v = keel.state "v" init(#keel.ones) : tensor<4xf32>
  %m1 = keel.state "m1" init(#keel.zeros) : tensor<4xf32>
  %v1 = keel.state "v1" init(#keel.ones) : tensor<4xf32>
  %dead = keel.param "dead" init(#keel.he_normal) : tensor<4x4xf32>
  %s = keel.standardize %x, %im, %iv : tensor<?x4xf32>
  %i = keel.batch_norm %s, %g, %b, %m1, %v1 : tensor<?x4xf32>
  %d = keel.dropout %i {rate = 0.5} : tensor<?x4xf32>
  %h = keel.dense %d, %u : tensor<?x4xf32>, tensor<4x4xf32>
  %n = keel.batch_norm %h, %g, %b, %m, %v {frozen = true} : tensor<?x4xf32>
  %k = keel.batch_norm %h, %g, %b, %m, %v {frozen = true} : tensor<?x4xf32>
  %a = keel.relu %n : tensor<?x4xf32>
  %unread = keel.dense %h, %dead : tensor<?x4xf32>, tensor<4x4xf32>
  %y = keel.add %a, %k : tensor<?x4xf32>
  keel.return %y : tensor<?x4xf32>
}
