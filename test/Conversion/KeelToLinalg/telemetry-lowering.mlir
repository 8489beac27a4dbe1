// Counts of elements, and of units over a batch.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[NONE:.*]] = affine_map<(d0, d1) -> ()>
// CHECK-DAG: #[[UNIT:.*]] = affine_map<(d0, d1) -> (d1)>

// A NaN is not below the limit.
// CHECK-LABEL: func.func @count_saturated(
// CHECK-SAME: %[[D:.*]]: tensor<?x3xf32>)
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[NONE]]], iterator_types = ["reduction", "reduction"]} ins(%[[D]] : tensor<?x3xf32>) outs(%{{.*}} : tensor<f64>)
// CHECK: ^bb0(%[[E:.*]]: f32, %[[OLD:.*]]: f64):
// CHECK: %[[SIZE:.*]] = math.absf %[[E]] : f32
// CHECK: %[[LIMIT:.*]] = arith.constant 5.000000e-02 : f32
// CHECK: %[[IS:.*]] = arith.cmpf olt, %[[SIZE]], %[[LIMIT]] : f32
// CHECK: %[[ONE:.*]] = arith.select %[[IS]]
// CHECK: arith.addf %[[OLD]], %[[ONE]] : f64
func.func @count_saturated(%d: tensor<?x3xf32>) -> f64 {
  %s = keel.count_saturated %d {limit = 0.05} : tensor<?x3xf32>
  return %s : f64
}

// The largest magnitude of each unit keeps a NaN, which is not 0.
// CHECK-LABEL: func.func @count_dead(
// CHECK-SAME: %[[D:.*]]: tensor<?x3xf32>)
// CHECK: %[[MOST:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[UNIT]]], iterator_types = ["reduction", "parallel"]} ins(%[[D]] : tensor<?x3xf32>) outs(%{{.*}} : tensor<3xf32>)
// CHECK: %[[SIZE:.*]] = math.absf
// CHECK: arith.maximumf %{{.*}}, %[[SIZE]] : f32
// CHECK: linalg.generic {{.*}} ins(%[[MOST]] : tensor<3xf32>) outs(%{{.*}} : tensor<f64>)
// CHECK: arith.cmpf oeq
func.func @count_dead(%d: tensor<?x3xf32>) -> f64 {
  %n = keel.count_dead %d : tensor<?x3xf32>
  return %n : f64
}
