// Ops with two modes become their twins; the module keeps what later passes need.
// RUN: keel-opt --keel-specialize='mode=all' --split-input-file %s | FileCheck %s

// CHECK: module attributes {
// CHECK-DAG: keel.label_accuracies = array<i32: 1>
// CHECK-DAG: keel.label_classes = array<i64: 4>
// CHECK-DAG: keel.label_outputs = ["output_0"]
// CHECK-DAG: keel.clip = #keel.clip_by_value<0.5>
// CHECK-DAG: keel.min_train_rows = 2 : i64
// CHECK-DAG: keel.model_name = "norms"
// CHECK-DAG: keel.nonfinite_is_error = true
// CHECK-DAG: keel.optimizer = #keel.sgd

// CHECK-LABEL: func.func @init
// CHECK-SAME: tensor<4xf32> {keel.decay = true, keel.name = "g", keel.role = "param"}
// CHECK-SAME: tensor<4xf32> {keel.name = "b", keel.role = "param", keel.trainable = false}
// CHECK-SAME: tensor<4xf32> {keel.name = "m", keel.role = "state"}
// CHECK-SAME: tensor<4xf32> {keel.name = "v", keel.role = "state"}

// CHECK-LABEL: func.func @grad_step
// CHECK-SAME: (%[[G:[^:]*]]: tensor<4xf32> {keel.decay = true, keel.name = "g"
// CHECK-SAME: %[[B:[^:]*]]: tensor<4xf32> {keel.name = "b"
// CHECK-SAME: %[[M:[^:]*]]: tensor<4xf32> {keel.name = "m", keel.role = "state"}
// CHECK-SAME: %[[V:[^:]*]]: tensor<4xf32> {keel.name = "v", keel.role = "state"}
// CHECK-SAME: %[[S:[^:]*]]: tensor<4xf32> {keel.name = "s", keel.role = "state"}
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x4xf32> {keel.name = "image", keel.role = "input"}
// CHECK-SAME: tensor<?xi32> {keel.name = "label", keel.role = "label"}
// CHECK-SAME: tensor<4xf32> {keel.name = "m", keel.role = "new_state"}, tensor<4xf32> {keel.name = "v", keel.role = "new_state"}, tensor<4xf32> {keel.name = "s", keel.role = "new_state"}
// CHECK: %[[Y:.*]], %[[M2:.*]], %[[V2:.*]], %{{.*}}, %{{.*}} = keel.batch_norm_train %[[X]], %[[G]], %[[B]], %[[M]], %[[V]]
// CHECK-SAME: {decay = 0.9, epsilon = 1.0e-5, running_variance = "unbiased"}
// CHECK: %[[L:.*]], %{{.*}}, %{{.*}} = keel.layer_norm_train %[[Y]]
// CHECK: %[[F:.*]] = keel.batch_norm_infer %[[L]], %[[G]], %[[B]], %[[S]], %[[S]]
// CHECK: %[[LOSS:.*]] = keel.softmax_cross_entropy %[[F]]
// CHECK: return %[[LOSS]], %[[M2]], %[[V2]], %[[S]]

// CHECK-LABEL: func.func @eval
// CHECK: keel.count_correct

// CHECK-LABEL: func.func @infer
// CHECK: %[[Y:.*]] = keel.batch_norm_infer
// CHECK: %[[L:.*]] = keel.layer_norm %[[Y]]
// CHECK: %[[F:.*]] = keel.batch_norm_infer %[[L]]
// CHECK: return %[[F]]
keel.model @norms(%x: tensor<?x4xf32> {keel.name = "image"}) -> tensor<?x4xf32>
    attributes {loss = #keel.softmax_cross_entropy, on_nonfinite = "error",
                optimizer = #keel.sgd<learning_rate = 0.1>,
                clip = #keel.clip_by_value<0.5>} {
  %g = keel.param "g" init(#keel.ones) {decay = true} : tensor<4xf32>
  %b = keel.param "b" init(#keel.zeros) {trainable = false} : tensor<4xf32>
  %m = keel.state "m" init(#keel.zeros) : tensor<4xf32>
  %v = keel.state "v" init(#keel.ones) : tensor<4xf32>
  %y = keel.batch_norm %x, %g, %b, %m, %v {running_variance = "unbiased"} : tensor<?x4xf32>
  %l = keel.layer_norm %y, %g, %b : tensor<?x4xf32>
  %s = keel.state "s" init(#keel.ones) : tensor<4xf32>
  %f = keel.batch_norm %l, %g, %b, %s, %s {frozen = true} : tensor<?x4xf32>
  keel.return %f : tensor<?x4xf32>
}

// -----

// One row is enough to train a norm that is frozen, and a regression has no
// accuracy.
// CHECK: keel.label_accuracies = array<i32: 0>
// CHECK-SAME: keel.label_classes = array<i64: 0>
// CHECK-SAME: keel.min_train_rows = 1 : i64
// CHECK-SAME: keel.nonfinite_is_error = false
// CHECK-LABEL: func.func @grad_step
// CHECK: keel.batch_norm_infer
// CHECK-LABEL: func.func @eval
// CHECK: %[[NONE:.*]] = arith.constant dense<0> : tensor<i64>
// CHECK: return %{{.*}}, %[[NONE]]
keel.model @frozen(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
    attributes {loss = #keel.mean_squared_error,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %g = keel.param "g" init(#keel.ones) : tensor<4xf32>
  %m = keel.state "m" init(#keel.zeros) : tensor<4xf32>
  %f = keel.batch_norm %x, %g, %g, %m, %g {frozen = true} : tensor<?x4xf32>
  keel.return %f : tensor<?x4xf32>
}
