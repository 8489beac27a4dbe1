// A batch norm in training alone, at stage graph: a model has it in training
// only, with gradients behind. The running values come out beside the result.
module attributes {keel.min_train_rows = 2 : i64, keel.model_name = "P_bntrain_1024x1024",
                   keel.nonfinite_is_error = false} {
  func.func @infer(%g: tensor<1024xf32> {keel.name = "g", keel.role = "param"},
                   %b: tensor<1024xf32> {keel.name = "be", keel.role = "param"},
                   %m: tensor<1024xf32> {keel.name = "mean", keel.role = "state"},
                   %v: tensor<1024xf32> {keel.name = "var", keel.role = "state"},
                   %x: tensor<?x1024xf32> {keel.name = "x", keel.role = "input"})
      -> (tensor<?x1024xf32> {keel.name = "y", keel.role = "output"},
          tensor<1024xf32> {keel.name = "new_mean", keel.role = "output"},
          tensor<1024xf32> {keel.name = "new_var", keel.role = "output"}) {
    %y, %m2, %v2, %bm, %r = keel.batch_norm_train %x, %g, %b, %m, %v
        {decay = 0.9, epsilon = 1.0e-5, running_variance = "unbiased"} : tensor<?x1024xf32>
    return %y, %m2, %v2 : tensor<?x1024xf32>, tensor<1024xf32>, tensor<1024xf32>
  }
}
