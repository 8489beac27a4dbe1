// Gradients and updates in one function, behind a guard.
// RUN: keel-opt --keel-model-to-graph='mode=train fold=false' --split-input-file %s | FileCheck %s

// Products stand behind the guard, each right before its update; a bias's
// gradient has a bound of the same kind. The loss must be finite too.
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: (%[[W:[^:]*]]: tensor<4x8xf32> {keel.name = "w", keel.role = "param"}
// CHECK-SAME: %[[B:[^:]*]]: tensor<8xf32> {keel.name = "b", keel.role = "param"}
// CHECK-SAME: %[[U:[^:]*]]: tensor<8x2xf32> {keel.name = "u", keel.role = "param"}
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x4xf32> {keel.name = "x", keel.role = "input"}
// CHECK-SAME: %[[T:[^:]*]]: tensor<?x2xf32> {keel.name = "label", keel.role = "label"}
// CHECK-SAME: %[[V:[^:]*]]: tensor<4x8xf32> {keel.name = "optimizer/momentum/w", keel.role = "slot"}
// CHECK-SAME: -> (tensor<f64> {keel.role = "loss"}, tensor<4x8xf32> {keel.name = "w", keel.role = "param"},
// CHECK-SAME: tensor<i64> {keel.role = "flags"})
// CHECK-NOT: keel.sum_of_squares
// CHECK-NOT: keel.dense_weight_grad
// CHECK: %[[DY:.*]] = keel.mean_squared_error_grad
// CHECK: keel.dense_input_grad %[[DY]], %[[U]]
// CHECK: %[[DH:.*]] = keel.relu_grad
// CHECK: %[[DB:.*]] = keel.sum_over_batch %[[DH]]
// CHECK: %[[LOSS:.*]] = math.absf
// CHECK: %[[HAS:.*]] = arith.cmpf olt, %[[LOSS]], %{{.*}} : f64
// CHECK: %[[MX:.*]] = keel.max_abs %[[X]]
// CHECK: %[[MDH:.*]] = keel.max_abs %[[DH]]
// CHECK: %[[ROWS:.*]] = arith.sitofp
// CHECK: %[[SHARE:.*]] = arith.mulf %[[ROWS]], %[[MX]] : f64
// CHECK: %[[BOUND:.*]] = arith.mulf %[[SHARE]], %[[MDH]] : f64
// CHECK: %[[S0:.*]] = arith.cmpf olt, %[[BOUND]], %{{.*}} : f64
// CHECK: %[[A0:.*]] = arith.andi %[[HAS]], %[[S0]] : i1
// CHECK: %[[SUM:.*]] = arith.mulf %{{.*}}, %[[MDH]] : f64
// CHECK: %[[S1:.*]] = arith.cmpf olt, %[[SUM]], %{{.*}} : f64
// CHECK: arith.andi %[[A0]], %[[S1]] : i1
// CHECK: %[[SAFE:.*]] = arith.andi %{{.*}} : i1
// CHECK: %[[DW:.*]] = keel.dense_weight_grad %[[X]], %[[DH]]
// CHECK-NEXT: %[[P:.*]], %[[M:.*]] = keel.sgd_update %[[W]], %[[DW]], %{{.*}}, %[[V]]
// CHECK-NEXT: arith.select %[[SAFE]], %[[P]], %[[W]]
// CHECK-NEXT: arith.select %[[SAFE]], %[[M]], %[[V]]
// CHECK-NEXT: keel.sgd_update %[[B]], %[[DB]]
// CHECK: %[[DU:.*]] = keel.dense_weight_grad %{{.*}}, %[[DY]]
// CHECK-NEXT: keel.sgd_update %[[U]], %[[DU]]
// CHECK: arith.constant 4 : i64
// CHECK-NEXT: arith.select %[[SAFE]], %{{.*}}, %{{.*}} : i64
keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x2xf32>
    attributes {loss = #keel.mean_squared_error,
                optimizer = #keel.sgd<learning_rate = 0.1, momentum = 0.9>} {
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x8xf32>
  %b = keel.param "b" init(#keel.zeros) : tensor<8xf32>
  %u = keel.param "u" init(#keel.he_normal) : tensor<8x2xf32>
  %h = keel.dense %x, %w, %b : tensor<?x4xf32>, tensor<4x8xf32>, tensor<8xf32>
  %a = keel.relu %h : tensor<?x8xf32>
  %y = keel.dense %a, %u : tensor<?x8xf32>, tensor<8x2xf32>
  keel.return %y : tensor<?x2xf32>
}

// -----

// A shared weight: the sum of two bounds, both products behind the guard. A new
// state is chosen by the guard too.
// CHECK-LABEL: func.func @train_step
// CHECK: %[[NY:[^,]*]], %[[NEW:[^,]*]], %{{.*}} = keel.batch_norm_train
// CHECK-NOT: keel.dense_weight_grad
// CHECK: %[[BOUND:.*]] = arith.addf %{{.*}}, %{{.*}} : f64
// CHECK: %[[FIRST:.*]] = arith.cmpf olt, %[[BOUND]]
// CHECK: %[[SAFE:.*]] = arith.andi %{{.*}} : i1
// CHECK: %[[D0:.*]] = keel.dense_weight_grad
// CHECK-NEXT: %[[D1:.*]] = keel.dense_weight_grad
// CHECK-NEXT: %[[SUM:.*]] = keel.add %[[D0]], %[[D1]]
// CHECK-NEXT: keel.sgd_update %{{.*}}, %[[SUM]]
// CHECK: arith.select %{{.*}}, %[[NEW]], %{{.*}} : tensor<4xf64>
keel.model @shared(%x: tensor<?x4xf64>) -> tensor<?x4xf64>
    attributes {loss = #keel.mean_squared_error,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x4xf64>
  %g = keel.param "g" init(#keel.ones) : tensor<4xf64>
  %b = keel.param "b" init(#keel.zeros) : tensor<4xf64>
  %m = keel.state "m" init(#keel.zeros) : tensor<4xf64>
  %v = keel.state "v" init(#keel.ones) : tensor<4xf64>
  %h = keel.dense %x, %w : tensor<?x4xf64>, tensor<4x4xf64>
  %n = keel.batch_norm %h, %g, %b, %m, %v : tensor<?x4xf64>
  %y = keel.dense %n, %w : tensor<?x4xf64>, tensor<4x4xf64>
  keel.return %y : tensor<?x4xf64>
}

// -----

// Clipping by value reads each gradient before its update; it is its own bound.
// CHECK-LABEL: func.func @train_step
// CHECK: %[[DW:.*]] = keel.dense_weight_grad
// CHECK: %[[MOST:.*]] = keel.max_abs %[[DW]]
// CHECK: %[[SAFE:.*]] = arith.cmpf olt, %[[MOST]]
// CHECK: %[[CLIPPED:.*]] = keel.clamp %[[DW]]
// CHECK-NEXT: keel.sgd_update %{{.*}}, %[[CLIPPED]]
// CHECK: arith.cmpf ogt, %[[MOST]]
keel.model @clipped(%x: tensor<?x4xf32>) -> tensor<?x2xf32>
    attributes {loss = #keel.mean_squared_error, clip = #keel.clip_by_value<0.5>,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x2xf32>
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  keel.return %y : tensor<?x2xf32>
}
