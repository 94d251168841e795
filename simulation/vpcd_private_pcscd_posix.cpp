// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/clock.h"
#include "base/random.h"
#include "simulation/vpcd_daemon_child.h"
#include "simulation/vpcd_private_pcscd.h"

namespace cardmux::simulation {
namespace {

namespace fs = std::filesystem;

constexpr int readers_per_entry = 2;             // compiled into the driver
constexpr std::size_t run_folder_size_max = 80;  // a socket's path has 107 characters at most
// Below the ports that the system gives to outgoing connections (32768 and up).
constexpr int lowest_port = 20000;
constexpr int port_pairs = 6000;
constexpr Duration starts_within = std::chrono::seconds(15);
constexpr Duration look_again_after = std::chrono::milliseconds(5);

bool port_is_free(int port) {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return false;
    const int yes = 1;  // as the driver does: connections of an earlier run may linger
    (void)setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const bool is_free =
        ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    return is_free;
}

/// Not that the file is there: between that and listening, pcscd refuses who connects.
bool accepts_connections(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return false;
    const bool accepted =
        ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    return accepted;
}

/// Takes a name that only one process of the machine can have, until the descriptor is closed.
int reserve_name(const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;  // the first byte of the name is zero: no file is made
    name.copy(&address.sun_path[1], sizeof address.sun_path - 1);
    const int reservation = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (reservation >= 0 &&
        ::bind(reservation, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
        ::close(reservation);
        return -1;
    }
    return reservation;
}

}  // namespace

PrivatePcscd::PrivatePcscd(PrivatePcscdOptions options) : options_(std::move(options)) {}

PrivatePcscd::~PrivatePcscd() {
    stop();
    for (const int reservation : reservations_) ::close(reservation);
}

Error PrivatePcscd::failed(const char* operation, const std::string& problem, int system_error) {
    problem_ = problem;
    if (system_error != 0) problem_ += std::string(": ") + std::strerror(system_error);
    return Error(ErrorCode::SystemFailed, operation).with_platform_code(system_error);
}

std::string PrivatePcscd::name_of(int reader) const {
    return options_.reader_name + " " + std::to_string(reader / readers_per_entry + 1) + " 00 0" +
           std::to_string(reader % readers_per_entry);
}

Result<void> PrivatePcscd::prepare() {
    const bool count_fits =
        options_.reader_count >= 1 && options_.reader_count <= virtual_readers_max;
    const bool name_fits = !options_.reader_name.empty() && options_.reader_name.size() <= 60 &&
                           options_.reader_name.find_first_of("\"\n") == std::string::npos;
    if (!count_fits || !name_fits || options_.run_folder.size() > run_folder_size_max) {
        problem_ =
            "1 to 16 readers, a reader name of 1 to 60 characters without quotes, a run folder "
            "of at most 80 characters";
        return Error(ErrorCode::InvalidArgument, "prepare a private pcscd");
    }
    for (const std::string& needed : {options_.daemon, options_.driver}) {
        if (::access(needed.c_str(), R_OK) != 0) {
            return failed("prepare a private pcscd",
                          needed + " (apt-get install pcscd vsmartcard-vpcd)", errno);
        }
    }
    std::error_code trouble;
    for (const char* folder : {"/sock", "/conf", "/driver"}) {
        fs::create_directories(options_.run_folder + folder, trouble);
        if (trouble) return failed("make the run folder", options_.run_folder, trouble.value());
    }
    CARDMUX_TRY(choose_ports());
    for (int entry = 0; entry * readers_per_entry < options_.reader_count; entry++) {
        CARDMUX_TRY(write_entry(entry));
    }
    return success();
}

bool PrivatePcscd::reserve_pair(int port) {
    const int reservation = reserve_name("cardmux-vpcd-" + std::to_string(port));
    if (reservation < 0) return false;
    if (!port_is_free(port) || !port_is_free(port + 1)) {
        ::close(reservation);
        return false;
    }
    reservations_.push_back(reservation);
    ports_.push_back(static_cast<std::uint16_t>(port));
    ports_.push_back(static_cast<std::uint16_t>(port + 1));
    return true;
}

Result<void> PrivatePcscd::choose_ports() {
    const auto wanted = static_cast<std::size_t>(options_.reader_count);
    const auto start = static_cast<int>(system_random().next_u64() % port_pairs);
    for (int step = 0; step < port_pairs && ports_.size() < wanted; step++) {
        const int taken = static_cast<int>(ports_.size());
        if (options_.first_port == 0) {
            (void)reserve_pair(lowest_port + 2 * ((start + step) % port_pairs));
        } else if (!reserve_pair(options_.first_port + taken)) {
            return failed("choose ports",
                          "TCP port " + std::to_string(options_.first_port + taken) +
                              " or the next one is in use",
                          0);
        }
    }
    if (ports_.size() < wanted) return failed("choose ports", "no free TCP ports", 0);
    return success();
}

Result<void> PrivatePcscd::write_entry(int entry) {
    const std::string number = std::to_string(entry + 1);
    const std::string driver = options_.run_folder + "/driver/" + number + ".so";
    std::error_code trouble;
    fs::copy_file(options_.driver, driver, fs::copy_options::overwrite_existing, trouble);
    if (trouble) return failed("copy the reader driver", driver, trouble.value());

    const std::string port = std::to_string(port_of(entry * readers_per_entry));
    std::ofstream file(options_.run_folder + "/conf/" + number);
    file << "FRIENDLYNAME \"" << options_.reader_name << ' ' << number << "\"\n"
         << "DEVICENAME /dev/null:" << port << '\n'
         << "LIBPATH " << driver << '\n'
         << "CHANNELID " << port << '\n';
    file.close();
    if (!file) return failed("write the reader configuration", options_.run_folder + "/conf", EIO);
    return success();
}

Result<void> PrivatePcscd::start() {
    if (is_running()) return success();
    std::error_code ignored;
    fs::remove(socket_path(),
               ignored);  // what a killed one left; the new one would refuse to start
    fs::remove(options_.run_folder + "/sock/pcscd.pid", ignored);
    CARDMUX_TRY(launch());
    const Deadline deadline = Deadline::after(starts_within);
    while (!accepts_connections(socket_path())) {
        if (!is_running() || deadline.has_passed()) {
            stop();
            return failed("start pcscd",
                          "pcscd did not start; see " + options_.run_folder + "/pcscd.log", 0);
        }
        sleep_for(look_again_after);
    }
    return success();
}

Result<void> PrivatePcscd::launch() {
    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0) return failed("start pcscd", "pipe", errno);
    const std::string log = options_.run_folder + "/pcscd.log";
    const std::string sock = options_.run_folder + "/sock";
    const std::string conf = options_.run_folder + "/conf";
    const DaemonChild child{options_.daemon.c_str(),
                            conf.c_str(),
                            sock.c_str(),
                            log.c_str(),
                            ::getpid(),
                            ::getuid(),
                            ::getgid()};
    pid_ = ::fork();
    if (pid_ == 0) become_private_pcscd(child, report[1]);
    const int fork_error = errno;
    ::close(report[1]);
    if (pid_ < 0) {
        ::close(report[0]);
        return failed("start pcscd", "fork", fork_error);
    }
    DaemonChildFailure failure{};
    const bool has_failed = ::read(report[0], &failure, sizeof failure) == sizeof failure;
    ::close(report[0]);
    if (!has_failed) return success();
    end_with(SIGKILL, 0);
    return failed("start pcscd", describe(failure.step), failure.system_error);
}

bool PrivatePcscd::is_running() {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ > 0;
}

void PrivatePcscd::stop() {
    end_with(SIGTERM, 3000);
}

void PrivatePcscd::kill() {
    end_with(SIGKILL, 0);
}

void PrivatePcscd::end_with(int signal, int patience_ms) {
    if (!is_running()) return;
    (void)::kill(pid_, signal);
    const Deadline deadline = Deadline::after(std::chrono::milliseconds(patience_ms));
    while (!deadline.has_passed()) {
        if (!is_running()) return;
        sleep_for(look_again_after);
    }
    (void)::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
}

}  // namespace cardmux::simulation
