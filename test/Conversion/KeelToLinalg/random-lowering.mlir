// Random numbers become Philox in the loop's body: what an element is drawn
// from is its index, the stream and the seed. The stream also stands outside the
// body, for whoever looks for equal operations.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-LABEL: func.func @uniform(
// CHECK-SAME: %[[SEED:.*]]: i64)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} outs(%{{.*}} : tensor<4x3xf32>) attrs = {keel.draw = 7 : i64}
// CHECK: linalg.index 0 : index
// CHECK: linalg.index 1 : index
// CHECK: %[[STREAM:.*]] = arith.constant 7 : i32
// CHECK: arith.trunci %[[SEED]] : i64 to i32
// CHECK: arith.mului_extended %{{.*}}, %[[STREAM]] : i32
// CHECK-COUNT-18: arith.mului_extended
// CHECK-NOT: arith.mului_extended
// CHECK: %[[HALF:.*]] = arith.constant 5.000000e-01 : f64
// CHECK: arith.addf %{{.*}}, %[[HALF]] : f64
// CHECK: %[[LOW:.*]] = arith.constant -5.000000e-01 : f64
// CHECK: %[[WIDTH:.*]] = arith.constant 1.500000e+00 : f64
// CHECK: %[[SCALED:.*]] = arith.mulf %[[WIDTH]], %{{.*}} : f64
// CHECK: %[[VALUE:.*]] = arith.addf %[[LOW]], %[[SCALED]] : f64
// CHECK: %[[ROUNDED:.*]] = arith.truncf %[[VALUE]] : f64 to f32
// CHECK: linalg.yield %[[ROUNDED]] : f32
func.func @uniform(%seed: i64) -> tensor<4x3xf32> {
  %w = keel.random %seed {distribution = "uniform", stream = 7 : i64, first = -0.5, second = 1.0} : tensor<4x3xf32>
  return %w : tensor<4x3xf32>
}

// Our own logarithm and cosine: no libm, so the same bits everywhere.
// CHECK-LABEL: func.func @normal(
// CHECK-NOT: math.{{log|cos|fma}}
// CHECK: math.sqrt
// CHECK-NOT: math.{{log|cos|fma}}
// CHECK: linalg.yield %{{.*}} : f64
func.func @normal(%seed: i64) -> tensor<5xf64> {
  %w = keel.random %seed {distribution = "normal", stream = -1 : i64, first = 0.0, second = 1.0} : tensor<5xf64>
  return %w : tensor<5xf64>
}

// CHECK-LABEL: func.func @truncated_normal(
// CHECK-NOT: math.{{log|erf|fma}}
// CHECK: arith.constant 0.022750131948179{{.*}} : f64
// CHECK-NOT: math.{{log|erf|fma}}
// CHECK: linalg.yield %{{.*}} : f64
func.func @truncated_normal(%seed: i64) -> tensor<5xf64> {
  %w = keel.random %seed {distribution = "truncated_normal", stream = 0 : i64, first = 0.0, second = 1.0} : tensor<5xf64>
  return %w : tensor<5xf64>
}

// A mask is drawn by row and column, ten rounds a word; the rate is a threshold.
// CHECK-LABEL: func.func @dropout(
// CHECK-SAME: %[[X:.*]]: tensor<?x6xf32>, %[[SEED:.*]]: i64, %[[STEP:.*]]: i64, %[[ROW:.*]]: i64)
// CHECK: %[[STEP32:.*]] = arith.trunci %[[STEP]] : i64 to i32
// CHECK: %[[ROW32:.*]] = arith.trunci %[[ROW]] : i64 to i32
// CHECK: linalg.generic {{.*}} ins(%[[X]] :
// CHECK: ^bb0(%[[IN:.*]]: f32,
// CHECK: arith.addi %{{.*}}, %[[ROW32]] : i32
// CHECK-COUNT-20: arith.mului_extended
// CHECK-NOT: arith.mului_extended
// CHECK: %[[KEPT:.*]] = arith.cmpi uge, %{{.*}}, %{{.*}} : i32
// CHECK: %[[FACTOR:.*]] = arith.select %[[KEPT]]
// CHECK: %[[OUT:.*]] = arith.mulf %[[IN]], %[[FACTOR]]
// CHECK: linalg.yield %[[OUT]]
func.func @dropout(%x: tensor<?x6xf32>, %seed: i64, %step: i64, %row: i64) -> tensor<?x6xf32> {
  %y = keel.dropout_train %x, %seed, %step, %row {rate = 0.25, ordinal = 3} : tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}
