// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

#include "tool/load/child_process.h"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 declares its functions without saying that they are C
}

namespace cardmux::tool::load {
namespace {

[[noreturn]] void run_child(const std::function<int()>& body, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);  // it died before the line above
    signal(SIGPIPE, SIG_DFL);           // the module under load meets what an ordinary program has
    int code = 1;
    try {
        code = body();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cardmux: a loading process failed: %s\n", error.what());
    }
    // exit, not _exit: what the module does when its process ends is part of what is tried.
    std::exit(code);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::function<int()>& body) {
    std::fflush(nullptr);  // or the child would write it a second time
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) return Error(ErrorCode::SystemFailed, "fork").with_platform_code(errno);
    if (pid == 0) run_child(body, parent);
    return ChildProcess(pid, pidfd_open(pid, 0));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      status_(other.status_),
      has_ended_(other.has_ended_) {}

ChildProcess::~ChildProcess() {
    if (pid_ > 0 && !has_ended_) kill();
    if (descriptor_ >= 0) close(descriptor_);
}

void ChildProcess::collect() {
    while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    has_ended_ = true;
}

bool ChildProcess::wait(Deadline deadline) {
    while (!has_ended_) {
        int timeout_ms = -1;
        if (!deadline.is_never()) {
            const double left = milliseconds(*deadline.when() - now());
            timeout_ms = static_cast<int>(std::clamp(left + 0.999, 0.0, 1e6));
        }
        pollfd ended{descriptor_, POLLIN, 0};
        const int ready = poll(&ended, 1, timeout_ms);
        if (ready > 0 || descriptor_ < 0)
            collect();
        else if (ready == 0 && deadline.has_passed())
            return false;
    }
    return true;
}

void ChildProcess::kill() {
    ::kill(pid_, SIGKILL);
    collect();
}

bool ChildProcess::succeeded() const {
    return has_ended_ && WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

std::string ChildProcess::describe_end() const {
    if (!has_ended_) return "still runs";
    if (WIFSIGNALED(status_))
        return fmt::format("signal {} ({})", WTERMSIG(status_), strsignal(WTERMSIG(status_)));
    return fmt::format("exit {}", WEXITSTATUS(status_));
}

}  // namespace cardmux::tool::load
