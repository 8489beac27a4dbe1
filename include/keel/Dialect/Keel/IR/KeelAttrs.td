//===- KeelAttrs.td - Initializers, losses, clips, schedules, optimizers --===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_DIALECT_KEEL_IR_KEELATTRS_TD
#define KEEL_DIALECT_KEEL_IR_KEELATTRS_TD

include "keel/Dialect/Keel/IR/KeelBase.td"

/// An attribute written `#keel.name<setting = value, ...>`; settings with a
/// default may be left out, and the brackets with them.
class Keel_SettingsAttr<string name, string mnemonic, list<Trait> traits>
    : Keel_Attr<name, mnemonic, traits> {
  let hasCustomAssemblyFormat = 1;
}

//===----------------------------------------------------------------------===//
// Initializers
//===----------------------------------------------------------------------===//

class Keel_Initializer<string name, string mnemonic, dag params = (ins),
                       list<string> overridden = []>
    : Keel_SettingsAttr<name, mnemonic,
        [DeclareAttrInterfaceMethods<InitializerAttrInterface,
                                     overridden # ["getInitialMoments"]>]> {
  let parameters = params;
}

def Keel_ZerosAttr : Keel_Initializer<"Zeros", "zeros"> {
  let summary = "All zero.";
}
def Keel_OnesAttr : Keel_Initializer<"Ones", "ones"> {
  let summary = "All one.";
}
def Keel_ConstantAttr
    : Keel_Initializer<"Constant", "constant", (ins "Real":$value)> {
  let summary = "All one value: `#keel.constant<0.5>`.";
}
def Keel_UniformAttr
    : Keel_Initializer<"Uniform", "uniform", (ins "Real":$low, "Real":$high)> {
  let summary = "Uniform in [low, high): `#keel.uniform<low = -1.0, high = 1.0>`.";
  let genVerifyDecl = 1;
}
def Keel_NormalAttr : Keel_Initializer<"Normal", "normal",
                                       (ins "Real":$mean, "Real":$stddev)> {
  let summary = "Normal: `#keel.normal<mean = 0.0, stddev = 1.0>`.";
  let genVerifyDecl = 1;
}
def Keel_TruncatedNormalAttr
    : Keel_Initializer<"TruncatedNormal", "truncated_normal",
                       (ins "Real":$mean, "Real":$stddev)> {
  let summary = [{
    Normal, cut at two deviations of the underlying normal, rescaled so that
    `stddev` is the deviation after the cut.
  }];
  let genVerifyDecl = 1;
}
def Keel_XavierUniformAttr
    : Keel_Initializer<"XavierUniform", "xavier_uniform"> {
  let summary = [{
    Uniform in +-sqrt(6/(in+out)), of variance 2/(in+out) (Glorot & Bengio 2010).
  }];
}
def Keel_XavierNormalAttr : Keel_Initializer<"XavierNormal", "xavier_normal"> {
  let summary = "Normal of variance 2/(in+out) (Glorot & Bengio 2010).";
}
def Keel_HeUniformAttr : Keel_Initializer<"HeUniform", "he_uniform"> {
  let summary = "Uniform in +-sqrt(6/in), of variance 2/in (He et al. 2015).";
}
def Keel_HeNormalAttr : Keel_Initializer<"HeNormal", "he_normal"> {
  let summary = "Normal of variance 2/in (He et al. 2015).";
}
def Keel_LecunNormalAttr : Keel_Initializer<"LecunNormal", "lecun_normal"> {
  let summary = "Normal of variance 1/in (LeCun et al. 1998).";
}
def Keel_VarianceScalingAttr
    : Keel_Initializer<"VarianceScaling", "variance_scaling",
        (ins "Real":$scale, StringRefParameter<>:$mode,
             StringRefParameter<>:$distribution)> {
  let summary = [{
    Variance scale / n, where n is `fan_in`, `fan_out` or their mean `fan_avg`
    (`mode`), drawn from `uniform`, `normal` or `truncated_normal`
    (`distribution`). Defaults: 1.0, fan_in, normal.
  }];
  let genVerifyDecl = 1;
}
def Keel_OrthogonalAttr
    : Keel_Initializer<"Orthogonal", "orthogonal", (ins "Real":$gain),
                       ["verifyType"]> {
  let summary = [{
    gain times a random orthogonal matrix, of the first axis by all others,
    uniform over all such (Saxe et al. 2014): `keel.orthogonalize` of standard
    normals. Where it is not square, the shorter of rows and columns are
    orthonormal. Not for parameters of rank 1.
  }];
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Losses
//===----------------------------------------------------------------------===//

class Keel_LossAttr<string name, string mnemonic, dag params = (ins)>
    : Keel_SettingsAttr<name, mnemonic,
        [DeclareAttrInterfaceMethods<LossAttrInterface>]> {
  let parameters = params;
}

def Keel_SoftmaxCrossEntropyAttr
    : Keel_LossAttr<"SoftmaxCrossEntropy", "softmax_cross_entropy"> {
  let summary = [{
    `log sum exp(z) - z[class]` on logits and integer classes, mean over rows.
  }];
}
def Keel_MeanSquaredErrorAttr
    : Keel_LossAttr<"MeanSquaredError", "mean_squared_error"> {
  let summary = "`(y - t)^2`, mean over all elements.";
}
def Keel_SigmoidCrossEntropyAttr
    : Keel_LossAttr<"SigmoidCrossEntropy", "sigmoid_cross_entropy"> {
  let summary = [{
    `log(1 + exp(z)) - z t` on logits and targets in [0, 1] of the result's
    shape, mean over all elements. Accuracy compares z > 0 with t > 1/2,
    element by element.
  }];
}
def Keel_MeanAbsoluteErrorAttr
    : Keel_LossAttr<"MeanAbsoluteError", "mean_absolute_error"> {
  let summary = "`|y - t|`, mean over all elements.";
}
def Keel_HuberAttr : Keel_LossAttr<"Huber", "huber", (ins "Real":$delta)> {
  let summary = [{
    With d = y - t: `d^2 / 2` where |d| <= delta, else
    `delta (|d| - delta / 2)`, mean over all elements:
    `#keel.huber<delta = 1.0>`.
  }];
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Clips
//===----------------------------------------------------------------------===//

class Keel_ClipAttr<string name, string mnemonic, dag params>
    : Keel_SettingsAttr<name, mnemonic,
        [DeclareAttrInterfaceMethods<ClipAttrInterface>]> {
  let parameters = params;
  let genVerifyDecl = 1;
}

def Keel_ClipByValueAttr
    : Keel_ClipAttr<"ClipByValue", "clip_by_value", (ins "Real":$limit)> {
  let summary = "Each element to [-C, C]: `#keel.clip_by_value<C>`.";
}
def Keel_ClipByNormAttr
    : Keel_ClipAttr<"ClipByNorm", "clip_by_norm",
                    (ins "Real":$limit, "Real":$epsilon)> {
  let summary = [{
    Each gradient g by itself: `g * min(1, C / (|g| + epsilon))`. Written
    `#keel.clip_by_norm<C>` or `#keel.clip_by_norm<C, epsilon = 1.0e-6>`.
  }];
}
def Keel_ClipByGlobalNormAttr
    : Keel_ClipAttr<"ClipByGlobalNorm", "clip_by_global_norm",
                    (ins "Real":$limit, "Real":$epsilon)> {
  let summary = [{
    All gradients by one factor `min(1, C / (norm + epsilon))`, where norm is
    that of all gradients together, its squares summed in f64 (Pascanu et al.
    2013). Written as `#keel.clip_by_norm`.
  }];
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

class Keel_ScheduleAttr<string name, string mnemonic, dag params>
    : Keel_SettingsAttr<name, mnemonic,
        [DeclareAttrInterfaceMethods<ScheduleAttrInterface>]> {
  let parameters = params;
  let genVerifyDecl = 1;
}

def Keel_CosineAttr : Keel_ScheduleAttr<"Cosine", "cosine",
    (ins "int64_t":$steps, "int64_t":$warmup, "Real":$floor)> {
  let summary = [{
    `(t+1)/warmup` below `warmup`, then
    `floor + (1-floor)/2 (1 + cos(pi min(1, (t-warmup)/(steps-warmup))))`.
  }];
}
def Keel_StepAttr : Keel_ScheduleAttr<"Step", "step",
    (ins "int64_t":$every, "Real":$factor)> {
  let summary = "`factor^floor(t/every)`.";
}

//===----------------------------------------------------------------------===//
// Optimizers
//===----------------------------------------------------------------------===//

class Keel_OptimizerAttr<string name, string mnemonic, dag params>
    : Keel_SettingsAttr<name, mnemonic,
        [DeclareAttrInterfaceMethods<OptimizerAttrInterface>]> {
  let parameters = params;
  let genVerifyDecl = 1;
}

def Keel_SgdAttr : Keel_OptimizerAttr<"Sgd", "sgd",
    (ins "Real":$learningRate, "Real":$momentum, "bool":$nesterov,
         "Real":$weightDecay, "::mlir::Attribute":$schedule)> {
  let summary = [{
    Stochastic gradient descent: see `keel.sgd_update`. Weight decay leaves out
    parameters of rank 1, unless their `keel.param` says `decay = true`.
  }];
}
def Keel_AdamAttr : Keel_OptimizerAttr<"Adam", "adam",
    (ins "Real":$learningRate, "Real":$beta1, "Real":$beta2, "Real":$epsilon,
         "::mlir::Attribute":$schedule)> {
  let summary = "Adam (Kingma & Ba 2015): see `keel.adam_update`.";
}
def Keel_AdamwAttr : Keel_OptimizerAttr<"Adamw", "adamw",
    (ins "Real":$learningRate, "Real":$beta1, "Real":$beta2, "Real":$epsilon,
         "Real":$weightDecay, "::mlir::Attribute":$schedule)> {
  let summary = [{
    Adam with a weight decay apart from the gradient (Loshchilov & Hutter
    2019): see `keel.adam_update`. It leaves out what `#keel.sgd`'s does.
  }];
}
def Keel_RmspropAttr : Keel_OptimizerAttr<"Rmsprop", "rmsprop",
    (ins "Real":$learningRate, "Real":$decay, "Real":$epsilon,
         "::mlir::Attribute":$schedule)> {
  let summary = "RMSprop (Tieleman & Hinton 2012): see `keel.rmsprop_update`.";
}
def Keel_AdagradAttr : Keel_OptimizerAttr<"Adagrad", "adagrad",
    (ins "Real":$learningRate, "Real":$epsilon,
         "::mlir::Attribute":$schedule)> {
  let summary = "Adagrad (Duchi et al. 2011): see `keel.adagrad_update`.";
}

#endif // KEEL_DIALECT_KEEL_IR_KEELATTRS_TD
