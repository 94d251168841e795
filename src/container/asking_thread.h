// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Whether a thread is inside a question to a person. A dialog carries out what the program has
// waiting (timers, window procedures), which may want to sign or to open a container as well: asked
// inside a question it would wait for a turn that its own thread has, or that a thread has which
// waits for this one. All kinds of questions go by this one mark: who is inside one asks nobody.
#pragma once

namespace cardmux::container {

/// Marks the calling thread as inside a question while it lives; or, for what a question does
/// itself (it looks at a card), as outside of one.
class AskingThread {
  public:
    explicit AskingThread(bool is_inside = true);
    ~AskingThread();
    AskingThread(const AskingThread&) = delete;
    AskingThread& operator=(const AskingThread&) = delete;

    /// Whether the calling thread is inside a question, of whichever kind and interface.
    static bool is_this();

  private:
    const bool before_;
};

}  // namespace cardmux::container
