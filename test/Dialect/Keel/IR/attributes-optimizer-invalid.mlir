// What the settings of AdamW, RMSprop and Adagrad refuse.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

func.func @missing_adamw() attributes {test.a =
    // expected-error @+1 {{setting 'learning_rate' is required}}
    #keel.adamw} {
  return
}

// -----

func.func @missing_rmsprop() attributes {test.a =
    // expected-error @+1 {{setting 'learning_rate' is required}}
    #keel.rmsprop} {
  return
}

// -----

func.func @missing_adagrad() attributes {test.a =
    // expected-error @+1 {{setting 'learning_rate' is required}}
    #keel.adagrad} {
  return
}

// -----

// expected-error @+1 {{learning_rate must not be negative, got -1.0}}
func.func @adamw_rate() attributes {test.a = #keel.adamw<learning_rate = -1>} {
  return
}

// -----

// expected-error @+1 {{beta2 must be in [0, 1), got 1.0}}
func.func @adamw_beta2() attributes {test.a = #keel.adamw<learning_rate = 1, beta2 = 1>} {
  return
}

// -----

// expected-error @+1 {{weight_decay must not be negative, got -1.0}}
func.func @adamw_weight_decay() attributes {test.a = #keel.adamw<learning_rate = 1, weight_decay = -1>} {
  return
}

// -----

// expected-error @+1 {{decay must be in [0, 1), got 1.0}}
func.func @rmsprop_decay() attributes {test.a = #keel.rmsprop<learning_rate = 1, decay = 1>} {
  return
}

// -----

// expected-error @+1 {{epsilon must not be negative, got -1.0}}
func.func @rmsprop_epsilon() attributes {test.a = #keel.rmsprop<learning_rate = 1, epsilon = -1>} {
  return
}

// -----

// expected-error @+1 {{epsilon must not be negative, got -1.0}}
func.func @adagrad_epsilon() attributes {test.a = #keel.adagrad<learning_rate = 1, epsilon = -1>} {
  return
}

// -----

// expected-error @+1 {{schedule must be one such as #keel.cosine<steps = 1000>, got #keel.zeros}}
func.func @adagrad_schedule() attributes {test.a = #keel.adagrad<learning_rate = 1, schedule = #keel.zeros>} {
  return
}
