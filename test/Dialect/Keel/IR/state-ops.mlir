// The text of keel.model, keel.param, keel.state and keel.random.
// RUN: keel-opt --verify-roundtrip %s | FileCheck %s
// RUN: keel-opt -mlir-print-op-generic %s | keel-opt | FileCheck %s

// CHECK-LABEL: keel.model @classifier(%image: tensor<?x784xf32>) -> tensor<?x10xf32>
// CHECK-SAME: clip = #keel.clip_by_global_norm<1.0, epsilon = 0.0>
// CHECK-SAME: loss = #keel.softmax_cross_entropy
// CHECK-SAME: optimizer = #keel.sgd<learning_rate = 0.1, momentum = 0.9, weight_decay = 0.0>
keel.model @classifier(%image: tensor<?x784xf32>) -> tensor<?x10xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.sgd<learning_rate = 0.1, momentum = 0.9>,
                clip = #keel.clip_by_global_norm<1.0>} {
  // CHECK: %[[W1:.*]] = keel.param "fc1.weight" init(#keel.he_normal) : tensor<784x128xf32>
  %w1 = keel.param "fc1.weight" init(#keel.he_normal) : tensor<784x128xf32>
  // CHECK: %[[B1:.*]] = keel.param "fc1.bias" init(#keel.zeros) : tensor<128xf32>
  %b1 = keel.param "fc1.bias" init(#keel.zeros) : tensor<128xf32>
  // CHECK: %[[H1:.*]] = keel.dense %image, %[[W1]], %[[B1]] : tensor<?x784xf32>, tensor<784x128xf32>, tensor<128xf32>
  %h1 = keel.dense %image, %w1, %b1 : tensor<?x784xf32>, tensor<784x128xf32>, tensor<128xf32>
  %g1 = keel.param "bn1.gamma" init(#keel.ones) : tensor<128xf32>
  %e1 = keel.param "bn1.beta" init(#keel.zeros) : tensor<128xf32>
  // CHECK: %[[M1:.*]] = keel.state "bn1.mean" init(#keel.zeros) : tensor<128xf32>
  %m1 = keel.state "bn1.mean" init(#keel.zeros) : tensor<128xf32>
  // CHECK: %[[V1:.*]] = keel.state "bn1.variance" init(#keel.ones) : tensor<128xf32>
  %v1 = keel.state "bn1.variance" init(#keel.ones) : tensor<128xf32>
  // CHECK: %[[N1:.*]] = keel.batch_norm %[[H1]], %{{.*}}, %{{.*}}, %[[M1]], %[[V1]]
  // CHECK-SAME: {decay = 0.9, epsilon = 1.0e-5, running_variance = "population"} : tensor<?x128xf32>
  %n1 = keel.batch_norm %h1, %g1, %e1, %m1, %v1 {decay = 0.9, epsilon = 1.0e-5} : tensor<?x128xf32>
  // CHECK: %[[A1:.*]] = keel.relu %[[N1]] : tensor<?x128xf32>
  %a1 = keel.relu %n1 : tensor<?x128xf32>
  %w2 = keel.param "fc2.weight" init(#keel.xavier_uniform) : tensor<128x10xf32>
  %b2 = keel.param "fc2.bias" init(#keel.zeros) : tensor<10xf32>
  // CHECK: %[[Y:.*]] = keel.dense %[[A1]]
  %y  = keel.dense %a1, %w2, %b2 : tensor<?x128xf32>, tensor<128x10xf32>, tensor<10xf32>
  // CHECK: keel.return %[[Y]] : tensor<?x10xf32>
  keel.return %y : tensor<?x10xf32>
}

// Names of inputs and results: by SSA name, by attribute, or none.
// CHECK-LABEL: keel.model @names
// CHECK-SAME: (%left: tensor<?x2xf32>, %my_right: tensor<?x2xf32> {keel.name = "my right"},
// CHECK-SAME: %arg0: tensor<?x2xf32>, %arg1: tensor<3x2xi32>, %arg7: tensor<?x2xf64> {keel.name = "arg7"})
// CHECK-SAME: -> (tensor<?x2xf32> {keel.name = "sum"}, tensor<?x2xf32> {keel.name = "echo"}) attributes {on_nonfinite = "error"}
keel.model @names(%left: tensor<?x2xf32>, %r: tensor<?x2xf32> {keel.name = "my right"},
                  %0: tensor<?x2xf32>, %arg9: tensor<3x2xi32>,
                  %z: tensor<?x2xf64> {keel.name = "arg7"})
    -> (tensor<?x2xf32> {keel.name = "sum"}, tensor<?x2xf32> {keel.name = "echo"})
    attributes {on_nonfinite = "error"} {
  // CHECK: %[[SUM:.*]] = keel.add %left, %my_right
  %sum = keel.add %left, %r : tensor<?x2xf32>
  // CHECK: keel.return %[[SUM]], %arg0 : tensor<?x2xf32>, tensor<?x2xf32>
  keel.return %sum, %0 : tensor<?x2xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: keel.model @unnamed(%arg0: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
keel.model @unnamed(tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
^bb0(%x: tensor<?x2xf32>):
  keel.return %x, %x : tensor<?x2xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: keel.model @nothing()
keel.model @nothing() {
  // CHECK: keel.return{{$}}
  keel.return
}

// CHECK-LABEL: keel.model @discardable
// CHECK-SAME: attributes {test.flag = false}
keel.model @discardable(%x: tensor<?x2xf32> {test.note = 1 : i64}) attributes {test.flag = false} {
  // What differs from the default is shown; another dialect's attributes always.
  // CHECK: keel.param "w" init(#keel.normal<mean = 0.0, stddev = 0.1>) {trainable = false} : tensor<2xf64>
  %w = keel.param "w" init(#keel.normal<stddev = 1e-1>) {trainable = false, decay = false} : tensor<2xf64>
  // CHECK: keel.param "v" init(#keel.zeros) {decay = true, test.off = false, test.unit} : tensor<f32>
  %v = keel.param "v" init(#keel.zeros) {trainable = true, decay = true, test.unit, test.off = false} : tensor<f32>
  // CHECK: keel.state "s" init(#keel.ones) {test.unit} : tensor<2xf32>
  %s = keel.state "s" init(#keel.ones) {test.unit} : tensor<2xf32>
  keel.return {test.unit}
}

// Upstream ops may stand beside Keel's.
// CHECK-LABEL: keel.model @upstream(%x: tensor<?x2xf32>)
keel.model @upstream(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK: %[[Y:.*]] = arith.addf %x, %x
  %y = arith.addf %x, %x : tensor<?x2xf32>
  // CHECK: keel.return %[[Y]]
  keel.return %y : tensor<?x2xf32>
}

// A loss for each of several results; one without is an output only.
// CHECK-LABEL: keel.model @losses
// CHECK-SAME: -> (tensor<?x2xf32> {keel.name = "my logits"}, tensor<?x2xf32>, tensor<?x2xf32> {keel.name = "aux"})
// CHECK-SAME: attributes {loss = {aux = #keel.mean_squared_error, "my logits" = #keel.softmax_cross_entropy}} {
keel.model @losses(%x: tensor<?x2xf32>)
    -> (tensor<?x2xf32> {keel.name = "my logits"}, tensor<?x2xf32>, tensor<?x2xf32> {keel.name = "aux"})
    attributes {loss = {"my logits" = #keel.softmax_cross_entropy, aux = #keel.mean_squared_error}} {
  keel.return %x, %x, %x : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: keel.model @loss_of_unnamed
// CHECK-SAME: attributes {loss = {output_0 = #keel.mean_squared_error}} {
keel.model @loss_of_unnamed(%x: tensor<?x2xf32>) -> tensor<?x2xf32>
    attributes {loss = {output_0 = #keel.mean_squared_error}} {
  keel.return %x : tensor<?x2xf32>
}

// CHECK-LABEL: func.func @random
// CHECK-SAME: (%[[SEED:.*]]: i64)
func.func @random(%seed: i64) -> tensor<784x128xf32> {
  // CHECK: keel.random %[[SEED]] {distribution = "normal", first = 0.0, second = 0.05, stream = -7} : tensor<784x128xf32>
  %w = keel.random %seed {distribution = "normal", stream = -7 : i64, first = 0, second = 5e-2} : tensor<784x128xf32>
  return %w : tensor<784x128xf32>
}

// CHECK-LABEL: func.func @orthogonalize
// CHECK-SAME: (%[[X:.*]]: tensor<4x3xf32>)
func.func @orthogonalize(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // CHECK: %[[A:.*]] = keel.orthogonalize %[[X]] {gain = 1.0} : tensor<4x3xf32>
  %a = keel.orthogonalize %x : tensor<4x3xf32>
  // CHECK: keel.orthogonalize %[[A]] {gain = 0.5} : tensor<4x3xf32>
  %b = keel.orthogonalize %a {gain = 5e-1} : tensor<4x3xf32>
  return %b : tensor<4x3xf32>
}
