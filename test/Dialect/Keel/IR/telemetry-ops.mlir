// What telemetry counts.
// RUN: keel-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @counts
// CHECK-SAME: %[[D:.*]]: tensor<?x4xf32>
func.func @counts(%d: tensor<?x4xf32>) -> (f64, f64) {
  // CHECK: keel.count_saturated %[[D]] {limit = 0.05} : tensor<?x4xf32>
  %s = keel.count_saturated %d {limit = 0.05} : tensor<?x4xf32>
  // CHECK: keel.count_dead %[[D]] : tensor<?x4xf32>
  %n = keel.count_dead %d : tensor<?x4xf32>
  return %s, %n : f64, f64
}
