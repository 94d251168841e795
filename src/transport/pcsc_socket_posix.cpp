// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <dirent.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <memory>
#include <set>
#include <utility>

#include "base/sync.h"
#include "transport/pcsc_socket.h"

namespace cardmux::transport {
namespace {

struct NoData {};

/// Held over SCardEstablishContext, which libpcsclite runs one at a time under a lock of its own:
/// it makes nobody wait longer.
Guarded<NoData>& one_at_a_time() {
    static auto& the_lock = *new Guarded<NoData>(LockRank::Transport);
    return the_lock;
}

std::string file_name_of(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

/// By the name of the file only: pcscd may have bound it under another path (/var/run, a
/// container's).
bool leads_to_pcscd(int descriptor) {
    sockaddr_un peer{};
    socklen_t size = sizeof peer;
    if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return false;
    if (peer.sun_family != AF_UNIX || size <= offsetof(sockaddr_un, sun_path)) return false;
    const std::string path(peer.sun_path, size - offsetof(sockaddr_un, sun_path));
    return file_name_of(path.c_str()) == file_name_of(pcsc_socket_path());
}

/// A descriptor and the socket behind it: the number alone may be used again.
using Socket = std::pair<int, ino_t>;

/// Empty as well where there is no /proc.
std::set<Socket> sockets_to_pcscd() {
    std::set<Socket> sockets;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
    if (!folder) return sockets;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): each DIR is used by one thread
    while (const dirent* entry = readdir(folder.get())) {
        const int descriptor = static_cast<int>(std::strtol(entry->d_name, nullptr, 10));
        struct stat about {};
        if (fstat(descriptor, &about) != 0 || !S_ISSOCK(about.st_mode)) continue;
        if (leads_to_pcscd(descriptor)) sockets.emplace(descriptor, about.st_ino);
    }
    return sockets;
}

}  // namespace

std::string pcsc_socket_path() {
    const char* path = secure_getenv("PCSCLITE_CSOCK_NAME");
    return path != nullptr ? path : "/run/pcscd/pcscd.comm";
}

PcscSocket PcscSocket::opened_by(const std::function<void()>& establish) {
    PcscSocket socket;
    auto others_wait = one_at_a_time().lock();
    const std::uint64_t forks = fork_count();
    const std::set<Socket> before = sockets_to_pcscd();
    establish();
    std::set<Socket> opened = sockets_to_pcscd();
    for (const Socket& known : before) opened.erase(known);
    if (opened.size() == 1) socket.kept_ = KeptFromChildren(opened.begin()->first);
    socket.doubtful_ = opened.size() > 1 || fork_count() != forks;
    return socket;
}

}  // namespace cardmux::transport
