// Updates: one loop each, with the choice behind it inside.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-LABEL: func.func @sgd(
// CHECK-SAME: %[[P:[^:]*]]: tensor<3xf32>, %[[G:[^:]*]]: tensor<3xf32>, %[[RATE:[^:]*]]: f64)
// CHECK: %[[ROUNDED:.*]] = arith.truncf %[[RATE]] : f64 to f32
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[P]], %[[G]] :
// CHECK: ^bb0(%[[IN:.*]]: f32, %[[DG:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[DECAY:.*]] = arith.constant 2.500000e-01 : f32
// CHECK: %[[PULL:.*]] = arith.mulf %[[DECAY]], %[[IN]] : f32
// CHECK: %[[SUM:.*]] = arith.addf %[[DG]], %[[PULL]] : f32
// CHECK: %[[STEP:.*]] = arith.mulf %[[ROUNDED]], %[[SUM]] : f32
// CHECK: %[[NEW:.*]] = arith.subf %[[IN]], %[[STEP]] : f32
// CHECK: linalg.yield %[[NEW]] : f32
func.func @sgd(%p: tensor<3xf32>, %g: tensor<3xf32>, %rate: f64) -> tensor<3xf32> {
  %p2 = keel.sgd_update %p, %g, %rate {weight_decay = 0.25} : tensor<3xf32>
  return %p2 : tensor<3xf32>
}

// v' = m v + g, p' = p - rate (g + m v').
// CHECK-LABEL: func.func @nesterov(
// CHECK: ^bb0(%[[IN:.*]]: f32, %[[DG:.*]]: f32, %[[V:.*]]: f32, %{{.*}}: f32, %{{.*}}: f32):
// CHECK: %[[M:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[MV:.*]] = arith.mulf %[[M]], %[[V]] : f32
// CHECK: %[[V2:.*]] = arith.addf %[[MV]], %[[DG]] : f32
// CHECK: %[[AHEAD:.*]] = arith.mulf %[[M]], %[[V2]] : f32
// CHECK: %[[SUM:.*]] = arith.addf %[[DG]], %[[AHEAD]] : f32
// CHECK: %[[STEP:.*]] = arith.mulf %{{.*}}, %[[SUM]] : f32
// CHECK: %[[NEW:.*]] = arith.subf %[[IN]], %[[STEP]] : f32
// CHECK: linalg.yield %[[NEW]], %[[V2]] : f32, f32
func.func @nesterov(%p: tensor<3xf32>, %g: tensor<3xf32>, %rate: f64, %v: tensor<3xf32>)
    -> (tensor<3xf32>, tensor<3xf32>) {
  %p2, %v2 = keel.sgd_update %p, %g, %rate, %v {momentum = 0.5, nesterov = true} : tensor<3xf32>
  return %p2, %v2 : tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @adam(
// CHECK-SAME: %[[RATE:[^:]*]]: f64, %[[M:[^:]*]]: tensor<3xf32>, %[[V:[^:]*]]: tensor<3xf32>, %[[C1:[^:]*]]: f64, %[[C2:[^:]*]]: f64)
// CHECK-DAG: %[[R:.*]] = arith.truncf %[[RATE]] : f64 to f32
// CHECK-DAG: %[[D1:.*]] = arith.truncf %[[C1]] : f64 to f32
// CHECK-DAG: %[[D2:.*]] = arith.truncf %[[C2]] : f64 to f32
// CHECK: ^bb0(%[[IN:[^:]*]]: f32, %[[DG:[^:]*]]: f32,
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[DG]], %[[DG]] : f32
// CHECK: %[[TOP:.*]] = arith.divf %[[M2:.*]], %[[D1]] : f32
// CHECK: %[[RATIO:.*]] = arith.divf %[[V2:.*]], %[[D2]] : f32
// CHECK: %[[EPSILON:.*]] = arith.constant 1.250000e-01 : f32
// CHECK: %[[ROOT:.*]] = math.sqrt %[[RATIO]] : f32
// CHECK: %[[BOTTOM:.*]] = arith.addf %[[ROOT]], %[[EPSILON]] : f32
// CHECK: %[[UNIT:.*]] = arith.divf %[[TOP]], %[[BOTTOM]] : f32
// CHECK: %[[STEP:.*]] = arith.mulf %[[R]], %[[UNIT]] : f32
// CHECK: %[[NEW:.*]] = arith.subf %[[IN]], %[[STEP]] : f32
// CHECK: linalg.yield %[[NEW]], %[[M2]], %[[V2]] : f32, f32, f32
func.func @adam(%p: tensor<3xf32>, %g: tensor<3xf32>, %rate: f64, %m: tensor<3xf32>,
                %v: tensor<3xf32>, %c1: f64, %c2: f64)
    -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %p2, %m2, %v2 = keel.adam_update %p, %g, %rate, %m, %v, %c1, %c2
      {beta1 = 0.5, beta2 = 0.75, epsilon = 0.125} : tensor<3xf32>
  return %p2, %m2, %v2 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}

