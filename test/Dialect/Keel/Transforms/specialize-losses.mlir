// Several losses: a label for each, in the results' order, and their sum.
// RUN: keel-opt --keel-specialize='mode=all' %s | FileCheck %s
// RUN: keel-opt --keel-specialize='mode=train' --keel-differentiate %s | FileCheck --check-prefix=GRAD %s

// The accuracy is that of the first result whose loss has one.
// CHECK: module attributes {
// CHECK-SAME: keel.label_accuracies = array<i32: 0, 1>
// CHECK-SAME: keel.label_classes = array<i64: 0, 3>
// CHECK-SAME: keel.label_outputs = ["scale", "logits"]

// CHECK-LABEL: func.func @grad_step
// CHECK-SAME: %[[SCALES:[^:]*]]: tensor<?x2xf32> {keel.name = "scale", keel.role = "label"}
// CHECK-SAME: %[[KINDS:[^:]*]]: tensor<?xi32> {keel.name = "logits", keel.role = "label"}
// CHECK: %[[H:.*]] = keel.tanh
// CHECK: %[[SCALE:.*]] = keel.dense %[[H]]
// CHECK: %[[LOGITS:.*]] = keel.dense %[[H]]
// CHECK: %[[A:.*]] = keel.mean_squared_error %[[SCALE]], %[[SCALES]]
// CHECK: %[[B:.*]] = keel.softmax_cross_entropy %[[LOGITS]], %[[KINDS]]
// CHECK: %[[SUM:.*]] = keel.add %[[A]], %[[B]] : tensor<f64>
// CHECK: return %[[SUM]]

// CHECK-LABEL: func.func @eval
// CHECK: %[[SUM:.*]] = keel.add %{{.*}}, %{{.*}} : tensor<f64>
// CHECK: %[[RIGHT:.*]] = keel.count_correct %{{.*}}, %{{.*}} : tensor<?x3xf32>
// CHECK: return %[[SUM]], %[[RIGHT]]

// All three are outputs.
// CHECK-LABEL: func.func @infer
// CHECK-SAME: {keel.name = "scale", keel.role = "output"}
// CHECK-SAME: {keel.name = "output_1", keel.role = "output"}
// CHECK-SAME: {keel.name = "logits", keel.role = "output"}

// The trunk's gradient is the sum of what both heads send back; the frozen head
// sends it back too, but has no gradient of its own.
// GRAD-LABEL: func.func @grad_step
// GRAD: -> (tensor<f64> {keel.role = "loss"}, tensor<4x5xf32> {keel.name = "trunk", keel.role = "grad"}, tensor<5x3xf32> {keel.name = "logits.weight", keel.role = "grad"})
// GRAD: %[[H:.*]] = keel.tanh
// GRAD: %[[DLOGITS:.*]] = keel.softmax_cross_entropy_grad
// GRAD: %[[DSCALE:.*]] = keel.mean_squared_error_grad
// GRAD: %[[FIRST:.*]] = keel.dense_input_grad %[[DLOGITS]]
// GRAD-NEXT: %[[DW:.*]] = keel.dense_weight_grad %[[H]], %[[DLOGITS]]
// GRAD-NOT: keel.dense_weight_grad %[[H]], %[[DSCALE]]
// GRAD: %[[SECOND:.*]] = keel.dense_input_grad %[[DSCALE]]
// GRAD-NEXT: %[[DH:.*]] = keel.add %[[FIRST]], %[[SECOND]]
// GRAD-NEXT: %[[DZ:.*]] = keel.tanh_grad %[[DH]], %[[H]]
// GRAD-NEXT: %[[DTRUNK:.*]] = keel.dense_weight_grad %{{.*}}, %[[DZ]]
// GRAD-NEXT: return %{{.*}}, %[[DTRUNK]], %[[DW]]
keel.model @heads(%x: tensor<?x4xf32>)
    -> (tensor<?x2xf32> {keel.name = "scale"}, tensor<?x5xf32>, tensor<?x3xf32> {keel.name = "logits"})
    attributes {loss = {logits = #keel.softmax_cross_entropy, scale = #keel.mean_squared_error},
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %trunk = keel.param "trunk" init(#keel.he_normal) : tensor<4x5xf32>
  %a = keel.param "scale.weight" init(#keel.he_normal) {trainable = false} : tensor<5x2xf32>
  %b = keel.param "logits.weight" init(#keel.he_normal) : tensor<5x3xf32>
  %z = keel.dense %x, %trunk : tensor<?x4xf32>, tensor<4x5xf32>
  %h = keel.tanh %z : tensor<?x5xf32>
  %scale = keel.dense %h, %a : tensor<?x5xf32>, tensor<5x2xf32>
  %logits = keel.dense %h, %b : tensor<?x5xf32>, tensor<5x3xf32>
  keel.return %scale, %h, %logits : tensor<?x2xf32>, tensor<?x5xf32>, tensor<?x3xf32>
}
