// Of several models the named one is taken, and the others go.
// RUN: keel-opt --keel-specialize='model=b' %s | FileCheck %s

// CHECK: keel.model_name = "b"
// CHECK-LABEL: func.func @infer
// CHECK: keel.tanh
// CHECK-NOT: keel.relu
keel.model @a(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.relu %x : tensor<?x4xf32>
  keel.return %y : tensor<?x4xf32>
}
keel.model @b(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.tanh %x : tensor<?x4xf32>
  keel.return %y : tensor<?x4xf32>
}
