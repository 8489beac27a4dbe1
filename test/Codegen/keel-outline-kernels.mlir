// RUN: keel-opt %s --keel-outline-kernels --split-input-file | FileCheck %s

// Equal operations share a kernel. The offset that differs is passed, the one
// that does not stands in the kernel; the rows stay known as such.
// CHECK-LABEL: func.func private @infer_kernel(
// CHECK-SAME: %{{.*}}: !llvm.ptr {keel.arena = "context"}, %[[SCRATCH:.*]]: memref<1024xi8> {keel.arena = "scratch"},
// CHECK-SAME: %[[ROWS:.*]]: index {keel.arena = "rows"}, %[[OFFSET:.*]]: index)
// CHECK-DAG: %[[C512:.*]] = arith.constant 512 : index
// CHECK-DAG: %[[X:.*]] = memref.view %[[SCRATCH]][%[[OFFSET]]][%[[ROWS]]]
// CHECK-DAG: %[[Y:.*]] = memref.view %[[SCRATCH]][%[[C512]]][%[[ROWS]]]
// CHECK: linalg.exp ins(%[[X]] : memref<?x8xf32>) outs(%[[Y]] : memref<?x8xf32>)
// CHECK: return

// Another operation is another kernel.
// CHECK-LABEL: func.func private @infer_kernel_0(
// CHECK: linalg.log

// CHECK-LABEL: func.func @infer(
// CHECK-SAME: %[[CONTEXT:.*]]: !llvm.ptr {{.*}}, %[[ARENA:.*]]: memref<1024xi8> {{.*}}, %[[N:.*]]: index
// CHECK-NOT: linalg.
// CHECK: call @infer_kernel(%[[CONTEXT]], %[[ARENA]], %[[N]], %c0)
// CHECK: call @infer_kernel(%[[CONTEXT]], %[[ARENA]], %[[N]], %c256)
// CHECK: call @infer_kernel_0(%[[CONTEXT]], %[[ARENA]], %[[N]])
// CHECK-NOT: linalg.
func.func @infer(%context: !llvm.ptr {keel.arena = "context"},
                 %scratch: memref<1024xi8> {keel.arena = "scratch"},
                 %rows: index {keel.arena = "rows"}) {
  %c0 = arith.constant 0 : index
  %c256 = arith.constant 256 : index
  %c512 = arith.constant 512 : index
  %x = memref.view %scratch[%c0][%rows] : memref<1024xi8> to memref<?x8xf32>
  %y = memref.view %scratch[%c512][%rows] : memref<1024xi8> to memref<?x8xf32>
  %z = memref.view %scratch[%c256][%rows] : memref<1024xi8> to memref<?x8xf32>
  linalg.exp ins(%x : memref<?x8xf32>) outs(%y : memref<?x8xf32>)
  linalg.exp ins(%z : memref<?x8xf32>) outs(%y : memref<?x8xf32>)
  linalg.log ins(%z : memref<?x8xf32>) outs(%y : memref<?x8xf32>)
  return
}

// -----

// A product takes along what it starts from, but nothing that stands behind
// another effect.
// CHECK-LABEL: func.func private @infer_kernel(
// CHECK: linalg.fill
// CHECK-NEXT: linalg.matmul
// CHECK-NEXT: return
// CHECK-LABEL: func.func private @infer_kernel_0(
// CHECK: linalg.fill
// CHECK-NEXT: return
// CHECK-LABEL: func.func private @infer_kernel_1(
// CHECK-NOT: linalg.fill
// CHECK: linalg.matmul
// CHECK-LABEL: func.func @infer(
func.func @infer(%context: !llvm.ptr {keel.arena = "context"},
                 %scratch: memref<256xi8> {keel.arena = "scratch"}) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %x = memref.view %scratch[%c0][] : memref<256xi8> to memref<4x4xf32>
  %y = memref.view %scratch[%c64][] : memref<256xi8> to memref<4x4xf32>
  linalg.fill ins(%zero : f32) outs(%y : memref<4x4xf32>)
  linalg.matmul ins(%x, %x : memref<4x4xf32>, memref<4x4xf32>) outs(%y : memref<4x4xf32>)
  linalg.fill ins(%zero : f32) outs(%y : memref<4x4xf32>)
  memref.store %zero, %x[%c0, %c0] : memref<4x4xf32>
  linalg.matmul ins(%x, %x : memref<4x4xf32>, memref<4x4xf32>) outs(%y : memref<4x4xf32>)
  return
}

