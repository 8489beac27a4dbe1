// What clipping needs: norms in f64, scaling and clamping.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[NONE:.*]] = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: func.func @sum_of_squares(
// CHECK-SAME: %[[G:.*]]: tensor<4x3xf32>)
// CHECK: %[[SUM:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[NONE]]], iterator_types = ["reduction", "reduction"]} ins(%[[G]] : tensor<4x3xf32>) outs(%{{.*}} : tensor<f64>)
// CHECK: ^bb0(%[[E:.*]]: f32, %[[OLD:.*]]: f64):
// CHECK: %[[WIDE:.*]] = arith.extf %[[E]] : f32 to f64
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[WIDE]], %[[WIDE]] : f64
// CHECK: arith.addf %[[OLD]], %[[SQUARE]] : f64
// CHECK: %[[S:.*]] = tensor.extract %[[SUM]][] : tensor<f64>
// CHECK: return %[[S]] : f64
func.func @sum_of_squares(%g: tensor<4x3xf32>) -> f64 {
  %s = keel.sum_of_squares %g : tensor<4x3xf32>
  return %s : f64
}

// The bits of a NaN's magnitude are above infinity's.
// CHECK-LABEL: func.func @max_abs(
// CHECK: ^bb0(%[[E:.*]]: f32, %[[OLD:.*]]: i32):
// CHECK: %[[MASK:.*]] = arith.constant 2147483647 : i32
// CHECK: %[[BITS:.*]] = arith.bitcast %[[E]] : f32 to i32
// CHECK: %[[ABS:.*]] = arith.andi %[[BITS]], %[[MASK]] : i32
// CHECK: arith.maxui %[[OLD]], %[[ABS]] : i32
// CHECK: %[[MOST:.*]] = arith.bitcast %{{.*}} : i32 to f32
// CHECK: arith.extf %[[MOST]] : f32 to f64
func.func @max_abs(%g: tensor<4x3xf32>) -> f64 {
  %m = keel.max_abs %g : tensor<4x3xf32>
  return %m : f64
}

// The factor is rounded once, outside the loop.
// CHECK-LABEL: func.func @scale(
// CHECK-SAME: %[[G:.*]]: tensor<4x3xf32>, %[[F:.*]]: f64)
// CHECK: %[[ROUNDED:.*]] = arith.truncf %[[F]] : f64 to f32
// CHECK: linalg.generic
// CHECK: arith.mulf %{{.*}}, %[[ROUNDED]] : f32
func.func @scale(%g: tensor<4x3xf32>, %f: f64) -> tensor<4x3xf32> {
  %s = keel.scale %g, %f : tensor<4x3xf32>
  return %s : tensor<4x3xf32>
}

// CHECK-LABEL: func.func @clamp(
// CHECK: %[[LOW:.*]] = arith.constant -5.000000e-01 : f32
// CHECK: %[[ABOVE:.*]] = arith.maximumf %{{.*}}, %[[LOW]] : f32
// CHECK: %[[HIGH:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: arith.minimumf %[[ABOVE]], %[[HIGH]] : f32
func.func @clamp(%g: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %s = keel.clamp %g {limit = 0.5} : tensor<4x3xf32>
  return %s : tensor<4x3xf32>
}
