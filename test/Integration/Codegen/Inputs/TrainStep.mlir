// The step of y = x w + b at stage linalg: mean squared error, clipping by the
// global norm at 1, momentum 0.9, learning rate 0.1.

#id0 = affine_map<() -> ()>
#id1 = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#all1 = affine_map<(d0) -> ()>
#all2 = affine_map<(d0, d1) -> ()>

module attributes {keel.model_name = "linear"} {

func.func @learning_rate(%t: i64) -> f64 {
  %f = arith.sitofp %t : i64 to f64
  return %f : f64
}

func.func @init(%seed: i64 {keel.role = "seed"})
    -> (tensor<20x30xf32> {keel.role = "param", keel.name = "w"},
        tensor<30xf32> {keel.role = "param", keel.name = "b"},
        tensor<30xf32> {keel.role = "state", keel.name = "mean"},
        tensor<20x30xf32> {keel.role = "slot", keel.name = "optimizer/momentum/w"},
        tensor<30xf32> {keel.role = "slot", keel.name = "optimizer/momentum/b"}) {
  %zeros = arith.constant dense<0.0> : tensor<30xf32>
  %zeros2 = arith.constant dense<0.0> : tensor<20x30xf32>
  %empty = tensor.empty() : tensor<20x30xf32>
  %factor = arith.constant 0x9E3779B97F4A7C15 : i64
  %scale = arith.constant 1.0e-19 : f64
  %c30 = arith.constant 30 : index
  %w = linalg.generic {indexing_maps = [#id2], iterator_types = ["parallel", "parallel"]}
      outs(%empty : tensor<20x30xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %row = arith.muli %i, %c30 : index
    %at = arith.addi %row, %j : index
    %counter = arith.index_cast %at : index to i64
    %mixed = arith.addi %counter, %seed : i64
    %low, %high = arith.mului_extended %mixed, %factor : i64
    %bits = arith.xori %low, %high : i64
    %real = arith.sitofp %bits : i64 to f64
    %scaled = arith.mulf %real, %scale : f64
    %cos = math.cos %scaled : f64
    %value = arith.truncf %cos : f64 to f32
    linalg.yield %value : f32
  } -> tensor<20x30xf32>
  return %w, %zeros, %zeros, %zeros2, %zeros
      : tensor<20x30xf32>, tensor<30xf32>, tensor<30xf32>, tensor<20x30xf32>, tensor<30xf32>
}

func.func @infer(%w: tensor<20x30xf32> {keel.role = "param", keel.name = "w"},
                 %b: tensor<30xf32> {keel.role = "param", keel.name = "b"},
                 %x: tensor<?x20xf32> {keel.role = "input", keel.name = "x"})
    -> (tensor<?x30xf32> {keel.role = "output", keel.name = "y"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x20xf32>
  %e = tensor.empty(%n) : tensor<?x30xf32>
  %bias = linalg.broadcast ins(%b : tensor<30xf32>) outs(%e : tensor<?x30xf32>) dimensions = [0]
  %y = linalg.matmul ins(%x, %w : tensor<?x20xf32>, tensor<20x30xf32>)
                     outs(%bias : tensor<?x30xf32>) -> tensor<?x30xf32>
  return %y : tensor<?x30xf32>
}

func.func @grad_step(%w: tensor<20x30xf32> {keel.role = "param", keel.name = "w"},
                     %b: tensor<30xf32> {keel.role = "param", keel.name = "b"},
                     %mean: tensor<30xf32> {keel.role = "state", keel.name = "mean"},
                     %x: tensor<?x20xf32> {keel.role = "input", keel.name = "x"},
                     %label: tensor<?x30xf32> {keel.role = "label", keel.name = "label"},
                     %t: i64 {keel.role = "step"})
    -> (tensor<f64> {keel.role = "loss"},
        tensor<20x30xf32> {keel.role = "grad", keel.name = "w"},
        tensor<30xf32> {keel.role = "grad", keel.name = "b"},
        tensor<30xf32> {keel.role = "new_state", keel.name = "mean"}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %zero64 = arith.constant 0.0 : f64
  %two = arith.constant 2.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x20xf32>
  %ni = arith.index_cast %n : index to i64
  %n64 = arith.sitofp %ni : i64 to f64
  %n32 = arith.sitofp %ni : i64 to f32
  %e = tensor.empty(%n) : tensor<?x30xf32>
  %bias = linalg.broadcast ins(%b : tensor<30xf32>) outs(%e : tensor<?x30xf32>) dimensions = [0]
  %y = linalg.matmul ins(%x, %w : tensor<?x20xf32>, tensor<20x30xf32>)
                     outs(%bias : tensor<?x30xf32>) -> tensor<?x30xf32>
  %d = linalg.generic {indexing_maps = [#id2, #id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%y, %label : tensor<?x30xf32>, tensor<?x30xf32>) outs(%e : tensor<?x30xf32>) {
  ^bb0(%a: f32, %l: f32, %o: f32):
    %0 = arith.subf %a, %l : f32
    linalg.yield %0 : f32
  } -> tensor<?x30xf32>
  %e64 = tensor.empty() : tensor<f64>
  %z64 = linalg.fill ins(%zero64 : f64) outs(%e64 : tensor<f64>) -> tensor<f64>
  %sum = linalg.generic {indexing_maps = [#id2, #all2], iterator_types = ["reduction", "reduction"]}
      ins(%d : tensor<?x30xf32>) outs(%z64 : tensor<f64>) {
  ^bb0(%a: f32, %o: f64):
    %0 = arith.mulf %a, %a : f32
    %1 = arith.extf %0 : f32 to f64
    %2 = arith.addf %o, %1 : f64
    linalg.yield %2 : f64
  } -> tensor<f64>
  %loss = linalg.generic {indexing_maps = [#id0, #id0], iterator_types = []}
      ins(%sum : tensor<f64>) outs(%e64 : tensor<f64>) {
  ^bb0(%a: f64, %o: f64):
    %0 = arith.divf %a, %n64 : f64
    linalg.yield %0 : f64
  } -> tensor<f64>
  %dy = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%d : tensor<?x30xf32>) outs(%e : tensor<?x30xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.mulf %a, %two : f32
    %1 = arith.divf %0, %n32 : f32
    linalg.yield %1 : f32
  } -> tensor<?x30xf32>
  %ew = tensor.empty() : tensor<20x30xf32>
  %zw = linalg.fill ins(%zero : f32) outs(%ew : tensor<20x30xf32>) -> tensor<20x30xf32>
  %gw = linalg.contract
      indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %dy : tensor<?x20xf32>, tensor<?x30xf32>)
      outs(%zw : tensor<20x30xf32>) -> tensor<20x30xf32>
  %eb = tensor.empty() : tensor<30xf32>
  %zb = linalg.fill ins(%zero : f32) outs(%eb : tensor<30xf32>) -> tensor<30xf32>
  %gb = linalg.generic {indexing_maps = [affine_map<(c, r) -> (r, c)>, affine_map<(c, r) -> (c)>],
                        iterator_types = ["parallel", "reduction"]}
      ins(%dy : tensor<?x30xf32>) outs(%zb : tensor<30xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<30xf32>
  return %loss, %gw, %gb, %mean
      : tensor<f64>, tensor<20x30xf32>, tensor<30xf32>, tensor<30xf32>
}

func.func @apply_step(%w: tensor<20x30xf32> {keel.role = "param", keel.name = "w"},
                      %b: tensor<30xf32> {keel.role = "param", keel.name = "b"},
                      %mean: tensor<30xf32> {keel.role = "state", keel.name = "mean"},
                      %mw: tensor<20x30xf32> {keel.role = "slot", keel.name = "optimizer/momentum/w"},
                      %mb: tensor<30xf32> {keel.role = "slot", keel.name = "optimizer/momentum/b"},
                      %gw: tensor<20x30xf32> {keel.role = "grad", keel.name = "w"},
                      %gb: tensor<30xf32> {keel.role = "grad", keel.name = "b"},
                      %new_mean: tensor<30xf32> {keel.role = "new_state", keel.name = "mean"},
                      %t: i64 {keel.role = "step"})
    -> (tensor<20x30xf32> {keel.role = "param", keel.name = "w"},
        tensor<30xf32> {keel.role = "param", keel.name = "b"},
        tensor<30xf32> {keel.role = "state", keel.name = "mean"},
        tensor<20x30xf32> {keel.role = "slot", keel.name = "optimizer/momentum/w"},
        tensor<30xf32> {keel.role = "slot", keel.name = "optimizer/momentum/b"},
        tensor<f64> {keel.role = "norm"}, tensor<i64> {keel.role = "flags"}) {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %infinity = arith.constant 0x7FF0000000000000 : f64
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %mu = arith.constant 0.9 : f32
  %rate = arith.constant 0.1 : f32
  %e = tensor.empty() : tensor<f64>
  %z = linalg.fill ins(%zero : f64) outs(%e : tensor<f64>) -> tensor<f64>
  %n1 = linalg.generic {indexing_maps = [#id2, #all2], iterator_types = ["reduction", "reduction"]}
      ins(%gw : tensor<20x30xf32>) outs(%z : tensor<f64>) {
  ^bb0(%a: f32, %o: f64):
    %0 = arith.extf %a : f32 to f64
    %1 = arith.mulf %0, %0 : f64
    %2 = arith.addf %o, %1 : f64
    linalg.yield %2 : f64
  } -> tensor<f64>
  %n2 = linalg.generic {indexing_maps = [#id1, #all1], iterator_types = ["reduction"]}
      ins(%gb : tensor<30xf32>) outs(%n1 : tensor<f64>) {
  ^bb0(%a: f32, %o: f64):
    %0 = arith.extf %a : f32 to f64
    %1 = arith.mulf %0, %0 : f64
    %2 = arith.addf %o, %1 : f64
    linalg.yield %2 : f64
  } -> tensor<f64>
  %square = tensor.extract %n2[] : tensor<f64>
  %norm = math.sqrt %square : f64
  %norm_result = tensor.from_elements %norm : tensor<f64>
  %clipped = arith.minimumf %norm, %one : f64
  %scale64 = arith.divf %clipped, %norm : f64
  %scale = arith.truncf %scale64 : f64 to f32
  %finite = arith.cmpf olt, %norm, %infinity : f64
  %flag = arith.select %finite, %c0, %c1 : i64
  %flags = tensor.from_elements %flag : tensor<i64>
  %ew = tensor.empty() : tensor<20x30xf32>
  %eb = tensor.empty() : tensor<30xf32>
  %mw1 = linalg.generic {indexing_maps = [#id2, #id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%mw, %gw : tensor<20x30xf32>, tensor<20x30xf32>) outs(%ew : tensor<20x30xf32>) {
  ^bb0(%m: f32, %g: f32, %o: f32):
    %0 = arith.mulf %m, %mu : f32
    %1 = arith.mulf %g, %scale : f32
    %2 = arith.addf %0, %1 : f32
    %3 = arith.select %finite, %2, %m : f32
    linalg.yield %3 : f32
  } -> tensor<20x30xf32>
  %w1 = linalg.generic {indexing_maps = [#id2, #id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%w, %mw1 : tensor<20x30xf32>, tensor<20x30xf32>) outs(%ew : tensor<20x30xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %0 = arith.mulf %m, %rate : f32
    %1 = arith.subf %p, %0 : f32
    %2 = arith.select %finite, %1, %p : f32
    linalg.yield %2 : f32
  } -> tensor<20x30xf32>
  %mb1 = linalg.generic {indexing_maps = [#id1, #id1, #id1], iterator_types = ["parallel"]}
      ins(%mb, %gb : tensor<30xf32>, tensor<30xf32>) outs(%eb : tensor<30xf32>) {
  ^bb0(%m: f32, %g: f32, %o: f32):
    %0 = arith.mulf %m, %mu : f32
    %1 = arith.mulf %g, %scale : f32
    %2 = arith.addf %0, %1 : f32
    %3 = arith.select %finite, %2, %m : f32
    linalg.yield %3 : f32
  } -> tensor<30xf32>
  %b1 = linalg.generic {indexing_maps = [#id1, #id1, #id1], iterator_types = ["parallel"]}
      ins(%b, %mb1 : tensor<30xf32>, tensor<30xf32>) outs(%eb : tensor<30xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %0 = arith.mulf %m, %rate : f32
    %1 = arith.subf %p, %0 : f32
    %2 = arith.select %finite, %1, %p : f32
    linalg.yield %2 : f32
  } -> tensor<30xf32>
  %mean1 = linalg.generic {indexing_maps = [#id1, #id1, #id1], iterator_types = ["parallel"]}
      ins(%mean, %new_mean : tensor<30xf32>, tensor<30xf32>) outs(%eb : tensor<30xf32>) {
  ^bb0(%p: f32, %m: f32, %o: f32):
    %0 = arith.select %finite, %m, %p : f32
    linalg.yield %0 : f32
  } -> tensor<30xf32>
  return %w1, %b1, %mean1, %mw1, %mb1, %norm_result, %flags
      : tensor<20x30xf32>, tensor<30xf32>, tensor<30xf32>, tensor<20x30xf32>,
        tensor<30xf32>, tensor<f64>, tensor<i64>
}

}
