// Two models for one program: other optimizers, initializers, dropout, batch norm.
keel.model @first(%x: tensor<?x20xf32>) -> tensor<?x4xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.adam<learning_rate = 1.0e-2>} {
  %w1 = keel.param "fc1.weight" init(#keel.he_normal) : tensor<20x33xf32>
  %b1 = keel.param "fc1.bias" init(#keel.zeros) : tensor<33xf32>
  %h1 = keel.dense %x, %w1, %b1 : tensor<?x20xf32>, tensor<20x33xf32>, tensor<33xf32>
  %a1 = keel.relu %h1 : tensor<?x33xf32>
  %d1 = keel.dropout %a1 {rate = 0.1} : tensor<?x33xf32>
  %w2 = keel.param "fc2.weight" init(#keel.orthogonal<gain = 1.0>) : tensor<33x4xf32>
  %b2 = keel.param "fc2.bias" init(#keel.zeros) : tensor<4xf32>
  %y = keel.dense %d1, %w2, %b2 : tensor<?x33xf32>, tensor<33x4xf32>, tensor<4xf32>
  keel.return %y : tensor<?x4xf32>
}

keel.model @second(%x: tensor<?x20xf32>) -> tensor<?x4xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.sgd<learning_rate = 0.1, momentum = 0.9>,
                clip = #keel.clip_by_global_norm<1.0>} {
  %w1 = keel.param "fc1.weight" init(#keel.he_normal) : tensor<20x17xf32>
  %h1 = keel.dense %x, %w1 : tensor<?x20xf32>, tensor<20x17xf32>
  %g1 = keel.param "bn1.gamma" init(#keel.ones) : tensor<17xf32>
  %e1 = keel.param "bn1.beta" init(#keel.zeros) : tensor<17xf32>
  %m1 = keel.state "bn1.mean" init(#keel.zeros) : tensor<17xf32>
  %v1 = keel.state "bn1.variance" init(#keel.ones) : tensor<17xf32>
  %n1 = keel.batch_norm %h1, %g1, %e1, %m1, %v1 {decay = 0.9, epsilon = 1.0e-5} : tensor<?x17xf32>
  %a1 = keel.tanh %n1 : tensor<?x17xf32>
  %w2 = keel.param "fc2.weight" init(#keel.xavier_uniform) : tensor<17x4xf32>
  %b2 = keel.param "fc2.bias" init(#keel.zeros) : tensor<4xf32>
  %y = keel.dense %a1, %w2, %b2 : tensor<?x17xf32>, tensor<17x4xf32>, tensor<4xf32>
  keel.return %y : tensor<?x4xf32>
}
