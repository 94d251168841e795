// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Lives of a PKCS #11 program's threads.
#pragma once

#include <string>
#include <vector>

#include "base/sync.h"
#include "simulation/world/clients/pkcs11_application.h"

namespace cardmux::simulation {

enum class Life : std::uint8_t {
    Steady,   ///< one session, signature after signature
    Storm,    ///< acquires, uses and releases, over and over (0x6 ERROR_INVALID_HANDLE's scenario)
    Sharer,   ///< uses a session that others use, too
    Careful,  ///< the key that wants the PIN for each use
    Leaver,   ///< logs out among workers, and in again
    Finalizer,  ///< ends the module among workers, and begins it again
    Mistyper,   ///< presents a wrong PIN once
    Parent,     ///< forks
    Reader,     ///< looks at slots and tokens
};

const char* name_of(Life life);

/// What a program is like, by chance: its threads' lives, from which its habits follow.
std::vector<Life> choose_lives(World& world);
ApplicationHabits habits_of(const std::vector<Life>& lives);

/// Starts a thread for each life.
class Pkcs11Clients {
  public:
    Pkcs11Clients(Pkcs11Application& application, const std::vector<Life>& lives);
    void join();

  private:
    void live(Life life, WorldReader& reader);

    Pkcs11Application& application_;
    std::vector<Thread> threads_;
    std::vector<CK_SESSION_HANDLE> shared_sessions_;  ///< one for each reader; 0: none
};

}  // namespace cardmux::simulation
