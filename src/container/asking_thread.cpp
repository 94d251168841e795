// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/asking_thread.h"

#include <utility>

namespace cardmux::container {
namespace {

thread_local bool is_inside_question = false;

}  // namespace

AskingThread::AskingThread(bool is_inside)
    : before_(std::exchange(is_inside_question, is_inside)) {}

AskingThread::~AskingThread() {
    is_inside_question = before_;
}

bool AskingThread::is_this() {
    return is_inside_question;
}

}  // namespace cardmux::container
