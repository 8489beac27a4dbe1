// Weights start as what follows them needs, biases at 0.
// RUN: keel-opt --pass-pipeline='builtin.module(keel.model(keel-fit-initializers))' --split-input-file %s | FileCheck %s
// RUN: keel-opt --pass-pipeline='builtin.module(keel.model(keel-fit-initializers{orthogonal=true}))' --split-input-file %s | FileCheck --check-prefix=ORTHOGONAL %s

// By the activation behind the layer, through norms and shortcuts.
// CHECK-LABEL: keel.model @fits
// CHECK: keel.param "fc1.weight" init(#keel.he_normal)
// CHECK: keel.param "fc1.bias" init(#keel.zeros)
// CHECK: keel.param "fc2.weight" init(#keel.xavier_normal)
// CHECK: keel.param "bn2.gamma" init(#keel.ones)
// CHECK: keel.param "bn2.beta" init(#keel.zeros)
// CHECK: keel.state "bn2.mean" init(#keel.constant<3.0>)
// CHECK: keel.param "fc3.weight" init(#keel.lecun_normal)
// CHECK: keel.param "fc4.weight" init(#keel.xavier_normal)
// The weights that keep a width alone.
// ORTHOGONAL-LABEL: keel.model @fits
// ORTHOGONAL: keel.param "fc1.weight" init(#keel.he_normal)
// ORTHOGONAL: keel.param "fc2.weight" init(#keel.orthogonal<gain = 1.0>)
// ORTHOGONAL: keel.param "fc3.weight" init(#keel.orthogonal<gain = 1.0>)
// ORTHOGONAL: keel.param "fc4.weight" init(#keel.xavier_normal)
keel.model @fits(%x: tensor<?x64xf32>) -> tensor<?x10xf32> {
  %w1 = keel.param "fc1.weight" init(#keel.zeros) : tensor<64x16xf32>
  %b1 = keel.param "fc1.bias" init(#keel.constant<-5.0>) : tensor<16xf32>
  %h1 = keel.dense %x, %w1, %b1 : tensor<?x64xf32>, tensor<64x16xf32>, tensor<16xf32>
  %a1 = keel.relu %h1 : tensor<?x16xf32>
  %w2 = keel.param "fc2.weight" init(#keel.normal) : tensor<16x16xf32>
  %h2 = keel.dense %a1, %w2 : tensor<?x16xf32>, tensor<16x16xf32>
  %g2 = keel.param "bn2.gamma" init(#keel.constant<20.0>) : tensor<16xf32>
  %e2 = keel.param "bn2.beta" init(#keel.constant<-6.0>) : tensor<16xf32>
  %m2 = keel.state "bn2.mean" init(#keel.constant<3.0>) : tensor<16xf32>
  %v2 = keel.state "bn2.variance" init(#keel.ones) : tensor<16xf32>
  %n2 = keel.batch_norm %h2, %g2, %e2, %m2, %v2 : tensor<?x16xf32>
  %a2 = keel.tanh %n2 : tensor<?x16xf32>
  %w3 = keel.param "fc3.weight" init(#keel.normal) : tensor<16x16xf32>
  %h3 = keel.dense %a2, %w3 : tensor<?x16xf32>, tensor<16x16xf32>
  %s3 = keel.add %a2, %h3 : tensor<?x16xf32>
  %a3 = keel.selu %s3 : tensor<?x16xf32>
  %w4 = keel.param "fc4.weight" init(#keel.ones) : tensor<16x10xf32>
  %y = keel.dense %a3, %w4 : tensor<?x16xf32>, tensor<16x10xf32>
  keel.return %y : tensor<?x10xf32>
}

// -----

// What fits already, is frozen, or is read by other ops, stays.
// CHECK-LABEL: keel.model @stays
// CHECK: keel.param "near" init(#keel.variance_scaling<scale = 2.2, mode = fan_in, distribution = uniform>)
// CHECK: keel.param "near.bias" init(#keel.constant<0.1>)
// CHECK: keel.param "frozen" init(#keel.normal
// CHECK: keel.param "shared" init(#keel.normal
keel.model @stays(%x: tensor<?x16xf32>) -> (tensor<?x16xf32>, tensor<16x16xf32>) {
  %w1 = keel.param "near" init(#keel.variance_scaling<scale = 2.2, distribution = uniform>) : tensor<16x16xf32>
  %b1 = keel.param "near.bias" init(#keel.constant<0.1>) : tensor<16xf32>
  %h1 = keel.dense %x, %w1, %b1 : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
  %a1 = keel.relu %h1 : tensor<?x16xf32>
  %w2 = keel.param "frozen" init(#keel.normal) {trainable = false} : tensor<16x16xf32>
  %h2 = keel.dense %a1, %w2 : tensor<?x16xf32>, tensor<16x16xf32>
  %w3 = keel.param "shared" init(#keel.normal) : tensor<16x16xf32>
  %h3 = keel.dense %h2, %w3 : tensor<?x16xf32>, tensor<16x16xf32>
  keel.return %h3, %w3 : tensor<?x16xf32>, tensor<16x16xf32>
}
