// What a resumed run must take up: running statistics, dropout's counters, a
// schedule, and whatever the optimizer keeps.
keel.model @all_states(%image: tensor<?x784xf32>) -> tensor<?x10xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.adamw<learning_rate = 1.0e-2, schedule = #keel.cosine<steps = 40, warmup = 4>>,
                clip = #keel.clip_by_global_norm<1.0>} {
  %w1 = keel.param "fc1.weight" init(#keel.he_normal) : tensor<784x16xf32>
  %h1 = keel.dense %image, %w1 : tensor<?x784xf32>, tensor<784x16xf32>
  %g1 = keel.param "bn1.gamma" init(#keel.ones) : tensor<16xf32>
  %e1 = keel.param "bn1.beta" init(#keel.zeros) : tensor<16xf32>
  %m1 = keel.state "bn1.mean" init(#keel.zeros) : tensor<16xf32>
  %v1 = keel.state "bn1.variance" init(#keel.ones) : tensor<16xf32>
  %n1 = keel.batch_norm %h1, %g1, %e1, %m1, %v1 : tensor<?x16xf32>
  %a1 = keel.relu %n1 : tensor<?x16xf32>
  %d1 = keel.dropout %a1 {rate = 0.2} : tensor<?x16xf32>
  %w2 = keel.param "fc2.weight" init(#keel.xavier_uniform) : tensor<16x10xf32>
  %b2 = keel.param "fc2.bias" init(#keel.zeros) : tensor<10xf32>
  %y = keel.dense %d1, %w2, %b2 : tensor<?x16xf32>, tensor<16x10xf32>, tensor<10xf32>
  keel.return %y : tensor<?x10xf32>
}
