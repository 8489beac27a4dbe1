// RUN: keel-opt %s --keel-call-libm | FileCheck %s

// CHECK-DAG: func.func private @expm1(f64) -> f64
// CHECK-DAG: func.func private @log1pf(f32) -> f32

// CHECK-LABEL: func.func @double
// CHECK: call @expm1(%{{.*}}) : (f64) -> f64
func.func @double(%x: f64) -> f64 {
  %0 = math.expm1 %x : f64
  return %0 : f64
}

// CHECK-LABEL: func.func @vector
// CHECK-COUNT-2: call @log1pf(%{{.*}}) : (f32) -> f32
// CHECK-NOT: log1p
func.func @vector(%x: vector<2xf32>) -> vector<2xf32> {
  %0 = math.log1p %x : vector<2xf32>
  return %0 : vector<2xf32>
}

// What LLVM knows how to do itself is left to it.
// CHECK-LABEL: func.func @others
// CHECK: math.exp
// CHECK: math.sqrt
func.func @others(%x: f64) -> f64 {
  %0 = math.exp %x : f64
  %1 = math.sqrt %0 : f64
  return %1 : f64
}
