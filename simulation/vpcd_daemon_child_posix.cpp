// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "simulation/vpcd_daemon_child.h"

namespace cardmux::simulation {
namespace {

constexpr const char* daemon_folder = "/run/pcscd";  // compiled into pcscd

bool write_file(const char* path, const char* text) {
    const int file = ::open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    const auto size = static_cast<ssize_t>(std::strlen(text));
    const bool written = ::write(file, text, static_cast<std::size_t>(size)) == size;
    ::close(file);
    return written;
}

/// "0 <id> 1\n": we are root in the new namespace and ourselves outside. By hand, since snprintf is
/// not safe here.
bool map_root_to(const char* path, unsigned long id) {
    char text[32] = "0 ";
    char digits[20];
    std::size_t count = 0;
    do {
        digits[count++] = static_cast<char>('0' + id % 10);
        id /= 10;
    } while (id != 0);
    std::size_t at = 2;
    while (count > 0) text[at++] = digits[--count];
    std::memcpy(text + at, " 1\n", 4);
    return write_file(path, text);
}

void restore_signals() {
    sigset_t none;
    sigemptyset(&none);
    (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
    (void)::signal(SIGPIPE, SIG_DFL);
    (void)::setpgid(0, 0);  // an interrupt at the terminal is for us; we end the daemon in order
}

bool enter_namespaces(const DaemonChild& child, DaemonStep& step) {
    step = DaemonStep::Namespace;
    if (::unshare(CLONE_NEWNS) == 0) return true;
    if (errno != EPERM || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    step = DaemonStep::IdMap;
    (void)write_file("/proc/self/setgroups", "deny");
    return map_root_to("/proc/self/uid_map", child.user) &&
           map_root_to("/proc/self/gid_map", child.group);
}

/// Our folder in the place of the daemon's. Where that does not exist and cannot be made, in an
/// empty /run that only this namespace sees.
bool put_folder_in_place(const char* socket_folder) {
    if (::mount("none", "/", "none", MS_REC | MS_PRIVATE, nullptr) != 0) return false;
    (void)::mkdir(daemon_folder, 0755);
    if (::mount(socket_folder, daemon_folder, "none", MS_BIND, nullptr) == 0) return true;
    if (errno != ENOENT) return false;
    if (::chdir(socket_folder) != 0) return false;  // it may lie under /run itself
    return ::mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") == 0 &&
           ::mkdir(daemon_folder, 0755) == 0 &&
           ::mount(".", daemon_folder, "none", MS_BIND, nullptr) == 0;
}

bool send_output_to(const char* log_file) {
    const int log = ::open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    return log >= 0 && nothing >= 0 && ::dup2(nothing, STDIN_FILENO) >= 0 &&
           ::dup2(log, STDOUT_FILENO) >= 0 && ::dup2(log, STDERR_FILENO) >= 0;
}

bool die_with_parent(pid_t parent) {
    // After the user has changed, which would clear it.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return false;
    errno = ESRCH;
    return ::getppid() == parent;
}

}  // namespace

const char* describe(DaemonStep step) {
    switch (step) {
        case DaemonStep::Namespace:
            return "no mount namespace for pcscd (be root, or allow unprivileged user namespaces)";
        case DaemonStep::IdMap:
            return "cannot map the user into a namespace for pcscd";
        case DaemonStep::Mount:
            return "cannot put a folder in the place of /run/pcscd";
        case DaemonStep::Log:
            return "cannot open pcscd.log in the run folder";
        case DaemonStep::DieWithParent:
            return "the parent of pcscd has ended";
        case DaemonStep::Exec:
            return "cannot run pcscd";
    }
    return "";
}

void become_private_pcscd(const DaemonChild& child, int report) {
    restore_signals();
    DaemonStep step = DaemonStep::Namespace;
    const auto next = [&step](DaemonStep now, bool done) {
        if (!done) step = now;
        return done;
    };
    if (enter_namespaces(child, step) &&
        next(DaemonStep::Mount, put_folder_in_place(child.socket_folder)) &&
        next(DaemonStep::Log, send_output_to(child.log_file)) &&
        next(DaemonStep::DieWithParent, die_with_parent(child.parent))) {
        ::execl(child.daemon, "pcscd", "--foreground", "--config", child.configuration_folder,
                static_cast<char*>(nullptr));
        step = DaemonStep::Exec;
    }
    const DaemonChildFailure failure{step, errno};
    (void)!::write(report, &failure, sizeof failure);
    ::_exit(127);
}

}  // namespace cardmux::simulation
