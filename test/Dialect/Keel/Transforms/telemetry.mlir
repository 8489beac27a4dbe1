// Probes that say what telemetry tells of, and the functions that measure.
// RUN: keel-opt %s --pass-pipeline='builtin.module(keel.model(keel-insert-probes{telemetry}))' | FileCheck --check-prefix=PROBE %s
// RUN: keel-opt %s --keel-model-to-graph='mode=train telemetry' | FileCheck %s
// RUN: keel-opt %s --keel-model-to-graph='mode=train' -o %t.plain
// RUN: keel-opt %s --keel-model-to-graph='mode=train telemetry' -o %t.both
// The step itself is what it is without.
// RUN: sed -n '/@grad_step/,/^  }/p' %t.plain > %t.a
// RUN: sed -n '/@grad_step/,/^  }/p' %t.both > %t.b
// RUN: FileCheck --check-prefix=GRAD %s < %t.a
// RUN: cmp %t.a %t.b
// RUN: sed -n '/@apply_step/,/^  }/p' %t.plain > %t.a
// RUN: sed -n '/@apply_step/,/^  }/p' %t.both > %t.b
// RUN: FileCheck --check-prefix=APPLY %s < %t.a
// RUN: cmp %t.a %t.b
// GRAD: return
// APPLY: keel.sgd_update

// PROBE-NOT: keel.state
// PROBE: keel.probe %{{.*}} {index = 0, weight = "w"} : tensor<?x3xf32>
// PROBE: keel.probe %{{.*}} {flat = true, index = 2, saturation = 0.00833{{[0-9]*}}} : tensor<?x3xf32>
// PROBE: keel.probe %{{.*}} {index = 4} : tensor<?x2xf32>

// CHECK-NOT: keel.probe
// CHECK-LABEL: func.func @telemetry_grad_step
// CHECK-SAME: tensor<12xf64> {keel.name = "values", keel.role = "telemetry"}
// CHECK: %[[H:.*]] = keel.dense %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<4x3xf32>
// CHECK-NEXT: %[[SH:.*]] = keel.sum_of_squares %[[H]]
// CHECK: %[[A:.*]] = keel.hard_sigmoid %[[H]]
// CHECK-NEXT: %[[SA:.*]] = keel.sum_of_squares %[[A]]
// CHECK: %[[ONES:.*]] = linalg.fill
// CHECK: %[[SLOPE:.*]] = keel.hard_sigmoid_grad %[[ONES]]
// CHECK: %[[SATURATED:.*]] = keel.count_saturated %[[SLOPE]]
// CHECK: %[[DEAD:.*]] = keel.count_dead %[[SLOPE]]
// CHECK: %[[Y:.*]] = keel.dense %[[A]]
// CHECK: %[[SY:.*]] = keel.sum_of_squares %[[Y]]
// CHECK: %[[DY:.*]] = keel.mean_squared_error_grad
// CHECK: %[[SDY:.*]] = keel.sum_of_squares %[[DY]]
// CHECK: %[[SDA:.*]] = keel.sum_of_squares
// CHECK: %[[SDH:.*]] = keel.sum_of_squares
// CHECK: tensor.from_elements %[[SH]], %[[SDH]], %[[NONE:.*]], %[[NONE]], %[[SA]], %[[SDA]], %[[SATURATED]], %[[DEAD]], %[[SY]], %[[SDY]], %[[NONE]], %[[NONE]] : tensor<12xf64>

// Of the frozen weight nothing is told, and nothing is updated.
// CHECK-LABEL: func.func @telemetry_apply_step
// CHECK-SAME: %[[G:[^:]*]]: tensor<4x3xf32> {keel.name = "w", keel.role = "grad"}
// CHECK-SAME: %[[W:[^:]*]]: tensor<4x3xf32> {keel.name = "w", keel.role = "param"}
// CHECK-SAME: -> (tensor<9xf64> {keel.name = "updates", keel.role = "telemetry"})
// CHECK: %[[NEW:.*]] = keel.sgd_update %[[W]], %[[G]]
// CHECK: %[[CHANGE:.*]] = arith.subf %[[NEW]], %[[W]]
// CHECK: %[[SG:.*]] = keel.sum_of_squares %[[G]]
// CHECK: %[[SC:.*]] = keel.sum_of_squares %[[CHANGE]]
// CHECK: %[[SW:.*]] = keel.sum_of_squares %[[W]]
// CHECK: %[[ALL:.*]] = tensor.from_elements %[[SG]], %[[SC]], %[[SW]], %[[NONE:.*]], %[[NONE]], %[[NONE]], %[[NONE]], %[[NONE]], %[[NONE]] : tensor<9xf64>
// CHECK-NEXT: return %[[ALL]]
keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x2xf32>
    attributes {loss = #keel.mean_squared_error,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x3xf32>
  %v = keel.param "v" init(#keel.he_normal) {trainable = false} : tensor<3x2xf32>
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x3xf32>
  %a = keel.hard_sigmoid %h : tensor<?x3xf32>
  %y = keel.dense %a, %v : tensor<?x3xf32>, tensor<3x2xf32>
  keel.return %y : tensor<?x2xf32>
}
