// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "provider/management_key_file.h"

namespace cardmux::provider {
namespace {

constexpr std::size_t file_size_max = 256;

struct File {
    explicit File(const std::string& path)
        : descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}
    ~File() {
        if (descriptor >= 0) close(descriptor);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int descriptor;
};

Error failed(const char* what) {
    return Error(ErrorCode::ManagementKeyRequired, what).with_platform_code(errno);
}

/// As ssh asks of a private key: a file that others can read is no secret, one that others can
/// write is not ours.
Result<void> check_owner(int descriptor) {
    struct stat facts {};
    if (fstat(descriptor, &facts) != 0) return failed("look at management_key_file");
    const auto refuse = [](const char* why) {
        return Error(ErrorCode::ManagementKeyRequired, why);
    };
    if (!S_ISREG(facts.st_mode)) return refuse("management_key_file is no file");
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return refuse("management_key_file is open to others: chmod 600");
    if (facts.st_uid != geteuid() && facts.st_uid != 0)
        return refuse("management_key_file is another user's");
    return success();
}

}  // namespace

Result<SecretBytes> read_management_key(const std::string& path) {
    const File file(path);
    if (file.descriptor < 0) return failed("open management_key_file");
    CARDMUX_TRY(check_owner(file.descriptor));
    std::array<std::uint8_t, file_size_max> text{};
    const ssize_t size = read(file.descriptor, text.data(), text.size());
    if (size < 0) return failed("read management_key_file");
    auto key = parse_management_key(
        {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(size)});
    wipe(text);
    return key;
}

}  // namespace cardmux::provider
