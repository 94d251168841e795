// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Locks of Windows differ in four ways. They are mandatory: so locks lie far beyond the numbers,
// which others read and write meanwhile. A lock cannot be waited for without the file standing
// still for all threads: so who waits opens the file once more, waits with that for the range to be
// free, and then takes it with this. (Overlapped waiting would do as well, but Wine's never ends.)
// Nobody can ask who has a lock: so is_locked_by_other locks the range for a moment. And a lock of
// the same open file is in its own way.
#include <windows.h>

#include <limits>
#include <utility>

#include "base/lock_file.h"
#include "base/sync.h"
#include "base/wide_text_windows.h"

namespace cardmux {
namespace {

/// Where byte 0's lock is. Beyond it there is room for 2^62 more.
constexpr std::uint64_t locks_at = std::uint64_t{1} << 62;
constexpr std::uint64_t end_of_files = std::numeric_limits<std::int64_t>::max();
constexpr DWORD sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

Error system_error(const char* operation) {
    return Error(ErrorCode::SystemFailed, operation).with_platform_code(GetLastError());
}

DWORD low(std::uint64_t value) {
    return static_cast<DWORD>(value);
}

DWORD high(std::uint64_t value) {
    return static_cast<DWORD>(value >> 32);
}

OVERLAPPED at(std::uint64_t position) {
    OVERLAPPED place{};
    place.Offset = low(position);
    place.OffsetHigh = high(position);
    return place;
}

struct Range {
    Range(std::uint64_t first, std::uint64_t count)
        : begin(locks_at + first), size(count == 0 ? end_of_files - begin : count) {}
    std::uint64_t begin;
    std::uint64_t size;
};

DWORD flags_of(LockFile::Kind kind) {
    return kind == LockFile::Kind::Exclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0;
}

bool lock_range(HANDLE file, DWORD flags, const Range& range) {
    OVERLAPPED place = at(range.begin);
    return LockFileEx(file, flags, 0, low(range.size), high(range.size), &place) != 0;
}

void unlock_range(HANDLE file, const Range& range) {
    OVERLAPPED place = at(range.begin);
    (void)UnlockFileEx(file, 0, low(range.size), high(range.size), &place);
}

bool lock_at_once(HANDLE file, LockFile::Kind kind, const Range& range) {
    return lock_range(file, flags_of(kind) | LOCKFILE_FAIL_IMMEDIATELY, range);
}

bool is_taken(DWORD code) {
    return code == ERROR_LOCK_VIOLATION || code == ERROR_IO_PENDING;
}

/// The handle of an open file, closed at the end.
class OpenedAgain {
  public:
    explicit OpenedAgain(HANDLE file)
        : file_(ReOpenFile(file, GENERIC_READ | GENERIC_WRITE, sharing, 0)) {}
    ~OpenedAgain() {
        if (is_open()) CloseHandle(file_);
    }
    OpenedAgain(const OpenedAgain&) = delete;
    OpenedAgain& operator=(const OpenedAgain&) = delete;
    bool is_open() const { return file_ != INVALID_HANDLE_VALUE; }
    HANDLE handle() const { return file_; }

  private:
    HANDLE file_;
};

/// A regular file and no link in its place.
bool is_plain_file(HANDLE file) {
    BY_HANDLE_FILE_INFORMATION about{};
    constexpr DWORD others = FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DIRECTORY;
    return GetFileType(file) == FILE_TYPE_DISK && GetFileInformationByHandle(file, &about) != 0 &&
           (about.dwFileAttributes & others) == 0;
}

Result<HANDLE> open_file(const std::string& path, DWORD disposition) {
    HANDLE file =
        CreateFileW(to_wide(path).c_str(), GENERIC_READ | GENERIC_WRITE, sharing, nullptr,
                    disposition, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr);
    if (file == INVALID_HANDLE_VALUE) return system_error("open a lock file");
    if (is_plain_file(file)) return file;
    CloseHandle(file);
    SetLastError(ERROR_ACCESS_DENIED);
    return system_error("open a lock file");
}

}  // namespace

Result<LockFile> LockFile::open(const std::string& path, bool /*for_all_users*/) {
    CARDMUX_TRY_ASSIGN(HANDLE file, open_file(path, OPEN_ALWAYS));
    return LockFile(file);
}

Result<LockFile> LockFile::open_existing(const std::string& path) {
    CARDMUX_TRY_ASSIGN(HANDLE file, open_file(path, OPEN_EXISTING));
    return LockFile(file);
}

LockFile::LockFile(LockFile&& other) noexcept
    : file_(std::exchange(other.file_, no_file)), kept_(std::move(other.kept_)) {}

LockFile::~LockFile() {
    if (file_ != no_file) CloseHandle(file_);
}

Result<void> LockFile::lock(Kind kind, std::uint64_t first, std::uint64_t count) const {
    assert_no_lock_held("wait for another process");
    const Range range(first, count);
    // Once around for everybody who comes in between the wait and the lock.
    while (!lock_at_once(file_, kind, range)) {
        if (!is_taken(GetLastError())) return system_error("lock a file");
        const OpenedAgain waiter(file_);
        if (!waiter.is_open()) return system_error("open a lock file once more");
        if (!lock_range(waiter.handle(), flags_of(kind), range)) {
            return system_error("wait for a lock");
        }
        unlock_range(waiter.handle(), range);
    }
    return success();
}

bool LockFile::try_lock(Kind kind, std::uint64_t first, std::uint64_t count) const {
    constexpr int tries = 4;  // somebody may be asking is_locked_by_other right now
    for (int i = 0; i < tries; ++i) {
        if (i > 0) Sleep(1);
        if (lock_at_once(file_, kind, Range(first, count))) return true;
    }
    return false;
}

void LockFile::unlock(std::uint64_t first, std::uint64_t count) const {
    unlock_range(file_, Range(first, count));
}

bool LockFile::is_locked_by_other(std::uint64_t first, std::uint64_t count) const {
    const Range range(first, count);
    if (!lock_at_once(file_, Kind::Exclusive, range)) return is_taken(GetLastError());
    unlock_range(file_, range);
    return false;
}

std::uint64_t LockFile::read_number(std::uint64_t position) const {
    std::uint64_t value = 0;
    OVERLAPPED place = at(position);
    DWORD size = 0;
    const bool read = ReadFile(file_, &value, sizeof value, &size, &place) != 0;
    return read && size == sizeof value ? value : 0;
}

bool LockFile::write_number(std::uint64_t position, std::uint64_t value) const {
    OVERLAPPED place = at(position);
    DWORD size = 0;
    return WriteFile(file_, &value, sizeof value, &size, &place) != 0 && size == sizeof value;
}

}  // namespace cardmux
