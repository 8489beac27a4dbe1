// What the settings of attributes refuse, each at its own line.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

func.func @unknown() attributes {test.a =
    #keel.sgd<momentum = 0.9,
    // expected-error @+1 {{unknown setting 'lr', expected one of: learning_rate, momentum, nesterov, weight_decay, schedule}}
    lr = 0.1>} {
  return
}

// -----

func.func @twice() attributes {test.a =
    #keel.sgd<learning_rate = 0.1, momentum = 0.9,
    // expected-error @+1 {{setting 'momentum' is given twice}}
    momentum = 0.8>} {
  return
}

// -----

func.func @missing() attributes {test.a =
    // expected-error @+1 {{setting 'learning_rate' is required}}
    #keel.sgd<momentum = 0.9>} {
  return
}

// -----

func.func @missing_all() attributes {test.a =
    // expected-error @+1 {{setting 'learning_rate' is required}}
    #keel.adam} {
  return
}

// -----

func.func @missing_limit() attributes {test.a =
    // expected-error @+1 {{setting 'limit' is required}}
    #keel.clip_by_value} {
  return
}

// -----

func.func @empty() attributes {test.a =
    // expected-error @+1 {{expected a setting, one of: mean, stddev}}
    #keel.normal<>} {
  return
}

// -----

func.func @none_taken() attributes {test.a =
    // expected-error @+1 {{expected no settings}}
    #keel.zeros<0.5>} {
  return
}

// -----

func.func @unknown_attribute() attributes {test.a =
    // expected-error @+1 {{unknown attribute #keel.nonsense}}
    #keel.nonsense} {
  return
}

// -----

func.func @type() attributes {test.a =
    // expected-error @+1 {{expected no type after #keel.zeros, got 'f32'}}
    #keel.zeros : f32} {
  return
}

// -----

func.func @not_a_number() attributes {test.a =
    #keel.sgd<learning_rate =
    // expected-error @+1 {{expected a number}}
    "a">} {
  return
}

// -----

func.func @infinite() attributes {test.a =
    #keel.sgd<learning_rate =
    // expected-error @+1 {{expected a finite number}}
    1e999>} {
  return
}

// -----

func.func @infinite_bits() attributes {test.a =
    #keel.sgd<learning_rate =
    // expected-error @+1 {{expected a finite number}}
    0x7FF0000000000000 : f64>} {
  return
}

// -----

func.func @nan() attributes {test.a =
    #keel.sgd<learning_rate =
    // expected-error @+1 {{expected a finite number}}
    0x7FF8000000000000 : f64>} {
  return
}

// -----

func.func @huge() attributes {test.a =
    #keel.sgd<learning_rate =
    // expected-error @+1 {{integer constant out of range for attribute}}
    1000000000000000000000000>} {
  return
}

// -----

func.func @no_exponent() attributes {test.a =
    #keel.sgd<learning_rate = 1
    // expected-error @+1 {{expected an exponent}}
    e>} {
  return
}

// -----

func.func @no_comma() attributes {test.a =
    #keel.sgd<learning_rate = 1
    // expected-error @+1 {{unexpected 'momentum' after a number}}
    momentum = 0.9>} {
  return
}

// -----

func.func @not_a_flag() attributes {test.a =
    #keel.sgd<learning_rate = 0.1, nesterov =
    // expected-error @+1 {{expected true or false}}
    1>} {
  return
}

// -----

func.func @fraction() attributes {test.a =
    #keel.cosine<steps =
    // expected-error @+1 {{expected a whole number}}
    1.5>} {
  return
}

// -----

func.func @huge_whole() attributes {test.a =
    #keel.cosine<steps =
    // expected-error @+1 {{integer value too large}}
    99999999999999999999>} {
  return
}

// -----

func.func @huge_whole_exponent() attributes {test.a =
    #keel.cosine<steps =
    // expected-error @+1 {{expected a whole number}}
    1e30>} {
  return
}

// -----

func.func @schedule_kind() attributes {test.a =
    #keel.sgd
    // expected-error @+1 {{schedule must be one such as #keel.cosine<steps = 1000>, got 5 : i64}}
    <learning_rate = 0.1, schedule = 5>} {
  return
}

// -----

func.func @wrong_order() attributes {test.a =
    #keel.clip_by_norm<
    // expected-error @+1 {{expected a number}}
    epsilon = 0.1, 1.0>} {
  return
}

// -----

func.func @unknown_huber() attributes {test.a =
    #keel.huber<
    // expected-error @+1 {{unknown setting 'beta', expected one of: delta}}
    beta = 0.1>} {
  return
}
