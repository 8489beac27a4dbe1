// RUN: keel-opt %s --keel-lower-parallel-calls --split-input-file --verify-diagnostics | FileCheck %s

llvm.func @body(%context: !llvm.ptr, %arena: !llvm.ptr, %begin: i64, %end: i64) {
  llvm.return
}

// CHECK-LABEL: llvm.func internal @body_thunk
// CHECK-SAME: (%[[CLOSURE:.*]]: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64)
// CHECK: %[[FIELD:.*]] = llvm.getelementptr %[[CLOSURE]][0, 1] {{.*}} !llvm.struct<(ptr, ptr)>
// CHECK: %[[ARENA:.*]] = llvm.load %[[FIELD]]
// CHECK: llvm.call @body(%{{.*}}, %[[ARENA]], %[[BEGIN]], %[[END]])

// CHECK-LABEL: llvm.func internal @dispatch
// CHECK-SAME: (%[[CONTEXT:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[FROM:.*]]: i64, %[[TO:.*]]: i64)
// CHECK: %[[PACKED:.*]] = llvm.alloca {{.*}} !llvm.struct<(ptr, ptr)>
// CHECK: %[[FOR:.*]] = llvm.load %[[CONTEXT]]
// CHECK: %[[THUNK:.*]] = llvm.mlir.addressof @body_thunk
// CHECK: llvm.call %[[FOR]](%[[CONTEXT]], %[[THUNK]], %[[PACKED]], %[[FROM]], %[[TO]])
llvm.func @dispatch(!llvm.ptr, !llvm.ptr, i64, i64) attributes {keel.parallel_body = @body}

// -----

// expected-error @below {{'nothing' is not the body of a parallel loop}}
llvm.func @dispatch(!llvm.ptr, i64, i64) attributes {keel.parallel_body = @nothing}
