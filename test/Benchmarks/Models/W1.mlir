// A perceptron for MNIST: rectifiers, SGD with momentum.
keel.model @W1(%x: tensor<?x784xf32>) -> tensor<?x10xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.sgd<learning_rate = 0.01, momentum = 0.9>} {
  %w0 = keel.param "d0.W" init(#keel.xavier_uniform) : tensor<784x512xf32>
  %b0 = keel.param "d0.b" init(#keel.zeros) : tensor<512xf32>
  %h0 = keel.dense %x, %w0, %b0 : tensor<?x784xf32>, tensor<784x512xf32>, tensor<512xf32>
  %a0 = keel.relu %h0 : tensor<?x512xf32>
  %w1 = keel.param "d1.W" init(#keel.xavier_uniform) : tensor<512x256xf32>
  %b1 = keel.param "d1.b" init(#keel.zeros) : tensor<256xf32>
  %h1 = keel.dense %a0, %w1, %b1 : tensor<?x512xf32>, tensor<512x256xf32>, tensor<256xf32>
  %a1 = keel.relu %h1 : tensor<?x256xf32>
  %w2 = keel.param "d2.W" init(#keel.xavier_uniform) : tensor<256x10xf32>
  %b2 = keel.param "d2.b" init(#keel.zeros) : tensor<10xf32>
  %h2 = keel.dense %a1, %w2, %b2 : tensor<?x256xf32>, tensor<256x10xf32>, tensor<10xf32>
  keel.return %h2 : tensor<?x10xf32>
}
