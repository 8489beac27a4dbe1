// Shortcuts, shapes and choices between tensors.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[ID1:.*]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[NONE:.*]] = affine_map<(d0) -> ()>

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

// CHECK-LABEL: func.func @sub(
// CHECK: arith.subf
func.func @sub(%a: tensor<?x3xf32>, %b: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %y = keel.sub %a, %b : tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @mul_rows(
// CHECK-SAME: %[[A:.*]]: tensor<?x3xf32>, %[[B:.*]]: tensor<3xf32>)
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[LAST]], #[[ID]]], {{.*}} ins(%[[A]], %[[B]] :
// CHECK: arith.mulf
func.func @mul_rows(%a: tensor<?x3xf32>, %b: tensor<3xf32>) -> tensor<?x3xf32> {
  %y = keel.mul %a, %b : tensor<?x3xf32>, tensor<3xf32>
  return %y : tensor<?x3xf32>
}

// A sample of rank 0.
// CHECK-LABEL: func.func @add_number(
// CHECK: linalg.generic {indexing_maps = [#[[ID1]], #[[NONE]], #[[ID1]]]
// CHECK: arith.addf
func.func @add_number(%a: tensor<?xf32>, %b: tensor<f32>) -> tensor<?xf32> {
  %y = keel.add %a, %b : tensor<?xf32>, tensor<f32>
  return %y : tensor<?xf32>
}

// Each operand goes to its own columns.
// CHECK-LABEL: func.func @concat(
// CHECK-SAME: %[[A:.*]]: tensor<?x3xf32>, %[[B:.*]]: tensor<?x2xf32>)
// CHECK: %[[N:.*]] = tensor.dim %[[A]]
// CHECK: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<?x5xf32>
// CHECK: %[[Y:.*]] = tensor.insert_slice %[[A]] into %[[E]][0, 0] [%{{.*}}, 3] [1, 1]
// CHECK: %[[Z:.*]] = tensor.insert_slice %[[B]] into %[[Y]][0, 3] [%{{.*}}, 2] [1, 1]
// CHECK: return %[[Z]]
func.func @concat(%a: tensor<?x3xf32>, %b: tensor<?x2xf32>) -> tensor<?x5xf32> {
  %y = keel.concat %a, %b : tensor<?x3xf32>, tensor<?x2xf32>
  return %y : tensor<?x5xf32>
}

// CHECK-LABEL: func.func @flatten(
// CHECK: tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2]] : tensor<?x4x3xf32> into tensor<?x12xf32>
func.func @flatten(%x: tensor<?x4x3xf32>) -> tensor<?x12xf32> {
  %y = keel.flatten %x : tensor<?x4x3xf32>
  return %y : tensor<?x12xf32>
}
