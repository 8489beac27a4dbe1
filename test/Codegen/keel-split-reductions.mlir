// RUN: keel-opt %s --keel-split-reductions | FileCheck %s

// CHECK-LABEL: func.func @norm
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[S:.*]]: tensor<f64>)
// CHECK: %[[ZERO:.*]] = arith.constant {{-?}}0.000000e+00 : f64
// CHECK: %[[INIT:.*]] = linalg.fill ins(%[[ZERO]] : f64) outs(%{{.*}} : tensor<?xf64>)
// CHECK: %[[ROWS:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]] : {{.*}}) outs(%[[INIT]] :
// CHECK: arith.mulf
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]} ins(%[[ROWS]] : {{.*}}) outs(%[[S]] :
// CHECK-NOT: arith.mulf
func.func @norm(%x: tensor<?x8xf32>, %s: tensor<f64>) -> tensor<f64> {
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%x : tensor<?x8xf32>) outs(%s : tensor<f64>) {
  ^bb0(%a: f32, %o: f64):
    %1 = arith.extf %a : f32 to f64
    %2 = arith.mulf %1, %1 : f64
    %3 = arith.addf %o, %2 : f64
    linalg.yield %3 : f64
  } -> tensor<f64>
  return %0 : tensor<f64>
}
