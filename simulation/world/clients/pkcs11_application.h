// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program that uses the module through its C interface, in the simulated world: the first
// process. Every call is written into the trace, judged (may it end so?), and kept in the history.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "api/pkcs11/pkcs11.h"
#include "simulation/world/checkers/history.h"
#include "simulation/world/checkers/served_clients.h"
#include "simulation/world/nature.h"
#include "simulation/world/world.h"

namespace cardmux::simulation {

inline constexpr ProcessNumber pkcs11_process = 1;

/// What the threads of the program do to each other, by intention.
struct ApplicationHabits {
    bool logs_out = false;         ///< some thread calls C_Logout among workers
    bool finalizes = false;        ///< some thread calls C_Finalize among workers
    bool shares_sessions = false;  ///< several threads use one session
    bool mistypes = false;         ///< some thread presents a wrong PIN
    bool is_alone = false;         ///< there is no other process of ours
};

class Pkcs11Application {
  public:
    Pkcs11Application(World& world, Nature* nature, ApplicationHabits habits);

    void initialize();
    void finalize();

    /// Makes one call. `function` names it; `reader` is whose slot or session it is about; `action`
    /// is what the history calls it.
    CK_RV call(const char* function, const WorldReader& reader, const std::function<CK_RV()>& body,
               std::optional<Action> action = std::nullopt);

    // What clients do, made of calls. Each returns the last call's code.

    CK_RV open(const WorldReader& reader, CK_SESSION_HANDLE& session);
    CK_RV close(const WorldReader& reader, CK_SESSION_HANDLE session);
    /// `pin` none: the one that the card has now.
    CK_RV log_in(WorldReader& reader, CK_SESSION_HANDLE session,
                 const std::optional<std::string>& pin = std::nullopt,
                 CK_USER_TYPE user = CKU_USER);
    CK_RV log_out(const WorldReader& reader, CK_SESSION_HANDLE session);
    /// A signature with the key in this place (9A, 9C), checked.
    CK_RV sign(WorldReader& reader, CK_SESSION_HANDLE session, std::uint8_t key);
    /// The same, and logs in where that is what is missing: what a patient program does.
    CK_RV sign_patiently(WorldReader& reader, CK_SESSION_HANDLE session, std::uint8_t key);

    /// Fails if no sequence of calls explains what came of them.
    void expect_explainable() const;
    /// Fails if a card idled while somebody waited for it.
    void expect_busy() const { served_.expect_busy(); }

    World& world() { return world_; }
    const ApplicationHabits& habits() const { return habits_; }
    /// By the reader's name. Before anybody has seen the reader: a number that is no slot's.
    CK_SLOT_ID slot_of(const WorldReader& reader) const;

  private:
    bool may_end_so(const char* function, CK_RV code) const;
    CK_RV find_key(const WorldReader& reader, CK_SESSION_HANDLE session, std::uint8_t key,
                   CK_OBJECT_HANDLE& found);
    std::size_t index_of(const WorldReader& reader) const;
    void judge(const WorldReader& reader, std::uint8_t key, ByteView hash, ByteView signature);

    World& world_;
    const ApplicationHabits habits_;
    History history_;
    ServedClients served_;
};

/// What the module that C_Initialize makes finds in place of PC/SC.
struct ModuleSurroundings {
    World* world = nullptr;
    Nature* nature = nullptr;
};
ModuleSurroundings& module_surroundings();

const char* name_of_code(CK_RV code);

}  // namespace cardmux::simulation
