// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>

#include "tool/pin_source.h"

namespace cardmux::tool {
namespace {

constexpr std::size_t pin_size_max = 256;

/// A file descriptor that is closed at the end.
class OpenFile {
  public:
    explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
    ~OpenFile() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    int get() const { return descriptor_; }

  private:
    int descriptor_;
};

/// The terminal without echo for as long as this lives.
class SilentTerminal {
  public:
    explicit SilentTerminal(int descriptor) : descriptor_(descriptor) {
        if (tcgetattr(descriptor, &before_) != 0) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(descriptor, TCSAFLUSH, &silent) == 0;
    }
    ~SilentTerminal() {
        if (changed_) tcsetattr(descriptor_, TCSAFLUSH, &before_);
    }
    SilentTerminal(const SilentTerminal&) = delete;
    SilentTerminal& operator=(const SilentTerminal&) = delete;
    bool is_silent() const { return changed_; }

  private:
    int descriptor_;
    termios before_{};
    bool changed_ = false;
};

/// Reads up to the end of the first line.
Result<SecretBytes> read_line(int descriptor) {
    std::array<std::uint8_t, pin_size_max + 1> line{};
    const WipedAtEnd wiped(line);
    std::size_t size = 0;
    ssize_t count = 0;
    while (size < line.size()) {
        count = read(descriptor, line.data() + size, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || line[size] == '\n') break;
        ++size;
    }
    const int failure = count < 0 ? errno : 0;
    if (size > 0 && size < line.size() && line[size - 1] == '\r') --size;
    SecretBytes pin(ByteView(line.data(), size));
    if (failure != 0)
        return Error(ErrorCode::SystemFailed, "read the PIN").with_platform_code(failure);
    if (pin.empty() || size > pin_size_max)
        return Error(ErrorCode::PinFormatInvalid, "read the PIN");
    return pin;
}

Result<SecretBytes> ask(const std::string& prompt) {
    const OpenFile terminal(open("/dev/tty", O_RDWR | O_CLOEXEC));
    if (terminal.get() < 0) return Error(ErrorCode::LoginRequired, "ask for the PIN: no terminal");
    const SilentTerminal silence(terminal.get());
    if (!silence.is_silent())
        return Error(ErrorCode::LoginRequired, "ask for the PIN: no terminal");
    (void)!write(terminal.get(), prompt.data(), prompt.size());
    auto pin = read_line(terminal.get());
    (void)!write(terminal.get(), "\n", 1);
    return pin;
}

}  // namespace

void add_pin_options(CLI::App& command, PinSource& source) {
    auto* file =
        command.add_option("--pin-file", source.file, "Read the PIN from the first line of a file");
    command.add_option("--pin-fd", source.descriptor, "Read the PIN from an open file descriptor")
        ->excludes(file);
}

Result<SecretBytes> read_pin(const PinSource& source, const std::string& prompt) {
    if (source.descriptor >= 0) return read_line(source.descriptor);
    if (source.file.empty()) return ask(prompt);
    const OpenFile file(open(source.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0)
        return Error(ErrorCode::SystemFailed, "open the PIN file").with_platform_code(errno);
    return read_line(file.get());
}

}  // namespace cardmux::tool
