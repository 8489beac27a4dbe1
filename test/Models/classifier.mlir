keel.model @classifier(%image: tensor<?x784xf32>) -> tensor<?x10xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.sgd<learning_rate = 0.1, momentum = 0.9>,
                clip = #keel.clip_by_global_norm<1.0>} {
  %w1 = keel.param "fc1.weight" init(#keel.he_normal) : tensor<784x128xf32>
  %b1 = keel.param "fc1.bias" init(#keel.zeros) : tensor<128xf32>
  %h1 = keel.dense %image, %w1, %b1 : tensor<?x784xf32>, tensor<784x128xf32>, tensor<128xf32>
  %g1 = keel.param "bn1.gamma" init(#keel.ones) : tensor<128xf32>
  %e1 = keel.param "bn1.beta" init(#keel.zeros) : tensor<128xf32>
  %m1 = keel.state "bn1.mean" init(#keel.zeros) : tensor<128xf32>
  %v1 = keel.state "bn1.variance" init(#keel.ones) : tensor<128xf32>
  %n1 = keel.batch_norm %h1, %g1, %e1, %m1, %v1 {decay = 0.9, epsilon = 1.0e-5} : tensor<?x128xf32>
  %a1 = keel.relu %n1 : tensor<?x128xf32>
  %w2 = keel.param "fc2.weight" init(#keel.xavier_uniform) : tensor<128x10xf32>
  %b2 = keel.param "fc2.bias" init(#keel.zeros) : tensor<10xf32>
  %y  = keel.dense %a1, %w2, %b2 : tensor<?x128xf32>, tensor<128x10xf32>, tensor<10xf32>
  keel.return %y : tensor<?x10xf32>
}
