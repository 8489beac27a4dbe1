// Activations made of sigmoids, soft and hard.
// RUN: keel-opt --convert-keel-to-linalg %s | FileCheck %s

// The left side is bounded, so that minus infinity gives 0.
// CHECK-LABEL: func.func @silu(
// CHECK: ^bb0(%[[X:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[LOW:.*]] = arith.constant -1.000000e+03 : f32
// CHECK: %[[BOUNDED:.*]] = arith.maximumf %[[X]], %[[LOW]]
// CHECK: %[[S:.*]] = arith.divf
// CHECK: arith.mulf %[[BOUNDED]], %[[S]]
func.func @silu(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.silu %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// One exponential gives both s and 1 - s.
// CHECK-LABEL: func.func @silu_grad(
// CHECK-COUNT-1: math.exp
// CHECK-NOT: math.exp
func.func @silu_grad(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.silu_grad %dy, %x : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @softplus(
// CHECK: ^bb0(%[[E:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[ABS:.*]] = math.absf %[[E]] : f32
// CHECK: %[[NEG:.*]] = arith.negf %[[ABS]] : f32
// CHECK: %[[EXP:.*]] = math.exp %[[NEG]] : f32
// CHECK-DAG: %[[MAX:.*]] = arith.maximumf %[[E]], %{{.*}} : f32
// CHECK-DAG: %[[LOG:.*]] = math.log1p %[[EXP]] : f32
// CHECK: arith.addf %[[MAX]], %[[LOG]] : f32
func.func @softplus(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.softplus %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// Maximum and minimum, which keep a NaN.
// CHECK-LABEL: func.func @hard_sigmoid(
// CHECK: arith.maximumf
// CHECK: arith.minimumf
func.func @hard_sigmoid(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.hard_sigmoid %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @hard_swish_grad(
// CHECK: arith.cmpf oge
// CHECK: arith.cmpf ole
func.func @hard_swish_grad(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.hard_swish_grad %dy, %x : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @softplus_grad(
// CHECK: ^bb0(%[[DY:.*]]: f32, %[[X:.*]]: f32, %{{.*}}: f32):
// CHECK: math.absf %[[X]]
// CHECK: %[[S:.*]] = arith.divf
// CHECK: arith.mulf %[[DY]], %[[S]]
func.func @softplus_grad(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.softplus_grad %dy, %x : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @softsign(
// CHECK: %[[ABS:.*]] = math.absf %[[X:.*]] : f32
// CHECK: %[[SUM:.*]] = arith.addf %[[ABS]]
// CHECK: arith.divf %[[X]], %[[SUM]]
func.func @softsign(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.softsign %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// From the output, without a division.
// CHECK-LABEL: func.func @softsign_grad(
// CHECK: ^bb0(%[[DY:.*]]: f32, %[[Y:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[ABS:.*]] = math.absf %[[Y]]
// CHECK: %[[D:.*]] = arith.subf %{{.*}}, %[[ABS]]
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[D]], %[[D]]
// CHECK: arith.mulf %[[DY]], %[[SQUARE]]
// CHECK-NOT: divf
func.func @softsign_grad(%dy: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.softsign_grad %dy, %y : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @hard_sigmoid_grad(
// CHECK: ^bb0(%[[DY:.*]]: f32, %[[Y:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[LOW:.*]] = arith.cmpf ole, %[[Y]]
// CHECK: %[[HIGH:.*]] = arith.cmpf oge, %[[Y]]
// CHECK: %[[FLAT:.*]] = arith.ori %[[LOW]], %[[HIGH]]
// CHECK: %[[ALPHA:.*]] = arith.constant 2.500000e-01
// CHECK: %[[SLOPE:.*]] = arith.mulf %[[DY]], %[[ALPHA]]
// CHECK: arith.select %[[FLAT]], %{{.*}}, %[[SLOPE]]
func.func @hard_sigmoid_grad(%dy: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.hard_sigmoid_grad %dy, %y {alpha = 0.25} : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @hard_swish(
// CHECK: %[[BOUNDED:.*]] = arith.maximumf
// CHECK: %[[LOW:.*]] = arith.maximumf
// CHECK: %[[GATE:.*]] = arith.minimumf %[[LOW]]
// CHECK: arith.mulf %[[BOUNDED]], %[[GATE]]
func.func @hard_swish(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.hard_swish %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
