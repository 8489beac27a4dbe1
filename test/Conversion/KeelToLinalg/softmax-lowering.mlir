// Activations by row and their adjoints.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>

// The row's maximum goes out of the exponentials, which are computed once and
// scaled in place.
// CHECK-LABEL: func.func @softmax(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>)
// CHECK: arith.constant 0xFF800000 : f32
// CHECK: %[[MAX:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]]], iterator_types = ["parallel", "reduction"]}
// CHECK: arith.maxnumf
// CHECK: %[[EXP:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]], #[[ID]]]{{.*}} ins(%[[X]], %[[MAX]] :
// CHECK: arith.subf
// CHECK: math.exp
// CHECK: %[[SUM:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]]]{{.*}} ins(%[[EXP]] :
// CHECK: arith.addf
// CHECK: %[[FACTOR:.*]] = linalg.generic {{.*}} ins(%[[SUM]] :
// CHECK: arith.divf
// CHECK: linalg.generic {indexing_maps = [#[[ROW]], #[[ID]]]{{.*}} ins(%[[FACTOR]] : {{.*}}) outs(%[[EXP]] :
// CHECK-NOT: math.exp
// CHECK: arith.mulf
func.func @softmax(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.softmax %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @log_softmax(
// CHECK: math.exp
// CHECK: %[[LOG:.*]] = linalg.generic {{.*}}iterator_types = ["parallel"]}
// CHECK: math.log %
// CHECK: linalg.generic {{.*}}ins(%{{.*}}, %{{.*}}, %[[LOG]] :
// CHECK-NOT: math.exp
// CHECK: arith.subf
// CHECK: arith.subf
func.func @log_softmax(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.log_softmax %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @softmax_grad(
// CHECK-SAME: %[[DY:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>)
// CHECK: %[[SUM:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[ROW]]]{{.*}} ins(%[[DY]], %[[Y]] :
// CHECK: linalg.generic {{.*}} ins(%[[DY]], %[[Y]], %[[SUM]] :
// CHECK: ^bb0(%[[D:.*]]: f32, %[[E:.*]]: f32, %[[S:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[OFF:.*]] = arith.subf %[[D]], %[[S]] : f32
// CHECK: arith.mulf %[[E]], %[[OFF]] : f32
func.func @softmax_grad(%dy: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.softmax_grad %dy, %y : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @log_softmax_grad(
// CHECK-SAME: %[[DY:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>)
// CHECK: %[[SUM:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]]]{{.*}} ins(%[[DY]] :
// CHECK: linalg.generic {{.*}} ins(%[[DY]], %[[Y]], %[[SUM]] :
// CHECK: ^bb0(%[[D:.*]]: f32, %[[E:.*]]: f32, %[[S:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[P:.*]] = math.exp %[[E]] : f32
// CHECK: %[[SHARE:.*]] = arith.mulf %[[P]], %[[S]] : f32
// CHECK: arith.subf %[[D]], %[[SHARE]] : f32
func.func @log_softmax_grad(%dy: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.log_softmax_grad %dy, %y : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}
