// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/file_data.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

namespace cardmux::tool {
namespace {

struct CloseFile {
    void operator()(std::FILE* file) const {
        if (file != stdin && file != stdout) std::fclose(file);
    }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

Error system_error(const char* operation) {
    return Error(ErrorCode::SystemFailed, operation).with_platform_code(errno);
}

}  // namespace

Result<Bytes> read_data(const std::string& path) {
    const File file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
    if (!file) return system_error("open the input file");
    Bytes data;
    std::array<std::uint8_t, 65536> part{};
    std::size_t count = 0;
    while ((count = std::fread(part.data(), 1, part.size(), file.get())) > 0)
        append(data, ByteView(part.data(), count));
    if (std::ferror(file.get()) != 0) return system_error("read the input file");
    return data;
}

Result<void> write_data(const std::string& path, ByteView data) {
    const File file(path == "-" ? stdout : std::fopen(path.c_str(), "wb"));
    if (!file) return system_error("open the output file");
    const bool written = std::fwrite(data.data(), 1, data.size(), file.get()) == data.size();
    if (!written || std::fflush(file.get()) != 0) return system_error("write the output file");
    return success();
}

std::optional<Bytes> read_input(const std::string& path, ExitCode& exit_code) {
    auto data = read_data(path);
    if (data) return std::move(data).value();
    exit_code =
        report_system_error("read " + (path == "-" ? "standard input" : path), data.error());
    return std::nullopt;
}

ExitCode write_output(const std::string& path, ByteView data) {
    const auto written = write_data(path, data);
    if (written) return ExitCode::Ok;
    return report_system_error("write " + (path == "-" ? "standard output" : path),
                               written.error());
}

std::string pem_of(ByteView der, const std::string& label) {
    const Bio memory(BIO_new(BIO_s_mem()));
    PEM_write_bio(memory.get(), label.c_str(), "", der.data(), static_cast<long>(der.size()));
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

Result<Bytes> der_of(ByteView data) {
    const std::string_view text(reinterpret_cast<const char*>(data.data()), data.size());
    if (text.find("-----BEGIN ") == std::string_view::npos) return to_bytes(data);
    const Bio memory(BIO_new_mem_buf(data.data(), static_cast<int>(data.size())));
    char* name = nullptr;
    char* header = nullptr;
    std::uint8_t* content = nullptr;
    long size = 0;
    if (PEM_read_bio(memory.get(), &name, &header, &content, &size) != 1)
        return Error(ErrorCode::DataInvalid, "read PEM");
    Bytes der(content, content + size);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(content);
    return der;
}

}  // namespace cardmux::tool
