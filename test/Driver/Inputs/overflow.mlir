// Layers of one unit and one weight each, so that it is known beforehand where
// a number leaves the range of f32 (test/Driver/flight-recorder.test).
keel.model @overflow(%x: tensor<?x1xf32>) -> tensor<?x1xf32>
    attributes {loss = #keel.mean_absolute_error,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %w1 = keel.param "w1" init(#keel.constant<W1>) : tensor<1x1xf32>
  %h1 = keel.dense %x, %w1 : tensor<?x1xf32>, tensor<1x1xf32>
  %a1 = keel.relu %h1 : tensor<?x1xf32>
  %w2 = keel.param "w2" init(#keel.constant<W2>) : tensor<1x1xf32>
  %h2 = keel.dense %a1, %w2 : tensor<?x1xf32>, tensor<1x1xf32>
  %w3 = keel.param "w3" init(#keel.constant<W3>) : tensor<1x1xf32>
  %y = keel.dense %h2, %w3 : tensor<?x1xf32>, tensor<1x1xf32>
  keel.return %y : tensor<?x1xf32>
}