// -----

#row = affine_map<(d0, d1) -> (d0, d1)>
#sum = affine_map<(d0, d1) -> (d1)>

// Sums take along the fills that they start from.
// CHECK-LABEL: func.func private @infer_kernel(
// CHECK: linalg.fill
// CHECK-NEXT: linalg.fill
// CHECK-NEXT: linalg.generic
// CHECK-NOT: func.func private
func.func @infer(%context: !llvm.ptr {keel.arena = "context"},
                 %scratch: memref<256xi8> {keel.arena = "scratch"}) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %zero = arith.constant 0.0 : f32
  %x = memref.view %scratch[%c0][] : memref<256xi8> to memref<4x4xf32>
  %y = memref.view %scratch[%c64][] : memref<256xi8> to memref<4xf32>
  %z = memref.view %scratch[%c128][] : memref<256xi8> to memref<4xf32>
  linalg.fill ins(%zero : f32) outs(%y : memref<4xf32>)
  linalg.fill ins(%zero : f32) outs(%z : memref<4xf32>)
  linalg.generic {indexing_maps = [#row, #sum, #sum], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<4x4xf32>) outs(%y, %z : memref<4xf32>, memref<4xf32>) {
  ^bb0(%in: f32, %sum: f32, %squares: f32):
    %0 = arith.addf %sum, %in : f32
    %1 = arith.mulf %in, %in : f32
    %2 = arith.addf %squares, %1 : f32
    linalg.yield %0, %2 : f32, f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>

// What differs in an integer alone shares a kernel, which then takes it; the
// integer that all calls have, and every floating-point number, stands inside.
// CHECK-LABEL: func.func private @init_kernel(
// CHECK-SAME: %[[PARAMS:[^:]*]]: memref<64xi8> {keel.arena = "params"}, %[[KEY:[^:]*]]: i32)
// CHECK-DAG: %[[FACTOR:.*]] = arith.constant 3 : i32
// CHECK-DAG: arith.constant 2.000000e+00 : f32
// CHECK: arith.muli %[[KEY]], %[[FACTOR]]
// CHECK-LABEL: func.func private @init_kernel_0(
// CHECK: arith.constant 4.000000e+00 : f32
// CHECK-LABEL: func.func @init(
// CHECK: call @init_kernel({{.*}}, %c5_i32)
// CHECK: call @init_kernel({{.*}}, %c7_i32)
// CHECK: call @init_kernel_0(%{{[^,]*}}, %{{[^,]*}})
func.func @init(%context: !llvm.ptr {keel.arena = "context"},
                %params: memref<64xi8> {keel.arena = "params"}) {
  %c0 = arith.constant 0 : index
  %c3_i32 = arith.constant 3 : i32
  %c5_i32 = arith.constant 5 : i32
  %c7_i32 = arith.constant 7 : i32
  %two = arith.constant 2.0 : f32
  %four = arith.constant 4.0 : f32
  %w = memref.view %params[%c0][] : memref<64xi8> to memref<16xf32>
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%w : memref<16xf32>) {
  ^bb0(%out: f32):
    %0 = arith.muli %c5_i32, %c3_i32 : i32
    %1 = arith.sitofp %0 : i32 to f32
    %2 = arith.mulf %1, %two : f32
    linalg.yield %2 : f32
  }
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%w : memref<16xf32>) {
  ^bb0(%out: f32):
    %0 = arith.muli %c7_i32, %c3_i32 : i32
    %1 = arith.sitofp %0 : i32 to f32
    %2 = arith.mulf %1, %two : f32
    linalg.yield %2 : f32
  }
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%w : memref<16xf32>) {
  ^bb0(%out: f32):
    %0 = arith.muli %c5_i32, %c3_i32 : i32
    %1 = arith.sitofp %0 : i32 to f32
    %2 = arith.mulf %1, %four : f32
    linalg.yield %2 : f32
  }
  return
}
