// Losses, their adjoints, and the rows that are right.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>

// The row's maximum is taken out, and rows are summed in f64.
// CHECK-LABEL: func.func @softmax_cross_entropy(
// CHECK-SAME: %[[Z:.*]]: tensor<?x3xf32>, %[[C:.*]]: tensor<?xi32>)
// CHECK: %[[MAX:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]]], iterator_types = ["parallel", "reduction"]} ins(%[[Z]] :
// CHECK: arith.maxnumf
// CHECK: %[[EXP:.*]] = linalg.generic {{.*}} ins(%[[Z]], %[[MAX]] :
// CHECK: %[[OFF:.*]] = arith.subf
// CHECK: math.exp %[[OFF]] : f32
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[EXP]] :
// CHECK: %[[CHOSEN:.*]] = linalg.generic {{.*}} ins(%[[Z]], %[[C]] :
// CHECK: linalg.index 1
// CHECK: arith.cmpi eq
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]} ins(%[[SUM]], %[[MAX]], %[[CHOSEN]] : {{.*}}) outs(%{{.*}} : tensor<f64>)
// CHECK: math.log %{{.*}} : f32
// CHECK: arith.extf %{{.*}} : f32 to f64
// CHECK: arith.divf %{{.*}}, %{{.*}} : f64
func.func @softmax_cross_entropy(%z: tensor<?x3xf32>, %c: tensor<?xi32>) -> tensor<f64> {
  %l = keel.softmax_cross_entropy %z, %c : tensor<?x3xf32>, tensor<?xi32>
  return %l : tensor<f64>
}

// CHECK-LABEL: func.func @softmax_cross_entropy_grad(
// CHECK-SAME: %[[D:.*]]: tensor<f64>, %[[Z:.*]]: tensor<?x3xf32>, %[[C:.*]]: tensor<?xi32>)
// CHECK: arith.maxnumf
// CHECK: %[[COTANGENT:.*]] = tensor.extract %[[D]][] : tensor<f64>
// CHECK: %[[WIDE:.*]] = arith.divf %[[COTANGENT]], %{{.*}} : f64
// CHECK: %[[SCALE:.*]] = arith.truncf %[[WIDE]] : f64 to f32
// CHECK: %[[FACTOR:.*]] = linalg.generic
// CHECK: arith.divf
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%[[FACTOR]], %[[C]] :
// CHECK: %[[P:.*]] = arith.mulf
// CHECK: %[[HOT:.*]] = arith.select
// CHECK: %[[OFF:.*]] = arith.subf %[[P]], %[[HOT]] : f32
// CHECK: arith.mulf %[[OFF]], %[[SCALE]] : f32
func.func @softmax_cross_entropy_grad(%d: tensor<f64>, %z: tensor<?x3xf32>, %c: tensor<?xi32>) -> tensor<?x3xf32> {
  %dz = keel.softmax_cross_entropy_grad %d, %z, %c : tensor<?x3xf32>, tensor<?xi32>
  return %dz : tensor<?x3xf32>
}

// Below before the class, not above behind it: of equal logits the first.
// CHECK-LABEL: func.func @count_correct(
// CHECK: %[[BEFORE:.*]] = arith.cmpi slt
// CHECK: %[[BELOW:.*]] = arith.cmpf olt
// CHECK: %[[ATMOST:.*]] = arith.cmpf ole
// CHECK: arith.select %[[BEFORE]], %[[BELOW]], %[[ATMOST]] : i1
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<i64>)
// CHECK: arith.addi
func.func @count_correct(%z: tensor<?x3xf32>, %c: tensor<?xi32>) -> tensor<i64> {
  %n = keel.count_correct %z, %c : tensor<?x3xf32>, tensor<?xi32>
  return %n : tensor<i64>
}
