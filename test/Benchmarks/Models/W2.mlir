// A perceptron with batch norm; the running variance is unbiased, the gradient clipped by its global norm.
keel.model @W2(%x: tensor<?x784xf32>) -> tensor<?x10xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.sgd<learning_rate = 0.01, momentum = 0.9>,
                clip = #keel.clip_by_global_norm<1.0>} {
  %w0 = keel.param "d0.W" init(#keel.xavier_uniform) : tensor<784x512xf32>
  %b0 = keel.param "d0.b" init(#keel.zeros) : tensor<512xf32>
  %h0 = keel.dense %x, %w0, %b0 : tensor<?x784xf32>, tensor<784x512xf32>, tensor<512xf32>
  %gamma0 = keel.param "n0.gamma" init(#keel.ones) : tensor<512xf32>
  %beta0 = keel.param "n0.beta" init(#keel.zeros) : tensor<512xf32>
  %mean0 = keel.state "n0.mean" init(#keel.zeros) : tensor<512xf32>
  %var0 = keel.state "n0.var" init(#keel.ones) : tensor<512xf32>
  %n0 = keel.batch_norm %h0, %gamma0, %beta0, %mean0, %var0
      {decay = 0.9, epsilon = 1.0e-5, running_variance = "unbiased"} : tensor<?x512xf32>
  %a0 = keel.relu %n0 : tensor<?x512xf32>
  %w1 = keel.param "d1.W" init(#keel.xavier_uniform) : tensor<512x512xf32>
  %b1 = keel.param "d1.b" init(#keel.zeros) : tensor<512xf32>
  %h1 = keel.dense %a0, %w1, %b1 : tensor<?x512xf32>, tensor<512x512xf32>, tensor<512xf32>
  %gamma1 = keel.param "n1.gamma" init(#keel.ones) : tensor<512xf32>
  %beta1 = keel.param "n1.beta" init(#keel.zeros) : tensor<512xf32>
  %mean1 = keel.state "n1.mean" init(#keel.zeros) : tensor<512xf32>
  %var1 = keel.state "n1.var" init(#keel.ones) : tensor<512xf32>
  %n1 = keel.batch_norm %h1, %gamma1, %beta1, %mean1, %var1
      {decay = 0.9, epsilon = 1.0e-5, running_variance = "unbiased"} : tensor<?x512xf32>
  %a1 = keel.relu %n1 : tensor<?x512xf32>
  %w2 = keel.param "d2.W" init(#keel.xavier_uniform) : tensor<512x512xf32>
  %b2 = keel.param "d2.b" init(#keel.zeros) : tensor<512xf32>
  %h2 = keel.dense %a1, %w2, %b2 : tensor<?x512xf32>, tensor<512x512xf32>, tensor<512xf32>
  %gamma2 = keel.param "n2.gamma" init(#keel.ones) : tensor<512xf32>
  %beta2 = keel.param "n2.beta" init(#keel.zeros) : tensor<512xf32>
  %mean2 = keel.state "n2.mean" init(#keel.zeros) : tensor<512xf32>
  %var2 = keel.state "n2.var" init(#keel.ones) : tensor<512xf32>
  %n2 = keel.batch_norm %h2, %gamma2, %beta2, %mean2, %var2
      {decay = 0.9, epsilon = 1.0e-5, running_variance = "unbiased"} : tensor<?x512xf32>
  %a2 = keel.relu %n2 : tensor<?x512xf32>
  %w3 = keel.param "d3.W" init(#keel.xavier_uniform) : tensor<512x10xf32>
  %b3 = keel.param "d3.b" init(#keel.zeros) : tensor<10xf32>
  %h3 = keel.dense %a2, %w3, %b3 : tensor<?x512xf32>, tensor<512x10xf32>, tensor<10xf32>
  keel.return %h3 : tensor<?x10xf32>
}
