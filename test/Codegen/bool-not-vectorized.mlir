// RUN: keel-opt --keel-vectorize-generics %s | FileCheck %s

// A bool takes a byte in memory, and one of a vector a bit: loads of vectors of
// them would read other elements.

// CHECK-LABEL: func.func @not
// CHECK: linalg.generic
func.func @not(%x: memref<3x16xi1>, %y: memref<3x16xi1>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>,
                                   affine_map<(i, j) -> (i, j)>],
                  iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<3x16xi1>) outs(%y : memref<3x16xi1>) {
  ^bb0(%a: i1, %b: i1):
    %true = arith.constant true
    %r = arith.xori %a, %true : i1
    linalg.yield %r : i1
  }
  return
}

// CHECK-LABEL: func.func @transpose
// CHECK: linalg.transpose
func.func @transpose(%x: memref<16x32xi1>, %y: memref<32x16xi1>) {
  linalg.transpose ins(%x : memref<16x32xi1>) outs(%y : memref<32x16xi1>) permutation = [1, 0]
  return
}
