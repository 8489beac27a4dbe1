//===- Interrupt.h - Signals that end a run in order ----------------------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_LIB_RUNTIME_INTERRUPT_H
#define KEEL_LIB_RUNTIME_INTERRUPT_H

#include <signal.h>

namespace keel {
/// The signals that end a run in order, and last SIGXFSZ.
constexpr int caughtSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGXFSZ};

/// What signals did before.
struct SignalState {
  struct sigaction before[4];
};
} // namespace keel

extern "C" {

/// From here on the first SIGINT, SIGTERM or SIGHUP is only noted, the second
/// ends the process at once, and SIGXFSZ is ignored: the file that reaches the
/// limit of its size is an error to be said.
void keel_catch_signals(keel::SignalState *state);
void keel_restore_signals(const keel::SignalState *state);
/// The signal that was noted; 0: none.
int keel_interrupted(void);

} // extern "C"

namespace keel {
/// Catches signals while it lives.
class InterruptGuard {
public:
  InterruptGuard() { keel_catch_signals(&state); }
  ~InterruptGuard() { keel_restore_signals(&state); }
  InterruptGuard(const InterruptGuard &) = delete;
  InterruptGuard &operator=(const InterruptGuard &) = delete;

private:
  SignalState state;
};
} // namespace keel

#endif // KEEL_LIB_RUNTIME_INTERRUPT_H