// The parameter decays first, and the gradient stays as it is.
// CHECK-LABEL: func.func @adamw(
// CHECK: ^bb0(%[[IN:[^:]*]]: f32, %[[DG:[^:]*]]: f32,
// CHECK: %[[DECAY:.*]] = arith.constant 2.500000e-01 : f32
// CHECK: %[[SHARE:.*]] = arith.mulf %{{.*}}, %[[DECAY]] : f32
// CHECK: %[[PULL:.*]] = arith.mulf %[[SHARE]], %[[IN]] : f32
// CHECK: %[[LEFT:.*]] = arith.subf %[[IN]], %[[PULL]] : f32
// CHECK: arith.mulf %[[DG]], %[[DG]] : f32
// CHECK: arith.subf %[[LEFT]], %{{.*}} : f32
func.func @adamw(%p: tensor<3xf32>, %g: tensor<3xf32>, %rate: f64, %m: tensor<3xf32>,
                 %v: tensor<3xf32>, %c1: f64, %c2: f64) -> tensor<3xf32> {
  %p2, %m2, %v2 = keel.adam_update %p, %g, %rate, %m, %v, %c1, %c2
      {beta1 = 0.5, beta2 = 0.75, epsilon = 0.125, weight_decay = 0.25} : tensor<3xf32>
  return %p2 : tensor<3xf32>
}

// CHECK-LABEL: func.func @rmsprop(
// CHECK: ^bb0(%[[IN:[^:]*]]: f32, %[[DG:[^:]*]]: f32, %[[V:[^:]*]]: f32,
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[DG]], %[[DG]] : f32
// CHECK-DAG: %[[OLD:.*]] = arith.mulf %{{.*}}, %[[V]] : f32
// CHECK-DAG: %[[NOW:.*]] = arith.mulf %{{.*}}, %[[SQUARE]] : f32
// CHECK: %[[V2:.*]] = arith.addf %[[OLD]], %[[NOW]] : f32
// CHECK: %[[ROOT:.*]] = math.sqrt %[[V2]] : f32
// CHECK: %[[BOTTOM:.*]] = arith.addf %[[ROOT]], %{{.*}} : f32
// CHECK: %[[UNIT:.*]] = arith.divf %[[DG]], %[[BOTTOM]] : f32
// CHECK: %[[STEP:.*]] = arith.mulf %{{.*}}, %[[UNIT]] : f32
// CHECK: %[[NEW:.*]] = arith.subf %[[IN]], %[[STEP]] : f32
// CHECK: linalg.yield %[[NEW]], %[[V2]] : f32, f32
func.func @rmsprop(%p: tensor<3xf32>, %g: tensor<3xf32>, %rate: f64, %v: tensor<3xf32>)
    -> (tensor<3xf32>, tensor<3xf32>) {
  %p2, %v2 = keel.rmsprop_update %p, %g, %rate, %v {decay = 0.75, epsilon = 0.125} : tensor<3xf32>
  return %p2, %v2 : tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @adagrad(
// CHECK: ^bb0(%[[IN:[^:]*]]: f32, %[[DG:[^:]*]]: f32, %[[V:[^:]*]]: f32,
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[DG]], %[[DG]] : f32
// CHECK: %[[V2:.*]] = arith.addf %[[V]], %[[SQUARE]] : f32
// CHECK: %[[ROOT:.*]] = math.sqrt %[[V2]] : f32
// CHECK: %[[NEW:.*]] = arith.subf %[[IN]], %{{.*}} : f32
// CHECK: linalg.yield %[[NEW]], %[[V2]] : f32, f32
func.func @adagrad(%p: tensor<3xf32>, %g: tensor<3xf32>, %rate: f64, %v: tensor<3xf32>)
    -> (tensor<3xf32>, tensor<3xf32>) {
  %p2, %v2 = keel.adagrad_update %p, %g, %rate, %v {epsilon = 0.125} : tensor<3xf32>
  return %p2, %v2 : tensor<3xf32>, tensor<3xf32>
}

// The choice between old and new is made in the update's loop, on an argument
// as on a value that is computed behind the update.
// CHECK-LABEL: func.func @committed(
// CHECK-SAME: %[[OK:[^:]*]]: i1
// CHECK-COUNT-1: linalg.generic
// CHECK: %[[NEW:.*]] = arith.subf %[[IN:.*]], %{{.*}} : f32
// CHECK: %[[KEPT:.*]] = arith.select %[[OK]], %[[NEW]], %[[IN]] : f32
// CHECK: linalg.yield %[[KEPT]] : f32
// CHECK-NOT: linalg.generic
func.func @committed(%ok: i1, %p: tensor<3xf32>, %g: tensor<3xf32>, %rate: f64) -> tensor<3xf32> {
  %p2 = keel.sgd_update %p, %g, %rate : tensor<3xf32>
  %y = arith.select %ok, %p2, %p : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @committed_later(
// CHECK: %[[OK:.*]] = arith.cmpf
// CHECK-COUNT-1: linalg.generic
// CHECK: arith.select %[[OK]], %{{.*}}, %{{.*}} : f32
// CHECK-NOT: linalg.generic
func.func @committed_later(%p: tensor<3xf32>, %g: tensor<3xf32>, %rate: f64) -> tensor<3xf32> {
  %p2 = keel.sgd_update %p, %g, %rate : tensor<3xf32>
  %ok = arith.cmpf olt, %rate, %rate : f64
  %y = arith.select %ok, %p2, %p : tensor<3xf32>
  return %y : tensor<3xf32>
}

// With another use of the new value the choice stays by itself.
// CHECK-LABEL: func.func @used_twice(
// CHECK-COUNT-2: linalg.generic
func.func @used_twice(%ok: i1, %p: tensor<3xf32>, %g: tensor<3xf32>, %rate: f64)
    -> (tensor<3xf32>, tensor<3xf32>) {
  %p2 = keel.sgd_update %p, %g, %rate : tensor<3xf32>
  %y = arith.select %ok, %p2, %p : tensor<3xf32>
  return %y, %p2 : tensor<3xf32>, tensor<3xf32>
}
