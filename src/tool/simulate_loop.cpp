// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/simulate_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>

namespace cardmux::tool {
namespace {

constexpr std::size_t command_size_max = 4096;
constexpr timeval command_arrives_within{2, 0};
constexpr timeval answer_arrives_within{60, 0};
constexpr Duration program_ends_within = std::chrono::seconds(3);

sigset_t our_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
    return set;
}

std::optional<sockaddr_un> unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
    path.copy(address.sun_path, path.size());
    return address;
}

Error system_error(const char* operation) {
    return Error(ErrorCode::SystemFailed, operation).with_platform_code(errno);
}

/// Up to the end of the line (not included), or of the stream.
std::optional<std::string> receive_line(int connection, timeval limit, std::size_t size_max) {
    (void)setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::string line;
    std::array<char, 4096> part{};
    while (line.size() <= size_max) {
        const ssize_t got = ::recv(connection, part.data(), part.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        line.append(part.data(), static_cast<std::size_t>(got));
        const auto end = line.find('\n');
        if (end != std::string::npos) return line.substr(0, end);
        if (got == 0) return line;
    }
    return std::nullopt;
}

bool send_line(int connection, const std::string& text) {
    const std::string line = text + "\n";
    return ::send(connection, line.data(), line.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(line.size());
}

/// Tells the parent through `failure` why it did not work; a success closes that end.
[[noreturn]] void become_program(char* const* arguments, int failure) {
    sigset_t none;
    sigemptyset(&none);
    (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
    (void)::signal(SIGPIPE, SIG_DFL);
    (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::execvp(arguments[0], arguments);
    const int why = errno;
    (void)!::write(failure, &why, sizeof why);
    ::_exit(1);
}

/// errno of the exec in the child; 0 if it worked.
int wait_for_exec(int failure) {
    int why = 0;
    ssize_t got = 0;
    do {
        got = ::read(failure, &why, sizeof why);
    } while (got < 0 && errno == EINTR);
    return got == sizeof why ? why : 0;
}

int exit_code_of(int wait_status) {
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

std::vector<pid_t> children() {
    const std::string self = std::to_string(::getpid());
    std::ifstream file("/proc/self/task/" + self + "/children");
    std::vector<pid_t> found;
    for (pid_t child = 0; file >> child;) found.push_back(child);
    return found;
}

}  // namespace

SimulateLoop::SimulateLoop() {
    const sigset_t ours = our_signals();
    (void)::sigprocmask(SIG_BLOCK, &ours, nullptr);
    signals_ = ::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    // What a program that we run leaves behind becomes our child, so that we can end it.
    (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

SimulateLoop::~SimulateLoop() {
    end_program();
    end_children();
    if (listener_ >= 0) {
        ::close(listener_);
        (void)::unlink(socket_path_.c_str());
    }
    if (signals_ >= 0) ::close(signals_);
}

void SimulateLoop::end_program() {
    if (program_ <= 0) return;
    (void)::kill(program_, SIGTERM);
    const Deadline deadline = Deadline::after(program_ends_within);
    while (program_ > 0 && !deadline.has_passed()) {
        take_signals();
        sleep_for(std::chrono::milliseconds(5));
    }
}

/// Those that the program left behind have become ours.
void SimulateLoop::end_children() {
    for (const pid_t child : children()) {
        (void)::kill(child, SIGKILL);
        (void)::waitpid(child, nullptr, 0);
    }
}

Result<void> SimulateLoop::listen(const std::string& path) {
    const auto address = unix_address(path);
    if (!address) return Error(ErrorCode::InvalidArgument, "listen on --control");
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const mode_t before = ::umask(0077);
    const bool bound =
        ::bind(listener_, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0;
    ::umask(before);
    if (!bound) {
        const Error error = system_error("bind the --control socket");
        ::close(listener_);
        listener_ = -1;
        return error;
    }
    socket_path_ = path;
    if (::listen(listener_, 16) != 0) return system_error("listen on --control");
    return success();
}

Result<void> SimulateLoop::start_program(const std::vector<std::string>& command) {
    std::vector<std::string> texts = command;
    std::vector<char*> arguments;
    arguments.reserve(texts.size() + 1);
    for (std::string& text : texts) arguments.push_back(text.data());
    arguments.push_back(nullptr);
    std::array<int, 2> failure{};
    if (::pipe2(failure.data(), O_CLOEXEC) != 0) return system_error("start a program");
    program_ = ::fork();
    if (program_ == 0) become_program(arguments.data(), failure[1]);
    const int fork_error = errno;
    ::close(failure[1]);
    const int why = program_ < 0 ? fork_error : wait_for_exec(failure[0]);
    ::close(failure[0]);
    if (why == 0) return success();
    if (program_ > 0) (void)::waitpid(program_, nullptr, 0);
    program_ = -1;
    return Error(ErrorCode::SystemFailed, "start a program").with_platform_code(why);
}

int SimulateLoop::run(SimulateWorld& world, bool read_standard_input) {
    input_ended_ = !read_standard_input;
    while (!quit_ && !world.wants_to_quit()) {
        std::array<pollfd, 3> sources{pollfd{signals_, POLLIN, 0}, pollfd{listener_, POLLIN, 0},
                                      pollfd{input_ended_ ? -1 : STDIN_FILENO, POLLIN, 0}};
        if (::poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR) return 1;
        if (sources[0].revents != 0) take_signals();
        if (sources[1].revents != 0) take_connection(world);
        if (sources[2].revents != 0) take_standard_input(world);
    }
    const int exit_code = exit_code_;
    end_program();  // while the readers are still there
    return exit_code;
}

void SimulateLoop::take_signals() {
    signalfd_siginfo info{};
    while (::read(signals_, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo != SIGCHLD) quit_ = true;
    }
    // One SIGCHLD may stand for several children; pcscd is waited for by its owner.
    int status = 0;
    if (program_ > 0 && ::waitpid(program_, &status, WNOHANG) == program_) {
        exit_code_ = exit_code_of(status);
        program_ = -1;
        quit_ = true;
    }
}

void SimulateLoop::take_standard_input(SimulateWorld& world) {
    std::array<char, 4096> part{};
    const ssize_t got = ::read(STDIN_FILENO, part.data(), part.size());
    if (got <= 0) {
        input_ended_ = true;  // go on: the readers outlive a shell's input
        return;
    }
    typed_.append(part.data(), static_cast<std::size_t>(got));
    for (auto end = typed_.find('\n'); end != std::string::npos; end = typed_.find('\n')) {
        const std::string line = typed_.substr(0, end);
        typed_.erase(0, end + 1);
        if (line.empty()) continue;
        std::printf("%s\n", world.execute(line).dump().c_str());
        std::fflush(stdout);
    }
}

void SimulateLoop::take_connection(SimulateWorld& world) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    const auto line = receive_line(connection, command_arrives_within, command_size_max);
    if (line) (void)send_line(connection, world.execute(*line).dump());
    ::close(connection);
}

Result<std::string> send_control_command(const std::string& path, const std::string& command) {
    const auto address = unix_address(path);
    if (!address) return Error(ErrorCode::InvalidArgument, "connect to --control");
    const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(connection, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
        const Error error = system_error("connect to the --control socket");
        ::close(connection);
        return error;
    }
    std::optional<std::string> answer;
    if (send_line(connection, command)) {
        answer = receive_line(connection, answer_arrives_within, 1 << 20);
    }
    ::close(connection);
    if (!answer || answer->empty()) return Error(ErrorCode::TimedOut, "wait for an answer");
    return *answer;
}

}  // namespace cardmux::tool
