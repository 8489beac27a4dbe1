// Gram-Schmidt on contiguous rows of f64, in groups of 32: twice for each row,
// against those before it.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// Rows that are fewer than columns are what becomes orthonormal.
// CHECK-LABEL: func.func @wide(
// CHECK-SAME: %[[X:.*]]: tensor<3x40xf32>)
// CHECK: %[[WIDE:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<3x40xf32>) outs(%{{.*}} : tensor<3x40xf64>)
// CHECK: arith.extf
// CHECK: %[[ZEROS:.*]] = linalg.fill {{.*}} -> tensor<3x64xf64>
// CHECK: %[[FILLED:.*]] = tensor.insert_slice %[[WIDE]] into %[[ZEROS]][0, 0] [3, 40] [1, 1]
// CHECK: %[[START:.*]] = tensor.expand_shape %[[FILLED]] {{.*}} into tensor<3x2x32xf64>
// CHECK: %[[DONE:.*]] = scf.for %[[I:.*]] = %{{.*}} to %c3 step %{{.*}} iter_args(%[[ROWS:.*]] = %[[START]]) -> (tensor<3x2x32xf64>)
// CHECK: %[[FIRST:.*]] = tensor.extract_slice %[[ROWS]][%[[I]], 0, 0] [1, 2, 32] [1, 1, 1] : tensor<3x2x32xf64> to tensor<2x32xf64>
// CHECK: %[[ROW:.*]] = scf.for %{{.*}} = %{{.*}} to %c2{{.*}} step %{{.*}} iter_args(%[[OLD:.*]] = %[[FIRST]]) -> (tensor<2x32xf64>)
// CHECK: %[[LEFT:.*]] = scf.for %[[J:.*]] = %{{.*}} to %[[I]] step %{{.*}} iter_args(%[[NOW:.*]] = %[[OLD]])
// CHECK: %[[Q:.*]] = tensor.extract_slice %[[ROWS]][%[[J]], 0, 0]
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[NOW]], %[[Q]] : {{.*}}) outs(%{{.*}} : tensor<32xf64>)
// CHECK-COUNT-31: arith.addf %{{.*}}, %{{.*}} : f64
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%[[Q]] : tensor<2x32xf64>) outs(%[[NOW]] : tensor<2x32xf64>)
// CHECK: arith.mulf
// CHECK: arith.subf
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[LEFT]], %[[LEFT]] :
// CHECK: math.sqrt
// CHECK: linalg.generic {{.*}} outs(%[[LEFT]] : tensor<2x32xf64>)
// CHECK: arith.divf
// CHECK: tensor.insert_slice %[[ROW]] into %[[ROWS]][%[[I]], 0, 0] [1, 2, 32] [1, 1, 1]
// CHECK: %[[BACK:.*]] = tensor.collapse_shape %[[DONE]]
// CHECK: %[[CUT:.*]] = tensor.extract_slice %[[BACK]][0, 0] [3, 40] [1, 1]
// CHECK: linalg.generic {{.*}} ins(%[[CUT]] : tensor<3x40xf64>) outs(%{{.*}} : tensor<3x40xf32>)
// CHECK: arith.constant 5.000000e-01 : f64
func.func @wide(%x: tensor<3x40xf32>) -> tensor<3x40xf32> {
  %q = keel.orthogonalize %x {gain = 0.5} : tensor<3x40xf32>
  return %q : tensor<3x40xf32>
}

// More rows than columns: the transpose, and back. Axes behind the first are
// one.
// CHECK-LABEL: func.func @tall(
// CHECK-SAME: %[[X:.*]]: tensor<7x2x3xf64>)
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2]] : tensor<7x2x3xf64> into tensor<7x6xf64>
// CHECK: linalg.generic {{.*}} ins(%[[FLAT]] : tensor<7x6xf64>) outs(%{{.*}} : tensor<6x7xf64>)
// CHECK: scf.for %{{.*}} = %{{.*}} to %c6 step %{{.*}} -> (tensor<6x1x32xf64>)
// CHECK: %[[BACK:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<6x7xf64>) outs(%{{.*}} : tensor<7x6xf64>)
// CHECK: tensor.expand_shape %[[BACK]] {{\[\[}}0], [1, 2]] output_shape [7, 2, 3] : tensor<7x6xf64> into tensor<7x2x3xf64>
func.func @tall(%x: tensor<7x2x3xf64>) -> tensor<7x2x3xf64> {
  %q = keel.orthogonalize %x : tensor<7x2x3xf64>
  return %q : tensor<7x2x3xf64>
}
