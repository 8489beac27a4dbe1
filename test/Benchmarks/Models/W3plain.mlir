// Saturating layers without norms.
keel.model @W3plain(%x: tensor<?x784xf32>) -> tensor<?x10xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.sgd<learning_rate = 0.01>} {
  %w0 = keel.param "d0.W" init(#keel.xavier_uniform) : tensor<784x100xf32>
  %b0 = keel.param "d0.b" init(#keel.zeros) : tensor<100xf32>
  %h0 = keel.dense %x, %w0, %b0 : tensor<?x784xf32>, tensor<784x100xf32>, tensor<100xf32>
  %a0 = keel.sigmoid %h0 : tensor<?x100xf32>
  %w1 = keel.param "d1.W" init(#keel.xavier_uniform) : tensor<100x100xf32>
  %b1 = keel.param "d1.b" init(#keel.zeros) : tensor<100xf32>
  %h1 = keel.dense %a0, %w1, %b1 : tensor<?x100xf32>, tensor<100x100xf32>, tensor<100xf32>
  %a1 = keel.sigmoid %h1 : tensor<?x100xf32>
  %w2 = keel.param "d2.W" init(#keel.xavier_uniform) : tensor<100x100xf32>
  %b2 = keel.param "d2.b" init(#keel.zeros) : tensor<100xf32>
  %h2 = keel.dense %a1, %w2, %b2 : tensor<?x100xf32>, tensor<100x100xf32>, tensor<100xf32>
  %a2 = keel.sigmoid %h2 : tensor<?x100xf32>
  %w3 = keel.param "d3.W" init(#keel.xavier_uniform) : tensor<100x10xf32>
  %b3 = keel.param "d3.b" init(#keel.zeros) : tensor<10xf32>
  %h3 = keel.dense %a2, %w3, %b3 : tensor<?x100xf32>, tensor<100x10xf32>, tensor<10xf32>
  keel.return %h3 : tensor<?x10xf32>
}
