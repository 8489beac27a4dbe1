// RUN: keel-opt %s --keel-approximate-math | FileCheck %s

// CHECK-LABEL: func.func @single
// CHECK-NOT: math.exp
// CHECK: math.fma
func.func @single(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.exp %x : vector<8xf32>
  return %0 : vector<8xf32>
}

// CHECK-LABEL: func.func @double
// CHECK: math.exp
// CHECK: math.erf
// CHECK: math.erfc
func.func @double(%x: vector<4xf64>) -> vector<4xf64> {
  %0 = math.exp %x : vector<4xf64>
  %1 = math.erf %0 : vector<4xf64>
  %2 = math.erfc %1 : vector<4xf64>
  return %2 : vector<4xf64>
}

// CHECK-LABEL: func.func @complement
// CHECK-NOT: math.erfc
// CHECK-NOT: math.exp
func.func @complement(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.erfc %x : vector<8xf32>
  return %0 : vector<8xf32>
}

// CHECK-LABEL: func.func @others
// CHECK: math.sin
// CHECK: math.sqrt
func.func @others(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.sin %x : vector<8xf32>
  %1 = math.sqrt %0 : vector<8xf32>
  return %1 : vector<8xf32>
}
