//===- Interrupt.cpp - Signals that end a run in order --------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interrupt.h"

using namespace keel;

static volatile sig_atomic_t caught = 0;

/// The second signal of any kind does what it does to any program.
static void onSignal(int number) {
  if (caught) {
    signal(number, SIG_DFL);
    raise(number); // pending until this handler returns
    return;
  }
  caught = number;
}

void keel_catch_signals(SignalState *state) {
  caught = 0;
  for (int i = 0; i < 4; ++i) {
    struct sigaction action = {};
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    bool isEnd = caughtSignals[i] != SIGXFSZ;
    action.sa_handler = isEnd ? onSignal : SIG_IGN;
    sigaction(caughtSignals[i], nullptr, &state->before[i]);
    // What nohup ignores stays ignored.
    if (caughtSignals[i] != SIGHUP || state->before[i].sa_handler != SIG_IGN)
      sigaction(caughtSignals[i], &action, nullptr);
  }
}

void keel_restore_signals(const SignalState *state) {
  for (int i = 0; i < 4; ++i)
    sigaction(caughtSignals[i], &state->before[i], nullptr);
}

int keel_interrupted(void) { return (int)caught; }
