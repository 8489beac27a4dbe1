// Ops of arith and math on whole tensors become element by element too.
// RUN: keel-opt --keel-graph-to-linalg --keel-verify-stage='stage=linalg' %s | FileCheck %s

// CHECK-LABEL: func.func @infer
// CHECK: linalg.generic
// CHECK: arith.maximumf %{{.*}}, %{{.*}} : f32
// CHECK: linalg.generic
// CHECK: arith.mulf %{{.*}}, %{{.*}} : f32
// CHECK: linalg.generic
// CHECK: math.cos %{{.*}} : f32
// CHECK: return
func.func @infer(%x: tensor<?x4xf32> {keel.name = "x", keel.role = "input"})
    -> (tensor<?x4xf32> {keel.name = "y", keel.role = "output"}) {
  %a = keel.relu %x : tensor<?x4xf32>
  %b = arith.mulf %a, %x : tensor<?x4xf32>
  %y = math.cos %b : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
