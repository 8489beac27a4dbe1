// RUN: keel-opt %s --keel-transpose-contractions | FileCheck %s

// CHECK-DAG: #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>

// A B^T
// CHECK-LABEL: func.func @second_transposed
// CHECK-SAME: (%[[A:.*]]: tensor<?x8xf32>, %[[B:.*]]: tensor<16x8xf32>
func.func @second_transposed(%a: tensor<?x8xf32>, %b: tensor<16x8xf32>,
                             %c: tensor<?x16xf32>) -> tensor<?x16xf32> {
  // CHECK: %[[E:.*]] = tensor.empty() : tensor<8x16xf32>
  // CHECK: %[[T:.*]] = linalg.transpose ins(%[[B]] : tensor<16x8xf32>) outs(%[[E]] : tensor<8x16xf32>) permutation = [1, 0]
  // CHECK: linalg.contract indexing_maps = [#[[MK]], #[[KN]], #{{.*}}] ins(%[[A]], %[[T]]
  %r = linalg.contract
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<?x8xf32>, tensor<16x8xf32>)
      outs(%c : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %r : tensor<?x16xf32>
}

// A^T B is read where it lies.
// CHECK-LABEL: func.func @first_transposed
// CHECK-NOT: linalg.transpose
func.func @first_transposed(%a: tensor<?x8xf32>, %b: tensor<?x16xf32>,
                            %c: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %r = linalg.contract
      indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<?x8xf32>, tensor<?x16xf32>)
      outs(%c : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}
