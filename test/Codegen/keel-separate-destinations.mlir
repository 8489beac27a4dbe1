// RUN: keel-opt %s --keel-separate-destinations | FileCheck %s

// Each product gets a fill of its own, of an empty tensor of its own.
// CHECK-LABEL: func @shared_fill
// CHECK-SAME: (%[[A:.*]]: tensor<4x4xf32>, %[[N:.*]]: index)
func.func @shared_fill(%a: tensor<4x4xf32>, %n: index) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  // CHECK: %[[E0:.*]] = tensor.empty() : tensor<4x4xf32>
  // CHECK-NEXT: %[[F0:.*]] = linalg.fill {{.*}} outs(%[[E0]]
  // CHECK-NEXT: %[[B:.*]] = linalg.matmul {{.*}} outs(%[[F0]]
  %b = linalg.matmul ins(%a, %a : tensor<4x4xf32>, tensor<4x4xf32>) outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  // CHECK-NEXT: %[[E1:.*]] = tensor.empty() : tensor<4x4xf32>
  // CHECK-NEXT: %[[F1:.*]] = linalg.fill {{.*}} outs(%[[E1]]
  // CHECK-NEXT: linalg.matmul ins(%[[A]], %[[B]] {{.*}} outs(%[[F1]]
  %c = linalg.matmul ins(%a, %b : tensor<4x4xf32>, tensor<4x4xf32>) outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %b, %c : tensor<4x4xf32>, tensor<4x4xf32>
}

// A fill that is read stays one.
// CHECK-LABEL: func @read_fill
// CHECK: %[[F:.*]] = linalg.fill
// CHECK: linalg.exp ins(%[[F]]
// CHECK: linalg.log ins(%[[F]]
func.func @read_fill(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %f = linalg.fill ins(%one : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %0 = linalg.exp ins(%f : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  %1 = linalg.log ins(%f : tensor<4xf32>) outs(%y : tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// A fill of memory that is there already is not repeated.
// CHECK-LABEL: func @fill_of_argument
// CHECK-COUNT-1: linalg.fill
// CHECK-NOT: linalg.fill
func.func @fill_of_argument(%a: tensor<4x4xf32>, %x: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%x : tensor<4x4xf32>) -> tensor<4x4xf32>
  %b = linalg.matmul ins(%a, %a : tensor<4x4xf32>, tensor<4x4xf32>) outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %f, %b : tensor<4x4xf32>, tensor<4x4xf32>
}

// The bias that a product starts from stands right before it.
// CHECK-LABEL: func @bias
// CHECK: linalg.exp
// CHECK-NEXT: linalg.broadcast
// CHECK-NEXT: linalg.matmul
func.func @bias(%a: tensor<4x4xf32>, %b: tensor<4xf32>) -> tensor<4x4xf32> {
  %e0 = tensor.empty() : tensor<4x4xf32>
  %e1 = tensor.empty() : tensor<4x4xf32>
  %0 = linalg.broadcast ins(%b : tensor<4xf32>) outs(%e0 : tensor<4x4xf32>) dimensions = [0]
  %1 = linalg.exp ins(%a : tensor<4x4xf32>) outs(%e1 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = linalg.matmul ins(%a, %1 : tensor<4x4xf32>, tensor<4x4xf32>) outs(%0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}
