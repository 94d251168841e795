// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Runs one fuzz target over files and folders of inputs, without a fuzzer: the seeds as a unit test
// with every compiler, and a single finding under a debugger.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void replay(const std::filesystem::path& path) {
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> content{std::istreambuf_iterator<char>(file), {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
}

int replay_all(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) {
        replay(path);
        return 1;
    }
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        replay(entry.path());
        ++count;
    }
    return count;
}

}  // namespace

int main(int argument_count, char** arguments) {
    int count = 0;
    for (int i = 1; i < argument_count; ++i) count += replay_all(arguments[i]);
    std::printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
