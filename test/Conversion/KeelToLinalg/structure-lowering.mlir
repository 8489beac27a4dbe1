// Shortcuts and choices between tensors.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func.func @add(
// CHECK-SAME: %[[A:.*]]: tensor<?x3xf32>, %[[B:.*]]: tensor<?x3xf32>)
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[A]], %[[B]] :
// CHECK: ^bb0(%[[L:.*]]: f32, %[[R:.*]]: f32, %{{.*}}: f32):
// CHECK: arith.addf %[[L]], %[[R]] : f32
func.func @add(%a: tensor<?x3xf32>, %b: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %y = keel.add %a, %b : tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// The right side is read again for each row.
// CHECK-LABEL: func.func @add_to_rows(
// CHECK-SAME: %[[A:.*]]: tensor<?x3xf32>, %[[B:.*]]: tensor<3xf32>)
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[LAST]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[A]], %[[B]] :
func.func @add_to_rows(%a: tensor<?x3xf32>, %b: tensor<3xf32>) -> tensor<?x3xf32> {
  %y = keel.add %a, %b : tensor<?x3xf32>, tensor<3xf32>
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @select(
// CHECK-SAME: %[[C:.*]]: i1, %[[A:.*]]: tensor<3xf32>, %[[B:.*]]: tensor<3xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[A]], %[[B]] :
// CHECK: ^bb0(%[[L:.*]]: f32, %[[R:.*]]: f32, %{{.*}}: f32):
// CHECK: arith.select %[[C]], %[[L]], %[[R]] : f32
func.func @select(%c: i1, %a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %y = arith.select %c, %a, %b : tensor<3xf32>
  return %y : tensor<3xf32>
}

// A choice of scalars stays.
// CHECK-LABEL: func.func @select_scalars(
// CHECK-NOT: linalg
// CHECK: arith.select
func.func @select_scalars(%c: i1, %a: f32, %b: f32) -> f32 {
  %y = arith.select %c, %a, %b : f32
  return %y : f32
}
