// What @fold computes with: f64 throughout, whatever the operands' types.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func.func @fold_norm(
// CHECK-SAME: %[[M:[^:]*]]: tensor<3xf32>, %[[V:[^:]*]]: tensor<3xf32>, %[[G:[^:]*]]: tensor<3xf32>, %[[B:[^:]*]]: tensor<3xf32>)
// CHECK: %[[R:.*]]:2 = linalg.generic {{.*}} ins(%[[M]], %[[V]], %[[G]], %[[B]] :
// CHECK-COUNT-4: arith.extf %{{.*}} : f32 to f64
// CHECK: %[[ROOT:.*]] = math.sqrt %{{.*}} : f64
// CHECK: arith.divf %{{.*}}, %[[ROOT]] : f64
// CHECK-NOT: truncf
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @fold_norm(%m: tensor<3xf32>, %v: tensor<3xf32>, %g: tensor<3xf32>, %b: tensor<3xf32>)
    -> (tensor<3xf64>, tensor<3xf64>) {
  %s, %t = keel.fold_norm %m, %v affine %g, %b {epsilon = 0.5} : tensor<3xf32>
  return %s, %t : tensor<3xf64>, tensor<3xf64>
}

// CHECK-LABEL: func.func @fold_columns(
// CHECK-SAME: %[[W:[^:]*]]: tensor<4x3xf32>, %[[S:[^:]*]]: tensor<3xf64>, %[[T:[^:]*]]: tensor<3xf64>, %[[B:[^:]*]]: tensor<3xf32>)
// CHECK: %[[W2:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[LAST]], #[[ID]]]{{.*}} ins(%[[W]], %[[S]] :
// CHECK: %[[B2:.*]] = linalg.generic {{.*}} ins(%[[T]], %[[B]], %[[S]] :
// CHECK: return %[[W2]], %[[B2]]
func.func @fold_columns(%w: tensor<4x3xf32>, %s: tensor<3xf64>, %t: tensor<3xf64>, %b: tensor<3xf32>)
    -> (tensor<4x3xf64>, tensor<3xf64>) {
  %w2, %b2 = keel.fold_columns %w, %s, %t bias %b : tensor<4x3xf32>, tensor<3xf64>, tensor<3xf32>
  return %w2, %b2 : tensor<4x3xf64>, tensor<3xf64>
}

// CHECK-LABEL: func.func @fold_rows(
// CHECK-SAME: %[[W:[^:]*]]: tensor<4x3xf32>, %[[S:[^:]*]]: tensor<4xf64>, %[[T:[^:]*]]: tensor<4xf64>, %[[B:[^:]*]]: tensor<3xf32>)
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[W]], %[[T]] :
// CHECK: %[[W2:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]], #[[ID]]]{{.*}} ins(%[[W]], %[[S]] :
// CHECK: %[[B2:.*]] = linalg.generic {{.*}} ins(%[[SUM]], %[[B]] :
// CHECK: return %[[W2]], %[[B2]]
func.func @fold_rows(%w: tensor<4x3xf32>, %s: tensor<4xf64>, %t: tensor<4xf64>, %b: tensor<3xf32>)
    -> (tensor<4x3xf64>, tensor<3xf64>) {
  %w2, %b2 = keel.fold_rows %w, %s, %t bias %b : tensor<4x3xf32>, tensor<4xf64>, tensor<3xf32>
  return %w2, %b2 : tensor<4x3xf64>, tensor<3xf64>
}

// Other rows have scale 1 and shift 0.
// CHECK-LABEL: func.func @fold_some_rows(
// CHECK-SAME: %[[W:[^:]*]]: tensor<4x3xf64>, %[[S:[^:]*]]: tensor<2xf64>, %[[T:[^:]*]]: tensor<2xf64>)
// CHECK: %[[SCALE:.*]] = tensor.insert_slice %[[S]] into %{{.*}}[1] [2] [1] : tensor<2xf64> into tensor<4xf64>
// CHECK: %[[SHIFT:.*]] = tensor.insert_slice %[[T]] into %{{.*}}[1] [2] [1] : tensor<2xf64> into tensor<4xf64>
// CHECK: linalg.generic {{.*}} ins(%[[W]], %[[SHIFT]] :
// CHECK: linalg.generic {{.*}} ins(%[[W]], %[[SCALE]] :
func.func @fold_some_rows(%w: tensor<4x3xf64>, %s: tensor<2xf64>, %t: tensor<2xf64>)
    -> (tensor<4x3xf64>, tensor<3xf64>) {
  %w2, %b2 = keel.fold_rows %w, %s, %t {first = 1} : tensor<4x3xf64>, tensor<2xf64>
  return %w2, %b2 : tensor<4x3xf64>, tensor<3xf64>
}
