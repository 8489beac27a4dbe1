// A model with an op and an optimizer of test/Plugin/Extra.
keel.model @periodic(%x: tensor<?x1xf64>) -> tensor<?x1xf64>
    attributes {loss = #keel.mean_squared_error,
                optimizer = #extra.lion<learning_rate = 1.0e-2, weight_decay = 0.1>} {
  %w = keel.param "w" init(#keel.normal) : tensor<1x2xf64>
  %h = keel.dense %x, %w : tensor<?x1xf64>, tensor<1x2xf64>
  %a = extra.snake %h {frequency = 1.7} : tensor<?x2xf64>
  %v = keel.param "v" init(#keel.xavier_normal) : tensor<2x1xf64>
  %y = keel.dense %a, %v : tensor<?x2xf64>, tensor<2x1xf64>
  keel.return %y : tensor<?x1xf64>
}
