// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What belongs to the process (its settings, its log, the files of turns, its connection to the
// smart card service) is opened with the process's rights, whoever a Windows thread acts for at
// that moment: a person who may not open it would else decide for all who come later. What is a
// caller's own (certificate stores, whose PIN counts) is not.
#pragma once

namespace cardmux {

/// While it lives, this thread acts for the process; afterwards for whom it did before. A thread
/// that impersonates an unknown (anonymous) goes on with that: the system does not give such a
/// token back. Nothing at all on other systems.
class ActingForProcess {
  public:
    ActingForProcess();
    ~ActingForProcess();
    ActingForProcess(const ActingForProcess&) = delete;
    ActingForProcess& operator=(const ActingForProcess&) = delete;

  private:
    void* impersonated_ = nullptr;  ///< a HANDLE, whom to act for afterwards; null: nobody
};

}  // namespace cardmux
