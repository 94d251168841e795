// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which other programs on this machine use smart cards, as far as the system lets us see.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cardmux::tool {

struct PcscProgram {
    std::uint32_t process = 0;
    std::string name;
    std::string advice;  ///< what it is known for, and what to do; empty if it is not known
};

/// Programs that have a PC/SC library loaded, and known ones by name (other users' programs cannot
/// be looked into), as far as they use the same service as we do (PCSCLITE_CSOCK_NAME). Without
/// this process and those that started it: they wait for us.
std::vector<PcscProgram> find_pcsc_programs();

/// The advice for a program of this name; empty if we know nothing about it.
std::string advice_about(const std::string& program);

/// Where pcsc-lite's clients look for the service.
std::string service_socket();

}  // namespace cardmux::tool
