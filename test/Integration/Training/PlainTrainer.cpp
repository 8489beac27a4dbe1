//===- PlainTrainer.cpp - Updates in plain loops --------------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlainTrainer.h"
#include <algorithm>
#include <cmath>

using namespace keel::test;

double Schedule::getFactor(int64_t t) const {
  if (kind == step)
    return std::pow(factor, double(t / every));
  if (kind == none)
    return 1.0;
  if (t < warmup)
    return double(t + 1) / warmup;
  double done = std::min(1.0, double(t - warmup) / (steps - warmup));
  return floor + (1 - floor) / 2 * (1 + std::cos(std::acos(-1.0) * done));
}

std::string Schedule::getText() const {
  if (kind == step)
    return "#keel.step<every = " + std::to_string(every) +
           ", factor = " + format(factor) + ">";
  return "#keel.cosine<steps = " + std::to_string(steps) +
         ", warmup = " + std::to_string(warmup) + ", floor = " + format(floor) +
         ">";
}

std::string Clip::getText() const {
  static const char *names[] = {"", "value", "norm", "global_norm"};
  return std::string("#keel.clip_by_") + names[kind] + "<" + format(limit) +
         (kind == value ? "" : ", epsilon = " + format(epsilon)) + ">";
}

std::string Optimizer::getText() const {
  std::string rates = "<learning_rate = " + format(rate);
  if (schedule.kind != Schedule::none)
    rates += ", schedule = " + schedule.getText();
  if (kind == rmsprop)
    return "#keel.rmsprop" + rates + ", decay = " + format(decay) +
           ", epsilon = " + format(epsilon) + ">";
  if (kind == adagrad)
    return "#keel.adagrad" + rates + ", epsilon = " + format(epsilon) + ">";
  if (isAdam())
    return (kind == adam ? "#keel.adam" : "#keel.adamw") + rates +
           ", beta1 = " + format(beta1) + ", beta2 = " + format(beta2) +
           ", epsilon = " + format(epsilon) +
           (kind == adam ? "" : ", weight_decay = " + format(weightDecay)) +
           ">";
  return "#keel.sgd" + rates + ", momentum = " + format(momentum) +
         ", nesterov = " + (nesterov ? "true" : "false") +
         ", weight_decay = " + format(weightDecay) + ">";
}

std::string PlainTrainer::getAttributes() const {
  std::string text = "optimizer = " + optimizer.getText();
  return clip.kind == Clip::none ? text : text + ", clip = " + clip.getText();
}

PlainTrainer::Report PlainTrainer::step(const Batch &batch, int64_t t) {
  Report report;
  network.random.step = t;
  network.forward(batch.input, /*training=*/true);
  report.loss = network.getLoss(batch, /*withGradient=*/true);
  clipGradients(report);
  if (optimizer.isAdam())
    slots.try_emplace("optimizer/count", 1).first->second[0] += 1;
  double rate = optimizer.rate * optimizer.schedule.getFactor(t);
  for (const auto &held : network.held) {
    if (!held->isState && held->trainable)
      update(*held, rate);
    if (held->isState && !held->next.data.empty())
      held->value = held->next;
  }
  return report;
}

static double getSquares(const Held &held) {
  double sum = 0;
  for (double g : held.gradient.data)
    sum += g * g;
  return sum;
}

void PlainTrainer::clipGradients(Report &report) {
  double squares = 0;
  std::vector<Held *> trained;
  for (const auto &held : network.held)
    if (!held->isState && held->trainable) {
      trained.push_back(held.get());
      squares += getSquares(*held);
    }
  report.norm = std::sqrt(squares);
  for (Held *held : trained) {
    double norm =
        clip.kind == Clip::norm ? std::sqrt(getSquares(*held)) : report.norm;
    double factor = std::min(1.0, clip.limit / (norm + clip.epsilon));
    for (double &g : held->gradient.data) {
      double before = g;
      if (clip.kind == Clip::value)
        g = std::clamp(g, -clip.limit, clip.limit);
      else if (clip.kind != Clip::none)
        g *= factor;
      report.clipped |= g != before;
    }
  }
}

std::vector<double> &PlainTrainer::getSlot(const std::string &kind,
                                           const Held &param) {
  return slots
      .try_emplace("optimizer/" + kind + "/" + param.name,
                   param.value.data.size())
      .first->second;
}

double PlainTrainer::getAdamStep(const Held &param, size_t i) {
  double g = param.gradient.data[i];
  double &m = getSlot("m", param)[i], &v = getSlot("v", param)[i];
  double n = slots.at("optimizer/count")[0];
  m = optimizer.beta1 * m + (1 - optimizer.beta1) * g;
  v = optimizer.beta2 * v + (1 - optimizer.beta2) * g * g;
  double unbiasedM = m / (1 - std::pow(optimizer.beta1, n));
  double unbiasedV = v / (1 - std::pow(optimizer.beta2, n));
  return unbiasedM / (std::sqrt(unbiasedV) + optimizer.epsilon);
}

/// RMSprop and Adagrad.
double PlainTrainer::getScaledStep(const Held &param, size_t i) {
  double g = param.gradient.data[i];
  bool averages = optimizer.kind == Optimizer::rmsprop;
  double &v = getSlot(averages ? "square_average" : "square_sum", param)[i];
  v = averages ? optimizer.decay * v + (1 - optimizer.decay) * g * g
               : v + g * g;
  return g / (std::sqrt(v) + optimizer.epsilon);
}

double PlainTrainer::getSgdStep(const Held &param, size_t i,
                                double weightDecay) {
  double g = param.gradient.data[i] + weightDecay * param.value.data[i];
  if (optimizer.momentum == 0)
    return g;
  double &v = getSlot("momentum", param)[i];
  v = optimizer.momentum * v + g;
  return optimizer.nesterov ? g + optimizer.momentum * v : v;
}

void PlainTrainer::update(Held &param, double rate) {
  bool decays = !param.isVector || param.decays;
  double weightDecay = decays ? optimizer.weightDecay : 0;
  for (size_t i = 0; i < param.value.data.size(); ++i) {
    double &p = param.value.data[i];
    if (optimizer.kind == Optimizer::sgd) {
      p -= rate * getSgdStep(param, i, weightDecay);
      continue;
    }
    if (optimizer.kind == Optimizer::adamw)
      p *= 1 - rate * weightDecay;
    p -= rate *
         (optimizer.isAdam() ? getAdamStep(param, i) : getScaledStep(param, i));
  }
}
