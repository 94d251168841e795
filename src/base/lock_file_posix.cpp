// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/lock_file.h"
#include "base/sync.h"

namespace cardmux {
namespace {

constexpr int open_flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;

Error system_error(const char* operation) {
    return Error(ErrorCode::SystemFailed, operation).with_platform_code(errno);
}

struct flock range_of(short type, std::uint64_t first, std::uint64_t count) {
    struct flock range {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = static_cast<off_t>(first);
    range.l_len = static_cast<off_t>(count);
    return range;
}

short type_of(LockFile::Kind kind) {
    return kind == LockFile::Kind::Shared ? F_RDLCK : F_WRLCK;
}

}  // namespace

Result<LockFile> LockFile::open(const std::string& path, bool for_all_users) {
    constexpr int tries = 3;  // between the two ways to open it somebody may make or remove it
    for (int i = 0; i < tries; ++i) {
        int file = ::open(path.c_str(), open_flags);
        if (file >= 0) return LockFile(file);
        if (errno != ENOENT) break;
        file = ::open(path.c_str(), open_flags | O_CREAT | O_EXCL, 0600);
        if (file >= 0) {
            if (for_all_users) (void)fchmod(file, 0666);
            return LockFile(file);
        }
        if (errno != EEXIST) break;
    }
    return system_error("open a lock file");
}

Result<LockFile> LockFile::open_existing(const std::string& path) {
    const int file = ::open(path.c_str(), open_flags);
    if (file < 0) return system_error("open a lock file");
    return LockFile(file);
}

LockFile::LockFile(LockFile&& other) noexcept
    : file_(std::exchange(other.file_, no_file)), kept_(std::move(other.kept_)) {}

LockFile::~LockFile() {
    kept_ = {};
    if (file_ >= 0) close(file_);
}

Result<void> LockFile::lock(Kind kind, std::uint64_t first, std::uint64_t count) const {
    assert_no_lock_held("wait for another process");
    struct flock range = range_of(type_of(kind), first, count);
    while (fcntl(file_, F_OFD_SETLKW, &range) != 0) {
        if (errno != EINTR) return system_error("lock a file");
    }
    return success();
}

bool LockFile::try_lock(Kind kind, std::uint64_t first, std::uint64_t count) const {
    struct flock range = range_of(type_of(kind), first, count);
    return fcntl(file_, F_OFD_SETLK, &range) == 0;
}

void LockFile::unlock(std::uint64_t first, std::uint64_t count) const {
    struct flock range = range_of(F_UNLCK, first, count);
    (void)fcntl(file_, F_OFD_SETLK, &range);
}

bool LockFile::is_locked_by_other(std::uint64_t first, std::uint64_t count) const {
    struct flock range = range_of(F_WRLCK, first, count);
    return fcntl(file_, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

std::uint64_t LockFile::read_number(std::uint64_t position) const {
    std::uint64_t value = 0;
    const ssize_t size = pread(file_, &value, sizeof value, static_cast<off_t>(position));
    return size == sizeof value ? value : 0;
}

bool LockFile::write_number(std::uint64_t position, std::uint64_t value) const {
    return pwrite(file_, &value, sizeof value, static_cast<off_t>(position)) == sizeof value;
}

}  // namespace cardmux
