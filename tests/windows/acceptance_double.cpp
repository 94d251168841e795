// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Takes the place of cardmux.exe and fltmc.exe under acceptance.cmd: adds its arguments as a line
// to the file %DOUBLE_LOG%. Its exit code is %DOUBLE_CODE% if %DOUBLE_FAILS% is a part of its
// command line, else 0.
#include <cstdio>
#include <cstdlib>
#include <string>

int main(int count, char** words) {
    std::string line;
    for (int i = 1; i < count; ++i) (line += i == 1 ? "" : " ") += words[i];
    const char* log = std::getenv("DOUBLE_LOG");
    if (std::FILE* file = log == nullptr ? nullptr : std::fopen(log, "a"); file != nullptr) {
        std::fprintf(file, "%s\n", line.c_str());
        std::fclose(file);
    }
    const char* fails = std::getenv("DOUBLE_FAILS");
    const char* code = std::getenv("DOUBLE_CODE");
    const bool is_meant = fails != nullptr && (line + " " + words[0]).find(fails) != line.npos;
    return is_meant && code != nullptr ? std::atoi(code) : 0;
}
