// The text of initializers, losses, clips, schedules and optimizers.
// RUN: keel-opt --verify-roundtrip %s | FileCheck %s
// RUN: keel-opt -mlir-print-op-generic %s | keel-opt | FileCheck %s

// CHECK-LABEL: keel.model @initializers
keel.model @initializers(%x: tensor<?x4xf32>) {
  // CHECK: "a" init(#keel.zeros)
  %a = keel.param "a" init(#keel.zeros) : tensor<4xf32>
  // CHECK: "b" init(#keel.ones)
  %b = keel.param "b" init(#keel.ones) : tensor<4xf32>
  // CHECK: "c" init(#keel.constant<0.5>)
  %c = keel.param "c" init(#keel.constant<0.5>) : tensor<4xf32>
  // CHECK: "d" init(#keel.uniform<low = -1.0, high = 1.0>)
  %d = keel.param "d" init(#keel.uniform) : tensor<4xf32>
  // CHECK: "e" init(#keel.uniform<low = -1.0, high = 0.1>)
  %e = keel.param "e" init(#keel.uniform<high = 0.1>) : tensor<4xf32>
  // CHECK: "f" init(#keel.normal<mean = 0.0, stddev = 1.0>)
  %f = keel.param "f" init(#keel.normal) : tensor<4xf32>
  // CHECK: "g" init(#keel.truncated_normal<mean = -0.1, stddev = 0.0>)
  %g = keel.param "g" init(#keel.truncated_normal<stddev = 0, mean = -0.1>) : tensor<4xf32>
  // CHECK: "h" init(#keel.xavier_uniform)
  %h = keel.param "h" init(#keel.xavier_uniform) : tensor<4x4xf32>
  // CHECK: "i" init(#keel.xavier_normal)
  %i = keel.param "i" init(#keel.xavier_normal) : tensor<4x4xf32>
  // CHECK: "j" init(#keel.he_uniform)
  %j = keel.param "j" init(#keel.he_uniform) : tensor<4x4xf32>
  // CHECK: "k" init(#keel.he_normal)
  %k = keel.param "k" init(#keel.he_normal) : tensor<4x4xf32>
  // CHECK: "l" init(#keel.lecun_normal)
  %l = keel.param "l" init(#keel.lecun_normal) : tensor<4x4xf32>
  // CHECK: "m" init(#keel.variance_scaling<scale = 1.0, mode = fan_in, distribution = normal>)
  %m = keel.param "m" init(#keel.variance_scaling) : tensor<4x4xf32>
  // CHECK: "n" init(#keel.variance_scaling<scale = 2.0, mode = fan_avg, distribution = truncated_normal>)
  %n = keel.param "n" init(#keel.variance_scaling<scale = 2, mode = fan_avg, distribution = truncated_normal>) : tensor<4x4xf32>
  // CHECK: "o" init(#keel.orthogonal<gain = 1.0>)
  %o = keel.param "o" init(#keel.orthogonal) : tensor<4x3x2xf32>
  // CHECK: "p" init(#keel.orthogonal<gain = 0.5>)
  %p = keel.param "p" init(#keel.orthogonal<gain = 5e-1>) : tensor<4x4xf32>
  %0 = keel.dense %x, %h : tensor<?x4xf32>, tensor<4x4xf32>
  %1 = keel.dense %0, %i : tensor<?x4xf32>, tensor<4x4xf32>
  %2 = keel.dense %1, %j : tensor<?x4xf32>, tensor<4x4xf32>
  %3 = keel.dense %2, %k : tensor<?x4xf32>, tensor<4x4xf32>
  %4 = keel.dense %3, %l : tensor<?x4xf32>, tensor<4x4xf32>
  %5 = keel.dense %4, %m : tensor<?x4xf32>, tensor<4x4xf32>
  %6 = keel.dense %5, %n : tensor<?x4xf32>, tensor<4x4xf32>
  keel.return
}

// Whole, with a point, with an exponent, signed: all are numbers, and are
// printed in the shortest form.
// CHECK-LABEL: func.func @numbers
func.func @numbers() attributes {
  // CHECK-SAME: test.a = #keel.constant<1.0>
  test.a = #keel.constant<1>,
  // CHECK-SAME: test.b = #keel.constant<0.001>
  test.b = #keel.constant<1.0e-3>,
  // CHECK-SAME: test.c = #keel.constant<0.001>
  test.c = #keel.constant<1e-3>,
  // CHECK-SAME: test.d = #keel.constant<-0.1>
  test.d = #keel.constant<-0.1>,
  // CHECK-SAME: test.e = #keel.constant<-3.0e5>
  test.e = #keel.constant<-3E+5>,
  // CHECK-SAME: test.f = #keel.constant<1.0e300>
  test.f = #keel.constant<1e300>,
  // CHECK-SAME: test.g = #keel.constant<-0.0>
  test.g = #keel.constant<-0.0>,
  // CHECK-SAME: test.h = #keel.constant<0.5>
  test.h = #keel.constant<0.5 : f32>,
  // CHECK-SAME: test.i = #keel.constant<1.0e24>
  test.i = #keel.constant<1000000000000000000000000 : i128>,
  // CHECK-SAME: test.j = #keel.constant<200.0>
  test.j = #keel.constant<200 : ui8>,
  // CHECK-SAME: test.k = #keel.constant<5.0e-324>
  test.k = #keel.constant<5e-324>,
  // CHECK-SAME: test.l = #keel.constant<0.5>
  test.l = #keel.constant<value = 0.5>
} {
  return
}

// CHECK-LABEL: func.func @losses
func.func @losses() attributes {
  // CHECK-SAME: test.a = #keel.softmax_cross_entropy, test.b = #keel.mean_squared_error
  test.a = #keel.softmax_cross_entropy, test.b = #keel.mean_squared_error,
  // CHECK-SAME: test.c = #keel.sigmoid_cross_entropy, test.d = #keel.mean_absolute_error
  test.c = #keel.sigmoid_cross_entropy, test.d = #keel.mean_absolute_error,
  // CHECK-SAME: test.e = #keel.huber<delta = 1.0>, test.f = #keel.huber<delta = 0.5>
  test.e = #keel.huber, test.f = #keel.huber<delta = 0.5>
} {
  return
}

// CHECK-LABEL: func.func @clips
func.func @clips() attributes {
  // CHECK-SAME: test.a = #keel.clip_by_value<0.1>
  test.a = #keel.clip_by_value<0.1>,
  // CHECK-SAME: test.b = #keel.clip_by_norm<1.0, epsilon = 0.0>
  test.b = #keel.clip_by_norm<1>,
  // CHECK-SAME: test.c = #keel.clip_by_norm<0.001, epsilon = 1.0e-6>
  test.c = #keel.clip_by_norm<1e-3, epsilon = 1.0e-6>,
  // CHECK-SAME: test.d = #keel.clip_by_global_norm<1.0, epsilon = 0.0>
  test.d = #keel.clip_by_global_norm<1.0>,
  // CHECK-SAME: test.e = #keel.clip_by_global_norm<1.0, epsilon = 1.0e-6>
  test.e = #keel.clip_by_global_norm<limit = 1.0, epsilon = 1e-6>
} {
  return
}

// Every setting is printed but those that are false and a schedule that is not there.
// CHECK-LABEL: func.func @optimizers
func.func @optimizers() attributes {
  // CHECK-SAME: test.a = #keel.sgd<learning_rate = 0.1, momentum = 0.0, weight_decay = 0.0>
  test.a = #keel.sgd<learning_rate = 0.1>,
  // CHECK-SAME: test.b = #keel.sgd<learning_rate = 0.1, momentum = 0.9, nesterov = true, weight_decay = 0.0001>
  test.b = #keel.sgd<weight_decay = 1e-4, nesterov = true, momentum = 0.9, learning_rate = 0.1>,
  // CHECK-SAME: test.c = #keel.sgd<learning_rate = 0.0, momentum = 0.0, weight_decay = 0.0>
  test.c = #keel.sgd<learning_rate = 0, nesterov = false>,
  // CHECK-SAME: test.d = #keel.adam<learning_rate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1.0e-8>
  test.d = #keel.adam<learning_rate = 1.0e-3>,
  // CHECK-SAME: test.e = #keel.sgd<{{.*}}, schedule = #keel.cosine<steps = 10000, warmup = 500, floor = 0.0>>
  test.e = #keel.sgd<learning_rate = 0.1, schedule = #keel.cosine<steps = 10000, warmup = 500, floor = 0.0>>,
  // CHECK-SAME: test.f = #keel.adam<{{.*}}, schedule = #keel.step<every = 1000, factor = 0.5>>
  test.f = #keel.adam<learning_rate = 1e-3, schedule = #keel.step<every = 1e3, factor = 0.5>>,
  // CHECK-SAME: test.g = #keel.adamw<learning_rate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1.0e-8, weight_decay = 0.01>
  test.g = #keel.adamw<learning_rate = 1.0e-3>,
  // CHECK-SAME: test.h = #keel.adamw<{{.*}}, weight_decay = 0.0, schedule = #keel.cosine<steps = 10, warmup = 0, floor = 0.0>>
  test.h = #keel.adamw<learning_rate = 1.0e-3, schedule = #keel.cosine<steps = 10>, weight_decay = 0>,
  // CHECK-SAME: test.i = #keel.rmsprop<learning_rate = 0.001, decay = 0.9, epsilon = 1.0e-8>
  test.i = #keel.rmsprop<learning_rate = 1.0e-3>,
  // CHECK-SAME: test.j = #keel.rmsprop<learning_rate = 0.1, decay = 0.5, epsilon = 0.001, schedule = #keel.step<every = 5, factor = 0.5>>
  test.j = #keel.rmsprop<learning_rate = 0.1, epsilon = 1e-3, decay = 0.5, schedule = #keel.step<every = 5, factor = 0.5>>,
  // CHECK-SAME: test.k = #keel.adagrad<learning_rate = 0.01, epsilon = 1.0e-10>
  test.k = #keel.adagrad<learning_rate = 1.0e-2>,
  // CHECK-SAME: test.l = #keel.adagrad<learning_rate = 0.01, epsilon = 0.1, schedule = #keel.step<every = 5, factor = 0.5>>
  test.l = #keel.adagrad<learning_rate = 1.0e-2, epsilon = 0.1, schedule = #keel.step<every = 5, factor = 0.5>>
} {
  return
}

// CHECK-LABEL: func.func @schedules
func.func @schedules() attributes {
  // CHECK-SAME: test.a = #keel.cosine<steps = 1000, warmup = 0, floor = 0.0>
  test.a = #keel.cosine<steps = 1000>,
  // CHECK-SAME: test.b = #keel.cosine<steps = 10000, warmup = 20, floor = 0.01>
  test.b = #keel.cosine<floor = 1e-2, warmup = 2.0e1, steps = 1.0e4>,
  // CHECK-SAME: test.c = #keel.step<every = 9223372036854775807, factor = 1.0>
  test.c = #keel.step<every = 9223372036854775807, factor = 1>
} {
  return
}
