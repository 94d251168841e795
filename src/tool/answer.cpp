// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/answer.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <optional>

namespace cardmux::tool {
namespace {

using nlohmann::json;

struct Answer {
    bool as_json = false;
    std::optional<json> object;
    std::optional<json> failure;
};

Answer& answer() {
    static Answer answer;
    return answer;
}

void print_answer(ExitCode exit_code) {
    const Answer& given = answer();
    if (!given.as_json || (!given.object && !given.failure)) return;
    json object = given.object.value_or(json::object());
    if (!object.contains("ok")) object["ok"] = exit_code == ExitCode::Ok;
    if (given.failure) object["error"] = *given.failure;
    const std::string line = object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    // A failure to write shows in ferror, below.
    (void)std::fwrite(line.data(), 1, line.size(), stdout);
}

}  // namespace

void answer_in_json() {
    answer().as_json = true;
}

void give_answer(json object) {
    answer().object = std::move(object);
}

void note_failure(const std::string& code, const std::string& text, const std::string& next) {
    if (answer().failure) return;
    answer().failure = json{{"code", code}, {"text", text}, {"next", next}};
}

ExitCode finish_output(ExitCode exit_code) {
    print_answer(exit_code);
    errno = 0;
    std::cout.flush();  // CLI11's help
    const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
    if (written) return exit_code;
    const char* why = errno == 0 ? "a write failed" : std::strerror(errno);
    std::fprintf(stderr, "cardmux: cannot write to standard output: %s\n", why);
    return exit_code == ExitCode::Ok ? ExitCode::Failed : exit_code;
}

}  // namespace cardmux::tool
