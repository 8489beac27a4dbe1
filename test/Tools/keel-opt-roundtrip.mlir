// keel-opt knows upstream MLIR, and what it prints it reads again.
// RUN: keel-opt --verify-roundtrip %s | FileCheck %s
// RUN: keel-opt --help | FileCheck --check-prefix=HELP %s

// HELP: Keel
// HELP: --verify-roundtrip

// CHECK-LABEL: func.func @double
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>)
func.func @double(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: %[[Y:.*]] = arith.addf %[[X]], %[[X]]
  %y = arith.addf %x, %x : tensor<?x4xf32>
  // CHECK: return %[[Y]]
  return %y : tensor<?x4xf32>
}
