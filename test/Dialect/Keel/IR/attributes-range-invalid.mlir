// Values of settings that are out of range.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

// expected-error @+1 {{low must be below high, got 1.0 and 1.0}}
func.func @uniform() attributes {test.a = #keel.uniform<low = 1>} {
  return
}

// -----

// expected-error @+1 {{stddev must not be negative, got -1.0}}
func.func @normal() attributes {test.a = #keel.normal<stddev = -1>} {
  return
}

// -----

// expected-error @+1 {{stddev must not be negative, got -1.0}}
func.func @truncated_normal() attributes {test.a = #keel.truncated_normal<stddev = -1>} {
  return
}

// -----

// expected-error @+1 {{scale must be positive, got 0.0}}
func.func @scale() attributes {test.a = #keel.variance_scaling<scale = 0>} {
  return
}

// -----

// expected-error @+1 {{mode must be fan_in, fan_out or fan_avg, got fan}}
func.func @mode() attributes {test.a = #keel.variance_scaling<mode = fan>} {
  return
}

// -----

// expected-error @+1 {{distribution must be uniform, normal or truncated_normal, got cauchy}}
func.func @distribution() attributes {test.a = #keel.variance_scaling<distribution = cauchy>} {
  return
}

// -----

// expected-error @+1 {{the limit must be positive, got 0.0}}
func.func @clip_by_value() attributes {test.a = #keel.clip_by_value<0>} {
  return
}

// -----

// expected-error @+1 {{the limit must be positive, got -1.0}}
func.func @clip_by_norm() attributes {test.a = #keel.clip_by_norm<-1>} {
  return
}

// -----

// expected-error @+1 {{epsilon must not be negative, got -1.0e-6}}
func.func @clip_by_global_norm() attributes {test.a = #keel.clip_by_global_norm<1, epsilon = -1e-6>} {
  return
}

// -----

// expected-error @+1 {{steps must be above warmup, and warmup not negative, got steps = 5 and warmup = 5}}
func.func @cosine_steps() attributes {test.a = #keel.cosine<steps = 5, warmup = 5>} {
  return
}

// -----

// expected-error @+1 {{steps must be above warmup, and warmup not negative, got steps = 5 and warmup = -1}}
func.func @cosine_warmup() attributes {test.a = #keel.cosine<steps = 5, warmup = -1>} {
  return
}

// -----

// expected-error @+1 {{floor must be in [0, 1], got 1.5}}
func.func @cosine_floor() attributes {test.a = #keel.cosine<steps = 5, floor = 1.5>} {
  return
}

// -----

// expected-error @+1 {{every must be at least 1, got 0}}
func.func @step_every() attributes {test.a = #keel.step<every = 0, factor = 0.5>} {
  return
}

// -----

// expected-error @+1 {{factor must be positive, got 0.0}}
func.func @step_factor() attributes {test.a = #keel.step<every = 1, factor = 0>} {
  return
}

// -----

// expected-error @+1 {{learning_rate must not be negative, got -0.1}}
func.func @rate() attributes {test.a = #keel.sgd<learning_rate = -0.1>} {
  return
}

// -----

// expected-error @+1 {{momentum must be in [0, 1), got 1.0}}
func.func @momentum() attributes {test.a = #keel.sgd<learning_rate = 0.1, momentum = 1>} {
  return
}

// -----

// expected-error @+1 {{nesterov needs a momentum}}
func.func @nesterov() attributes {test.a = #keel.sgd<learning_rate = 0.1, nesterov = true>} {
  return
}

// -----

// expected-error @+1 {{weight_decay must not be negative, got -0.1}}
func.func @weight_decay() attributes {test.a = #keel.sgd<learning_rate = 0.1, weight_decay = -0.1>} {
  return
}

// -----

// expected-error @+1 {{beta1 must be in [0, 1), got 1.0}}
func.func @beta1() attributes {test.a = #keel.adam<learning_rate = 0.1, beta1 = 1>} {
  return
}

// -----

// expected-error @+1 {{beta2 must be in [0, 1), got -0.1}}
func.func @beta2() attributes {test.a = #keel.adam<learning_rate = 0.1, beta2 = -0.1>} {
  return
}

// -----

// expected-error @+1 {{epsilon must not be negative, got -1.0}}
func.func @epsilon() attributes {test.a = #keel.adam<learning_rate = 0.1, epsilon = -1>} {
  return
}

// -----

// expected-error @+1 {{gain must be positive, got 0.0}}
func.func @orthogonal_gain() attributes {test.a = #keel.orthogonal<gain = 0>} {
  return
}

// -----

// expected-error @+1 {{delta must be positive, got 0.0}}
func.func @huber_delta() attributes {test.a = #keel.huber<delta = 0>} {
  return
}
