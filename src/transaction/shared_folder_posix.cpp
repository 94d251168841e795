// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "transaction/shared_folder.h"

namespace cardmux::transaction {
namespace {

Error system_error(const char* operation) {
    return Error(ErrorCode::SystemFailed, operation).with_platform_code(errno);
}

bool is_folder_of(const std::string& path, std::uint32_t user) {
    struct stat about {};
    return stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == user;
}

}  // namespace

std::string shared_folder_of(std::uint32_t user, const std::string& root) {
    std::string for_all = root + "/run/cardmux";
    struct stat about {};
    const bool is_for_all = stat(for_all.c_str(), &about) == 0 && S_ISDIR(about.st_mode) &&
                            access(for_all.c_str(), W_OK) == 0;
    // For root it is one folder, logged in or not.
    if (is_for_all || user == 0) return for_all;
    const std::string own = root + "/run/user/" + std::to_string(user);
    if (is_folder_of(own, user)) return own + "/cardmux";
    return root + "/tmp/cardmux-" + std::to_string(user);
}

std::string default_shared_folder() {
    return shared_folder_of(geteuid(), "");
}

Result<bool> prepare_shared_folder(const std::string& folder) {
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return system_error("make the folder for turns");
    }
    struct stat about {};
    if (lstat(folder.c_str(), &about) != 0) return system_error("look at the folder for turns");
    const bool for_all = (about.st_mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH);
    if (!S_ISDIR(about.st_mode) || (!for_all && about.st_uid != geteuid())) {
        // Somebody else made it, or a link in its place: what lies in it is not ours to trust.
        errno = EPERM;
        return system_error("look at the folder for turns");
    }
    return for_all;
}

}  // namespace cardmux::transaction
